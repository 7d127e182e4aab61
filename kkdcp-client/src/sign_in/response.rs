//! What a response of the token endpoint says of the sign-in, whatever else is looked for in it.

use base64::Engine as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::client_key::URL_SAFE;
use super::{PrtSessionKey, SignInError, WrappedSessionKey};
use crate::top_level_names::TopLevelNames;

/// Longest response that is read, in bytes: tickets with the largest PAC fit several times.
pub(super) const MAX_RESPONSE: usize = 1 << 20;

/// Whose sign-in it was, and what belongs to it beside the token and the tickets.
#[derive(Debug)]
pub(super) struct SignedIn {
    /// The id of the user's tenant, from `client_info`.
    pub(super) tenant: Option<String>,
    pub(super) top_level_names: TopLevelNames,
    /// The session key, where `roadtx` keeps it in the same file.
    pub(super) session_key: Option<PrtSessionKey>,
    /// The session key as it came, for the device's transport key.
    pub(super) wrapped_session_key: Option<WrappedSessionKey>,
    /// What the endpoint refused with.
    refused: Option<(String, String)>,
}

#[derive(Deserialize)]
struct Outer {
    client_info: Option<String>,
    kerberos_top_level_names: Option<String>,
    session_key: Option<Zeroizing<String>>,
    session_key_jwe: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// `client_info`, decoded.
#[derive(Deserialize)]
struct ClientInfo {
    utid: Option<String>,
}

/// Reads a response for what it says of the sign-in, and for the rest.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<(SignedIn, T), SignInError> {
    if json.len() > MAX_RESPONSE {
        return Err(SignInError::TooLong { length: json.len() });
    }
    let wrong = |error: serde_json::Error| not_json("it", &error);
    let outer: Outer = serde_json::from_slice(json).map_err(wrong)?;
    let rest = serde_json::from_slice(json).map_err(wrong)?;
    let names = outer.kerberos_top_level_names.unwrap_or_default();
    let Ok(top_level_names) = names.parse();
    let session_key = outer.session_key.as_deref();
    let wrapped = outer.session_key_jwe.as_deref();
    let description = outer.error_description.unwrap_or_default();
    let signed_in = SignedIn {
        tenant: outer.client_info.as_deref().and_then(tenant_of),
        top_level_names,
        session_key: session_key.and_then(|text| PrtSessionKey::parse(text).ok()),
        wrapped_session_key: wrapped.and_then(|text| WrappedSessionKey::parse(text).ok()),
        refused: outer.error.map(|error| (error, description)),
    };
    Ok((signed_in, rest))
}

impl SignedIn {
    /// Why something is `missing`: the endpoint may have refused.
    pub(super) fn without(self, missing: SignInError) -> SignInError {
        match self.refused {
            Some((error, description)) => SignInError::Refused { error, description },
            None => missing,
        }
    }
}

/// The parser's own text would repeat the input, which holds keys.
pub(super) fn not_json(what: &str, error: &serde_json::Error) -> SignInError {
    SignInError::Json {
        what: what.to_owned(),
        line: error.line(),
        column: error.column(),
    }
}

fn tenant_of(client_info: &str) -> Option<String> {
    let decoded = URL_SAFE.decode(client_info).ok()?;
    serde_json::from_slice::<ClientInfo>(&decoded).ok()?.utid
}
