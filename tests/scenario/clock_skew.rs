//! Clocks that differ: both sides of 300 seconds, at the KDC and at the client.

use std::time::Duration;

use kerberos_core::exchange::ExchangeError;
use kerberos_tests::forests::{grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback};
use kerberos_tests::simulator::{AD, ALICE, PASSWORD, SQL};

use crate::told::realms;

fn skewed(client_ahead: i64) -> Result<(), ExchangeError> {
    let loopback = Loopback::new(grown(hybrid()));
    let micros = BEGIN.micros() + client_ahead * 1_000_000;
    loopback
        .client_clock
        .set(kerberos_core::time::Timestamp::from_micros(micros));
    loopback.acquire(ALICE, PASSWORD, SQL).map(drop)
}

/// RFC 4120 §8.2
#[test]
fn five_minutes_are_tolerated_either_way() {
    for seconds in [-300, -1, 0, 1, 300] {
        assert_eq!(skewed(seconds), Ok(()), "{seconds} s");
    }
}

/// RFC 4120 §3.2.3, §5.9.1: the KDC refuses, and the error has both times.
#[test]
fn a_second_more_is_refused_with_both_times() {
    for (seconds, text) in [
        (
            301,
            "KRB_AP_ERR_SKEW (37): the KDC's clock says 2026-01-01T00:00:00.000000Z, this \
             machine's 2026-01-01T00:05:01.000000Z: 301s apart (KDC of CONTOSO.COM)",
        ),
        (
            -301,
            "KRB_AP_ERR_SKEW (37): the KDC's clock says 2026-01-01T00:00:00.000000Z, this \
             machine's 2025-12-31T23:54:59.000000Z: 301s apart (KDC of CONTOSO.COM)",
        ),
    ] {
        let error = skewed(seconds).unwrap_err();
        assert_eq!(error.to_string(), text);
        assert_eq!(realms(&error), [AD]);
    }
}

/// RFC 4120 §3.1.5: a KDC that tolerates more than the client is refused by the client.
#[test]
fn a_lax_kdc_is_refused_by_the_client() {
    let with_kdc_behind = |seconds: u64| {
        let forest = grown(hybrid().policy(|policy| policy.max_skew = 100_000));
        let loopback = Loopback::new(forest);
        loopback.client_clock.advance(Duration::from_secs(seconds));
        loopback.acquire(ALICE, PASSWORD, SQL).map(drop)
    };
    assert_eq!(with_kdc_behind(300), Ok(()));
    let error = with_kdc_behind(301).unwrap_err();
    let ExchangeError::ClockSkew { theirs, ours, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(
        (theirs, ours),
        (BEGIN, BEGIN.plus(Duration::from_secs(301)))
    );
}

#[test]
fn the_limit_is_the_policys() {
    let loopback = Loopback::new(grown(hybrid().policy(|policy| policy.max_skew = 2)));
    loopback.client_clock.advance(Duration::from_secs(2));
    assert!(loopback.acquire(ALICE, PASSWORD, SQL).is_ok());
    loopback.client_clock.advance(Duration::from_secs(1));
    assert!(matches!(
        loopback.acquire(ALICE, PASSWORD, SQL),
        Err(ExchangeError::ClockSkew { .. })
    ));
}
