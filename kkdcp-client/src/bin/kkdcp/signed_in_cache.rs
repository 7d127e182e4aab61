//! The cache that the tickets of a sign-in go into, beside what the same user has there already.

use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::name::Principal;
use kerberos_core::time::KerberosTime;
use kkdcp_client::KdcCalled;

use crate::full_tgt::is_partial_tgt;

/// What becomes of a cache.
pub(crate) struct Merged {
    pub(crate) cache: MemoryCache,
    /// Full TGTs from before, where partial ones came.
    pub(crate) kept: Vec<Credential>,
    /// Whose tickets gave way: the cache was somebody else's.
    pub(crate) displaced: Option<Principal>,
}

/// Puts the tickets of a sign-in into a cache of `owner`, who is one of their clients.
///
/// What is in the file already stays, if it is of the same user, in the cloud or in a domain. A TGT
/// of the domain that is full and still good is worth more than a partial one.
pub(crate) fn merged(
    owner: Principal,
    before: Option<MemoryCache>,
    came: &[Credential],
    now: KerberosTime,
) -> Merged {
    let is_users = |principal: &Principal| came.iter().any(|it| it.client() == principal);
    let (before, displaced) = match before {
        Some(cache) if is_users(cache.principal()) => (Some(cache), None),
        Some(other) => (None, Some(other.principal().clone())),
        None => (None, None),
    };
    let mut cache = match &before {
        Some(cache) if *cache.principal() == owner => cache.clone(),
        _ => MemoryCache::new(owner),
    };
    let mut kept = Vec::new();
    for old in before.iter().flat_map(|cache| cache.credentials()) {
        if !cache.credentials().contains(old) {
            let called = before.as_ref();
            let called = called.and_then(|before| KdcCalled::kept_in(before, old));
            cache.store(old.clone());
            if let Some(called) = called {
                called.keep_in(&mut cache, old);
            }
        }
    }
    for new in came {
        let old = before.iter().flat_map(|cache| cache.credentials());
        let mut old = old.filter(|old| {
            old.client() == new.client()
                && old.service() == new.service()
                && !old.is_expired_at(now)
        });
        match old.find(|old| is_partial_tgt(new) && !is_partial_tgt(old)) {
            Some(full) => kept.push(full.clone()),
            None => {
                cache.store(new.clone());
                KdcCalled::SuppliedAtLogon.keep_in(&mut cache, new);
            }
        }
    }
    Merged {
        cache,
        kept,
        displaced,
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use bytes::Bytes;
    use kerberos_core::assigned::{EncryptionType, Kvno};
    use kerberos_core::crypto::StoredKey;
    use kerberos_core::flags::TicketFlags;
    use kerberos_core::time::TicketTimes;
    use kerberos_core::wire::{self, Constant, EncryptedData, PrincipalName, Ticket};

    use super::*;

    const ALICE: &str = "alice@CONTOSO.COM";
    const CLOUD_ALICE: &str = "alice\\@contoso.com@KERBEROS.MICROSOFTONLINE.COM";
    const WEB: &str = "HTTP/web@CONTOSO.COM";
    const TGS: &str = "krbtgt/CONTOSO.COM@CONTOSO.COM";
    const CLOUD_TGS: &str = "krbtgt/KERBEROS.MICROSOFTONLINE.COM@KERBEROS.MICROSOFTONLINE.COM";

    /// A ticket whose key is of this version, good until then.
    fn ticket(client: &str, service: &str, kvno: i32, end: i64) -> Credential {
        let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
        let service: Principal = service.parse().unwrap();
        let sealed = wire::encode(&Ticket {
            tkt_vno: Constant,
            realm: service.realm().into(),
            sname: PrincipalName::of(&service),
            enc_part: EncryptedData {
                etype,
                kvno: Some(Kvno::new(kvno)),
                cipher: &[0; 32],
            },
        });
        let times = TicketTimes {
            authtime: KerberosTime::EPOCH,
            starttime: None,
            endtime: KerberosTime::from_seconds(end),
            renew_till: None,
        };
        let key = StoredKey::new(etype, &[1; 32]);
        let client = client.parse().unwrap();
        Credential::new(
            client,
            service,
            key,
            times,
            TicketFlags::NONE,
            Bytes::from(sealed),
        )
    }

    fn cache(of: &str, tickets: &[Credential]) -> MemoryCache {
        let mut cache = MemoryCache::new(of.parse().unwrap());
        for ticket in tickets {
            cache.store(ticket.clone());
        }
        cache
    }

    #[test]
    fn a_full_tgt_and_service_tickets_of_the_user_stay() {
        let (now, before) = (
            KerberosTime::from_seconds(9),
            KerberosTime::from_seconds(10),
        );
        let full = ticket(ALICE, TGS, 2, 10);
        let web = ticket(ALICE, WEB, 2, 10);
        let came = [
            ticket(CLOUD_ALICE, CLOUD_TGS, 1, 20),
            ticket(ALICE, TGS, 7 << 16 | 1, 20),
        ];
        let owner: Principal = CLOUD_ALICE.parse().unwrap();
        let of = |who, at| {
            let before = cache(who, &[full.clone(), web.clone()]);
            merged(owner.clone(), Some(before), &came, at)
        };
        let merge = of(ALICE, now);
        assert_eq!(*merge.cache.principal(), owner);
        assert_eq!(merge.kept, slice::from_ref(&full));
        assert_eq!(merge.displaced, None);
        let there = [full.clone(), web.clone(), came[0].clone()];
        assert_eq!(merge.cache.credentials(), there);
        let called = |ticket| KdcCalled::kept_in(&merge.cache, ticket);
        assert_eq!(called(&came[0]), Some(KdcCalled::SuppliedAtLogon));
        assert_eq!(called(&full), None);
        // Once it has expired it is worth nothing.
        let merge = of(ALICE, before);
        assert_eq!(merge.kept, []);
        let there = [web.clone(), came[0].clone(), came[1].clone()];
        assert_eq!(merge.cache.credentials(), there);
        // A partial one is renewed by the next.
        let again = merged(owner.clone(), Some(merge.cache), &came, now);
        assert_eq!((again.kept, again.displaced), (vec![], None));

        let merge = of("bob@CONTOSO.COM", now);
        assert_eq!(merge.displaced, Some("bob@CONTOSO.COM".parse().unwrap()));
        assert_eq!(merge.cache.credentials(), came);
    }
}
