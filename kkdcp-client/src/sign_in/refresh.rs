//! Another refresh token for the one that there is: a nonce, a signed request, a sealed answer.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kerberos_core::entropy::Entropy;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::client_key::{STANDARD, unwrap};
use super::response::{MAX_RESPONSE, not_json};
use super::{ClientKeyError, PrimaryRefreshToken, PrtSessionKey, SignInError, TokenResponse};

/// How often Windows refreshes the token while somebody is logged on: every 4 h.
pub const REFRESH_INTERVAL: Duration = Duration::from_secs(4 * 60 * 60);

/// Octets of the context of a signature's key.
const CONTEXT_LENGTH: usize = 24;

/// The client that asks for the user of a device.
const CLIENT_ID: &str = "38aa3b87-a06d-4817-b275-7a316988d93b";

/// The first of two requests: for the nonce that the second has to hold.
///
/// There is no socket and no clock in here; [`TokenEndpoint`](super::TokenEndpoint) drives it over
/// HTTPS.
///
/// ```
/// # use kerberos_core::entropy::SeededEntropy;
/// use kkdcp_client::sign_in::{PrimaryRefreshToken, PrtSessionKey};
///
/// # let entropy = SeededEntropy::new(1);
/// let token = PrimaryRefreshToken::parse(br#"{"refresh_token": "1.AXoA"}"#)?;
/// let session_key = PrtSessionKey::new([7; 32]);
/// // The forms are posted to the token endpoint; what it answers is handed back.
/// let asking = token.refresh(&session_key);
/// let asking = asking.receive(br#"{"Nonce": "AwAB"}"#, &entropy)?;
/// assert!(asking.form().contains("&tgt=true&"));
/// let refused = asking.receive(
///     br#"{"error": "invalid_grant", "error_description": "AADSTS700082: it has expired"}"#,
/// );
/// assert!(refused.unwrap_err().to_string().contains("AADSTS700082"));
/// # Ok::<(), kkdcp_client::sign_in::SignInError>(())
/// ```
///
/// [MS-OAPXBC] §3.1.5.1.1
#[derive(Debug)]
#[must_use]
pub struct NonceRequest<'a> {
    token: &'a PrimaryRefreshToken,
    session_key: &'a PrtSessionKey,
}

/// The second request: for the token, with tickets.
///
/// Example: [`NonceRequest`].
#[must_use]
pub struct RefreshRequest<'a> {
    session_key: &'a PrtSessionKey,
    form: String,
}

/// What the token endpoint gave for a refresh token.
///
/// Example: [`NonceRequest`].
pub struct Refreshed {
    json: Zeroizing<Vec<u8>>,
    token: PrimaryRefreshToken,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Challenge {
    nonce: Option<String>,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    ctx: &'a str,
    kdf_ver: u32,
}

#[derive(Serialize)]
struct Claims<'a> {
    client_id: &'static str,
    scope: &'static str,
    iss: &'static str,
    grant_type: &'static str,
    refresh_token: &'a str,
    request_nonce: &'a str,
}

impl<'a> NonceRequest<'a> {
    pub(super) const fn new(
        token: &'a PrimaryRefreshToken,
        session_key: &'a PrtSessionKey,
    ) -> Self {
        Self { token, session_key }
    }

    /// What is posted, as `application/x-www-form-urlencoded`.
    pub const fn form(&self) -> &'static str {
        "grant_type=srv_challenge"
    }

    /// Takes the answer, and signs the second request.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoNonce`]; [`SignInError::Entropy`].
    ///
    /// [MS-OAPXBC] §3.1.5.1.3.3
    pub fn receive(
        self,
        body: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<RefreshRequest<'a>, SignInError> {
        let challenge: Challenge =
            serde_json::from_slice(body).map_err(|_| SignInError::NoNonce)?;
        let nonce = challenge.nonce.ok_or(SignInError::NoNonce)?;
        let mut context = [0; CONTEXT_LENGTH];
        entropy.fill(&mut context)?;

        let wrong = |error: serde_json::Error| not_json("the request", &error);
        let header = serde_json::to_vec(&Header {
            alg: "HS256",
            typ: "JWT",
            ctx: &STANDARD.encode(context),
            kdf_ver: 2,
        });
        let payload = serde_json::to_vec(&Claims {
            client_id: CLIENT_ID,
            scope: "openid aza ugs",
            iss: "aad:brokerplugin",
            grant_type: "refresh_token",
            refresh_token: self.token.expose(),
            request_nonce: &nonce,
        });
        let payload = Zeroizing::new(payload.map_err(wrong)?);
        let part = |octets: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(octets);
        let text = format!("{}.{}", part(&header.map_err(wrong)?), part(&payload));
        let signature = self.session_key.sign(&context, &payload, &text);
        let signature = signature.ok_or(SignInError::Sealed {
            source: ClientKeyError::SessionKeyLength,
        })?;
        Ok(RefreshRequest {
            session_key: self.session_key,
            form: format!(
                "windows_api_version=2.2&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A\
                 jwt-bearer&client_info=1&tgt=true&request={text}.{}",
                part(&signature)
            ),
        })
    }
}

impl RefreshRequest<'_> {
    /// What is posted, as `application/x-www-form-urlencoded`.
    pub fn form(&self) -> &str {
        &self.form
    }

    /// Takes the answer: sealed with the session key, or JSON, as refusals are.
    ///
    /// # Errors
    ///
    /// [`SignInError::Refused`], which [`SignInError::explain`] explains;
    /// [`SignInError::Sealed`], [`SignInError::NotAnAnswer`] and what [`PrimaryRefreshToken::parse`] says of an answer that is
    /// none.
    pub fn receive(self, body: &[u8]) -> Result<Refreshed, SignInError> {
        if body.len() > MAX_RESPONSE {
            return Err(SignInError::TooLong { length: body.len() });
        }
        let json = match body.trim_ascii() {
            [b'{', ..] => Zeroizing::new(body.to_vec()),
            sealed => {
                let sealed = std::str::from_utf8(sealed).map_err(|_| SignInError::NotAnAnswer)?;
                unwrap(sealed, self.session_key).map_err(|source| match source {
                    ClientKeyError::Malformed => SignInError::NotAnAnswer,
                    source => SignInError::Sealed { source },
                })?
            }
        };
        let token = PrimaryRefreshToken::parse(&json)?;
        Ok(Refreshed { json, token })
    }
}

impl Refreshed {
    /// The refresh token that takes the place of the one before.
    pub const fn token(&self) -> &PrimaryRefreshToken {
        &self.token
    }

    /// The tickets that came with it.
    ///
    /// # Errors
    ///
    /// As [`TokenResponse::parse`].
    pub fn tickets(&self) -> Result<TokenResponse, SignInError> {
        TokenResponse::parse(&self.json)
    }

    pub(super) fn json(&self) -> &[u8] {
        &self.json
    }
}

impl fmt::Debug for RefreshRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshRequest").finish_non_exhaustive()
    }
}

impl fmt::Debug for Refreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refreshed").finish_non_exhaustive()
    }
}
