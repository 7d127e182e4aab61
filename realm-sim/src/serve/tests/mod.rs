//! The servers, asked over real sockets on loopback.

use kerberos_core::assigned::ErrorCode;
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::framing::{frame, unframe};
use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

mod exported;
mod forwarding;
mod proxy;

use super::*;
use crate::clock::SimClock;
use crate::kdc::tests::{
    AsAsk, NOW, TENANT, cloud, contoso, decoded_error, demo, demo_with, refused,
};
use crate::topology::Topology;
use tokio::net::UdpSocket;

fn options() -> ServeOptions {
    ServeOptions {
        clock: Arc::new(SimClock::new(NOW)),
        ..ServeOptions::default()
    }
}

async fn demo_server() -> Server {
    Server::start(demo(), options()).await.unwrap()
}

/// A request that is refused with KDC_ERR_PREAUTH_REQUIRED.
fn bare_request() -> Vec<u8> {
    AsAsk::bare().encode()
}

async fn datagram(socket: &UdpSocket, request: &[u8]) -> Vec<u8> {
    socket.send(request).await.unwrap();
    let mut buffer = vec![0; 65_535];
    let length = socket.recv(&mut buffer).await.unwrap();
    buffer.truncate(length);
    buffer
}

async fn client_of(address: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(address).await.unwrap();
    socket
}

async fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let length = stream.read_u32().await.unwrap();
    let mut message = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut message).await.unwrap();
    message
}

#[tokio::test]
async fn one_port_takes_datagrams_and_streams() {
    let server = demo_server().await;
    for realm in [contoso(), cloud()] {
        assert_eq!(server.udp_addr(&realm), server.tcp_addr(&realm));
        assert!(server.udp_addr(&realm).unwrap().ip().is_loopback());
    }
    let socket = client_of(server.udp_addr(&contoso()).unwrap()).await;
    let reply = datagram(&socket, &bare_request()).await;
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
    server.stop().await;
}

#[tokio::test]
async fn a_retransmission_gets_the_same_reply_and_a_replay_does_not() {
    let roomy = demo_with(|b| b.policy(|policy| policy.udp_reply_limit = 4096));
    let server = Server::start(roomy, options()).await.unwrap();
    let address = server.udp_addr(&contoso()).unwrap();
    let (ours, theirs) = (client_of(address).await, client_of(address).await);
    let request = AsAsk::alice().encode();
    let reply = datagram(&ours, &request).await;
    assert_eq!(decoded_error(&reply), None);
    assert_eq!(datagram(&ours, &request).await, reply);
    let replayed = datagram(&theirs, &request).await;
    assert_eq!(refused(&replayed), ErrorCode::KRB_AP_ERR_REPEAT);
}

/// RFC 4120 §7.2.1
#[tokio::test]
async fn a_reply_that_fits_no_datagram_is_had_over_a_stream() {
    let forest = demo_with(|b| b.policy(|policy| policy.udp_reply_limit = 400));
    let server = Server::start(forest, options()).await.unwrap();
    let request = AsAsk::alice().encode();
    let socket = client_of(server.udp_addr(&contoso()).unwrap()).await;
    let reply = datagram(&socket, &request).await;
    assert_eq!(refused(&reply), ErrorCode::KRB_ERR_RESPONSE_TOO_BIG);
    let mut stream = TcpStream::connect(server.tcp_addr(&contoso()).unwrap())
        .await
        .unwrap();
    stream.write_all(&frame(&request)).await.unwrap();
    assert_eq!(decoded_error(&read_frame(&mut stream).await), None);
}

/// RFC 4120 §7.2.2
#[tokio::test]
async fn a_stream_carries_several_requests_in_any_pieces() {
    let server = demo_server().await;
    let mut stream = TcpStream::connect(server.tcp_addr(&contoso()).unwrap())
        .await
        .unwrap();
    let framed = frame(&bare_request());
    let (head, tail) = framed.split_at(3);
    stream.write_all(head).await.unwrap();
    stream.write_all(tail).await.unwrap();
    let twice = [framed.as_ref(), framed.as_ref()].concat();
    stream.write_all(&twice).await.unwrap();
    for _ in 0..3 {
        let reply = read_frame(&mut stream).await;
        assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
    }
}

/// RFC 4120 §7.2.2
#[tokio::test]
async fn an_unacceptable_length_is_refused_and_ends_the_stream() {
    let server = demo_server().await;
    let address = server.tcp_addr(&contoso()).unwrap();
    for prefix in [[0x80, 0, 0, 1], [0, 2, 0, 1]] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&prefix).await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        assert_eq!(
            refused(unframe(&all).unwrap()),
            ErrorCode::KRB_ERR_FIELD_TOOLONG
        );
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&frame(b"no request")).await.unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    assert!(all.is_empty(), "what is no request gets no answer");
}

#[tokio::test]
async fn connections_are_limited_and_silent_ones_are_closed() {
    let few = ServeOptions {
        max_connections: 1,
        idle: Duration::from_millis(100),
        ..options()
    };
    let server = Server::start(demo(), few).await.unwrap();
    let address = server.tcp_addr(&contoso()).unwrap();
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(&frame(&bare_request())).await.unwrap();
    read_frame(&mut first).await;
    let mut second = TcpStream::connect(address).await.unwrap();
    let mut byte = [0];
    assert!(
        matches!(second.read(&mut byte).await, Ok(0) | Err(_)),
        "one too many"
    );
    assert_eq!(
        first.read(&mut byte).await.unwrap(),
        0,
        "it was silent for too long"
    );
}

#[tokio::test]
async fn a_server_stops_when_told_and_when_dropped() {
    let server = demo_server().await;
    let address = server.tcp_addr(&contoso()).unwrap();
    let _open = TcpStream::connect(address).await.unwrap();
    server.stop().await;
    assert!(TcpStream::connect(address).await.is_err());

    let server = demo_server().await;
    let address = server.proxy_addr().unwrap();
    drop(server);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

/// What waits for datagrams sleeps in the system, and is woken wherever it listens.
#[tokio::test]
async fn ports_of_datagrams_are_free_after_the_end() {
    let bound = |listen: IpAddr| {
        let options = ServeOptions {
            listen,
            ..options()
        };
        Server::start(demo(), options)
    };
    let ports = |server: &Server| {
        let realms = server.realms.iter();
        let both = realms.flat_map(|realm| [Some(realm.kdc), realm.passwords]);
        both.flatten().collect::<Vec<_>>()
    };
    let is_free = |port: &SocketAddr| std::net::UdpSocket::bind(port).is_ok();
    for listen in ["127.0.0.1", "127.0.0.7", "0.0.0.0", "::1", "::"] {
        let server = bound(listen.parse().unwrap()).await.unwrap();
        let taken = ports(&server);
        assert_eq!(taken.len(), 3);
        assert!(!taken.iter().any(is_free), "{listen}");
        server.stop().await;
        assert!(taken.iter().all(is_free), "{listen}");
    }
    let server = bound(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).await.unwrap();
    let taken = ports(&server);
    drop(server);
    while !taken.iter().all(is_free) {
        tokio::task::yield_now().await;
    }
}

/// It is no request, so it gets no answer; nor does it end anything.
#[tokio::test]
async fn an_empty_datagram_is_met_with_silence() {
    let server = demo_server().await;
    let socket = client_of(server.udp_addr(&contoso()).unwrap()).await;
    for _ in 0..3 {
        socket.send(&[]).await.unwrap();
    }
    let reply = datagram(&socket, &bare_request()).await;
    assert_eq!(refused(&reply), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
}

/// A connection to the proxy under this name.
async fn tls(server: &Server, name: &str) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(server.certificates.root_der().to_vec().into())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.proxy_addr().unwrap())
        .await
        .unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

/// Sends `request` over TLS and reads until the connection closes, as MIT's client does.
async fn https(server: &Server, request: &[u8]) -> (String, Vec<u8>) {
    let mut tls = tls(server, "localhost").await;
    tls.write_all(request).await.unwrap();
    let mut all = Vec::new();
    tls.read_to_end(&mut all).await.unwrap();
    let end = all
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    (head, all[end + 4..].to_vec())
}

fn post(path: &str, version: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} {version}\r\nHost: localhost:443\r\n{more}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn status(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

fn tenant_path() -> String {
    format!("/{TENANT}/kerberos")
}

/// `localhost` is one address; what listens on another is reached there.
#[tokio::test]
async fn a_proxy_on_another_address_is_reached_by_its_address() {
    let elsewhere = ServeOptions {
        listen: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 7)),
        ..options()
    };
    let server = Server::start(demo(), elsewhere).await.unwrap();
    let address = server.proxy_addr().unwrap();
    let url = format!("https://{address}/{TENANT}/kerberos");
    assert_eq!(server.tenant_url(TENANT), Some(url));
    tls(&server, &address.ip().to_string()).await;
    server.stop().await;
}

/// RFC 3244 §2: beside every Active Directory realm, by datagram and by stream.
#[tokio::test]
async fn passwords_have_a_port_of_their_own() {
    let server = demo_server().await;
    assert_eq!(server.password_addr(&cloud()), None);
    let address = server.password_addr(&contoso()).unwrap();
    assert_ne!(address.port(), server.tcp_addr(&contoso()).unwrap().port());
    let request = [0, 6, 0, 1, 0, 9];
    let by_datagram = datagram(&client_of(address).await, &request).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&frame(&request)).await.unwrap();
    let by_stream = read_frame(&mut stream).await;
    assert_eq!(by_datagram, by_stream);
    let reply = kerberos_core::kpasswd::PasswordReply::decode(&by_stream);
    assert!(matches!(
        reply,
        Ok(kerberos_core::kpasswd::PasswordReply::Error { .. })
    ));
    server.stop().await;
}

#[tokio::test]
async fn a_user_signs_in_at_the_token_endpoint() {
    let server = demo_server().await;
    let form = b"grant_type=password&username=alice%40contoso.com";
    for (path, expected) in [
        (format!("/{TENANT}/oauth2/token"), "AADSTS70003"),
        (format!("/{TENANT}/oauth2/v2.0/token"), "AADSTS70003"),
        ("/common/oauth2/token".to_owned(), "AADSTS70003"),
        ("/nowhere/oauth2/token".to_owned(), "AADSTS90002"),
    ] {
        let (head, body) = https(
            &server,
            &post(&path, "HTTP/1.1", "Connection: close\r\n", form),
        )
        .await;
        assert_eq!(status(&head), "400", "{head}");
        assert!(head.contains("application/json"), "{head}");
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(expected), "{body}");
    }
}
