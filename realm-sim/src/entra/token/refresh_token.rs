//! Primary refresh tokens: what is in one, and the requests that are signed with its session key.
//!
//! A token holds what the tenant needs to know of it, sealed in a key that comes from the tenant's
//! own: nothing has to be remembered.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kerberos_core::entropy::Entropy;
use kerberos_core::time::Timestamp;
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::wrapped_key::{
    GCM_NONCE_LENGTH, KEY_LENGTH, derive, is_mac_of, open_gcm, random, seal_gcm,
};
use super::{EntraTenant, SignInError};
use crate::kdc::Directory;

/// How long a token is good: 14 d.
pub(super) const LIFE: Duration = Duration::from_secs(14 * 24 * 60 * 60 - 1);

/// How long a nonce of the endpoint is good.
const NONCE_LIFE: Duration = Duration::from_secs(5 * 60);

/// `kdf_ver` where the key of the signature depends on the payload.
const KDF_WITH_PAYLOAD: u32 = 2;

/// What tokens begin with, as real ones do.
const PREFIX: &str = "1.";

/// What the keys of a tenant that seal tokens and nonces are for.
const TOKEN_LABEL: &[u8] = b"refresh token";
const NONCE_LABEL: &[u8] = b"nonce";

/// What a token says.
#[derive(Deserialize, Serialize)]
pub(super) struct RefreshToken {
    /// The user, by userPrincipalName.
    pub(super) upn: String,
    session_key: [u8; KEY_LENGTH],
    /// When it was issued, in microseconds since 1970.
    issued: i64,
}

impl Drop for RefreshToken {
    fn drop(&mut self) {
        self.session_key.zeroize();
    }
}

/// The header of a signed request.
#[derive(Deserialize)]
struct Header {
    alg: String,
    ctx: String,
    #[serde(default)]
    kdf_ver: u32,
}

/// What a signed request says, as far as it matters.
#[derive(Deserialize)]
struct Claims {
    refresh_token: String,
    request_nonce: String,
}

impl RefreshToken {
    pub(super) fn new(upn: &str, session_key: &[u8; KEY_LENGTH], now: Timestamp) -> Self {
        Self {
            upn: upn.to_owned(),
            session_key: *session_key,
            issued: now.micros(),
        }
    }

    /// The key that device and tenant share.
    pub(super) const fn session_key(&self) -> &[u8; KEY_LENGTH] {
        &self.session_key
    }

    pub(super) const fn issued(&self) -> Timestamp {
        Timestamp::from_micros(self.issued)
    }

    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        now > self.issued().plus(LIFE)
    }

    pub(super) fn seal(
        &self,
        tenant: &EntraTenant,
        entropy: &dyn Entropy,
    ) -> Result<String, SignInError> {
        let key = tenant_key(tenant, TOKEN_LABEL)?;
        let mut content = Zeroizing::new(serde_json::to_vec(self)?);
        let nonce: [u8; GCM_NONCE_LENGTH] = random(entropy)?;
        let tag = seal_gcm(key.as_ref(), nonce, PREFIX.as_bytes(), &mut content)?;
        let sealed = [nonce.as_slice(), &content, &tag].concat();
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed)))
    }

    fn open(text: &str, tenant: &EntraTenant) -> Option<Self> {
        let key = tenant_key(tenant, TOKEN_LABEL).ok()?;
        let sealed = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let (nonce, content) = sealed.split_at_checked(GCM_NONCE_LENGTH)?;
        let content = open_gcm(key.as_ref(), nonce, PREFIX.as_bytes(), content)?;
        serde_json::from_slice(&content).ok()
    }
}

/// A request that is signed with a session key: a JWT.
pub(super) struct SignedRequest<'a> {
    header: Header,
    claims: Claims,
    payload: Vec<u8>,
    context: Vec<u8>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> SignedRequest<'a> {
    pub(super) fn parse(jwt: &'a str) -> Option<Self> {
        let (signed, signature) = jwt.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let payload = part(payload)?;
        let header: Header = serde_json::from_slice(&part(header)?).ok()?;
        Some(Self {
            claims: serde_json::from_slice(&payload).ok()?,
            context: STANDARD.decode(&header.ctx).ok()?,
            header,
            payload,
            signed,
            signature: part(signature)?,
        })
    }

    /// Whether this session key signed it. The signature's key comes from the session key and
    /// `ctx`, in the second version of that from a hash over the payload too.
    ///
    /// [MS-OAPXBC] §3.1.5.1.3.3
    fn is_signed_with(&self, session_key: &[u8; KEY_LENGTH]) -> bool {
        let key = if self.header.kdf_ver == KDF_WITH_PAYLOAD {
            let hashed = [self.context.as_slice(), &self.payload].concat();
            derive(
                session_key,
                digest::digest(&digest::SHA256, &hashed).as_ref(),
            )
        } else {
            derive(session_key, &self.context)
        };
        self.header.alg == "HS256"
            && is_mac_of(key.as_ref(), self.signed.as_bytes(), &self.signature)
    }

    /// The token in it, and which of the tenants issued that.
    pub(super) fn token<'t>(
        &self,
        mut tenants: impl Iterator<Item = &'t EntraTenant>,
    ) -> Result<(&'t EntraTenant, RefreshToken), SignInError> {
        let opened = tenants
            .find_map(|tenant| Some((tenant, self.opened(tenant)?)))
            .ok_or(SignInError::Request {
                why: "the refresh token is none of this tenant's",
            })?;
        if !self.is_signed_with(opened.1.session_key()) {
            return Err(SignInError::Request {
                why: "the session key of the refresh token did not sign it",
            });
        }
        Ok(opened)
    }

    fn opened(&self, tenant: &EntraTenant) -> Option<RefreshToken> {
        RefreshToken::open(&self.claims.refresh_token, tenant)
    }

    /// The nonce that it answers to.
    pub(super) fn nonce(&self) -> &str {
        &self.claims.request_nonce
    }
}

/// A nonce for a request that is about to be made: the time, and a proof that it was told here.
pub(super) fn nonce(tenant: &EntraTenant, now: Timestamp) -> Result<String, SignInError> {
    let time = now.micros().to_be_bytes();
    let key = tenant_key(tenant, NONCE_LABEL)?;
    let proof = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()), &time);
    Ok(URL_SAFE_NO_PAD.encode([&time, proof.as_ref()].concat()))
}

/// Whether a nonce was told by the same tenant, and not long ago.
pub(super) fn is_fresh(tenant: &EntraTenant, nonce: &str, now: Timestamp) -> bool {
    let Ok(key) = tenant_key(tenant, NONCE_LABEL) else {
        return false;
    };
    let octets = URL_SAFE_NO_PAD.decode(nonce).unwrap_or_default();
    let Some((time, proof)) = octets.split_first_chunk::<8>() else {
        return false;
    };
    let told = Timestamp::from_micros(i64::from_be_bytes(*time));
    is_mac_of(key.as_ref(), time, proof) && told.distance(now) <= NONCE_LIFE
}

fn tenant_key(tenant: &EntraTenant, label: &[u8]) -> Result<hmac::Tag, SignInError> {
    let krbtgt = tenant.krbtgt().ok_or(SignInError::Wrap)?;
    let key = krbtgt.keys().preferred().expose_material();
    let label = [label, tenant.id().to_ascii_lowercase().as_bytes()].concat();
    Ok(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &label))
}
