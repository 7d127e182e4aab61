//! Why a sign-in does not succeed.

use kerberos_core::crypto::CryptoError;

use crate::kdc::CloudTgtError;

/// A sign-in that does not succeed.
///
/// Example: [`TokenRequest`](super::TokenRequest).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The certificate of the device is none, or the device did not sign the request.
    #[error("the device is not proven: {why}")]
    Device {
        /// The reason.
        why: &'static str,
    },
    /// The refresh token is too old.
    #[error("the refresh token of {upn} has expired")]
    Expired {
        /// The userPrincipalName.
        upn: String,
    },
    /// No key can be made or wrapped.
    #[error(transparent)]
    Key(#[from] CryptoError),
    /// The password is wrong, or the user has none.
    #[error("the password of {upn} is wrong")]
    Password {
        /// The userPrincipalName.
        upn: String,
    },
    /// A signed request is not what it should be.
    #[error("the request is refused: {why}")]
    Request {
        /// The reason.
        why: &'static str,
    },
    /// The response cannot be written.
    #[error("the response cannot be written: {why}")]
    Response {
        /// The reason.
        why: String,
    },
    /// Conditional Access asks for a second factor before anybody signs in.
    #[error("the policy {policy:?} asks {upn} for a second factor")]
    SecondFactor {
        /// The userPrincipalName.
        upn: String,
        /// The policy's name.
        policy: String,
    },
    /// The password was changed after the refresh token was issued.
    #[error("the refresh token of {upn} is from before a change of the password")]
    Stale {
        /// The userPrincipalName.
        upn: String,
    },
    /// The transport key is none.
    #[error("the transport key is no RSA key of 2048 to 4096 bits in PEM")]
    TransportKey,
    /// The user may not sign in, or is not known.
    #[error(transparent)]
    User(#[from] CloudTgtError),
    /// The client key cannot be wrapped.
    #[error("the client key cannot be wrapped")]
    Wrap,
}

impl SignInError {
    /// A short name for programs: `not_found`, `refused` or `failed`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::User(CloudTgtError::UnknownTenant | CloudTgtError::UnknownUser { .. }) => {
                "not_found"
            }
            Self::User(CloudTgtError::Key(_))
            | Self::Key(_)
            | Self::Response { .. }
            | Self::Wrap => "failed",
            Self::Device { .. }
            | Self::Expired { .. }
            | Self::Password { .. }
            | Self::Request { .. }
            | Self::SecondFactor { .. }
            | Self::Stale { .. }
            | Self::TransportKey
            | Self::User(_) => "refused",
        }
    }
}

impl From<serde_json::Error> for SignInError {
    fn from(error: serde_json::Error) -> Self {
        Self::Response {
            why: error.to_string(),
        }
    }
}
