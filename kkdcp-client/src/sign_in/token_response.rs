//! The token response of a sign-in with `tgt=true`.

use std::fmt;

use base64::Engine as _;
use kerberos_core::credential::Credential;
use kerberos_core::entropy::EntropyUnavailable;
use kerberos_core::message::{Delivered, DeliveredError, IssuedTicket, open_delivered};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::client_key::{STANDARD, client_key};
use super::response::{MAX_RESPONSE, SignedIn, not_json, read};
use super::{ClientKeyError, PrtSessionKey, WrappedSessionKey};
use crate::top_level_names::TopLevelNames;

/// The encryption type of a client key: AES-256. 0 stands for no ticket.
const AES256: i32 = 18;

/// What a token response says about Kerberos.
///
/// Reads the response of the token endpoint, the file that `roadtx` keeps of it, and the object
/// of MSAL's `xms_as_rep` claim.
///
/// ```
/// use kkdcp_client::sign_in::{SignInError, TokenResponse, WhichTgt};
///
/// let response = TokenResponse::parse(
///     br#"{
///         "token_type": "Bearer",
///         "kerberos_top_level_names": ".windows.net,.windows.net:1433",
///         "tgt_ad": "{\"keyType\":0,\"error\":\"no server is set up\"}"
///     }"#,
/// )?;
/// assert!(response.top_level_names().cover("acct.file.core.windows.net"));
/// assert!(response.tgt(WhichTgt::Cloud).is_none());
/// let partial = response.tgt(WhichTgt::OnPremises).ok_or("no tgt_ad")?;
/// let error = partial.open(None).unwrap_err();
/// assert_eq!(error.to_string(), "tgt_ad: the service sent no ticket: no server is set up");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TokenResponse {
    cloud: Option<DeliveredTgt>,
    on_premises: Option<DeliveredTgt>,
    signed_in: SignedIn,
}

/// Which of the two tickets.
///
/// Example: [`TokenResponse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhichTgt {
    /// `tgt_cloud`: for KERBEROS.MICROSOFTONLINE.COM.
    Cloud,
    /// `tgt_ad`: a partial one, for the user's own domain.
    OnPremises,
}

impl fmt::Display for WhichTgt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cloud => "tgt_cloud",
            Self::OnPremises => "tgt_ad",
        })
    }
}

/// One ticket of a response, sealed as it came.
///
/// Example: [`TokenResponse`].
pub struct DeliveredTgt {
    which: WhichTgt,
    inner: Inner,
    /// The client key, unwrapped already.
    opened_key: Option<Zeroizing<String>>,
}

impl fmt::Debug for DeliveredTgt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeliveredTgt").field(&self.which).finish()
    }
}

/// A token response cannot be used.
///
/// Example: [`TokenResponse`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// It is too long.
    #[error("the response has {length} bytes; {MAX_RESPONSE} are read at most")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// It is not the JSON that is expected.
    #[error("{what} is not the JSON of a token response: line {line}, column {column}")]
    Json {
        /// The response, or the ticket in it.
        what: String,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
    },
    /// The token endpoint refused.
    #[error("the token endpoint answered {error}: {description}")]
    Refused {
        /// The error.
        error: String,
        /// Its description.
        description: String,
    },
    /// There is no refresh token in it.
    #[error("there is no refresh token: the response of a sign-in has one")]
    NoRefreshToken,
    /// There is no nonce in what should bring one.
    #[error("the token endpoint sent no nonce")]
    NoNonce,
    /// The answer is neither JSON nor sealed.
    #[error("the token endpoint answered neither with JSON nor with a sealed response")]
    NotAnAnswer,
    /// The sealed response does not open.
    #[error("the response of the token endpoint does not open: {source}")]
    Sealed {
        /// Why not.
        source: ClientKeyError,
    },
    /// The random source failed.
    #[error("no random octets can be had: {0}")]
    Entropy(#[from] EntropyUnavailable),
    /// There is no ticket in it.
    #[error("the response has no ticket: was it asked for with tgt=true?")]
    NoTicket,
    /// The service says why it sent no ticket.
    #[error("{which}: the service sent no ticket: {reason}")]
    NotSent {
        /// Which ticket.
        which: WhichTgt,
        /// What the service says.
        reason: String,
    },
    /// The client key is of another type than AES-256.
    #[error("{which}: keyType is {key_type}, not 18")]
    KeyType {
        /// Which ticket.
        which: WhichTgt,
        /// The type.
        key_type: i32,
    },
    /// The client key cannot be had.
    #[error("{which}: {source}")]
    ClientKey {
        /// Which ticket.
        which: WhichTgt,
        /// Why not.
        source: ClientKeyError,
    },
    /// The message is not base64.
    #[error("{which}: messageBuffer is not base64")]
    Buffer {
        /// Which ticket.
        which: WhichTgt,
    },
    /// The message cannot be used.
    #[error("{which}: {source}")]
    Message {
        /// Which ticket.
        which: WhichTgt,
        /// Why not.
        source: DeliveredError,
    },
}

#[derive(Deserialize)]
struct Outer {
    tgt_cloud: Option<Nested>,
    tgt_ad: Option<Nested>,
    /// roadtx keeps the client keys that it has unwrapped.
    tgt_cloud_sessionkey: Option<Zeroizing<String>>,
    tgt_ad_sessionkey: Option<Zeroizing<String>>,
    /// MSAL's object is the ticket itself.
    #[serde(rename = "messageBuffer")]
    message_buffer: Option<String>,
}

/// A ticket as a string that holds JSON, or as that JSON itself.
#[derive(Deserialize)]
#[serde(untagged)]
enum Nested {
    Text(String),
    Object(Inner),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    client_key: Option<String>,
    #[serde(default)]
    key_type: i32,
    error: Option<String>,
    message_buffer: Option<String>,
}

impl TokenResponse {
    /// Reads a response.
    ///
    /// # Errors
    ///
    /// [`SignInError::Refused`] for the answer of an endpoint that refused;
    /// [`SignInError::TooLong`], [`SignInError::Json`], [`SignInError::NoTicket`].
    pub fn parse(json: &[u8]) -> Result<Self, SignInError> {
        let (signed_in, outer) = read::<Outer>(json)?;
        if outer.message_buffer.is_some() {
            let wrong = |error: serde_json::Error| not_json("it", &error);
            let cloud = DeliveredTgt {
                which: WhichTgt::Cloud,
                inner: serde_json::from_slice(json).map_err(wrong)?,
                opened_key: None,
            };
            return Ok(Self {
                cloud: Some(cloud),
                on_premises: None,
                signed_in,
            });
        }
        let cloud = nested(WhichTgt::Cloud, outer.tgt_cloud, outer.tgt_cloud_sessionkey)?;
        let on_premises = nested(WhichTgt::OnPremises, outer.tgt_ad, outer.tgt_ad_sessionkey)?;
        if cloud.is_none() && on_premises.is_none() {
            return Err(signed_in.without(SignInError::NoTicket));
        }
        Ok(Self {
            cloud,
            on_premises,
            signed_in,
        })
    }

    /// One of the tickets, where the response has it.
    pub const fn tgt(&self, which: WhichTgt) -> Option<&DeliveredTgt> {
        match which {
            WhichTgt::Cloud => self.cloud.as_ref(),
            WhichTgt::OnPremises => self.on_premises.as_ref(),
        }
    }

    /// The names below which services are in the cloud realm.
    pub const fn top_level_names(&self) -> &TopLevelNames {
        &self.signed_in.top_level_names
    }

    /// The id of the user's tenant, from `client_info`.
    pub fn tenant(&self) -> Option<&str> {
        self.signed_in.tenant.as_deref()
    }

    /// The session key, where the file keeps it beside the tickets.
    pub const fn session_key(&self) -> Option<&PrtSessionKey> {
        self.signed_in.session_key.as_ref()
    }

    /// The session key as it came, for the device's transport key.
    pub const fn wrapped_session_key(&self) -> Option<&WrappedSessionKey> {
        self.signed_in.wrapped_session_key.as_ref()
    }
}

impl DeliveredTgt {
    /// The credentials in it: one of an AS-REP, or those of a KRB-CRED. `session_key` is needed
    /// where the client key is wrapped.
    ///
    /// Nothing ties an AS-REP that nobody asked for to a request: see
    /// [`UnaskedReply`](kerberos_core::message::UnaskedReply).
    ///
    /// # Errors
    ///
    /// [`SignInError`] naming the ticket.
    pub fn open(
        &self,
        session_key: Option<&PrtSessionKey>,
    ) -> Result<Vec<Credential>, SignInError> {
        let which = self.which;
        let (Some(key), Some(buffer)) = (&self.inner.client_key, &self.inner.message_buffer) else {
            let reason = self.inner.error.clone();
            let reason = reason.unwrap_or_else(|| "no reason is given".to_owned());
            return Err(SignInError::NotSent { which, reason });
        };
        if self.inner.key_type != AES256 {
            let key_type = self.inner.key_type;
            return Err(SignInError::KeyType { which, key_type });
        }
        // A key that was unwrapped before needs no session key, which may be another by now.
        let key = match (&self.opened_key, session_key) {
            (Some(opened), None) => opened.as_str(),
            _ => key,
        };
        let key = client_key(key, session_key)
            .map_err(|source| SignInError::ClientKey { which, source })?;
        let message = STANDARD
            .decode(buffer)
            .map_err(|_| SignInError::Buffer { which })?;
        let delivered = open_delivered(&message, &key)
            .map_err(|source| SignInError::Message { which, source })?;
        let tickets = match delivered {
            Delivered::Reply(reply) => vec![reply.ticket],
            Delivered::Credentials(tickets) => tickets,
            _ => Vec::new(),
        };
        Ok(tickets.into_iter().map(credential).collect())
    }
}

fn credential(ticket: IssuedTicket) -> Credential {
    Credential::new(
        ticket.client,
        ticket.service,
        ticket.session_key,
        ticket.times,
        ticket.flags,
        ticket.ticket,
    )
}

fn nested(
    which: WhichTgt,
    nested: Option<Nested>,
    opened_key: Option<Zeroizing<String>>,
) -> Result<Option<DeliveredTgt>, SignInError> {
    let inner = match nested {
        None => return Ok(None),
        Some(Nested::Object(inner)) => inner,
        Some(Nested::Text(text)) => {
            serde_json::from_str(&text).map_err(|error| not_json(&which.to_string(), &error))?
        }
    };
    Ok(Some(DeliveredTgt {
        which,
        inner,
        opened_key,
    }))
}
