//! The KDC proxy in front of other KDCs.

use kerberos_core::kpasswd::{PasswordProtocol, PasswordRequest};
use tokio::net::TcpListener;

use super::*;
use crate::forest::ForestBuilder;
use crate::topology::Problem;

/// A proxy in front of these KDCs of CONTOSO.COM, and of nothing else.
async fn proxy_before(kdcs: &[&str]) -> Server {
    let forest = Forest::builder().forwarded_realm("CONTOSO.COM", kdcs);
    let forest = forest.build(Arc::new(SeededEntropy::new(7))).unwrap();
    Server::start(forest, options()).await.unwrap()
}

/// What the proxy answers: the status, and the body as it is.
async fn ask(proxy: &Server, realm: &str, message: &[u8]) -> (String, Vec<u8>) {
    let body = ProxyRequest::wrap(message, &Realm::new(realm).unwrap());
    let (head, reply) = https(proxy, &post("/KdcProxy", "HTTP/1.0", "", &body)).await;
    (status(&head).to_owned(), reply)
}

/// An address that nobody listens at.
async fn deserted() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// [MS-KKDCP] §3.2.5.1
#[tokio::test]
async fn a_request_goes_to_the_first_kdc_that_answers_and_its_reply_comes_back() {
    let kdc = demo_server().await;
    let there = kdc.tcp_addr(&contoso()).unwrap().to_string();
    let dead = deserted().await.to_string();
    let proxy = proxy_before(&[&dead, &there]).await;
    assert_eq!(proxy.forest().realms(), []);
    let port = proxy.proxy_addr().unwrap().port();
    let url = format!("https://localhost:{port}/KdcProxy");
    assert_eq!(proxy.proxy_url(&contoso()), Some(url));
    // A realm in other letters is the same one; the KDC itself gets the request as it is.
    for realm in ["CONTOSO.COM", "contoso.com"] {
        let (status, reply) = ask(&proxy, realm, &AsAsk::bare().encode()).await;
        assert_eq!(status, "200");
        let reply = ProxyReply::unwrap(&reply).unwrap();
        assert_eq!(refused(reply.message), ErrorCode::KDC_ERR_PREAUTH_REQUIRED);
    }
    let (status, reply) = ask(&proxy, "CONTOSO.COM", &AsAsk::alice().encode()).await;
    assert_eq!(status, "200");
    let reply = ProxyReply::unwrap(&reply).unwrap();
    assert_eq!(decoded_error(reply.message), None, "an AS-REP");
}

#[tokio::test]
async fn where_no_kdc_answers_the_proxy_says_so() {
    let dead = deserted().await.to_string();
    let proxy = proxy_before(&[&dead]).await;
    for (realm, message, expected, says) in [
        (
            "CONTOSO.COM",
            bare_request(),
            "503",
            "no KDC of CONTOSO.COM answers",
        ),
        (
            "FABRIKAM.COM",
            bare_request(),
            "503",
            "no KDC of FABRIKAM.COM is behind this proxy",
        ),
        (
            "CONTOSO.COM",
            b"no request".to_vec(),
            "400",
            "no request to a KDC",
        ),
    ] {
        let (status, body) = ask(&proxy, realm, &message).await;
        let body = String::from_utf8(body).unwrap();
        assert_eq!(status, expected, "{body}");
        assert!(body.contains(says), "{body}");
    }
}

/// A reply that is longer than any, or that ends before it should, is none.
#[tokio::test]
async fn a_kdc_that_breaks_off_has_not_answered() {
    for reply in [&[0x7f, 0xff, 0xff, 0xff][..], &[0, 0, 0, 9, 1][..], &[][..]] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_frame(&mut stream).await;
            stream.write_all(reply).await.unwrap();
        });
        let proxy = proxy_before(&[&address]).await;
        let (status, _) = ask(&proxy, "CONTOSO.COM", &bare_request()).await;
        assert_eq!(status, "503", "{reply:?}");
    }
}

/// RFC 3244 §2
#[tokio::test]
async fn passwords_go_to_their_own_servers_if_there_are_any() {
    let kdc = demo_server().await;
    let there = kdc.password_addr(&contoso()).unwrap();
    // Neither an AP-REQ nor a KRB-PRIV: the service refuses what it is sent.
    let request = PasswordRequest {
        protocol: PasswordProtocol::Change,
        ap_req: b"AP-REQ",
        krb_priv: b"KRB-PRIV",
    };
    let request = request.encode().unwrap();
    let without = proxy_before(&["127.0.0.1"]).await;
    let (status, body) = ask(&without, "CONTOSO.COM", &request).await;
    assert_eq!(status, "503", "{}", String::from_utf8_lossy(&body));
    let text = format!(
        "[[forwarded_realm]]\nname = \"CONTOSO.COM\"\nkdcs = [\"127.0.0.1\"]\n\
         password_servers = [\"{there}\"]\n"
    );
    let topology = Topology::parse(&text).unwrap();
    let forest = Forest::from_topology(&topology, Arc::new(SeededEntropy::new(7))).unwrap();
    let with = Server::start(forest, options()).await.unwrap();
    let (status, reply) = ask(&with, "CONTOSO.COM", &request).await;
    assert_eq!(status, "200");
    assert!(ProxyReply::unwrap(&reply).is_ok());
}

#[tokio::test]
async fn files_for_other_programs_lead_through_the_proxy_or_past_it() {
    let proxy = proxy_before(&["kdc.contoso.com", "[::1]:750"]).await;
    let url = proxy.proxy_url(&contoso()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    proxy.export(folder.path()).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let proxied = read("krb5.conf");
    let section = format!("CONTOSO.COM = {{\n        kdc = {url}\n        http_anchors = FILE:");
    assert!(proxied.contains(&section), "{proxied}");
    assert!(
        proxied.contains("default_realm = CONTOSO.COM\n"),
        "{proxied}"
    );
    let direct = read("krb5-direct.conf");
    let section = "CONTOSO.COM = {\n        kdc = kdc.contoso.com:88\n        kdc = [::1]:750\n";
    assert!(direct.contains(section), "{direct}");
}

#[test]
fn a_realm_is_simulated_or_forwarded_to_and_has_kdcs() {
    let problem = |builder: ForestBuilder| {
        let error = builder.build(Arc::new(SeededEntropy::new(7))).unwrap_err();
        match error {
            crate::topology::TopologyError::Entry { problem, .. } => problem,
            error => panic!("{error}"),
        }
    };
    let twice = Forest::builder().realm("A").forwarded_realm("a", &["kdc"]);
    assert!(matches!(problem(twice), Problem::Duplicate { .. }));
    let twice = Forest::builder();
    let twice = twice
        .forwarded_realm("A", &["kdc"])
        .forwarded_realm("a", &["kdc"]);
    assert!(matches!(problem(twice), Problem::Duplicate { .. }));
    let none = Forest::builder().forwarded_realm("A", &[]);
    assert!(matches!(problem(none), Problem::Missing { .. }));
    let port = Forest::builder().forwarded_realm("A", &["kdc:0"]);
    assert!(matches!(problem(port), Problem::Server { text } if text == "kdc:0"));
}
