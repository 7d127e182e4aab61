//! KDCs asked directly: UDP with retransmission, then TCP (RFC 4120 §7.2).

mod datagram;
mod stream;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use kerberos_core::exchange::{Delivery, Outgoing};
use kerberos_core::name::Realm;

use crate::error::TransportError;
use crate::krb5_conf::{KdcLocation, Via};
use crate::retry::RetryPolicy;
use crate::transport::{BoxFuture, Reply, Transport};

/// The KDCs of a realm, asked directly.
///
/// Small messages go over UDP to each KDC in turn, again and again with growing waits; large
/// ones, and those that UDP did not answer, over TCP. A KDC that says that it is busy
/// (KDC_ERR_SVC_UNAVAILABLE) is passed over.
///
/// ```
/// use kkdcp_client::krb5_conf::Via;
/// use kkdcp_client::{DirectKdc, Transport};
///
/// let kdc = DirectKdc::host("dc01.contoso.com", 88).via(Via::Tcp);
/// let endpoint = kdc.endpoint(&"CONTOSO.COM".parse()?).ok_or("nowhere")?;
/// assert!(endpoint.contains("dc01.contoso.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DirectKdc {
    kdcs: Vec<Kdc>,
    retry: RetryPolicy,
    udp_preference_limit: usize,
    max_reply: usize,
}

/// One KDC, by address or by a name that is looked up at every request.
#[derive(Debug, Clone)]
struct Kdc {
    host: Host,
    via: Via,
}

#[derive(Debug, Clone)]
enum Host {
    Address(SocketAddr),
    Name(String, u16),
}

impl DirectKdc {
    /// KDCs at these addresses, in the order to try them.
    pub fn new(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self::of(addresses.into_iter().map(|address| Kdc {
            host: Host::Address(address),
            via: Via::Any,
        }))
    }

    /// A KDC by its host name, looked up at every request.
    pub fn host(name: &str, port: u16) -> Self {
        let host = Host::Name(name.to_owned(), port);
        Self::of([Kdc {
            host,
            via: Via::Any,
        }])
    }

    /// The directly reached ones among `locations`, in their order.
    pub fn at<'a>(locations: impl IntoIterator<Item = &'a KdcLocation>) -> Self {
        Self::of(locations.into_iter().filter_map(|location| match location {
            KdcLocation::Direct { host, port, via } => Some(Kdc {
                host: Host::Name(host.clone(), *port),
                via: *via,
            }),
            KdcLocation::Proxy(_) | KdcLocation::Unsupported(_) => None,
        }))
    }

    fn of(kdcs: impl IntoIterator<Item = Kdc>) -> Self {
        Self {
            kdcs: kdcs.into_iter().collect(),
            retry: RetryPolicy::default(),
            udp_preference_limit: UDP_PREFERENCE_LIMIT,
            max_reply: MAX_REPLY,
        }
    }

    /// Waits and repeats as `retry` says.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Restricts every KDC to UDP or TCP.
    #[must_use]
    pub fn via(mut self, via: Via) -> Self {
        for kdc in &mut self.kdcs {
            kdc.via = via;
        }
        self
    }

    /// Messages longer than `bytes` go over TCP first.
    #[must_use]
    pub fn udp_preference_limit(mut self, bytes: usize) -> Self {
        self.udp_preference_limit = bytes;
        self
    }

    /// Refuses replies longer than `bytes`.
    #[must_use]
    pub fn max_reply(mut self, bytes: usize) -> Self {
        self.max_reply = bytes;
        self
    }

    async fn ask(&self, outgoing: &Outgoing) -> Result<Reply, TransportError> {
        let mut attempt = Attempt {
            outgoing,
            busy: None,
            failures: Vec::new(),
        };
        let datagram_first = outgoing.message.len() <= self.udp_preference_limit;
        let datagrams = outgoing.delivery == Delivery::Any && !self.retry.datagram_waits.is_empty();
        if datagrams
            && datagram_first
            && let Some(reply) = self.ask_by_datagram(&mut attempt).await
        {
            return Ok(reply);
        }
        if let Some(reply) = self.ask_by_stream(&mut attempt).await {
            return Ok(reply);
        }
        if datagrams
            && !datagram_first
            && let Some(reply) = self.ask_by_datagram(&mut attempt).await
        {
            return Ok(reply);
        }
        attempt.fail(self)
    }
}

impl Transport for DirectKdc {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(self.ask(outgoing))
    }

    fn endpoint(&self, _realm: &Realm) -> Option<String> {
        let kdcs: Vec<String> = self.kdcs.iter().map(|kdc| kdc.host.to_string()).collect();
        (!kdcs.is_empty()).then(|| kdcs.join(", "))
    }
}

/// One request on its way round the KDCs.
struct Attempt<'a> {
    outgoing: &'a Outgoing,
    /// The reply of a KDC that asked to go elsewhere.
    busy: Option<Reply>,
    failures: Vec<TransportError>,
}

impl Attempt<'_> {
    fn realm(&self) -> Realm {
        self.outgoing.realm.clone()
    }

    /// The addresses of a KDC; a failure to look it up is noted.
    async fn addresses(&mut self, kdc: &Kdc, protocol: &str) -> Vec<SocketAddr> {
        let (name, port) = match &kdc.host {
            Host::Address(address) => return vec![*address],
            Host::Name(name, port) => (name.as_str(), *port),
        };
        match tokio::net::lookup_host((name, port)).await {
            Ok(addresses) => addresses.collect(),
            Err(error) => {
                self.failures.push(TransportError::Unreachable {
                    realm: self.realm(),
                    endpoint: format!("{protocol}/{}", kdc.host),
                    cause: error.to_string(),
                });
                Vec::new()
            }
        }
    }

    /// What to report when no KDC answered for good.
    fn fail(mut self, kdcs: &DirectKdc) -> Result<Reply, TransportError> {
        if let Some(reply) = self.busy {
            return Ok(reply);
        }
        let realm = self.realm();
        match (self.failures.pop(), self.failures.is_empty()) {
            (Some(only), true) => Err(only),
            (Some(last), false) => {
                self.failures.push(last);
                Err(TransportError::AllFailed {
                    realm,
                    failures: self.failures,
                })
            }
            (None, _) => match kdcs.endpoint(&realm) {
                Some(endpoint) => Err(TransportError::NoStream { realm, endpoint }),
                None => Err(TransportError::NoRoute {
                    realm,
                    patterns: Vec::new(),
                }),
            },
        }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Name(name, port) if name.contains(':') => write!(f, "[{name}]:{port}"),
            Self::Name(name, port) => write!(f, "{name}:{port}"),
        }
    }
}

/// What fits an Ethernet frame with room to spare; MIT's default too. Fragments get lost.
const UDP_PREFERENCE_LIMIT: usize = 1465;

/// Bytes of the largest reply. A ticket with the largest PAC that Windows makes has 64 KiB; MIT
/// stops at one MiB too.
pub(crate) const MAX_REPLY: usize = 1 << 20;
