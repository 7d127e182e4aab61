//! RFC 6113: KRB-FX-CF2.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto::Key;
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

#[derive(Deserialize)]
struct Combination {
    etype: i32,
    key1_hex: Octets,
    key2_hex: Octets,
    pepper1: String,
    pepper2: String,
    result_hex: Octets,
}

/// RFC 6113 §A
#[test]
fn two_keys_combine_into_one() {
    let mut ran = 0;
    for vector in vectors::list::<Combination>("krb_fx_cf2.json", "vectors") {
        let etype = EncryptionType::new(vector.etype);
        if !(17..=20).contains(&vector.etype) {
            continue;
        }
        let key1 = Key::new(etype, &vector.key1_hex).unwrap();
        let key2 = Key::new(etype, &vector.key2_hex).unwrap();
        let (pepper1, pepper2) = (vector.pepper1.as_bytes(), vector.pepper2.as_bytes());
        let combined = key1.cf2(pepper1, &key2, pepper2).unwrap();
        assert_eq!(combined.etype(), etype);
        assert_eq!(combined.expose_material(), &*vector.result_hex);
        ran += 1;
    }
    assert_eq!(ran, 8);
}
