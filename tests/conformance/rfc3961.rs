//! RFC 3961: the framework, the legacy types that are refused, and the one unkeyed checksum.

use kerberos_core::crypto::{CryptoError, rsa_md5, verify_rsa_md5};

use crate::profile::refused;

/// RFC 8429 §5 and RFC 6649 §4: what is deprecated is not even implemented.
#[test]
fn vectors_of_legacy_types_meet_a_named_refusal() {
    assert_eq!(refused("string_to_key.json", "vectors"), 5);
    assert_eq!(refused("key_derivation.json", "vectors"), 0);
    assert_eq!(refused("encrypt.json", "vectors"), 0);
    assert_eq!(refused("checksum.json", "vectors"), 0);
    assert_eq!(refused("prf.json", "vectors"), 0);
    assert_eq!(refused("krb_fx_cf2.json", "vectors"), 1);
    assert_eq!(refused("des3_dr_dk.json", "vectors"), 9);
}

/// RFC 3961 §6.1.2 by way of RFC 1321 §A.5
#[test]
fn rsa_md5_is_md5() {
    let suite = [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        (
            "abcdefghijklmnopqrstuvwxyz",
            "c3fcd3d76192e4007dfb496cca67e13b",
        ),
    ];
    for (text, sum) in suite {
        assert_eq!(hex::encode(rsa_md5(text.as_bytes())), sum);
        let mut sum = hex::decode(sum).unwrap();
        assert_eq!(verify_rsa_md5(text.as_bytes(), &sum), Ok(()));
        sum[15] ^= 0x80;
        let refused = Err(CryptoError::Integrity);
        assert_eq!(verify_rsa_md5(text.as_bytes(), &sum), refused);
    }
}
