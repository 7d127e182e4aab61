//! Keys are rotated while clients go to the cloud over sockets: UDP and TCP to the domain, HTTPS to
//! the KDC proxy. Servers and clients share a clock that moves only when told.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;
use std::time::Duration;

use kerberos_core::ccache::MemoryCache;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{Identity, TicketRequest};
use kerberos_core::time::Timestamp;
use kerberos_core::wire::{self, Ticket};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL};
use kkdcp_client::krb5_conf::Krb5Conf;
use kkdcp_client::{KerberosClient, RealmRoutes, RetryPolicy};
use realm_sim::admin::{KerberosServerOperation, KerberosServerRequest};
use realm_sim::clock::{Clock, SimClock};
use realm_sim::forest::Forest;
use realm_sim::serve::{ServeOptions, Server};
use tokio::runtime::{Builder, Runtime};

/// 2026-01-01T00:00:00Z.
const BEGIN: Timestamp = Timestamp::from_seconds(1_767_225_600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The clock of the servers, for clients.
struct Theirs(Arc<SimClock>);

impl kkdcp_client::Clock for Theirs {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

fn client(config: &Path, clock: &Arc<SimClock>, cache: Option<MemoryCache>) -> KerberosClient {
    let conf = Krb5Conf::read(&[config.to_owned()]).unwrap();
    let routes = RealmRoutes::from_krb5_conf(&conf, &RetryPolicy::default()).unwrap();
    let builder = KerberosClient::builder().routes(routes);
    let builder = builder.clock(Theirs(Arc::clone(clock)));
    let builder = match cache {
        Some(cache) => builder.cache(cache),
        None => {
            let alice = ALICE.parse().unwrap();
            builder.identity(Identity::password(alice, PASSWORD.to_owned()))
        }
    };
    builder.build().unwrap()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn rotate(forest: &Forest, now: Timestamp) {
    let mut request = KerberosServerRequest::new(KerberosServerOperation::Set, AD);
    request.setup_cloud_trust = true;
    request.rotate_server_key = true;
    forest.administer_azuread_kerberos(&request, now).unwrap();
}

#[test]
fn nobody_is_refused_while_keys_are_rotated() {
    let serving = Runtime::new().unwrap();
    let clock = Arc::new(SimClock::new(BEGIN));
    let forest = Forest::demo(Arc::new(SeededEntropy::new(7))).unwrap();
    let mut options = ServeOptions::default();
    options.clock = clock.clone();
    let server = serving.block_on(Server::start(forest, options)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.export(folder.path()).unwrap();
    let config = folder.path().join("krb5.conf");
    set_up(&server, &clock);

    // Versions of the trust's key that clients came with.
    let versions = Mutex::new(BTreeSet::new());
    for _ in 0..3 {
        clock.advance(DAY);
        let held = runtime().block_on(async {
            let client = client(&config, &clock, None);
            let referral = format!("krbtgt/{ENTRA}@{AD}").parse().unwrap();
            client
                .acquire(&TicketRequest::service(referral))
                .await
                .unwrap();
            client.cache()
        });
        let (done, served) = (AtomicBool::new(false), AtomicU32::new(0));
        // Time passes between two acquisitions, and keys change during them.
        let stopped_clock = RwLock::new(());
        let anew = || {
            let runtime = runtime();
            while !done.load(Ordering::Relaxed) {
                let _under_way = stopped_clock.read().unwrap();
                let client = client(&config, &clock, None);
                let request = TicketRequest::service(format!("{SQL}@{AD}").parse().unwrap());
                let acquired = runtime.block_on(client.acquire(&request)).unwrap();
                let path: Vec<_> = acquired.path.iter().map(|hop| hop.realm.as_str()).collect();
                assert_eq!(path, [AD, AD, ENTRA]);
                let referral = acquired.obtained.iter().find(|credential| {
                    credential.service().to_string() == format!("krbtgt/{ENTRA}@{AD}")
                });
                let ticket: Ticket<'_> = wire::decode(referral.unwrap().ticket()).unwrap();
                versions.lock().unwrap().insert(ticket.enc_part.kvno);
                served.fetch_add(1, Ordering::Relaxed);
            }
        };
        // With a referral TGT from before.
        let onward = || {
            let runtime = runtime();
            while !done.load(Ordering::Relaxed) {
                let _under_way = stopped_clock.read().unwrap();
                let client = client(&config, &clock, Some(held.clone()));
                let request = TicketRequest::service(format!("{SQL}@{ENTRA}").parse().unwrap());
                let acquired = runtime.block_on(client.acquire(&request)).unwrap();
                assert_eq!(acquired.obtained.len(), 1);
                served.fetch_add(1, Ordering::Relaxed);
            }
        };
        thread::scope(|scope| {
            let loaders = [scope.spawn(anew), scope.spawn(anew), scope.spawn(onward)];
            // An assertion that fails in one of them must not keep this waiting.
            let wait = |more: u32| {
                let enough = served.load(Ordering::Relaxed) + more;
                while served.load(Ordering::Relaxed) < enough
                    && !loaders.iter().any(thread::ScopedJoinHandle::is_finished)
                {
                    thread::yield_now();
                }
            };
            wait(6);
            rotate(server.forest(), clock.now());
            wait(12);
            // The hour for which the domain goes on with the key before.
            {
                let _none_under_way = stopped_clock.write().unwrap();
                clock.advance(Duration::from_secs(3600));
            }
            wait(12);
            done.store(true, Ordering::Relaxed);
        });
    }
    let versions = versions.into_inner().unwrap();
    assert_eq!(versions.len(), 4, "{versions:?}");
    serving.block_on(server.stop());
}

/// Gives the domain its server object, with the trust's key as it is.
fn set_up(server: &Server, clock: &SimClock) {
    let mut request = KerberosServerRequest::new(KerberosServerOperation::Set, AD);
    request.setup_cloud_trust = true;
    let forest = server.forest();
    forest
        .administer_azuread_kerberos(&request, clock.now())
        .unwrap();
}
