//! Any bytes as the CMS of PKINIT, as a certificate or as a public key to agree with: an error, or a value that is written and
//! read alike.

use kerberos_core::entropy::SeededEntropy;
use kerberos_core::preauth::cms::{CmsError, EnvelopedContent, SignedContent};
use kerberos_core::preauth::pkinit::{KeyAgreement, TrustAnchors, peer_value};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{Certificate, SubjectPublicKeyInfo, decode, name_parts, pkinit_oid};

/// Feeds `input` to the readers of signed and of sealed content and of certificates.
pub fn run(input: &[u8]) {
    certificate(input);
    public_key(input);
    if let Ok(sealed) = EnvelopedContent::decode(input) {
        let key = vec![0; sealed.cipher.key_length()];
        let _ = sealed.open(|_| Ok::<_, CmsError>(key));
        let written = sealed.encode().expect("it was read");
        assert_eq!(EnvelopedContent::decode(&written), Ok(sealed));
    }
    let Ok(content) = SignedContent::decode(input) else {
        return;
    };
    for signer in &content.signers {
        let _ = content.verify_attributes(signer);
        assert!(!signer.signed_octets(&content).is_empty() || content.content.is_empty());
    }
    for octets in &content.certificates {
        certificate(octets);
    }
    // Without any primitive nothing is verified, which is the point.
    let anchors = TrustAnchors::danger_take_any(&[]);
    let now = Timestamp::from_seconds(1_767_225_600);
    assert!(anchors.verify(&content, &[pkinit_oid::KDC], now).is_err());
    let written = content.encode().expect("it was read");
    assert_eq!(SignedContent::decode(&written).as_ref(), Ok(&content));
}

fn public_key(octets: &[u8]) {
    let Ok(info) = decode::<SubjectPublicKeyInfo<'_>>(octets) else {
        return;
    };
    let Some((group, value)) = peer_value(&info) else {
        return;
    };
    let own = KeyAgreement::generate(group, &SeededEntropy::new(1)).expect("a source that gives");
    if let Some(secret) = own.agree(value) {
        assert_eq!(secret.len(), group.size());
    }
}

fn certificate(octets: &[u8]) {
    let Ok(certificate) = Certificate::decode(octets) else {
        return;
    };
    let _ = certificate.alternative_names();
    let _ = certificate.key_purposes();
    let _ = certificate.may_sign();
    let _ = certificate.subject_key_identifier();
    let _ = certificate.sid();
    let _ = name_parts(certificate.subject);
    assert!(!certificate.issuer_and_serial_number().is_empty());
}
