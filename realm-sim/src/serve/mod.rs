//! Servers for a forest: UDP and TCP for every realm, the KDC proxy over HTTPS for some.
//!
//! Ports are free ones on loopback unless the options say otherwise. A certificate authority is
//! made at every start. A [`Server`] stops when told or dropped, and answers what it has begun.

mod admin;
mod answering;
mod certificate;
mod connections;
mod export;
mod forward;
mod kkdcp;
mod listening;
mod tcp;
mod udp;
mod workers;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use kerberos_core::entropy::EntropyUnavailable;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use certificate::{CertificateError, Certificates};

use crate::admin::{AdminError, Change, PasswordChange};
use crate::clock::{Clock, SystemClock};
use crate::forest::Forest;
use crate::journal::Journal;
use crate::kdc::{Directory, NewPassword, Via};
use answering::Service;
use listening::{bind_pair, bind_tcp, local, passwords_beside};
use workers::Workers;

/// How long [`Server::stop`] waits for requests that are under way.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Where and how to listen.
///
/// Example: [`Server`].
#[derive(Clone)]
#[non_exhaustive]
pub struct ServeOptions {
    /// The address to listen on; loopback by default.
    pub listen: IpAddr,
    /// Addresses with ports for the KDCs of the realms, in the order of
    /// [`Forest::realms`]: one for every Active Directory realm, or none at all. The other
    /// realms get free ports.
    pub kdc_addresses: Vec<SocketAddr>,
    /// Whether accounts can be administered, over HTTP on loopback.
    pub admin: bool,
    /// Where changes are kept; in memory only without. It is that of the forest that is served:
    /// see [`Journal::open`].
    pub journal: Option<Arc<Journal>>,
    /// The servers' clock.
    pub clock: Arc<dyn Clock>,
    /// The proxy's certificate; a fresh one for localhost without.
    pub certificates: Option<Certificates>,
    /// How long a connection may stay silent: 30 s, longer than any client thinks.
    pub idle: Duration,
    /// Connections at once, per listener: 256, more than tests open and few enough for the
    /// default limit of open files.
    pub max_connections: usize,
    /// Threads that connections are shared out to; as many as there are processors.
    pub connection_threads: usize,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            kdc_addresses: Vec::new(),
            admin: false,
            journal: None,
            clock: Arc::new(SystemClock::new()),
            certificates: None,
            idle: Duration::from_secs(30),
            max_connections: 256,
            connection_threads: thread::available_parallelism().map_or(1, NonZero::get),
        }
    }
}

impl fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeOptions")
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// A server could not be started.
///
/// Example: [`Server`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A socket cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A thread for connections cannot be had.
    #[error("cannot start a thread for connections: {0}")]
    Threads(#[source] io::Error),
    /// The addresses are not as many as the realms.
    #[error("{given} addresses for {needed} Active Directory realms, of these realms: {realms}")]
    Addresses {
        /// Addresses given.
        given: usize,
        /// Active Directory realms.
        needed: usize,
        /// The realms, in the order in which they get addresses.
        realms: String,
    },
    /// No certificate can be made.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

/// Running servers.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::name::Realm;
/// use realm_sim::forest::Forest;
/// use realm_sim::serve::{ServeOptions, Server};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// let server = Server::start(forest, ServeOptions::default()).await?;
/// let address = server.tcp_addr(&Realm::new("CONTOSO.COM")?).ok_or("no such realm")?;
/// assert!(address.ip().is_loopback());
/// server.stop().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    forest: Arc<Forest>,
    realms: Vec<RealmListeners>,
    proxy: Option<SocketAddr>,
    admin: Option<AdminListener>,
    certificates: Certificates,
    /// Dropping it stops every task.
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Where administration listens, and what it wants to be told.
#[derive(Debug)]
struct AdminListener {
    address: SocketAddr,
    token: admin::Token,
}

/// What one realm listens on.
#[derive(Debug)]
struct RealmListeners {
    realm: Realm,
    kdc: SocketAddr,
    passwords: Option<SocketAddr>,
}

/// What every listener works with.
#[derive(Clone)]
struct Shared {
    forest: Arc<Forest>,
    journal: Option<Arc<Journal>>,
    clock: Arc<dyn Clock>,
    idle: Duration,
    max_connections: usize,
    workers: Arc<Workers>,
    /// The address that the servers are told to be at.
    listen: IpAddr,
    stopping: watch::Receiver<bool>,
}

impl Server {
    /// Binds all sockets and starts to answer. Call it within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when a socket or a certificate cannot be had.
    pub async fn start(
        forest: impl Into<Arc<Forest>>,
        options: ServeOptions,
    ) -> Result<Self, ServeError> {
        let forest = forest.into();
        let (stop, stopping) = watch::channel(false);
        let shared = Shared {
            forest: Arc::clone(&forest),
            journal: options.journal,
            clock: options.clock,
            idle: options.idle,
            max_connections: options.max_connections,
            workers: Arc::new(
                Workers::start(options.connection_threads).map_err(ServeError::Threads)?,
            ),
            listen: options.listen,
            stopping,
        };
        let certificates = match options.certificates {
            Some(certificates) => certificates,
            None => Certificates::generate(&["localhost", &options.listen.to_string()])?,
        };
        let mut tasks = JoinSet::new();
        let mut realms = Vec::new();
        for (realm, wanted) in
            listening::addresses(&forest, &options.kdc_addresses, options.listen)?
        {
            let pair = bind_pair(wanted).await?;
            let kdc = pair.address;
            pair.serve(&Service::Kdc(realm.clone()), &shared, &mut tasks)?;
            let passwords = if forest.domain(&realm).is_some() {
                let pair = bind_pair(passwords_beside(wanted)).await?;
                let address = pair.address;
                let service = Service::Passwords(realm.clone(), address.ip());
                pair.serve(&service, &shared, &mut tasks)?;
                Some(address)
            } else {
                None
            };
            realms.push(RealmListeners {
                realm,
                kdc,
                passwords,
            });
        }
        let admin = if options.admin {
            let wanted = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
            let listener = bind_tcp(wanted).await?;
            let address = local(listener.local_addr(), wanted)?;
            let token = admin::Token::random(forest.entropy())?;
            tasks.spawn(admin::serve(listener, token.clone(), shared.clone()));
            Some(AdminListener { address, token })
        } else {
            None
        };
        let is_proxied = |realm: &Realm| forest.is_proxied(realm);
        let wants_proxy = forest.tenants().next().is_some()
            || !forest.forwarded_realms().is_empty()
            || forest.realms().iter().any(is_proxied);
        let proxy = if wants_proxy {
            let wanted = SocketAddr::new(options.listen, 0);
            let listener = bind_tcp(wanted).await?;
            let address = local(listener.local_addr(), wanted)?;
            let tls = certificates.server_config()?;
            tasks.spawn(kkdcp::serve(listener, tls, shared));
            Some(address)
        } else {
            None
        };
        Ok(Self {
            forest,
            realms,
            proxy,
            admin,
            certificates,
            stop,
            tasks,
        })
    }

    /// The forest that is served.
    pub const fn forest(&self) -> &Arc<Forest> {
        &self.forest
    }

    /// Where the KDC of a realm takes datagrams.
    pub fn udp_addr(&self, realm: &Realm) -> Option<SocketAddr> {
        self.listeners(realm).map(|listeners| listeners.kdc)
    }

    /// Where the KDC of a realm takes streams; the same port as for datagrams.
    pub fn tcp_addr(&self, realm: &Realm) -> Option<SocketAddr> {
        self.listeners(realm).map(|listeners| listeners.kdc)
    }

    /// Where passwords of a realm are changed and set (RFC 3244), by datagrams and streams; an
    /// Entra realm has none. It is port 464 when the KDC has port 88.
    pub fn password_addr(&self, realm: &Realm) -> Option<SocketAddr> {
        self.listeners(realm)?.passwords
    }

    /// Where the KDC proxy listens, when there is one.
    pub const fn proxy_addr(&self) -> Option<SocketAddr> {
        self.proxy
    }

    /// The URL of the KDC proxy for a realm; for an Entra realm that of its first tenant.
    pub fn proxy_url(&self, realm: &Realm) -> Option<String> {
        let tenant = self
            .forest
            .tenants()
            .find(|tenant| tenant.realm().eq_ignore_case(realm));
        match tenant {
            Some(tenant) => self.tenant_url(tenant.id()),
            None if self.is_at_default_path(realm) => Some(format!(
                "https://{}/{}",
                self.proxy_host()?,
                kkdcp::DEFAULT_PATH
            )),
            None => None,
        }
    }

    fn is_at_default_path(&self, realm: &Realm) -> bool {
        self.forest.is_proxied(realm) || self.forest.forwarded_realm(realm).is_some()
    }

    /// The URL of the KDC proxy of a tenant.
    pub fn tenant_url(&self, tenant: &str) -> Option<String> {
        let tenant = self.forest.tenant(tenant)?;
        Some(format!(
            "https://{}/{}/{}",
            self.proxy_host()?,
            tenant.id(),
            kkdcp::TENANT_PATH
        ))
    }

    /// The URL of administration, when it is on.
    pub fn admin_url(&self) -> Option<String> {
        let admin = self.admin.as_ref()?;
        Some(format!("http://{}", admin.address))
    }

    /// What administration wants as `Authorization: Bearer TOKEN`.
    pub fn admin_token(&self) -> Option<&str> {
        let admin = self.admin.as_ref()?;
        Some(admin.token.expose())
    }

    /// The certificate of the authority that the proxy's certificate comes from, as PEM.
    pub fn root_certificate(&self) -> &str {
        self.certificates.root_pem()
    }

    /// Stops: no new requests; those under way are answered first, within a few seconds.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let all_done = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_GRACE, all_done).await.is_err() {
            tracing::warn!("requests under way were cut off");
        }
    }

    fn listeners(&self, realm: &Realm) -> Option<&RealmListeners> {
        self.realms
            .iter()
            .find(|listeners| listeners.realm.eq_ignore_case(realm))
    }

    /// Host and port for a URL; the certificate is made for `localhost` and for the address.
    fn proxy_host(&self) -> Option<String> {
        let address = self.proxy?;
        let ip = address.ip();
        let is_localhost = ip == IpAddr::V4(Ipv4Addr::LOCALHOST)
            || ip == IpAddr::V6(Ipv6Addr::LOCALHOST)
            || ip.is_unspecified();
        Some(if is_localhost {
            format!("localhost:{}", address.port())
        } else {
            address.to_string()
        })
    }
}

impl Shared {
    /// Does what is asked for, and keeps it where changes are kept.
    fn perform(&self, change: &Change, now: Timestamp) -> Result<serde_json::Value, AdminError> {
        match &self.journal {
            Some(journal) => journal.perform(&self.forest, change, now),
            None => self.forest.perform(change, now),
        }
    }

    /// Answers a request to the KDC of a realm.
    fn answer(&self, realm: &Realm, request: &[u8], via: Via<'_>) -> Vec<u8> {
        let now = self.clock.now();
        let answer = self.forest.answer(realm, request, via, now);
        self.keep_observed(now);
        answer
    }

    /// Keeps what came of a request besides changes, before it is answered.
    fn keep_observed(&self, now: Timestamp) {
        if let Some(journal) = &self.journal {
            journal.keep_observed(&self.forest, now);
        }
    }

    /// Answers a request of RFC 3244 that reached `server`.
    fn answer_password(&self, realm: &Realm, request: &[u8], server: IpAddr) -> Vec<u8> {
        let now = self.clock.now();
        let keep = |wanted: &NewPassword<'_>| {
            let change = PasswordChange::of(wanted);
            let kept = self.perform(&Change::Password(change), now);
            kept.map(drop).map_err(|error| error.to_string())
        };
        let forest = &self.forest;
        let answer = forest.answer_password_keeping(realm, request, server, now, &keep);
        self.keep_observed(now);
        answer
    }

    /// Resolves once the server is to stop, because it was told to or dropped.
    async fn stopped(&mut self) {
        // An error means that the sender is gone: the server was dropped.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }
}

#[cfg(test)]
mod tests;
