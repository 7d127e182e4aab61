//! A forest written down: realms, accounts, trusts, tenants and policy as data.
//!
//! Read from TOML or put together by [`ForestBuilder`](crate::forest::ForestBuilder). What a
//! field means is checked when a forest is built from it; every error names the entry, and the
//! line where there is a file.

mod account;
mod claims;
mod cloud_service;
mod conditional_access;
mod error;
mod forwarded_realm;
mod incomplete_user;
mod password;
#[cfg(feature = "pkinit")]
mod pkinit;
mod tenant_user;
mod trust;

pub use account::{AccountEntry, AccountRole, GroupEntry};
pub(crate) use claims::claims_of;
pub use claims::{ClaimEntry, ClaimsSupport};
pub use cloud_service::{AzureCloud, ManagedInstanceEntry, StorageAccountEntry};
pub use conditional_access::ConditionalAccessEntry;
pub use error::{Problem, TopologyError};
pub use forwarded_realm::ForwardedRealmEntry;
pub use incomplete_user::{IncompleteUserEntry, OnPremisesAttribute};
pub use password::PasswordRules;
#[cfg(feature = "pkinit")]
pub use pkinit::{AgreementGroupEntry, PkinitEntry};
use serde::Deserialize;
pub use tenant_user::TenantUserEntry;
use toml::Spanned;
pub use trust::{TrustDirection, TrustEntry, TrustKind, TrustSide};

use crate::assumptions::Assumptions;

/// The realm name that Microsoft Entra Kerberos uses for all tenants.
pub const ENTRA_REALM: &str = "KERBEROS.MICROSOFTONLINE.COM";

/// The topology of the demo: CONTOSO.COM and a tenant that trusts it.
pub const DEMO: &str = include_str!("demo.toml");

/// A topology with every kind of trust: an example to start from.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// # use realm_sim::forest::Forest;
/// use realm_sim::topology::{TRUSTS, Topology, TrustKind};
///
/// let forest = Forest::from_topology(&Topology::parse(TRUSTS)?, Arc::new(SeededEntropy::new(7)))?;
/// let (from, to) = (Realm::new("US.CORP.EXAMPLE")?, Realm::new("NANO.LAB.EXAMPLE")?);
/// let path: Vec<_> = forest.path(&from, &to).iter().map(ToString::to_string).collect();
/// assert_eq!(path, ["CORP.EXAMPLE", "LAB.EXAMPLE", "NANO.LAB.EXAMPLE"]);
/// let corp = forest.domain(&Realm::new("CORP.EXAMPLE")?).ok_or("no such realm")?;
/// let kinds: Vec<_> = corp.trusts().iter().map(|trust| trust.kind()).collect();
/// let (child, tree) = (TrustKind::ParentChild, TrustKind::TreeRoot);
/// assert_eq!(kinds, [child, child, tree, TrustKind::Forest]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const TRUSTS: &str = include_str!("trusts.toml");

/// A forest as data.
///
/// ```
/// use realm_sim::topology::{Topology, TopologyError, TrustDirection};
///
/// let topology = Topology::parse(
///     r#"
///     [policy]
///     ticket_lifetime = 600
///
///     [[realm]]
///     name = "CONTOSO.COM"
///     [[realm.user]]
///     name = "alice"
///     password = "correct horse"
///
///     [[realm]]
///     name = "FABRIKAM.COM"
///
///     [[trust]]
///     realm = "CONTOSO.COM"
///     partner = "FABRIKAM.COM"
///     direction = "outbound"
///     "#,
/// )?;
/// assert_eq!(topology.policy.ticket_lifetime, 600);
/// assert_eq!(topology.realms[0].users[0].name.get_ref(), "alice");
/// assert_eq!(topology.trusts[0].direction(), TrustDirection::Outbound);
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Topology {
    /// Active Directory realms.
    #[serde(default, rename = "realm")]
    pub realms: Vec<RealmEntry>,
    /// Tenants of Microsoft Entra.
    #[serde(default, rename = "tenant")]
    pub tenants: Vec<TenantEntry>,
    /// Trusts between the realms.
    #[serde(default, rename = "trust")]
    pub trusts: Vec<TrustEntry>,
    /// Realms that are not simulated, to whose KDCs `/KdcProxy` forwards.
    #[serde(default, rename = "forwarded_realm")]
    pub forwarded_realms: Vec<ForwardedRealmEntry>,
    /// Lifetimes and limits of every KDC.
    #[serde(default)]
    pub policy: PolicyEntry,
    /// Switches for undocumented behaviour.
    #[serde(default)]
    pub assumptions: Assumptions,
    /// The file's text, to find the line of an entry.
    #[serde(skip)]
    text: String,
}

/// An Active Directory realm.
///
/// Example: [`Topology`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RealmEntry {
    /// The realm's name, such as `CONTOSO.COM`.
    pub name: Spanned<String>,
    /// The NetBIOS name; by default the first label of the name.
    pub netbios_name: Option<String>,
    /// The domain's SID; by default made from the name, the same one every time.
    pub sid: Option<String>,
    /// Suffixes that userPrincipalNames may have besides the name.
    #[serde(default)]
    pub upn_suffixes: Vec<String>,
    /// Whether several accounts may have one service name, as with the second bit of
    /// DoNotVerifyUPNAndOrSPNUniqueness ([MS-ADTS] §3.1.1.5.1.3). Tickets for it are refused.
    #[serde(default)]
    pub duplicate_services: bool,
    /// Groups besides those that every domain has.
    #[serde(default, rename = "group")]
    pub groups: Vec<GroupEntry>,
    /// Whether `/KdcProxy` forwards to this realm too.
    #[serde(default)]
    pub kdc_proxy: bool,
    /// Whether the domain has the object of a controller, `AzureADKerberos$`, that lets the cloud
    /// issue partial TGTs of its users.
    #[serde(default)]
    pub entra_controller: bool,
    /// What there is for logons by certificate, if they are taken.
    #[cfg(feature = "pkinit")]
    pub pkinit: Option<PkinitEntry>,
    /// People.
    #[serde(default, rename = "user")]
    pub users: Vec<AccountEntry>,
    /// Machines.
    #[serde(default, rename = "computer")]
    pub computers: Vec<AccountEntry>,
}

/// A tenant of Microsoft Entra, reached as `/<id>/kerberos`.
///
/// Example: [`Topology`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TenantEntry {
    /// The tenant's id: a GUID, as it stands in the URL.
    pub id: Spanned<String>,
    /// The realm; KERBEROS.MICROSOFTONLINE.COM for every real tenant.
    #[serde(default = "entra_realm")]
    pub realm: String,
    /// The Microsoft cloud it is in, which decides what hosts are called.
    #[serde(default)]
    pub cloud: AzureCloud,
    /// Service principals.
    #[serde(default, rename = "service")]
    pub services: Vec<AccountEntry>,
    /// Service principals of SQL managed instances.
    #[serde(default, rename = "managed_instance")]
    pub managed_instances: Vec<ManagedInstanceEntry>,
    /// Service principals of storage accounts.
    #[serde(default, rename = "storage_account")]
    pub storage_accounts: Vec<StorageAccountEntry>,
    /// Conditional Access policies that ask for a second factor.
    #[serde(default)]
    pub conditional_access: Vec<ConditionalAccessEntry>,
    /// The Active Directory realms whose users are synchronised; by default those that the tenant
    /// trusts, with the other domains of their forests.
    pub synced: Option<Vec<String>>,
    /// Users that the tenant has besides, in the cloud only.
    #[serde(default, rename = "user")]
    pub users: Vec<TenantUserEntry>,
    /// Synchronised users who lack attributes.
    #[serde(default, rename = "incomplete_user")]
    pub incomplete_users: Vec<IncompleteUserEntry>,
    /// The names below which services are the cloud realm's, as clients are told with a TGT; those
    /// of the cloud by default.
    pub top_level_names: Option<Vec<String>>,
}

/// Lifetimes and limits of every KDC; durations in seconds.
///
/// Example: [`Topology`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PolicyEntry {
    /// Longest life of a TGT (MaxTicketAge): 10 h, Active Directory's default.
    pub ticket_lifetime: u64,
    /// Longest life of a ticket for a service (MaxServiceTicketAge): 10 h, Active Directory's
    /// default. None outlives the TGT that it is got with.
    pub service_ticket_lifetime: u64,
    /// How long a ticket can be renewed: 7 d, Active Directory's default.
    pub renewable_lifetime: u64,
    /// Tolerated difference of clocks: 5 min (RFC 4120 §8.2).
    pub max_skew: u64,
    /// Longest reply sent as a datagram, in bytes; longer ones turn into
    /// KRB_ERR_RESPONSE_TOO_BIG. 1465 keeps within one Ethernet frame and is MIT's own bound for
    /// requests.
    pub udp_reply_limit: usize,
    /// Whether a second use of an authenticator or an encrypted timestamp is refused.
    pub detect_replay: bool,
    /// Whether the unkeyed RSA-MD5 checksum that Windows puts into its TGS authenticator is
    /// accepted.
    pub accept_unkeyed_checksum: bool,
    /// Whether a TGS authenticator may have no checksum at all.
    pub accept_missing_checksum: bool,
    /// Whether domain controllers support FAST (RFC 6113), as those of Windows do once "KDC support
    /// for claims, compound authentication and Kerberos armoring" is on. Without it PA-FX-FAST is
    /// ignored and not announced; gokrb5, which insists on the announcement, has DisablePAFXFAST for
    /// such domains.
    pub armoring: bool,
    /// Whether users, not machines, have to come in armor (ClaimsCompIdFASTSupport 3,
    /// [MS-KILE] §3.3.5.1); it needs `armoring`.
    pub armor_required: bool,
    /// Whether PACs have claims, and with armoring what is known of a client's device.
    pub claims: ClaimsSupport,
    /// DefaultDomainSupportedEncTypes, as bits ([MS-KILE] §2.2.7): stands for
    /// msDS-SupportedEncryptionTypes where an account has none. Windows has 0x27 since November
    /// 2022; without it an account supports what it has keys of.
    pub default_supported_enctypes: Option<u32>,
    /// How long after a rotation a DC still issues with a trust's previous key: 1 h.
    pub previous_key_period: u64,
    /// What passwords must be like, and what wrong ones lead to.
    pub password: PasswordRules,
}

impl Default for PolicyEntry {
    fn default() -> Self {
        Self {
            ticket_lifetime: 10 * HOUR,
            service_ticket_lifetime: 10 * HOUR,
            renewable_lifetime: 7 * 24 * HOUR,
            max_skew: 300,
            udp_reply_limit: 1465,
            detect_replay: true,
            accept_unkeyed_checksum: true,
            accept_missing_checksum: false,
            armoring: false,
            armor_required: false,
            claims: ClaimsSupport::None,
            default_supported_enctypes: None,
            previous_key_period: HOUR,
            password: PasswordRules::default(),
        }
    }
}

impl Topology {
    /// Reads a topology file's text.
    ///
    /// # Errors
    ///
    /// [`TopologyError::Syntax`], with the line, when it is not TOML or has a field that does
    /// not belong.
    pub fn parse(text: &str) -> Result<Self, TopologyError> {
        let mut topology: Self =
            toml::from_str(text).map_err(|error| TopologyError::syntax(text, &error))?;
        text.clone_into(&mut topology.text);
        Ok(topology)
    }

    /// The line, counted from 1, on which `name` stands in the file; `None` without a file.
    pub(crate) fn line_of(&self, name: &Spanned<String>) -> Option<usize> {
        if self.text.is_empty() {
            return None;
        }
        error::line_at(&self.text, name.span().start)
    }

    /// The name of an account and where it stands in the file, which is read again for that: entries
    /// go as the accounts come. Without a file, and of an account that is not in it, where the realm
    /// stands.
    pub(crate) fn account(&self, realm: &Spanned<String>, name: &str) -> Spanned<String> {
        let whole = Self::parse(&self.text).unwrap_or_default();
        let entry = whole.realms.into_iter().find(|it| it.name == *realm);
        let entries = entry.map(|entry| entry.users.into_iter().chain(entry.computers));
        let found = entries.and_then(|mut all| all.find(|it| it.name.get_ref() == name));
        let place = found.map_or_else(|| realm.span(), |entry| entry.name.span());
        Spanned::new(place, name.to_owned())
    }
}

impl RealmEntry {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: unplaced(name),
            netbios_name: None,
            sid: None,
            upn_suffixes: Vec::new(),
            duplicate_services: false,
            groups: Vec::new(),
            kdc_proxy: false,
            entra_controller: false,
            #[cfg(feature = "pkinit")]
            pkinit: None,
            users: Vec::new(),
            computers: Vec::new(),
        }
    }
}

impl TenantEntry {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: unplaced(id),
            realm: entra_realm(),
            cloud: AzureCloud::default(),
            services: Vec::new(),
            managed_instances: Vec::new(),
            storage_accounts: Vec::new(),
            conditional_access: Vec::new(),
            synced: None,
            users: Vec::new(),
            incomplete_users: Vec::new(),
            top_level_names: None,
        }
    }
}

/// A name that stands in no file.
fn unplaced(name: &str) -> Spanned<String> {
    Spanned::new(0..0, name.to_owned())
}

fn entra_realm() -> String {
    ENTRA_REALM.to_owned()
}

const HOUR: u64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_parses_and_knows_its_lines() {
        let demo = Topology::parse(DEMO).unwrap();
        let realm = &demo.realms[0];
        assert_eq!(realm.name.get_ref(), "CONTOSO.COM");
        let line = demo.line_of(&realm.name).unwrap();
        assert!(DEMO.lines().nth(line - 1).unwrap().contains("CONTOSO.COM"));
    }

    #[test]
    fn a_field_that_does_not_belong_is_named_with_its_line() {
        let error = Topology::parse("[[realm]]\nname = \"A\"\npasword = \"x\"\n").unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("line 3: "), "{text}");
        assert!(text.contains("pasword"), "{text}");
    }

    #[test]
    fn a_syntax_error_names_its_line() {
        let text = Topology::parse("[[realm]]\nname = \n")
            .unwrap_err()
            .to_string();
        assert!(text.starts_with("line 2: "), "{text}");
    }
}
