//! Why an encryption, a checksum or a key was refused.

use crate::assigned::{ChecksumType, EncryptionType};
use crate::entropy::EntropyUnavailable;

/// A cryptographic operation was refused.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{CryptoError, Key};
///
/// let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
/// let error = Key::new(etype, &[0; 15]).unwrap_err();
/// assert_eq!(error, CryptoError::WrongKeyLength { etype, expected: 16, found: 15 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// A ciphertext or checksum does not match its key, usage and data; nothing more is told.
    #[error("KRB_AP_ERR_BAD_INTEGRITY (31): integrity check failed")]
    Integrity,
    /// A ciphertext is too short to be one.
    #[error("a ciphertext of {found} bytes is shorter than the {least} of an empty message")]
    Length {
        /// Bytes of a ciphertext whose plaintext is empty.
        least: usize,
        /// Bytes received.
        found: usize,
    },
    /// A checksum is of a type that does not belong to its place or key.
    #[error("KDC_ERR_SUMTYPE_NOSUPP (15): {cksumtype} does not fit here")]
    UnsupportedChecksum {
        /// The checksum type found.
        cksumtype: ChecksumType,
    },
    /// The encryption type is not implemented here, on purpose or not.
    #[error("KDC_ERR_ETYPE_NOSUPP (14): {etype} is not supported")]
    UnsupportedEtype {
        /// The encryption type asked for.
        etype: EncryptionType,
    },
    /// Key material has the wrong size for its encryption type.
    #[error("a key of {etype} has {expected} bytes, not {found}")]
    WrongKeyLength {
        /// The encryption type.
        etype: EncryptionType,
        /// Bytes in a key of that type.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// String-to-key parameters are not of the form that the encryption type defines.
    #[error("string-to-key parameters of {found} bytes are malformed for {etype}")]
    BadParameters {
        /// The encryption type.
        etype: EncryptionType,
        /// Bytes given.
        found: usize,
    },
    /// A string-to-key iteration count would make guessing the password too cheap.
    #[error("{count} string-to-key iterations are fewer than the {floor} demanded")]
    WeakIterationCount {
        /// The count asked for.
        count: u64,
        /// The least that is accepted.
        floor: u32,
    },
    /// A string-to-key iteration count would keep the client busy for too long.
    #[error("{count} string-to-key iterations are more than the {ceiling} allowed")]
    ExcessiveIterationCount {
        /// The count asked for; zero on the wire stands for 2^32.
        count: u64,
        /// The most that is accepted.
        ceiling: u32,
    },
    /// The random source failed.
    #[error(transparent)]
    EntropyUnavailable(#[from] EntropyUnavailable),
}
