//! RFC 6113: a framework for pre-authentication, and FAST in it.

use kerberos_core::assigned::{ChecksumType, EncryptionType, KeyUsage, PaDataType};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::flags::FastOptions;
use kerberos_core::message::open;
use kerberos_core::wire::{
    DecodeFault, KrbFastArmor, KrbFastReq, KrbFastResponse, List, PaAuthenticationSetElement,
    PaFxFastReply, PaFxFastRequest, decode, encode,
};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encodings::{exactly, message, refusal};
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
