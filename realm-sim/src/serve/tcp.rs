//! The KDC over TCP: messages behind their length (RFC 4120 §7.2.2).

use kerberos_core::framing::{Deframer, FrameError, frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::answering::Service;
use super::{Shared, connections};
use crate::kdc::Via;

/// Longest request taken, in bytes. Requests with the largest PACs have some 64 KiB.
const MAX_REQUEST: usize = 128 * 1024;

/// Bytes read at once.
const READ_SIZE: usize = 16 * 1024;

/// Answers streams for `service` until the server stops.
pub(super) async fn serve(listener: TcpListener, service: Service, shared: Shared) {
    connections::accept(listener, shared, move |stream, peer, shared| {
        let service = service.clone();
        async move {
            if let Err(error) = converse(stream, &service, shared).await {
                tracing::debug!(%peer, %error, "a connection broke");
            }
        }
    })
    .await;
}

/// Answers the requests of one connection in turn, until it ends, idles or makes no sense.
async fn converse(
    mut stream: TcpStream,
    service: &Service,
    mut shared: Shared,
) -> std::io::Result<()> {
    let mut deframer = Deframer::new(MAX_REQUEST);
    let mut buffer = vec![0; READ_SIZE];
    let idle = shared.idle;
    loop {
        let read = tokio::select! {
            () = shared.stopped() => return Ok(()),
            read = tokio::time::timeout(idle, stream.read(&mut buffer)) => read,
        };
        // Idle for too long, or at its end.
        let length = match read {
            Ok(length) => length?,
            Err(_) => return Ok(()),
        };
        if length == 0 {
            return Ok(());
        }
        let mut next = deframer.push(buffer.get(..length).unwrap_or_default());
        loop {
            match next {
                Ok(None) => break,
                Ok(Some(request)) => {
                    let reply = service.answer(&request, Via::Tcp, &shared);
                    if reply.is_empty() {
                        return Ok(());
                    }
                    stream.write_all(&frame(&reply)).await?;
                }
                Err(error) => return refuse(stream, service, &shared, error).await,
            }
            next = deframer.push(&[]);
        }
    }
}

/// RFC 4120 §7.2.2: an unacceptable length gets KRB_ERR_FIELD_TOOLONG and the end of the stream.
async fn refuse(
    mut stream: TcpStream,
    service: &Service,
    shared: &Shared,
    error: FrameError,
) -> std::io::Result<()> {
    tracing::debug!(%error, "a stream is not framed");
    let refusal = service.refuse_length(shared);
    if !refusal.is_empty() {
        stream.write_all(&frame(&refusal)).await?;
    }
    stream.shutdown().await
}
