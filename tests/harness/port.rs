//! Ports for servers that must be told where to listen.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Where ports are taken from. Linux gives those from 32,768 on to whoever asks for any port, so
/// one of them that was free may be another test's before the server is up; these it gives to
/// nobody.
const FIRST: u16 = 16_384;
/// How many there are.
const COUNT: u16 = 16_384;

/// The address of `port` on this machine.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// A port that is free for UDP and TCP, and that no other test of this process gets.
///
/// Two processes begin at different places.
pub fn free_port() -> u16 {
    static NEXT: OnceLock<AtomicU16> = OnceLock::new();
    let next = NEXT.get_or_init(|| {
        let begin = process::id().wrapping_mul(64) % u32::from(COUNT);
        AtomicU16::new(u16::try_from(begin).expect("below a count of ports"))
    });
    for _ in 0..COUNT {
        let port = FIRST + next.fetch_add(1, Ordering::Relaxed) % COUNT;
        let address = loopback(port);
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return port;
        }
    }
    panic!("no port from {FIRST} on is free");
}
