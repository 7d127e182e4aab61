//! What is agreed on, and what must hold of the request.

use std::time::Duration;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Curve;
use kerberos_core::flags::TicketFlags;
use kerberos_core::preauth::pkinit::dh_parameters;

use super::*;
use crate::forest::UserAccountControl;
use crate::kdc::tests::{decoded_error, disable, refused};

/// RFC 4556 §3.2.3.1, RFC 5349 §4, RFC 8636 §6
#[test]
fn the_key_is_agreed_on_in_every_group_and_by_every_function() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let mut functions: Vec<_> = ReplyKeyDerivation::FUNCTIONS
        .map(|kdf| Some(vec![kdf]))
        .into();
    functions.push(None);
    for kdfs in functions {
        let mut ask = CertAsk::alice(&card);
        ask.kdfs = kdfs;
        let (held, key) = ask.held(&forest);
        assert_eq!(key.etype(), EncryptionType::AES256_CTS_HMAC_SHA1_96);
        assert!(held.flags.contains(TicketFlags::INITIAL));
        assert!(held.flags.contains(TicketFlags::PRE_AUTHENT));
        assert!(!held.flags.contains(TicketFlags::HW_AUTHENT));
    }
    for group in AgreementGroup::DEFAULT {
        let mut ask = CertAsk::alice(&card);
        ask.group = Some(group);
        ask.held(&forest);
    }
}

/// The zero octets that a secret begins with belong to it.
///
/// RFC 4556 §3.2.3.1, RFC 5349 §4
#[test]
fn a_secret_keeps_the_zeros_in_front() {
    let maker = Maker::new();
    let groups: [AgreementGroup; 2] = [ModpGroup::Modp1024.into(), Curve::P256.into()];
    for group in groups {
        for zeros in [true, false] {
            let forest = maker.forest(|entry| {
                entry.groups = vec![group.to_string().as_str().into()];
                entry.leading_zeros = Some(zeros);
            });
            let card = maker.alices(&forest);
            let mut ask = CertAsk::alice(&card);
            ask.group = Some(group);
            for kdfs in [None, Some(vec![pkinit_oid::KDF_SHA256])] {
                ask.kdfs = kdfs;
                let secret = ask.agreed(&forest);
                assert_eq!(secret.len(), group.size());
                assert_eq!(secret[0] == 0, zeros);
            }
        }
    }
}

/// RFC 5349 §7
#[test]
fn a_point_beside_the_curve_is_refused() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    ask.group = Some(Curve::P256.into());
    ask.public_key = |info| *info.last_mut().unwrap() ^= 1;
    let error = ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED;
    assert_eq!(ask.refused(&forest), error);
    // A curve that has no name here: secp256k1, in as many octets.
    ask.public_key = |info| {
        let name = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        let at = info.windows(8).position(|octets| octets == name).unwrap();
        info[at + 7] = 0x0a;
    };
    assert_eq!(ask.refused(&forest), error);
}

/// The client's first function that is known counts.
///
/// RFC 8636 §6
#[test]
fn a_function_is_chosen_in_the_clients_order_and_must_be_known() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    ask.kdfs = Some(vec![pkinit_oid::KDF_SHA512, pkinit_oid::KDF_SHA256]);
    ask.held(&forest);
    ask.kdfs = Some(vec![pkinit_oid::CLIENT_AUTH]);
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_NO_ACCEPTABLE_KDF);
}

/// RFC 4556 §3.2.2, RFC 5349 §4
#[test]
fn a_group_that_is_not_accepted_is_answered_with_those_that_are() {
    let maker = Maker::new();
    let forest =
        maker.forest(|entry| entry.groups = vec![4096.into(), "P-256".into(), 2048.into()]);
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    ask.group = Some(ModpGroup::Modp1024.into());
    let reply = ask.send(&forest);
    let error = decoded_error(&reply);
    assert_eq!(
        error,
        Some(ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED)
    );
    let groups = typed(&reply, PaDataType::TD_DH_PARAMETERS);
    let groups: List<'_, ForeignSequence<'_>> = wire::decode(&groups).unwrap();
    let groups: Vec<_> = groups.iter().map(|group| group.octets().to_vec()).collect();
    let wanted: [AgreementGroup; 3] = [
        ModpGroup::Modp4096.into(),
        Curve::P256.into(),
        ModpGroup::Modp2048.into(),
    ];
    let wanted = wanted.map(dh_parameters);
    assert_eq!(groups, wanted);

    // A realm may go down to it.
    let forest = maker.forest(|entry| entry.groups = vec![1024.into()]);
    ask.held(&forest);
    ask.group = Some(ModpGroup::Modp2048.into());
    let error = ErrorCode::KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED;
    assert_eq!(ask.refused(&forest), error);
}

/// RFC 4556 §3.2.2
#[test]
fn a_key_is_not_sealed_for_a_key_that_does_not_unseal() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    ask.group = None;
    ask.kdfs = None;
    let error = ErrorCode::KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED;
    assert_eq!(ask.refused(&forest), error);
}

/// RFC 4556 §3.2.2, RFC 4120 §8.2
#[test]
fn the_clients_clock_may_be_off_by_five_minutes() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    let seconds = Duration::from_secs;
    for (time, fits) in [
        (NOW.plus(seconds(300)), true),
        (NOW.minus(seconds(300)), true),
        (NOW.plus(seconds(301)), false),
        (NOW.minus(seconds(301)), false),
    ] {
        ask.time = time;
        let error = decoded_error(&ask.send(&forest));
        let wanted = (!fits).then_some(ErrorCode::KRB_AP_ERR_SKEW);
        assert_eq!(error, wanted, "{time}");
    }
}

/// RFC 4556 §3.2.2, RFC 8636 §3
#[test]
fn the_checksums_are_of_the_body_and_one_is_needed() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let ask = |first, second| {
        let mut ask = CertAsk::alice(&card);
        (ask.pa_checksum, ask.pa_checksum2) = (first, second);
        ask
    };
    let (sha1, sha256) = (Some(CmsDigest::Sha1), Some((SHA256, CmsDigest::Sha256)));
    ask(None, sha256).held(&forest);
    ask(sha1, sha256).held(&forest);
    // One by an unknown function says nothing.
    ask(sha1, Some((NO_HASH, CmsDigest::Sha256))).held(&forest);
    for second in [None, Some((NO_HASH, CmsDigest::Sha256))] {
        let error = ask(None, second).refused(&forest);
        assert_eq!(error, ErrorCode::KDC_ERR_PA_CHECKSUM_MUST_BE_INCLUDED);
    }
    let modified = ErrorCode::KRB_AP_ERR_MODIFIED;
    let wrong = Some((SHA256, CmsDigest::Sha384));
    assert_eq!(ask(sha1, wrong).refused(&forest), modified);
    for (first, second) in [(sha1, None), (None, sha256)] {
        let mut ask = ask(first, second);
        ask.covered = Some(b"another body".to_vec());
        assert_eq!(ask.refused(&forest), modified);
    }
}

/// RFC 4556 §3.2.2
#[test]
fn a_request_is_answered_once() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let (message, _) = CertAsk::alice(&card).encode();
    let ask = |via| decoded_error(&forest.answer(&contoso(), &message, via, NOW));
    // The answer is too long for a datagram, and the same octets come again by stream.
    assert_eq!(ask(Via::Udp), Some(ErrorCode::KRB_ERR_RESPONSE_TOO_BIG));
    assert_eq!(ask(Via::Tcp), None);
    assert_eq!(ask(Via::Tcp), Some(ErrorCode::KRB_AP_ERR_REPEAT));
}

/// RFC 8070 §2.2, §2.4
#[test]
fn a_freshness_token_is_good_for_five_minutes() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let token = token(&forest, NOW).expect("a token for who can use one");
    let mut ask = CertAsk::alice(&card);
    ask.token = Some(token.clone());
    for (after, fits) in [(0, true), (300, true), (301, false)] {
        ask.now = NOW.plus(Duration::from_secs(after));
        ask.time = ask.now;
        let reply = ask.send(&forest);
        let wanted = (!fits).then_some(ErrorCode::KDC_ERR_PREAUTH_EXPIRED);
        assert_eq!(decoded_error(&reply), wanted, "{after} s");
    }
    // The refusal has a new one, which will do.
    let reply = ask.send(&forest);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    ask.token = offered_token(&error);
    assert_ne!(ask.token, Some(token.clone()));
    ask.held(&forest);

    // From the future, made up, and cut short.
    ask.token = Some(token.clone());
    ask.now = NOW.minus(Duration::from_secs(1));
    ask.time = ask.now;
    let expired = ErrorCode::KDC_ERR_PREAUTH_EXPIRED;
    assert_eq!(ask.refused(&forest), expired);
    ask.now = NOW;
    let mut made_up = token.clone();
    made_up[7] ^= 1;
    for token in [made_up, token[..7].to_vec(), Vec::new()] {
        ask.token = Some(token);
        assert_eq!(ask.refused(&forest), expired);
    }
}

/// RFC 8070 §2.2: not for everybody, since some clients die of what they do not know.
#[test]
fn a_token_is_for_who_asks_where_certificates_are_taken() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let reply = AsAsk::bare().send(&forest);
    let error: KrbError<'_> = wire::decode(&reply).unwrap();
    assert_eq!(offered_token(&error), None);
    assert_eq!(token(&crate::kdc::tests::demo(), NOW), None);
}

#[test]
fn a_realm_may_insist_on_freshness() {
    let maker = Maker::new();
    let forest = maker.forest(|entry| entry.freshness = true);
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_PREAUTH_FAILED);
    ask.token = token(&forest, NOW);
    ask.held(&forest);
}

/// [MS-PKCA] §3.1.5.2
#[test]
fn both_forms_of_the_request_at_once_are_refused() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    ask.ask.more = vec![(PaDataType::PK_AS_REP_OLD, Vec::new())];
    assert_eq!(ask.refused(&forest), ErrorCode::KRB_ERR_GENERIC);
}

/// A good certificate does not help an account that is not usable, and wrong ones lock none.
#[test]
fn the_account_is_looked_at_as_ever() {
    let maker = Maker::new();
    let forest = maker.forest_with(
        |_| {},
        |builder| builder.policy(|policy| policy.password.lockout_threshold = 1),
    );
    let card = maker.alices(&forest);
    let mut ask = CertAsk::alice(&card);
    ask.covered = Some(b"another body".to_vec());
    ask.refused(&forest);
    ask.covered = None;
    ask.held(&forest);
    disable(&forest, "alice");
    assert_eq!(ask.refused(&forest), ErrorCode::KDC_ERR_CLIENT_REVOKED);
}

/// [MS-KILE] §3.3.5.6.3
#[test]
fn a_certificate_is_a_smart_card() {
    let maker = Maker::new();
    let forest = maker.forest(|_| {});
    let card = maker.alices(&forest);
    let domain = forest.domain(&contoso()).unwrap();
    domain
        .change("alice", |a| {
            a.control |= UserAccountControl::SMARTCARD_REQUIRED;
        })
        .unwrap();
    let error = refused(&AsAsk::alice().send(&forest));
    assert_eq!(error, ErrorCode::KDC_ERR_POLICY);
    CertAsk::alice(&card).held(&forest);
}

/// A choice (P01): what Windows does is not documented.
#[test]
fn a_password_that_has_expired_matters_to_certificates_by_choice() {
    let maker = Maker::new();
    let ask = |outlives: bool| {
        let forest = maker.forest_with(
            |_| {},
            |builder| builder.assumptions(|a| a.card_outlives_password = outlives),
        );
        let domain = forest.domain(&contoso()).unwrap();
        domain
            .change("alice", |a| a.password_expires = Some(NOW))
            .unwrap();
        decoded_error(&CertAsk::alice(&maker.alices(&forest)).send(&forest))
    };
    assert_eq!(ask(true), None);
    assert_eq!(ask(false), Some(ErrorCode::KDC_ERR_KEY_EXPIRED));
}
