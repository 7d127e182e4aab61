//! Both ends of a trust keep the secret, and change it one after the other.

use kerberos_core::assigned::ErrorCode;
use kerberos_core::name::Realm;
use kerberos_tests::loopback::BEGIN;
use realm_sim::clock::Clock;
use realm_sim::forest::TrustEnd;

use super::*;

const USER: &str = "carol@CORP.EXAMPLE";
const SERVICE: &str = "HTTP/web.partner.example";
const HOUR: u64 = 3600;

fn rotate(loopback: &Loopback, end: TrustEnd, secret: &str) {
    let (corp, partner) = (
        Realm::new("CORP.EXAMPLE").unwrap(),
        Realm::new("PARTNER.EXAMPLE").unwrap(),
    );
    let now = loopback.kdc_clock.now();
    let done = loopback
        .forest
        .replace_trust_secret((&corp, &partner), end, secret, now);
    assert_eq!(done, Ok(true));
}

#[track_caller]
fn outcome(loopback: &Loopback) -> Option<ErrorCode> {
    let acquired = acquire(loopback, USER, SERVICE);
    acquired.err().map(|error| crate::told::code(&error))
}

#[test]
fn a_rotation_of_both_ends_is_not_noticed() {
    let loopback = loopback();
    assert_eq!(loopback.kdc_clock.now(), BEGIN);
    rotate(&loopback, TrustEnd::Both, "second");
    for seconds in [0, HOUR - 1, 1, HOUR] {
        loopback.advance(seconds);
        assert_eq!(outcome(&loopback), None);
    }
}

/// The new key is used an hour after the change: that long the other end has to learn it.
#[test]
fn a_rotation_that_the_acceptor_misses_breaks_the_trust_an_hour_later() {
    let loopback = loopback();
    rotate(&loopback, TrustEnd::Issuer, "second");
    loopback.advance(HOUR - 1);
    assert_eq!(outcome(&loopback), None);
    loopback.advance(1);
    let unknown_key = Some(ErrorCode::KRB_AP_ERR_BADKEYVER);
    assert_eq!(outcome(&loopback), unknown_key);
    // It learns it late.
    rotate(&loopback, TrustEnd::Acceptor, "second");
    assert_eq!(outcome(&loopback), None);
}

/// Two versions are accepted: one rotation that the issuer misses does no harm, a second does.
#[test]
fn the_acceptor_may_be_one_rotation_ahead_and_not_two() {
    let loopback = loopback();
    rotate(&loopback, TrustEnd::Acceptor, "second");
    loopback.advance(2 * HOUR);
    assert_eq!(outcome(&loopback), None);
    rotate(&loopback, TrustEnd::Acceptor, "third");
    assert_eq!(outcome(&loopback), Some(ErrorCode::KRB_AP_ERR_BADKEYVER));
}

/// The same version of another secret: what a reset of one end leaves behind.
#[test]
fn ends_that_disagree_about_the_secret_cannot_open_each_others_tickets() {
    let loopback = loopback();
    rotate(&loopback, TrustEnd::Issuer, "second");
    rotate(&loopback, TrustEnd::Acceptor, "another second");
    assert_eq!(outcome(&loopback), None, "the previous one is still used");
    loopback.advance(HOUR);
    assert_eq!(
        outcome(&loopback),
        Some(ErrorCode::KRB_AP_ERR_BAD_INTEGRITY)
    );
}

#[test]
fn one_direction_does_not_concern_the_other() {
    let loopback = loopback();
    rotate(&loopback, TrustEnd::Issuer, "second");
    loopback.advance(HOUR);
    assert_eq!(
        way(&loopback, "paul@PARTNER.EXAMPLE", "HTTP/web.corp.example"),
        ["PARTNER", "CORP"]
    );
}

/// Versions count to 255, and 0 follows. In a ticket 255 stands for no version at all.
#[test]
fn versions_wrap_around() {
    let loopback = loopback();
    let (corp, partner) = (
        Realm::new("CORP.EXAMPLE").unwrap(),
        Realm::new("PARTNER.EXAMPLE").unwrap(),
    );
    for end in [TrustEnd::Issuer, TrustEnd::Acceptor] {
        let keys = loopback.forest.trust_at(&corp, &partner, end).unwrap();
        keys.reset("last but one", kerberos_core::assigned::Kvno::new(254))
            .unwrap();
    }
    for (secret, version) in [("last", 255), ("first", 0), ("second", 1)] {
        rotate(&loopback, TrustEnd::Both, secret);
        let current = loopback.forest.trust(&corp, &partner).unwrap().current();
        assert_eq!(current.kvno().number(), version);
        assert_eq!(outcome(&loopback), None, "with the key before {version}");
        loopback.advance(HOUR);
        assert_eq!(outcome(&loopback), None, "with key {version}");
    }
}
