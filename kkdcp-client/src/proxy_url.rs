//! The address of a KDC proxy: an `https` URL that can be posted to.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// The virtual directory of a KDC proxy that states none ([MS-KKDCP] §2.1).
pub(crate) const DEFAULT_PATH: &str = "KdcProxy";

/// The URL of a KDC proxy: `https`, with a host, without user information or fragment.
///
/// ```
/// use kkdcp_client::{ProxyUrl, ProxyUrlError};
///
/// let url = ProxyUrl::parse_with_default_path("https://proxy.contoso.com")?;
/// assert_eq!(url.as_str(), "https://proxy.contoso.com/KdcProxy");
/// assert_eq!((url.host(), url.port()), ("proxy.contoso.com", 443));
///
/// let plain = ProxyUrl::parse("http://proxy.contoso.com/KdcProxy");
/// assert!(matches!(plain, Err(ProxyUrlError::NotHttps { .. })));
/// # Ok::<(), ProxyUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProxyUrl(Url);

/// A text is not the URL of a KDC proxy.
///
/// Example: [`ProxyUrl`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyUrlError {
    /// It has a `#fragment`, which no server would see.
    #[error("{url:?}: a KDC proxy's URL has no #fragment")]
    Fragment {
        /// The text.
        url: String,
    },
    /// It is no URL.
    #[error("{url:?} is not a URL: {reason}")]
    NotAUrl {
        /// The text.
        url: String,
        /// Why.
        reason: String,
    },
    /// It is not `https`.
    #[error("{url:?}: a KDC proxy is reached by https, not by {scheme}")]
    NotHttps {
        /// The text.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// It carries a user name or password, which would end up in logs.
    #[error("a KDC proxy's URL carries no user name or password (host {host})")]
    UserInformation {
        /// The host; the rest may be secret.
        host: String,
    },
}

impl ProxyUrl {
    /// Reads `https://host[:port]/path`, or Apple's `kkdcp://host/path` for the same.
    ///
    /// The path stays as written: `https://host` is posted to `/`, as MIT does.
    ///
    /// # Errors
    ///
    /// [`ProxyUrlError`] when it is no URL, not `https`, or carries what no proxy's URL has.
    pub fn parse(text: &str) -> Result<Self, ProxyUrlError> {
        let text = text.trim();
        let https;
        let spelled = match text.strip_prefix("kkdcp://") {
            Some(rest) => {
                https = format!("https://{rest}");
                https.as_str()
            }
            None => text,
        };
        let url = Url::parse(spelled).map_err(|error| ProxyUrlError::NotAUrl {
            url: text.to_owned(),
            reason: error.to_string(),
        })?;
        let host = url.host_str().unwrap_or_default();
        if !url.username().is_empty() || url.password().is_some() {
            let host = host.to_owned();
            return Err(ProxyUrlError::UserInformation { host });
        }
        if url.scheme() != "https" {
            return Err(ProxyUrlError::NotHttps {
                url: text.to_owned(),
                scheme: url.scheme().to_owned(),
            });
        }
        if url.fragment().is_some() {
            let url = text.to_owned();
            return Err(ProxyUrlError::Fragment { url });
        }
        Ok(Self(url))
    }

    /// As [`ProxyUrl::parse`], but a URL that ends at its host gets the path `/KdcProxy`
    /// ([MS-KKDCP] §2.1).
    ///
    /// # Errors
    ///
    /// As [`ProxyUrl::parse`].
    pub fn parse_with_default_path(text: &str) -> Result<Self, ProxyUrlError> {
        let mut parsed = Self::parse(text)?;
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest).trim();
        if !authority.contains(['/', '?']) {
            parsed.0.set_path(DEFAULT_PATH);
        }
        Ok(parsed)
    }

    /// The URL as text. The default port is not shown.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host, IPv6 in brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for ProxyUrl {
    type Err = ProxyUrlError;

    fn from_str(text: &str) -> Result<Self, ProxyUrlError> {
        Self::parse(text)
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_posted_to_is_a_proxy() {
        for (text, expected) in [
            (
                "https://p.example:443/KdcProxy",
                "https://p.example/KdcProxy",
            ),
            ("https://p.example:8443/x", "https://p.example:8443/x"),
            ("https://p.example", "https://p.example/"),
            (
                "kkdcp://p.example/t/kerberos",
                "https://p.example/t/kerberos",
            ),
            ("https://[::1]:8443/x", "https://[::1]:8443/x"),
        ] {
            assert_eq!(text.parse::<ProxyUrl>().unwrap().as_str(), expected);
        }
        for (text, expected) in [
            (
                "http://p/x",
                "\"http://p/x\": a KDC proxy is reached by https, not by http",
            ),
            (
                "https://p/x#y",
                "\"https://p/x#y\": a KDC proxy's URL has no #fragment",
            ),
            (
                "https://me:secret@p/x",
                "a KDC proxy's URL carries no user name or password (host p)",
            ),
        ] {
            assert_eq!(text.parse::<ProxyUrl>().unwrap_err().to_string(), expected);
        }
        assert!("p.example/KdcProxy".parse::<ProxyUrl>().is_err());
        assert!("https://".parse::<ProxyUrl>().is_err());
    }

    #[test]
    fn the_default_path_fills_in_only_where_none_is_written() {
        for (text, expected) in [
            ("https://p.example", "https://p.example/KdcProxy"),
            ("kkdcp://p.example:8443", "https://p.example:8443/KdcProxy"),
            ("https://p.example/", "https://p.example/"),
        ] {
            assert_eq!(
                ProxyUrl::parse_with_default_path(text).unwrap().as_str(),
                expected
            );
        }
    }
}
