//! The service's side: what an Azure SQL Managed Instance does with a ticket.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kerberos_core::crypto::Key;
use kerberos_core::entropy::Entropy;
use kerberos_core::framing::{Deframer, frame};
use kerberos_core::message::{AcceptedRequest, Acceptor, ApReply, ReplayWindow};
use realm_sim::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longest message of the demo's service, in bytes: an AP-REQ and nothing else.
const MAX_MESSAGE: usize = 64 * 1024;

/// Who came and for what, as the service found out with its own key.
pub(super) type Accepted = AcceptedRequest;

/// A failure of the service's side.
type Refused = Box<dyn std::error::Error + Send + Sync>;

/// A service that accepts one client.
pub(super) struct ManagedInstance {
    address: SocketAddr,
    serving: JoinHandle<Result<Accepted, Refused>>,
}

impl ManagedInstance {
    /// Listens on loopback with the service's keys.
    pub(super) async fn start(
        keys: Vec<Key>,
        clock: Arc<dyn Clock>,
        entropy: impl Entropy + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            let request = read_frame(&mut stream).await?;
            let mut replays = ReplayWindow::new(Duration::from_secs(300), 1);
            let accepted = Acceptor::new(&keys).accept(&request, clock.now(), &mut replays)?;
            let reply = ApReply::encode(&accepted, None, None, &entropy)?;
            stream.write_all(&frame(&reply)).await?;
            Ok(accepted)
        });
        Ok(Self { address, serving })
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it found.
    pub(super) async fn accepted(self) -> Result<Accepted, Refused> {
        self.serving.await?
    }
}

/// Reads one message behind its length.
pub(super) async fn read_frame(stream: &mut TcpStream) -> Result<Bytes, Refused> {
    let mut deframer = Deframer::new(MAX_MESSAGE);
    let mut piece = vec![0; 4096];
    loop {
        let length = stream.read(&mut piece).await?;
        if length == 0 {
            return Err("the other side hung up".into());
        }
        if let Some(message) = deframer.push(piece.get(..length).unwrap_or_default())? {
            return Ok(message);
        }
    }
}
