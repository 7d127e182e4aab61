//! `kkdcp status`: what an administrator looks at: the sign-in state as dsregcmd shows it, and
//! what klist cloud_debug shows.

use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::KerberosTime;
use kkdcp_client::{Clock, EntraCloud, SystemClock, Transport};
use serde::Serialize;

use crate::args::Global;
use crate::cloud_settings::CloudSettings;
use crate::configuration::Configuration;
use crate::report::{Failure, print, print_json};
use crate::user;

/// What there is, apart from how it is shown.
#[derive(Debug, Serialize)]
struct State {
    cache: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    /// A refresh token that is still good.
    refresh_token: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_updated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires: Option<String>,
    /// A usable TGT of the cloud realm itself.
    cloud_tgt: bool,
    /// A usable referral TGT for the cloud realm, of a domain that it trusts.
    referral_tgt: bool,
    /// A usable TGT of the user's own domain.
    on_premises_tgt: bool,
    top_level_names: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    /// How the cloud realm is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    kdc_proxy: Option<String>,
}

pub(crate) fn run(global: &Global) -> Result<(), Failure> {
    let configuration = Configuration::read(global)?;
    let cache = configuration.cache.read()?;
    let cloud = cache.as_ref().map(CloudSettings::kept_in);
    let cloud = cloud.unwrap_or_default();
    let realm = Realm::new(EntraCloud::REALM).map_err(Failure::machine)?;
    let routes = configuration.routes_of_user(global, &cloud)?;
    let state = State {
        kdc_proxy: routes.endpoint(&realm),
        ..State::of(
            configuration.cache.to_string(),
            cache.as_ref(),
            &cloud,
            &realm,
            SystemClock::new().now().time(),
        )
    };
    if global.json {
        print_json(&state)
    } else {
        print(&state.text())
    }
}

impl State {
    fn of(
        name: String,
        cache: Option<&MemoryCache>,
        cloud: &CloudSettings,
        cloud_realm: &Realm,
        now: KerberosTime,
    ) -> Self {
        let has = |service: &Principal| {
            let query = CacheQuery::service(service).unexpired_at(now);
            cache.is_some_and(|cache| cache.find(&query).is_some())
        };
        let is_usable_tgt = |serves_cloud: bool| {
            let mut credentials = cache.into_iter().flat_map(MemoryCache::credentials);
            credentials.any(|credential| {
                let service = credential.service();
                let serves = service.krbtgt_serves();
                service.realm() != cloud_realm
                    && !credential.is_expired_at(now)
                    && if serves_cloud {
                        serves.as_ref() == Some(cloud_realm)
                    } else {
                        serves.as_ref() == Some(service.realm())
                    }
            })
        };
        let token = cloud.refresh_token.as_ref();
        Self {
            cache: name,
            principal: cache.map(|cache| cache.principal().to_string()),
            refresh_token: token.is_some_and(|it| it.expires.is_none_or(|end| now < end)),
            refresh_token_updated: token.map(|it| it.updated.to_string()),
            refresh_token_expires: token.and_then(|it| it.expires).map(|end| end.to_string()),
            cloud_tgt: has(&Principal::krbtgt(cloud_realm, cloud_realm)),
            referral_tgt: is_usable_tgt(true),
            on_premises_tgt: is_usable_tgt(false),
            top_level_names: cloud.top_level_names.to_string(),
            tenant: cloud.tenant.clone(),
            kdc_proxy: None,
        }
    }

    fn text(&self) -> String {
        let yes = |is: bool| if is { "YES" } else { "NO" }.to_owned();
        let authority = |tenant: &String| format!("https://{}/{tenant}", EntraCloud::Public.host());
        let mut text = String::from("| SSO State |\n\n");
        for (label, value) in [
            ("Cache", self.cache.clone()),
            (
                "Principal",
                self.principal.clone().unwrap_or_else(|| "none".to_owned()),
            ),
            ("AzureAdPrt", yes(self.refresh_token)),
            (
                "AzureAdPrtUpdateTime",
                self.refresh_token_updated.clone().unwrap_or_default(),
            ),
            (
                "AzureAdPrtExpiryTime",
                self.refresh_token_expires.clone().unwrap_or_default(),
            ),
            (
                "AzureAdPrtAuthority",
                self.tenant.as_ref().map(authority).unwrap_or_default(),
            ),
            ("OnPremTgt", yes(self.on_premises_tgt)),
            ("CloudTgt", yes(self.cloud_tgt)),
            ("KerbTopLevelNames", self.top_level_names.clone()),
        ] {
            text += format!("{label:>24} : {value}").trim_end();
            text.push('\n');
        }
        let bit = u8::from;
        text += &format!(
            "\nCurrent LogonId is 0:{:#x}\nCloud Kerberos Debug info:\n\n\
             AS_REP callback used: {}\n\
             Cloud Referral TGT present in cache: {}\n\
             SPN oracle configured: {}\n\
             KDC proxy present in cache: {}\n\
             Cloud Primary (Hybrid logon) TGT available: {}\n",
            user::logon_id(),
            bit(self.cloud_tgt),
            bit(self.cloud_tgt || self.referral_tgt),
            bit(!self.top_level_names.is_empty()),
            bit(self.kdc_proxy.is_some()),
            bit(self.on_premises_tgt),
        );
        if let Some(proxy) = &self.kdc_proxy {
            text += &format!("\n{} is reached at {proxy}\n", EntraCloud::REALM);
        }
        if !self.cloud_tgt && self.refresh_token {
            text += "\nNo ticket of the cloud realm, but a refresh token: get one with kkdcp \
                     refresh\n";
        } else if !self.cloud_tgt && !self.referral_tgt {
            text += "\nNo ticket of or for the cloud realm: import one with kkdcp import, or log \
                     on with kkdcp kinit and ask for a service\n";
        }
        text
    }
}
