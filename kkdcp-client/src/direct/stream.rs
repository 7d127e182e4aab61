//! Asking KDCs over TCP (RFC 4120 §7.2.2).

use std::net::SocketAddr;

use bytes::Bytes;
use kerberos_core::framing::{Deframer, FrameError, frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Attempt, DirectKdc};
use crate::error::TransportError;
use crate::krb5_conf::Via;
use crate::retry::asks_for_another_kdc;
use crate::transport::Reply;

impl DirectKdc {
    /// Asks every KDC that may be asked over TCP, one after the other, once.
    pub(super) async fn ask_by_stream(&self, attempt: &mut Attempt<'_>) -> Option<Reply> {
        for kdc in self.kdcs.iter().filter(|kdc| kdc.via != Via::Udp) {
            for address in attempt.addresses(kdc, "tcp").await {
                match self.ask_address(attempt, address).await {
                    Ok(reply) if asks_for_another_kdc(&reply) => {
                        tracing::debug!("tcp/{address} is busy");
                        attempt.busy = Some(Reply::new(reply, kdc.host.to_string()));
                    }
                    Ok(reply) => return Some(Reply::new(reply, kdc.host.to_string())),
                    Err(failure) => attempt.failures.push(failure),
                }
            }
        }
        None
    }

    async fn ask_address(
        &self,
        attempt: &Attempt<'_>,
        address: SocketAddr,
    ) -> Result<Bytes, TransportError> {
        let realm = attempt.realm();
        let endpoint = format!("tcp/{address}");
        let connecting = timeout(self.retry.connect_timeout, TcpStream::connect(address));
        let mut stream = match connecting.await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                let cause = error.to_string();
                return Err(TransportError::Unreachable {
                    realm,
                    endpoint,
                    cause,
                });
            }
            Err(_elapsed) => {
                let waited = self.retry.connect_timeout;
                return Err(TransportError::TimedOut {
                    realm,
                    endpoint,
                    waited,
                });
            }
        };
        let message = &attempt.outgoing.message;
        tracing::debug!("Sending {} bytes to {endpoint}", message.len());
        let asking = timeout(
            self.retry.reply_timeout,
            round_trip(&mut stream, message, self.max_reply),
        );
        match asking.await {
            Ok(Ok(reply)) => {
                tracing::debug!("Received {} bytes from {endpoint}", reply.len());
                Ok(reply)
            }
            Ok(Err(StreamFault::Broken(cause))) => Err(TransportError::Broken {
                realm,
                endpoint,
                cause,
            }),
            Ok(Err(StreamFault::Frame(FrameError::TooLong { limit, .. }))) => {
                Err(TransportError::TooLarge {
                    realm,
                    endpoint,
                    limit,
                })
            }
            Ok(Err(StreamFault::Frame(source))) => Err(TransportError::Framing {
                realm,
                endpoint,
                source,
            }),
            Err(_elapsed) => Err(TransportError::TimedOut {
                realm,
                endpoint,
                waited: self.retry.reply_timeout,
            }),
        }
    }
}

enum StreamFault {
    Broken(String),
    Frame(FrameError),
}

async fn round_trip(
    stream: &mut TcpStream,
    message: &[u8],
    max_reply: usize,
) -> Result<Bytes, StreamFault> {
    let broken = |error: std::io::Error| StreamFault::Broken(error.to_string());
    stream.write_all(&frame(message)).await.map_err(broken)?;
    let mut deframer = Deframer::new(max_reply);
    let mut piece = vec![0; PIECE];
    loop {
        let length = stream.read(&mut piece).await.map_err(broken)?;
        if length == 0 {
            return Err(StreamFault::Broken("the KDC closed it".to_owned()));
        }
        let read = piece.get(..length).unwrap_or_default();
        if let Some(reply) = deframer.push(read).map_err(StreamFault::Frame)? {
            return Ok(reply);
        }
    }
}

/// Bytes read at once: most replies fit.
const PIECE: usize = 16 * 1024;
