//! Getting tickets: an exchange of the core driven over a transport.

mod builder;
mod error;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kerberos_core::assigned::EncryptionType;
use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::credential::Credential;
use kerberos_core::exchange::{
    Acquired, ClientPolicy, ExchangeError, Forwarding, FullTgt, FullTgtExchange, Hop, Identity,
    Renewal, Step, TicketAcquisition, TicketRequest,
};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{self, KdcExchange, KrbError, MessageKind};

use crate::clock::Clock;
use crate::kdc_called::KdcCalled;
use crate::transport::{Reply, Transport};

pub use builder::{BuildError, KerberosClientBuilder};
pub use error::AcquireError;

/// Gets tickets for one client and keeps them.
///
/// Tickets come from its cache where it has them, otherwise from KDCs: the initial exchange when
/// there is no ticket-granting ticket, then one exchange per realm on the way to the service.
///
/// ```
/// use kerberos_core::ccache::MemoryCache;
/// use kerberos_core::exchange::TicketRequest;
/// use kkdcp_client::{KerberosClient, RealmRoutes};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// // Nothing proves this client: it can only use the tickets of its cache, and has none.
/// let client = KerberosClient::builder()
///     .cache(MemoryCache::new("alice@CONTOSO.COM".parse()?))
///     .routes(RealmRoutes::new())
///     .build()?;
/// let files = TicketRequest::service("cifs/files.contoso.com@CONTOSO.COM".parse()?);
/// let error = client.acquire(&files).await.unwrap_err();
/// assert!(!error.is_retryable());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KerberosClient {
    identity: Option<Arc<Identity>>,
    transport: Arc<dyn Transport>,
    policy: ClientPolicy,
    clock: Arc<dyn Clock>,
    cache: Mutex<MemoryCache>,
}

impl KerberosClient {
    /// Starts to describe a client.
    pub fn builder() -> KerberosClientBuilder {
        KerberosClientBuilder::new()
    }

    /// The client's name: as KDCs canonicalized it, once a ticket-granting ticket was obtained.
    pub fn principal(&self) -> Principal {
        self.cached().principal().clone()
    }

    /// What the client has by now.
    pub fn cache(&self) -> MemoryCache {
        self.cached().clone()
    }

    /// A ticket, from the cache or from KDCs. All tickets obtained on the way are kept, with who
    /// gave them ([`KdcCalled`]).
    ///
    /// # Errors
    ///
    /// [`AcquireError`] with the realm, the way there and the endpoint.
    pub async fn acquire(&self, request: &TicketRequest) -> Result<Acquired, AcquireError> {
        let step = self.begin(request)?;
        let (acquired, answered) = self.drive(step).await?;
        self.keep(&acquired, answered);
        Ok(acquired)
    }

    /// A new ticket-granting ticket of the client's realm, whatever the cache has. `request`
    /// gives lifetime and options; see [`TicketRequest::tgt`].
    ///
    /// # Errors
    ///
    /// [`AcquireError`]; also when the client has only a cache and nothing that proves it.
    pub async fn acquire_tgt(&self, request: &TicketRequest) -> Result<Acquired, AcquireError> {
        let empty = MemoryCache::new(self.principal());
        let identity = self.identity.clone();
        let now = self.clock.now();
        let step = TicketAcquisition::begin(request, identity, &empty, &self.policy, now)?;
        let (acquired, answered) = self.drive(step).await?;
        self.keep(&acquired, answered);
        Ok(acquired)
    }

    /// A renewed ticket in place of `credential`, which must be renewable and not yet expired.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] with the realm and the endpoint.
    pub async fn renew(&self, credential: &Credential) -> Result<Acquired, AcquireError> {
        let step = Renewal::begin(credential, &self.policy, self.clock.now())?;
        let (acquired, answered) = self.drive(step).await?;
        self.keep(&acquired, answered);
        Ok(acquired)
    }

    /// A forwarded ticket-granting ticket, for a service to act as the client with. It is not kept,
    /// for it is not for the client.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] with the realm and the endpoint; KDC_ERR_BADOPTION when `tgt` is not
    /// forwardable.
    pub async fn forward(&self, tgt: &Credential) -> Result<Acquired, AcquireError> {
        let step = Forwarding::begin(tgt, &self.policy, self.clock.now())?;
        let (acquired, _) = self.drive(step).await?;
        Ok(acquired)
    }

    /// A full ticket-granting ticket in exchange for `partial`, which a read-only domain controller
    /// or a sign-in brought, and along with it the client's long-term keys of these types. The
    /// ticket is kept, the keys are not.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] with the realm and the endpoint.
    pub async fn full_tgt(
        &self,
        partial: &Credential,
        key_list: &[EncryptionType],
    ) -> Result<FullTgt, AcquireError> {
        let now = self.clock.now();
        let step = FullTgtExchange::begin(partial, key_list, &self.policy, now)?;
        let (full, answered) = self.drive(step).await?;
        self.keep(&full.acquired, answered);
        Ok(full)
    }

    fn begin(&self, request: &TicketRequest) -> Result<Step<Acquired>, AcquireError> {
        let now = self.clock.now();
        let cache = self.cached();
        let begin =
            |identity| TicketAcquisition::begin(request, identity, &*cache, &self.policy, now);
        let renamed = self
            .identity
            .as_ref()
            .is_some_and(|identity| identity.client() != cache.principal());
        // Tickets in the cache bear the canonical name, which the identity does not know.
        if renamed {
            match begin(None) {
                Err(ExchangeError::NoIdentity { .. }) => {}
                other => return Ok(other?),
            }
        }
        Ok(begin(self.identity.clone())?)
    }

    /// Delivers and receives until the exchange is over. With what it yields come the endpoints
    /// that gave tickets, in the order of [`Acquired::obtained`].
    async fn drive<O>(&self, mut step: Step<O>) -> Result<(O, Vec<String>), AcquireError> {
        let mut path: Vec<Realm> = Vec::new();
        let mut answered = Vec::new();
        loop {
            let pending = match step {
                Step::Done(output) => return Ok((output, answered)),
                Step::Send(pending) => pending,
            };
            let realm = pending.outgoing().realm.clone();
            if path.last() != Some(&realm) {
                path.push(realm.clone());
            }
            trace_request(&realm, &pending.outgoing().message);
            let Reply { message, endpoint } = match self.transport.deliver(pending.outgoing()).await
            {
                Ok(reply) => reply,
                Err(source) => return Err(AcquireError::Transport { path, source }),
            };
            let now = self.clock.now();
            trace_reply(&realm, &message, now);
            step = match pending.receive(&message, now) {
                Ok(step) => step,
                Err(source) => {
                    let endpoint = source.realm().map(|_| endpoint);
                    let source = Box::new(source);
                    return Err(AcquireError::Exchange { endpoint, source });
                }
            };
            // Every reply that is no error yields one ticket.
            if MessageKind::of(&message) != Some(MessageKind::KrbError) {
                answered.push(endpoint);
            }
        }
    }

    /// Stores what was obtained and who gave it. A new ticket-granting ticket brings the client's canonical name.
    fn keep(&self, acquired: &Acquired, answered: Vec<String>) {
        for hop in &acquired.path {
            trace_hop(hop);
        }
        let mut cache = self.cached();
        let initial = acquired
            .path
            .iter()
            .any(|hop| hop.exchange == KdcExchange::As);
        if initial
            && let Some(tgt) = acquired.obtained.first()
            && tgt.client() != cache.principal()
        {
            *cache = MemoryCache::new(tgt.client().clone());
        }
        for (credential, endpoint) in acquired.obtained.iter().zip(answered) {
            cache.store(credential.clone());
            KdcCalled::Endpoint(endpoint).keep_in(&mut cache, credential);
        }
    }

    fn cached(&self) -> MutexGuard<'_, MemoryCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KerberosClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KerberosClient")
            .field("identity", &self.identity)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

fn trace_request(realm: &Realm, message: &[u8]) {
    let kind = match MessageKind::of(message) {
        Some(MessageKind::AsReq) => "AS-REQ",
        Some(MessageKind::TgsReq) => "TGS-REQ",
        _ => "request",
    };
    tracing::info!("Sending {kind} ({} bytes) to {realm}", message.len());
}

fn trace_reply(realm: &Realm, reply: &[u8], now: Timestamp) {
    match MessageKind::of(reply) {
        Some(MessageKind::KrbError) => match wire::decode::<KrbError<'_>>(reply) {
            Ok(error) => tracing::info!(
                "Received error from {realm}: {}; its clock is {} ms from ours",
                error.error_code,
                error.server_time().distance(now).as_millis()
            ),
            Err(error) => {
                tracing::info!("Received an error from {realm} that is malformed: {error}")
            }
        },
        Some(MessageKind::AsRep) => {
            tracing::info!("Received AS-REP ({} bytes) from {realm}", reply.len());
        }
        Some(MessageKind::TgsRep) => {
            tracing::info!("Received TGS-REP ({} bytes) from {realm}", reply.len());
        }
        _ => tracing::info!(
            "Received {} bytes that are no reply from {realm}",
            reply.len()
        ),
    }
}

fn trace_hop(hop: &Hop) {
    match hop.refers_to() {
        Some(next) => tracing::info!("Path: {} referred to {next} with {}", hop.realm, hop.got),
        None => tracing::info!("Path: {} issued {}", hop.realm, hop.got),
    }
}
