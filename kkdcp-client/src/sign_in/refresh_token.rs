//! A primary refresh token, with what is needed to use it.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::refresh::Refreshed;
use super::response::{SignedIn, not_json, read};
use super::{NonceRequest, PrtSessionKey, SignInError, TopLevelNames, WrappedSessionKey};

/// What a response has besides, of another time than the refresh token that takes its place.
const TICKETS: [&str; 5] = [
    "tgt_cloud",
    "tgt_ad",
    "tgt_cloud_sessionkey",
    "tgt_ad_sessionkey",
    "kerberos_top_level_names",
];

/// The refresh token of a sign-in. It is of use only with its session key.
///
/// It is read from the response of the token endpoint, with tickets or without, or from the file
/// that `roadtx` keeps. The token is opaque, and sent as it came.
///
/// ```
/// use kkdcp_client::sign_in::{PrimaryRefreshToken, PrtSessionKey};
///
/// let token = PrimaryRefreshToken::parse(br#"{"refresh_token": "1.AXoA", "expires_in": "1209599"}"#)?;
/// assert_eq!(token.life(), Some(std::time::Duration::from_secs(1_209_599)));
/// let session_key = PrtSessionKey::new([7; 32]);
/// let asking = token.refresh(&session_key);
/// assert_eq!(asking.form(), "grant_type=srv_challenge");
/// # Ok::<(), kkdcp_client::sign_in::SignInError>(())
/// ```
pub struct PrimaryRefreshToken {
    token: Zeroizing<String>,
    life: Option<Duration>,
    signed_in: SignedIn,
    /// The whole response, for whoever keeps it.
    whole: Zeroizing<Vec<u8>>,
}

#[derive(Deserialize)]
struct Outer {
    refresh_token: Option<Zeroizing<String>>,
    refresh_token_expires_in: Option<Seconds>,
    expires_in: Option<Seconds>,
}

/// A number, or the number in a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

impl Seconds {
    fn duration(&self) -> Option<Duration> {
        match self {
            Self::Number(number) => Some(Duration::from_secs(*number)),
            Self::Text(text) => text.parse().ok().map(Duration::from_secs),
        }
    }
}

impl PrimaryRefreshToken {
    /// Reads a response, or a file of it.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoRefreshToken`]; [`SignInError::Refused`] for the answer of an endpoint that
    /// refused; [`SignInError::TooLong`], [`SignInError::Json`].
    pub fn parse(json: &[u8]) -> Result<Self, SignInError> {
        let (signed_in, outer) = read::<Outer>(json)?;
        // What is passed over above has to be right too, where it is to be written again.
        let wrong = |error: serde_json::Error| not_json("it", &error);
        let _: Map<String, Value> = serde_json::from_slice(json).map_err(wrong)?;
        let Some(token) = outer.refresh_token.filter(|token| !token.is_empty()) else {
            return Err(signed_in.without(SignInError::NoRefreshToken));
        };
        let life = outer.refresh_token_expires_in.or(outer.expires_in);
        Ok(Self {
            token,
            life: life.as_ref().and_then(Seconds::duration),
            signed_in,
            whole: Zeroizing::new(json.to_vec()),
        })
    }

    /// Starts to ask for another refresh token, with tickets.
    pub const fn refresh<'a>(&'a self, session_key: &'a PrtSessionKey) -> NonceRequest<'a> {
        NonceRequest::new(self, session_key)
    }

    /// The id of the user's tenant, from `client_info`.
    pub fn tenant(&self) -> Option<&str> {
        self.signed_in.tenant.as_deref()
    }

    /// The names below which services are in the cloud realm, where tickets came along.
    pub const fn top_level_names(&self) -> &TopLevelNames {
        &self.signed_in.top_level_names
    }

    /// How long it is good from when it came.
    pub const fn life(&self) -> Option<Duration> {
        self.life
    }

    /// The session key, where the file keeps it beside the token.
    pub const fn session_key(&self) -> Option<&PrtSessionKey> {
        self.signed_in.session_key.as_ref()
    }

    /// The session key as it came, for the device's transport key.
    pub const fn wrapped_session_key(&self) -> Option<&WrappedSessionKey> {
        self.signed_in.wrapped_session_key.as_ref()
    }

    /// What a file holds once this token has been refreshed: the new response, and of the old what
    /// the new one has not, such as the session key.
    ///
    /// # Errors
    ///
    /// [`SignInError::Json`].
    pub fn replaced_by(&self, new: &Refreshed) -> Result<Zeroizing<Vec<u8>>, SignInError> {
        let wrong = |error: serde_json::Error| not_json("it", &error);
        let mut whole: Map<String, Value> = serde_json::from_slice(&self.whole).map_err(wrong)?;
        for name in TICKETS {
            whole.remove(name);
        }
        let newer: Map<String, Value> = serde_json::from_slice(new.json()).map_err(wrong)?;
        whole.extend(newer);
        let mut text = serde_json::to_vec_pretty(&whole).map_err(wrong)?;
        text.push(b'\n');
        Ok(Zeroizing::new(text))
    }

    pub(super) fn expose(&self) -> &str {
        &self.token
    }
}

impl fmt::Debug for PrimaryRefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrimaryRefreshToken")
            .field("tenant", &self.signed_in.tenant)
            .finish_non_exhaustive()
    }
}
