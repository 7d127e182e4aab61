//! The part of a token response that is about Kerberos: what a device gets that asks for a primary
//! refresh token with `tgt=true`.

mod wrapped_key;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kerberos_core::crypto::CryptoError;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{EntraTenant, TenantUser};
use crate::forest::Forest;
use crate::kdc::{CloudTgt, CloudTgtError};
pub use wrapped_key::ClientKeyShape;
use wrapped_key::{KEY_LENGTH, random};

/// How long a primary refresh token is good, in seconds: 14 d.
const REFRESH_TOKEN_LIFE: u64 = 14 * 24 * 60 * 60 - 1;

/// Octets of a refresh token here. A real one has a thousand and is as opaque.
const REFRESH_TOKEN_LENGTH: usize = 48;

/// keyType beside a TGT: AES-256.
const AES256: i32 = 18;

/// The ports that services below the top-level names have in service names.
const PORTS: [&str; 3] = ["", ":1433", ":3342"];

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
}

impl TokenRequest {
    /// The response for this user, with a plain client key.
    pub fn new(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            tenant: None,
            client_key: ClientKeyShape::Plain,
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
    /// transport key, of which there is none here.
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
/// Without `session_key_jwe`, since there is no device with a transport key.
///
/// Example: [`TokenRequest`].
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct TokenResponse {
    /// `pop`: the refresh token is of use only with the session key.
    pub token_type: String,
    /// How long the refresh token is good, in seconds.
    pub expires_in: u64,
    /// The refresh token. Nothing here takes it.
    pub refresh_token: String,
    /// Base64 of a JSON object: `uid`, the user's object, and `utid`, the tenant.
    pub client_info: String,
    /// JSON of the TGT, as a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tgt_cloud: Option<String>,
    /// JSON of the partial TGT for the user's own domain, as a string; where the domain has the
    /// cloud's controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tgt_ad: Option<String>,
    /// The names below which services are the cloud realm's, with the ports that occur.
    pub kerberos_top_level_names: String,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("client_info", &self.client_info)
            .field("kerberos_top_level_names", &self.kerberos_top_level_names)
            .finish_non_exhaustive()
    }
}

/// A sign-in that does not succeed.
///
/// Example: [`Forest::sign_in`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// No key can be made or wrapped.
    #[error(transparent)]
    Key(#[from] CryptoError),
    /// The password is wrong, or the user has none.
    #[error("the password of {upn} is wrong")]
    Password {
        /// The userPrincipalName.
        upn: String,
    },
    /// The response cannot be written.
    #[error("the response cannot be written: {why}")]
    Response {
        /// The reason.
        why: String,
    },
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
            Self::Password { .. } | Self::User(_) => "refused",
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

/// `tgt_cloud`, before it is text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TgtMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_key: Option<&'a str>,
    key_type: i32,
    /// Null beside a TGT.
    error: Option<String>,
    #[serde(flatten)]
    ticket: Option<TgtTicket>,
    account_type: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TgtTicket {
    message_buffer: String,
    realm: String,
    sn: String,
    cn: String,
    session_key_type: i32,
}

/// `client_info`, before it is text.
#[derive(Serialize)]
struct ClientInfo<'a> {
    uid: &'a str,
    utid: &'a str,
}

impl Forest {
    /// The response to a sign-in with `tgt=true` of a user who has proven who he is.
    ///
    /// # Errors
    ///
    /// [`SignInError`]. A user who may sign in and only gets no TGT is no error: the response
    /// says so (switch H32).
    pub fn sign_in(&self, request: &TokenRequest, now: Timestamp) -> Result<SignIn, SignInError> {
        let upn = &request.user;
        let (tenant, user) = self.tenant_user(request)?;
        let session_key = Zeroizing::new(random::<KEY_LENGTH>(self.entropy())?);
        let tgt_cloud = match self.cloud_tgt(tenant.id(), upn, now) {
            Ok(tgt) => Some(self.tgt_message(&tgt, request.client_key, &session_key)?),
            Err(
                error @ (CloudTgtError::Guest { .. }
                | CloudTgtError::Incomplete { .. }
                | CloudTgtError::TooManyGroups { .. }),
            ) => self.no_tgt_message(&error)?,
            Err(error) => return Err(error.into()),
        };
        let tgt_ad = match self.partial_tgt_of(tenant, &user, now) {
            None => None,
            Some(Ok(tgt)) => Some(self.tgt_message(&tgt, request.client_key, &session_key)?),
            Some(Err(error)) => self.no_tgt_message(&error)?,
        };
        Ok(SignIn {
            response: TokenResponse {
                token_type: "pop".to_owned(),
                expires_in: REFRESH_TOKEN_LIFE,
                refresh_token: {
                    let token: [u8; REFRESH_TOKEN_LENGTH] = random(self.entropy())?;
                    URL_SAFE_NO_PAD.encode(token)
                },
                client_info: client_info(tenant, &user)?,
                tgt_cloud,
                tgt_ad,
                kerberos_top_level_names: with_ports(tenant.top_level_names()),
            },
            session_key: session_key.iter().map(|o| format!("{o:02x}")).collect(),
        })
    }

    /// As [`Forest::sign_in`], for a user who says a password: that of Active Directory.
    ///
    /// # Errors
    ///
    /// [`SignInError`].
    pub fn sign_in_with_password(
        &self,
        request: &TokenRequest,
        password: &str,
        now: Timestamp,
    ) -> Result<SignIn, SignInError> {
        let (tenant, user) = self.tenant_user(request)?;
        let account = tenant.users.account(&user.upn);
        let proven = match account {
            Some(account) => account.has_had_password(password, 1)?,
            None => false,
        };
        if !proven {
            return Err(SignInError::Password { upn: user.upn });
        }
        self.sign_in(request, now)
    }

    fn tenant_user(
        &self,
        request: &TokenRequest,
    ) -> Result<(&EntraTenant, TenantUser), CloudTgtError> {
        let upn = &request.user;
        let unknown = || CloudTgtError::UnknownUser { upn: upn.clone() };
        match &request.tenant {
            Some(id) => {
                let tenant = self.tenant(id).ok_or(CloudTgtError::UnknownTenant)?;
                Ok((tenant, tenant.user(upn).ok_or_else(unknown)?))
            }
            None => self
                .tenants()
                .find_map(|tenant| Some((tenant, tenant.user(upn)?)))
                .ok_or_else(unknown),
        }
    }

    /// The partial TGT of a synced user, where the tenant can issue any for the domain.
    fn partial_tgt_of(
        &self,
        tenant: &EntraTenant,
        user: &TenantUser,
        now: Timestamp,
    ) -> Option<Result<CloudTgt, CloudTgtError>> {
        let on_premises = user.on_premises.as_ref().filter(|_| !user.guest)?;
        let realm = Realm::new(&on_premises.domain_name.to_uppercase()).ok()?;
        let account = &on_premises.sam_account_name;
        match self.partial_tgt_of_tenant(tenant.id(), &realm, account, now) {
            Err(CloudTgtError::NoServerKey { .. }) => None,
            outcome => Some(outcome),
        }
    }

    fn tgt_message(
        &self,
        tgt: &CloudTgt,
        shape: ClientKeyShape,
        session_key: &[u8; KEY_LENGTH],
    ) -> Result<String, SignInError> {
        let [session_key_type, account_type] = self.assumptions().tgt_type_numbers;
        let client_key = shape.write(&tgt.client_key, session_key, self.entropy())?;
        let client_key = Zeroizing::new(client_key);
        Ok(serde_json::to_string(&TgtMessage {
            client_key: Some(&client_key),
            key_type: AES256,
            error: None,
            ticket: Some(TgtTicket {
                message_buffer: STANDARD.encode(&tgt.reply),
                realm: tgt.service.realm().to_string(),
                sn: joined(&tgt.service),
                cn: joined(&tgt.client),
                session_key_type,
            }),
            account_type,
        })?)
    }

    fn no_tgt_message(&self, error: &CloudTgtError) -> Result<Option<String>, SignInError> {
        if !self.assumptions().tgt_refusal_told {
            return Ok(None);
        }
        let [_, account_type] = self.assumptions().tgt_type_numbers;
        Ok(Some(serde_json::to_string(&TgtMessage {
            client_key: None,
            key_type: 0,
            error: Some(error.to_string()),
            ticket: None,
            account_type,
        })?))
    }
}

/// A name as it is displayed: without its realm, and nothing escaped.
fn joined(name: &Principal) -> String {
    name.components().join("/")
}

fn client_info(tenant: &EntraTenant, user: &TenantUser) -> Result<String, SignInError> {
    let info = serde_json::to_string(&ClientInfo {
        uid: &user.object_id,
        utid: tenant.id(),
    })?;
    Ok(URL_SAFE_NO_PAD.encode(info))
}

fn with_ports(names: &[String]) -> String {
    let name_with_ports = names
        .iter()
        .flat_map(|name| PORTS.iter().map(move |port| format!(".{name}{port}")));
    name_with_ports.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
