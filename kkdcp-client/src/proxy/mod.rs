//! KDC proxies: Kerberos over HTTPS ([MS-KKDCP]).
//!
//! A proxy is not trusted. It can delay and drop messages; it cannot read or forge what matters
//! in them, because every reply is verified by the exchange that asked.

mod builder;
mod cause;
mod entra;
mod http;
#[cfg(test)]
mod tests;
mod tls;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kerberos_core::exchange::Outgoing;
use kerberos_core::name::Realm;

use crate::error::{ConfigError, TransportError};
use crate::proxy_url::ProxyUrl;
use crate::transport::{BoxFuture, Reply, Transport};

pub use builder::KdcProxyBuilder;
pub use entra::EntraCloud;
pub use tls::TrustRoots;
#[cfg(feature = "pkinit")]
pub(crate) use tls::provider;

/// One KDC proxy, reached over HTTPS.
///
/// Cloning is cheap and shares the connections.
///
/// Example: [`KdcProxyBuilder`].
#[derive(Debug, Clone)]
pub struct KdcProxy {
    url: ProxyUrl,
    client: reqwest::Client,
    limits: builder::Limits,
    /// Whether connections are kept, so that one may turn out to be closed.
    answered_before: Arc<AtomicBool>,
}

impl KdcProxy {
    /// Starts to describe the proxy at `url`.
    pub fn builder(url: ProxyUrl) -> KdcProxyBuilder {
        KdcProxyBuilder::new(url)
    }

    /// The KDC proxy of a Microsoft Entra tenant in the public cloud:
    /// `https://login.microsoftonline.com/TENANT/kerberos`.
    ///
    /// `tenant` is the tenant's GUID or one of its domain names; other clouds are
    /// [`EntraCloud::proxy_url`]'s.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when `tenant` is neither, or TLS cannot be set up.
    pub fn entra(tenant: &str) -> Result<Self, ConfigError> {
        Self::builder(EntraCloud::Public.proxy_url(tenant)?).build()
    }

    /// The URL that requests are posted to.
    pub const fn url(&self) -> &ProxyUrl {
        &self.url
    }

    /// What connections are made with: trust and timeouts are the proxy's.
    #[cfg(feature = "sign-in")]
    pub(crate) const fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// What an error of [`KdcProxy::client`] comes down to.
    #[cfg(feature = "sign-in")]
    pub(crate) fn cause(error: &reqwest::Error) -> String {
        cause::Cause::of(error).to_string()
    }
}

impl Transport for KdcProxy {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(self.post(outgoing))
    }

    fn endpoint(&self, _realm: &Realm) -> Option<String> {
        Some(self.url.to_string())
    }
}
