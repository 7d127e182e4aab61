//! RFC 6803: camellia128-cts-cmac and camellia256-cts-cmac.

use camellia::{Camellia128, Camellia256};
use cipher::{Array, InnerIvInit, KeyInit};
use cmac::{Cmac, Mac};
use cts::{CbcCs3, Encrypt};
use kerberos_core::assigned::{ChecksumType, EncryptionType, KeyUsage};
use kerberos_core::crypto::Key;

use crate::profile;

const ETYPES: [i32; 2] = [25, 26];

/// RFC 6803 §10
#[test]
fn string_to_key() {
    let ran = profile::string_to_key("string_to_key.json", "vectors", &ETYPES);
    assert_eq!(ran, 14);
}

/// RFC 6803 §10
#[test]
fn key_derivation() {
    for etype in ETYPES {
        let etype = EncryptionType::new(etype);
        let sets = profile::derived_keys("key_derivation.json", "vectors", etype);
        assert_eq!(sets.len(), 1);
        for set in sets {
            profile::agrees(&set, seal, sum);
        }
    }
}

fn sum(key: &[u8], data: &[u8]) -> Vec<u8> {
    if key.len() == 16 {
        let mac = Cmac::<Camellia128>::new_from_slice(key).unwrap();
        mac.chain_update(data).finalize().into_bytes().to_vec()
    } else {
        let mac = Cmac::<Camellia256>::new_from_slice(key).unwrap();
        mac.chain_update(data).finalize().into_bytes().to_vec()
    }
}

fn seal(ke: &[u8], ki: &[u8], text: &[u8]) -> Vec<u8> {
    let mut sealed = text.to_vec();
    let iv = Array::default();
    if ke.len() == 16 {
        let cipher = Camellia128::new_from_slice(ke).unwrap();
        CbcCs3::inner_iv_init(cipher, &iv).encrypt(&mut sealed)
    } else {
        let cipher = Camellia256::new_from_slice(ke).unwrap();
        CbcCs3::inner_iv_init(cipher, &iv).encrypt(&mut sealed)
    }
    .unwrap();
    [sealed, sum(ki, text)].concat()
}

/// RFC 6803 §10
#[test]
fn encryption() {
    let ran = profile::encryption("encrypt.json", "vectors", &ETYPES);
    assert_eq!(ran, 10);
}

/// RFC 6803 §10
#[test]
fn checksums_17_and_18() {
    for (cksumtype, key, usage, data, expected) in [
        (
            ChecksumType::CMAC_CAMELLIA128,
            "1dc46a8d763f4f93742bcba3387576c3",
            7,
            "abcdefghijk",
            "1178e6c5c47a8c1ae0c4b9c7d4eb7b6b",
        ),
        (
            ChecksumType::CMAC_CAMELLIA128,
            "5027bc231d0f3a9d23333f1ca6fdbe7c",
            8,
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "d1b34f7004a731f23a0c00bf6c3f753a",
        ),
        (
            ChecksumType::CMAC_CAMELLIA256,
            "b61c86cc4e5d2757545ad423399fb7031ecab913cbb900bd7a3c6dd8bf92015b",
            9,
            "123456789",
            "87a12cfd2b96214810f01c826e7744b1",
        ),
        (
            ChecksumType::CMAC_CAMELLIA256,
            "32164c5b434d1d1538e4cfd9be8040fe8c4ac7acc4b93d3314d2133668147a05",
            10,
            "!@#$%^&*()!@#$%^&*()!@#$%^&*()",
            "3fa0b42355e52b189187294aa252ab64",
        ),
    ] {
        let key = hex::decode(key).unwrap();
        let etype = EncryptionType::new(if key.len() == 16 { 25 } else { 26 });
        let key = Key::new(etype, &key).unwrap();
        assert_eq!(key.checksum_type(), cksumtype);
        let sum = key.checksum(KeyUsage::new(usage), data.as_bytes());
        assert_eq!(hex::encode(sum.unwrap()), expected);
    }
}

/// RFC 6803 §6, and what MIT makes of it.
#[test]
fn pseudo_random_function() {
    let ran = profile::pseudo_random("camellia.json", "prf", &ETYPES);
    assert_eq!(ran, 6);
}

/// RFC 6113 §5.1
#[test]
fn two_keys_combine_into_one() {
    assert_eq!(
        profile::combination("camellia.json", "krb_fx_cf2", &ETYPES),
        2
    );
}

/// RFC 6803 §4: 32768 iterations unless the KDC says otherwise.
#[test]
fn the_default_iteration_count() {
    let etype = EncryptionType::CAMELLIA128_CTS_CMAC;
    let count = 32_768_u32.to_be_bytes();
    assert_eq!(
        Key::from_password(etype, "key1", b"key1", None),
        Key::from_password(etype, "key1", b"key1", Some(&count))
    );
}
