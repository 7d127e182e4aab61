//! Who of a cache asks for a service: a sign-in brings tickets of two clients, the user of the
//! cloud realm and the user of a domain.

use kerberos_core::ccache::{CacheQuery, CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::name::Principal;
use kerberos_core::time::KerberosTime;
use kkdcp_client::EntraCloud;

use crate::report::{Blame, Failure};

/// The tickets of the one who can ask for `service`, where that is not the cache's own client.
///
/// # Errors
///
/// When the service is in another realm and there are tickets of the cloud realm only: that
/// realm refers nobody to another one.
pub(crate) fn other_asker(
    cache: &MemoryCache,
    service: &Principal,
) -> Result<Option<MemoryCache>, Failure> {
    let realm = service.realm();
    if cache.principal().realm() == realm {
        return Ok(None);
    }
    let tgs = Principal::krbtgt(realm, realm);
    if let Some(tgt) = cache.find(&CacheQuery::service(&tgs)) {
        return Ok(Some(of_client(cache, tgt.client())));
    }
    if !is_of_cloud(cache.principal()) {
        return Ok(None);
    }
    match domain_user(cache.credentials()) {
        Some(user) => Ok(Some(of_client(cache, &user))),
        None => Err(out_of_reach(service)),
    }
}

/// The cache as it is for whom retrieving a cloud TGT is not allowed: without the tickets of the
/// user of the cloud realm. What the domain's own trust got there stays.
///
/// # Errors
///
/// When it is the cache of a user of the cloud realm, and has no TGT of a domain.
pub(crate) fn without_cloud(cache: &MemoryCache) -> Result<MemoryCache, Failure> {
    let owner = match cache.principal() {
        cloud if is_of_cloud(cloud) => domain_user(cache.credentials()).ok_or_else(only_cloud)?,
        own => own.clone(),
    };
    let mut rest = MemoryCache::new(owner);
    for credential in cache.credentials() {
        if !is_of_cloud(credential.client()) && !is_cloud_tgt(credential) {
            rest.store(credential.clone());
        }
    }
    Ok(rest)
}

/// Whether there is a cloud TGT, and none that is still good.
pub(crate) fn has_expired_cloud_tgt(cache: &MemoryCache, now: KerberosTime) -> bool {
    let mut tgts = cache.credentials().iter().filter(|it| is_cloud_tgt(it));
    let first = tgts.next();
    first.is_some_and(|tgt| tgt.is_expired_at(now) && tgts.all(|tgt| tgt.is_expired_at(now)))
}

/// Whether there is a cloud TGT that is still good.
pub(crate) fn has_usable_cloud_tgt(cache: &MemoryCache, now: KerberosTime) -> bool {
    let mut tgts = cache.credentials().iter().filter(|it| is_cloud_tgt(it));
    tgts.any(|tgt| !tgt.is_expired_at(now))
}

/// Whether it is the TGT that a sign-in brings for the cloud realm itself.
pub(crate) fn is_cloud_tgt(credential: &Credential) -> bool {
    let service = credential.service();
    is_of_cloud(service) && service.krbtgt_serves().as_ref() == Some(service.realm())
}

fn is_of_cloud(principal: &Principal) -> bool {
    principal.realm().as_str() == EntraCloud::REALM
}

/// The first who has a TGT of his own realm that is not the cloud's.
pub(crate) fn domain_user(credentials: &[Credential]) -> Option<Principal> {
    let own_tgt = |credential: &&Credential| {
        let realm = credential.client().realm();
        !is_of_cloud(credential.client())
            && *credential.service() == Principal::krbtgt(realm, realm)
    };
    let tgt = credentials.iter().find(own_tgt)?;
    Some(tgt.client().clone())
}

fn of_client(cache: &MemoryCache, client: &Principal) -> MemoryCache {
    let mut own = MemoryCache::new(client.clone());
    for credential in cache.credentials() {
        if credential.client() == client {
            own.store(credential.clone());
        }
    }
    own
}

fn out_of_reach(service: &Principal) -> Failure {
    let realm = service.realm();
    let message = format!(
        "{service} is in {realm}, and there is only a ticket-granting ticket of the cloud realm, \
         which leads to no other realm"
    );
    Failure::new(Blame::Client, message).remedy(format!(
        "log on with kkdcp kinit USER@{realm}; or leave out what puts the host into {realm}, such \
         as --host-realm or [domain_realm] of krb5.conf"
    ))
}

fn only_cloud() -> Failure {
    let message = "there are only tickets of the cloud realm, which --no-cloud leaves aside";
    Failure::new(Blame::Client, message)
        .remedy("log on at the domain with kkdcp kinit USER@REALM, or leave out --no-cloud")
}

#[cfg(test)]
mod tests {
    use std::slice;

    use bytes::Bytes;
    use kerberos_core::assigned::EncryptionType;
    use kerberos_core::crypto::Key;
    use kerberos_core::flags::TicketFlags;
    use kerberos_core::time::TicketTimes;

    use super::*;

    const CLOUD: &str = EntraCloud::REALM;
    const FILES: &str = "cifs/files@KERBEROS.MICROSOFTONLINE.COM";

    fn cloud_user() -> String {
        format!("alice\\@contoso.com@{CLOUD}")
    }

    fn ticket(client: &str, service: &str) -> Credential {
        ticket_until(client, service, KerberosTime::MAX)
    }

    fn ticket_until(client: &str, service: &str, endtime: KerberosTime) -> Credential {
        let key = Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[1; 32]).unwrap();
        let times = TicketTimes {
            authtime: KerberosTime::EPOCH,
            starttime: None,
            endtime,
            renew_till: None,
        };
        let (client, service) = (client.parse().unwrap(), service.parse().unwrap());
        Credential::new(client, service, key, times, TicketFlags::NONE, Bytes::new())
    }

    fn cloud_tgt() -> Credential {
        ticket(&cloud_user(), &format!("krbtgt/{CLOUD}@{CLOUD}"))
    }

    fn own_tgt() -> Credential {
        ticket("alice@CONTOSO.COM", "krbtgt/CONTOSO.COM@CONTOSO.COM")
    }

    fn cache(credentials: &[Credential]) -> MemoryCache {
        let mut cache = MemoryCache::new(credentials[0].client().clone());
        for credential in credentials {
            cache.store(credential.clone());
        }
        cache
    }

    fn asked_by(cache: &MemoryCache, service: &str) -> Result<String, Failure> {
        let asker = other_asker(cache, &service.parse().unwrap())?;
        Ok(asker.as_ref().unwrap_or(cache).principal().to_string())
    }

    #[test]
    fn a_service_is_asked_for_as_the_client_who_can() {
        let both = cache(&[cloud_tgt(), own_tgt()]);
        let web = "HTTP/web.contoso.com@CONTOSO.COM".parse().unwrap();
        let other = other_asker(&both, &web).unwrap().unwrap();
        assert_eq!(other.credentials(), [own_tgt()]);
        let alice = "alice@CONTOSO.COM";
        for (service, who) in [
            (FILES, cloud_user().as_str()),
            ("HTTP/web.contoso.com@CONTOSO.COM", alice),
            // Her domain may trust it; the cloud realm never leads there.
            ("HTTP/web.fabrikam.com@FABRIKAM.COM", alice),
        ] {
            assert_eq!(asked_by(&both, service).unwrap(), who, "{service}");
        }
        let domain_first = cache(&[own_tgt(), cloud_tgt()]);
        assert_eq!(asked_by(&domain_first, FILES).unwrap(), cloud_user());
        let domain = cache(&[own_tgt()]);
        for service in [FILES, "HTTP/web.fabrikam.com@FABRIKAM.COM"] {
            assert_eq!(asked_by(&domain, service).unwrap(), alice, "{service}");
        }
    }

    #[test]
    fn the_cloud_realm_alone_leads_nowhere_else() {
        let cloud = cache(&[cloud_tgt()]);
        assert_eq!(asked_by(&cloud, FILES).unwrap(), cloud_user());
        let failure = asked_by(&cloud, "cifs/own@CONTOSO.COM").unwrap_err();
        assert_eq!(failure.blame, Blame::Client);
        assert!(
            failure
                .message
                .starts_with("cifs/own@CONTOSO.COM is in CONTOSO.COM")
        );
        assert!(failure.remedy.unwrap().contains("kinit USER@CONTOSO.COM"));
    }

    #[test]
    fn without_the_cloud_its_tickets_are_gone_and_those_of_the_trust_stay() {
        let cloud_files = ticket(&cloud_user(), FILES);
        let referral = ticket("alice@CONTOSO.COM", &format!("krbtgt/{CLOUD}@CONTOSO.COM"));
        let own_files = ticket("alice@CONTOSO.COM", FILES);
        let own = [own_tgt(), referral, own_files];
        let all = [&[cloud_tgt(), cloud_files.clone()], &own[..]].concat();
        let rest = without_cloud(&cache(&all)).unwrap();
        assert_eq!(rest.credentials(), own);
        assert_eq!(rest.principal(), own[0].client());
        assert_eq!(without_cloud(&cache(&own)).unwrap().credentials(), own);

        let failure = without_cloud(&cache(&[cloud_tgt(), cloud_files])).unwrap_err();
        assert!(
            failure.message.contains("--no-cloud"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn an_expired_cloud_tgt_is_noticed() {
        let end = KerberosTime::from_seconds(10);
        let tgs = format!("krbtgt/{CLOUD}@{CLOUD}");
        let old = ticket_until(&cloud_user(), &tgs, end);
        assert!(
            !has_expired_cloud_tgt(&cache(&[own_tgt()]), end),
            "there is none"
        );
        let before = KerberosTime::from_seconds(9);
        assert!(!has_expired_cloud_tgt(
            &cache(slice::from_ref(&old)),
            before
        ));
        assert!(has_usable_cloud_tgt(&cache(slice::from_ref(&old)), before));
        assert!(!has_usable_cloud_tgt(&cache(slice::from_ref(&old)), end));
        assert!(has_expired_cloud_tgt(&cache(slice::from_ref(&old)), end));
        let another = ticket("bob\\@contoso.com@KERBEROS.MICROSOFTONLINE.COM", &tgs);
        assert!(!has_expired_cloud_tgt(&cache(&[old, another]), end));
    }
}
