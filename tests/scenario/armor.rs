//! A logon in armor (RFC 6113 §5.4): what passes, and what somebody in between can make of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kerberos_core::assigned::{ErrorCode, KeyUsage, NtStatus, PaDataType};
use kerberos_core::credential::Credential;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{AsExchange, ExchangeError, Identity, Outgoing, TicketRequest};
use kerberos_core::message::fast::{
    ArmorKey, FastError, open_request, open_response, seal_response,
};
use kerberos_core::message::{KdcMisbehaved, open};
use kerberos_core::name::Principal;
use kerberos_core::wire::{
    ApReq, Authenticator, Exact, KdcRep, KdcReq, KrbError, List, MessageKind, PaData,
    PaFxFastRequest, PrincipalName, decode, encode,
};
use kerberos_tests::forests::{WEB, hybrid};
use kerberos_tests::loopback::Loopback;
use kerberos_tests::simulator::{ALICE, PASSWORD};
use realm_sim::clock::Clock;
use realm_sim::forest::{AccountAttributes, UserAccountControl};

/// The host whose TGT is the armor.
const HOST: &str = "host@CONTOSO.COM";

fn principal(name: &str) -> Principal {
    name.parse().unwrap()
}

fn loopback(armoring: bool) -> Loopback {
    let forest = hybrid()
        .user(HOST, "machine")
        .policy(|policy| policy.armoring = armoring)
        .build(Arc::new(SeededEntropy::new(1)));
    Loopback::new(forest.unwrap())
}

fn logon(loopback: &Loopback, user: &str, password: &str) -> Result<Credential, ExchangeError> {
    let identity = Arc::new(Identity::password(principal(user), password.to_owned()));
    let request = TicketRequest::tgt(identity.client());
    let now = loopback.client_clock.now();
    loopback.drive(AsExchange::begin(&request, identity, &loopback.policy, now))
}

/// A client that armors its logons with the host's TGT.
fn armored(armoring: bool) -> (Loopback, Credential) {
    let loopback = loopback(armoring);
    let tgt = logon(&loopback, HOST, "machine").unwrap();
    let armor = tgt.clone();
    (loopback.policy(|policy| policy.armor(armor)), tgt)
}

fn violation(result: Result<Credential, ExchangeError>) -> KdcMisbehaved {
    match result.unwrap_err() {
        ExchangeError::Misbehaved { violation, .. } => violation,
        other => panic!("{other}"),
    }
}

fn refusal(result: Result<Credential, ExchangeError>) -> ErrorCode {
    match result.unwrap_err() {
        ExchangeError::Refused { refusal, .. } => refusal.code(),
        other => panic!("{other}"),
    }
}

/// Changes AS-REPs by `change` before the client sees them.
fn with_reply(
    loopback: Loopback,
    change: impl Fn(&Outgoing, KdcRep<'_>) -> Vec<u8> + Send + Sync + 'static,
) -> Loopback {
    loopback.interfere(move |outgoing, reply| match MessageKind::of(&reply) {
        Some(MessageKind::AsRep) => change(outgoing, decode(&reply).unwrap()),
        _ => reply,
    })
}

#[test]
fn nothing_but_armor_is_seen_outside() {
    let (loopback, _) = armored(true);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let loopback = loopback.interfere(move |outgoing, reply| {
        let request: KdcReq<'_> = decode(&outgoing.message).unwrap();
        let types = request.padata.iter().flat_map(List::iter);
        let types: Vec<_> = types.map(|it| it.padata_type.number()).collect();
        log.lock().unwrap().push(types);
        reply
    });
    let tgt = logon(&loopback, ALICE, PASSWORD).unwrap();
    assert_eq!(tgt.client(), &principal(ALICE));
    // The last one again by stream: in armor the reply outgrows a datagram.
    assert_eq!(*seen.lock().unwrap(), [[136], [136], [136]]);
}

#[test]
fn refusals_are_told() {
    let (loopback, _) = armored(true);
    let failed = ErrorCode::KDC_ERR_PREAUTH_FAILED;
    assert_eq!(refusal(logon(&loopback, ALICE, "wrong")), failed);
    let unknown = ErrorCode::KDC_ERR_C_PRINCIPAL_UNKNOWN;
    let nobody = "nobody@CONTOSO.COM";
    assert_eq!(refusal(logon(&loopback, nobody, "x")), unknown);
}

/// [MS-KILE] §2.2.1: the reason is told without armor, and in it, beside the error or in that.
#[test]
fn the_reason_of_a_refusal_is_told() {
    for (armored, as_padata) in [(false, true), (true, true), (true, false)] {
        let forest = hybrid()
            .user(HOST, "machine")
            .policy(|policy| policy.armoring = true)
            .assumptions(|switches| switches.status_as_padata = as_padata)
            .build(Arc::new(SeededEntropy::new(1)))
            .unwrap();
        let domain = forest.domains().next().unwrap();
        let disable = |alice: &mut AccountAttributes| {
            alice.control |= UserAccountControl::ACCOUNT_DISABLED;
        };
        domain.change("alice", disable).unwrap();
        let mut loopback = Loopback::new(forest);
        if armored {
            let tgt = logon(&loopback, HOST, "machine").unwrap();
            loopback = loopback.policy(|policy| policy.armor(tgt));
        }
        let error = logon(&loopback, ALICE, PASSWORD).unwrap_err();
        assert_eq!(
            error.to_string(),
            "KDC_ERR_CLIENT_REVOKED (18): alice@CONTOSO.COM is disabled, locked out or expired, \
             status 0xC0000072 (STATUS_ACCOUNT_DISABLED) (KDC of CONTOSO.COM)"
        );
        let status = error.refusal().unwrap().status();
        assert_eq!(status, Some(NtStatus::ACCOUNT_DISABLED));
    }
}

/// RFC 6113 §5.4: a KDC without FAST, or somebody who says so, gets no bare proof.
#[test]
fn the_client_is_not_talked_out_of_its_armor() {
    let (loopback, _) = armored(false);
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let loopback = loopback.interfere(move |outgoing, reply| {
        count.fetch_add(1, Ordering::Relaxed);
        let request: KdcReq<'_> = decode(&outgoing.message).unwrap();
        let padata = request.padata.unwrap();
        assert!(padata.value_of(PaDataType::ENC_TIMESTAMP).is_none());
        reply
    });
    let required = ErrorCode::KDC_ERR_PREAUTH_REQUIRED;
    assert_eq!(refusal(logon(&loopback, ALICE, PASSWORD)), required);
    assert_eq!(sent.load(Ordering::Relaxed), 1);
}

/// RFC 6113 §5.4.4: what is outside of armor leads nowhere, also where it would be followed.
#[test]
fn an_error_outside_of_armor_is_not_followed() {
    for code in [
        ErrorCode::KDC_ERR_WRONG_REALM,
        ErrorCode::KDC_ERR_PREAUTH_EXPIRED,
        ErrorCode::KDC_ERR_PREAUTH_REQUIRED,
        ErrorCode::KDC_ERR_PREAUTH_FAILED,
    ] {
        let (loopback, _) = armored(true);
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        let loopback = loopback.interfere(move |_, reply| {
            count.fetch_add(1, Ordering::Relaxed);
            let error: KrbError<'_> = decode(&reply).unwrap();
            encode(&KrbError {
                error_code: code,
                crealm: Some("EVIL.EXAMPLE".into()),
                e_data: None,
                ..error
            })
        });
        assert_eq!(refusal(logon(&loopback, ALICE, PASSWORD)), code);
        assert_eq!(sent.load(Ordering::Relaxed), 1, "{code}");
    }
}

/// RFC 6113 §5.4.3
#[test]
fn a_reply_is_believed_in_its_armor_only() {
    let (loopback, _) = armored(true);
    let bare = with_reply(loopback, |_, reply| {
        encode(&KdcRep {
            padata: None,
            ..reply
        })
    });
    let found = violation(logon(&bare, ALICE, PASSWORD));
    assert_eq!(found, KdcMisbehaved::NotArmored);

    let (loopback, tgt) = armored(true);
    let ticket = tgt.ticket().to_vec();
    let other_ticket = with_reply(loopback, move |_, reply| {
        encode(&KdcRep {
            ticket: Exact::decode(&ticket).unwrap(),
            ..reply
        })
    });
    let found = violation(logon(&other_ticket, ALICE, PASSWORD));
    let modified = KdcMisbehaved::ArmorBroken(FastError::TicketModified);
    assert_eq!(found, modified);

    let (loopback, _) = armored(true);
    let renamed = with_reply(loopback, |_, reply| {
        let mallory = principal("mallory@CONTOSO.COM");
        encode(&KdcRep {
            cname: PrincipalName::of(&mallory),
            ..reply
        })
    });
    let found = violation(logon(&renamed, ALICE, PASSWORD));
    assert!(
        matches!(found, KdcMisbehaved::ClientChanged { .. }),
        "{found}"
    );
}

/// RFC 6113 §5.4.6: who holds the armor's keys can open and close it, but not answer for the KDC.
#[test]
fn the_kdc_answers_the_challenge_too() {
    let (loopback, tgt) = armored(true);
    let session_key = tgt.session_key().unwrap().clone();
    let insider = with_reply(loopback, move |outgoing, reply| {
        let request: KdcReq<'_> = decode(&outgoing.message).unwrap();
        let (armor, nonce) = insight(&request, &session_key);
        let value = reply.padata.as_ref().unwrap();
        let value = value.value_of(PaDataType::FX_FAST).unwrap();
        let opened = open_response(value, &armor, nonce).unwrap();
        let mut changed = opened.response().unwrap();
        let without: Vec<_> = changed
            .padata
            .iter()
            .filter(|it| it.padata_type != PaDataType::ENCRYPTED_CHALLENGE)
            .collect();
        changed.padata = List::of(&without);
        let value = seal_response(&changed, &armor, &SeededEntropy::new(9)).unwrap();
        let padata = [PaData {
            padata_type: PaDataType::FX_FAST,
            padata_value: &value,
        }];
        encode(&KdcRep {
            padata: Some(List::of(&padata)),
            ..reply
        })
    });
    let found = violation(logon(&insider, ALICE, PASSWORD));
    assert_eq!(found, KdcMisbehaved::KdcUnproven);
}

/// What the holder of the armor ticket's session key learns from a request.
fn insight(request: &KdcReq<'_>, session_key: &Key) -> (ArmorKey, u32) {
    let value = request.padata.as_ref().unwrap();
    let value = value.value_of(PaDataType::FX_FAST).unwrap();
    let PaFxFastRequest::ArmoredData(armored) = decode(value).unwrap() else {
        panic!("another alternative")
    };
    let ap_req: ApReq<'_> = decode(armored.armor.as_ref().unwrap().armor_value).unwrap();
    let usage = KeyUsage::AP_REQ_AUTHENTICATOR;
    let plain = open(&ap_req.authenticator, session_key, usage).unwrap();
    let authenticator: Authenticator<'_> = decode(&plain).unwrap();
    let subkey = authenticator.subkey.unwrap();
    let subkey = Key::new(subkey.keytype, subkey.keyvalue).unwrap();
    let armor = ArmorKey::new(&subkey, session_key).unwrap();
    let opened = open_request(&armored, &armor, request.req_body.octets()).unwrap();
    let nonce = opened.request().unwrap().req_body.nonce;
    (armor, nonce)
}

/// RFC 6113 §5.4.1.1: armor is a good TGT for the realm that is asked.
#[test]
fn what_is_no_armor_is_not_put_on() {
    let plain = loopback(true);
    let tgt = logon(&plain, HOST, "machine").unwrap();
    let service = plain.acquire(ALICE, PASSWORD, WEB).unwrap().credential;
    let plain = plain.policy(|policy| policy.armor(service));
    let error = logon(&plain, ALICE, PASSWORD).unwrap_err();
    assert!(matches!(error, ExchangeError::NotATgt { .. }), "{error}");
    let late = plain.policy(|policy| policy.armor(tgt));
    late.advance(11 * 3600);
    let error = logon(&late, ALICE, PASSWORD).unwrap_err();
    assert!(matches!(error, ExchangeError::Expired { .. }), "{error}");
}
