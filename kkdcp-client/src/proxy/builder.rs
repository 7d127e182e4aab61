//! Describing a KDC proxy before it is used.

use std::sync::Arc;
use std::time::Duration;

use super::KdcProxy;
use super::tls::{self, TrustRoots};
use crate::direct::MAX_REPLY;
use crate::error::ConfigError;
use crate::proxy_url::ProxyUrl;
use crate::retry::RetryPolicy;

/// Describes a KDC proxy: whom to trust, how long to wait, how much to read.
///
/// ```
/// use std::time::Duration;
/// use kkdcp_client::{KdcProxy, TrustRoots};
///
/// # let authority = rcgen::KeyPair::generate()?;
/// # let certificate = rcgen::CertificateParams::default().self_signed(&authority)?.pem();
/// // `certificate` is PEM: that of the authority behind the proxy's.
/// let proxy = KdcProxy::builder("https://proxy.contoso.com/KdcProxy".parse()?)
///     .roots(TrustRoots::only_pem(certificate.as_bytes())?)
///     .timeout(Duration::from_secs(10))
///     .build()?;
/// assert_eq!(proxy.url().host(), "proxy.contoso.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct KdcProxyBuilder {
    url: ProxyUrl,
    roots: TrustRoots,
    accept_any_certificate: bool,
    limits: Limits,
}

/// What bounds one request.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) max_reply: usize,
}

impl KdcProxyBuilder {
    pub(super) fn new(url: ProxyUrl) -> Self {
        let retry = RetryPolicy::default();
        Self {
            url,
            roots: TrustRoots::default(),
            accept_any_certificate: false,
            limits: Limits {
                connect_timeout: retry.connect_timeout,
                timeout: retry.reply_timeout,
                max_reply: MAX_REPLY,
            },
        }
    }

    /// The authorities that may have issued the proxy's certificate. Default: the system's.
    pub fn roots(mut self, roots: TrustRoots) -> Self {
        self.roots = roots;
        self
    }

    /// How long a connection may take, TLS included. Default: 5 s.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.limits.connect_timeout = timeout;
        self
    }

    /// How long a request may take in all, connection included. Default: 30 s.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Timeouts as `retry` has them.
    pub fn retry(mut self, retry: &RetryPolicy) -> Self {
        self.limits.connect_timeout = retry.connect_timeout;
        self.limits.timeout = retry.reply_timeout;
        self
    }

    /// Refuses bodies longer than `bytes`. Default: 1 MiB.
    pub const fn max_reply(mut self, bytes: usize) -> Self {
        self.limits.max_reply = bytes;
        self
    }

    /// Takes whatever certificate the proxy shows, for any name and from any issuer.
    ///
    /// Whoever is on the path can then read which principals and services are asked for. Replies
    /// stay verified by Kerberos itself.
    pub const fn danger_accept_any_certificate(mut self) -> Self {
        self.accept_any_certificate = true;
        self
    }

    /// The proxy as described. No connection is made yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`] when the system has no usable trust store or TLS cannot be set up.
    pub fn build(self) -> Result<KdcProxy, ConfigError> {
        let failed = |error: &dyn std::fmt::Display| ConfigError::Tls {
            reason: error.to_string(),
        };
        let config = if self.accept_any_certificate {
            tls::danger_client_config_without_verification()?
        } else {
            tls::client_config(self.roots)?
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .https_only(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(self.limits.connect_timeout)
            .timeout(self.limits.timeout)
            .build()
            .map_err(|error| failed(&error))?;
        Ok(KdcProxy {
            url: self.url,
            client,
            limits: self.limits,
            answered_before: Arc::default(),
        })
    }
}

const USER_AGENT: &str = concat!("kkdcp-client/", env!("CARGO_PKG_VERSION"));
