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

use super::*;
use crate::clock::SimClock;
use crate::kdc::tests::{
    AsAsk, NOW, TENANT, cloud, contoso, decoded_error, demo, demo_with, refused,
};
use crate::topology::{TRUSTS, Topology};
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

#[tokio::test]
async fn an_http_1_0_client_gets_a_length_and_the_end_of_the_connection() {
    let server = demo_server().await;
    let body = ProxyRequest::wrap(&bare_request(), &cloud());
    let mit = "Cache-Control: no-cache\r\nPragma: no-cache\r\nUser-Agent: kerberos/1.0\r\n\
               Content-type: application/kerberos\r\n";
    let (head, reply) = https(&server, &post(&tenant_path(), "HTTP/1.0", mit, &body)).await;
    assert_eq!(status(&head), "200", "{head}");
    let head = head.to_lowercase();
    assert!(
        head.contains(&format!("content-length: {}", reply.len())),
        "{head}"
    );
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(
        head.contains("content-type: application/kerberos"),
        "{head}"
    );
    let reply = ProxyReply::unwrap(&reply).unwrap();
    // Realm and URL agree, but the request's realm is CONTOSO.COM.
    assert_eq!(refused(reply.message), ErrorCode::KDC_ERR_WRONG_REALM);
}

#[tokio::test]
async fn request_ids_are_echoed_and_made() {
    let server = demo_server().await;
    let body = ProxyRequest::wrap(&bare_request(), &cloud());
    let more = "client-request-id: abc\r\nConnection: close\r\n";
    let (head, _) = https(&server, &post(&tenant_path(), "HTTP/1.1", more, &body)).await;
    let head = head.to_lowercase();
    assert!(head.contains("client-request-id: abc"), "{head}");
    let id = head.split("x-ms-request-id: ").nth(1).unwrap();
    assert_eq!(id.lines().next().unwrap().trim().len(), 36, "{head}");
}

#[tokio::test]
async fn what_is_no_proxied_request_is_refused_by_status() {
    let forest = demo_with(|b| b.assumptions(|a| a.proxy_body_limit = 1000));
    let server = Server::start(forest, options()).await.unwrap();
    let close = "Connection: close\r\n";
    let path = tenant_path();
    let good = ProxyRequest::wrap(&bare_request(), &cloud());
    let silent = ProxyRequest::wrap(b"no request", &cloud());
    let domains = ProxyRequest::wrap(&bare_request(), &contoso());
    let get = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{close}\r\n");
    let lengthless = format!("POST {path} HTTP/1.1\r\nHost: x\r\n{close}\r\n");
    let chunked = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\n{close}Transfer-Encoding: chunked\r\n\r\n\
         3e9\r\n{}\r\n0\r\n\r\n",
        "x".repeat(1001)
    );
    for (request, expected) in [
        (get.into_bytes(), "405"),
        (lengthless.into_bytes(), "411"),
        (chunked.into_bytes(), "413"),
        (post(&path, "HTTP/1.1", close, &[0; 1001]), "413"),
        (post(&path, "HTTP/1.1", close, &[0; 1000]), "400"),
        (post(&path, "HTTP/1.1", close, b""), "400"),
        (post(&path, "HTTP/1.1", close, &silent), "400"),
        (post(&path, "HTTP/1.1", close, &good), "200"),
        (post("/elsewhere", "HTTP/1.1", close, &good), "404"),
        (post("/KdcProxy", "HTTP/1.1", close, &domains), "503"),
        (post("/KdcProxy", "HTTP/1.1", close, &good), "503"),
        (
            post("/99999999-0000/kerberos", "HTTP/1.1", close, &good),
            "400",
        ),
    ] {
        let (head, _) = https(&server, &request).await;
        assert_eq!(status(&head), expected, "{head}");
    }
}

#[tokio::test]
async fn an_unknown_tenant_is_answered_as_login_microsoftonline_com_does() {
    let server = demo_server().await;
    let body = ProxyRequest::wrap(&bare_request(), &cloud());
    let path = "/no%22such/kerberos";
    let (head, reply) = https(&server, &post(path, "HTTP/1.0", "", &body)).await;
    assert_eq!(status(&head), "400");
    assert!(head.to_lowercase().contains("x-ms-request-id: "), "{head}");
    let text = String::from_utf8(reply).unwrap();
    assert!(
        text.contains("AADSTS90002: Tenant 'no22such' not found."),
        "{text}"
    );
}

#[tokio::test]
async fn windows_own_path_leads_to_domains_that_allow_it() {
    let server = Server::start(demo_with(|b| b.kdc_proxy("CONTOSO.COM")), options())
        .await
        .unwrap();
    let port = server.proxy_addr().unwrap().port();
    let url = format!("https://localhost:{port}/KdcProxy");
    assert_eq!(server.proxy_url(&contoso()), Some(url));
    let url = format!("https://localhost:{port}/{TENANT}/kerberos");
    assert_eq!(server.proxy_url(&cloud()), Some(url));
    let realm = Realm::new("contoso.com").unwrap();
    let body = ProxyRequest::wrap(&bare_request(), &realm);
    let (head, reply) = https(&server, &post("/kdcproxy", "HTTP/1.0", "", &body)).await;
    assert_eq!(status(&head), "200");
    let reply = ProxyReply::unwrap(&reply).unwrap();
    assert_eq!(refused(reply.message), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
}

#[tokio::test]
async fn files_for_other_programs_say_how_each_realm_is_reached() {
    use kerberos_core::keytab::Keytab;

    let server = demo_server().await;
    let folder = tempfile::tempdir().unwrap();
    server.export(folder.path()).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let direct = server.tcp_addr(&contoso()).unwrap();
    let url = server.proxy_url(&cloud()).unwrap();
    let conf = read("krb5.conf");
    assert!(
        conf.contains(&format!("CONTOSO.COM = {{\n        kdc = {direct}\n")),
        "{conf}"
    );
    assert!(
        conf.contains(&format!("kdc = {url}\n        http_anchors = FILE:/")),
        "{conf}"
    );
    assert!(
        conf.contains(".windows.net = KERBEROS.MICROSOFTONLINE.COM\n"),
        "{conf}"
    );
    assert!(conf.contains("localhost = CONTOSO.COM\n"), "{conf}");
    assert!(
        conf.contains("CONTOSO.COM = {\n        KERBEROS.MICROSOFTONLINE.COM = .\n"),
        "{conf}"
    );
    let cloud_direct = server.tcp_addr(&cloud()).unwrap();
    let conf = read("krb5-direct.conf");
    assert!(
        conf.contains(&format!("kdc = {cloud_direct}\n")) && !conf.contains("https"),
        "{conf}"
    );
    assert_eq!(read("ca.pem"), server.root_certificate());
    let keytab = std::fs::read(folder.path().join("services.keytab")).unwrap();
    let keytab = Keytab::decode(&keytab).unwrap();
    let sql = format!("{}@{}", "cifs/contosofiles.file.core.windows.net", cloud());
    assert!(
        keytab
            .entries()
            .iter()
            .any(|entry| entry.principal().to_string() == sql)
    );
}

/// What clients are told is what the KDCs do.
#[tokio::test]
async fn every_suffix_has_one_realm_and_no_path_ends_on_its_way() {
    let topology = Topology::parse(TRUSTS).unwrap();
    let forest = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(1))).unwrap();
    let server = Server::start(Arc::new(forest), options()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.export(folder.path()).unwrap();
    let conf = std::fs::read_to_string(folder.path().join("krb5.conf")).unwrap();
    let (realms, paths) = conf
        .split_once("[domain_realm]\n")
        .unwrap()
        .1
        .split_once("\n\n")
        .unwrap();
    let mut suffixes: Vec<_> = realms
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .collect();
    // It is a tree of the forest that a partner reaches by way of CORP.EXAMPLE.
    assert!(
        suffixes.contains(&("    .lab.example", "LAB.EXAMPLE")),
        "{conf}"
    );
    let count = suffixes.len();
    suffixes.sort_unstable();
    suffixes.dedup_by_key(|(suffix, _)| *suffix);
    assert_eq!(suffixes.len(), count, "{conf}");
    // Its trust with EU.CORP.EXAMPLE is not transitive ([MS-ADTS] §6.1.6.7.9).
    let (_, stranger) = paths.split_once("    MIT.EXAMPLE = {\n").unwrap();
    let (stranger, _) = stranger.split_once("    }\n").unwrap();
    assert_eq!(stranger, "        EU.CORP.EXAMPLE = .\n", "{conf}");
    let within = "    DE.EU.CORP.EXAMPLE = {\n";
    let (_, within) = paths.split_once(within).unwrap();
    assert!(
        within.contains("US.CORP.EXAMPLE = EU.CORP.EXAMPLE\n"),
        "{conf}"
    );
}

/// All tenants are one realm, of which a krb5.conf can name one proxy: the others stand beside it.
#[tokio::test]
async fn the_proxy_of_every_tenant_is_named() {
    const OTHER: &str = "22222222-2222-3333-4444-555555555555";

    let forest = demo_with(|builder| builder.tenant(OTHER));
    let server = Server::start(forest, options()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.export(folder.path()).unwrap();
    let conf = std::fs::read_to_string(folder.path().join("krb5.conf")).unwrap();
    let [first, other] = [TENANT, OTHER].map(|id| server.tenant_url(id).unwrap());
    let named = format!(
        "        # For CONTOSO.COM, and users who sign in there: {first}\n        \
         # For users who sign in there: {other}\n        kdc = {first}\n"
    );
    assert!(conf.contains(&named), "{conf}");
    server.stop().await;
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
