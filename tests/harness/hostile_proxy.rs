//! An HTTPS server on loopback that answers every request with the same octets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::kdcproxy::Authority;
use crate::port::loopback;

/// A server that is not a KDC proxy, or a bad one.
#[derive(Debug)]
pub struct HostileProxy {
    port: u16,
    authority: Authority,
}

impl HostileProxy {
    /// Starts a server that sends `response`, status line and all, and closes the connection.
    pub fn start(response: impl Into<Vec<u8>>) -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.leaf("localhost");
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.expect("a certificate")],
                key.expect("a private key"),
            )
            .expect("a pair");
        let config = Arc::new(config);
        let listener = std::net::TcpListener::bind(loopback(0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let response = response.into();
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up is no failure of the test.
                let _ = answer(stream, Arc::clone(&config), &response);
            }
        });
        Self { port, authority }
    }

    /// A response with status 200, these headers and this body.
    pub fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{headers}\r\n");
        [head.as_bytes(), body].concat()
    }

    /// The URL a client is given.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/tenant/kerberos", self.port)
    }

    /// The certificate of the authority that signed the server's.
    pub fn root(&self) -> &str {
        &self.authority.pem
    }
}

fn answer(stream: TcpStream, config: Arc<ServerConfig>, response: &[u8]) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    read_request(&mut stream)?;
    stream.write_all(response)?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// Reads the head and as much body as it announces.
fn read_request(stream: &mut impl Read) -> std::io::Result<()> {
    let mut received = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece)?;
        received.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&received).to_lowercase();
        let Some(end) = text.find("\r\n\r\n") else {
            if count == 0 {
                return Ok(());
            }
            continue;
        };
        let announced = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse().ok())
            .unwrap_or(0);
        let head = received
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or(end);
        if count == 0 || received.len() >= head + 4 + announced {
            return Ok(());
        }
    }
}
