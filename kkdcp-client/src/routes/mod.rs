//! From realms to the transports that reach their KDCs, with failover.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kerberos_core::exchange::Outgoing;
use kerberos_core::name::Realm;
use tokio::time::Instant;

use crate::direct::DirectKdc;
use crate::error::{ConfigError, TransportError};
use crate::krb5_conf::{KdcLocation, Krb5Conf, RealmConf};
use crate::proxy::{KdcProxy, TrustRoots};
use crate::realm_pattern::RealmPattern;
use crate::retry::{RetryPolicy, asks_for_another_kdc};
use crate::transport::{BoxFuture, Reply, Transport};

/// Which transports reach the KDCs of which realm.
///
/// The transports of a realm are tried in order: when one fails, or its KDC says that it is busy
/// (KDC_ERR_SVC_UNAVAILABLE), the next one is asked. One that could not be reached is asked last
/// for the next ten minutes.
///
/// ```
/// use kkdcp_client::{DirectKdc, RealmRoutes, Transport};
///
/// let Ok(cloud) = ".contoso.cloud".parse();
/// let routes = RealmRoutes::new()
///     .realm(&"CONTOSO.COM".parse()?, [DirectKdc::host("dc01.contoso.com", 88)])
///     .pattern(cloud, [DirectKdc::host("kdc.contoso.cloud", 88)]);
/// assert!(routes.endpoint(&"EU.CONTOSO.CLOUD".parse()?).is_some());
/// assert_eq!(routes.endpoint(&"ELSEWHERE.EXAMPLE".parse()?), None);
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Debug)]
pub struct RealmRoutes {
    routes: Vec<Route>,
    memory: Duration,
    request_timeout: Option<Duration>,
    /// Until when a transport counts as unreachable, by route and position.
    unreachable: Mutex<BTreeMap<(usize, usize), Instant>>,
}

#[derive(Debug)]
struct Route {
    pattern: RealmPattern,
    transports: Vec<Arc<dyn Transport>>,
}

impl Default for RealmRoutes {
    fn default() -> Self {
        Self::new()
    }
}

impl RealmRoutes {
    /// No routes.
    pub const fn new() -> Self {
        Self {
            routes: Vec::new(),
            memory: UNREACHABLE_MEMORY,
            request_timeout: None,
            unreachable: Mutex::new(BTreeMap::new()),
        }
    }

    /// What `[realms]` of krb5.conf says: the `kdc` lines of each realm in their order, KDC
    /// proxies with its `http_anchors`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the certificates for a KDC proxy cannot be used.
    pub fn from_krb5_conf(conf: &Krb5Conf, retry: &RetryPolicy) -> Result<Self, ConfigError> {
        let mut routes = Self::new();
        routes.request_timeout = conf.libdefaults.request_timeout;
        for realm in &conf.realms {
            let transports = transports(realm, conf, retry)?;
            let pattern = RealmPattern::Exact(realm.realm.as_str().to_owned());
            if !transports.is_empty() {
                routes = routes.pattern(pattern, transports);
            }
        }
        Ok(routes)
    }

    /// Reaches `realm` by these transports, after those that it has already.
    #[must_use]
    pub fn realm<T: Transport + 'static>(
        self,
        realm: &Realm,
        transports: impl IntoIterator<Item = T>,
    ) -> Self {
        self.pattern(RealmPattern::Exact(realm.as_str().to_owned()), transports)
    }

    /// Reaches the realms that fit `pattern` by these transports. The closest fit counts: a name
    /// above the longest suffix above `*`.
    #[must_use]
    pub fn pattern<T: Transport + 'static>(
        mut self,
        pattern: RealmPattern,
        transports: impl IntoIterator<Item = T>,
    ) -> Self {
        let transports = transports
            .into_iter()
            .map(|transport| -> Arc<dyn Transport> { Arc::new(transport) });
        let known = self
            .routes
            .iter_mut()
            .find(|route| route.pattern.is_same(&pattern));
        match known {
            Some(route) => route.transports.extend(transports),
            None => self.routes.push(Route {
                pattern,
                transports: transports.collect(),
            }),
        }
        self
    }

    /// Reaches every other realm by this transport.
    #[must_use]
    pub fn otherwise(self, transport: impl Transport + 'static) -> Self {
        self.pattern(RealmPattern::Any, [transport])
    }

    /// Drops what was known about the realms of `pattern`, so that only what follows counts.
    #[must_use]
    pub fn without(mut self, pattern: &RealmPattern) -> Self {
        self.routes.retain(|route| !route.pattern.is_same(pattern));
        self
    }

    /// For how long a transport that could not be reached is asked last.
    #[must_use]
    pub const fn unreachable_memory(mut self, memory: Duration) -> Self {
        self.memory = memory;
        self
    }

    /// Gives up on a request after `limit`, however many transports the realm has.
    #[must_use]
    pub const fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = Some(limit);
        self
    }

    fn route(&self, realm: &Realm) -> Option<(usize, &Route)> {
        self.routes
            .iter()
            .enumerate()
            .filter_map(|(index, route)| Some((route.pattern.fit(realm.as_str())?, index, route)))
            .max_by_key(|(fit, index, _)| (*fit, std::cmp::Reverse(*index)))
            .map(|(_, index, route)| (index, route))
    }

    async fn ask(&self, outgoing: &Outgoing) -> Result<Reply, TransportError> {
        let Some((index, route)) = self.route(&outgoing.realm) else {
            return Err(TransportError::NoRoute {
                realm: outgoing.realm.clone(),
                patterns: self
                    .routes
                    .iter()
                    .map(|route| route.pattern.to_string())
                    .collect(),
            });
        };
        let now = Instant::now();
        let mut order: Vec<(usize, &Arc<dyn Transport>)> =
            route.transports.iter().enumerate().collect();
        // Stable: configured order among the reachable, then among the others.
        order.sort_by_key(|(position, _)| self.counts_as_unreachable((index, *position), now));
        let mut failures = Vec::new();
        let mut busy = None;
        for (position, transport) in order {
            match transport.deliver(outgoing).await {
                Ok(reply) => {
                    self.forget((index, position));
                    if !asks_for_another_kdc(&reply.message) {
                        return Ok(reply);
                    }
                    busy = Some(reply);
                }
                Err(failure) => {
                    tracing::debug!("Failed: {failure}");
                    if failure.is_unreachable() {
                        self.remember((index, position), Instant::now());
                    }
                    failures.push(failure);
                }
            }
        }
        if let Some(reply) = busy {
            return Ok(reply);
        }
        match (failures.pop(), failures.is_empty()) {
            (Some(only), true) => Err(only),
            (Some(last), false) => {
                failures.push(last);
                let realm = outgoing.realm.clone();
                Err(TransportError::AllFailed { realm, failures })
            }
            (None, _) => Err(TransportError::NoRoute {
                realm: outgoing.realm.clone(),
                patterns: Vec::new(),
            }),
        }
    }

    fn counts_as_unreachable(&self, transport: (usize, usize), now: Instant) -> bool {
        let unreachable = self
            .unreachable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unreachable
            .get(&transport)
            .is_some_and(|until| *until > now)
    }

    fn remember(&self, transport: (usize, usize), now: Instant) {
        let mut unreachable = self
            .unreachable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = now.checked_add(self.memory) {
            unreachable.insert(transport, until);
        }
    }

    fn forget(&self, transport: (usize, usize)) {
        let mut unreachable = self
            .unreachable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unreachable.remove(&transport);
    }
}

impl Transport for RealmRoutes {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            let Some(limit) = self.request_timeout else {
                return self.ask(outgoing).await;
            };
            match tokio::time::timeout(limit, self.ask(outgoing)).await {
                Ok(answer) => answer,
                Err(_elapsed) => Err(TransportError::TimedOut {
                    realm: outgoing.realm.clone(),
                    endpoint: self.endpoint(&outgoing.realm).unwrap_or_default(),
                    waited: limit,
                }),
            }
        })
    }

    fn endpoint(&self, realm: &Realm) -> Option<String> {
        let (_, route) = self.route(realm)?;
        let endpoints: Vec<String> = route
            .transports
            .iter()
            .filter_map(|transport| transport.endpoint(realm))
            .collect();
        (!endpoints.is_empty()).then(|| endpoints.join(", "))
    }
}

/// The transports of one realm: neighbouring direct KDCs together, so that UDP asks them in turn.
fn transports(
    realm: &RealmConf,
    conf: &Krb5Conf,
    retry: &RetryPolicy,
) -> Result<Vec<Arc<dyn Transport>>, ConfigError> {
    let mut transports: Vec<Arc<dyn Transport>> = Vec::new();
    let same = |a: &KdcLocation, b: &KdcLocation| {
        matches!(
            (a, b),
            (KdcLocation::Direct { .. }, KdcLocation::Direct { .. })
        )
    };
    for group in realm.kdcs.chunk_by(same) {
        match group {
            [KdcLocation::Proxy(url)] => transports.push(Arc::new(
                KdcProxy::builder(url.clone())
                    .roots(TrustRoots::from_anchors(&realm.http_anchors)?)
                    .retry(retry)
                    .build()?,
            )),
            [KdcLocation::Unsupported(text)] => {
                tracing::warn!(
                    "kdc = {text} of {} is not supported, passed over",
                    realm.realm
                );
            }
            direct => {
                let mut kdcs = DirectKdc::at(direct).retry(retry.clone());
                if let Some(limit) = conf.libdefaults.udp_preference_limit {
                    kdcs = kdcs.udp_preference_limit(limit);
                }
                transports.push(Arc::new(kdcs));
            }
        }
    }
    Ok(transports)
}

/// As long as Windows' FarKdcTimeout.
const UNREACHABLE_MEMORY: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests;
