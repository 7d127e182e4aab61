//! Certificates and keys in PEM files, for logons by certificate (RFC 4556).

use std::fmt;
use std::sync::Arc;

use kerberos_core::preauth::cms::CmsDigest;
use kerberos_core::preauth::pkinit::{
    CertificateFault, CertificateKey, CertificateKeyError, SignatureAlgorithm, TrustAnchors,
};
use rustls::SignatureScheme;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;

use crate::proxy::provider;

/// A certificate and its private key out of PEM texts, RSA or ECDSA.
///
/// The key signs with the provider of rustls that the application has, or else with *ring*. It does
/// not decrypt, so that keys are always agreed on by Diffie-Hellman.
///
/// ```no_run
/// use std::sync::Arc;
/// use kerberos_core::exchange::Identity;
/// use kerberos_core::preauth::pkinit::{CertificateIdentity, KdcTrust};
/// use kkdcp_client::{CertificateFile, trust_anchors};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let key = CertificateFile::from_pem(&std::fs::read("alice.pem")?, &std::fs::read("alice.key")?)?;
/// let trust = KdcTrust::new(trust_anchors(&std::fs::read("authorities.pem")?)?);
/// let certificate = CertificateIdentity::new(Arc::new(key), trust);
/// let identity = Identity::certificate("alice@CONTOSO.COM".parse()?, certificate);
/// # let _ = identity;
/// # Ok(())
/// # }
/// ```
pub struct CertificateFile {
    certificates: Vec<Vec<u8>>,
    key: Arc<dyn SigningKey>,
    scheme: SignatureScheme,
    algorithm: SignatureAlgorithm,
}

/// A certificate or a key cannot be used.
///
/// ```
/// use kkdcp_client::{CertificateFile, CertificateFileError};
///
/// let error = CertificateFile::from_pem(b"", b"").unwrap_err();
/// assert!(matches!(error, CertificateFileError::NoCertificate));
/// assert_eq!(error.to_string(), "there is no certificate in PEM form");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFileError {
    /// The text has none.
    #[error("there is no certificate in PEM form")]
    NoCertificate,
    /// The text has none that is not encrypted.
    #[error("there is no private key in PEM form, or only an encrypted one")]
    NoKey,
    /// What stands between the lines of PEM is none.
    #[error("the PEM text is damaged: {reason}")]
    Pem {
        /// Why.
        reason: String,
    },
    /// The key is of a kind that does not sign here.
    #[error("the private key is neither RSA nor ECDSA over P-256 or P-384")]
    UnusableKey,
    /// The key is not that of the certificate.
    #[error("the private key is not that of the certificate")]
    OtherKey,
    /// An authority's certificate cannot be used.
    #[error(transparent)]
    Authority(#[from] CertificateFault),
}

/// How keys sign, the best that old KDCs know first.
const SCHEMES: [(SignatureScheme, SignatureAlgorithm); 3] = [
    (
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureAlgorithm::RsaPkcs1(CmsDigest::Sha256),
    ),
    (
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureAlgorithm::Ecdsa(CmsDigest::Sha256),
    ),
    (
        SignatureScheme::ECDSA_NISTP384_SHA384,
        SignatureAlgorithm::Ecdsa(CmsDigest::Sha384),
    ),
];

impl CertificateFile {
    /// The first certificate of one text, with those above it, and the private key of the other,
    /// in the form of PKCS #8, PKCS #1 or SEC 1. Both may be the same text.
    ///
    /// # Errors
    ///
    /// [`CertificateFileError`].
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, CertificateFileError> {
        let certificates = certificates_of(certificates)?;
        let key = match PrivateKeyDer::from_pem_slice(key) {
            Ok(key) => key,
            Err(pem::Error::NoItemsFound) => return Err(CertificateFileError::NoKey),
            Err(error) => return Err(damaged(&error)),
        };
        let provider: Arc<CryptoProvider> = provider();
        let key = provider.key_provider.load_private_key(key);
        let key = key.map_err(|_| CertificateFileError::UnusableKey)?;
        let usable = |(scheme, _): &&(SignatureScheme, _)| key.choose_scheme(&[*scheme]).is_some();
        let chosen = SCHEMES.iter().find(usable).copied();
        let (scheme, algorithm) = chosen.ok_or(CertificateFileError::UnusableKey)?;
        let own = key.public_key();
        let certified = certificates
            .first()
            .and_then(|own| rustls::server::ParsedCertificate::try_from(own).ok())
            .map(|own| own.subject_public_key_info());
        if certified.is_none() || own.is_some() && own != certified {
            return Err(CertificateFileError::OtherKey);
        }
        Ok(Self {
            certificates: certificates.into_iter().map(|one| one.to_vec()).collect(),
            key,
            scheme,
            algorithm,
        })
    }
}

impl CertificateKey for CertificateFile {
    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, CertificateKeyError> {
        let signer = self.key.choose_scheme(&[self.scheme]);
        let signature = signer.and_then(|signer| signer.sign(octets).ok());
        signature.ok_or_else(|| CertificateKeyError::new("the key does not sign"))
    }
}

impl fmt::Debug for CertificateFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateFile")
            .field("certificates", &self.certificates.len())
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// The authorities of a PEM text, for [`KdcTrust`](kerberos_core::preauth::pkinit::KdcTrust).
///
/// # Errors
///
/// [`CertificateFileError::NoCertificate`], [`CertificateFileError::Pem`] and
/// [`CertificateFileError::Authority`].
///
/// Example: [`CertificateFile`].
pub fn trust_anchors(pem: &[u8]) -> Result<TrustAnchors, CertificateFileError> {
    let certificates = certificates_of(pem)?;
    let certificates: Vec<_> = certificates.into_iter().map(|one| one.to_vec()).collect();
    Ok(TrustAnchors::new(&certificates, algorithms())?)
}

/// What verifies signatures: always *ring*, whose primitives live as long as the program.
fn algorithms() -> &'static [&'static dyn rustls::pki_types::SignatureVerificationAlgorithm] {
    rustls::crypto::ring::default_provider()
        .signature_verification_algorithms
        .all
}

fn certificates_of(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateFileError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| damaged(&error))?;
    if certificates.is_empty() {
        return Err(CertificateFileError::NoCertificate);
    }
    Ok(certificates)
}

fn damaged(error: &pem::Error) -> CertificateFileError {
    CertificateFileError::Pem {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(algorithm: &'static rcgen::SignatureAlgorithm) -> (String, String) {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key);
        (certificate.unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn keys_of_both_kinds_sign_what_their_certificate_verifies() {
        for (kind, algorithm) in [
            (
                &rcgen::PKCS_ECDSA_P256_SHA256,
                SignatureAlgorithm::Ecdsa(CmsDigest::Sha256),
            ),
            (
                &rcgen::PKCS_ECDSA_P384_SHA384,
                SignatureAlgorithm::Ecdsa(CmsDigest::Sha384),
            ),
        ] {
            let (certificate, key) = pair(kind);
            let file = CertificateFile::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
            assert_eq!(file.algorithm(), algorithm);
            let both = format!("{key}{certificate}");
            let file = CertificateFile::from_pem(both.as_bytes(), both.as_bytes()).unwrap();
            let signature = file.sign(b"octets").unwrap();
            let own = CertificateDer::from(file.certificates()[0].as_slice());
            let verified = algorithms().iter().any(|algorithm| {
                let own = webpki_key(&own);
                algorithm
                    .verify_signature(&own, b"octets", &signature)
                    .is_ok()
            });
            assert!(verified);
        }
    }

    /// The public key's bits.
    fn webpki_key(certificate: &CertificateDer<'_>) -> Vec<u8> {
        let certificate = kerberos_core::wire::Certificate::decode(certificate).unwrap();
        certificate.public_key.subject_public_key.0.to_vec()
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let (certificate, key) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
        let (_, other) = pair(&rcgen::PKCS_ECDSA_P256_SHA256);
        let (_, strange) = pair(&rcgen::PKCS_ED25519);
        let read = |certificate: &str, key: &str| {
            CertificateFile::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err()
        };
        assert_eq!(read(&certificate, &other), CertificateFileError::OtherKey);
        assert_eq!(
            read(&certificate, &strange),
            CertificateFileError::UnusableKey
        );
        assert_eq!(
            read(&certificate, &certificate),
            CertificateFileError::NoKey
        );
        assert_eq!(read(&key, &key), CertificateFileError::NoCertificate);
        let cut = certificate.replace("-----END", "-----FIN");
        assert!(matches!(read(&cut, &key), CertificateFileError::Pem { .. }));
        assert!(trust_anchors(key.as_bytes()).is_err());
        assert!(trust_anchors(certificate.as_bytes()).is_ok());
    }
}
