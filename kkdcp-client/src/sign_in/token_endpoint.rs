//! The token endpoint of a tenant, over HTTPS.

use bytes::BytesMut;
use kerberos_core::entropy::Entropy;
use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE};
use zeroize::Zeroizing;

use super::response::MAX_RESPONSE;
use super::{PrimaryRefreshToken, PrtSessionKey, Refreshed, SignInError};
use crate::proxy::KdcProxy;
use crate::proxy_url::ProxyUrl;

/// What stands behind the tenant in the URL of its KDC proxy, and of its token endpoint.
const PROXY_PATH: &str = "/kerberos";
const TOKEN_PATH: &str = "/oauth2/token";

/// The token endpoint of a tenant.
///
/// It is at the host of the tenant's KDC proxy, and reached as that is: the same authorities are
/// trusted, and the same time is allowed.
///
/// ```no_run
/// use kerberos_core::entropy::OsEntropy;
/// use kkdcp_client::KdcProxy;
/// use kkdcp_client::sign_in::{PrimaryRefreshToken, PrtSessionKey, TokenEndpoint};
///
/// # async fn example(file: Vec<u8>, key: PrtSessionKey) -> Result<(), Box<dyn std::error::Error>> {
/// let proxy = KdcProxy::entra("11111111-2222-3333-4444-555555555555")?;
/// let endpoint = TokenEndpoint::beside(&proxy).ok_or("not a tenant's proxy")?;
/// let token = PrimaryRefreshToken::parse(&file)?;
/// let refreshed = endpoint.refresh(&token, &key, &OsEntropy::new()).await?;
/// let names = refreshed.tickets()?.top_level_names().to_string();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TokenEndpoint {
    url: String,
    proxy: KdcProxy,
}

/// No other refresh token was had.
///
/// Example: [`TokenEndpoint`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The endpoint could not be asked.
    #[error("the token endpoint {endpoint} could not be asked: {reason}")]
    Unreachable {
        /// The URL.
        endpoint: String,
        /// What came between.
        reason: String,
    },
    /// What answers is no token endpoint.
    #[error("the token endpoint {endpoint} answered with HTTP status {status}")]
    Status {
        /// The URL.
        endpoint: String,
        /// The status.
        status: u16,
    },
    /// The endpoint refused, or its answer cannot be used.
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl TokenEndpoint {
    /// The token endpoint beside a tenant's KDC proxy, whose path ends with `/kerberos`; `None`
    /// for any other proxy.
    pub fn beside(proxy: &KdcProxy) -> Option<Self> {
        let authority = Self::authority_beside(proxy.url())?;
        Some(Self {
            url: format!("{authority}{TOKEN_PATH}"),
            proxy: proxy.clone(),
        })
    }

    /// The URL of the tenant whose KDC proxy is at `proxy`, as what issues its tokens; `None` for
    /// the proxy of nobody's tenant.
    pub fn authority_beside(proxy: &ProxyUrl) -> Option<String> {
        let authority = proxy.as_str().strip_suffix(PROXY_PATH)?;
        Some(authority.to_owned())
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Another refresh token, with tickets, for one that there is.
    ///
    /// # Errors
    ///
    /// [`RefreshError`].
    pub async fn refresh(
        &self,
        token: &PrimaryRefreshToken,
        session_key: &PrtSessionKey,
        entropy: &(dyn Entropy + Sync),
    ) -> Result<Refreshed, RefreshError> {
        let request = token.refresh(session_key);
        let challenge = self.post(request.form()).await?;
        let request = request.receive(&challenge, entropy)?;
        let answer = self.post(request.form()).await?;
        Ok(request.receive(&answer)?)
    }

    /// The body of the answer; of a refusal too, where it says why.
    async fn post(&self, form: &str) -> Result<Zeroizing<Vec<u8>>, RefreshError> {
        let failed = |error: reqwest::Error| RefreshError::Unreachable {
            endpoint: self.url.clone(),
            reason: KdcProxy::cause(&error),
        };
        tracing::debug!("Sending {} bytes by HTTPS to {}", form.len(), self.url);
        let mut response = self
            .proxy
            .client()
            .post(&self.url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(CACHE_CONTROL, "no-cache")
            .body(form.to_owned())
            .send()
            .await
            .map_err(failed)?;
        let status = response.status();
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            let length = body.len().saturating_add(piece.len());
            if length > MAX_RESPONSE {
                return Err(SignInError::TooLong { length }.into());
            }
            body.extend_from_slice(&piece);
        }
        tracing::debug!("Received {} bytes by HTTPS from {}", body.len(), self.url);
        if status == StatusCode::OK {
            return Ok(Zeroizing::new(body.to_vec()));
        }
        match PrimaryRefreshToken::parse(&body) {
            Err(refused @ SignInError::Refused { .. }) => Err(refused.into()),
            _ => Err(RefreshError::Status {
                endpoint: self.url.clone(),
                status: status.as_u16(),
            }),
        }
    }
}
