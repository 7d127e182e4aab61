//! What can be wrong with an exchange by certificate.

use crate::assigned::EncryptionType;
use crate::crypto::CryptoError;
use crate::preauth::cms::CmsError;
use crate::wire::DecodeError;

use super::{CertificateFault, CertificateKeyError};

/// An exchange by certificate failed: the client's key, or the KDC's answer.
///
/// ```
/// use kerberos_core::preauth::pkinit::{CertificateFault, PkinitError};
///
/// let error = PkinitError::KdcCertificate(CertificateFault::UnknownIssuer);
/// assert_eq!(
///     error.to_string(),
///     "KDC_ERR_KDC_NOT_TRUSTED (63): the KDC's certificate: no trusted authority signed it"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PkinitError {
    /// The client's certificate cannot be read.
    #[error("the client's certificate: {0}")]
    OwnCertificate(DecodeError),
    /// The client's key was not used.
    #[error("the client's key: {0}")]
    Key(#[from] CertificateKeyError),
    /// The answer is not made as it must be.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// A structure inside the answer is malformed.
    #[error("KDC_ERR_INVALID_SIG (64): {0}")]
    Malformed(#[from] DecodeError),
    /// The KDC's certificate does not hold (RFC 4556 §3.2.4).
    #[error("KDC_ERR_KDC_NOT_TRUSTED (63): the KDC's certificate: {0}")]
    KdcCertificate(#[from] CertificateFault),
    /// The certificate is one of a KDC, but of another realm or host (RFC 4556 §3.2.4).
    #[error("KDC_ERR_KDC_NAME_MISMATCH (76): the certificate is for {found}, not for {wanted}")]
    KdcName {
        /// The service or hosts that are accepted.
        wanted: String,
        /// The names in the certificate.
        found: String,
    },
    /// The signed content is of another type than the answer's kind.
    #[error("the KDC signed something else than an answer to the request")]
    WrongContent,
    /// The KDC answers another request (RFC 4556 §3.2.3.1).
    #[error("the nonce of the KDC's public value is not the request's")]
    NonceMismatch,
    /// The KDC's value is none of the group.
    #[error("KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED (65): the KDC's public value is unusable")]
    PublicValue,
    /// The KDC chose a function that was not offered (RFC 8636 §6).
    #[error("KDC_ERR_NO_ACCEPTABLE_KDF (100): the KDC derives the key by {found}")]
    Kdf {
        /// The function's object identifier.
        found: String,
    },
    /// The KDC answers without Diffie-Hellman, which was asked for.
    #[error("the KDC sends a key where one was to be agreed on")]
    NotAgreed,
    /// The key that was sent is for another request (RFC 4556 §3.2.3.2).
    #[error("KRB_AP_ERR_MODIFIED (41): the KDC's key is not for this request")]
    RequestModified,
    /// The reply is sealed under another etype than the key in the answer.
    #[error("the answer holds a key of {found}, the reply is sealed under {sealed}")]
    EtypeDiffers {
        /// The etype of the key.
        found: EncryptionType,
        /// The etype of the reply.
        sealed: EncryptionType,
    },
    /// The reply has no answer to the client's certificate.
    #[error("the reply has no PA-PK-AS-REP")]
    NoAnswer,
    /// Neither a public value nor a wish for a key can be sent.
    #[error("no Diffie-Hellman group is allowed, and the key does not decrypt")]
    NoAgreement,
    /// Keys cannot be made.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}
