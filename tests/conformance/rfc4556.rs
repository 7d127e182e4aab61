//! RFC 4556: PKINIT.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

#[derive(Deserialize)]
struct Secret {
    etype: i32,
    input_hex: Octets,
    output_hex: Octets,
}

/// RFC 4556 §B
#[test]
fn a_shared_secret_becomes_a_key() {
    let vectors: Vec<Secret> = vectors::list("pkinit_octetstring2key.json", "vectors");
    for vector in &vectors {
        let etype = EncryptionType::new(vector.etype);
        let key = Key::from_octet_string(etype, &vector.input_hex).unwrap();
        assert_eq!(key.expose_material(), &*vector.output_hex);
    }
    assert_eq!(vectors.len(), 4);
}

/// RFC 4556 §3.2.3.1: a shorter key is the beginning of the same octets.
#[test]
fn keys_of_every_length_come_from_the_same_octets() {
    let key = |number| Key::from_octet_string(EncryptionType::new(number), b"secret").unwrap();
    let (short, long) = (key(17), key(18));
    assert_eq!(short.expose_material(), &long.expose_material()[..16]);
    assert_ne!(
        long,
        Key::from_octet_string(long.etype(), b"secreu").unwrap()
    );
    assert!(Key::from_octet_string(EncryptionType::DES3_CBC_SHA1, b"secret").is_err());
}
