use kerberos_core::entropy::SeededEntropy;
use kerberos_core::name::Realm;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::forest::Forest;
use crate::serve::{ServeError, ServeOptions, Server};

async fn server() -> Server {
    let forest = Forest::demo(Arc::new(SeededEntropy::new(1))).unwrap();
    let options = ServeOptions {
        admin: true,
        ..ServeOptions::default()
    };
    Server::start(forest, options).await.unwrap()
}

/// Status and body of the answer to a request of these lines.
async fn answer(server: &Server, head: &str, body: &str) -> (u16, Value) {
    let host = server.admin_url().unwrap().replace("http://", "");
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let length = body.len();
    let request = format!(
        "{head}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    // A refused body makes the system reset the connection once the answer is sent.
    let _ = stream.read_to_end(&mut response).await;
    let response = String::from_utf8(response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("cache-control: no-store"), "{head}");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

/// The head of a POST with the server's token.
fn post(server: &Server, path: &str) -> String {
    let token = server.admin_token().unwrap();
    format!("POST {path} HTTP/1.1\r\nAuthorization: bearer {token}")
}

#[tokio::test]
async fn an_account_is_made_where_it_is_served() {
    let server = server().await;
    let request = json!({
        "op": "create", "type": "COMPUTER", "name": "WS01", "spn": "host/ws01.contoso.com",
        "password": "Passw0rd!", "opts": { "supported_enctypes": 28 }
    });
    let head = post(&server, "/account");
    let (status, made) = answer(&server, &head, &request.to_string()).await;
    assert_eq!(status, 200);
    assert_eq!(made["name"], "WS01$");
    assert_eq!(made["dn"], "CN=WS01,CN=Computers,DC=contoso,DC=com");
    assert_eq!(made["kvno"], 1);
    let contoso = Realm::new("CONTOSO.COM").unwrap();
    let account = server.forest().domain(&contoso).unwrap();
    let account = account.account("ws01").unwrap();
    let key = account.keys().preferred().expose_material();
    let key: String = key.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(made["keys"]["18"], key);
    // Once more.
    let (status, refused) = answer(&server, &head, &request.to_string()).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("name_taken"))
    );
    server.stop().await;
}

#[tokio::test]
async fn only_who_has_the_token_is_heard() {
    let server = server().await;
    let token = server.admin_token().unwrap().to_owned();
    assert_eq!(token.len(), 2 * TOKEN_OCTETS);
    let shorter = token.get(1..).unwrap();
    for authorization in [
        String::new(),
        format!("\r\nAuthorization: Bearer {shorter}"),
        format!("\r\nAuthorization: Bearer {token}0"),
        format!("\r\nAuthorization: Basic {token}"),
        format!("\r\nAuthorization: {token}"),
    ] {
        let head = format!("POST /account HTTP/1.1{authorization}");
        let (status, refused) = answer(&server, &head, r#"{"op":"keys","name":"alice"}"#).await;
        assert_eq!(status, 401, "{authorization}");
        assert_eq!(refused["error"]["code"], "unauthorized");
        assert!(refused.get("keys").is_none());
    }
    server.stop().await;
}

#[tokio::test]
async fn each_refusal_has_its_status_and_says_why() {
    let server = server().await;
    let account = post(&server, "/account");
    let get = account.replacen("POST", "GET", 1);
    let nobody = r#"{"op":"keys","name":"nobody"}"#;
    let strange = r#"{"op":"keys","name":"alice","colour":"red"}"#;
    for (head, body, status, code) in [
        (&account, nobody, 404, "not_found"),
        (&account, strange, 400, "malformed"),
        (&account, "{", 400, "malformed"),
        (&account, r#"{"op":"create","name":"x"}"#, 400, "missing"),
        (&get, nobody, 405, "method"),
        (&post(&server, "/nowhere"), nobody, 404, "no_such_path"),
    ] {
        let (found, refused) = answer(&server, head, body).await;
        assert_eq!(found, status, "{body}: {refused}");
        assert_eq!(refused["error"]["code"], code);
        assert!(
            refused["error"]["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_field() {
    let server = server().await;
    let account = post(&server, "/account");
    for (opts, message) in [
        (
            r#"{"protected":[]}"#,
            "opts.protected: invalid type: sequence, expected a boolean",
        ),
        (
            r#"{"member_of":["Domain Users",1]}"#,
            "opts.member_of[1]: invalid type: integer `1`, expected a string",
        ),
        (
            r#"{"delegation_from":true}"#,
            "opts.delegation_from: invalid type: boolean `true`, expected a string or a list of strings",
        ),
        (
            r#"{"additional_details":{"description":{}}}"#,
            "opts.additional_details.description: a number, a string or a list of strings is wanted",
        ),
        (r#"{"colour":"red"}"#, "opts.colour: unknown field `colour`"),
    ] {
        let body = format!(r#"{{"op":"create","type":"USER","name":"x","opts":{opts}}}"#);
        let (status, refused) = answer(&server, &account, &body).await;
        assert_eq!(status, 400);
        let found = refused["error"]["message"].as_str().unwrap();
        assert!(found.starts_with(message), "{found}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let server = server().await;
    let head = post(&server, "/account");
    let within = " ".repeat(MAX_BODY);
    assert_eq!(answer(&server, &head, &within).await.0, 400);
    let beyond = " ".repeat(MAX_BODY + 1);
    assert_eq!(answer(&server, &head, &beyond).await.0, 413);
    server.stop().await;
}

#[tokio::test]
async fn without_being_asked_for_there_is_no_administration() {
    let forest = Forest::demo(Arc::new(SeededEntropy::new(1))).unwrap();
    let server = Server::start(forest, ServeOptions::default())
        .await
        .unwrap();
    assert_eq!((server.admin_url(), server.admin_token()), (None, None));
    server.stop().await;
}

#[tokio::test]
async fn addresses_are_for_realms_in_turn() {
    let forest = || Arc::new(Forest::demo(Arc::new(SeededEntropy::new(1))).unwrap());
    let contoso = Realm::new("CONTOSO.COM").unwrap();
    let mut options = ServeOptions::default();
    // A port that was free a moment ago.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let wanted = taken.local_addr().unwrap();
    options.kdc_addresses = vec![wanted];
    let refused = Server::start(forest(), options.clone()).await;
    assert!(matches!(refused, Err(ServeError::Listen { address, .. }) if address == wanted));
    drop(taken);
    let server = Server::start(forest(), options.clone()).await.unwrap();
    assert_eq!(server.tcp_addr(&contoso), Some(wanted));
    assert_eq!(server.udp_addr(&contoso), Some(wanted));
    server.stop().await;

    options.kdc_addresses = vec![SocketAddr::from(([127, 0, 0, 1], 0)); 3];
    let refused = Server::start(forest(), options)
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(
        refused,
        "3 addresses for 1 Active Directory realms, of these realms: \
         CONTOSO.COM, KERBEROS.MICROSOFTONLINE.COM"
    );
}

#[tokio::test]
async fn a_user_signs_in_and_gets_a_tgt() {
    let server = server().await;
    let head = post(&server, "/prt-response");
    let request = json!({ "user": "alice@contoso.com", "client_key": "jwe-gcm" });
    let (status, sign_in) = answer(&server, &head, &request.to_string()).await;
    assert_eq!(status, 200);
    assert_eq!(sign_in["response"]["token_type"], "pop");
    assert_eq!(sign_in["session_key"].as_str().unwrap().len(), 64);
    let tgt = sign_in["response"]["tgt_cloud"].as_str().unwrap();
    let tgt: Value = serde_json::from_str(tgt).unwrap();
    assert_eq!(tgt["cn"], "alice@contoso.com");
    let nobody = json!({ "user": "nobody@contoso.com" }).to_string();
    let (status, refused) = answer(&server, &head, &nobody).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (404, &json!("not_found"))
    );
}
