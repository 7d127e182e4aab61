//! `kkdcp status`: what an administrator looks at: the state of a sign-in, as dsregcmd and klist
//! cloud_debug show it.

use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::KerberosTime;
use kkdcp_client::{Clock, EntraCloud, KdcCalled, SystemClock, Transport};
use serde::Serialize;

use crate::args::{Global, Status};
use crate::asker::is_cloud_tgt;
use crate::cloud_settings::CloudSettings;
use crate::configuration::{Configuration, first_proxy};
use crate::report::{Failure, print, print_json};
use crate::{secret, status_view};

/// What there is, apart from how it is shown. Times are UTC.
#[derive(Debug, Default, Serialize)]
pub(crate) struct State {
    pub(crate) cache: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) principal: Option<String>,
    /// A refresh token that is still good.
    pub(crate) refresh_token: bool,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub(crate) refresh_token_updated: Option<KerberosTime>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub(crate) refresh_token_expires: Option<KerberosTime>,
    /// Who is asked for another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<String>,
    /// Nothing forbids to use a cloud TGT.
    pub(crate) cloud_enabled: bool,
    /// A sign-in brought a TGT, whether or not it is still good.
    pub(crate) tgt_supplied: bool,
    /// A usable TGT of the cloud realm itself.
    pub(crate) cloud_tgt: bool,
    /// A usable referral TGT for the cloud realm, of a domain that it trusts.
    pub(crate) referral_tgt: bool,
    /// A usable TGT of the user's own domain that a sign-in brought, or the full one for it.
    pub(crate) on_premises_tgt: bool,
    pub(crate) top_level_names: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    /// How the cloud realm is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kdc_proxy: Option<String>,
    /// A keytab that proves a client of the cache.
    pub(crate) client_keys: bool,
}

fn as_text<S: serde::Serializer>(
    time: &Option<KerberosTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(serializer)
}

pub(crate) fn run(global: &Global, args: &Status) -> Result<(), Failure> {
    let configuration = Configuration::read(global)?;
    let cache = configuration.cache.read()?;
    let cloud = cache.as_ref().map(CloudSettings::kept_in);
    let mut cloud = cloud.unwrap_or_default();
    if let Some(path) = &args.prt_response {
        cloud.add_token(path)?;
    }
    let realm = Realm::new(EntraCloud::REALM).map_err(Failure::machine)?;
    let routes = configuration.routes_of_user(global, &cloud)?;
    let keytab = std::env::var(secret::CLIENT_KEYTAB).ok();
    let now = SystemClock::new().now().time();
    let state = State {
        cache: configuration.cache.to_string(),
        kdc_proxy: routes.endpoint(&realm),
        authority: configuration.authority(global, &cloud)?,
        cloud_enabled: !global.no_cloud,
        client_keys: keytab.is_some_and(|name| proves(&name, cache.as_ref())),
        ..State::of(cache.as_ref(), &cloud, now)
    };
    if global.json {
        print_json(&state)
    } else {
        print(&status_view::text(&state))
    }
}

impl State {
    /// What the cache tells.
    fn of(cache: Option<&MemoryCache>, cloud: &CloudSettings, now: KerberosTime) -> Self {
        let credentials = cache.map(MemoryCache::credentials).unwrap_or_default();
        let usable = || credentials.iter().filter(|it| !it.is_expired_at(now));
        let is_referral = |service: &Principal| {
            let serves = service.krbtgt_serves();
            let cloud = serves.is_some_and(|realm| realm.as_str() == EntraCloud::REALM);
            cloud && service.realm().as_str() != EntraCloud::REALM
        };
        let supplied = |ticket| {
            let called = cache.and_then(|cache| KdcCalled::kept_in(cache, ticket));
            is_cloud_tgt(ticket) || called == Some(KdcCalled::SuppliedAtLogon)
        };
        let on_premises = cloud.on_premises_realm.as_ref();
        let on_premises = on_premises.map(|realm| Principal::krbtgt(realm, realm));
        let token = cloud.refresh_token.as_ref();
        Self {
            principal: cache.map(|cache| cache.principal().to_string()),
            refresh_token: token.is_some_and(|it| it.expires.is_none_or(|end| now < end)),
            refresh_token_updated: token.map(|it| it.updated),
            refresh_token_expires: token.and_then(|it| it.expires),
            tgt_supplied: credentials.iter().any(supplied),
            cloud_tgt: usable().any(is_cloud_tgt),
            referral_tgt: usable().any(|ticket| is_referral(ticket.service())),
            on_premises_tgt: on_premises.is_some_and(|tgs| {
                let query = CacheQuery::service(&tgs).unexpired_at(now);
                cache.is_some_and(|cache| cache.find(&query).is_some())
            }),
            top_level_names: cloud.top_level_names.to_string(),
            tenant: cloud.tenant.clone(),
            ..Self::default()
        }
    }

    /// Whether a KDC proxy is among what reaches the cloud realm.
    pub(crate) fn has_proxy(&self) -> bool {
        self.kdc_proxy.as_deref().and_then(first_proxy).is_some()
    }
}

/// Whether a keytab has a key of somebody whose tickets these are.
fn proves(keytab: &str, cache: Option<&MemoryCache>) -> bool {
    let (Some(cache), Ok(keytab)) = (cache, secret::keytab(keytab)) else {
        return false;
    };
    let clients = || cache.credentials().iter().map(|it| it.client());
    keytab.entries().iter().any(|entry| {
        let owner = entry.principal();
        owner == cache.principal() || clients().any(|client| client == owner)
    })
}
