//! Chasing a service from realm to realm: far, too far, and in circles.

use std::sync::Arc;

use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::exchange::{AsExchange, ExchangeError, Identity, KdcMisbehaved, TicketRequest};
use kerberos_core::flags::TicketFlags;
use kerberos_tests::forests::{chain, grown, hybrid, merry_go_round};
use kerberos_tests::loopback::{BEGIN, Loopback, in_realm, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL};

use crate::told::{path, realms};

const USER: &str = "alice@R0.EXAMPLE";
const SERVICE: &str = "HTTP/web.far.example";

#[test]
fn three_referrals_are_followed() {
    let loopback = Loopback::new(grown(chain(3)));
    let acquired = loopback.acquire(USER, PASSWORD, SERVICE).unwrap();
    assert_eq!(
        path(&acquired),
        [
            "R0.EXAMPLE: krbtgt/R0.EXAMPLE@R0.EXAMPLE for krbtgt/R0.EXAMPLE@R0.EXAMPLE",
            "R0.EXAMPLE: krbtgt/R1.EXAMPLE@R0.EXAMPLE for HTTP/web.far.example@R0.EXAMPLE",
            "R1.EXAMPLE: krbtgt/R2.EXAMPLE@R1.EXAMPLE for HTTP/web.far.example@R1.EXAMPLE",
            "R2.EXAMPLE: krbtgt/R3.EXAMPLE@R2.EXAMPLE for HTTP/web.far.example@R2.EXAMPLE",
            "R3.EXAMPLE: HTTP/web.far.example@R3.EXAMPLE for HTTP/web.far.example@R3.EXAMPLE",
        ]
    );
}

#[test]
fn ten_referrals_and_not_eleven() {
    let loopback = Loopback::new(grown(chain(10)));
    let acquired = loopback.acquire(USER, PASSWORD, SERVICE).unwrap();
    let referrals = acquired.path.iter().filter(|hop| hop.refers_to().is_some());
    assert_eq!(referrals.count(), 10);

    let loopback = Loopback::new(grown(chain(11)));
    let error = loopback.acquire(USER, PASSWORD, SERVICE).unwrap_err();
    let ExchangeError::Misbehaved {
        violation: KdcMisbehaved::HopLimit { limit, path },
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!((*limit, path.len()), (10, 12));
    assert_eq!(realms(&error).last(), Some(&"R10.EXAMPLE"), "who referred");
}

#[test]
fn the_limit_is_the_policys() {
    for (limit, follows) in [(3, true), (2, false), (0, false)] {
        let loopback = Loopback::new(grown(chain(3))).policy(|policy| policy.max_hops(limit));
        let acquired = loopback.acquire(USER, PASSWORD, SERVICE);
        assert_eq!(acquired.is_ok(), follows, "{limit}");
    }
}

/// RFC 6806 §8: a realm that was asked before is not asked again.
#[test]
fn a_circle_ends_at_the_first_realm_seen_twice() {
    let loopback = Loopback::new(grown(merry_go_round()));
    let error = loopback
        .acquire("alice@EAST.EXAMPLE", PASSWORD, "HTTP/web.nowhere.example")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "referral loop: EAST.EXAMPLE -> SOUTH.EXAMPLE -> WEST.EXAMPLE -> EAST.EXAMPLE (KDC of \
         WEST.EXAMPLE, hop 3 of EAST.EXAMPLE -> SOUTH.EXAMPLE -> WEST.EXAMPLE)"
    );
}

/// Without canonicalize a KDC does not refer, and the client would not follow (RFC 6806 §8).
#[test]
fn without_canonicalize_nobody_is_referred() {
    let loopback = Loopback::new(grown(chain(1))).policy(|policy| policy.canonicalize(false));
    let error = loopback.acquire(USER, PASSWORD, SERVICE).unwrap_err();
    assert_eq!(realms(&error), ["R0.EXAMPLE"]);
}

/// [MS-KILE] §3.3.5.1.2: a domain that is asked for its ticket-granting service by its NetBIOS name
/// answers with its DNS name.
#[test]
fn a_domain_knows_its_netbios_name() {
    for (name, got) in [
        ("CONTOSO", AD),
        ("contoso", AD),
        (AD, AD),
        ("contoso.com", AD),
        (ENTRA, ENTRA),
    ] {
        let loopback = Loopback::new(grown(hybrid()));
        let asked = format!("krbtgt/{name}");
        let acquired = loopback.acquire(ALICE, PASSWORD, &asked).unwrap();
        let got = format!("krbtgt/{got}@{AD}");
        assert_eq!(acquired.credential.service().to_string(), got, "{name}");
        let last = acquired.path.last().unwrap();
        assert_eq!((last.realm.as_str(), last.got.to_string()), (AD, got));
        assert!(acquired.path.len() <= 2, "{name}: {:?}", acquired.path);
    }
    // The name of no domain is not taken for one.
    let loopback = Loopback::new(grown(hybrid()));
    let error = loopback
        .acquire(ALICE, PASSWORD, "krbtgt/CONTOSOS")
        .unwrap_err();
    assert_eq!(realms(&error), [AD]);
    assert!(error.refusal().is_some(), "{error}");
}

/// As MIT's client has it.
#[test]
fn tickets_are_as_forwardable_as_the_tgt_that_they_are_had_with() {
    let user = principal(ALICE);
    let service = in_realm(SQL, user.realm());
    for forwardable in [true, false] {
        let loopback = Loopback::new(grown(hybrid()));
        let request = TicketRequest::tgt(&user).forwardable(forwardable);
        let identity = Arc::new(Identity::password(user.clone(), PASSWORD.to_owned()));
        let now = BEGIN;
        let step = AsExchange::begin(&request, identity, &loopback.policy, now);
        let tgt = loopback.drive(step).unwrap();
        assert_eq!(tgt.flags().contains(TicketFlags::FORWARDABLE), forwardable);
        let mut cache = MemoryCache::new(user.clone());
        cache.store(tgt);
        let acquired = loopback.acquire_from(&cache, None, &service).unwrap();
        assert_eq!(acquired.obtained.len(), 2, "a referral and the ticket");
        for ticket in &acquired.obtained {
            let flags = ticket.flags();
            assert_eq!(
                flags.contains(TicketFlags::FORWARDABLE),
                forwardable,
                "{flags:?}"
            );
        }
    }
}

/// The flags of a real one, as Windows' klist shows them.
#[test]
fn a_ticket_that_a_cloud_tgt_is_good_for_has_the_flags_of_a_real_one() {
    let loopback = Loopback::new(grown(hybrid()));
    let cache = crate::sign_in::signed_in(&loopback, 0);
    let service = principal(&format!("{SQL}@{ENTRA}"));
    let acquired = loopback.acquire_from(&cache, None, &service).unwrap();
    assert_eq!(acquired.credential.flags().bits(), 0x4000_0000);
}
