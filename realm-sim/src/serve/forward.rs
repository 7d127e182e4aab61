//! What the KDC proxy does for realms of other KDCs: a message there and a reply back
//! ([MS-KKDCP] §3.2.5.1), over TCP, for which it is framed already.

use std::io;
use std::time::Duration;

use kerberos_core::framing::{Deframer, frame};
use kerberos_core::kpasswd::PasswordRequest;
use kerberos_core::wire::MessageKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::forest::{ForwardedRealm, HostPort};

/// Time for one server to take a connection and answer. Clients wait some ten seconds for a proxy;
/// the next server is to have its turn before.
const SERVER_TIME: Duration = Duration::from_secs(4);

/// Servers that are asked for one message: what clients' patience is enough for.
const MAX_SERVERS: usize = 3;

/// Longest reply passed back, in bytes, as clients take it.
const MAX_REPLY: usize = 1 << 20;

/// Bytes read at once; most replies are shorter.
const READ_SIZE: usize = 4 * 1024;

/// Why there is no reply to pass back.
#[derive(Debug)]
pub(super) enum NotForwarded {
    /// The message is no request that a proxy forwards.
    NoRequest,
    /// The realm has no server for such messages.
    NoServer,
    /// No server answered.
    Unanswered,
}

/// The reply of a realm's servers; the first that answers has been asked last.
pub(super) async fn forward(
    realm: &ForwardedRealm,
    message: &[u8],
) -> Result<Vec<u8>, NotForwarded> {
    let servers = match MessageKind::of(message) {
        Some(MessageKind::AsReq | MessageKind::TgsReq) => realm.kdcs(),
        None if PasswordRequest::decode(message).is_ok() => realm.password_servers(),
        _ => return Err(NotForwarded::NoRequest),
    };
    if servers.is_empty() {
        return Err(NotForwarded::NoServer);
    }
    let framed = frame(message);
    for server in servers.iter().take(MAX_SERVERS) {
        let failure = match tokio::time::timeout(SERVER_TIME, ask(server, &framed)).await {
            Ok(Ok(reply)) => return Ok(reply),
            Ok(Err(error)) => error,
            Err(elapsed) => elapsed.into(),
        };
        tracing::warn!(realm = %realm.realm(), %server, error = %failure, "not forwarded");
    }
    Err(NotForwarded::Unanswered)
}

async fn ask(server: &HostPort, framed: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((server.host(), server.port())).await?;
    stream.set_nodelay(true)?;
    stream.write_all(framed).await?;
    let mut deframer = Deframer::new(MAX_REPLY);
    let mut buffer = [0; READ_SIZE];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let pushed = deframer.push(buffer.get(..length).unwrap_or_default());
        if let Some(reply) = pushed.map_err(io::Error::other)? {
            return Ok(reply.to_vec());
        }
    }
}
