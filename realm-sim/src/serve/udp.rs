//! The KDC over UDP: one datagram in, one out (RFC 4120 §7.2.1).
//!
//! Each socket has a thread that does nothing else. It sleeps in the system's own call and, while
//! datagrams wait, takes one after the other without asking a reactor which socket is ready; for
//! answers of a few microseconds that asking is most of what they would cost.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::sync::oneshot;

use super::answering::Service;
use super::{ServeError, Shared};
use crate::kdc::Via;

/// No datagram is longer.
const MAX_DATAGRAM: usize = 65_535;

/// Replies kept for clients that repeat a request because the reply came late or got lost.
/// Clients repeat within seconds, so few suffice.
const KEPT_REPLIES: usize = 32;

/// A thread that answers the datagrams of one socket. It ends when this is dropped.
pub(super) struct Datagrams {
    socket: Arc<UdpSocket>,
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    /// Breaks when the thread has ended.
    ended: oneshot::Receiver<Infallible>,
}

/// Begins to answer datagrams for `service`, on a socket that is bound to `address`.
pub(super) fn begin(
    socket: UdpSocket,
    address: SocketAddr,
    service: Service,
    shared: Shared,
) -> Result<Datagrams, ServeError> {
    let socket = Arc::new(socket);
    let ending = Arc::new(AtomicBool::new(false));
    let (alive, ended) = oneshot::channel();
    let (its_socket, told) = (Arc::clone(&socket), Arc::clone(&ending));
    thread::Builder::new()
        .name("datagrams".to_owned())
        .spawn(move || {
            answer_all(&its_socket, &service, &shared, &told);
            drop(alive);
        })
        .map_err(|source| ServeError::Listen { address, source })?;
    Ok(Datagrams {
        socket,
        address,
        ending,
        ended,
    })
}

impl Datagrams {
    /// Answers until the server stops, and finishes what is under way.
    pub(super) async fn until_stopped(mut self, mut shared: Shared) {
        shared.stopped().await;
        self.end();
        // An error is the end that is waited for.
        let _ = (&mut self.ended).await;
    }

    /// Tells the thread to end, and wakes it with a datagram of its own.
    fn end(&self) {
        if self.ending.swap(true, Ordering::AcqRel) {
            return;
        }
        // If it finds no room, others wait and the thread does not sleep.
        if let Err(error) = self.socket.send_to(&[], reachable(self.address)) {
            let at = self.address;
            tracing::warn!(%at, %error, "a thread waits for one more datagram");
        }
    }
}

impl Drop for Datagrams {
    fn drop(&mut self) {
        self.end();
    }
}

/// The address by which this machine reaches a socket of its own.
fn reachable(mut bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => bound.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => bound.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    bound
}

fn answer_all(socket: &UdpSocket, service: &Service, shared: &Shared, ending: &AtomicBool) {
    let mut buffer = vec![0; MAX_DATAGRAM];
    let mut replies = SentReplies::default();
    while !ending.load(Ordering::Acquire) {
        // An error means that an earlier reply met a closed port. That says nothing about this
        // socket.
        let Ok((length, peer)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let request = buffer.get(..length).unwrap_or_default();
        if request.is_empty() {
            continue;
        }
        let reply = replies.reply_to(peer, request, || service.answer(request, Via::Udp, shared));
        if !reply.is_empty()
            && let Err(error) = socket.send_to(reply, peer)
        {
            tracing::debug!(%peer, %error, "a reply could not be sent");
        }
    }
}

/// The latest requests and their replies.
///
/// A datagram from the same port with the same octets is a retransmission: it gets the same
/// reply again and is no replay.
#[derive(Default)]
struct SentReplies {
    sent: VecDeque<Sent>,
}

struct Sent {
    to: SocketAddr,
    request: Vec<u8>,
    reply: Vec<u8>,
}

impl Sent {
    /// Whether it answers this request. Those of one client begin alike, with its ticket, and are
    /// told apart from their ends.
    fn answers(&self, peer: SocketAddr, request: &[u8]) -> bool {
        self.to == peer && self.request.iter().rev().eq(request.iter().rev())
    }
}

impl SentReplies {
    /// The reply that this request got before, or the one that `answer` gives.
    fn reply_to(
        &mut self,
        peer: SocketAddr,
        request: &[u8],
        answer: impl FnOnce() -> Vec<u8>,
    ) -> &[u8] {
        let answers_it = |sent: &Sent| sent.answers(peer, request);
        let at = self.sent.iter().position(answers_it).unwrap_or_else(|| {
            let oldest = if self.sent.len() < KEPT_REPLIES {
                None
            } else {
                self.sent.pop_front()
            };
            let mut kept = oldest.map(|sent| sent.request).unwrap_or_default();
            kept.clear();
            kept.extend_from_slice(request);
            self.sent.push_back(Sent {
                to: peer,
                request: kept,
                reply: answer(),
            });
            self.sent.len() - 1
        });
        self.sent.get(at).map_or(&[], |sent| &sent.reply)
    }
}
