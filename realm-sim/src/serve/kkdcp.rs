//! The KDC proxy over HTTPS ([MS-KKDCP] §3.2.5).
//!
//! `/<tenant>/kerberos` leads to a tenant of the cloud realm, `/KdcProxy` to the Active Directory
//! realms that the topology opens and to the KDCs of those that it forwards to,
//! `/<tenant>/oauth2/token` to sign-ins. No request leads anywhere else: this is no open proxy.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue,
    TRANSFER_ENCODING,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use kerberos_core::kpasswd::PasswordRequest;
use kerberos_core::name::Realm;
use kerberos_core::wire::MessageKind;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::forward::{NotForwarded, forward};
use super::{Shared, connections};
use crate::assumptions::{Assumptions, Tolerance};
use crate::entra::{is_tenant, is_token_path};
use crate::kdc::Via;

/// The last part of a tenant's URL.
pub(super) const TENANT_PATH: &str = "kerberos";
/// The path of Windows' own KDC proxy ([MS-KKDCP] §2.1).
pub(super) const DEFAULT_PATH: &str = "KdcProxy";

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const SERVER_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// What is said of a message that no KDC would answer.
const NO_REQUEST: &str = "kerb-message is no request to a KDC";

/// Time for a TLS handshake, and for a request to arrive whole.
const REQUEST_TIME: Duration = Duration::from_secs(15);

/// Answers HTTPS connections until the server stops.
pub(super) async fn serve(listener: TcpListener, tls: Arc<ServerConfig>, shared: Shared) {
    let acceptor = TlsAcceptor::from(tls);
    connections::accept(listener, shared, move |stream, peer, shared| {
        let acceptor = acceptor.clone();
        async move { converse(acceptor, stream, peer, shared).await }
    })
    .await;
}

async fn converse(acceptor: TlsAcceptor, stream: TcpStream, peer: SocketAddr, mut shared: Shared) {
    let stream = match tokio::time::timeout(REQUEST_TIME, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(%peer, %error, "no TLS");
            return;
        }
        Err(_) => return,
    };
    let handler = {
        let shared = shared.clone();
        service_fn(move |request| {
            let shared = shared.clone();
            async move { Ok::<_, Infallible>(respond(request, &shared).await) }
        })
    };
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            // Also ends a kept-alive connection that idles.
            .header_read_timeout(shared.idle)
            .serve_connection(TokioIo::new(stream), handler)
    );
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = shared.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, %error, "a connection broke");
    }
}

/// Where a path leads.
enum Target<'a> {
    Tenant(&'a str),
    Tokens(&'a str),
    Domains,
    Nowhere,
}

impl<'a> Target<'a> {
    fn of(path: &'a str) -> Self {
        let path = path.trim_matches('/');
        match path.split_once('/') {
            Some((tenant, last)) if is_token_path(last) => Self::Tokens(tenant),
            Some((tenant, last)) if last.eq_ignore_ascii_case(TENANT_PATH) => Self::Tenant(tenant),
            None if path.eq_ignore_ascii_case(DEFAULT_PATH) => Self::Domains,
            _ => Self::Nowhere,
        }
    }

    /// What is to be sent there.
    const fn wants(&self) -> &'static str {
        match self {
            Self::Tokens(_) => "POST a form: the token endpoint accepts nothing else",
            Self::Tenant(_) | Self::Domains | Self::Nowhere => "POST a KDC-PROXY-MESSAGE",
        }
    }
}

async fn respond(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let assumptions = shared.forest.assumptions();
    let version = request.version();
    let path = request.uri().path().to_owned();
    let target = Target::of(&path);
    let client_request_id = request.headers().get(CLIENT_REQUEST_ID).cloned();

    let mut response = match read(request, &target, assumptions.proxy_body_limit).await {
        Ok(body) => answer(&target, &body, shared).await,
        Err(refusal) => refusal,
    };
    let headers = response.headers_mut();
    if matches!(target, Target::Tenant(_) | Target::Tokens(_)) && assumptions.echo_request_ids {
        if let Some(id) = client_request_id {
            headers.insert(CLIENT_REQUEST_ID, id);
        }
        if let Some(id) = request_id(shared) {
            headers.insert(SERVER_REQUEST_ID, id);
        }
    }
    if version == Version::HTTP_10 {
        // MIT's client reads until the connection closes.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The body of an acceptable request, or the refusal.
async fn read(
    request: Request<Incoming>,
    target: &Target<'_>,
    limit: usize,
) -> Result<Bytes, Response<Full<Bytes>>> {
    if request.method() != Method::POST {
        let mut refusal = unread(StatusCode::METHOD_NOT_ALLOWED, target.wants());
        refusal
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
        return Err(refusal);
    }
    let headers = request.headers();
    if !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
        return Err(unread(
            StatusCode::LENGTH_REQUIRED,
            "the length of the body is missing",
        ));
    }
    let too_large = || unread(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
    let announced = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_large());
    }
    let body = Limited::new(request.into_body(), limit).collect();
    match tokio::time::timeout(REQUEST_TIME, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(unread(StatusCode::BAD_REQUEST, "the body is cut off")),
        Err(_) => Err(unread(
            StatusCode::REQUEST_TIMEOUT,
            "the body takes too long",
        )),
    }
}

/// The response to a body that was read whole.
async fn answer(target: &Target<'_>, body: &[u8], shared: &Shared) -> Response<Full<Bytes>> {
    let forest = &shared.forest;
    let assumptions = forest.assumptions();
    let via = match target {
        Target::Nowhere => return plain(StatusCode::NOT_FOUND, "there is no such path"),
        Target::Tokens(id) if !is_tenant(id, forest) => {
            return unknown_tenant(id, assumptions);
        }
        Target::Tokens(id) => {
            let answer = forest.answer_token_request(id, body, shared.clock.now());
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_REQUEST);
            let mut response = json(status, &answer.body);
            if answer.sealed {
                // A compact JWE is no JSON (RFC 7515 §9.2.1).
                let jose = HeaderValue::from_static("application/jose");
                response.headers_mut().insert(CONTENT_TYPE, jose);
            }
            return response;
        }
        Target::Domains => Via::Proxy { tenant: None },
        Target::Tenant(id) if forest.tenant(id).is_none() => {
            return unknown_tenant(id, assumptions);
        }
        Target::Tenant(id) => Via::Proxy { tenant: Some(id) },
    };
    let request = match ProxyRequest::unwrap(body) {
        Ok(request) => request,
        Err(error) => return plain(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    if request.dclocator_hint.is_some() && assumptions.locator_hint == Tolerance::Refuse {
        return plain(StatusCode::BAD_REQUEST, "dclocator-hint is refused");
    }
    if matches!(target, Target::Domains) && !forest.is_proxied(&request.realm) {
        let forwarded = match forest.forwarded_realm(&request.realm) {
            Some(realm) => forward(realm, request.message).await,
            None => Err(NotForwarded::NoServer),
        };
        return match forwarded {
            Ok(reply) => answered(&reply, assumptions),
            Err(why) => not_forwarded(&why, &request.realm),
        };
    }
    let reply = if is_for_passwords(target, request.message) {
        shared.answer_password(&request.realm, request.message, shared.listen)
    } else {
        shared.answer(&request.realm, request.message, via)
    };
    if reply.is_empty() {
        return plain(StatusCode::BAD_REQUEST, NO_REQUEST);
    }
    answered(&reply, assumptions)
}

/// The response that takes a KDC's reply back.
fn answered(reply: &[u8], assumptions: &Assumptions) -> Response<Full<Bytes>> {
    let status = if MessageKind::of(reply) == Some(MessageKind::KrbError) {
        StatusCode::from_u16(assumptions.kerberos_error_status).unwrap_or(StatusCode::OK)
    } else {
        StatusCode::OK
    };
    let mut response = Response::new(Full::new(ProxyReply::wrap(reply)));
    *response.status_mut() = status;
    if let Ok(content_type) = HeaderValue::from_str(&assumptions.reply_content_type) {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response
}

fn not_forwarded(why: &NotForwarded, realm: &Realm) -> Response<Full<Bytes>> {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    match why {
        NotForwarded::NoRequest => plain(StatusCode::BAD_REQUEST, NO_REQUEST),
        NotForwarded::NoServer => {
            let text = format!("no KDC of {realm} is behind this proxy");
            plain(unavailable, &text)
        }
        NotForwarded::Unanswered => plain(unavailable, &format!("no KDC of {realm} answers")),
    }
}

/// Whether a message is for the password service: a proxy is not told which port it is for
/// ([MS-KKDCP] §2.2.2).
fn is_for_passwords(target: &Target<'_>, message: &[u8]) -> bool {
    matches!(target, Target::Domains)
        && MessageKind::of(message).is_none()
        && PasswordRequest::decode(message).is_ok()
}

/// What login.microsoftonline.com says of a tenant that it does not know.
fn unknown_tenant(id: &str, assumptions: &Assumptions) -> Response<Full<Bytes>> {
    // The id is a part of the URL, so anything; only what a tenant's id may have is repeated.
    let id: String = id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
        .collect();
    let text = format!(
        "{{\"error\":\"invalid_request\",\"error_description\":\
         \"AADSTS90002: Tenant '{id}' not found.\",\"error_codes\":[90002]}}"
    );
    let status =
        StatusCode::from_u16(assumptions.unknown_tenant_status).unwrap_or(StatusCode::BAD_REQUEST);
    json(status, &text)
}

fn json(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = plain(status, text);
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, json);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text.to_owned())));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// A refusal before the body was read: the connection cannot be used again.
fn unread(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = plain(status, text);
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A random GUID.
fn request_id(shared: &Shared) -> Option<HeaderValue> {
    let mut bytes = [0; 16];
    shared.forest.entropy().fill(&mut bytes).ok()?;
    let mut text = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    HeaderValue::from_str(&text).ok()
}
