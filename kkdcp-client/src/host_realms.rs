//! Which realm the services of a host are in, as a Windows client decides.

use std::collections::BTreeMap;
use std::str::FromStr;

use kerberos_core::name::{NameError, Realm};

use crate::krb5_conf::DomainRealm;
use crate::proxy::EntraCloud;
use crate::top_level_names::TopLevelNames;

/// The label that stands in the names of private endpoints.
const PRIVATE_LINK: &str = "privatelink";

/// Which realm the services of a host are in.
///
/// The closest of these decides: a mapping of the very host, the longest suffix among mappings,
/// `[domain_realm]` of krb5.conf, the top-level names that came with a sign-in. Where none does,
/// the client's own realm is asked, which refers to others.
///
/// ```
/// use kkdcp_client::{HostRealms, TopLevelNames};
///
/// let names: TopLevelNames = ".windows.net".parse()?;
/// let realms = HostRealms::new()
///     .top_level_names(names)
///     .mapping(&"CONTOSO.COM=own.file.core.windows.net".parse()?);
/// let realm = |host| realms.realm_of(host).map(|realm| realm.to_string());
/// assert_eq!(realm("own.file.core.windows.net").as_deref(), Some("CONTOSO.COM"));
/// let cloud = "KERBEROS.MICROSOFTONLINE.COM";
/// assert_eq!(realm("acct.file.core.windows.net").as_deref(), Some(cloud));
/// assert_eq!(realm("web.contoso.com"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostRealms {
    hosts: BTreeMap<String, Realm>,
    suffixes: BTreeMap<String, Realm>,
    domain_realm: DomainRealm,
    top_level_names: TopLevelNames,
}

/// One entry of the policy "Define host name-to-Kerberos realm mappings": a realm and the hosts
/// that are in it, written `REALM=host;.suffix`. A host with a leading dot stands for everything
/// below it, one without for itself alone.
///
/// ```
/// use kkdcp_client::{HostMapping, HostMappingError};
///
/// let mapping: HostMapping = "CONTOSO.COM = files.contoso.net; .corp.contoso.net".parse()?;
/// assert_eq!(mapping.hosts, ["files.contoso.net", ".corp.contoso.net"]);
/// # Ok::<(), HostMappingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostMapping {
    /// The realm.
    pub realm: Realm,
    /// Hosts and suffixes, as they are written.
    pub hosts: Vec<String>,
}

/// A host mapping cannot be read.
///
/// Example: [`HostMapping`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostMappingError {
    /// There is no `=` between realm and hosts, or nothing behind it.
    #[error("{text:?} is not REALM=HOSTS, where HOSTS is a list such as host.example;.suffix")]
    NoHosts {
        /// The text.
        text: String,
    },
    /// What stands for a host is none.
    #[error("{host:?} is neither a host name nor a suffix that begins with a dot")]
    NotAHost {
        /// The text.
        host: String,
    },
    /// The realm's name is not usable.
    #[error(transparent)]
    Realm(#[from] NameError),
}

impl FromStr for HostMapping {
    type Err = HostMappingError;

    fn from_str(text: &str) -> Result<Self, HostMappingError> {
        let no_hosts = || HostMappingError::NoHosts {
            text: text.to_owned(),
        };
        let (realm, hosts) = text.split_once('=').ok_or_else(no_hosts)?;
        let realm = Realm::new(realm.trim())?;
        let hosts = hosts.split(';').map(str::trim);
        let hosts: Vec<_> = hosts.filter(|host| !host.is_empty()).collect();
        if hosts.is_empty() {
            return Err(no_hosts());
        }
        let is_name = |host: &str| {
            let name = host.strip_prefix('.').unwrap_or(host);
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'))
        };
        if let Some(host) = hosts.iter().find(|host| !is_name(host)) {
            let host = (*host).to_owned();
            return Err(HostMappingError::NotAHost { host });
        }
        let hosts = hosts.into_iter().map(str::to_owned).collect();
        Ok(Self { realm, hosts })
    }
}

impl HostRealms {
    /// Without any rule.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a mapping. The first one for a host or a suffix stays.
    #[must_use]
    pub fn mapping(mut self, mapping: &HostMapping) -> Self {
        for host in &mapping.hosts {
            let host = normal(host);
            let (table, name) = match host.strip_prefix('.') {
                Some(suffix) => (&mut self.suffixes, suffix.to_owned()),
                None => (&mut self.hosts, host),
            };
            table.entry(name).or_insert_with(|| mapping.realm.clone());
        }
        self
    }

    /// Sets the table of krb5.conf.
    #[must_use]
    pub fn domain_realm(mut self, domain_realm: DomainRealm) -> Self {
        self.domain_realm = domain_realm;
        self
    }

    /// Sets the names below which services are in the cloud realm.
    #[must_use]
    pub fn top_level_names(mut self, names: TopLevelNames) -> Self {
        self.top_level_names = names;
        self
    }

    /// The realm of `host`, whatever its case, where a rule says so.
    pub fn realm_of(&self, host: &str) -> Option<Realm> {
        let host = normal(host);
        self.hosts
            .get(&host)
            .or_else(|| self.by_suffix(&host))
            .or_else(|| self.domain_realm.realm_of(&host))
            .cloned()
            .or_else(|| {
                let in_cloud = self.top_level_names.cover(&host);
                in_cloud
                    .then(|| Realm::new(EntraCloud::REALM).ok())
                    .flatten()
            })
    }

    fn by_suffix(&self, host: &str) -> Option<&Realm> {
        let mut rest = host;
        while let Some((_, below)) = rest.split_once('.') {
            if let Some(realm) = self.suffixes.get(below) {
                return Some(realm);
            }
            rest = below;
        }
        None
    }
}

/// The public name of a host that is named by its private endpoint. The cloud realm knows the
/// names of private endpoints only where they were added to an application by hand.
///
/// ```
/// use kkdcp_client::public_endpoint;
///
/// let public = public_endpoint("acct.privatelink.file.core.windows.net");
/// assert_eq!(public.as_deref(), Some("acct.file.core.windows.net"));
/// assert_eq!(public_endpoint("acct.file.core.windows.net"), None);
/// ```
pub fn public_endpoint(host: &str) -> Option<String> {
    let is_private = |label: &&str| label.eq_ignore_ascii_case(PRIVATE_LINK);
    let labels: Vec<&str> = host.split('.').collect();
    // The first label is the resource's name, whatever it is.
    let at = 1 + labels.iter().skip(1).position(is_private)?;
    let others = labels.iter().enumerate().filter(|(index, _)| *index != at);
    let others: Vec<&str> = others.map(|(_, label)| *label).collect();
    Some(others.join("."))
}

fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOUD: &str = EntraCloud::REALM;

    fn realms(mappings: &[&str]) -> HostRealms {
        let mut domain_realm = DomainRealm::default();
        domain_realm.insert("conf.windows.net", Realm::new("CONF").unwrap());
        let realms = HostRealms::new()
            .domain_realm(domain_realm)
            .top_level_names(".windows.net:1433".parse().unwrap());
        mappings.iter().fold(realms, |realms, text| {
            realms.mapping(&text.parse().unwrap())
        })
    }

    #[test]
    fn the_closest_rule_decides() {
        let realms = realms(&[
            "EXACT=a.corp.windows.net",
            "SHORT=.windows.net",
            "LONG=.corp.windows.net; .x.conf.windows.net",
            "LATE=a.corp.windows.net;.windows.net",
        ]);
        for (host, realm) in [
            ("a.corp.windows.net", Some("EXACT")),
            ("A.Corp.Windows.NET.", Some("EXACT")),
            ("x.a.corp.windows.net", Some("LONG")),
            ("b.corp.windows.net", Some("LONG")),
            ("corp.windows.net", Some("SHORT")),
            ("y.x.conf.windows.net", Some("LONG")),
            ("z.conf.windows.net", Some("SHORT")),
            // A suffix stands for what is below it only.
            ("windows.net", Some(CLOUD)),
            ("mywindows.net", None),
            ("", None),
        ] {
            let found = realms.realm_of(host);
            assert_eq!(found.as_ref().map(Realm::as_str), realm, "{host}");
        }
    }

    #[test]
    fn krb5_conf_comes_before_top_level_names() {
        let realms = realms(&[]);
        for (host, realm) in [
            ("z.conf.windows.net", "CONF"),
            ("acct.file.core.windows.net", CLOUD),
        ] {
            assert_eq!(realms.realm_of(host).unwrap().as_str(), realm, "{host}");
        }
    }

    #[test]
    fn what_is_no_mapping_is_refused() {
        for (text, why) in [
            ("host.example", "is not REALM=HOSTS"),
            ("R=", "is not REALM=HOSTS"),
            ("R=;", "is not REALM=HOSTS"),
            ("=host", "realm"),
            ("R=a b", "is neither a host name"),
            ("R=.", "is neither a host name"),
            ("R=https://host", "is neither a host name"),
        ] {
            let error = text.parse::<HostMapping>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn only_the_label_of_a_private_endpoint_is_dropped() {
        for (host, public) in [
            (
                "mi01.PrivateLink.0a1b.database.windows.net",
                Some("mi01.0a1b.database.windows.net"),
            ),
            ("privatelink.file.core.windows.net", None),
            ("myprivatelink.file.core.windows.net", None),
            ("", None),
        ] {
            assert_eq!(public_endpoint(host).as_deref(), public, "{host}");
        }
    }
}
