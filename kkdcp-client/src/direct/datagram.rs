//! Asking KDCs over UDP (RFC 4120 §7.2.1).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use kerberos_core::wire::MessageKind;
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::{Attempt, DirectKdc};
use crate::error::TransportError;
use crate::krb5_conf::Via;
use crate::retry::asks_for_another_kdc;
use crate::transport::Reply;

/// One KDC's address with the socket that waits for its replies.
struct Correspondent {
    /// The KDC by the name that it is configured by.
    kdc: String,
    endpoint: String,
    socket: UdpSocket,
}

impl DirectKdc {
    /// Asks every KDC that may be asked over UDP, one after the other, with growing waits.
    /// Sockets stay open between rounds, so that a late reply still counts.
    pub(super) async fn ask_by_datagram(&self, attempt: &mut Attempt<'_>) -> Option<Reply> {
        let mut correspondents = self.open_sockets(attempt).await;
        let started = Instant::now();
        for wait in &self.retry.datagram_waits {
            let mut still_open = Vec::new();
            for correspondent in correspondents {
                match correspondent.ask(&attempt.outgoing.message, *wait).await {
                    Ok(Some(reply)) if asks_for_another_kdc(&reply) => {
                        tracing::debug!("{} is busy", correspondent.endpoint);
                        attempt.busy = Some(Reply::new(reply, correspondent.kdc));
                    }
                    Ok(Some(reply)) => {
                        tracing::debug!(
                            "Received {} bytes from {}",
                            reply.len(),
                            correspondent.endpoint
                        );
                        return Some(Reply::new(reply, correspondent.kdc));
                    }
                    Ok(None) => still_open.push(correspondent),
                    Err(error) => attempt.failures.push(TransportError::Unreachable {
                        realm: attempt.realm(),
                        endpoint: correspondent.endpoint,
                        cause: error.to_string(),
                    }),
                }
            }
            correspondents = still_open;
        }
        for silent in correspondents {
            attempt.failures.push(TransportError::TimedOut {
                realm: attempt.realm(),
                endpoint: silent.endpoint,
                waited: started.elapsed(),
            });
        }
        None
    }

    async fn open_sockets(&self, attempt: &mut Attempt<'_>) -> Vec<Correspondent> {
        let mut open = Vec::new();
        for kdc in self.kdcs.iter().filter(|kdc| kdc.via != Via::Tcp) {
            for address in attempt.addresses(kdc, "udp").await {
                let endpoint = format!("udp/{address}");
                let name = kdc.host.to_string();
                match connect(address).await {
                    Ok(socket) => open.push(Correspondent {
                        kdc: name,
                        endpoint,
                        socket,
                    }),
                    Err(error) => attempt.failures.push(TransportError::Unreachable {
                        realm: attempt.realm(),
                        endpoint,
                        cause: error.to_string(),
                    }),
                }
            }
        }
        open
    }
}

impl Correspondent {
    /// Sends once and waits; `None` when nothing came in time.
    async fn ask(&self, message: &[u8], wait: Duration) -> io::Result<Option<Bytes>> {
        tracing::debug!("Sending {} bytes to {}", message.len(), self.endpoint);
        self.socket.send(message).await?;
        match tokio::time::timeout(wait, self.receive()).await {
            Ok(reply) => reply.map(Some),
            Err(_elapsed) => Ok(None),
        }
    }

    /// The next datagram that begins as a KDC's reply does; stray ones are dropped.
    async fn receive(&self) -> io::Result<Bytes> {
        let mut buffer = vec![0; MAX_DATAGRAM];
        loop {
            let length = self.socket.recv(&mut buffer).await?;
            let datagram = buffer.get(..length).unwrap_or_default();
            match MessageKind::of(datagram) {
                Some(MessageKind::AsRep | MessageKind::TgsRep | MessageKind::KrbError) => {
                    return Ok(Bytes::copy_from_slice(datagram));
                }
                _ => tracing::debug!("Dropped a stray datagram from {}", self.endpoint),
            }
        }
    }
}

/// A socket that sends to `address` and receives from nobody else.
async fn connect(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}

/// The largest payload that UDP carries.
const MAX_DATAGRAM: usize = 65_535;
