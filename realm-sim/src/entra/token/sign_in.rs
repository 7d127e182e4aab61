//! Signing in, and signing in again with the refresh token.

use std::iter;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kerberos_core::time::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::refresh_token::{self, RefreshToken, SignedRequest};
use super::tgt_message::TgtMessages;
use super::transport_key::TransportKey;
use super::wrapped_key::{KEY_LENGTH, random};
use super::{
    ClientKeyShape, EntraTenant, SignIn, SignInError, TenantUser, TokenRequest, TokenResponse,
};
use crate::forest::Forest;
use crate::kdc::CloudTgtError;

/// The ports that services below the top-level names have in service names.
const PORTS: [&str; 3] = ["", ":1433", ":3342"];

/// `client_info`, before it is text.
#[derive(Serialize)]
struct ClientInfo<'a> {
    uid: &'a str,
    utid: &'a str,
}

impl Forest {
    /// The response to a sign-in of a user who has proven who he is.
    ///
    /// # Errors
    ///
    /// [`SignInError`]. A user who may sign in and only gets no TGT is no error: the response
    /// says so (switch H32).
    pub fn sign_in(&self, request: &TokenRequest, now: Timestamp) -> Result<SignIn, SignInError> {
        let session_key = Zeroizing::new(random::<KEY_LENGTH>(self.entropy())?);
        self.signed_in(request, &session_key, now)
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

    /// A response in place of one that a device got before. The request is a JWT signed with the
    /// session key, which stays the same. With `tgt` there are tickets again.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kerberos_core::entropy::SeededEntropy;
    /// # use kerberos_core::time::Timestamp;
    /// # use realm_sim::forest::Forest;
    /// # let now = Timestamp::from_seconds(1_767_225_600);
    /// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
    /// let refused = forest.renew_sign_in(None, "header.payload.signature", true, now).unwrap_err();
    /// assert_eq!(refused.code(), "refused");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SignInError`], as [`Forest::sign_in`] too: whoever has been disabled gets nothing more.
    ///
    /// [MS-OAPXBC] §3.1.5.1.3.3
    pub fn renew_sign_in(
        &self,
        tenant: Option<&str>,
        jwt: &str,
        tgt: bool,
        now: Timestamp,
    ) -> Result<SignIn, SignInError> {
        let request = SignedRequest::parse(jwt).ok_or(SignInError::Request {
            why: "it is no JWT of a refresh token with ctx",
        })?;
        let (tenant, token) = match tenant {
            Some(id) => {
                let tenant = self.tenant(id).ok_or(CloudTgtError::UnknownTenant)?;
                request.token(iter::once(tenant))?
            }
            None => request.token(self.tenants())?,
        };
        self.expect_fresh(request.nonce(), now)?;
        if token.has_expired(now) {
            let upn = token.upn.clone();
            return Err(SignInError::Expired { upn });
        }
        let account = tenant.users.account(&token.upn);
        let changed = account.map(|account| account.attributes().password_set);
        if changed.is_some_and(|changed| changed > token.issued()) {
            let upn = token.upn.clone();
            return Err(SignInError::Stale { upn });
        }
        let mut request = TokenRequest::new(&token.upn);
        request.tenant = Some(tenant.id().to_owned());
        request.client_key = self.assumptions().device_client_key;
        request.tgt = tgt;
        self.signed_in(&request, token.session_key(), now)
    }

    /// A nonce for the next signed request; every tenant takes it.
    ///
    /// # Errors
    ///
    /// [`SignInError::User`] where there is no tenant.
    ///
    /// [MS-OAPXBC] §3.1.5.1.1
    pub(super) fn sign_in_nonce(&self, now: Timestamp) -> Result<String, SignInError> {
        refresh_token::nonce(self.nonce_tenant()?, now)
    }

    /// Refuses a request whose nonce is not of these minutes.
    pub(super) fn expect_fresh(&self, nonce: &str, now: Timestamp) -> Result<(), SignInError> {
        if refresh_token::is_fresh(self.nonce_tenant()?, nonce, now) {
            return Ok(());
        }
        Err(SignInError::Request {
            why: "its nonce is old, or of somebody else",
        })
    }

    /// The tenant whose key makes nonces: they are asked for before it is known whose user it is.
    fn nonce_tenant(&self) -> Result<&EntraTenant, CloudTgtError> {
        self.tenants().next().ok_or(CloudTgtError::UnknownTenant)
    }

    /// A response as its device reads it: sealed with the session key.
    pub(super) fn sealed_response(&self, sign_in: &SignIn) -> Result<String, SignInError> {
        let mut session_key = Zeroizing::new([0; KEY_LENGTH]);
        for (octet, digits) in session_key
            .iter_mut()
            .zip(sign_in.session_key.as_bytes().chunks(2))
        {
            let digits = std::str::from_utf8(digits).map_err(|_| SignInError::Wrap)?;
            *octet = u8::from_str_radix(digits, 16).map_err(|_| SignInError::Wrap)?;
        }
        let plain = Zeroizing::new(serde_json::to_vec(&sign_in.response)?);
        ClientKeyShape::JweGcm.seal(&plain, &session_key, self.entropy())
    }

    fn signed_in(
        &self,
        request: &TokenRequest,
        session_key: &[u8; KEY_LENGTH],
        now: Timestamp,
    ) -> Result<SignIn, SignInError> {
        let (tenant, user) = self.tenant_user(request)?;
        if let Some(policy) = tenant.policy_of_sign_in(&user) {
            let policy = policy.to_owned();
            let upn = user.upn;
            return Err(SignInError::SecondFactor { upn, policy });
        }
        let session_key_jwe = match &request.transport_key {
            Some(pem) => {
                let key = TransportKey::from_pem(pem).ok_or(SignInError::TransportKey)?;
                Some(key.wrap(session_key, self.entropy())?)
            }
            None => None,
        };
        let tickets = if request.tgt {
            self.tgt_messages((tenant, &user), request.client_key, session_key, now)?
        } else {
            TgtMessages::default()
        };
        let refresh_token = RefreshToken::new(&user.upn, session_key, now);
        let names = request.tgt.then(|| with_ports(tenant.top_level_names()));
        Ok(SignIn {
            response: TokenResponse {
                token_type: "pop".to_owned(),
                expires_in: refresh_token::LIFE.as_secs(),
                refresh_token_expires_in: refresh_token::LIFE.as_secs(),
                refresh_token: refresh_token.seal(tenant, self.entropy())?,
                session_key_jwe,
                client_info: client_info(tenant, &user)?,
                tgt_cloud: tickets.cloud,
                tgt_ad: tickets.on_premises,
                kerberos_top_level_names: names,
            },
            session_key: session_key.iter().map(|o| format!("{o:02x}")).collect(),
        })
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
