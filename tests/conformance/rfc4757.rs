//! RFC 4757: rc4-hmac.

use kerberos_core::assigned::{ChecksumType, EncryptionType, KeyUsage};
use kerberos_core::crypto::{Key, hmac_md5, verify_hmac_md5};
use kerberos_core::gss::{PerMessageError, Rc4Protection, Role};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::profile::{self, Fixed};

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

#[derive(Deserialize)]
struct WrapEx {
    session_key_hex: Octets,
    send_seq: u32,
    confounder_hex: Octets,
    plaintext_hex: Octets,
    token_hex: Octets,
    data_ciphertext_hex: Octets,
}

/// RFC 4757 §7.3: the example of [MS-KILE] §4.5.
#[test]
fn a_sealed_message_of_windows() {
    let vectors: Vec<WrapEx> = vectors::list("rfc4757.json", "gss_wrapex");
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let key = Key::new(EncryptionType::RC4_HMAC, &vector.session_key_hex).unwrap();
        let sender = Rc4Protection::new(Role::Initiator, &key).unwrap();
        let wrapped = sender
            .wrap(
                vector.send_seq,
                &vector.plaintext_hex,
                true,
                &Fixed(&vector.confounder_hex),
            )
            .unwrap();
        assert_eq!(hex::encode(&wrapped.token), hex::encode(&*vector.token_hex));
        assert_eq!(
            hex::encode(&wrapped.data),
            hex::encode(&*vector.data_ciphertext_hex)
        );
        let receiver = Rc4Protection::new(Role::Acceptor, &key).unwrap();
        let joined = wrapped.joined();
        let opened = receiver.unwrap(&joined).unwrap();
        assert_eq!(*opened.message, *vector.plaintext_hex);
        assert_eq!(
            (opened.sealed, opened.sequence),
            (true, u64::from(vector.send_seq))
        );
        for at in 0..joined.len() {
            let mut damaged = joined.clone();
            damaged[at] ^= 1;
            assert!(receiver.unwrap(&damaged).is_err(), "{at}");
            assert!(receiver.unwrap(&joined[..at]).is_err());
        }
        assert!(matches!(
            sender.unwrap(&joined),
            Err(PerMessageError::WrongFlags { .. })
        ));
    }
}

/// RFC 4757 §7.2, §7.3
#[test]
fn messages_of_an_rc4_context() {
    let key = Key::new(EncryptionType::RC4_HMAC, &[7; 16]).unwrap();
    let side = |role| Rc4Protection::new(role, &key).unwrap();
    for role in [Role::Initiator, Role::Acceptor] {
        let (sender, receiver) = (side(role), side(role.peer()));
        let mic = sender.mic(9, b"message");
        assert_eq!(receiver.verify_mic(&mic, b"message"), Ok(9));
        assert!(receiver.verify_mic(&mic, b"massage").is_err());
        assert!(sender.verify_mic(&mic, b"message").is_err());
        let signed = sender.wrap(10, b"", false, &Fixed(&[1; 8])).unwrap();
        assert_eq!(signed.data, [1], "padding, in the clear");
        let opened = receiver.unwrap(&signed.joined()).unwrap();
        assert_eq!(
            (opened.message.len(), opened.sealed, opened.sequence),
            (0, false, 10)
        );
    }
    let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
    let aes = Key::new(etype, &[7; 16]).unwrap();
    assert!(Rc4Protection::new(Role::Initiator, &aes).is_err());
}
