//! The CMS around the structures of PKINIT (RFC 4556 §3.2, RFC 5652): who signed what, and for
//! whom it is sealed.
//!
//! Digests and the encryption of content are done here; what takes a public or private key is
//! not, for such keys are not this crate's business: [`Signer::signed_octets`] says what a
//! signature covers, [`SignedContent::sign`] asks for one, and [`EnvelopedContent`] has its content
//! key wrapped and unwrapped by its caller. Certificates pass through as they come and prove
//! nothing by it.

mod der;
mod digest;
mod enveloped;
mod signed;

use rasn::types::ObjectIdentifier as Oid;

use crate::entropy::EntropyUnavailable;
use crate::wire::{DecodeError, ObjectIdentifier, decode};

pub use digest::CmsDigest;
pub use enveloped::{ContentCipher, EnvelopedContent, Recipient};
pub use signed::{SignedContent, Signer, SigningIdentity};

/// rsaEncryption (RFC 3370 §3.2, §4.2.1).
pub(super) const RSA_ENCRYPTION: ObjectIdentifier<'_> =
    ObjectIdentifier::known(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1]);

/// Octets that are not the CMS of PKINIT, or do not hold what was signed or sealed.
///
/// ```
/// use kerberos_core::preauth::cms::{CmsError, SignedContent};
///
/// // A ContentInfo of another content type, id-data.
/// let octets = [
///     0x30, 15, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 1, 0xa0, 2, 4, 0,
/// ];
/// assert_eq!(SignedContent::decode(&octets), Err(CmsError::NotSigned));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// The ContentInfo holds something else than SignedData.
    #[error("KDC_ERR_INVALID_SIG (64): the content is not signed data")]
    NotSigned,
    /// The octets are no such structure.
    #[error("KDC_ERR_INVALID_SIG (64): {0}")]
    Malformed(String),
    /// SignedData without content.
    #[error("KDC_ERR_INVALID_SIG (64): the signed data has no content")]
    NoContent,
    /// A structure inside is malformed.
    #[error("KDC_ERR_INVALID_SIG (64): {0}")]
    MalformedPart(#[from] DecodeError),
    /// A hash function that is not supported.
    #[error("KDC_ERR_DIGEST_IN_SIGNED_DATA_NOT_ACCEPTED (80): digest algorithm {oid}")]
    UnsupportedDigest {
        /// Its object identifier in dotted form.
        oid: String,
    },
    /// The signed attributes are of other content.
    #[error("KDC_ERR_INVALID_SIG (64): the signed attributes do not fit the content")]
    AttributesDiffer,
    /// The ContentInfo holds something else than EnvelopedData.
    #[error("KRB_AP_ERR_BAD_INTEGRITY (31): the content is not enveloped data")]
    NotEnveloped,
    /// A cipher of the content that is not supported.
    #[error("KDC_ERR_ETYPE_NOSUPP (14): content cipher {oid}")]
    UnsupportedCipher {
        /// Its object identifier in dotted form.
        oid: String,
    },
    /// A recipient's key is none that keys are transported with here.
    #[error(
        "KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED (81): the key is not RSA of 2048 to 4096 bits"
    )]
    UnsupportedKey,
    /// The content was not opened; nothing more is told.
    #[error("KRB_AP_ERR_BAD_INTEGRITY (31): the enveloped data is not opened by this key")]
    NotOpened,
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

/// A certificate by one of two names (RFC 5652 §5.3).
///
/// Example: [`SigningIdentity`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateIdentifier {
    /// IssuerAndSerialNumber, DER.
    IssuerAndSerialNumber(Vec<u8>),
    /// SubjectKeyIdentifier.
    SubjectKeyIdentifier(Vec<u8>),
}

/// The content octets of an identifier.
fn identifier_octets(oid: &Oid) -> Result<Vec<u8>, CmsError> {
    let der = der::encode(oid)?;
    let oid: ObjectIdentifier<'_> = decode(&der)?;
    Ok(oid.octets().to_vec())
}
