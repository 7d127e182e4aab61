//! RFC 3962: aes128-cts-hmac-sha1-96 and aes256-cts-hmac-sha1-96.

use aes::{Aes128, Aes256};
use cipher::consts::U16;
use cipher::{Array, BlockCipherEncrypt, InnerIvInit, KeyInit};
use cts::{CbcCs3, Encrypt};
use hmac::{Hmac, Mac};
use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::{IterationLimits, Key};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;
use sha1::Sha1;

use crate::profile;

const ETYPES: [i32; 2] = [17, 18];

/// RFC 3962 §B
#[test]
fn string_to_key() {
    let ran = profile::string_to_key("string_to_key.json", "vectors", &ETYPES);
    assert_eq!(ran, 22);
}

#[derive(Deserialize)]
struct Stretched {
    prf: String,
    password: String,
    salt_hex: Octets,
    iterations: u32,
    dklen: usize,
    output_hex: Octets,
}

/// RFC 3962 §B: the value between PBKDF2 and DK, carried on to the key by hand.
#[test]
fn string_to_key_begins_with_pbkdf2() {
    let vectors: Vec<Stretched> = vectors::list("pbkdf2.json", "vectors");
    for vector in &vectors {
        assert_eq!(vector.prf, "hmac-sha1");
        let seed = &*vector.output_hex;
        let (etype, expected) = if vector.dklen == 16 {
            let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
            (etype, fold_on::<Aes128>(seed))
        } else {
            let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
            (etype, fold_on::<Aes256>(seed))
        };
        let key = Key::from_password_within(
            IterationLimits::new(1, u32::MAX),
            etype,
            &vector.password,
            &vector.salt_hex,
            Some(&vector.iterations.to_be_bytes()),
        );
        assert_eq!(key.unwrap().expose_material(), expected);
    }
    assert_eq!(vectors.len(), 14);
}

/// DK(seed, "kerberos").
fn fold_on<C: KeyInit + BlockCipherEncrypt<BlockSize = U16>>(seed: &[u8]) -> Vec<u8> {
    let cipher = C::new_from_slice(seed).unwrap();
    // RFC 3961 §A.1: 128-fold("kerberos")
    let folded = hex::decode("6b65726265726f737b9b5b2b93132b93").unwrap();
    let mut block = Array::try_from(&*folded).unwrap();
    let mut key = Vec::new();
    while key.len() < seed.len() {
        cipher.encrypt_block(&mut block);
        key.extend_from_slice(&block);
    }
    key
}

#[test]
fn key_derivation() {
    let hmac = |key: &[u8], data: &[u8]| {
        let mac = Hmac::<Sha1>::new_from_slice(key).unwrap();
        mac.chain_update(data).finalize().into_bytes()[..12].to_vec()
    };
    for etype in ETYPES {
        let etype = EncryptionType::new(etype);
        let sets = profile::derived_keys("key_derivation.json", "vectors", etype);
        assert_eq!(sets.len() * 3, 48);
        for set in sets {
            let seal = |ke: &[u8], ki: &[u8], text: &[u8]| {
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
                sealed.extend(hmac(ki, text));
                sealed
            };
            profile::agrees(&set, seal, hmac);
        }
    }
}

#[test]
fn encryption() {
    let ran = profile::encryption("encrypt.json", "vectors", &ETYPES);
    assert_eq!(ran, 108);
}

#[test]
fn checksums_15_and_16() {
    let ran = profile::checksum("checksum.json", "vectors", &ETYPES);
    assert_eq!(ran, 56);
}

#[test]
fn pseudo_random_function() {
    let ran = profile::pseudo_random("prf.json", "vectors", &ETYPES);
    assert_eq!(ran, 8);
}
