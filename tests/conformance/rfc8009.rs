//! RFC 8009: aes128-cts-hmac-sha256-128 and aes256-cts-hmac-sha384-192.

use aes::{Aes128, Aes256};
use cipher::{Array, InnerIvInit, KeyInit};
use cts::{CbcCs3, Encrypt};
use hmac::{Hmac, Mac};
use kerberos_core::assigned::EncryptionType;
use sha2::{Sha256, Sha384};

use crate::profile;

const ETYPES: [i32; 2] = [19, 20];

/// RFC 8009 §A
#[test]
fn string_to_key() {
    let published = profile::string_to_key("rfc8009.json", "string_to_key", &ETYPES);
    assert_eq!(published, 2);
    let ran = profile::string_to_key("string_to_key.json", "vectors", &ETYPES);
    assert_eq!(ran, 10);
}

/// RFC 8009 §A
#[test]
fn key_derivation() {
    for (file, list, each) in [
        ("rfc8009.json", "key_derivation", 3),
        ("key_derivation.json", "vectors", 51),
    ] {
        for etype in ETYPES {
            let etype = EncryptionType::new(etype);
            let sets = profile::derived_keys(file, list, etype);
            assert_eq!(sets.len() * 3, each);
            for set in sets {
                profile::agrees(&set, seal, sum);
            }
        }
    }
}

/// The shorter Ki and Kc belong to encryption type 19.
fn sum(key: &[u8], data: &[u8]) -> Vec<u8> {
    if key.len() == 16 {
        let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.chain_update(data).finalize().into_bytes()[..16].to_vec()
    } else {
        let mac = Hmac::<Sha384>::new_from_slice(key).unwrap();
        mac.chain_update(data).finalize().into_bytes()[..24].to_vec()
    }
}

fn seal(ke: &[u8], ki: &[u8], text: &[u8]) -> Vec<u8> {
    let mut sealed = text.to_vec();
    let iv = Array::default();
    if ke.len() == 16 {
        let cipher = Aes128::new_from_slice(ke).unwrap();
        CbcCs3::inner_iv_init(cipher, &iv).encrypt(&mut sealed)
    } else {
        let cipher = Aes256::new_from_slice(ke).unwrap();
        CbcCs3::inner_iv_init(cipher, &iv).encrypt(&mut sealed)
    }
    .unwrap();
    let tag = sum(ki, &[&[0; 16], &*sealed].concat());
    [sealed, tag].concat()
}

/// RFC 8009 §A
#[test]
fn encryption() {
    assert_eq!(profile::encryption("rfc8009.json", "encrypt", &ETYPES), 8);
    let ran = profile::encryption("encrypt.json", "vectors", &ETYPES);
    assert_eq!(ran, 116);
}

/// RFC 8009 §A
#[test]
fn checksums_19_and_20() {
    assert_eq!(profile::checksum("rfc8009.json", "checksum", &ETYPES), 2);
    let ran = profile::checksum("checksum.json", "vectors", &ETYPES);
    assert_eq!(ran, 58);
}

/// RFC 8009 §A
#[test]
fn pseudo_random_function() {
    assert_eq!(profile::pseudo_random("rfc8009.json", "prf", &ETYPES), 2);
    let ran = profile::pseudo_random("prf.json", "vectors", &ETYPES);
    assert_eq!(ran, 10);
}
