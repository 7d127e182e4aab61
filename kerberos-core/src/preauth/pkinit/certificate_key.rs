//! What holds the private key of a certificate.

use zeroize::Zeroizing;

use crate::preauth::cms::{
    CertificateIdentifier, CmsDigest, Recipient, SignedContent, SigningIdentity,
};
use crate::wire::{AlgorithmIdentifier, Certificate, ObjectIdentifier, encode};

use super::PkinitError;

/// A certificate whose private key is somewhere: in a file, on a smart card, in a token.
///
/// ```
/// use kerberos_core::preauth::cms::CmsDigest;
/// use kerberos_core::preauth::pkinit::{
///     CertificateKey, CertificateKeyError, SignatureAlgorithm,
/// };
///
/// /// A card with an interface of its own.
/// struct Card {
///     certificates: Vec<Vec<u8>>,
///     command: fn(&[u8]) -> Option<Vec<u8>>,
/// }
///
/// impl CertificateKey for Card {
///     fn certificates(&self) -> &[Vec<u8>] {
///         &self.certificates
///     }
///
///     fn algorithm(&self) -> SignatureAlgorithm {
///         SignatureAlgorithm::RsaPkcs1(CmsDigest::Sha256)
///     }
///
///     fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, CertificateKeyError> {
///         (self.command)(octets).ok_or_else(|| CertificateKeyError::new("the card is not there"))
///     }
/// }
///
/// let card = Card { certificates: Vec::new(), command: |_| None };
/// assert_eq!(card.sign(b"octets").unwrap_err().to_string(), "the card is not there");
/// assert!(!card.unwraps());
/// ```
pub trait CertificateKey: Send + Sync {
    /// The certificate of the key, DER, and after it those above it.
    fn certificates(&self) -> &[Vec<u8>];

    /// How signatures are made.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// The signature over `octets`, which are not hashed yet.
    ///
    /// # Errors
    ///
    /// [`CertificateKeyError`] when the key cannot be used.
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, CertificateKeyError>;

    /// Whether [`CertificateKey::unwrap_key`] works. Without it the client insists on
    /// Diffie-Hellman.
    fn unwraps(&self) -> bool {
        false
    }

    /// The content key that was encrypted with the certificate's RSA key (RFC 3370 §4.2.1). What
    /// is not padded as it must be should come back as random octets, in the same time: whoever
    /// sends such things learns from the difference.
    ///
    /// # Errors
    ///
    /// [`CertificateKeyError`] when the key cannot be used so.
    fn unwrap_key(&self, recipient: &Recipient) -> Result<Zeroizing<Vec<u8>>, CertificateKeyError> {
        let _ = recipient;
        Err(CertificateKeyError::new("the key does not decrypt"))
    }
}

/// A private key could not be used; the reason is that of whatever holds it.
///
/// Example: [`CertificateKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct CertificateKeyError {
    reason: String,
}

impl CertificateKeyError {
    /// With this reason, which must not tell anything of the key.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

/// How a key signs.
///
/// ```
/// use kerberos_core::preauth::cms::CmsDigest;
/// use kerberos_core::preauth::pkinit::SignatureAlgorithm;
///
/// let der = SignatureAlgorithm::Ecdsa(CmsDigest::Sha256).to_der();
/// assert_eq!(der, [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSA with the padding of PKCS #1 version 1.5 (RFC 3370 §3.2, RFC 5754 §3.2).
    RsaPkcs1(CmsDigest),
    /// ECDSA, the signature as a SEQUENCE (RFC 5753 §2.1.1, RFC 5754 §3.3).
    Ecdsa(CmsDigest),
}

impl SignatureAlgorithm {
    /// The hash function.
    pub const fn digest(self) -> CmsDigest {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(digest) => digest,
        }
    }

    /// AlgorithmIdentifier, DER.
    pub fn to_der(self) -> Vec<u8> {
        const NULL: &[u8] = &[5, 0];
        let (octets, parameters) = match self {
            Self::RsaPkcs1(digest) => (rsa_pkcs1(digest), NULL),
            Self::Ecdsa(digest) => (ecdsa(digest), &[][..]),
        };
        encode(&AlgorithmIdentifier {
            algorithm: octets,
            parameters,
        })
    }
}

/// RFC 3279 §2.2.1, RFC 4055 §5
pub(super) const fn rsa_pkcs1(digest: CmsDigest) -> ObjectIdentifier<'static> {
    ObjectIdentifier::known(match digest {
        CmsDigest::Sha1 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 5],
        CmsDigest::Sha256 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 11],
        CmsDigest::Sha384 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 12],
        CmsDigest::Sha512 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 13],
    })
}

/// RFC 3279 §2.2.3, RFC 5758 §3.2
const fn ecdsa(digest: CmsDigest) -> ObjectIdentifier<'static> {
    ObjectIdentifier::known(match digest {
        CmsDigest::Sha1 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1],
        CmsDigest::Sha256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
        CmsDigest::Sha384 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3],
        CmsDigest::Sha512 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4],
    })
}

impl SignedContent {
    /// `content` signed by `key`, which a KDC or client has: with the key's certificates, named by
    /// issuer and serial number.
    ///
    /// # Errors
    ///
    /// [`PkinitError::OwnCertificate`], [`PkinitError::Key`], [`PkinitError::Cms`].
    ///
    /// RFC 4556 §3.2.1, §3.2.3
    pub fn by_key(
        key: &dyn CertificateKey,
        content_type: ObjectIdentifier<'_>,
        content: Vec<u8>,
    ) -> Result<Self, PkinitError> {
        let own = key
            .certificates()
            .first()
            .ok_or_else(|| CertificateKeyError::new("there is no certificate for the key"))?;
        let own = Certificate::decode(own).map_err(PkinitError::OwnCertificate)?;
        let identity = SigningIdentity {
            certificates: key.certificates(),
            identifier: &CertificateIdentifier::IssuerAndSerialNumber(
                own.issuer_and_serial_number(),
            ),
            digest: key.algorithm().digest(),
            signature_algorithm: &key.algorithm().to_der(),
        };
        Self::sign(content_type, content, &identity, |octets| {
            key.sign(octets).map_err(PkinitError::from)
        })
    }
}
