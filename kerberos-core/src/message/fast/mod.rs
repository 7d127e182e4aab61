//! FAST: exchanges with a KDC inside armor (RFC 6113 §5.4).
//!
//! An [`ArmorKey`] is agreed on through a ticket that the client has already. Under it travel the
//! request that counts, the response and errors that can be believed, and an
//! [`EncryptedChallenge`] that no password guesser can test. Both sides are here; what the
//! messages mean is decided above.

mod armor;
mod challenge;
mod request;
mod response;

use crate::assigned::ErrorCode;
use crate::crypto::CryptoError;
use crate::flags::FastOptions;
use crate::wire::DecodeError;

pub use armor::{ArmorKey, FastArmor};
pub use challenge::EncryptedChallenge;
pub use request::{OpenedFastRequest, open_request};
pub use response::{OpenedFastResponse, finished, open_response, seal_response, strengthen};

/// What is wrong with an armored message.
///
/// ```
/// use kerberos_core::assigned::ErrorCode;
/// use kerberos_core::message::fast::FastError;
///
/// assert_eq!(FastError::RequestModified.code(), ErrorCode::KRB_AP_ERR_MODIFIED);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FastError {
    /// A challenge does not open with this key.
    #[error("KDC_ERR_PREAUTH_FAILED (24): the challenge does not open with the client's key")]
    ChallengeBroken,
    /// A response that ends an exchange does not say who the ticket is for.
    #[error("the armored response of the KDC does not say that it is the last")]
    NotFinished,
    /// Keys cannot be combined, or no random bytes came.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// What is sealed is no such structure.
    #[error("KRB_ERR_GENERIC (60): {0}")]
    Malformed(#[from] DecodeError),
    /// The response answers another request.
    #[error("the armored response has another nonce than the request")]
    NonceMismatch,
    /// The checksum does not cover this request.
    #[error("KRB_AP_ERR_MODIFIED (41): the request is not the one that was armored")]
    RequestModified,
    /// The message does not open with the armor key.
    #[error("KRB_AP_ERR_BAD_INTEGRITY (31): the armored message does not open")]
    SealBroken,
    /// The ticket is not the one that the KDC finished with.
    #[error("the ticket is not the one that the armored response vouches for")]
    TicketModified,
    /// The client demands what this KDC does not know.
    #[error("KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS (93): {options:?}")]
    UnknownCriticalOptions {
        /// The bits without a name.
        options: FastOptions,
    },
}

impl FastError {
    /// The code of the KRB-ERROR with which a KDC refuses.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::ChallengeBroken => ErrorCode::KDC_ERR_PREAUTH_FAILED,
            Self::RequestModified => ErrorCode::KRB_AP_ERR_MODIFIED,
            Self::SealBroken => ErrorCode::KRB_AP_ERR_BAD_INTEGRITY,
            Self::UnknownCriticalOptions { .. } => ErrorCode::KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS,
            Self::Crypto(_)
            | Self::Malformed(_)
            | Self::NonceMismatch
            | Self::NotFinished
            | Self::TicketModified => ErrorCode::KRB_ERR_GENERIC,
        }
    }
}
