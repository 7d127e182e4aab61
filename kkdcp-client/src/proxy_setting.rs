//! A KDC proxy as people have it written down: a URL, a line of krb5.conf, a Windows policy value.

use std::str::FromStr;

use crate::kdc_proxy_policy::{PolicyError, PolicyReading, looks_like_policy, parse_policy_value};
use crate::krb5_conf::KdcLocation;
use crate::proxy_url::{ProxyUrl, ProxyUrlError};
use crate::realm_pattern::RealmPattern;

/// One or more KDC proxies in any of the three spellings:
///
/// * a URL: `https://login.microsoftonline.com/TENANT/kerberos`, `kkdcp://…`;
/// * MIT's line of krb5.conf: `kdc = https://login.microsoftonline.com/TENANT/kerberos`;
/// * the Windows policy value: `<https login.microsoftonline.com:443:TENANT/kerberos />`.
///
/// ```
/// use kkdcp_client::{PolicyReading, ProxySetting};
///
/// let url: ProxySetting = "https://proxy.contoso.com/KdcProxy".parse()?;
/// let line: ProxySetting = "kdc = https://proxy.contoso.com/KdcProxy".parse()?;
/// let policy = "<https proxy.contoso.com:443:KdcProxy />";
/// let policy = ProxySetting::parse(policy, PolicyReading::Strict)?;
/// assert_eq!((&url, &url), (&line, &policy));
/// # Ok::<(), kkdcp_client::ProxySettingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxySetting {
    /// The proxies, in the order to try them; at least one.
    pub urls: Vec<ProxyUrl>,
}

/// A text is none of the three spellings.
///
/// ```
/// use kkdcp_client::{ProxySetting, ProxySettingError};
///
/// let error = "kdc = dc01.contoso.com:88".parse::<ProxySetting>().unwrap_err();
/// assert!(matches!(error, ProxySettingError::NotAProxy { .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxySettingError {
    /// It has no `=` between realm and proxy.
    #[error("{text:?} is not REALM=PROXY, where PROXY is a URL or a Windows policy value")]
    NoRealm {
        /// The text.
        text: String,
    },
    /// It is a `kdc =` line that does not name a proxy.
    #[error("{text:?}: this kdc is asked directly, it is not a KDC proxy")]
    NotAProxy {
        /// The text.
        text: String,
    },
    /// It is a policy value with a mistake.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// It is a URL with a mistake.
    #[error(transparent)]
    Url(#[from] ProxyUrlError),
}

impl ProxySetting {
    /// Reads any of the three spellings; `reading` says how strictly a policy value is taken.
    ///
    /// # Errors
    ///
    /// [`ProxySettingError`] says what is wrong with the spelling that the text resembles.
    pub fn parse(text: &str, reading: PolicyReading) -> Result<Self, ProxySettingError> {
        if looks_like_policy(text) {
            let urls = parse_policy_value(text, reading)?;
            return Ok(Self { urls });
        }
        if let Some(value) = kdc_line(text) {
            return match KdcLocation::parse(value) {
                Some(KdcLocation::Proxy(url)) => Ok(Self { urls: vec![url] }),
                Some(_) => Err(ProxySettingError::NotAProxy {
                    text: text.to_owned(),
                }),
                None => Err(ProxyUrl::parse(value).err().map_or_else(
                    || ProxySettingError::NotAProxy {
                        text: text.to_owned(),
                    },
                    ProxySettingError::Url,
                )),
            };
        }
        let url = ProxyUrl::parse_with_default_path(text)?;
        Ok(Self { urls: vec![url] })
    }
}

impl FromStr for ProxySetting {
    type Err = ProxySettingError;

    fn from_str(text: &str) -> Result<Self, ProxySettingError> {
        Self::parse(text, PolicyReading::Strict)
    }
}

/// A KDC proxy and the realms that it is for: `REALM=PROXY`, `.suffix=PROXY` or `*=PROXY`.
///
/// ```
/// use kkdcp_client::{ProxyMapping, RealmPattern};
///
/// let mapping: ProxyMapping = ".contoso.com=https://proxy.contoso.com/KdcProxy".parse()?;
/// assert_eq!(mapping.pattern, RealmPattern::Suffix(".contoso.com".to_owned()));
/// assert_eq!(mapping.setting.urls.len(), 1);
/// # Ok::<(), kkdcp_client::ProxySettingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyMapping {
    /// Which realms.
    pub pattern: RealmPattern,
    /// Which proxies.
    pub setting: ProxySetting,
}

impl FromStr for ProxyMapping {
    type Err = ProxySettingError;

    fn from_str(text: &str) -> Result<Self, ProxySettingError> {
        let no_realm = || ProxySettingError::NoRealm {
            text: text.to_owned(),
        };
        let (realm, setting) = text.split_once('=').ok_or_else(no_realm)?;
        let realm = realm.trim();
        if realm.is_empty() || realm.contains([':', '/', '<']) {
            return Err(no_realm());
        }
        let Ok(pattern) = realm.parse();
        Ok(Self {
            pattern,
            setting: setting.trim().parse()?,
        })
    }
}

/// The value of a line `kdc = …`.
fn kdc_line(text: &str) -> Option<&str> {
    let rest = text.trim().strip_prefix("kdc")?.trim_start();
    rest.strip_prefix('=').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_spellings_of_one_proxy() {
        for text in [
            "https://login.microsoftonline.com/TENANT/kerberos",
            "https://login.microsoftonline.com:443/TENANT/kerberos",
            "kkdcp://login.microsoftonline.com/TENANT/kerberos",
            "kdc = https://login.microsoftonline.com/TENANT/kerberos",
            "  kdc=https://login.microsoftonline.com:443/TENANT/kerberos\n",
            "<https login.microsoftonline.com:443:TENANT/kerberos />",
        ] {
            let setting: ProxySetting = text.parse().unwrap();
            let urls: Vec<&str> = setting.urls.iter().map(ProxyUrl::as_str).collect();
            assert_eq!(
                urls,
                ["https://login.microsoftonline.com/TENANT/kerberos"],
                "{text}"
            );
        }
    }

    #[test]
    fn each_spelling_has_its_own_errors() {
        for (text, expected) in [
            (
                "<https a/>",
                "KDC proxy policy value, character 9: a blank is missing before \"/>\"; Windows \
                 would take \"/>\" for a part of the path",
            ),
            (
                "kdc = dc01.contoso.com",
                "\"kdc = dc01.contoso.com\": this kdc is asked directly, it is not a KDC proxy",
            ),
            (
                "http://p.example/KdcProxy",
                "\"http://p.example/KdcProxy\": a KDC proxy is reached by https, not by http",
            ),
            (
                "p.example",
                "\"p.example\" is not a URL: relative URL without a base",
            ),
        ] {
            assert_eq!(
                text.parse::<ProxySetting>().unwrap_err().to_string(),
                expected
            );
        }
    }

    #[test]
    fn a_mapping_names_its_realms() {
        let mapping: ProxyMapping = "K.EXAMPLE=<https a:443:k />".parse().unwrap();
        assert_eq!(mapping.pattern, RealmPattern::Exact("K.EXAMPLE".to_owned()));
        let mapping: ProxyMapping = "*=https://p.example/x?y=z".parse().unwrap();
        assert_eq!(mapping.pattern, RealmPattern::Any);
        let mapping: ProxyMapping = "R = kdc = https://p.example/x".parse().unwrap();
        assert_eq!(mapping.setting.urls.len(), 1);
        for text in ["https://p.example/x?y=z", "R", "=https://p", "R=p"] {
            assert!(text.parse::<ProxyMapping>().is_err(), "{text}");
        }
    }
}
