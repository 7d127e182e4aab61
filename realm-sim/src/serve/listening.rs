//! The sockets that realms are given.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use kerberos_core::name::Realm;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::answering::Service;
use super::{ServeError, Shared, tcp, udp};
use crate::forest::Forest;

/// Attempts to find a port that is free for UDP and TCP alike. One nearly always does.
const PORT_ATTEMPTS: usize = 32;

/// A realm's two sockets, of one port: the `kdc` of a krb5.conf has one.
pub(super) struct Pair {
    udp: UdpSocket,
    tcp: TcpListener,
    pub(super) address: SocketAddr,
}

impl Pair {
    /// Answers at both, until the server stops or `tasks` are dropped.
    pub(super) fn serve(
        self,
        service: &Service,
        shared: &Shared,
        tasks: &mut JoinSet<()>,
    ) -> Result<(), ServeError> {
        let datagrams = udp::begin(self.udp, self.address, service.clone(), shared.clone())?;
        tasks.spawn(datagrams.until_stopped(shared.clone()));
        tasks.spawn(tcp::serve(self.tcp, service.clone(), shared.clone()));
        Ok(())
    }
}

/// The address that each realm is to have: those in `fixed`, Active Directory first, then any
/// free port of `ip`.
pub(super) fn addresses(
    forest: &Forest,
    fixed: &[SocketAddr],
    ip: IpAddr,
) -> Result<Vec<(Realm, SocketAddr)>, ServeError> {
    let realms = forest.realms();
    let domains = forest.domains().count();
    if fixed.len() > realms.len() || (!fixed.is_empty() && fixed.len() < domains) {
        let names: Vec<_> = realms.iter().map(Realm::as_str).collect();
        return Err(ServeError::Addresses {
            given: fixed.len(),
            needed: domains,
            realms: names.join(", "),
        });
    }
    let given = fixed
        .iter()
        .copied()
        .map(Some)
        .chain(std::iter::repeat(None));
    let place = |(realm, given): (Realm, Option<SocketAddr>)| {
        (realm, given.unwrap_or_else(|| SocketAddr::new(ip, 0)))
    };
    Ok(realms.into_iter().zip(given).map(place).collect())
}

/// The port of KDCs, and that of passwords beside it (RFC 4120 §7.2.1, RFC 3244 §2).
const KDC_PORT: u16 = 88;
const PASSWORD_PORT: u16 = 464;

/// Where passwords are changed beside a KDC that is to be at `kdc`.
pub(super) fn passwords_beside(kdc: SocketAddr) -> SocketAddr {
    let port = if kdc.port() == KDC_PORT {
        PASSWORD_PORT
    } else {
        0
    };
    SocketAddr::new(kdc.ip(), port)
}

/// Both sockets on `address`; port 0 is any port that is free for both.
pub(super) async fn bind_pair(address: SocketAddr) -> Result<Pair, ServeError> {
    let attempts = if address.port() == 0 {
        PORT_ATTEMPTS
    } else {
        1
    };
    let mut last = None;
    for _ in 0..attempts {
        let tcp = bind_tcp(address).await?;
        let bound = local(tcp.local_addr(), address)?;
        match UdpSocket::bind(bound) {
            Ok(udp) => {
                return Ok(Pair {
                    udp,
                    tcp,
                    address: bound,
                });
            }
            Err(source) => {
                let address = bound;
                last = Some(ServeError::Listen { address, source });
            }
        }
    }
    Err(last.unwrap_or_else(|| ServeError::Listen {
        address,
        source: io::ErrorKind::AddrInUse.into(),
    }))
}

pub(super) async fn bind_tcp(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen { address, source })
}

pub(super) fn local(
    bound: io::Result<SocketAddr>,
    address: SocketAddr,
) -> Result<SocketAddr, ServeError> {
    bound.map_err(|source| ServeError::Listen { address, source })
}
