//! A server under load, and what it spends.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use kerberos_core::wire::MessageKind;

use super::Failure;

/// Requests under way at a time: enough that the server does not sleep between two, few enough
/// that no socket's buffer overflows.
const WINDOW: usize = 16;
/// A server on the same machine that takes longer does not answer at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// No datagram is longer.
const MAX_DATAGRAM: usize = 65_535;

/// A running server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Server {
    pub(crate) name: &'static str,
    process: u32,
    address: SocketAddr,
}

impl Server {
    pub(crate) const fn new(name: &'static str, process: u32, address: SocketAddr) -> Self {
        Self {
            name,
            process,
            address,
        }
    }

    /// One request, one reply.
    pub(crate) fn ask(&self, request: &[u8]) -> Result<Vec<u8>, Failure> {
        let socket = self.socket()?;
        socket.send(request)?;
        let mut reply = vec![0; MAX_DATAGRAM];
        let length = socket.recv(&mut reply)?;
        reply.truncate(length);
        Ok(reply)
    }

    /// Microseconds of processor time that an answer to each of `requests` takes. An answer that
    /// refuses is a failure.
    pub(crate) fn cost_of(&self, requests: &[Vec<u8>]) -> Result<f64, Failure> {
        let socket = self.socket()?;
        let mut reply = vec![0; MAX_DATAGRAM];
        let before = spent(self.process)?;
        let mut waiting = requests.iter();
        for request in waiting.by_ref().take(WINDOW) {
            socket.send(request)?;
        }
        for _ in requests {
            let length = socket.recv(&mut reply)?;
            expect_ticket(self.name, reply.get(..length).unwrap_or_default())?;
            if let Some(request) = waiting.next() {
                socket.send(request)?;
            }
        }
        Ok(micros_each(before, spent(self.process)?, requests.len()))
    }

    fn socket(&self) -> Result<UdpSocket, Failure> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(self.address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket)
    }
}

/// An answer of `server` must bring a ticket.
pub(crate) fn expect_ticket(server: &str, reply: &[u8]) -> Result<(), Failure> {
    match MessageKind::of(reply) {
        Some(MessageKind::AsRep | MessageKind::TgsRep) => Ok(()),
        kind => Err(format!("{server} answers with {kind:?}").into()),
    }
}

/// Microseconds for each of `count`, of nanoseconds before and after.
pub(crate) fn micros_each(before: u64, after: u64, count: usize) -> f64 {
    after.saturating_sub(before) as f64 / 1e3 / count as f64
}

/// Nanoseconds that all threads of the process and of its children have run (proc(5)).
pub(crate) fn spent(process: u32) -> Result<u64, Failure> {
    let mut sum = 0_u64;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let thread = thread?.path();
        let times = fs::read_to_string(thread.join("schedstat"))?;
        let running = times.split_whitespace().next();
        sum += running.ok_or("an empty schedstat")?.parse::<u64>()?;
        for child in fs::read_to_string(thread.join("children"))?.split_whitespace() {
            sum += spent(child.parse()?)?;
        }
    }
    Ok(sum)
}
