//! The modern interactive flow: the cloud TGT comes with a token, and no domain controller is in
//! sight.

use kerberos_core::assigned::{EncryptionType, ErrorCode};
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::message::{Delivered, open_delivered};
use kerberos_tests::forests::{grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::simulator::{ENTRA, SQL, TENANT};

use crate::told::{code, path, realms};

const UPN: &str = "alice@contoso.com";
const HOUR: u64 = 3600;

/// A cache with the TGT that a sign-in delivers after this many seconds.
#[track_caller]
pub(crate) fn signed_in(loopback: &Loopback, after: u64) -> MemoryCache {
    let now = BEGIN.plus(std::time::Duration::from_secs(after));
    let tgt = loopback.forest.cloud_tgt(TENANT, UPN, now).unwrap();
    let Delivered::Reply(reply) = open_delivered(&tgt.reply, &tgt.client_key).unwrap() else {
        panic!("an AS-REP was delivered");
    };
    let ticket = reply.ticket;
    assert_eq!(ticket.client, tgt.client);
    let mut cache = MemoryCache::new(ticket.client.clone());
    cache.store(Credential::new(
        ticket.client,
        ticket.service,
        ticket.session_key,
        ticket.times,
        ticket.flags,
        ticket.ticket,
    ));
    cache
}

#[test]
fn a_delivered_tgt_is_good_for_ten_hours_of_service_tickets() {
    for (label, nonce) in [(18, 0), (-1, 0), (18, 4711)] {
        let forest = hybrid().assumptions(|switches| {
            switches.cloud_tgt_etype = label;
            // What no client can compare, and what none needs.
            switches.unasked_nonce = nonce;
            switches.unasked_padata = nonce != 0;
        });
        let loopback = Loopback::new(grown(forest));
        let cache = signed_in(&loopback, 0);
        let wanted = principal(&format!("{SQL}@{ENTRA}"));
        for _ in 0..10 {
            let acquired = loopback.acquire_from(&cache, None, &wanted).unwrap();
            let step = format!("{ENTRA}: {wanted} for {wanted}");
            assert_eq!(path(&acquired), [step]);
            let credential = &acquired.credential;
            assert_eq!(credential.client(), cache.principal());
            assert_eq!(
                credential.session_key().unwrap().etype(),
                EncryptionType::AES256_CTS_HMAC_SHA1_96
            );
            loopback.advance(HOUR);
        }
        // Windows signs in again, which is what refreshes the token; the TGT is never renewed.
        loopback.advance(1);
        assert!(loopback.acquire_from(&cache, None, &wanted).is_err());
        let again = signed_in(&loopback, 10 * HOUR + 1);
        loopback.acquire_from(&again, None, &wanted).unwrap();
    }
}

/// Nobody else is asked for a service that the tenant does not have.
#[test]
fn a_service_that_the_tenant_does_not_have_is_refused_there() {
    let loopback = Loopback::new(grown(hybrid()));
    let cache = signed_in(&loopback, 0);
    let wanted = principal(&format!("cifs/nobodys.file.core.windows.net@{ENTRA}"));
    let error = loopback.acquire_from(&cache, None, &wanted).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KDC_ERR_S_PRINCIPAL_UNKNOWN);
    assert_eq!(realms(&error), [ENTRA]);
}

/// The keys of a trust have nothing to do with it.
#[test]
fn a_rotated_trust_leaves_the_delivered_tgt_alone() {
    let loopback = Loopback::new(grown(hybrid()));
    let cache = signed_in(&loopback, 0);
    let realm = |name: &str| principal(&format!("x@{name}")).realm().clone();
    let (ad, entra) = (realm("CONTOSO.COM"), realm(ENTRA));
    for _ in 0..2 {
        assert!(loopback.forest.rotate_trust(&ad, &entra, BEGIN).unwrap());
    }
    let wanted = principal(&format!("{SQL}@{ENTRA}"));
    loopback.acquire_from(&cache, None, &wanted).unwrap();
}
