//! `realm-sim demo`: walks the incoming trust-based flow over real sockets and tells about it.

mod service;
mod tell;
mod watch;

use std::net::SocketAddr;
use std::sync::Arc;

use kerberos_core::credential::Credential;
use kerberos_core::entropy::{Entropy, EntropyUnavailable, OsEntropy, SeededEntropy};
use kerberos_core::exchange::{Acquired, ClientPolicy, Identity, TicketRequest};
use kerberos_core::flags::ApOptions;
use kerberos_core::framing::frame;
use kerberos_core::message::{ApReply, ApRequest};
use kerberos_core::name::{Principal, Realm};
use kerberos_core::time::Timestamp;
use kkdcp_client::{DirectKdc, KdcProxy, KerberosClient, ProxyUrl, RealmRoutes, TrustRoots};
use realm_sim::clock::{Clock, SimClock, SystemClock};
use realm_sim::forest::Forest;
use realm_sim::serve::{ServeOptions, Server};
use realm_sim::topology::ENTRA_REALM;
use service::ManagedInstance;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use watch::Watched;

use crate::failure::Failure;
use crate::print;

/// Names of the demo's topology.
const USER: &str = "alice@CONTOSO.COM";
const PASSWORD: &str = "Passw0rd!";
const SERVICE: &str = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433";

/// What makes the demo repeatable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixed {
    /// The seed of every random byte.
    pub(crate) seed: Option<u64>,
    /// The time, in seconds since 1970.
    pub(crate) at: Option<i64>,
}

/// Everything that the walk brought, for the telling.
struct Walk {
    server: Server,
    client: Principal,
    service: Principal,
    watched: Arc<Watched>,
    acquired: Acquired,
    service_address: SocketAddr,
    accepted: service::Accepted,
}

/// Walks and tells.
pub(crate) async fn run(fixed: Fixed) -> Result<(), Failure> {
    let walk = walk(fixed).await.map_err(Failure::Walk)?;
    let told = tell::story(&walk);
    walk.server.stop().await;
    print(&told)
}

async fn walk(fixed: Fixed) -> Result<Walk, Box<dyn std::error::Error + Send + Sync>> {
    let clock: Arc<dyn Clock> = match fixed.at {
        Some(seconds) => Arc::new(SimClock::new(Timestamp::from_seconds(seconds))),
        None => Arc::new(SystemClock::new()),
    };
    let client: Principal = USER.parse()?;
    let cloud = Realm::new(ENTRA_REALM)?;
    let service = Principal::parse(SERVICE, Some(&cloud))?;

    let forest = Forest::demo(Arc::new(Randomness::new(fixed.seed, 0)))?;
    let keys = forest
        .account(&service)
        .ok_or("the demo has lost its service")?;
    let instance = ManagedInstance::start(
        keys.keys().keys().cloned().collect(),
        Arc::clone(&clock),
        Randomness::new(fixed.seed, 1),
    )
    .await?;
    let mut options = ServeOptions::default();
    options.clock = Arc::clone(&clock);
    let server = Server::start(forest, options).await?;

    // The client knows the KDC of its own realm, and the proxy for the cloud realm.
    let kdc = server
        .tcp_addr(client.realm())
        .ok_or("the user's realm is not served")?;
    let url: ProxyUrl = server
        .proxy_url(&cloud)
        .ok_or("there is no KDC proxy")?
        .parse()?;
    let roots = TrustRoots::only_pem(server.root_certificate().as_bytes())?;
    let routes = RealmRoutes::new()
        .realm(client.realm(), [DirectKdc::new([kdc])])
        .realm(&cloud, [KdcProxy::builder(url).roots(roots).build()?]);
    let watched = Arc::new(Watched::new(routes));
    let kerberos = KerberosClient::builder()
        .identity(Identity::password(client.clone(), PASSWORD.to_owned()))
        .transport(Arc::clone(&watched))
        .policy(ClientPolicy::new(Randomness::new(fixed.seed, 2)))
        .clock(SharedClock(Arc::clone(&clock)))
        .build()?;
    // Asked for in the user's own realm: the KDC there knows where it really is.
    let request =
        TicketRequest::service(service.in_realm(client.realm().clone())).forwardable(true);
    let acquired = kerberos.acquire(&request).await?;

    let now = clock.now();
    present(
        &acquired.credential,
        &instance,
        now,
        &Randomness::new(fixed.seed, 3),
    )
    .await?;
    let service_address = instance.address();
    let accepted = instance.accepted().await?;
    Ok(Walk {
        server,
        client,
        service,
        watched,
        acquired,
        service_address,
        accepted,
    })
}

/// Presents the ticket to the service and expects it to prove itself too.
async fn present(
    credential: &Credential,
    instance: &ManagedInstance,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let session_key = credential.session_key()?;
    let mut request = ApRequest::new(credential.client(), session_key, credential.ticket());
    request.options = ApOptions::MUTUAL_REQUIRED;
    let request = request.encode(now, entropy)?;
    let mut stream = TcpStream::connect(instance.address()).await?;
    stream.write_all(&frame(&request)).await?;
    let reply = service::read_frame(&mut stream).await?;
    ApReply::open(&reply, session_key, now)?;
    Ok(())
}

/// The system's random bytes, or a stream that a seed determines.
enum Randomness {
    System(OsEntropy),
    Seeded(SeededEntropy),
}

impl Randomness {
    /// Each part of the demo has a stream of its own: their order in time does not matter then.
    const fn new(seed: Option<u64>, part: u64) -> Self {
        match seed {
            Some(seed) => Self::Seeded(SeededEntropy::new(seed.wrapping_add(part))),
            None => Self::System(OsEntropy::new()),
        }
    }
}

impl Entropy for Randomness {
    fn fill(&self, buf: &mut [u8]) -> Result<(), EntropyUnavailable> {
        match self {
            Self::System(entropy) => entropy.fill(buf),
            Self::Seeded(entropy) => entropy.fill(buf),
        }
    }
}

/// The servers' clock, for the client.
struct SharedClock(Arc<dyn Clock>);

impl kkdcp_client::Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}
