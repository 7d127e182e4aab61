//! RFC 5652: the CMS around PKINIT, as OpenSSL writes it.

use kerberos_core::preauth::cms::{
    CertificateIdentifier, CmsDigest, CmsError, SignedContent, SigningIdentity,
};
use kerberos_core::wire::{AuthPack, pkinit_oid};
use kerberos_tests::vectors::{self, Octets};
use rcgen::SigningKey;
use rustls::pki_types::SignatureVerificationAlgorithm;
use serde::Deserialize;

use crate::encodings::exactly;

#[derive(Deserialize)]
struct Cms {
    certificate_hex: Octets,
    content_hex: Octets,
    vectors: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    cms_hex: Octets,
}

fn cms() -> Cms {
    serde_json::from_value(vectors::file("pkinit_cms.json")).unwrap()
}

/// Whether the key of `point` made `signature`, by the AlgorithmIdentifier in `algorithm`.
fn verifies(algorithm: &[u8], point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let provider = rustls::crypto::ring::default_provider();
    let known = provider.signature_verification_algorithms.all;
    let verifier: &&dyn SignatureVerificationAlgorithm = known
        .iter()
        .find(|known| known.signature_alg_id().as_ref() == &algorithm[2..])
        .unwrap();
    verifier.verify_signature(point, message, signature).is_ok()
}

/// The uncompressed point in a certificate with a key on P-256.
fn point(certificate: &[u8]) -> &[u8] {
    let header = [0x03, 0x42, 0x00, 0x04];
    let at = certificate
        .windows(4)
        .position(|octets| octets == header)
        .unwrap();
    &certificate[at + 3..at + 3 + 65]
}

/// RFC 5652 §5.1, §5.3, §5.4
#[test]
fn what_openssl_signed_is_read_and_written_alike() {
    let cms = cms();
    assert_eq!(cms.vectors.len(), 3);
    for vector in &cms.vectors {
        let signed = SignedContent::decode(&vector.cms_hex).unwrap();
        assert_eq!(signed.content, *cms.content_hex, "{}", vector.name);
        let _: AuthPack<'_> = exactly(&signed.content);
        assert_eq!(signed.certificates, [cms.certificate_hex.to_vec()]);
        let [signer] = &signed.signers[..] else {
            panic!("{}", vector.name)
        };
        assert_eq!(signed.verify_attributes(signer), Ok(()));
        let written = signed.encode().unwrap();
        assert_eq!(hex::encode(written), hex::encode(&*vector.cms_hex));
        let octets = signer.signed_octets(&signed);
        match (&signer.identifier, signer.digest) {
            (CertificateIdentifier::IssuerAndSerialNumber(_), CmsDigest::Sha256) => {
                let point = point(&cms.certificate_hex);
                let algorithm = &signer.signature_algorithm;
                assert!(verifies(algorithm, point, octets, &signer.signature));
                assert!(!verifies(
                    algorithm,
                    point,
                    &signed.content,
                    &signer.signature
                ));
                assert_eq!(signed.content_type(), Some(pkinit_oid::AUTH_DATA));
            }
            (CertificateIdentifier::SubjectKeyIdentifier(key), CmsDigest::Sha384) => {
                assert_eq!(key.len(), 20);
            }
            (CertificateIdentifier::IssuerAndSerialNumber(_), CmsDigest::Sha1) => {
                // Without attributes the content itself is signed.
                assert_eq!(octets, signed.content);
                assert_eq!(signed.content_type(), Some(pkinit_oid::DH_KEY_DATA));
            }
            other => panic!("{}: {other:?}", vector.name),
        }
    }
}

/// RFC 5652 §5.4, §11.2: attributes of other content are found out.
#[test]
fn other_content_does_not_fit_the_attributes() {
    let cms = cms();
    let mut signed = SignedContent::decode(&cms.vectors[0].cms_hex).unwrap();
    let signer = signed.signers[0].clone();
    signed.content[9] ^= 1;
    assert_eq!(
        signed.verify_attributes(&signer),
        Err(CmsError::AttributesDiffer)
    );
    // The same content under another type.
    let same = SignedContent::unsigned(pkinit_oid::DH_KEY_DATA, cms.content_hex.to_vec());
    assert_eq!(
        same.verify_attributes(&signer),
        Err(CmsError::AttributesDiffer)
    );
}

/// RFC 5652 §5.3, §5.4: what we sign, others verify.
#[test]
fn what_is_signed_here_holds() {
    let key = rcgen::KeyPair::generate().unwrap();
    let parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let certificate = parameters.self_signed(&key).unwrap().der().to_vec();
    let identifier = CertificateIdentifier::SubjectKeyIdentifier(vec![7; 20]);
    // ecdsa-with-SHA256
    let algorithm = hex::decode("300a06082a8648ce3d040302").unwrap();
    let identity = SigningIdentity {
        certificates: std::slice::from_ref(&certificate),
        identifier: &identifier,
        digest: CmsDigest::Sha256,
        signature_algorithm: &algorithm,
    };
    let content = b"an AuthPack".to_vec();
    let signed = SignedContent::sign(pkinit_oid::AUTH_DATA, content, &identity, |octets| {
        Ok::<_, CmsError>(key.sign(octets).unwrap())
    })
    .unwrap();
    let written = signed.encode().unwrap();
    let read = SignedContent::decode(&written).unwrap();
    assert_eq!(read, signed);
    let signer = &read.signers[0];
    assert_eq!(read.verify_attributes(signer), Ok(()));
    let octets = signer.signed_octets(&read);
    assert!(verifies(
        &algorithm,
        point(&certificate),
        octets,
        &signer.signature
    ));
}

/// RFC 8062 §4.1: anonymous PKINIT has no signer.
#[test]
fn nobody_signs_for_the_anonymous() {
    let content = SignedContent::unsigned(pkinit_oid::AUTH_DATA, b"an AuthPack".to_vec());
    let written = content.encode().unwrap();
    assert_eq!(SignedContent::decode(&written).unwrap(), content);
    assert!(content.signers.is_empty() && content.certificates.is_empty());
}

#[test]
fn what_is_no_signed_content_is_refused() {
    let cms = cms();
    let whole = &cms.vectors[0].cms_hex;
    let decode = SignedContent::decode;
    for length in (0..whole.len()).step_by(7) {
        assert!(decode(&whole[..length]).is_err());
    }
    assert!(decode(&[&whole[..], &[0]].concat()).is_err());
    // id-envelopedData
    let mut enveloped = whole.to_vec();
    enveloped[14] = 3;
    assert_eq!(decode(&enveloped), Err(CmsError::NotSigned));
    // A hash function out of the blue: the last arc of SHA-256 in both places.
    let sha256 = hex::decode("0609608648016503040201").unwrap();
    let other = hex::decode("0609608648016503040277").unwrap();
    let text = hex::encode(&**whole).replace(&hex::encode(sha256), &hex::encode(other));
    let error = decode(&hex::decode(text).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED (80): digest algorithm 2.16.840.1.101.3.4.2.119"
    );
}
