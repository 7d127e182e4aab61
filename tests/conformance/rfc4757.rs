//! RFC 4757: rc4-hmac.

use kerberos_core::assigned::{ChecksumType, EncryptionType, KeyUsage};
use kerberos_core::crypto::{Key, hmac_md5, verify_hmac_md5};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::profile;

const ETYPES: [i32; 1] = [23];

#[derive(Deserialize)]
struct Password {
    password: String,
    key_hex: Octets,
}

/// RFC 4757 §2
#[test]
fn string_to_key() {
    for vector in vectors::list::<Password>("rfc4757.json", "string_to_key") {
        let key = Key::from_password(EncryptionType::RC4_HMAC, &vector.password, b"", None);
        assert_eq!(key.unwrap().expose_material(), &*vector.key_hex);
    }
    let ran = profile::string_to_key("string_to_key.json", "vectors", &ETYPES);
    assert_eq!(ran, 5);
}

/// RFC 4757 §5
#[test]
fn encryption() {
    assert_eq!(profile::encryption("rfc4757.json", "encrypt", &ETYPES), 54);
    assert_eq!(profile::encryption("encrypt.json", "vectors", &ETYPES), 54);
}

/// RFC 4757 §4
#[test]
fn checksum_minus_138() {
    assert_eq!(profile::checksum("rfc4757.json", "checksum", &ETYPES), 28);
    assert_eq!(profile::checksum("checksum.json", "vectors", &ETYPES), 28);
}

/// RFC 4757 §3: the three usages that Windows takes for others.
#[test]
fn usages_are_remapped() {
    let remap = vectors::file("rfc4757.json")["usage_remap"].take();
    let remap = remap.as_object().unwrap();
    let key = Key::new(EncryptionType::RC4_HMAC, &[7; 16]).unwrap();
    for usage in 0..64 {
        let same = remap.get(&usage.to_string()).and_then(|to| to.as_u64());
        let same = same.map_or(usage, |same| u32::try_from(same).unwrap());
        let sum = |usage| key.checksum(KeyUsage::new(usage), b"data").unwrap();
        assert_eq!(sum(usage), sum(same), "{usage}");
        let distinct = (0..64).filter(|other| sum(*other) == sum(usage)).count();
        assert_eq!(
            distinct,
            if [3, 8, 9].contains(&usage) {
                3
            } else if [13, 23].contains(&usage) {
                2
            } else {
                1
            }
        );
    }
    assert_eq!(remap.len(), 3);
}

#[test]
fn pseudo_random_function() {
    let ran = profile::pseudo_random("prf.json", "vectors", &ETYPES);
    assert_eq!(ran, 4);
}

#[derive(Deserialize)]
struct ForUser {
    session_key_hex: Octets,
    checksum_input_hex: Octets,
    checksum_type: i32,
    usage: u32,
    checksum_hex: Octets,
}

/// RFC 4757 §4 under an AES key, as [MS-SFU] §2.2.1 has it.
#[test]
fn the_checksum_takes_an_aes_key() {
    let vector: ForUser = serde_json::from_value(vectors::file("s4u.json")).unwrap();
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let key = Key::new(etype, &vector.session_key_hex).unwrap();
    let usage = KeyUsage::new(vector.usage);
    assert_eq!(
        ChecksumType::new(vector.checksum_type),
        ChecksumType::HMAC_MD5
    );
    let (input, sum) = (&*vector.checksum_input_hex, &*vector.checksum_hex);
    assert_eq!(hmac_md5(&key, usage, input), sum);
    assert_eq!(verify_hmac_md5(&key, usage, input, sum), Ok(()));
}
