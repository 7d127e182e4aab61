//! Attributes that few accounts have: they take room only where they are set.

use std::ops::{Deref, DerefMut};

use kerberos_core::name::Principal;
use kerberos_core::pac::{Claim, Sid};
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountAttributes, LogonFailures, LogonHours};
use crate::forest::written;

/// What the directory knows of few of its accounts, read and set as fields of
/// [`AccountAttributes`].
///
/// ```
/// use realm_sim::forest::{AccountAttributes, AccountKind};
///
/// let mut attributes = AccountAttributes::of(AccountKind::User);
/// assert!(attributes.workstations.is_empty());
/// attributes.workstations.push("WS01".to_owned());
/// assert_eq!(attributes.workstations, ["WS01"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RareAttributes {
    /// servicePrincipalName.
    #[serde(with = "written")]
    pub services: Vec<Principal>,
    /// altSecurityIdentities; `Kerberos:NAME@REALM` is a name to log on with where that needs no
    /// pre-authentication.
    pub alt_security_identities: Vec<String>,
    /// When the password expires; `None` is never.
    #[serde(with = "written")]
    pub password_expires: Option<Timestamp>,
    /// accountExpires; `None` is never.
    #[serde(with = "written")]
    pub account_expires: Option<Timestamp>,
    /// Wrong passwords since the last right one.
    pub failures: LogonFailures,
    /// logonHours; `None` allows all.
    #[serde(with = "written")]
    pub logon_hours: Option<LogonHours>,
    /// userWorkstations: NetBIOS names from which the user may log on; empty allows all.
    pub workstations: Vec<String>,
    /// What the directory claims about the account ([MS-ADTS] §3.1.1.11).
    #[serde(with = "written")]
    pub claims: Vec<Claim>,
    /// msDS-AllowedToDelegateTo: services for which the account may ask on behalf of its clients.
    #[serde(with = "written")]
    pub delegation_to: Vec<Principal>,
    /// msDS-AllowedToActOnBehalfOfOtherIdentity: accounts that may ask for this one on behalf of
    /// their clients.
    #[serde(with = "written")]
    pub delegation_from: Vec<Sid>,
    /// Accounts and groups of trusted realms that may authenticate to this one under selective
    /// authentication.
    #[serde(with = "written")]
    pub allowed_to_authenticate: Vec<Sid>,
    /// Read-only domain controllers that hold the account's keys (msDS-RevealedList).
    #[serde(with = "written")]
    pub revealed_to: Vec<Sid>,
    /// The number of the read-only domain controllers that this is the krbtgt account of
    /// (msDS-SecondaryKrbTgtNumber).
    pub krbtgt_number: Option<u16>,
    /// The krbtgt account of this read-only domain controller (msDS-KrbTgtLink).
    #[serde(with = "written")]
    pub krbtgt_link: Option<Sid>,
    /// Accounts and groups whose keys this read-only domain controller may hold
    /// (msDS-RevealOnDemandGroup).
    #[serde(with = "written")]
    pub reveal_on_demand: Vec<Sid>,
    /// Those whose keys it may not hold whatever else they are in (msDS-NeverRevealGroup).
    #[serde(with = "written")]
    pub never_reveal: Vec<Sid>,
    /// Where scripts, profile and files are.
    pub logon_paths: Option<Box<LogonPaths>>,
}

/// Where a user's logon scripts, profile and files are, as PACs say ([MS-PAC] §2.5).
///
/// Example: [`AccountAttributes`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LogonPaths {
    /// scriptPath.
    pub script: String,
    /// profilePath.
    pub profile: String,
    /// homeDirectory.
    pub home_directory: String,
    /// homeDrive.
    pub home_drive: String,
}

impl RareAttributes {
    const NONE: Self = Self {
        services: Vec::new(),
        alt_security_identities: Vec::new(),
        password_expires: None,
        account_expires: None,
        failures: LogonFailures::NONE,
        logon_hours: None,
        workstations: Vec::new(),
        claims: Vec::new(),
        delegation_to: Vec::new(),
        delegation_from: Vec::new(),
        allowed_to_authenticate: Vec::new(),
        revealed_to: Vec::new(),
        krbtgt_number: None,
        krbtgt_link: None,
        reveal_on_demand: Vec::new(),
        never_reveal: Vec::new(),
        logon_paths: None,
    };
}

impl Default for RareAttributes {
    fn default() -> Self {
        Self::NONE
    }
}

/// Rare attributes, or none of them.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub(super) struct Rare(Option<Box<RareAttributes>>);

impl Rare {
    fn get(&self) -> &RareAttributes {
        static NONE: RareAttributes = RareAttributes::NONE;
        self.0.as_deref().unwrap_or(&NONE)
    }

    /// Gives the room back when nothing is set, as setting to nothing takes it too.
    pub(super) fn settle(&mut self) {
        if *self.get() == RareAttributes::NONE {
            self.0 = None;
        }
    }
}

impl PartialEq for Rare {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Rare {}

/// So that whoever reads or sets an attribute need not know how common it is.
impl Deref for AccountAttributes {
    type Target = RareAttributes;

    fn deref(&self) -> &RareAttributes {
        self.rare.get()
    }
}

impl DerefMut for AccountAttributes {
    fn deref_mut(&mut self) -> &mut RareAttributes {
        let rare = &mut self.rare.0;
        rare.get_or_insert_with(|| Box::new(RareAttributes::NONE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::AccountKind;

    #[test]
    fn what_is_not_set_takes_no_room_and_is_as_what_is_set_to_nothing() {
        let user = AccountAttributes::of(AccountKind::User);
        let mut set = user.clone();
        assert!(set.rare.0.is_none());
        set.workstations.push("WS01".to_owned());
        assert_ne!(set, user);
        set.workstations.clear();
        assert!(set.rare.0.is_some());
        assert_eq!(set, user);
        set.rare.settle();
        assert!(set.rare.0.is_none());
    }
}
