//! Describing a client before it is used.

use std::fmt;
use std::sync::{Arc, Mutex};

use kerberos_core::ccache::MemoryCache;
use kerberos_core::entropy::OsEntropy;
use kerberos_core::exchange::{ClientPolicy, Identity};

use super::KerberosClient;
use crate::clock::{Clock, SystemClock};
use crate::routes::RealmRoutes;
use crate::transport::Transport;

/// Describes a client: who it is, where its KDCs are, what it insists on.
///
/// ```
/// use kerberos_core::entropy::OsEntropy;
/// use kerberos_core::exchange::{ClientPolicy, Identity};
/// use kkdcp_client::{DirectKdc, KerberosClient, RealmRoutes};
///
/// let alice = Identity::password("alice@CONTOSO.COM".parse()?, "correct horse".to_owned());
/// let kdcs = [DirectKdc::host("dc01.contoso.com", 88), DirectKdc::host("dc02.contoso.com", 88)];
/// let client = KerberosClient::builder()
///     .identity(alice)
///     .routes(RealmRoutes::new().realm(&"CONTOSO.COM".parse()?, kdcs))
///     .policy(ClientPolicy::new(OsEntropy::new()).max_hops(3))
///     .build()?;
/// assert_eq!(client.principal().to_string(), "alice@CONTOSO.COM");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
#[derive(Default)]
pub struct KerberosClientBuilder {
    identity: Option<Identity>,
    transport: Option<Arc<dyn Transport>>,
    policy: Option<ClientPolicy>,
    clock: Option<Arc<dyn Clock>>,
    cache: Option<MemoryCache>,
}

/// A client cannot be built from what was given.
///
/// ```
/// use kkdcp_client::{BuildError, KerberosClient};
///
/// assert_eq!(KerberosClient::builder().build().unwrap_err(), BuildError::Nobody);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Neither an identity nor a cache says who the client is.
    #[error("a Kerberos client needs an identity or a credential cache")]
    Nobody,
    /// There is no way to any KDC.
    #[error("a Kerberos client needs routes to KDCs")]
    NoRoutes,
}

impl KerberosClientBuilder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Who the client is and what proves it. Without one, only tickets in the cache serve.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Where the KDCs of each realm are.
    pub fn routes(self, routes: RealmRoutes) -> Self {
        self.transport(routes)
    }

    /// What delivers every request, in place of [`KerberosClientBuilder::routes`].
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// What the client insists on. Default: the core's rules, with the operating system's random
    /// source.
    pub fn policy(mut self, policy: ClientPolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// The clock. Default: the operating system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// The tickets to begin with. Default: none.
    pub fn cache(mut self, cache: MemoryCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// The client as described. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when it is not said who the client is or where its KDCs are.
    pub fn build(self) -> Result<KerberosClient, BuildError> {
        let cache = match (self.cache, &self.identity) {
            (Some(cache), _) => cache,
            (None, Some(identity)) => MemoryCache::new(identity.client().clone()),
            (None, None) => return Err(BuildError::Nobody),
        };
        Ok(KerberosClient {
            identity: self.identity.map(Arc::new),
            transport: self.transport.ok_or(BuildError::NoRoutes)?,
            policy: self
                .policy
                .unwrap_or_else(|| ClientPolicy::new(OsEntropy::new())),
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock::new())),
            cache: Mutex::new(cache),
        })
    }
}

impl fmt::Debug for KerberosClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KerberosClientBuilder")
            .field("identity", &self.identity)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
