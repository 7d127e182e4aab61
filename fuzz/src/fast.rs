//! Any bytes as what travels in armor, and armored messages that were changed on the way.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::flags::FastOptions;
use kerberos_core::message::fast::{
    ArmorKey, EncryptedChallenge, FastArmor, open_request, open_response, seal_response,
};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{
    Exact, KdcReqBody, KrbFastReq, KrbFastResponse, List, PaData, PaFxFastRequest, decode,
};

use crate::mutation::{Random, mutate};

/// A KDC-REQ-BODY with nothing in it but what must be.
const BODY: &[u8] = &[
    0x30, 0x2d, 0xa0, 7, 3, 5, 0, 0, 0, 0, 0, 0xa2, 3, 0x1b, 1, b'R', 0xa5, 0x11, 0x18, 0x0f, b'1',
    b'9', b'7', b'0', b'0', b'1', b'0', b'1', b'0', b'0', b'0', b'0', b'0', b'0', b'Z', 0xa7, 3, 2,
    1, 7, 0xa8, 5, 0x30, 3, 2, 1, 18,
];

/// The nonce in [`BODY`].
const NONCE: u32 = 7;

fn key(octet: u8) -> Key {
    Key::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[octet; 32]).expect("the length is right")
}

/// Feeds `input` to the KDC and to the client; then whatever armor is put around it, a change of
/// the result must show.
pub fn run(input: &[u8]) {
    let (subkey, session_key) = (key(1), key(2));
    let armor = FastArmor::implicit(&subkey, &session_key).expect("keys of a known type");
    let kdc = ArmorKey::new(&subkey, &session_key).expect("keys of a known type");
    let challenge = EncryptedChallenge::of_client(&kdc, &key(3)).expect("keys of a known type");
    if let Ok(PaFxFastRequest::ArmoredData(request)) = decode(input) {
        assert!(
            open_request(&request, &kdc, b"the AP-REQ").is_err(),
            "nobody armored it"
        );
    }
    assert!(
        open_response(input, &kdc, NONCE).is_err(),
        "nobody armored it"
    );
    assert!(challenge.open(input).is_err(), "nobody sealed it");

    let entropy = SeededEntropy::new(1);
    let padata = [PaData {
        padata_type: kerberos_core::assigned::PaDataType::FX_COOKIE,
        padata_value: input,
    }];
    let body: Exact<'_, KdcReqBody<'_>> = Exact::decode(BODY).expect("it is one");
    let request = KrbFastReq::new(FastOptions::NONE, List::of(&padata), body);
    let response = KrbFastResponse::new(List::of(&padata), NONCE);
    let seed = input.iter().fold(7, |seed: u64, octet| {
        seed.wrapping_mul(31).wrapping_add(u64::from(*octet))
    });
    let mut random = Random::new(seed);
    let armored = armor
        .seal(&request, b"the AP-REQ", &entropy)
        .expect("seeded");
    let reply = seal_response(&response, &kdc, &entropy).expect("seeded");
    let proof = challenge
        .seal(Timestamp::from_seconds(7), &entropy)
        .expect("seeded");

    let opens = |octets: &[u8]| match decode(octets) {
        Ok(PaFxFastRequest::ArmoredData(received)) => open_request(&received, &kdc, b"the AP-REQ")
            .is_ok_and(|opened| opened.request().as_ref() == Ok(&request)),
        _ => false,
    };
    assert!(opens(&armored));
    let opened = open_response(&reply, &kdc, NONCE).expect("it was armored");
    assert_eq!(opened.response().as_ref(), Ok(&response));
    for _ in 0..4 {
        let changed = mutate(&armored, &[], &mut random);
        // What a change leaves readable is the same request.
        if let Ok(PaFxFastRequest::ArmoredData(received)) = decode(&changed)
            && open_request(&received, &kdc, b"the AP-REQ").is_ok()
        {
            assert!(opens(&changed));
        }
        let changed = mutate(&reply, &[], &mut random);
        if let Ok(opened) = open_response(&changed, &kdc, NONCE) {
            assert_eq!(opened.response().as_ref(), Ok(&response));
        }
        let changed = mutate(&proof, &[], &mut random);
        assert!(
            challenge
                .open(&changed)
                .is_ok_and(|time| time == Timestamp::from_seconds(7))
                || challenge.open(&changed).is_err()
        );
    }
}
