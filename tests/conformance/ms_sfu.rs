//! [MS-SFU]: service for user.

use kerberos_core::assigned::{ChecksumType, EncryptionType, KeyUsage};
use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::flags::S4uOptions;
use kerberos_core::message::{for_user, verify_for_user, verify_x509_user, x509_user};
use kerberos_core::wire::{PaForUser, PaS4uX509User, decode};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encodings::{exactly, message};

#[derive(Deserialize)]
struct ForUser {
    session_key_hex: Octets,
    checksum_input_hex: Octets,
    pa_for_user_hex: Octets,
}

/// [MS-SFU] §2.2.1
#[test]
fn pa_for_user() {
    let vector: ForUser = serde_json::from_value(vectors::file("s4u.json")).unwrap();
    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let key = Key::new(etype, &vector.session_key_hex).unwrap();
    let padata: PaForUser<'_> = exactly(&vector.pa_for_user_hex);
    assert_eq!(padata.checksum_input(), *vector.checksum_input_hex);
    assert_eq!(verify_for_user(&padata, &key), Ok(()));
    let user = padata.user_name.to_principal(padata.user_realm).unwrap();
    assert_eq!(user.to_string(), "alice@CONTOSO.COM");
    assert_eq!(for_user(&user, &key), *vector.pa_for_user_hex);

    let mut changed = padata.clone();
    changed.user_realm = "CONTOSO.NET".into();
    assert_eq!(verify_for_user(&changed, &key), Err(CryptoError::Integrity));
    // Of the key's own type, as other clients make it.
    let mut own = padata.clone();
    let made = key.checksum(KeyUsage::PAC_SIGNATURE, &own.checksum_input());
    let made = made.unwrap();
    own.cksum.cksumtype = key.checksum_type();
    own.cksum.checksum = &made;
    assert_eq!(verify_for_user(&own, &key), Ok(()));
    own.user_realm = "CONTOSO.NET".into();
    assert_eq!(verify_for_user(&own, &key), Err(CryptoError::Integrity));
    let mut changed = padata;
    changed.cksum.cksumtype = ChecksumType::RSA_MD5;
    assert_eq!(
        verify_for_user(&changed, &key).unwrap_err().to_string(),
        "KDC_ERR_SUMTYPE_NOSUPP (15): rsa-md5 (7) does not fit here"
    );
}

/// [MS-SFU] §2.2.2
#[test]
fn pa_s4u_x509_user() {
    let bytes = message("PA-S4U-X509-USER");
    let padata: PaS4uX509User<'_> = exactly(&bytes);
    let user_id = padata.user_id.value();
    assert_eq!(user_id.nonce, 0x1234_5678);
    let user = user_id.cname.as_ref().unwrap().to_principal(user_id.crealm);
    assert_eq!(user.unwrap().components(), ["alice@contoso.com"]);
    assert_eq!(user_id.subject_certificate, Some(&b"certificate"[..]));
    assert_eq!(user_id.options, Some(S4uOptions::USE_REPLY_KEY_USAGE));

    let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    let key = Key::new(etype, &[7; 32]).unwrap();
    let usage = KeyUsage::S4U_X509_USER_REQUEST;
    assert_eq!(
        verify_x509_user(&padata, &key, usage),
        Err(CryptoError::Integrity)
    );
    let signed = x509_user(user_id, &key, usage).unwrap();
    let signed: PaS4uX509User<'_> = decode(&signed).unwrap();
    assert_eq!(signed.user_id, padata.user_id);
    assert_eq!(verify_x509_user(&signed, &key, usage), Ok(()));
    let reply = KeyUsage::S4U_X509_USER_REPLY;
    assert_eq!(
        verify_x509_user(&signed, &key, reply),
        Err(CryptoError::Integrity)
    );
}
