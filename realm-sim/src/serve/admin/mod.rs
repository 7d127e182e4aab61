//! The endpoint of administration: JSON over HTTP, on loopback only, for whoever has the token.
//!
//! Each kind of thing has its path; `POST /account` takes an
//! [`AccountRequest`](crate::admin::AccountRequest), `POST /trust` a
//! [`TrustRequest`](crate::admin::TrustRequest), `POST /azuread-kerberos` a
//! [`KerberosServerRequest`](crate::admin::KerberosServerRequest), `POST /service-principal` a
//! [`ServicePrincipalRequest`](crate::admin::ServicePrincipalRequest), `POST /certificate` a
//! [`CertificateRequest`](crate::admin::CertificateRequest), `POST /prt-response` a
//! [`TokenRequest`](crate::entra::TokenRequest). A refusal is
//! `{"error":{"code":…,"message":…}}`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use kerberos_core::entropy::{Entropy, EntropyUnavailable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;
use tokio::net::{TcpListener, TcpStream};

use super::{Shared, connections};
use crate::admin::{AdminError, Change};
use crate::entra::SignInError;

/// Where accounts are administered.
const ACCOUNT_PATH: &str = "/account";

/// Where groups are.
const GROUP_PATH: &str = "/group";

/// Where trusts are.
const TRUST_PATH: &str = "/trust";

/// Where the objects of Microsoft Entra Kerberos are.
const AZUREAD_KERBEROS_PATH: &str = "/azuread-kerberos";

/// Where accounts get certificates.
const CERTIFICATE_PATH: &str = "/certificate";

/// Where service principals of tenants are.
const SERVICE_PRINCIPAL_PATH: &str = "/service-principal";

/// Where devices of a tenant's users get their tickets.
const TOKEN_PATH: &str = "/prt-response";

const PATHS: [&str; 7] = [
    ACCOUNT_PATH,
    GROUP_PATH,
    TRUST_PATH,
    AZUREAD_KERBEROS_PATH,
    CERTIFICATE_PATH,
    SERVICE_PRINCIPAL_PATH,
    TOKEN_PATH,
];

/// Longest body taken, in bytes: far more than any account has attributes.
const MAX_BODY: usize = 64 * 1024;

/// Time for a request to arrive whole.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// Octets of the token: as many as an AES-256 key has, beyond guessing.
const TOKEN_OCTETS: usize = 32;

/// What a caller has to know.
#[derive(Clone)]
pub(super) struct Token(Arc<str>);

impl Token {
    pub(super) fn random(entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        let mut octets = [0; TOKEN_OCTETS];
        entropy.fill(&mut octets)?;
        let text: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        Ok(Self(text.into()))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the request carries it: `Authorization: Bearer TOKEN` (RFC 6750 §2.1).
    fn admits(&self, request: &Request<Incoming>) -> bool {
        let value = request.headers().get(AUTHORIZATION);
        let Some((scheme, token)) = value
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
        else {
            return false;
        };
        let is_it: bool = token.trim().as_bytes().ct_eq(self.0.as_bytes()).into();
        scheme.eq_ignore_ascii_case("Bearer") && is_it
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Answers connections until the server stops.
pub(super) async fn serve(listener: TcpListener, token: Token, shared: Shared) {
    connections::accept(listener, shared, move |stream, peer, shared| {
        converse(stream, peer, token.clone(), shared)
    })
    .await;
}

async fn converse(stream: TcpStream, peer: SocketAddr, token: Token, mut shared: Shared) {
    let handler = {
        let shared = shared.clone();
        service_fn(move |request| {
            let (shared, token) = (shared.clone(), token.clone());
            async move { Ok::<_, Infallible>(respond(request, &token, &shared).await) }
        })
    };
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            // Also ends a kept-alive connection that idles.
            .header_read_timeout(shared.idle.min(REQUEST_TIME))
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

/// A refusal, before it is JSON.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            code,
            message,
        }
    }
}

impl From<AdminError> for Refused {
    fn from(error: AdminError) -> Self {
        Self::new(status_of(error.code()), error.code(), error.to_string())
    }
}

impl From<SignInError> for Refused {
    fn from(error: SignInError) -> Self {
        Self::new(status_of(error.code()), error.code(), error.to_string())
    }
}

fn status_of(code: &str) -> StatusCode {
    match code {
        "name_taken" | "invalid_domain_state" | "too_early" => StatusCode::CONFLICT,
        "not_found" => StatusCode::NOT_FOUND,
        "failed" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

async fn respond(
    request: Request<Incoming>,
    token: &Token,
    shared: &Shared,
) -> Response<Full<Bytes>> {
    let mut response = match perform(request, token, shared).await {
        Ok(body) => json(StatusCode::OK, &body),
        Err(refused) => {
            tracing::debug!(
                code = refused.code,
                why = refused.message,
                "not administered"
            );
            let mut response = json(
                refused.status,
                &serde_json::json!({
                    "error": { "code": refused.code, "message": refused.message }
                }),
            );
            let headers = response.headers_mut();
            // The body may not have been read.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
            match refused.status {
                StatusCode::UNAUTHORIZED => {
                    headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                }
                StatusCode::METHOD_NOT_ALLOWED => {
                    headers.insert(ALLOW, HeaderValue::from_static("POST"));
                }
                _ => {}
            }
            response
        }
    };
    // Keys are in it.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn perform(
    request: Request<Incoming>,
    token: &Token,
    shared: &Shared,
) -> Result<serde_json::Value, Refused> {
    if !token.admits(&request) {
        let why = "the token of admin.json is wanted as Authorization: Bearer";
        return Err(Refused::new(StatusCode::UNAUTHORIZED, "unauthorized", why));
    }
    let path = request.uri().path().to_owned();
    if !PATHS.contains(&path.as_str()) {
        let why = format!("there is no {path}; there are {}", PATHS.join(", "));
        return Err(Refused::new(StatusCode::NOT_FOUND, "no_such_path", why));
    }
    if request.method() != Method::POST {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(Refused::new(status, "method", "POST one JSON object"));
    }
    let body = read(request).await?;
    let now = shared.clock.now();
    let shared = shared.clone();
    // Keys of passwords take thousands of hashes: not on a thread that serves others.
    let done = tokio::task::spawn_blocking(move || match path.as_str() {
        CERTIFICATE_PATH => to_value(&shared.forest.issue_certificate(&parse(&body)?)?),
        TOKEN_PATH => to_value(&shared.forest.sign_in(&parse(&body)?, now)?),
        path => {
            let change = match path {
                GROUP_PATH => Change::Group(parse(&body)?),
                TRUST_PATH => Change::Trust(parse(&body)?),
                AZUREAD_KERBEROS_PATH => Change::AzureadKerberos(parse(&body)?),
                SERVICE_PRINCIPAL_PATH => Change::ServicePrincipal(parse(&body)?),
                _ => Change::Account(parse(&body)?),
            };
            Ok(shared.perform(&change, now)?)
        }
    });
    done.await.unwrap_or_else(|_| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Err(Refused::new(status, "failed", "the server is stopping"))
    })
}

async fn read(request: Request<Incoming>) -> Result<Bytes, Refused> {
    let too_large = || {
        let why = format!("a request has at most {MAX_BODY} bytes");
        Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", why)
    };
    let announced = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
    if announced > MAX_BODY {
        return Err(too_large());
    }
    let body = Limited::new(request.into_body(), MAX_BODY).collect();
    match tokio::time::timeout(REQUEST_TIME, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => {
            let why = "the body is cut off";
            Err(Refused::new(StatusCode::BAD_REQUEST, "malformed", why))
        }
        Err(_) => {
            let why = "the body takes too long";
            Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "timeout", why))
        }
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string());
    read.and_then(|request| {
        json.end()
            .map(|()| request)
            .map_err(|error| error.to_string())
    })
    .map_err(|why| Refused::new(StatusCode::BAD_REQUEST, "malformed", why))
}

fn to_value<T: Serialize>(reply: &T) -> Result<serde_json::Value, Refused> {
    serde_json::to_value(reply).map_err(|error| {
        Refused::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            error.to_string(),
        )
    })
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests;
