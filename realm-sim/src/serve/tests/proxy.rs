//! The KDC proxy: HTTP and where its paths lead.

use super::*;

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
