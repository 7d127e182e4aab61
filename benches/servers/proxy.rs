//! A KDC proxy under load: one connection of HTTPS that is kept, one request after the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use kerberos_core::name::Realm;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::Failure;
use super::load::{PATIENCE, expect_ticket, micros_each, spent};

/// No answer of a KDC is longer (`MAX_MESSAGE` of the simulator's own proxy is less).
const MAX_ANSWER: usize = 1 << 20;

/// A running KDC proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    name: &'static str,
    process: u32,
    address: SocketAddr,
    /// The host and the path of its URL.
    place: (String, String),
    trust: Arc<ClientConfig>,
}

impl Proxy {
    /// That at `url`, whose certificate is of the authority in the file `authority`.
    pub(crate) fn new(
        name: &'static str,
        process: u32,
        url: &str,
        authority: &Path,
    ) -> Result<Self, Failure> {
        let place = url.strip_prefix("https://").and_then(|rest| {
            let (authority, path) = rest.split_once('/')?;
            let (host, port) = authority.split_once(':')?;
            Some((host, port, path))
        });
        let (host, port, path) = place.ok_or("a URL without host, port and path")?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(authority)?)?;
        let trust = ClientConfig::builder().with_root_certificates(roots);
        Ok(Self {
            name,
            process,
            address: ([127, 0, 0, 1], port.parse()?).into(),
            place: (host.to_owned(), format!("/{path}")),
            trust: Arc::new(trust.with_no_client_auth()),
        })
    }

    /// Microseconds of processor time that an answer to each of `requests` takes.
    pub(crate) fn cost_of(&self, realm: &Realm, requests: &[Vec<u8>]) -> Result<f64, Failure> {
        let (host, _) = &self.place;
        let client =
            ClientConnection::new(Arc::clone(&self.trust), ServerName::try_from(host.clone())?)?;
        let socket = TcpStream::connect(self.address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let mut stream = BufReader::new(StreamOwned::new(client, socket));
        let mut waiting = requests.iter();
        // The first pays for the handshake, and is not counted.
        let first = waiting.next().ok_or("no requests")?;
        self.ask(&mut stream, realm, first)?;
        let before = spent(self.process)?;
        let count = waiting.len();
        for request in waiting {
            self.ask(&mut stream, realm, request)?;
        }
        Ok(micros_each(before, spent(self.process)?, count))
    }

    fn ask(
        &self,
        stream: &mut BufReader<impl Read + Write>,
        realm: &Realm,
        request: &[u8],
    ) -> Result<(), Failure> {
        let body = ProxyRequest::wrap(request, realm);
        let (host, path) = &self.place;
        let mut sent = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/kerberos\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        sent.extend_from_slice(&body);
        stream.get_mut().write_all(&sent)?;
        stream.get_mut().flush()?;
        let mut length = None;
        let mut line = String::new();
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let field = line.trim_end().to_ascii_lowercase();
            if field.is_empty() {
                break;
            }
            if let Some(value) = field.strip_prefix("content-length:") {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        let length = length.filter(|length| *length <= MAX_ANSWER);
        let mut body = vec![0; length.ok_or_else(|| format!("{} names no length", self.name))?];
        stream.read_exact(&mut body)?;
        expect_ticket(self.name, ProxyReply::unwrap(&body)?.message)
    }
}
