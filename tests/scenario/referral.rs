//! Chasing a service from realm to realm: far, too far, and in circles.

use kerberos_core::exchange::{ExchangeError, KdcMisbehaved};
use kerberos_tests::forests::{chain, grown, hybrid, merry_go_round};
use kerberos_tests::loopback::Loopback;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD};

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
