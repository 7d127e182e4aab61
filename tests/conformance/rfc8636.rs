//! RFC 8636: PKINIT with a choice of hash functions.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::name::{NameType, Principal};
use kerberos_core::preauth::pkinit::ReplyKeyDerivation;
use kerberos_core::wire::{Krb5PrincipalName, PrincipalName, pkinit_oid};

/// RFC 8636 §8
#[test]
fn a_secret_becomes_a_key_that_is_bound_to_the_messages() {
    let name = |principal| Krb5PrincipalName {
        realm: Principal::realm(principal).into(),
        principal_name: PrincipalName::of(principal),
    };
    // The vectors have both names as those of principals.
    let client: Principal = "lha@SU.SE".parse().unwrap();
    let components = ["krbtgt", "SU.SE"];
    let service = Principal::new(NameType::PRINCIPAL, components, client.realm().clone()).unwrap();
    let derivation = ReplyKeyDerivation {
        etype: EncryptionType::AES256_CTS_HMAC_SHA1_96,
        client: name(&client),
        service: name(&service),
        as_req: &[0xaa; 10],
        pk_as_rep: &[0xbb; 9],
    };
    let secret = [0; 256];
    for (function, expected) in [
        (
            pkinit_oid::KDF_SHA1,
            "e6ab38c9413e035bb079201ed0b6b73d8d49a814a737c04ee6649614206f73ad",
        ),
        (
            pkinit_oid::KDF_SHA256,
            "77ef4e48c420ae3fec75109d7981697eed5d295c90c62564f7bfd101fa9bc1d5",
        ),
    ] {
        let key = derivation.agreed(function, &secret).unwrap().unwrap();
        assert_eq!(hex::encode(key.expose_material()), expected);
    }
    assert!(derivation.agreed(pkinit_oid::AUTH_DATA, &secret).is_none());
}
