//! Accounts and groups, written down.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{ClaimEntry, unplaced};
use crate::forest::{AccountKind, GroupScope, UserAccountControl};

/// A group of an Active Directory realm.
///
/// ```
/// use realm_sim::forest::GroupScope;
/// use realm_sim::topology::{Topology, TopologyError};
///
/// let topology = Topology::parse(
///     r#"
///     [[realm]]
///     name = "CONTOSO.COM"
///     [[realm.group]]
///     name = "Printers"
///     scope = "domain-local"
///     [[realm.user]]
///     name = "alice"
///     member_of = ["Printers", "Protected Users"]
///     not_delegated = true
///     "#,
/// )?;
/// assert_eq!(topology.realms[0].groups[0].scope, GroupScope::DomainLocal);
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct GroupEntry {
    /// The sAMAccountName.
    pub name: Spanned<String>,
    /// Where the group counts.
    #[serde(default)]
    pub scope: GroupScope,
    /// The groups of the realm that list this one as a member; those stand further up.
    #[serde(default)]
    pub member_of: Vec<String>,
}

/// What a machine is.
///
/// Example: [`Topology`](super::Topology).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AccountRole {
    /// A workstation or a member server.
    #[default]
    Member,
    /// A domain controller.
    DomainController,
    /// A read-only domain controller.
    ReadOnlyDomainController,
    /// A managed service account.
    ManagedService,
}

impl AccountRole {
    /// The kind of account that a machine of this role has.
    pub const fn kind(self) -> AccountKind {
        match self {
            Self::Member => AccountKind::Computer,
            Self::DomainController => AccountKind::DomainController,
            Self::ReadOnlyDomainController => AccountKind::ReadOnlyDomainController,
            Self::ManagedService => AccountKind::ManagedService,
        }
    }
}

/// A user or a computer, with the services it runs.
///
/// Example: [`Topology`](super::Topology).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountEntry {
    /// The sAMAccountName, for a computer without its `$`.
    pub name: Spanned<String>,
    /// What a computer is.
    #[serde(default)]
    pub role: AccountRole,
    /// The password; a random key without one.
    pub password: Option<String>,
    /// The userPrincipalName, an empty one for none; by default a user's is the name at the realm in
    /// lower case.
    pub upn: Option<String>,
    /// displayName.
    #[serde(default)]
    pub display_name: String,
    /// The relative id; by default the next free one.
    pub relative_id: Option<u32>,
    /// Service names of this account, such as `HTTP/web.contoso.com`.
    #[serde(default)]
    pub services: Vec<String>,
    /// altSecurityIdentities; `Kerberos:NAME@REALM` is a name to log on with where that needs no
    /// pre-authentication, and of a realm that a realm trust leads to, the client whom services know
    /// by this account ([MS-KILE] §3.3.5.7.2).
    #[serde(default)]
    pub alt_security_identities: Vec<String>,
    /// Groups of the realm that list the account as a member.
    #[serde(default)]
    pub member_of: Vec<String>,
    /// The encryption types to have keys of, by number, the preferred one first: 18 and 17 by
    /// default, and 23 for a user with services.
    pub etypes: Option<Vec<i32>>,
    /// msDS-SupportedEncryptionTypes, as bits ([MS-KILE] §2.2.7).
    pub supported_enctypes: Option<u32>,
    /// Whether the account may not log on.
    #[serde(default)]
    pub disabled: bool,
    /// Whether the account is locked.
    #[serde(default)]
    pub locked: bool,
    /// Whether the password must be changed at the next logon.
    #[serde(default)]
    pub must_change_password: bool,
    /// Whether the password has expired.
    #[serde(default)]
    pub password_expired: bool,
    /// When the password expires, in seconds since 1970; never by default.
    pub password_expires: Option<i64>,
    /// When the account expires, in seconds since 1970; never by default.
    pub account_expires: Option<i64>,
    /// The hours of the week, in UTC from Sunday midnight on, in which the user may log on: 21
    /// octets in hexadecimal, the lowest bit of each first. All by default.
    pub logon_hours: Option<String>,
    /// Whether a TGT may be had without pre-authentication.
    #[serde(default)]
    pub no_preauth: bool,
    /// Whether only a smart card will do.
    #[serde(default)]
    pub smartcard_required: bool,
    /// Whether the account must not be delegated.
    #[serde(default)]
    pub not_delegated: bool,
    /// Whether services of the account get their clients' forwarded TGTs.
    #[serde(default)]
    pub trusted_for_delegation: bool,
    /// Whether the account may say who its client is (S4U2Self) and delegate that.
    #[serde(default)]
    pub trusted_to_authenticate_for_delegation: bool,
    /// Whether tickets for the account carry no PAC.
    #[serde(default)]
    pub no_auth_data_required: bool,
    /// Services for which the account may ask on behalf of its clients.
    #[serde(default)]
    pub delegation_to: Vec<String>,
    /// Accounts and groups that may ask for this one on behalf of their clients: names of the
    /// realm, `NAME@REALM` of another, or SIDs.
    #[serde(default)]
    pub delegation_from: Vec<String>,
    /// Accounts and groups of trusted realms, as `NAME@REALM` or by SID, that may authenticate to
    /// this account where a trust asks for selective authentication.
    #[serde(default)]
    pub allowed_to_authenticate: Vec<String>,
    /// NetBIOS names of the computers from which the user may log on.
    #[serde(default)]
    pub workstations: Vec<String>,
    /// Claims about the account by their identifiers, such as `ad://ext/department`: a text, a
    /// number, a truth value, or a list of one of these.
    #[serde(default)]
    pub claims: BTreeMap<String, ClaimEntry>,
}

impl AccountEntry {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: unplaced(name),
            role: AccountRole::default(),
            password: None,
            upn: None,
            display_name: String::new(),
            relative_id: None,
            services: Vec::new(),
            alt_security_identities: Vec::new(),
            member_of: Vec::new(),
            etypes: None,
            supported_enctypes: None,
            disabled: false,
            locked: false,
            must_change_password: false,
            password_expired: false,
            password_expires: None,
            account_expires: None,
            logon_hours: None,
            no_preauth: false,
            smartcard_required: false,
            not_delegated: false,
            trusted_for_delegation: false,
            trusted_to_authenticate_for_delegation: false,
            no_auth_data_required: false,
            delegation_to: Vec::new(),
            delegation_from: Vec::new(),
            allowed_to_authenticate: Vec::new(),
            workstations: Vec::new(),
            claims: BTreeMap::new(),
        }
    }

    /// The bits of userAccountControl that the entry sets.
    pub(crate) fn control(&self) -> UserAccountControl {
        [
            (self.disabled, UserAccountControl::ACCOUNT_DISABLED),
            (self.locked, UserAccountControl::LOCKOUT),
            (self.password_expired, UserAccountControl::PASSWORD_EXPIRED),
            (self.no_preauth, UserAccountControl::DONT_REQUIRE_PREAUTH),
            (
                self.smartcard_required,
                UserAccountControl::SMARTCARD_REQUIRED,
            ),
            (self.not_delegated, UserAccountControl::NOT_DELEGATED),
            (
                self.trusted_for_delegation,
                UserAccountControl::TRUSTED_FOR_DELEGATION,
            ),
            (
                self.trusted_to_authenticate_for_delegation,
                UserAccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION,
            ),
            (
                self.no_auth_data_required,
                UserAccountControl::NO_AUTH_DATA_REQUIRED,
            ),
        ]
        .into_iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, bit)| bit)
        .collect()
    }
}
