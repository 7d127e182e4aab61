//! A KDC proxy that is none, or lies: what the client makes of it, and what it says.

use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::{ClientPolicy, ExchangeError, Identity, TicketRequest};
use kerberos_core::kkdcp::ProxyReply;
use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;
use kerberos_tests::forests::{grown, hybrid};
use kerberos_tests::hostile_proxy::HostileProxy;
use kerberos_tests::kdcproxy::Authority;
use kerberos_tests::loopback::{BEGIN, Loopback, in_realm, principal};
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL};
use kkdcp_client::{
    AcquireError, Clock, KdcProxy, KerberosClient, ProxyUrl, RealmRoutes, TransportError,
    TrustRoots,
};

/// The client's clock stands still.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        BEGIN
    }
}

/// Largest reply the client of these tests takes.
const LIMIT: usize = 4096;

/// Gets as far as the cloud realm's proxy, which sends `response`.
async fn met_by(response: impl Into<Vec<u8>>) -> (AcquireError, String) {
    let proxy = HostileProxy::start(response);
    let root = proxy.root().to_owned();
    (acquire(&proxy, &root).await, proxy.url())
}

async fn acquire(proxy: &HostileProxy, root: &str) -> AcquireError {
    let kdc = KdcProxy::builder(ProxyUrl::parse(&proxy.url()).unwrap())
        .roots(TrustRoots::only_pem(root.as_bytes()).unwrap())
        .max_reply(LIMIT)
        .build()
        .unwrap();
    let routes = RealmRoutes::new()
        .realm(&Realm::new(AD).unwrap(), [Loopback::new(grown(hybrid()))])
        .realm(&Realm::new(ENTRA).unwrap(), [kdc]);
    let client = KerberosClient::builder()
        .identity(Identity::password(principal(ALICE), PASSWORD.to_owned()))
        .routes(routes)
        .policy(ClientPolicy::new(SeededEntropy::new(1)))
        .clock(Standing)
        .build()
        .unwrap();
    let service = in_realm(SQL, principal(ALICE).realm());
    client
        .acquire(&TicketRequest::service(service))
        .await
        .map(drop)
        .unwrap_err()
}

/// Every such error names the realm, the way there and the endpoint.
#[track_caller]
fn assert_located(error: &AcquireError, url: &str) {
    assert_eq!(error.realm().map(Realm::as_str), Some(ENTRA), "{error}");
    let path: Vec<_> = error.path().iter().map(Realm::as_str).collect();
    assert_eq!(path, [AD, ENTRA], "{error}");
    assert_eq!(error.endpoint(), Some(url), "{error}");
    let text = error.to_string();
    assert!(text.contains(ENTRA) && text.contains(url), "{text}");
    assert!(
        text.contains("hop 2 of CONTOSO.COM -> KERBEROS.MICROSOFTONLINE.COM"),
        "{text}"
    );
}

#[track_caller]
fn transport(error: &AcquireError) -> &TransportError {
    let AcquireError::Transport { source, .. } = error else {
        panic!("{error}");
    };
    source
}

#[tokio::test]
async fn garbage() {
    let body = [0xde, 0xad, 0xbe, 0xef];
    let (error, url) = met_by(HostileProxy::ok("Content-Length: 4\r\n", &body)).await;
    assert_located(&error, &url);
    assert!(
        matches!(transport(&error), TransportError::Malformed { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn an_html_page() {
    let page = b"<!DOCTYPE html><html><body>Sign in to your account</body></html>";
    let headers = format!(
        "Content-Type: text/html\r\nContent-Length: {}\r\n",
        page.len()
    );
    let (error, url) = met_by(HostileProxy::ok(&headers, page)).await;
    assert_located(&error, &url);
    assert!(
        matches!(transport(&error), TransportError::NotKerberos { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("an HTML page"), "{error}");
    assert!(!error.to_string().contains("<html>"), "{error}");
}

#[tokio::test]
async fn a_truncated_body() {
    let (error, url) = met_by(HostileProxy::ok("Content-Length: 500\r\n", &[0x30; 100])).await;
    assert_located(&error, &url);
    assert!(
        matches!(transport(&error), TransportError::Broken { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_truncated_message() {
    let whole = ProxyReply::wrap(&[0x6d; 200]);
    let body = &whole[..100];
    let (error, url) = met_by(HostileProxy::ok("Content-Length: 100\r\n", body)).await;
    assert_located(&error, &url);
    assert!(
        matches!(transport(&error), TransportError::Malformed { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("truncated"), "{error}");
}

/// Both sides of the limit: within it the body is read, and found not to be Kerberos.
#[tokio::test]
async fn an_oversized_body() {
    let within = vec![0x30; LIMIT];
    let headers = format!("Content-Length: {LIMIT}\r\n");
    let (error, _) = met_by(HostileProxy::ok(&headers, &within)).await;
    assert!(
        matches!(transport(&error), TransportError::Malformed { .. }),
        "{error}"
    );

    let beyond = vec![0x30; LIMIT + 1];
    let headers = format!("Content-Length: {}\r\n", LIMIT + 1);
    let (error, url) = met_by(HostileProxy::ok(&headers, &beyond)).await;
    assert_located(&error, &url);
    let TransportError::TooLarge { limit, .. } = transport(&error) else {
        panic!("{error}");
    };
    assert_eq!(*limit, LIMIT);
    // Without a length the client counts for itself.
    let (error, _) = met_by(HostileProxy::ok("", &beyond)).await;
    assert!(
        matches!(transport(&error), TransportError::TooLarge { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_tls_root() {
    let proxy = HostileProxy::start(HostileProxy::ok("", b""));
    let error = acquire(&proxy, &Authority::new().pem).await;
    assert_located(&error, &proxy.url());
    assert!(
        matches!(
            transport(&error),
            TransportError::UntrustedCertificate { .. }
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("its certificate is not trusted"),
        "{error}"
    );
}

#[tokio::test]
async fn a_redirect_to_another_host() {
    let response = "HTTP/1.1 307 Temporary Redirect\r\nConnection: close\r\n\
                    Location: https://elsewhere.example/kerberos\r\nContent-Length: 0\r\n\r\n";
    let (error, url) = met_by(response).await;
    assert_located(&error, &url);
    assert!(
        matches!(transport(&error), TransportError::Redirected { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("elsewhere.example"), "{error}");
}

/// Well wrapped, but what is inside is no reply to the request.
#[tokio::test]
async fn a_reply_that_nobody_asked_for() {
    let inner = hex::decode("6d0b3009a003020105a10302010d").unwrap();
    let body = ProxyReply::wrap(&inner);
    let headers = format!("Content-Length: {}\r\n", body.len());
    let (error, url) = met_by(HostileProxy::ok(&headers, &body)).await;
    assert_located(&error, &url);
    let AcquireError::Exchange { source, .. } = &error else {
        panic!("{error}");
    };
    assert!(
        matches!(**source, ExchangeError::Malformed { .. }),
        "{error}"
    );
}
