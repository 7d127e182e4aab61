//! The values of `kdc =`: where a KDC is and how to reach it.

use std::fmt;

use crate::proxy_url::ProxyUrl;

/// The port of a KDC (RFC 4120 §7.2.1).
pub const KDC_PORT: u16 = 88;

/// Where a KDC is, as a `kdc =` line says it.
///
/// ```
/// use kkdcp_client::krb5_conf::{KDC_PORT, KdcLocation, Via};
///
/// let host = "dc01.contoso.com".to_owned();
/// let direct = KdcLocation::Direct { host, port: KDC_PORT, via: Via::Tcp };
/// assert_eq!(KdcLocation::parse("tcp/dc01.contoso.com"), Some(direct));
/// let proxy = KdcLocation::parse("https://proxy.contoso.com/KdcProxy");
/// assert!(matches!(proxy, Some(KdcLocation::Proxy(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KdcLocation {
    /// A host that is asked directly.
    Direct {
        /// Name or address; IPv6 without brackets.
        host: String,
        /// The port.
        port: u16,
        /// The transport protocol.
        via: Via,
    },
    /// A KDC proxy.
    Proxy(ProxyUrl),
    /// A form that we do not speak, such as a Unix socket.
    Unsupported(String),
}

/// The transport protocols that a `kdc =` line allows.
///
/// Example: [`KdcLocation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Via {
    /// UDP for small messages, TCP for the others and when UDP fails.
    Any,
    /// TCP only: `tcp/host`.
    Tcp,
    /// UDP only: `udp/host`.
    Udp,
}

impl KdcLocation {
    /// Reads `host`, `host:port`, `[v6]:port`, `tcp/…`, `udp/…`, `https://…` and Apple's
    /// `kkdcp://…`. `None` when the text is none of these nor a form that others use.
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with("https://") || text.starts_with("kkdcp://") {
            return ProxyUrl::parse(text).ok().map(Self::Proxy);
        }
        // `/path` is a Unix socket in MIT; `http/host` and `http://…` are Heimdal's own transport.
        if text.starts_with('/') || text.starts_with("http") && text.contains('/') {
            return Some(Self::Unsupported(text.to_owned()));
        }
        let (via, address) = match text.split_once('/') {
            None => (Via::Any, text),
            Some(("tcp", address)) => (Via::Tcp, address),
            Some(("udp", address)) => (Via::Udp, address),
            Some(_) => return None,
        };
        let (host, port) = host_and_port(address, KDC_PORT)?;
        Some(Self::Direct { host, port, via })
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`, or a bare IPv6 address.
pub(crate) fn host_and_port(text: &str, default_port: u16) -> Option<(String, u16)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        match rest {
            "" => (host, None),
            _ => (host, Some(rest.strip_prefix(':')?)),
        }
    } else if text.parse::<std::net::Ipv6Addr>().is_ok() {
        (text, None)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = match port {
        None => default_port,
        Some(port) => port.parse().ok().filter(|port| *port != 0)?,
    };
    let fit = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(fit) {
        return None;
    }
    Some((host.to_owned(), port))
}

impl fmt::Display for KdcLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct { host, port, via } => {
                f.write_str(match via {
                    Via::Any => "",
                    Via::Tcp => "tcp/",
                    Via::Udp => "udp/",
                })?;
                if host.contains(':') {
                    write!(f, "[{host}]:{port}")
                } else {
                    write!(f, "{host}:{port}")
                }
            }
            Self::Proxy(url) => url.fmt(f),
            Self::Unsupported(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, expected) in [
            ("dc01.contoso.com", "dc01.contoso.com:88"),
            ("dc01:8888", "dc01:8888"),
            ("192.0.2.1:750", "192.0.2.1:750"),
            ("2001:db8::1", "[2001:db8::1]:88"),
            ("[2001:db8::1]:750", "[2001:db8::1]:750"),
            ("tcp/dc01", "tcp/dc01:88"),
            ("udp/[::1]:750", "udp/[::1]:750"),
            (
                "https://proxy.example/KdcProxy",
                "https://proxy.example/KdcProxy",
            ),
            (
                "kkdcp://proxy.example/t/kerberos",
                "https://proxy.example/t/kerberos",
            ),
            ("/run/kdc.sock", "/run/kdc.sock"),
            ("http/kdc.heim.example", "http/kdc.heim.example"),
        ] {
            assert_eq!(KdcLocation::parse(text).unwrap().to_string(), expected);
        }
        for text in [
            "",
            ":88",
            "dc01:",
            "dc01:0",
            "dc01:65536",
            "[::1",
            "[dc01]:88",
            "a b",
            "x/y",
            "https://",
        ] {
            assert_eq!(KdcLocation::parse(text), None, "{text}");
        }
    }
}
