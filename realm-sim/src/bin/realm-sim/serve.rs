//! `realm-sim serve`: listens until it is told to stop.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use kerberos_core::entropy::{Entropy, OsEntropy, PooledEntropy};
use kerberos_core::name::Realm;
use realm_sim::forest::{Forest, ForestBuilder};
use realm_sim::journal::Journal;
use realm_sim::serve::{ServeOptions, Server};
use realm_sim::topology::Topology;
use serde::Serialize;

use crate::Source;
use crate::failure::Failure;
use crate::print;

/// One `--listen`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Listen {
    /// Any free ports of an address.
    Anywhere(IpAddr),
    /// A port that a client has built in.
    At(SocketAddr),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.parse().map(Self::Anywhere);
        address
            .or_else(|_| text.parse().map(Self::At))
            .map_err(|_| "an address, or an address with a port".to_owned())
    }
}

/// Where to listen, and what to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) export: Option<&'a Path>,
    pub(crate) listen: &'a [Listen],
    pub(crate) store: Option<&'a Path>,
    /// Changes after which the store is begun anew.
    pub(crate) checkpoint_after: usize,
}

fn entropy() -> Arc<dyn Entropy> {
    Arc::new(PooledEntropy::new(OsEntropy::new()))
}

/// The realms that a journal leads to, or that one begins with.
fn opened(
    source: &Source,
    store: &Path,
    checkpoint_after: usize,
) -> Result<(Forest, Option<Arc<Journal>>), Failure> {
    // One that is there need not be told what it began with.
    let topology = source.path.as_ref().map(|_| source.text.as_str());
    let complete = |topology: &mut Topology| source.complete(topology);
    let opened = Journal::open_with(store, topology, &complete, entropy());
    let opened = opened.map_err(|source| Failure::Journal {
        path: store.to_owned(),
        source,
    })?;
    if opened.cut > 0 {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "realm-sim: {}: cut off the last {} octets: a record that was not written whole, of \
             a change that was not acknowledged",
            store.display(),
            opened.cut
        );
    }
    opened.journal.set_checkpoint_after(checkpoint_after);
    Ok((opened.forest, Some(Arc::new(opened.journal))))
}

/// The realms of a topology, which is used up.
fn begun(source: &mut Source) -> Result<Forest, Failure> {
    let mut topology = std::mem::take(&mut source.topology);
    let completed = source.complete(&mut topology);
    completed
        .and_then(|()| ForestBuilder::from_topology(topology).build(entropy()))
        .map_err(|error| Failure::topology(source.path.as_deref(), error))
}

/// Serves the topology until SIGINT or SIGTERM.
pub(crate) async fn run(
    mut source: Source,
    Place {
        export,
        listen,
        store,
        checkpoint_after,
    }: Place<'_>,
) -> Result<(), Failure> {
    let (forest, journal) = match store {
        Some(store) => opened(&source, store, checkpoint_after)?,
        None => (begun(&mut source)?, None),
    };
    // It can be as large as the forest that was made of it.
    drop(source);
    let mut options = ServeOptions::default();
    options.journal = journal;
    options.admin = export.is_some();
    for listen in listen {
        match *listen {
            Listen::Anywhere(address) => options.listen = address,
            Listen::At(address) => {
                options.listen = address.ip();
                options.kdc_addresses.push(address);
            }
        }
    }
    let server = Server::start(forest, options).await?;
    if let Some(folder) = export {
        server.export(folder).map_err(|source| Failure::Export {
            path: folder.to_owned(),
            source,
        })?;
    }
    // Before the line of JSON: whoever reads it may send the signal at once.
    let stop = StopSignals::listen().map_err(Failure::Runtime)?;
    let ready = serde_json::to_string(&Ready::of(&server, export))
        .map_err(|error| Failure::Print(error.into()))?;
    print(&format!("{ready}\n"))?;
    stop.received().await;
    server.stop().await;
    Ok(())
}

/// The line that scripts wait for.
#[derive(Serialize)]
struct Ready<'a> {
    ready: bool,
    realms: BTreeMap<String, Listeners>,
    /// The KDC proxy of each tenant, by its id: all tenants are one realm.
    tenants: BTreeMap<String, String>,
    /// The KDC proxy of each realm that is forwarded to.
    forwarded_realms: BTreeMap<String, String>,
    admin: Option<String>,
    export: Option<&'a Path>,
}

/// Where one realm is reached.
#[derive(Serialize)]
struct Listeners {
    udp: Option<SocketAddr>,
    tcp: Option<SocketAddr>,
    /// Where passwords are changed.
    kpasswd: Option<SocketAddr>,
    proxy: Option<String>,
}

impl<'a> Ready<'a> {
    fn of(server: &Server, export: Option<&'a Path>) -> Self {
        let listeners = |realm: Realm| {
            let listeners = Listeners {
                udp: server.udp_addr(&realm),
                tcp: server.tcp_addr(&realm),
                kpasswd: server.password_addr(&realm),
                proxy: server.proxy_url(&realm),
            };
            (realm.to_string(), listeners)
        };
        Self {
            ready: true,
            realms: server
                .forest()
                .realms()
                .into_iter()
                .map(listeners)
                .collect(),
            tenants: server
                .forest()
                .tenants()
                .filter_map(|tenant| {
                    Some((tenant.id().to_owned(), server.tenant_url(tenant.id())?))
                })
                .collect(),
            forwarded_realms: server
                .forest()
                .forwarded_realms()
                .iter()
                .filter_map(|forwarded| {
                    let realm = forwarded.realm();
                    Some((realm.to_string(), server.proxy_url(realm)?))
                })
                .collect(),
            admin: server.admin_url(),
            export,
        }
    }
}

/// The signals that end the program.
struct StopSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignals {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn received(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
