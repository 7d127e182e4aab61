//! A client and a forest in one process: requests go straight in, without sockets.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use kerberos_core::ccache::MemoryCache;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{
    Acquired, ClientPolicy, Delivery, ExchangeError, Identity, Outgoing, Step, TicketAcquisition,
    TicketRequest,
};
use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use kkdcp_client::{BoxFuture, Reply, Transport, TransportError};
use realm_sim::clock::{Clock, SimClock};
use realm_sim::forest::Forest;
use realm_sim::kdc::Via;

use crate::simulator::{ENTRA, TENANT};
use crate::transcript::Transcript;

/// 2026-01-01T00:00:00Z: when every story begins.
pub const BEGIN: Timestamp = Timestamp::from_seconds(1_767_225_600);

type Interference = Box<dyn Fn(&Outgoing, Vec<u8>) -> Vec<u8> + Send + Sync>;

/// A forest, a client's policy, and the two clocks.
pub struct Loopback {
    /// The KDCs.
    pub forest: Forest,
    /// The KDCs' clock.
    pub kdc_clock: SimClock,
    /// The client's clock.
    pub client_clock: SimClock,
    /// The client's rules.
    pub policy: ClientPolicy,
    tenant: String,
    interference: Option<Interference>,
    transcript: Mutex<Transcript>,
}

impl Loopback {
    /// Both clocks stand at [`BEGIN`]; the Entra realm is reached as [`TENANT`].
    pub fn new(forest: Forest) -> Self {
        Self {
            forest,
            kdc_clock: SimClock::new(BEGIN),
            client_clock: SimClock::new(BEGIN),
            policy: ClientPolicy::new(SeededEntropy::new(1)),
            tenant: TENANT.to_owned(),
            interference: None,
            transcript: Mutex::default(),
        }
    }

    /// Reaches the Entra realm under another tenant's URL.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Self {
        tenant.clone_into(&mut self.tenant);
        self
    }

    /// Changes the client's rules.
    #[must_use]
    pub fn policy(mut self, change: impl FnOnce(ClientPolicy) -> ClientPolicy) -> Self {
        self.policy = change(self.policy);
        self
    }

    /// Lets somebody between client and KDC change replies.
    #[must_use]
    pub fn interfere(
        mut self,
        change: impl Fn(&Outgoing, Vec<u8>) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        self.interference = Some(Box::new(change));
        self
    }

    /// Moves both clocks forward.
    pub fn advance(&self, seconds: u64) {
        let duration = std::time::Duration::from_secs(seconds);
        self.kdc_clock.advance(duration);
        self.client_clock.advance(duration);
    }

    /// Logs `user` on with `password` and gets a ticket for `service`, named in the user's realm
    /// unless it names one.
    ///
    /// # Errors
    ///
    /// As the exchange.
    pub fn acquire(
        &self,
        user: &str,
        password: &str,
        service: &str,
    ) -> Result<Acquired, ExchangeError> {
        let client = principal(user);
        let identity = Arc::new(Identity::password(client.clone(), password.to_owned()));
        let cache = MemoryCache::new(client.clone());
        self.acquire_from(&cache, Some(identity), &in_realm(service, client.realm()))
    }

    /// Gets a ticket with what is in `cache`, or else with `identity`.
    ///
    /// # Errors
    ///
    /// As the exchange.
    pub fn acquire_from(
        &self,
        cache: &MemoryCache,
        identity: Option<Arc<Identity>>,
        service: &Principal,
    ) -> Result<Acquired, ExchangeError> {
        let request = TicketRequest::service(service.clone());
        let now = self.client_clock.now();
        self.drive(TicketAcquisition::begin(
            &request,
            identity,
            cache,
            &self.policy,
            now,
        ))
    }

    /// Delivers requests and hands back replies until the exchange is over.
    ///
    /// # Errors
    ///
    /// As the exchange.
    pub fn drive<O>(&self, step: Result<Step<O>, ExchangeError>) -> Result<O, ExchangeError> {
        let mut step = step?;
        loop {
            step = match step {
                Step::Send(pending) => {
                    let reply = self.answer(pending.outgoing());
                    pending.receive(&reply, self.client_clock.now())?
                }
                Step::Done(output) => return Ok(output),
            };
        }
    }

    /// What the KDC answers: to the Entra realm through the proxy's wrapping, else directly.
    pub fn answer(&self, outgoing: &Outgoing) -> Vec<u8> {
        let now = self.kdc_clock.now();
        let (way, reply) = if outgoing.realm.as_str() == ENTRA {
            let body = ProxyRequest::wrap(&outgoing.message, &outgoing.realm);
            let request = ProxyRequest::unwrap(&body).expect("what was wrapped");
            let via = Via::Proxy {
                tenant: Some(&self.tenant),
            };
            let reply = self
                .forest
                .answer(&request.realm, request.message, via, now);
            let body = ProxyReply::wrap(&reply);
            let reply = ProxyReply::unwrap(&body).expect("what was wrapped").message;
            ("proxy", reply.to_vec())
        } else {
            let (way, via) = match outgoing.delivery {
                Delivery::Stream => ("tcp", Via::Tcp),
                _ => ("udp", Via::Udp),
            };
            let forest = &self.forest;
            (
                way,
                forest.answer(&outgoing.realm, &outgoing.message, via, now),
            )
        };
        let reply = match &self.interference {
            Some(change) => change(outgoing, reply),
            None => reply,
        };
        let mut transcript = self
            .transcript
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        transcript.note(&outgoing.realm, way, &outgoing.message, &reply);
        reply
    }

    /// What has passed so far.
    pub fn transcript(&self) -> String {
        let transcript = self
            .transcript
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        transcript.to_string()
    }
}

impl Transport for Loopback {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let reply = Reply::new(self.answer(outgoing).into(), at(&outgoing.realm));
        Box::pin(async move { Ok(reply) })
    }

    fn endpoint(&self, realm: &Realm) -> Option<String> {
        Some(at(realm))
    }
}

fn at(realm: &Realm) -> String {
    format!("loopback to {realm}")
}

impl fmt::Debug for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loopback")
            .field("forest", &self.forest)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// A principal's text as a principal.
#[track_caller]
pub fn principal(text: &str) -> Principal {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// A service's name, in `realm` unless it names its own.
#[track_caller]
pub fn in_realm(service: &str, realm: &Realm) -> Principal {
    if service.contains('@') {
        principal(service)
    } else {
        principal(&format!("{service}@{realm}"))
    }
}
