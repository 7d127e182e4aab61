//! What a KDC refuses, and how the client tells it.

use std::time::Duration;

use kerberos_core::assigned::ErrorCode;
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::exchange::{
    ExchangeError, KdcMisbehaved, ReferralChase, Remedy, Step, TicketRequest,
};
use kerberos_tests::forests::{OTHER_TENANT, WEB, grown, hybrid};
use kerberos_tests::loopback::{Loopback, in_realm, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL};
use realm_sim::clock::Clock;

use crate::told::{code, realms};

/// RFC 4120 §3.1.3
#[test]
fn a_wrong_password() {
    let loopback = Loopback::new(grown(hybrid()));
    let error = loopback.acquire(ALICE, "wrong", SQL).unwrap_err();
    assert_eq!(
        error.to_string(),
        "KDC_ERR_PREAUTH_FAILED (24): alice@CONTOSO.COM could not be authenticated: \
         wrong password or key (KDC of CONTOSO.COM)"
    );
    assert_eq!(realms(&error), [AD]);
    let remedy = error.refusal().unwrap().remedy();
    assert_eq!(remedy, Some(Remedy::CheckPassword));
}

/// RFC 4120 §3.1.3
#[test]
fn an_unknown_user() {
    let loopback = Loopback::new(grown(hybrid()));
    let error = loopback
        .acquire("mallory@CONTOSO.COM", PASSWORD, SQL)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "KDC_ERR_C_PRINCIPAL_UNKNOWN (6): mallory@CONTOSO.COM is not known to the KDC \
         (KDC of CONTOSO.COM)"
    );
    let remedy = error.refusal().unwrap().remedy();
    assert_eq!(remedy, Some(Remedy::CheckClientName));
}

/// RFC 4120 §7.5.9
#[test]
fn an_unknown_service_here() {
    let loopback = Loopback::new(grown(hybrid()));
    let error = loopback
        .acquire(ALICE, PASSWORD, "HTTP/nobody.contoso.com")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "KDC_ERR_S_PRINCIPAL_UNKNOWN (7): HTTP/nobody.contoso.com@CONTOSO.COM is not known to \
         the KDC (KDC of CONTOSO.COM)"
    );
    assert_eq!(realms(&error), [AD]);
}

/// The suffix leads to the cloud realm, which has no such service: the error says how far it got.
#[test]
fn an_unknown_service_in_the_cloud() {
    let loopback = Loopback::new(grown(hybrid()));
    let error = loopback
        .acquire(ALICE, PASSWORD, "MSSQLSvc/mi02.database.windows.net:1433")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "KDC_ERR_S_PRINCIPAL_UNKNOWN (7): MSSQLSvc/mi02.database.windows.net:1433@\
         KERBEROS.MICROSOFTONLINE.COM is not known to the KDC (KDC of \
         KERBEROS.MICROSOFTONLINE.COM, hop 2 of CONTOSO.COM -> KERBEROS.MICROSOFTONLINE.COM)"
    );
    assert_eq!(realms(&error), [AD, ENTRA]);
    let remedy = error.refusal().unwrap().remedy();
    assert_eq!(remedy, Some(Remedy::CheckServiceName));
}

/// The URL's tenant has no trust with the issuer of the referral TGT.
#[test]
fn the_wrong_tenant() {
    let loopback = Loopback::new(grown(hybrid())).tenant(OTHER_TENANT);
    let error = loopback.acquire(ALICE, PASSWORD, SQL).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_NOT_US);
    assert_eq!(realms(&error), [AD, ENTRA]);
    assert_eq!(
        error.to_string(),
        "KRB_AP_ERR_NOT_US (35): MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433@\
         KERBEROS.MICROSOFTONLINE.COM was refused because the ticket is not for this KDC (KDC of \
         KERBEROS.MICROSOFTONLINE.COM, hop 2 of CONTOSO.COM -> KERBEROS.MICROSOFTONLINE.COM)"
    );
}

/// A TGT of the forest's user in a cache, and its end.
fn logged_on(loopback: &Loopback) -> (MemoryCache, Credential) {
    let tgt = format!("krbtgt/{AD}@{AD}");
    let tgt = loopback.acquire(ALICE, PASSWORD, &tgt).unwrap().credential;
    let mut cache = MemoryCache::new(principal(ALICE));
    cache.store(tgt.clone());
    (cache, tgt)
}

/// A choice: the client does not present what has expired.
#[test]
fn an_expired_ticket_is_not_presented() {
    let loopback = Loopback::new(grown(hybrid()));
    let (cache, tgt) = logged_on(&loopback);
    let life = tgt.times().endtime.since(tgt.times().valid_from());
    let wanted = in_realm(WEB, tgt.client().realm());

    // The KDC takes none for its last two minutes.
    loopback.advance(life.as_secs() - 1);
    let presented = loopback.acquire_from(&cache, None, &wanted).unwrap_err();
    assert_eq!(code(&presented), ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    loopback.advance(2);
    let error = loopback.acquire_from(&cache, None, &wanted).unwrap_err();
    assert!(matches!(error, ExchangeError::NoIdentity { .. }), "{error}");
}

/// RFC 4120 §3.2.3: the KDC refuses what has expired by its own clock.
#[test]
fn an_expired_ticket_is_refused() {
    let loopback = Loopback::new(grown(hybrid()));
    let (cache, tgt) = logged_on(&loopback);
    let wanted = in_realm(WEB, tgt.client().realm());
    let end = tgt.times().endtime.start();

    let second = Duration::from_secs(1);
    loopback.client_clock.set(end.minus(second * 130));
    loopback.kdc_clock.set(end.minus(second * 121));
    assert!(loopback.acquire_from(&cache, None, &wanted).is_ok());
    loopback.kdc_clock.advance(second * 2);
    let error = loopback.acquire_from(&cache, None, &wanted).unwrap_err();
    assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_TKT_EXPIRED);
    assert_eq!(
        error.to_string(),
        "KRB_AP_ERR_TKT_EXPIRED (32): HTTP/web.contoso.com@CONTOSO.COM was refused because the \
         ticket has expired (KDC of CONTOSO.COM)"
    );
    let remedy = error.refusal().unwrap().remedy();
    assert_eq!(remedy, Some(Remedy::AuthenticateAgain));
}

/// RFC 4120 §3.2.3, §3.3.2: an authenticator is good once.
#[test]
fn a_replayed_authenticator() {
    let loopback = Loopback::new(grown(hybrid()));
    let (_, tgt) = logged_on(&loopback);
    let wanted = in_realm(WEB, tgt.client().realm());
    let request = TicketRequest::service(wanted);
    let begin = || {
        ReferralChase::begin(
            &request,
            tgt.clone(),
            &loopback.policy,
            loopback.client_clock.now(),
        )
    };
    let Step::Send(pending) = begin().unwrap() else {
        panic!("a TGS exchange begins with a request");
    };
    let outgoing = pending.outgoing().clone();
    loopback.answer(&outgoing);
    let replayed = loopback.answer(&outgoing);
    let error = pending
        .receive(&replayed, loopback.client_clock.now())
        .unwrap_err();
    assert_eq!(code(&error), ErrorCode::KRB_AP_ERR_REPEAT);
    assert!(
        loopback.drive(begin()).is_ok(),
        "a new authenticator is good"
    );
}

/// RFC 4120 §3.2.3: whichever octet of the sealed part is changed, the KDC notices.
#[test]
fn a_tampered_ticket() {
    let loopback = Loopback::new(grown(hybrid()));
    let (_, tgt) = logged_on(&loopback);
    let wanted = in_realm(WEB, tgt.client().realm());
    let length = tgt.ticket().len();
    for from_end in [1, 12, 13, 50, 150] {
        let mut ticket = tgt.ticket().to_vec();
        ticket[length - from_end] ^= 0x01;
        let mut cache = MemoryCache::new(principal(ALICE));
        cache.store(Credential::new(
            tgt.client().clone(),
            tgt.service().clone(),
            tgt.stored_key().clone(),
            *tgt.times(),
            tgt.flags(),
            ticket.into(),
        ));
        let error = loopback.acquire_from(&cache, None, &wanted).unwrap_err();
        assert_eq!(
            code(&error),
            ErrorCode::KRB_AP_ERR_BAD_INTEGRITY,
            "{from_end} octets from the end: {error}"
        );
    }
}

/// RFC 4120 §3.1.5, §3.3.4: whichever bit of a sealed reply is changed, the client notices.
#[test]
fn a_tampered_reply() {
    for from_end in [1, 11, 12, 13, 60, 120] {
        let loopback = Loopback::new(grown(hybrid())).interfere(move |_, mut reply| {
            if reply[0] == 0x6b {
                let at = reply.len() - from_end;
                reply[at] ^= 0x80;
            }
            reply
        });
        let error = loopback.acquire(ALICE, PASSWORD, SQL).unwrap_err();
        let sealed = matches!(
            &error,
            ExchangeError::Misbehaved {
                violation: KdcMisbehaved::SealBroken,
                ..
            }
        );
        assert!(sealed, "{from_end} octets from the end: {error}");
        assert_eq!(realms(&error), [AD]);
    }
}

#[test]
fn a_reply_that_is_none() {
    let cases: [(&[u8], &str); 5] = [
        (
            b"",
            "the reply is malformed: KDC-REP: truncated at byte 0 (KDC of CONTOSO.COM)",
        ),
        (
            b"<html>",
            "the reply is malformed: KDC-REP: expected tag 0x6b, found 0x3c at byte 0 (KDC of \
             CONTOSO.COM)",
        ),
        (
            &[0x6b, 0x80],
            "the reply is malformed: KDC-REP: indefinite length at byte 2 (KDC of CONTOSO.COM)",
        ),
        (
            &[0x6d, 0x00],
            "the answer is no reply to this request (KDC of CONTOSO.COM)",
        ),
        (
            &[0x7e, 0x03, 0x30, 0x01],
            "the reply is malformed: KRB-ERROR: truncated at byte 2 (KDC of CONTOSO.COM)",
        ),
    ];
    for (reply, text) in cases {
        let loopback = Loopback::new(grown(hybrid())).interfere(move |_, _| reply.to_vec());
        let error = loopback.acquire(ALICE, PASSWORD, SQL).unwrap_err();
        assert_eq!(error.to_string(), text);
    }
}
