//! `kkdcp kinit`: a ticket-granting ticket into the cache.

use std::path::Path;
use std::sync::Arc;

use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache};
use kerberos_core::exchange::{Acquired, Identity, TicketRequest};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::preauth::pkinit::{CertificateIdentity, KdcTrust};
use kkdcp_client::{
    CertificateFile, CertificateFileError, Clock, KerberosClient, SystemClock, trust_anchors,
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::args::{Global, Kinit};
use crate::cache_file::CacheFile;
use crate::configuration::Configuration;
use crate::report::{Blame, Failure, print_json};
use crate::secret;
use crate::ticket_view::TicketView;

#[derive(Serialize)]
struct Document {
    cache: String,
    principal: String,
    ticket: TicketView,
}

pub(crate) async fn run(global: &Global, args: &Kinit) -> Result<(), Failure> {
    let configuration = Configuration::read(global)?;
    let (client, acquired) = if args.renew {
        renew(global, args, &configuration).await?
    } else {
        initial(global, args, &configuration).await?
    };
    configuration.cache.write(&client.cache())?;
    if global.json {
        let now = SystemClock::new().now().time();
        print_json(&Document {
            cache: configuration.cache.to_string(),
            principal: acquired.credential.client().to_string(),
            ticket: TicketView::new(&acquired.credential, now),
        })?;
    }
    Ok(())
}

async fn initial(
    global: &Global,
    args: &Kinit,
    configuration: &Configuration,
) -> Result<(KerberosClient, Acquired), Failure> {
    let routes = configuration.routes(global)?;
    let identity = identity(args, configuration)?;
    let defaults = &configuration.conf.libdefaults;
    let mut request = TicketRequest::tgt(identity.client());
    let forwardable = args.forwardable || defaults.forwardable == Some(true);
    request = request.forwardable(forwardable && !args.not_forwardable);
    if let Some(lifetime) = args.lifetime.or(defaults.ticket_lifetime) {
        request = request.lifetime(lifetime);
    }
    let renewable = args.renewable.or(defaults.renew_lifetime);
    if let Some(lifetime) = renewable.filter(|lifetime| !lifetime.is_zero()) {
        request = request.renewable(lifetime);
    }
    let mut policy = configuration.policy(defaults.default_tkt_enctypes.as_deref())?;
    if let Some(canonicalize) = defaults.canonicalize {
        policy = policy.canonicalize(canonicalize);
    }
    if let Some(name) = &args.armor {
        let cache = CacheFile::locate(Some(name), &configuration.conf)?.require()?;
        policy = policy.armor(ticket_granting_ticket(&cache, identity.client().realm())?);
    }
    let client = KerberosClient::builder()
        .identity(identity)
        .routes(routes)
        .policy(policy)
        .build()
        .map_err(Failure::configuration)?;
    let acquired = client.acquire_tgt(&request).await?;
    Ok((client, acquired))
}

fn identity(args: &Kinit, configuration: &Configuration) -> Result<Identity, Failure> {
    let principal = args
        .principal
        .as_deref()
        .map(|text| principal(text, args.enterprise, configuration))
        .transpose()?;
    if let Some(file) = &args.certificate {
        let client = principal.ok_or_else(|| Failure::configuration("no principal is named"))?;
        return by_certificate(client, file, args);
    }
    // A password that is asked for by name wins over a keytab from the environment.
    let keytab = args.keytab.as_deref().filter(|name| !name.is_empty());
    if let (Some(name), None) = (keytab, &args.password_file) {
        let keytab = secret::keytab(name)?;
        let first = || {
            keytab
                .entries()
                .first()
                .map(|entry| entry.principal().clone())
        };
        let client = principal
            .or_else(first)
            .ok_or_else(|| Failure::configuration(format!("{name} holds no keys")))?;
        return secret::identity(name, &keytab, client);
    }
    let client = principal.ok_or_else(|| Failure::configuration("no principal is named"))?;
    let password = match &args.password_file {
        Some(file) => secret::read(file)?,
        None => secret::ask(&client)?,
    };
    Ok(Identity::password(client, password))
}

/// RFC 4556
fn by_certificate(client: Principal, file: &Path, args: &Kinit) -> Result<Identity, Failure> {
    let read = |path: &Path| {
        let bytes = std::fs::read(path).map(Zeroizing::new);
        bytes.map_err(|error| Failure::machine(format!("{}: {error}", path.display())))
    };
    let wrong = |path: &Path, error: CertificateFileError| {
        Failure::configuration(format!("{}: {error}", path.display()))
    };
    let certificates = read(file)?;
    let key_file = args.private_key.as_deref().unwrap_or(file);
    let key = CertificateFile::from_pem(&certificates, &read(key_file)?)
        .map_err(|error| wrong(key_file, error))?;
    let anchors = args.anchors.as_deref().unwrap_or(file);
    let anchors = trust_anchors(&read(anchors)?).map_err(|error| wrong(anchors, error))?;
    let trust = args
        .kdc_host
        .iter()
        .fold(KdcTrust::new(anchors), KdcTrust::host);
    let mut certificate = CertificateIdentity::new(Arc::new(key), trust);
    if !args.dh_group.is_empty() {
        certificate = certificate.groups(args.dh_group.iter().copied());
    }
    Ok(Identity::certificate(client, certificate))
}

fn principal(
    text: &str,
    enterprise: bool,
    configuration: &Configuration,
) -> Result<Principal, Failure> {
    let default_realm = configuration.conf.libdefaults.default_realm.as_ref();
    let without_realm = || {
        Failure::configuration(format!(
            "{text}: no realm is named and krb5.conf has no default"
        ))
        .remedy("write USER@REALM, or set default_realm in [libdefaults] of krb5.conf")
    };
    if enterprise {
        let realm = default_realm.ok_or_else(without_realm)?;
        return Principal::enterprise(text, realm.clone()).map_err(Failure::configuration);
    }
    Principal::parse(text, default_realm).map_err(|error| match error {
        kerberos_core::name::NameError::NoRealm { .. } => without_realm(),
        other => Failure::configuration(format!("{text}: {other}")),
    })
}

async fn renew(
    global: &Global,
    args: &Kinit,
    configuration: &Configuration,
) -> Result<(KerberosClient, Acquired), Failure> {
    let cache = configuration.cache.require()?;
    if let Some(text) = &args.principal {
        let named = principal(text, args.enterprise, configuration)?;
        if named != *cache.principal() {
            return Err(Failure::new(
                Blame::Client,
                format!(
                    "{} belongs to {}, not to {named}",
                    configuration.cache,
                    cache.principal()
                ),
            ));
        }
    }
    let tgt = ticket_granting_ticket(&cache, cache.principal().realm())?;
    let client = KerberosClient::builder()
        .cache(cache)
        .routes(configuration.routes(global)?)
        .policy(configuration.policy(None)?)
        .build()
        .map_err(Failure::configuration)?;
    let acquired = client.renew(&tgt).await?;
    Ok((client, acquired))
}

fn ticket_granting_ticket(
    cache: &MemoryCache,
    realm: &Realm,
) -> Result<kerberos_core::credential::Credential, Failure> {
    let service = Principal::krbtgt(realm, realm);
    cache.find(&CacheQuery::service(&service)).ok_or_else(|| {
        Failure::new(
            Blame::Client,
            format!("the cache has no ticket for {service}"),
        )
        .remedy("get one with kkdcp kinit USER@REALM")
    })
}
