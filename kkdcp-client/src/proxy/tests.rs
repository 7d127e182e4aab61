use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kerberos_core::exchange::Delivery;
use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::*;
use crate::test_replies::AS_REP;

/// An HTTPS server that answers with the bytes it is told to.
struct FakeProxy {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    root: String,
}

impl FakeProxy {
    async fn start() -> Self {
        Self::with_certificate(|_| {}).await
    }

    async fn with_certificate(adjust: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut ca = CertificateParams::new([]).unwrap();
        ca.distinguished_name
            .push(rcgen::DnType::CommonName, "Test CA");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().unwrap();
        let root = ca.self_signed(&ca_key).unwrap().pem();
        let mut leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
        adjust(&mut leaf);
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = leaf.signed_by(&leaf_key, &Issuer::new(ca, ca_key)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap(),
            )
            .unwrap();
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
            root,
        }
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/KdcProxy", self.address().port())
    }

    fn client(&self) -> KdcProxyBuilder {
        let roots = TrustRoots::only_pem(self.root.as_bytes()).unwrap();
        KdcProxy::builder(self.url().parse().unwrap()).roots(roots)
    }

    async fn accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await?;
        self.acceptor.accept(stream).await
    }

    /// Takes one request, answers with `raw`, closes, and returns head and body of the request.
    async fn answer(&self, raw: &[u8]) -> (String, Vec<u8>) {
        let mut stream = self.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        // The client may hang up early: that is what some tests want.
        let _ = stream.write_all(raw).await;
        let _ = stream.shutdown().await;
        request
    }
}

async fn read_request(stream: &mut TlsStream<TcpStream>) -> (String, Vec<u8>) {
    let mut received = Vec::new();
    let head = loop {
        assert_ne!(
            stream.read_buf(&mut received).await.unwrap(),
            0,
            "no request"
        );
        let end = received.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            break end + 4;
        }
    };
    let mut body = received.split_off(head);
    let head = String::from_utf8(received).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    while body.len() < length {
        assert_ne!(
            stream.read_buf(&mut body).await.unwrap(),
            0,
            "short request"
        );
    }
    (head, body)
}

fn response(head: &str, body: &[u8]) -> Vec<u8> {
    let mut raw = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    raw.extend_from_slice(body);
    raw
}

fn ok(body: &[u8]) -> Vec<u8> {
    response("200 OK\r\ncontent-type: application/kerberos", body)
}

fn outgoing() -> Outgoing {
    let realm = Realm::new("TEST.EXAMPLE").unwrap();
    Outgoing::new(realm, Bytes::from_static(b"\x6crequest"), Delivery::Any)
}

async fn deliver(proxy: &FakeProxy, raw: &[u8]) -> Result<Bytes, TransportError> {
    let client = proxy.client().max_reply(1000).build().unwrap();
    let outgoing = outgoing();
    let (reply, _) = tokio::join!(client.deliver(&outgoing), proxy.answer(raw));
    reply.map(|reply| reply.message)
}

/// What the error says after naming realm and endpoint.
async fn complaint(raw: &[u8]) -> String {
    let proxy = FakeProxy::start().await;
    let error = deliver(&proxy, raw).await.unwrap_err().to_string();
    let prefixes = ["the KDC proxy of", "the KDC of"]
        .map(|who| format!("{who} TEST.EXAMPLE at {} ", proxy.url()));
    let rest = prefixes
        .iter()
        .find_map(|prefix| error.strip_prefix(prefix.trim_end()));
    rest.unwrap_or_else(|| panic!("{error}"))
        .trim_start()
        .to_owned()
}

/// [MS-KKDCP] §3.1.5.1
#[tokio::test]
async fn a_request_is_posted_with_its_realm_and_the_reply_unwrapped() {
    let proxy = FakeProxy::start().await;
    let client = proxy.client().build().unwrap();
    let outgoing = outgoing();
    let raw = ok(&ProxyReply::wrap(AS_REP));
    let (reply, (head, body)) = tokio::join!(client.deliver(&outgoing), proxy.answer(&raw));
    let reply = reply.unwrap();
    assert_eq!(reply.message, AS_REP);
    assert_eq!(reply.endpoint, proxy.url());
    assert!(head.starts_with("post /kdcproxy http/1.1\r\n"), "{head}");
    assert!(
        head.contains("\r\ncontent-type: application/kerberos\r\n"),
        "{head}"
    );
    let host = format!("\r\nhost: localhost:{}\r\n", proxy.address().port());
    assert!(head.contains(&host), "{head}");
    let request = ProxyRequest::unwrap(&body).unwrap();
    assert_eq!(request.message, b"\x6crequest");
    assert_eq!(request.realm, outgoing.realm);
}

#[tokio::test]
async fn bodies_in_chunks_or_up_to_the_end_of_the_connection_are_read() {
    let body = ProxyReply::wrap(AS_REP);
    let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for piece in body.chunks(3) {
        chunked.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunked.extend_from_slice(piece);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let until_closed = [b"HTTP/1.0 200 OK\r\n\r\n", body.as_ref()].concat();
    for raw in [chunked, until_closed] {
        assert_eq!(
            deliver(&FakeProxy::start().await, &raw).await.unwrap(),
            AS_REP
        );
    }
}

#[tokio::test]
async fn bodies_that_are_no_replies_are_named_for_what_they_are() {
    for (raw, expected) in [
        (
            ok(b"\r\n<!DOCTYPE HTML><html>Sign in</html>"),
            "answered with an HTML page instead of a KDC-PROXY-MESSAGE",
        ),
        (
            ok(b"{\"error\":1}"),
            "answered with a JSON document instead of a KDC-PROXY-MESSAGE",
        ),
        (
            ok(b""),
            "answered with nothing instead of a KDC-PROXY-MESSAGE",
        ),
        (
            ok(b"\x6b\x03garbage"),
            "answered with something else than a KDC-PROXY-MESSAGE: KDC-PROXY-MESSAGE: \
             expected tag 0x30, found 0x6b at byte 0",
        ),
        (
            ok(&hex(b"300ca00a0408524553504f4e5345")),
            "answered with something else than a KDC-PROXY-MESSAGE: KDC-PROXY-MESSAGE.kerb-message",
        ),
    ] {
        let complaint = complaint(&raw).await;
        assert!(complaint.starts_with(expected), "{complaint}");
    }
}

#[tokio::test]
async fn statuses_other_than_200_are_failures_with_their_explanation() {
    for (raw, expected) in [
        (
            response(
                "400 Bad Request\r\ncontent-type: application/json\r\nx-ms-request-id: abc",
                b"{\"error\":\r\n \"AADSTS90002\"}",
            ),
            "answered HTTP 400: {\"error\": \"AADSTS90002\"} (x-ms-request-id abc)",
        ),
        (
            response(
                "404 Not Found\r\ncontent-type: text/html",
                b"<html>no</html>",
            ),
            "answered HTTP 404",
        ),
        (
            response("503 Unavailable", &ProxyReply::wrap(AS_REP)),
            "answered HTTP 503",
        ),
        (response("204 No Content", b""), "answered HTTP 204"),
        (
            response("302 Found\r\nlocation: https://evil.example/", b""),
            "redirects to \"https://evil.example/\"; redirects are not followed",
        ),
    ] {
        assert_eq!(complaint(&raw).await, expected);
    }
}

#[tokio::test]
async fn a_reply_may_reach_the_limit_and_not_pass_it() {
    let fits = ProxyReply::wrap(&[0x6b; 1000 - 16]);
    assert_eq!(fits.len(), 1000);
    let proxy = FakeProxy::start().await;
    assert_eq!(deliver(&proxy, &ok(&fits)).await.unwrap().len(), 984);
    let announced = ok(&ProxyReply::wrap(&[0x6b; 1000 - 15]));
    let unannounced = [b"HTTP/1.0 200 OK\r\n\r\n".as_slice(), &[b'0'; 1001]].concat();
    for raw in [announced, unannounced] {
        assert_eq!(
            complaint(&raw).await,
            "sent a reply of more than 1000 bytes"
        );
    }
}

#[tokio::test]
async fn a_truncated_body_is_a_broken_connection() {
    let mut raw = ok(&ProxyReply::wrap(AS_REP));
    raw.pop();
    let complaint = complaint(&raw).await;
    let expected = ": the connection broke before the reply was complete: ";
    assert!(complaint.starts_with(expected), "{complaint}");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_said_plainly() {
    let namesake = FakeProxy::start().await.root;
    let key = KeyPair::generate().unwrap();
    let stranger = CertificateParams::new([])
        .unwrap()
        .self_signed(&key)
        .unwrap()
        .pem();
    let only = |pem: String| TrustRoots::only_pem(pem.as_bytes()).unwrap();
    let expired = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    };
    let elsewhere = |params: &mut CertificateParams| {
        *params = CertificateParams::new(["proxy.example".to_owned()]).unwrap();
    };
    let cases = [
        {
            let proxy = FakeProxy::start().await;
            let client = proxy.client().roots(only(stranger));
            (
                client,
                proxy,
                "it was issued by an authority that is not trusted here",
            )
        },
        {
            let proxy = FakeProxy::start().await;
            let client = proxy.client().roots(only(namesake));
            (
                client,
                proxy,
                "the trusted authority of its issuer's name did not sign it",
            )
        },
        {
            let proxy = FakeProxy::with_certificate(expired).await;
            (proxy.client(), proxy, "it has expired")
        },
        {
            let proxy = FakeProxy::with_certificate(elsewhere).await;
            (
                proxy.client(),
                proxy,
                "it is for proxy.example, not for localhost",
            )
        },
    ];
    for (client, proxy, expected) in cases {
        let client = client.build().unwrap();
        let outgoing = outgoing();
        let (reply, handshake) = tokio::join!(client.deliver(&outgoing), proxy.accept());
        assert!(handshake.is_err());
        let error = reply.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the KDC proxy of TEST.EXAMPLE at {}: its certificate is not trusted: {expected}",
                proxy.url()
            )
        );
        assert!(error.remedy().unwrap().contains("http_anchors"));
    }
}

#[tokio::test]
async fn verification_can_be_given_up_by_a_name_that_warns() {
    let proxy = FakeProxy::start().await;
    let roots = TrustRoots::only_pem(FakeProxy::start().await.root.as_bytes()).unwrap();
    let client = proxy
        .client()
        .roots(roots)
        .danger_accept_any_certificate()
        .build()
        .unwrap();
    let outgoing = outgoing();
    let raw = ok(&ProxyReply::wrap(AS_REP));
    let (reply, _) = tokio::join!(client.deliver(&outgoing), proxy.answer(&raw));
    assert_eq!(reply.unwrap().message, AS_REP);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced() {
    let proxy = FakeProxy::start().await;
    let client = proxy.client().build().unwrap();
    let outgoing = outgoing();
    let raw = ok(&ProxyReply::wrap(AS_REP));
    // The connection stays open after the first reply and ends when the second request comes.
    let first = async {
        let mut stream = proxy.accept().await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(&raw).await.unwrap();
        stream
    };
    let (reply, mut kept) = tokio::join!(client.deliver(&outgoing), first);
    assert_eq!(reply.unwrap().message, AS_REP);
    let second = async {
        read_request(&mut kept).await;
        drop(kept);
        proxy.answer(&raw).await
    };
    let (reply, _) = tokio::join!(client.deliver(&outgoing), second);
    assert_eq!(reply.unwrap().message, AS_REP);
}

#[tokio::test]
async fn silence_and_closed_ports_are_told_apart() {
    let proxy = FakeProxy::start().await;
    let client = proxy
        .client()
        .timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let outgoing = outgoing();
    let error = tokio::select! {
        reply = client.deliver(&outgoing) => reply.unwrap_err(),
        () = async {
            let _open = proxy.accept().await;
            std::future::pending().await
        } => unreachable!(),
    };
    assert!(
        error.to_string().ends_with("did not answer within 0.05 s"),
        "{error}"
    );
    let (client, url) = (proxy.client().build().unwrap(), proxy.url());
    drop(proxy);
    let error = client.deliver(&outgoing).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the KDC of TEST.EXAMPLE at {url} cannot be reached: Connection refused (os error 111)"
        )
    );
}

#[test]
fn trust_roots_come_from_files_directories_and_variables() {
    use crate::krb5_conf::HttpAnchor;
    let directory = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let pem = CertificateParams::new([])
        .unwrap()
        .self_signed(&key)
        .unwrap()
        .pem();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    std::fs::write(directory.path().join("README"), "no certificate").unwrap();
    assert!(TrustRoots::from_anchors(&[HttpAnchor::File(file)]).is_ok());
    assert!(TrustRoots::from_anchors(&[HttpAnchor::Directory(directory.path().into())]).is_ok());
    let unset = HttpAnchor::Environment("KKDCP_NO_SUCH_VARIABLE".to_owned());
    assert_eq!(
        TrustRoots::from_anchors(&[unset]).unwrap_err().to_string(),
        "http_anchors = ENV:KKDCP_NO_SUCH_VARIABLE: the variable does not hold FILE:path or \
         DIR:path"
    );
    let missing = HttpAnchor::File("/no/such/ca.pem".into());
    assert_eq!(
        TrustRoots::from_anchors(&[missing])
            .unwrap_err()
            .to_string(),
        "/no/such/ca.pem: No such file or directory (os error 2)"
    );
    assert!(TrustRoots::only_pem(b"no certificate").is_err());
}

fn hex(digits: &[u8]) -> Vec<u8> {
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
