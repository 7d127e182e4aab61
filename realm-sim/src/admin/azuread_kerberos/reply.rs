//! Both sides of Microsoft Entra Kerberos, as Get-AzureADKerberosServer shows them.

use std::fmt;

use kerberos_core::time::{Civil, KerberosTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a domain and a tenant have for each other.
///
/// What is not there is `None`. The `Display` form is that of Get-AzureADKerberosServer; in JSON
/// the fields have the same names.
///
/// Example: [`KerberosServerRequest`](super::KerberosServerRequest).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct KerberosServer {
    /// The number of the read-only domain controller that the service account is of.
    #[serde(rename = "ID")]
    pub id: Option<u16>,
    /// The distinguished name of the krbtgt account.
    pub user_account: Option<String>,
    /// The distinguished name of the computer's account.
    pub computer_account: Option<String>,
    /// What the krbtgt account is called.
    pub display_name: Option<String>,
    /// The domain.
    pub domain_dns_name: Option<String>,
    /// The version of the key: as in the tickets that are sealed in it, or ahead of that (switch
    /// H44).
    pub key_version: Option<u64>,
    /// When it was made; `None` for one that was there from the beginning.
    pub key_updated_on: Option<ShownTime>,
    /// The domain controller that did it.
    pub key_updated_from: Option<String>,
    /// What the tenant calls the krbtgt account.
    pub cloud_display_name: Option<String>,
    /// The domain, as the tenant has it.
    pub cloud_domain_dns_name: Option<String>,
    /// The number, as the tenant has it.
    pub cloud_id: Option<u16>,
    /// The version of the key that the tenant has.
    pub cloud_key_version: Option<u64>,
    /// When it was made.
    pub cloud_key_updated_on: Option<ShownTime>,
    /// A constant where the tenant trusts the domain.
    pub cloud_trust_display: Option<String>,
    /// The names that the trusted domain object claims for the cloud; not shown in text.
    pub top_level_names: Vec<TopLevelName>,
    /// Only where the domain and the tenant have different keys of the trust, so that the tenant
    /// cannot open what the domain seals in the newest; not shown in text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_keys_apart: Option<TrustKeysApart>,
}

/// Keys of a trust that are not the same at both ends.
///
/// Example: [`KerberosServerRequest`](super::KerberosServerRequest).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TrustKeysApart {
    /// The version of the domain's newest key.
    pub key_version: i32,
    /// That of the tenant's. It may be the same, of another key.
    pub cloud_key_version: i32,
}

/// A name of a trusted domain object.
///
/// Example: [`KerberosServerRequest`](super::KerberosServerRequest).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TopLevelName {
    /// The name.
    pub name: String,
    /// Whether services below it are looked for in the cloud.
    pub enabled: bool,
    /// Whether it is disabled because another trust, or the own forest, has it.
    pub conflict: bool,
}

/// A time that is text in JSON: `2026-01-01T00:00:00Z`.
///
/// Example: [`KerberosServerRequest`](super::KerberosServerRequest).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownTime(pub KerberosTime);

/// What CloudTrustDisplay says.
pub(super) const CLOUD_TRUST_DISPLAY: &str = "Microsoft.AzureAD.Kdc.Service.TrustDisplay";

/// The column in which values begin, less the colon.
const NAME_WIDTH: usize = 20;

impl KerberosServer {
    /// Whether nothing is configured on either side.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for TrustKeysApart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key_version,
            cloud_key_version,
        } = self;
        write!(
            f,
            "the key of the trust is not the same on both sides (version {key_version} in the \
             domain, {cloud_key_version} in the tenant)"
        )
    }
}

impl fmt::Display for KerberosServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: Option<u16>| value.map(|value| value.to_string());
        let version = |value: Option<u64>| value.map(|value| value.to_string());
        let time = |value: Option<ShownTime>| value.map(|value| value.to_string());
        for (name, value) in [
            ("ID", number(self.id)),
            ("UserAccount", self.user_account.clone()),
            ("ComputerAccount", self.computer_account.clone()),
            ("DisplayName", self.display_name.clone()),
            ("DomainDnsName", self.domain_dns_name.clone()),
            ("KeyVersion", version(self.key_version)),
            ("KeyUpdatedOn", time(self.key_updated_on)),
            ("KeyUpdatedFrom", self.key_updated_from.clone()),
            ("CloudDisplayName", self.cloud_display_name.clone()),
            ("CloudDomainDnsName", self.cloud_domain_dns_name.clone()),
            ("CloudId", number(self.cloud_id)),
            ("CloudKeyVersion", version(self.cloud_key_version)),
            ("CloudKeyUpdatedOn", time(self.cloud_key_updated_on)),
            ("CloudTrustDisplay", self.cloud_trust_display.clone()),
        ] {
            let line = format!("{name:NAME_WIDTH$}: {}", value.unwrap_or_default());
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// As PowerShell shows it in the United States: `2/24/2022 9:03:15 AM`.
impl fmt::Display for ShownTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.0.civil();
        let half = if hour < 12 { "AM" } else { "PM" };
        let hour = match hour % 12 {
            0 => 12,
            hour => hour,
        };
        write!(
            f,
            "{month}/{day}/{year} {hour}:{minute:02}:{second:02} {half}"
        )
    }
}

impl Serialize for ShownTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ShownTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("{text:?} is not a time in UTC"));
        parsed(&text).map(Self).ok_or_else(wrong)
    }
}

fn parsed(text: &str) -> Option<KerberosTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.split('-');
    let mut time = time.split(':');
    let civil = Civil {
        year: date.next()?.parse().ok()?,
        month: date.next()?.parse().ok()?,
        day: date.next()?.parse().ok()?,
        hour: time.next()?.parse().ok()?,
        minute: time.next()?.parse().ok()?,
        second: time.next()?.parse().ok()?,
    };
    let is_whole = date.next().is_none() && time.next().is_none();
    civil.to_time().filter(|_| is_whole)
}
