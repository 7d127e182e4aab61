//! The part of a token response that is about Kerberos: what a device gets that asks for a primary
//! refresh token with `tgt=true`, and asks again with the token.

mod endpoint;
mod error;
mod refresh_token;
mod sign_in;
mod tgt_message;
mod transport_key;
mod wrapped_key;

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::{ClientKeyShape, EntraTenant, TenantUser};
pub use endpoint::TokenAnswer;
pub(crate) use endpoint::{is_path as is_token_path, is_tenant};
pub use error::SignInError;

/// A sign-in that has succeeded, and what is wanted of it.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::time::Timestamp;
/// # use realm_sim::forest::Forest;
/// use realm_sim::entra::{ClientKeyShape, TokenRequest};
///
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let mut request = TokenRequest::new("alice@contoso.com");
/// request.client_key = ClientKeyShape::JweGcm;
/// let sign_in = forest.sign_in(&request, now)?;
/// let tgt = sign_in.response.tgt_cloud.as_deref().ok_or("no TGT")?;
/// assert!(tgt.starts_with(r#"{"clientKey":"ey"#), "a JWE, in JSON, as a string");
/// assert_eq!(sign_in.session_key.len(), 64, "in hexadecimal");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The userPrincipalName.
    pub user: String,
    /// The tenant's id; the first tenant that knows the user without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// How the client key is to stand in the response.
    #[serde(default)]
    pub client_key: ClientKeyShape,
    /// The public transport key of the device, as PEM of the key or of a certificate for it; with
    /// one the response has `session_key_jwe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport_key: Option<String>,
    /// Whether tickets are wanted (`tgt=true`).
    #[serde(default = "yes")]
    pub tgt: bool,
}

const fn yes() -> bool {
    true
}

impl TokenRequest {
    /// The response for this user, with tickets and plain client keys.
    pub fn new(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            tenant: None,
            client_key: ClientKeyShape::Plain,
            transport_key: None,
            tgt: true,
        }
    }
}

/// A token response, and the session key that belongs to it.
///
/// Example: [`TokenRequest`].
#[derive(Clone, Deserialize, Serialize)]
#[non_exhaustive]
pub struct SignIn {
    /// What the token endpoint says.
    pub response: TokenResponse,
    /// The session key of the refresh token, in hexadecimal: what a device unwraps with its
    /// transport key.
    pub session_key: String,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

impl Drop for SignIn {
    fn drop(&mut self) {
        self.session_key.zeroize();
    }
}

/// What the token endpoint says.
///
/// Example: [`TokenRequest`].
///
/// [MS-OAPXBC] §3.2.5.1.2.2, and what is not in there as it was observed.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct TokenResponse {
    /// `pop`: the refresh token is of use only with the session key.
    pub token_type: String,
    /// How long the refresh token is good, in seconds.
    pub expires_in: u64,
    /// The same.
    pub refresh_token_expires_in: u64,
    /// The refresh token; see [`Forest::renew_sign_in`](crate::forest::Forest::renew_sign_in).
    pub refresh_token: String,
    /// The session key, wrapped for the device's transport key where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key_jwe: Option<String>,
    /// Base64 of a JSON object: `uid`, the user's object, and `utid`, the tenant.
    pub client_info: String,
    /// JSON of the TGT, as a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tgt_cloud: Option<String>,
    /// JSON of the partial TGT for the user's own domain, as a string; where the domain has the
    /// cloud's controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tgt_ad: Option<String>,
    /// The names below which services are the cloud realm's, with the ports that occur; where
    /// tickets were wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kerberos_top_level_names: Option<String>,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("client_info", &self.client_info)
            .field("kerberos_top_level_names", &self.kerberos_top_level_names)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
