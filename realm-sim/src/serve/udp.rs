//! The KDC over UDP: one datagram in, one out (RFC 4120 §7.2.1).

use std::collections::VecDeque;
use std::net::SocketAddr;

use tokio::net::UdpSocket;

use super::Shared;
use super::answering::Service;
use crate::kdc::Via;

/// No datagram is longer.
const MAX_DATAGRAM: usize = 65_535;

/// Replies kept for clients that repeat a request because the reply came late or got lost.
/// Clients repeat within seconds, so few suffice.
const KEPT_REPLIES: usize = 32;

/// Answers datagrams for `service` until the server stops.
pub(super) async fn serve(socket: UdpSocket, service: Service, mut shared: Shared) {
    let mut buffer = vec![0; MAX_DATAGRAM];
    let mut replies = SentReplies::default();
    loop {
        let received = tokio::select! {
            () = shared.stopped() => return,
            received = socket.recv_from(&mut buffer) => received,
        };
        let Ok((length, peer)) = received else {
            // An earlier reply met a closed port. That says nothing about this socket.
            continue;
        };
        let request = buffer.get(..length).unwrap_or_default();
        let reply = match replies.find(peer, request) {
            Some(reply) => reply,
            None => {
                let reply = service.answer(request, Via::Udp, &shared);
                replies.keep(peer, request, &reply);
                reply
            }
        };
        if !reply.is_empty()
            && let Err(error) = socket.send_to(&reply, peer).await
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
    sent: VecDeque<(SocketAddr, Vec<u8>, Vec<u8>)>,
}

impl SentReplies {
    fn find(&self, peer: SocketAddr, request: &[u8]) -> Option<Vec<u8>> {
        self.sent
            .iter()
            .find(|(to, asked, _)| *to == peer && asked == request)
            .map(|(_, _, reply)| reply.clone())
    }

    fn keep(&mut self, peer: SocketAddr, request: &[u8], reply: &[u8]) {
        if self.sent.len() == KEPT_REPLIES {
            self.sent.pop_front();
        }
        self.sent
            .push_back((peer, request.to_vec(), reply.to_vec()));
    }
}
