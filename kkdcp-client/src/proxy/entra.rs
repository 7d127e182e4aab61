//! The KDC proxies of Microsoft Entra.

use std::fmt;
use std::str::FromStr;

use crate::error::ConfigError;
use crate::proxy_url::ProxyUrl;
use crate::top_level_names::TopLevelNames;

/// A Microsoft cloud, by the host that its tenants' KDC proxies are at.
///
/// ```
/// use kkdcp_client::EntraCloud;
///
/// let cloud: EntraCloud = "usgov".parse()?;
/// let url = cloud.proxy_url("11111111-2222-3333-4444-555555555555")?;
/// assert_eq!(
///     url.as_str(),
///     "https://login.microsoftonline.us/11111111-2222-3333-4444-555555555555/kerberos",
/// );
/// # Ok::<(), kkdcp_client::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum EntraCloud {
    /// `login.partner.microsoftonline.cn`
    China,
    /// `login.microsoftonline.com`
    #[default]
    Public,
    /// `login.microsoftonline.us`
    UsGov,
}

impl EntraCloud {
    /// The realm that Entra's KDC answers for. No cloud is documented to have another one.
    pub const REALM: &'static str = "KERBEROS.MICROSOFTONLINE.COM";

    /// The host of the KDC proxies.
    pub const fn host(self) -> &'static str {
        match self {
            Self::China => "login.partner.microsoftonline.cn",
            Self::Public => "login.microsoftonline.com",
            Self::UsGov => "login.microsoftonline.us",
        }
    }

    /// The names below which services of this cloud are. Those of China are a guess: no document
    /// has them.
    pub const fn top_level_names(self) -> &'static [&'static str] {
        match self {
            Self::China => &["chinacloudapi.cn"],
            Self::Public => &["windows.net", "azure.net"],
            Self::UsGov => &["usgovcloudapi.net"],
        }
    }

    /// The cloud that a sign-in was to, by the top-level names that it told. Those of a sovereign
    /// cloud decide, since the public one's are told there too; where there are none it is the
    /// public one.
    pub fn of_names(names: &TopLevelNames) -> Self {
        let tells = |cloud: &Self| cloud.top_level_names().iter().any(|name| names.cover(name));
        let sovereign = [Self::China, Self::UsGov];
        sovereign.into_iter().find(tells).unwrap_or_default()
    }

    /// The URL of a tenant's KDC proxy. `tenant` is a GUID or a domain name.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tenant`] when it is neither.
    pub fn proxy_url(self, tenant: &str) -> Result<ProxyUrl, ConfigError> {
        let bad = || ConfigError::Tenant {
            tenant: tenant.to_owned(),
        };
        // It becomes one segment of the path: nothing in it may end or escape it.
        let segment = tenant.starts_with(|c: char| c.is_ascii_alphanumeric())
            && tenant.len() <= MAX_TENANT
            && tenant
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        let shaped = tenant.contains('.') || is_guid(tenant);
        if !segment || !shaped || tenant.contains("..") {
            return Err(bad());
        }
        ProxyUrl::parse(&format!("https://{}/{tenant}/kerberos", self.host())).map_err(|_| bad())
    }
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.chars().all(|c| c.is_ascii_hexdigit()))
}

impl FromStr for EntraCloud {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<Self, ConfigError> {
        match name.to_ascii_lowercase().as_str() {
            "china" => Ok(Self::China),
            "public" => Ok(Self::Public),
            "usgov" => Ok(Self::UsGov),
            _ => Err(ConfigError::UnknownCloud {
                name: name.to_owned(),
            }),
        }
    }
}

impl fmt::Display for EntraCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::China => "china",
            Self::Public => "public",
            Self::UsGov => "usgov",
        })
    }
}

/// The longest domain name.
const MAX_TENANT: usize = 253;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_a_guid_or_a_domain_and_never_a_path() {
        let guid = "11111111-2222-3333-4444-555555555555";
        assert_eq!(
            EntraCloud::Public.proxy_url(guid).unwrap().as_str(),
            format!("https://login.microsoftonline.com/{guid}/kerberos")
        );
        assert_eq!(
            EntraCloud::UsGov
                .proxy_url("contoso.onmicrosoft.us")
                .unwrap()
                .as_str(),
            "https://login.microsoftonline.us/contoso.onmicrosoft.us/kerberos"
        );
        for tenant in [
            "", "TENANT", "a/b.c", "../x", "a..b", ".x", "a.b?c", "a.b%2f", "a b.c",
        ] {
            assert!(EntraCloud::Public.proxy_url(tenant).is_err(), "{tenant}");
        }
    }

    #[test]
    fn a_sovereign_cloud_is_known_by_the_names_that_it_alone_has() {
        for (names, cloud) in [
            ("", EntraCloud::Public),
            (".windows.net,.azure.net:1433", EntraCloud::Public),
            (".windows.net,.usgovcloudapi.net:1433", EntraCloud::UsGov),
            ("usgovcloudapi.net", EntraCloud::UsGov),
            (".sql.usgovcloudapi.net", EntraCloud::Public),
            (".chinacloudapi.cn", EntraCloud::China),
        ] {
            assert_eq!(
                EntraCloud::of_names(&names.parse().unwrap()),
                cloud,
                "{names}"
            );
        }
    }

    #[test]
    fn clouds_are_known_by_name() {
        for cloud in [EntraCloud::China, EntraCloud::Public, EntraCloud::UsGov] {
            assert_eq!(cloud.to_string().parse::<EntraCloud>().unwrap(), cloud);
        }
        assert_eq!(
            "mars".parse::<EntraCloud>().unwrap_err().to_string(),
            "\"mars\" is not a cloud: public, usgov or china"
        );
    }
}
