//! How long transports wait and how often they ask again.

use std::time::Duration;

use kerberos_core::assigned::ErrorCode;
use kerberos_core::wire::{self, KrbError, MessageKind};

/// How long transports wait and how often they ask again.
///
/// ```
/// use std::time::Duration;
/// use kkdcp_client::{DirectKdc, RetryPolicy};
///
/// let mut retry = RetryPolicy::default();
/// retry.datagram_waits = vec![Duration::from_millis(500); 2];
/// let kdc = DirectKdc::host("dc01.contoso.com", 88).retry(retry);
/// # let _ = kdc;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// For a connection to be made, TLS handshake included.
    pub connect_timeout: Duration,
    /// For a reply over a connection, from sending the request to the reply's last byte.
    pub reply_timeout: Duration,
    /// After each datagram, for its reply; one entry per transmission. Empty switches UDP off.
    pub datagram_waits: Vec<Duration>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            connect_timeout: CONNECT_TIMEOUT,
            reply_timeout: REPLY_TIMEOUT,
            datagram_waits: DATAGRAM_WAITS.to_vec(),
        }
    }
}

/// Whether a reply says that this KDC cannot help but another one may (RFC 4120 §7.5.9, error 29).
pub(crate) fn asks_for_another_kdc(reply: &[u8]) -> bool {
    MessageKind::of(reply) == Some(MessageKind::KrbError)
        && wire::decode::<KrbError<'_>>(reply)
            .is_ok_and(|error| error.error_code == ErrorCode::KDC_ERR_SVC_UNAVAILABLE)
}

/// A KDC or proxy that is up accepts within a round trip; a firewall that drops packets must not
/// hold a logon for the minutes that an operating system would wait.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A KDC proxy may itself try several KDCs: kdcproxy takes up to 15 s, 25 s over TCP.
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);

/// Doubling from one second, as other clients do, so that a busy KDC is not flooded.
const DATAGRAM_WAITS: &[Duration] = &[
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
