//! RFC 5652: the CMS around PKINIT, as OpenSSL writes it.

use kerberos_core::entropy::SeededEntropy;
use kerberos_core::preauth::cms::{
    CertificateIdentifier, CmsDigest, CmsError, ContentCipher, EnvelopedContent, Recipient,
    SignedContent, SigningIdentity,
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
    enveloped: Vec<Enveloped>,
}

#[derive(Deserialize)]
struct Enveloped {
    name: String,
    content_key_hex: Octets,
    cms_hex: Octets,
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

/// `cms` as OpenSSL would write it, had it called what it sealed by its name: id-signedData in
/// place of id-data, one octet of it.
fn named_signed(cms: &[u8]) -> Vec<u8> {
    let data = hex::decode("06092a864886f70d010701").unwrap();
    let at = cms
        .windows(data.len())
        .position(|some| some == data)
        .unwrap();
    let mut named = cms.to_vec();
    named[at + data.len() - 1] = 2;
    named
}

/// RFC 5652 §6.1, §6.2.1, RFC 4556 §3.2.3.2
#[test]
fn what_openssl_sealed_is_opened_and_written_alike() {
    let cms = cms();
    let signed = SignedContent::decode(&cms.vectors[0].cms_hex).unwrap();
    assert_eq!(cms.enveloped.len(), 2);
    for vector in &cms.enveloped {
        let named = named_signed(&vector.cms_hex);
        let sealed = EnvelopedContent::decode(&named).unwrap();
        assert_eq!(hex::encode(sealed.encode().unwrap()), hex::encode(&named));
        let open = |key: &[u8]| {
            sealed.open(|recipients| {
                let [recipient] = recipients else {
                    panic!("{}", vector.name)
                };
                assert_eq!(recipient.encrypted_key.len(), 128);
                match (sealed.cipher, &recipient.identifier) {
                    (ContentCipher::Aes256Cbc, CertificateIdentifier::IssuerAndSerialNumber(_))
                    | (ContentCipher::Aes128Cbc, CertificateIdentifier::SubjectKeyIdentifier(_)) => {
                    }
                    other => panic!("{}: {other:?}", vector.name),
                }
                Ok::<_, CmsError>(key.to_vec())
            })
        };
        assert_eq!(open(&vector.content_key_hex).as_ref(), Ok(&signed));
        let mut other = vector.content_key_hex.to_vec();
        other[0] ^= 1;
        assert_eq!(open(&other), Err(CmsError::NotOpened), "{}", vector.name);
        assert_eq!(open(b"short"), Err(CmsError::NotOpened));
    }
}

/// RFC 4556 §3.2.3.2: what is sealed is signed data, not any data.
#[test]
fn what_is_no_sealed_signed_content_is_refused() {
    let cms = cms();
    let decode = EnvelopedContent::decode;
    let whole = &cms.enveloped[0].cms_hex;
    assert_eq!(decode(whole), Err(CmsError::NotSigned));
    let named = named_signed(whole);
    assert!(decode(&named).is_ok());
    for length in (0..named.len()).step_by(7) {
        assert!(decode(&named[..length]).is_err());
    }
    assert!(decode(&[&named[..], &[0]].concat()).is_err());
    assert_eq!(decode(&cms.vectors[0].cms_hex), Err(CmsError::NotEnveloped));
    // AES-256 in GCM mode.
    let text = hex::encode(&named).replace("060960864801650304012a", "060960864801650304012e");
    assert_eq!(
        decode(&hex::decode(text).unwrap()).unwrap_err().to_string(),
        "KDC_ERR_ETYPE_NOSUPP (14): content cipher 2.16.840.1.101.3.4.1.46"
    );
}

/// RFC 4556 §3.2.3.2, RFC 5652 §6.3: what is sealed for several opens with the key that each got.
#[test]
fn what_is_sealed_here_opens_for_every_recipient() {
    let content = SignedContent::unsigned(pkinit_oid::REPLY_KEY_DATA, b"a ReplyKeyPack".to_vec());
    let algorithm = hex::decode("300d06092a864886f70d0101010500").unwrap();
    for cipher in [
        ContentCipher::Aes128Cbc,
        ContentCipher::Aes192Cbc,
        ContentCipher::Aes256Cbc,
    ] {
        let mut key = Vec::new();
        let sealed = EnvelopedContent::seal(&content, cipher, &SeededEntropy::new(7), |fresh| {
            key = fresh.to_vec();
            let recipient = |name: u8| {
                let identifier = CertificateIdentifier::SubjectKeyIdentifier(vec![name; 20]);
                Recipient::new(identifier, algorithm.clone(), vec![name; 8])
            };
            Ok::<_, CmsError>(vec![recipient(1), recipient(2)])
        })
        .unwrap();
        assert_eq!(key.len(), cipher.key_length());
        let received = EnvelopedContent::decode(&sealed.encode().unwrap()).unwrap();
        assert_eq!(received, sealed);
        assert_eq!(received.recipients[1].encrypted_key, [2; 8]);
        let opened = received.open(|_| Ok::<_, CmsError>(key.clone()));
        assert_eq!(opened, Ok(content.clone()));
    }
}
