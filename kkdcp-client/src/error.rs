//! Why a request did not bring back a reply: always with realm and endpoint.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use kerberos_core::framing::FrameError;
use kerberos_core::kkdcp::ProxyMessageError;
use kerberos_core::name::Realm;

use crate::proxy_url::ProxyUrlError;

/// A request could not be delivered, or what came back is no reply.
///
/// Nothing here is an answer of a KDC: a KRB-ERROR is a reply.
///
/// ```
/// use bytes::Bytes;
/// use kerberos_core::exchange::{Delivery, Outgoing};
/// use kkdcp_client::{RealmRoutes, Transport, TransportError};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let message = Bytes::from_static(b"an AS-REQ");
/// let request = Outgoing::new("CONTOSO.COM".parse()?, message, Delivery::Any);
/// let error = RealmRoutes::new().deliver(&request).await.unwrap_err();
/// assert!(matches!(error, TransportError::NoRoute { .. }));
/// assert_eq!(error.realm().as_str(), "CONTOSO.COM");
/// assert!(error.remedy().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Every endpoint of the realm failed.
    #[error("no KDC of {realm} could be asked{}", list(failures))]
    AllFailed {
        /// The realm.
        realm: Realm,
        /// What went wrong with each, in the order they were tried; at least two.
        failures: Vec<Self>,
    },
    /// The connection broke before the reply was complete.
    #[error(
        "the KDC of {realm} at {endpoint}: the connection broke before the reply was complete: {cause}"
    )]
    Broken {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// What the connection reported.
        cause: String,
    },
    /// A stream carries something else than framed messages.
    #[error("the KDC of {realm} at {endpoint}: {source}")]
    Framing {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// What is wrong.
        source: FrameError,
    },
    /// The proxy answered with an HTTP status other than 200.
    #[error("the KDC proxy of {realm} at {endpoint} answered HTTP {status}{}", detail.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
    HttpStatus {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// The status code.
        status: u16,
        /// The beginning of the body, where it is text for people, and the request's id.
        detail: Option<String>,
    },
    /// The body is no KDC-PROXY-MESSAGE with a Kerberos message in it.
    #[error(
        "the KDC proxy of {realm} at {endpoint} answered with something else than a KDC-PROXY-MESSAGE: {source}"
    )]
    Malformed {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// What is wrong with the body.
        source: ProxyMessageError,
    },
    /// No endpoint is configured for the realm.
    #[error("no KDC is known for {realm}{}", known(patterns))]
    NoRoute {
        /// The realm.
        realm: Realm,
        /// The realms that have one, as configured.
        patterns: Vec<String>,
    },
    /// A message too long for datagrams must go to a KDC that is reached by datagrams only.
    #[error(
        "the KDC of {realm} at {endpoint} is configured for UDP only, and this exchange needs TCP"
    )]
    NoStream {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
    },
    /// The body is meant for people, not for Kerberos.
    #[error(
        "the KDC proxy of {realm} at {endpoint} answered with {content} instead of a KDC-PROXY-MESSAGE"
    )]
    NotKerberos {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// What the body is: "an HTML page".
        content: &'static str,
    },
    /// The proxy wants the request sent elsewhere. A request is never replayed to another origin.
    #[error(
        "the KDC proxy of {realm} at {endpoint} redirects to {location:?}; redirects are not followed"
    )]
    Redirected {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// Where to.
        location: String,
    },
    /// Nothing came back in time.
    #[error("the KDC of {realm} at {endpoint} did not answer within {} s", waited.as_secs_f32())]
    TimedOut {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// How long was waited.
        waited: Duration,
    },
    /// TLS failed for another reason than the certificate.
    #[error("the KDC proxy of {realm} at {endpoint}: TLS failed: {reason}")]
    Tls {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// The reply is longer than this client takes.
    #[error("the KDC of {realm} at {endpoint} sent a reply of more than {limit} bytes")]
    TooLarge {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The endpoint cannot be reached.
    #[error("the KDC of {realm} at {endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// What the operating system reported.
        cause: String,
    },
    /// The proxy's certificate is not acceptable.
    #[error("the KDC proxy of {realm} at {endpoint}: its certificate is not trusted: {reason}")]
    UntrustedCertificate {
        /// The realm.
        realm: Realm,
        /// The endpoint.
        endpoint: String,
        /// Why.
        reason: String,
    },
}

impl TransportError {
    /// The realm whose KDC was to be asked.
    pub const fn realm(&self) -> &Realm {
        match self {
            Self::AllFailed { realm, .. }
            | Self::Broken { realm, .. }
            | Self::Framing { realm, .. }
            | Self::HttpStatus { realm, .. }
            | Self::Malformed { realm, .. }
            | Self::NoRoute { realm, .. }
            | Self::NoStream { realm, .. }
            | Self::NotKerberos { realm, .. }
            | Self::Redirected { realm, .. }
            | Self::TimedOut { realm, .. }
            | Self::Tls { realm, .. }
            | Self::TooLarge { realm, .. }
            | Self::Unreachable { realm, .. }
            | Self::UntrustedCertificate { realm, .. } => realm,
        }
    }

    /// Where it was to be asked, if at one place.
    pub fn endpoint(&self) -> Option<&str> {
        match self {
            Self::AllFailed { .. } | Self::NoRoute { .. } => None,
            Self::Broken { endpoint, .. }
            | Self::Framing { endpoint, .. }
            | Self::HttpStatus { endpoint, .. }
            | Self::Malformed { endpoint, .. }
            | Self::NoStream { endpoint, .. }
            | Self::NotKerberos { endpoint, .. }
            | Self::Redirected { endpoint, .. }
            | Self::TimedOut { endpoint, .. }
            | Self::Tls { endpoint, .. }
            | Self::TooLarge { endpoint, .. }
            | Self::Unreachable { endpoint, .. }
            | Self::UntrustedCertificate { endpoint, .. } => Some(endpoint),
        }
    }

    /// Whether the endpoint was not reached at all, so that another attempt soon is pointless.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::AllFailed { failures, .. } => failures.iter().all(Self::is_unreachable),
            Self::TimedOut { .. }
            | Self::Tls { .. }
            | Self::Unreachable { .. }
            | Self::UntrustedCertificate { .. } => true,
            _ => false,
        }
    }

    /// Whether the same request may succeed later without anyone changing a configuration.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::AllFailed { failures, .. } => failures.iter().any(Self::is_retryable),
            Self::Broken { .. } | Self::TimedOut { .. } | Self::Unreachable { .. } => true,
            Self::HttpStatus { status, .. } => matches!(status, 429 | 500..=599),
            _ => false,
        }
    }

    /// What a person may do about it.
    pub fn remedy(&self) -> Option<&'static str> {
        Some(match self {
            Self::AllFailed { failures, .. } => return failures.iter().find_map(Self::remedy),
            Self::HttpStatus { status: 404, .. } | Self::NotKerberos { .. } => {
                "check the path of the KDC proxy's URL, and that the tenant exists"
            }
            Self::HttpStatus { status: 400, .. } => {
                "check the tenant in the KDC proxy's URL, and that the proxy serves this realm"
            }
            Self::HttpStatus {
                status: 500..=502 | 504..=599,
                ..
            } => "the proxy itself failed: ask its administrator",
            Self::HttpStatus { status: 503, .. } => {
                "the proxy knows no KDC for this realm or reached none: ask its administrator"
            }
            Self::Malformed { .. } | Self::Redirected { .. } => {
                "check that the URL is that of a KDC proxy, not of a sign-in page or gateway"
            }
            Self::NoRoute { .. } => {
                "add kdc = … for the realm to [realms] of krb5.conf, or a KDC proxy for it"
            }
            Self::NoStream { .. } => "drop udp/ from the kdc line in krb5.conf",
            Self::TimedOut { .. } | Self::Unreachable { .. } => {
                "check the host name and port, the network, and that a firewall lets it through"
            }
            Self::UntrustedCertificate { .. } => {
                "check the host name; if a private authority issued the certificate, name that \
                 authority's with http_anchors = FILE:ca.pem for the realm in krb5.conf"
            }
            Self::Broken { .. }
            | Self::Framing { .. }
            | Self::HttpStatus { .. }
            | Self::Tls { .. }
            | Self::TooLarge { .. } => return None,
        })
    }
}

/// A transport cannot be set up as configured.
///
/// ```
/// use kkdcp_client::{ConfigError, EntraCloud};
///
/// let error = EntraCloud::Public.proxy_url("contoso/../other").unwrap_err();
/// assert!(matches!(error, ConfigError::Tenant { .. }));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file of trusted certificates cannot be read.
    #[error("{}: {source}", path.display())]
    AnchorUnreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An `ENV:` anchor names a variable that is not set to `FILE:…` or `DIR:…`.
    #[error("http_anchors = ENV:{variable}: the variable does not hold FILE:path or DIR:path")]
    AnchorVariable {
        /// The variable.
        variable: String,
    },
    /// A file or text holds no certificate in PEM form.
    #[error("{origin} holds no usable certificate in PEM form")]
    NoCertificate {
        /// The file, or "the text".
        origin: String,
    },
    /// A tenant is neither a GUID nor a domain name.
    #[error("{tenant:?} is not a tenant: give its GUID or one of its domain names")]
    Tenant {
        /// The text.
        tenant: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {reason}")]
    Tls {
        /// Why.
        reason: String,
    },
    /// There is no such cloud.
    #[error("{name:?} is not a cloud: public, usgov or china")]
    UnknownCloud {
        /// The text.
        name: String,
    },
    /// A URL is not that of a KDC proxy.
    #[error(transparent)]
    Url(#[from] ProxyUrlError),
}

fn list(failures: &[TransportError]) -> String {
    let mut text = String::new();
    for failure in failures {
        text.push_str("; ");
        text.push_str(&failure.to_string());
    }
    text
}

fn known(patterns: &[String]) -> String {
    if patterns.is_empty() {
        String::new()
    } else {
        format!(" (known: {})", patterns.join(", "))
    }
}
