//! The KDC over UDP: one datagram in, one out (RFC 4120 §7.2.1).

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;

use tokio::net::UdpSocket;

use super::Shared;
use super::answering::Service;
use crate::kdc::Via;

/// No datagram is longer.
const MAX_DATAGRAM: usize = 65_535;

/// Datagrams answered before other tasks, and the end of the server, get their turn.
const ANSWERED_AT_ONCE: usize = 64;

/// Replies kept for clients that repeat a request because the reply came late or got lost.
/// Clients repeat within seconds, so few suffice.
const KEPT_REPLIES: usize = 32;

/// Answers datagrams for `service` until the server stops.
pub(super) async fn serve(socket: UdpSocket, service: Service, mut shared: Shared) {
    let mut buffer = vec![0; MAX_DATAGRAM];
    let mut replies = SentReplies::default();
    loop {
        tokio::select! {
            () = shared.stopped() => return,
            _ = socket.readable() => {}
        }
        for _ in 0..ANSWERED_AT_ONCE {
            let (length, peer) = match socket.try_recv_from(&mut buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // An earlier reply met a closed port. That says nothing about this socket.
                Err(_) => continue,
            };
            let request = buffer.get(..length).unwrap_or_default();
            let reply =
                replies.reply_to(peer, request, || service.answer(request, Via::Udp, &shared));
            if !reply.is_empty()
                && let Err(error) = socket.send_to(reply, peer).await
            {
                tracing::debug!(%peer, %error, "a reply could not be sent");
            }
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
