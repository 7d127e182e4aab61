//! What an HTTP client's error comes down to, said plainly.

use std::error::Error;
use std::io;

use rustls::CertificateError;

/// What an HTTP client's error comes down to.
pub(super) enum Cause {
    /// The connection broke after it was made.
    Broken(String),
    /// The certificate is not acceptable.
    Certificate(String),
    /// No connection was made.
    Connect(String),
    /// Nothing came in time.
    TimedOut,
    /// TLS failed for another reason.
    Tls(String),
}

impl Cause {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if let Some(tls) = tls_error(error) {
            return match tls {
                rustls::Error::InvalidCertificate(fault) => Self::Certificate(plain(fault)),
                other => Self::Tls(other.to_string()),
            };
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        let text = innermost(error);
        if error.is_connect() {
            Self::Connect(text)
        } else {
            Self::Broken(text)
        }
    }
}

#[cfg(feature = "sign-in")]
impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken(text) => write!(f, "the connection broke: {text}"),
            Self::Certificate(text) => write!(f, "its certificate is not acceptable: {text}"),
            Self::Connect(text) => f.write_str(text),
            Self::TimedOut => f.write_str("nothing came in time"),
            Self::Tls(text) => write!(f, "TLS failed: {text}"),
        }
    }
}

/// The TLS error within, which io::Error hides from `source`.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        next = inner(error);
    }
    None
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(deeper) = inner(last) {
        last = deeper;
    }
    last.to_string()
}

fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(io) = error.downcast_ref::<io::Error>()
        && let Some(within) = io.get_ref()
    {
        return Some(within);
    }
    error.source()
}

fn plain(fault: &CertificateError) -> String {
    match fault {
        CertificateError::UnknownIssuer => {
            "it was issued by an authority that is not trusted here".to_owned()
        }
        // Two authorities of the same name: one was set up anew and the old root is still here.
        CertificateError::BadSignature => {
            "the trusted authority of its issuer's name did not sign it".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet".to_owned()
        }
        CertificateError::NotValidForName => "it is for another host name".to_owned(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "it is for {}, not for {}",
            names(presented),
            expected.to_str()
        ),
        CertificateError::Revoked => "it was revoked".to_owned(),
        other => other.to_string(),
    }
}

/// The first names of a certificate, which rustls shows as `DnsName("…")`.
fn names(presented: &[String]) -> String {
    let mut names: Vec<&str> = presented
        .iter()
        .take(MAX_NAMES)
        .map(|name| name.split('"').nth(1).unwrap_or(name))
        .collect();
    if names.is_empty() {
        return "no host".to_owned();
    }
    if presented.len() > MAX_NAMES {
        names.push("others");
    }
    names.join(", ")
}

/// Names of a certificate that an error repeats.
const MAX_NAMES: usize = 3;
