//! One HTTP round trip with a KDC proxy ([MS-KKDCP] §3.1.5.1).

use std::sync::atomic::Ordering;

use bytes::{Bytes, BytesMut};
use kerberos_core::exchange::Outgoing;
use kerberos_core::kkdcp::{ProxyReply, ProxyRequest};
use kerberos_core::name::Realm;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};

use super::KdcProxy;
use super::cause::Cause;
use crate::error::TransportError;
use crate::transport::Reply;

impl KdcProxy {
    pub(super) async fn post(&self, outgoing: &Outgoing) -> Result<Reply, TransportError> {
        let realm = &outgoing.realm;
        let request = ProxyRequest::wrap(&outgoing.message, realm);
        let reused = self.answered_before.load(Ordering::Relaxed);
        let response = match self.send(request.clone()).await {
            // A kept connection turned out to be closed: the request was not read.
            Err(error) if reused && matches!(Cause::of(&error), Cause::Broken(_)) => {
                tracing::debug!("{} closed the kept connection, making a new one", self.url);
                self.send(request).await
            }
            other => other,
        };
        let response = response.map_err(|error| self.failed(realm, &error))?;
        self.answered_before.store(true, Ordering::Relaxed);
        let body = self.accept(response, realm).await?;
        tracing::debug!("Received {} bytes by HTTPS from {}", body.len(), self.url);
        let message = self.open(&body, realm)?;
        Ok(Reply::new(message, self.url.to_string()))
    }

    async fn send(&self, request: Bytes) -> Result<Response, reqwest::Error> {
        tracing::debug!("Sending {} bytes by HTTPS to {}", request.len(), self.url);
        self.client
            .post(self.url.url().clone())
            .header(CONTENT_TYPE, "application/kerberos")
            .header(CACHE_CONTROL, "no-cache")
            .body(request)
            .send()
            .await
    }

    /// The body of a response that may hold a reply.
    async fn accept(&self, mut response: Response, realm: &Realm) -> Result<Bytes, TransportError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(TransportError::Redirected {
                realm: realm.clone(),
                endpoint: self.url.to_string(),
                location: printable(
                    response
                        .headers()
                        .get(LOCATION)
                        .map_or(&[], |v| v.as_bytes()),
                ),
            });
        }
        if status != StatusCode::OK {
            let request_id = header(response.headers(), "x-ms-request-id");
            let text = self.explanation(&mut response).await;
            let detail = match (text, request_id) {
                (Some(text), Some(id)) => Some(format!("{text} (x-ms-request-id {id})")),
                (None, Some(id)) => Some(format!("x-ms-request-id {id}")),
                (text, None) => text,
            };
            return Err(TransportError::HttpStatus {
                realm: realm.clone(),
                endpoint: self.url.to_string(),
                status: status.as_u16(),
                detail,
            });
        }
        self.read(&mut response, realm).await
    }

    /// The body, as long as it stays within the limit.
    async fn read(&self, response: &mut Response, realm: &Realm) -> Result<Bytes, TransportError> {
        let limit = self.limits.max_reply;
        let too_large = || TransportError::TooLarge {
            realm: realm.clone(),
            endpoint: self.url.to_string(),
            limit,
        };
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > limit) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| self.failed(realm, &error))?
        {
            if body.len().saturating_add(piece.len()) > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    /// The Kerberos message within a body.
    fn open(&self, body: &Bytes, realm: &Realm) -> Result<Bytes, TransportError> {
        let content = match body.trim_ascii_start() {
            [] => Some("nothing"),
            start if is_html(start) => Some("an HTML page"),
            [b'<', ..] => Some("an XML document"),
            [b'{', ..] => Some("a JSON document"),
            _ => None,
        };
        if let Some(content) = content {
            return Err(TransportError::NotKerberos {
                realm: realm.clone(),
                endpoint: self.url.to_string(),
                content,
            });
        }
        let reply = ProxyReply::unwrap(body).map_err(|source| TransportError::Malformed {
            realm: realm.clone(),
            endpoint: self.url.to_string(),
            source,
        })?;
        Ok(body.slice_ref(reply.message))
    }

    /// What an error response says to people, if it is text: HTML is not.
    async fn explanation(&self, response: &mut Response) -> Option<String> {
        let kind = header(response.headers(), CONTENT_TYPE.as_str())?;
        if !(kind.starts_with("text/plain") || kind.contains("json")) {
            return None;
        }
        let mut text = Vec::new();
        while let Ok(Some(piece)) = response.chunk().await {
            text.extend_from_slice(&piece);
            if text.len() > MAX_EXPLANATION {
                break;
            }
        }
        Some(printable(&text)).filter(|text| !text.is_empty())
    }

    fn failed(&self, realm: &Realm, error: &reqwest::Error) -> TransportError {
        let realm = realm.clone();
        let endpoint = self.url.to_string();
        match Cause::of(error) {
            Cause::Broken(cause) => TransportError::Broken {
                realm,
                endpoint,
                cause,
            },
            Cause::Certificate(reason) => TransportError::UntrustedCertificate {
                realm,
                endpoint,
                reason,
            },
            Cause::Connect(cause) => TransportError::Unreachable {
                realm,
                endpoint,
                cause,
            },
            Cause::TimedOut => TransportError::TimedOut {
                realm,
                endpoint,
                waited: if error.is_connect() {
                    self.limits.connect_timeout
                } else {
                    self.limits.timeout
                },
            },
            Cause::Tls(reason) => TransportError::Tls {
                realm,
                endpoint,
                reason,
            },
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| printable(value.as_bytes()))
}

fn is_html(start: &[u8]) -> bool {
    ["<!doctype html", "<html"].iter().any(|tag| {
        start
            .get(..tag.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(tag.as_bytes()))
    })
}

/// The beginning of a server's text on one line, without control characters.
fn printable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars()
        .filter(|c| !c.is_control())
        .take(MAX_EXPLANATION)
        .collect()
}

/// Characters of a server's text that an error repeats.
const MAX_EXPLANATION: usize = 300;
