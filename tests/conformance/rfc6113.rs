//! RFC 6113: a framework for pre-authentication, and FAST in it.

use kerberos_core::assigned::{ChecksumType, EncryptionType, KeyUsage, PaDataType};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::flags::FastOptions;
use kerberos_core::message::fast::{
    ArmorKey, EncryptedChallenge, FastArmor, FastError, finished, open_request, open_response,
    seal_response, strengthen,
};
use kerberos_core::message::{Sealed, TgtView, open};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    ApReq, Authenticator, DecodeFault, EncryptionKey, KrbFastArmor, KrbFastReq, KrbFastResponse,
    List, PaAuthenticationSetElement, PaData, PaEncTsEnc, PaFxFastReply, PaFxFastRequest, decode,
    encode,
};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encodings::{exactly, message, refusal, step};
use crate::profile;

/// RFC 6113 §A
#[test]
fn two_keys_combine_into_one() {
    let etypes = [17, 18, 19, 20, 23];
    assert_eq!(
        profile::combination("krb_fx_cf2.json", "vectors", &etypes),
        10
    );
}

#[derive(Deserialize)]
struct Fast {
    subkey_hex: Octets,
    ticket_session_key_hex: Octets,
    armor_key_hex: Octets,
    ap_req_hex: Octets,
    req_checksum_hex: Octets,
    krb_fast_req_hex: Octets,
    pa_fx_fast_request_hex: Octets,
    strengthen_key_hex: Octets,
    reply_key_before_hex: Octets,
    reply_key_after_hex: Octets,
    long_term_key_hex: Octets,
    encrypted_challenge_client_key_hex: Octets,
    encrypted_challenge_kdc_key_hex: Octets,
    explicit_tgs_armor_hex: Octets,
}

fn fast() -> Fast {
    serde_json::from_value(vectors::file("fast.json")).unwrap()
}

fn key(material: &[u8]) -> Key {
    Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, material).unwrap()
}

/// RFC 6113 §5.4.1.1, §5.4.2, §5.4.3, §5.4.6
#[test]
fn keys_of_armor_reply_and_challenge() {
    let fast = fast();
    let (armor, subkey) = (key(&fast.armor_key_hex), key(&fast.subkey_hex));
    for (one, other, peppers, expected) in [
        (
            &fast.subkey_hex,
            &fast.ticket_session_key_hex,
            ("subkeyarmor", "ticketarmor"),
            &fast.armor_key_hex,
        ),
        (
            &fast.strengthen_key_hex,
            &fast.reply_key_before_hex,
            ("strengthenkey", "replykey"),
            &fast.reply_key_after_hex,
        ),
        (
            &fast.armor_key_hex,
            &fast.long_term_key_hex,
            ("clientchallengearmor", "challengelongterm"),
            &fast.encrypted_challenge_client_key_hex,
        ),
        (
            &fast.armor_key_hex,
            &fast.long_term_key_hex,
            ("kdcchallengearmor", "challengelongterm"),
            &fast.encrypted_challenge_kdc_key_hex,
        ),
    ] {
        let combined = key(one).cf2(peppers.0.as_bytes(), &key(other), peppers.1.as_bytes());
        assert_eq!(
            combined.unwrap().expose_material(),
            &**expected,
            "{peppers:?}"
        );
    }
    let explicit = armor.cf2(b"explicitarmor", &subkey, b"tgsarmor").unwrap();
    assert_eq!(explicit.expose_material(), &*fast.explicit_tgs_armor_hex);
}

/// RFC 6113 §5.4.2: a request with implicit armor, opened.
#[test]
fn an_armored_request_opens_with_the_armor_key() {
    let fast = fast();
    let armor = key(&fast.armor_key_hex);
    let PaFxFastRequest::ArmoredData(request) = exactly(&fast.pa_fx_fast_request_hex) else {
        panic!("another alternative")
    };
    assert_eq!(request.armor, None);
    assert_eq!(
        request.req_checksum.cksumtype,
        ChecksumType::HMAC_SHA1_96_AES256
    );
    assert_eq!(request.req_checksum.checksum, &*fast.req_checksum_hex);
    let usage = KeyUsage::FAST_REQ_CHECKSUM;
    assert_eq!(
        armor.verify(usage, &fast.ap_req_hex, request.req_checksum.checksum),
        Ok(())
    );
    let opened = open(&request.enc_fast_req, &armor, KeyUsage::FAST_ENC).unwrap();
    assert_eq!(*opened, *fast.krb_fast_req_hex);
    let wrong = open(&request.enc_fast_req, &armor, KeyUsage::FAST_REP);
    assert_eq!(wrong, Err(CryptoError::Integrity));
    let inner: KrbFastReq<'_> = exactly(&opened);
    assert_eq!(inner.fast_options, FastOptions::NONE);
    assert!(inner.padata.value_of(PaDataType::PAC_REQUEST).is_some());
    assert_eq!(inner.req_body.realm.0, b"CONTOSO.COM");
    assert!(opened.ends_with(inner.req_body.octets()));
}

/// RFC 6113 §5.4.1, §5.4.2
#[test]
fn armor_names_its_type() {
    let bytes = message("PA-FX-FAST-REQUEST");
    let PaFxFastRequest::ArmoredData(request) = exactly(&bytes) else {
        panic!("another alternative")
    };
    let armor = request.armor.unwrap();
    assert_eq!(
        (armor.armor_type, armor.armor_value),
        (KrbFastArmor::AP_REQUEST, &b"AP-REQ"[..])
    );
    // An alternative that this CHOICE does not have.
    let mut other = bytes.to_vec();
    other[0] = 0xa1;
    assert_eq!(
        refusal::<PaFxFastRequest<'_>>(&other).to_string(),
        "PA-FX-FAST-REQUEST: expected tag 0xa0, found 0xa1 at byte 0"
    );
}

/// RFC 6113 §5.4.2: options that a KDC must know.
#[test]
fn critical_options() {
    for (bits, unknown) in [
        (0x4000_8000, 0),
        (0x8000_0000, 0x8000_0000),
        (0x0001_0000, 0x0001_0000),
        (0x0000_ffff, 0),
        (0x4000_0001, 0),
    ] {
        let options = FastOptions::from_bits(bits);
        assert_eq!(options.unknown_critical().bits(), unknown, "{options:?}");
    }
}

/// RFC 6113 §5.4.3
#[test]
fn an_armored_reply() {
    let bytes = message("PA-FX-FAST-REPLY");
    let PaFxFastReply::ArmoredData(reply) = exactly(&bytes) else {
        panic!("another alternative")
    };
    assert_eq!(reply.enc_fast_rep.cipher, b"sealed");
    let bytes = message("KrbFastResponse");
    let response: KrbFastResponse<'_> = exactly(&bytes);
    assert_eq!(
        response.padata.value_of(PaDataType::FX_COOKIE),
        Some(&b"cookie"[..])
    );
    assert_eq!(response.strengthen_key.unwrap().keyvalue.len(), 32);
    assert_eq!(response.nonce, 0x1234_5678);
    let finished = response.finished.unwrap();
    let client = finished.cname.to_principal(finished.crealm).unwrap();
    assert_eq!(client.to_string(), "alice@CONTOSO.COM");
    assert_eq!(finished.time().subsec_micros(), 7);
    assert_eq!(finished.ticket_checksum.checksum.len(), 12);
}

/// X.680 §25.7: what a later version adds is passed over; what is out of place is not.
#[test]
fn additions_are_passed_over() {
    let bytes = message("KrbFastResponse with an addition");
    let response: KrbFastResponse<'_> = decode(&bytes).unwrap();
    assert_eq!((response.nonce, response.padata.len()), (1, 0));
    let known = encode(&response);
    assert_eq!(decode::<KrbFastResponse<'_>>(&known).unwrap(), response);
    // The nonce a second time, with and without an addition before it.
    let nonce = [0xa3, 3, 2, 1, 1];
    for content in [
        [&known[2..], &nonce].concat(),
        [&bytes[2..], &nonce].concat(),
    ] {
        let length = u8::try_from(content.len()).unwrap();
        let twice = [&[0x30, length], &content[..]].concat();
        let fault = refusal::<KrbFastResponse<'_>>(&twice).fault();
        assert_eq!(fault, DecodeFault::TrailingBytes);
    }
}

/// RFC 6113 §5.3
#[test]
fn an_authentication_set() {
    let bytes = message("PA-AUTHENTICATION-SET");
    let set: List<'_, PaAuthenticationSetElement<'_>> = exactly(&bytes);
    let set: Vec<_> = set
        .iter()
        .map(|e| (e.pa_type, e.pa_hint, e.pa_value))
        .collect();
    assert_eq!(
        set,
        [
            (138, Some(&b"hint"[..]), None),
            (2, None, Some(&b"value"[..]))
        ]
    );
}

/// RFC 6113 §5.4.1.1, §5.4.2, §5.4.3, [MS-KILE] §3.3.5.7.4: both sides' names for the same keys.
#[test]
fn armor_is_made_of_subkey_and_session_key() {
    let fast = fast();
    let (subkey, session_key) = (key(&fast.subkey_hex), key(&fast.ticket_session_key_hex));
    let armor = ArmorKey::new(&subkey, &session_key).unwrap();
    assert_eq!(armor.key(), &key(&fast.armor_key_hex));
    let explicit = armor.explicit_in_tgs(&subkey).unwrap();
    assert_eq!(explicit.key(), &key(&fast.explicit_tgs_armor_hex));
    let implicit = FastArmor::implicit(&subkey, &session_key).unwrap();
    assert_eq!(implicit.key(), &armor);
    let reply_key = strengthen(
        &key(&fast.strengthen_key_hex),
        &key(&fast.reply_key_before_hex),
    );
    assert_eq!(reply_key, Ok(key(&fast.reply_key_after_hex)));

    let PaFxFastRequest::ArmoredData(request) = exactly(&fast.pa_fx_fast_request_hex) else {
        panic!("another alternative")
    };
    let opened = open_request(&request, &armor, &fast.ap_req_hex).unwrap();
    assert_eq!(encode(&opened.request().unwrap()), *fast.krb_fast_req_hex);
    let again = implicit.seal(
        &opened.request().unwrap(),
        &fast.ap_req_hex,
        &SeededEntropy::new(1),
    );
    let again = again.unwrap();
    let PaFxFastRequest::ArmoredData(again) = exactly(&again) else {
        panic!("another alternative")
    };
    assert_eq!(again.req_checksum, request.req_checksum);
    assert_eq!(
        open_request(&again, &armor, &fast.ap_req_hex),
        Ok(opened.clone())
    );
}

/// RFC 6113 §5.4.1.1: in an AS-REQ an AP-REQ, to the ticket-granting service as to any service,
/// brings the armor.
#[test]
fn an_ap_req_brings_the_armor_of_an_as_req() {
    let fast = fast();
    let (subkey, session_key) = (key(&fast.subkey_hex), key(&fast.ticket_session_key_hex));
    let ticket = step("partial_tgt_ticket", "hex");
    let host = "HOST$@CONTOSO.COM".parse().unwrap();
    let tgt = TgtView::new(&host, &session_key, &ticket);
    let now = Timestamp::from_seconds(1_767_225_600);
    let entropy = SeededEntropy::new(1);
    let armor = FastArmor::by_tgt(tgt, &subkey, now, &entropy).unwrap();
    assert_eq!(armor.key().key(), &key(&fast.armor_key_hex));
    let inner: KrbFastReq<'_> = exactly(&fast.krb_fast_req_hex);
    let padata = armor.seal(&inner, b"the outer body", &entropy).unwrap();
    let PaFxFastRequest::ArmoredData(request) = exactly(&padata) else {
        panic!("another alternative")
    };
    let brought = request.armor.unwrap();
    assert_eq!(brought.armor_type, KrbFastArmor::AP_REQUEST);
    let ap_req: ApReq<'_> = exactly(brought.armor_value);
    let usage = KeyUsage::AP_REQ_AUTHENTICATOR;
    let opened = open(&ap_req.authenticator, &session_key, usage).unwrap();
    let authenticator: Authenticator<'_> = exactly(&opened);
    assert_eq!(authenticator.time(), now);
    assert_eq!(authenticator.subkey.unwrap().keyvalue, &*fast.subkey_hex);
}

/// RFC 6113 §5.4.2: the request that was armored, and no other; no option is overlooked.
#[test]
fn an_armored_request_is_bound_and_understood() {
    let fast = fast();
    let armor = FastArmor::implicit(&key(&fast.subkey_hex), &key(&fast.ticket_session_key_hex));
    let armor = armor.unwrap();
    let entropy = SeededEntropy::new(1);
    let open = |inner: &KrbFastReq<'_>, covered: &[u8], key: &ArmorKey, change: i32| {
        let padata = armor.seal(inner, b"covered", &entropy).unwrap();
        let PaFxFastRequest::ArmoredData(mut request) = exactly(&padata) else {
            panic!("another alternative")
        };
        if change != 0 {
            request.req_checksum.cksumtype = ChecksumType::new(change);
        }
        open_request(&request, key, covered)
    };
    let mut inner: KrbFastReq<'_> = exactly(&fast.krb_fast_req_hex);
    assert!(open(&inner, b"covered", armor.key(), 0).is_ok());
    let modified = Err(FastError::RequestModified);
    assert_eq!(open(&inner, b"Covered", armor.key(), 0), modified);
    // An unkeyed checksum type in the place of the armor key's.
    assert_eq!(open(&inner, b"covered", armor.key(), 7), modified);
    let other = ArmorKey::new(&key(&fast.subkey_hex), &key(&fast.subkey_hex)).unwrap();
    assert_eq!(open(&inner, b"covered", &other, 0), modified);
    let options = FastOptions::from_bits(0x2000_0000);
    inner.fast_options = options | FastOptions::HIDE_CLIENT_NAMES;
    let error = open(&inner, b"covered", armor.key(), 0).unwrap_err();
    assert_eq!(error, FastError::UnknownCriticalOptions { options });
    assert_eq!(error.code().number(), 93);
}

/// RFC 6113 §5.4.3, §5.4.4
#[test]
fn an_armored_response_vouches_for_its_ticket_and_its_error() {
    let fast = fast();
    let armor = ArmorKey::new(&key(&fast.subkey_hex), &key(&fast.ticket_session_key_hex));
    let armor = armor.unwrap();
    let alice = "alice@CONTOSO.COM".parse().unwrap();
    let now = Timestamp::from_seconds(1_767_225_600);
    let checksum = armor.key().checksum(KeyUsage::FAST_FINISHED, b"ticket");
    let checksum = checksum.unwrap();
    let error = step("krb_error_s_principal_unknown", "hex");
    let padata = [PaData {
        padata_type: PaDataType::FX_ERROR,
        padata_value: &error,
    }];
    let mut response = KrbFastResponse::new(List::of(&padata), 7);
    response.strengthen_key = Some(EncryptionKey {
        keytype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
        keyvalue: &fast.strengthen_key_hex,
    });
    response.finished = Some(finished(&alice, now, &armor, &checksum));
    let entropy = SeededEntropy::new(1);
    let value = seal_response(&response, &armor, &entropy).unwrap();
    let opened = open_response(&value, &armor, 7).unwrap();
    assert_eq!(opened.response().unwrap(), response);
    assert_eq!(opened.vouch_for(&armor, b"ticket"), Ok(alice));
    assert_eq!(
        opened.vouch_for(&armor, b"Ticket"),
        Err(FastError::TicketModified)
    );
    assert_eq!(
        opened.reply_key(&key(&fast.reply_key_before_hex)),
        Ok(key(&fast.reply_key_after_hex))
    );
    assert_eq!(encode(&opened.error().unwrap().unwrap()), *error);
    assert_eq!(
        open_response(&value, &armor, 8),
        Err(FastError::NonceMismatch)
    );
    let other = ArmorKey::new(&key(&fast.subkey_hex), &key(&fast.subkey_hex)).unwrap();
    assert_eq!(open_response(&value, &other, 7), Err(FastError::SealBroken));

    let bare = KrbFastResponse::new(List::of(&[]), 7);
    let value = seal_response(&bare, &armor, &entropy).unwrap();
    let opened = open_response(&value, &armor, 7).unwrap();
    let reply_key = key(&fast.reply_key_before_hex);
    assert_eq!(opened.reply_key(&reply_key), Ok(reply_key));
    assert_eq!(
        opened.vouch_for(&armor, b"ticket"),
        Err(FastError::NotFinished)
    );
    assert_eq!(opened.error(), Ok(None));
}

/// RFC 6113 §5.4.6: each side's challenge opens with its own key and no other.
#[test]
fn challenges_are_of_one_side_and_one_client() {
    let fast = fast();
    let armor = ArmorKey::new(&key(&fast.subkey_hex), &key(&fast.ticket_session_key_hex));
    let armor = armor.unwrap();
    let long_term = key(&fast.long_term_key_hex);
    let now = Timestamp::from_seconds(1_767_225_600);
    let entropy = SeededEntropy::new(1);
    for (made, material, usage) in [
        (
            EncryptedChallenge::of_client(&armor, &long_term),
            &fast.encrypted_challenge_client_key_hex,
            KeyUsage::CHALLENGE_CLIENT,
        ),
        (
            EncryptedChallenge::of_kdc(&armor, &long_term),
            &fast.encrypted_challenge_kdc_key_hex,
            KeyUsage::CHALLENGE_KDC,
        ),
    ] {
        let time = PaEncTsEnc::at(now);
        let sealed = Sealed::seal(&time, &key(material), None, usage, &entropy).unwrap();
        let value = encode(&sealed.as_wire());
        assert_eq!(made.unwrap().open(&value), Ok(now));
        let broken = Err(FastError::ChallengeBroken);
        let other = key(&fast.subkey_hex);
        for wrong in [
            EncryptedChallenge::of_client(&armor, &other),
            EncryptedChallenge::of_kdc(&armor, &other),
        ] {
            assert_eq!(wrong.unwrap().open(&value), broken);
        }
    }
}
