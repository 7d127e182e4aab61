//! Services of a tenant that have their service names from what they are.

use serde::Deserialize;
use toml::Spanned;

use super::unplaced;

/// A Microsoft cloud, by what names in it end in.
///
/// Example: [`ManagedInstanceEntry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AzureCloud {
    /// China, operated by 21Vianet.
    China,
    /// The one for everybody else.
    #[default]
    Public,
    /// The government of the United States.
    #[serde(rename = "usgov")]
    UsGov,
}

impl AzureCloud {
    /// What hosts of SQL managed instances end in.
    pub const fn database_suffix(self) -> &'static str {
        match self {
            Self::China => "database.chinacloudapi.cn",
            Self::Public => "database.windows.net",
            Self::UsGov => "database.usgovcloudapi.net",
        }
    }

    /// What hosts of file shares end in.
    pub const fn file_suffix(self) -> &'static str {
        match self {
            Self::China => "file.core.chinacloudapi.cn",
            Self::Public => "file.core.windows.net",
            Self::UsGov => "file.core.usgovcloudapi.net",
        }
    }

    /// The names below which services are the cloud realm's, where a tenant names none. Those of
    /// China are a guess: no document has them.
    pub const fn top_level_names(self) -> &'static [&'static str] {
        match self {
            Self::China => &["chinacloudapi.cn"],
            Self::Public => &["windows.net", "azure.net"],
            Self::UsGov => &["usgovcloudapi.net", "windows.net"],
        }
    }
}

/// An Azure SQL managed instance with its system-assigned service principal.
///
/// ```
/// use realm_sim::topology::{AzureCloud, Topology, TopologyError};
///
/// let topology = Topology::parse(
///     r#"
///     [[tenant]]
///     id = "11111111-2222-3333-4444-555555555555"
///     cloud = "usgov"
///     [[tenant.managed_instance]]
///     name = "mi01"
///     dns_zone = "0a1b2c3d4e5f"
///     [[tenant.storage_account]]
///     name = "contosofiles"
///     "#,
/// )?;
/// let tenant = &topology.tenants[0];
/// assert_eq!(tenant.cloud, AzureCloud::UsGov);
/// assert_eq!(
///     tenant.managed_instances[0].service_names(tenant.cloud)[0],
///     "MSSQLSvc/mi01.0a1b2c3d4e5f.database.usgovcloudapi.net:1433",
/// );
/// assert_eq!(
///     tenant.storage_accounts[0].service_names(tenant.cloud)[0],
///     "cifs/contosofiles.file.core.usgovcloudapi.net",
/// );
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ManagedInstanceEntry {
    /// The instance's name.
    pub name: Spanned<String>,
    /// The label between the name and the suffix of the cloud, which instances of a subnet share.
    pub dns_zone: String,
    /// Whether the instance has the public endpoint, on port 3342.
    #[serde(default = "yes")]
    pub public_endpoint: bool,
    /// Whether the names of its private endpoint were added to the principal: without them the
    /// tenant does not know them.
    #[serde(default)]
    pub private_link: bool,
    /// Whether it is without its system-assigned principal in the beginning, so that nobody gets a
    /// ticket.
    #[serde(default)]
    pub without_principal: bool,
}

/// A storage account whose file shares take Kerberos tickets.
///
/// Example: [`ManagedInstanceEntry`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StorageAccountEntry {
    /// The account's name.
    pub name: Spanned<String>,
    /// The Kerberos key that tickets are sealed in, in base64; random without. Its first 32
    /// octets are the key: that is what the application of the account is given.
    pub kerb1: Option<String>,
    /// The other Kerberos key, which opens tickets too.
    pub kerb2: Option<String>,
    /// Whether the names of its private endpoint were added to the application: without them the
    /// tenant does not know them.
    #[serde(default)]
    pub private_link: bool,
    /// Whether Microsoft Entra Kerberos is not turned on for its shares in the beginning.
    #[serde(default)]
    pub without_principal: bool,
}

const fn yes() -> bool {
    true
}

impl ManagedInstanceEntry {
    /// An instance with a public endpoint and no private one.
    pub fn new(name: &str, dns_zone: &str) -> Self {
        Self {
            name: unplaced(name),
            dns_zone: dns_zone.to_owned(),
            public_endpoint: true,
            private_link: false,
            without_principal: false,
        }
    }

    /// The names that clients ask for, each with its port and without.
    pub fn service_names(&self, cloud: AzureCloud) -> Vec<String> {
        let (name, zone, suffix) = (self.name.get_ref(), &self.dns_zone, cloud.database_suffix());
        let with_and_without = |host: String, port| {
            [
                format!("MSSQLSvc/{host}:{port}"),
                format!("MSSQLSvc/{host}"),
            ]
        };
        let mut names = with_and_without(format!("{name}.{zone}.{suffix}"), 1433).to_vec();
        if self.public_endpoint {
            let public = format!("{name}.public.{zone}.{suffix}");
            names.extend(with_and_without(public, 3342));
        }
        if self.private_link {
            let private = format!("{name}.privatelink.{zone}.{suffix}");
            names.extend(with_and_without(private, 1433));
        }
        names
    }
}

impl StorageAccountEntry {
    /// The classes that the application of a storage account is registered for.
    const CLASSES: [&str; 3] = ["cifs", "HTTP", "HOST"];

    /// An account with random keys and no private endpoint.
    pub fn new(name: &str) -> Self {
        Self {
            name: unplaced(name),
            kerb1: None,
            kerb2: None,
            private_link: false,
            without_principal: false,
        }
    }

    /// The names that clients ask for.
    pub fn service_names(&self, cloud: AzureCloud) -> Vec<String> {
        let (name, suffix) = (self.name.get_ref(), cloud.file_suffix());
        let private = self
            .private_link
            .then(|| format!("{name}.privatelink.{suffix}"));
        let hosts = std::iter::once(format!("{name}.{suffix}")).chain(private);
        let named = hosts.flat_map(|host| Self::CLASSES.map(|class| format!("{class}/{host}")));
        named.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_has_a_name_for_each_endpoint() {
        let mut entry = ManagedInstanceEntry::new("mi01", "0a1b");
        assert_eq!(
            entry.service_names(AzureCloud::Public),
            [
                "MSSQLSvc/mi01.0a1b.database.windows.net:1433",
                "MSSQLSvc/mi01.0a1b.database.windows.net",
                "MSSQLSvc/mi01.public.0a1b.database.windows.net:3342",
                "MSSQLSvc/mi01.public.0a1b.database.windows.net",
            ]
        );
        entry.private_link = true;
        let names = entry.service_names(AzureCloud::Public);
        assert_eq!(
            names[4..],
            [
                "MSSQLSvc/mi01.privatelink.0a1b.database.windows.net:1433",
                "MSSQLSvc/mi01.privatelink.0a1b.database.windows.net",
            ]
        );
        entry.public_endpoint = false;
        entry.private_link = false;
        let names = entry.service_names(AzureCloud::China);
        assert_eq!(names.len(), 2);
        assert!(names[1].ends_with(".database.chinacloudapi.cn"));
    }

    #[test]
    fn a_storage_account_has_its_private_names_only_when_they_were_added() {
        let mut entry = StorageAccountEntry::new("acct");
        let public = entry.service_names(AzureCloud::Public);
        assert_eq!(
            public,
            ["cifs", "HTTP", "HOST"].map(|class| format!("{class}/acct.file.core.windows.net"))
        );
        entry.private_link = true;
        let all = entry.service_names(AzureCloud::Public);
        assert_eq!(all.len(), 6);
        assert!(all.contains(&"cifs/acct.privatelink.file.core.windows.net".to_owned()));
    }
}
