//! Accounts: users, computers, service principals and the krbtgt, with keys and attributes.

mod control;
#[cfg(feature = "journal")]
mod kept;
mod key_set;
mod lockout;
mod logon_hours;
mod rare;
mod salt;

use std::borrow::Cow;
use std::time::Duration;

use kerberos_core::crypto::{CryptoError, Key};
use kerberos_core::name::Principal;
use kerberos_core::pac::Sid;
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

pub use control::UserAccountControl;
#[cfg(feature = "journal")]
pub(crate) use kept::KeptAccount;
pub use key_set::{DEFAULT_ETYPES, FIRST_KVNO, KeySet};
pub use lockout::LogonFailures;
pub use logon_hours::{LogonHours, LogonHoursError};
pub use rare::{LogonPaths, RareAttributes};

use super::group::well_known;
use super::written;
use rare::Rare;
use salt::Salt;
pub(super) use salt::salt;

/// What an account stands for.
///
/// Example: [`AccountAttributes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AccountKind {
    /// A person.
    #[default]
    User,
    /// A workstation or a member server.
    Computer,
    /// A domain controller.
    DomainController,
    /// A read-only domain controller.
    ReadOnlyDomainController,
    /// A managed service account: a computer's account that a service runs under.
    ManagedService,
    /// A service principal of a cloud tenant.
    ServicePrincipal,
    /// A ticket-granting service.
    Krbtgt,
}

impl AccountKind {
    /// Whether the account's name ends in `$` and its salt is that of a host.
    pub const fn is_machine(self) -> bool {
        matches!(
            self,
            Self::Computer
                | Self::DomainController
                | Self::ReadOnlyDomainController
                | Self::ManagedService
        )
    }

    /// Whether the account stands for a domain controller, of either kind.
    pub const fn is_domain_controller(self) -> bool {
        matches!(
            self,
            Self::DomainController | Self::ReadOnlyDomainController
        )
    }

    /// The bits of userAccountControl that say so.
    pub const fn control(self) -> UserAccountControl {
        match self {
            Self::User | Self::ServicePrincipal | Self::Krbtgt => {
                UserAccountControl::NORMAL_ACCOUNT
            }
            Self::Computer | Self::ManagedService => UserAccountControl::WORKSTATION_TRUST_ACCOUNT,
            Self::DomainController => UserAccountControl::SERVER_TRUST_ACCOUNT
                .union(UserAccountControl::TRUSTED_FOR_DELEGATION),
            Self::ReadOnlyDomainController => UserAccountControl::WORKSTATION_TRUST_ACCOUNT
                .union(UserAccountControl::PARTIAL_SECRETS_ACCOUNT)
                .union(UserAccountControl::TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION),
        }
    }

    /// The relative id of the primary group.
    pub const fn primary_group(self) -> u32 {
        match self {
            Self::User | Self::ServicePrincipal | Self::Krbtgt => well_known::DOMAIN_USERS,
            Self::Computer | Self::ManagedService => well_known::DOMAIN_COMPUTERS,
            Self::DomainController => well_known::DOMAIN_CONTROLLERS,
            Self::ReadOnlyDomainController => well_known::READ_ONLY_DOMAIN_CONTROLLERS,
        }
    }
}

/// What the directory knows of an account besides its name and keys; those of
/// [`RareAttributes`] are fields of it too.
///
/// ```
/// use realm_sim::forest::{AccountAttributes, AccountKind, UserAccountControl};
///
/// let mut attributes = AccountAttributes::of(AccountKind::User);
/// assert_eq!(attributes.control, UserAccountControl::NORMAL_ACCOUNT);
/// assert_eq!(attributes.primary_group, 513);
/// attributes.control |= UserAccountControl::NOT_DELEGATED;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountAttributes {
    /// What the account stands for.
    pub kind: AccountKind,
    /// userAccountControl.
    #[serde(with = "written")]
    pub control: UserAccountControl,
    /// The relative id; 0 lets the realm choose one.
    pub relative_id: u32,
    /// userPrincipalName.
    pub upn: Option<Box<str>>,
    /// displayName.
    pub display_name: String,
    /// msDS-SupportedEncryptionTypes ([MS-KILE] §2.2.7); `None` leaves it to the realm's default.
    pub supported_enctypes: Option<u32>,
    /// The relative id of the primary group.
    pub primary_group: u32,
    /// The groups that list the account as a member, the primary group not among them.
    #[serde(with = "written")]
    pub member_of: Vec<Sid>,
    /// When the password was set.
    #[serde(with = "written")]
    pub password_set: Timestamp,
    /// Whether the password must be changed at the next logon (pwdLastSet is 0).
    pub must_change_password: bool,
    rare: Rare,
}

impl AccountAttributes {
    /// Those of a new account.
    pub fn of(kind: AccountKind) -> Self {
        Self {
            kind,
            control: kind.control(),
            primary_group: kind.primary_group(),
            ..Self::default()
        }
    }

    /// Sets userPrincipalName; an empty one takes it away, as there is no attribute without a value.
    pub fn set_upn(&mut self, upn: &str) {
        self.upn = Some(upn).filter(|upn| !upn.is_empty()).map(Into::into);
    }

    /// Gives back the room that nothing is in.
    fn settle(&mut self) {
        self.rare.settle();
        self.display_name.shrink_to_fit();
        self.member_of.shrink_to_fit();
    }
}

/// An account of a realm, as it is at one moment: a change makes a new one.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// # use realm_sim::forest::{Forest, UserAccountControl};
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// // `forest` is the one of the demo.
/// let domain = forest.domain(&Realm::new("CONTOSO.COM")?).ok_or("no such realm")?;
/// let alice = domain.account("alice").ok_or("no alice")?;
/// assert!(alice.preauth_required());
/// let alice = domain.change("alice", |attributes| {
///     attributes.control |= UserAccountControl::ACCOUNT_DISABLED;
/// })?;
/// assert!(alice.is_disabled());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Account {
    principal: Principal,
    keys: KeySet,
    salt: Salt,
    history: History,
    attributes: AccountAttributes,
}

/// What there is of an account whose password or name was changed; few of a large directory were.
#[derive(Debug, Clone, Default)]
struct History(Option<Box<Changed>>);

#[derive(Debug, Clone, Default)]
struct Changed {
    /// Newest first.
    past: Vec<PastKeys>,
    /// The salt of the present keys, when it is that of another name.
    salt: Option<String>,
}

impl History {
    fn past(&self) -> &[PastKeys] {
        self.0.as_ref().map_or(&[], |changed| &changed.past)
    }

    fn remember(&mut self, keys: PastKeys) {
        let past = &mut self.0.get_or_insert_default().past;
        past.insert(0, keys);
        past.truncate(PAST_KEYS);
    }
}

/// Keys that an account had.
#[derive(Debug, Clone)]
struct PastKeys {
    keys: KeySet,
    salt: Option<String>,
    /// When they took over from those before.
    since: Timestamp,
}

/// Keys that are remembered besides the present ones: with them the 24 passwords that Active
/// Directory remembers by default.
const PAST_KEYS: usize = 23;

impl Account {
    /// An account with keys that were never changed.
    ///
    /// `salt` is what a client must be told to make its key from a password; `None` for keys
    /// that come from no password.
    pub fn new(
        principal: Principal,
        keys: KeySet,
        salt: Option<String>,
        mut attributes: AccountAttributes,
    ) -> Self {
        attributes.settle();
        let mut account = Self {
            principal,
            keys,
            salt: Salt::None,
            history: History::default(),
            attributes,
        };
        account.set_salt(salt);
        account
    }

    /// The account's own name: its sAMAccountName in its realm.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The sAMAccountName.
    pub fn sam(&self) -> &str {
        self.principal.components().first().map_or("", |sam| sam)
    }

    /// The keys.
    pub const fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The keys before the last change.
    pub fn previous_keys(&self) -> Option<&KeySet> {
        self.past_keys().next()
    }

    /// All keys before the present ones, the newest first.
    pub fn past_keys(&self) -> impl Iterator<Item = &KeySet> {
        self.history.past().iter().map(|past| &past.keys)
    }

    /// Whether this is one of the last `depth` passwords, the present one among them.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`].
    pub fn has_had_password(&self, password: &str, depth: usize) -> Result<bool, CryptoError> {
        let past = self.history.past().iter();
        let past = past.map(|past| (&past.keys, past.salt.as_deref()));
        let salt = self.salt();
        let all = std::iter::once((&self.keys, salt.as_deref())).chain(past);
        // Salts and types seldom change, so one key is made for most of them.
        let mut made: Vec<(&str, Key)> = Vec::new();
        for (keys, salt) in all.take(depth) {
            let Some(salt) = salt else { continue };
            let etype = keys.preferred().etype();
            let found = made
                .iter()
                .find(|(of, key)| *of == salt && key.etype() == etype);
            let key = match found {
                Some((_, key)) => key.clone(),
                None => {
                    let key = Key::from_password(etype, password, salt.as_bytes(), None)?;
                    made.push((salt, key.clone()));
                    key
                }
            };
            if key == *keys.preferred() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All keys that open tickets for the account: the current ones, then the previous.
    pub fn accepted_keys(&self) -> impl Iterator<Item = &KeySet> + Clone {
        std::iter::once(&self.keys).chain(self.previous_keys())
    }

    /// All keys that were known `delay` ago, newest first: what one has who hears of changes late.
    /// Those of the beginning were known to everybody at once.
    pub(crate) fn known_keys(
        &self,
        now: Timestamp,
        delay: Duration,
    ) -> impl Iterator<Item = &KeySet> {
        let current = (&self.keys, self.attributes.password_set);
        let past = self.history.past().iter();
        let first = past.len();
        let past = past.map(|past| (&past.keys, past.since));
        let all = std::iter::once(current).chain(past).enumerate();
        all.filter(move |(at, (_, since))| *at == first || now >= since.plus(delay))
            .map(|(_, (keys, _))| keys)
    }

    /// What the directory knows besides.
    pub const fn attributes(&self) -> &AccountAttributes {
        &self.attributes
    }

    /// The userPrincipalName.
    pub fn upn(&self) -> Option<&str> {
        self.attributes.upn.as_deref()
    }

    /// The service names.
    pub fn services(&self) -> &[Principal] {
        &self.attributes.services
    }

    /// Whether a TGT is given only after pre-authentication.
    pub const fn preauth_required(&self) -> bool {
        !self.has(UserAccountControl::DONT_REQUIRE_PREAUTH)
    }

    /// Whether the account may not log on.
    pub const fn is_disabled(&self) -> bool {
        self.has(UserAccountControl::ACCOUNT_DISABLED)
    }

    /// Whether userAccountControl has these bits.
    pub const fn has(&self, control: UserAccountControl) -> bool {
        self.attributes.control.contains(control)
    }

    /// With its attributes changed; its identity is for life.
    pub(crate) fn changed(&self, change: impl FnOnce(&mut AccountAttributes)) -> Self {
        let mut attributes = self.attributes.clone();
        change(&mut attributes);
        attributes.relative_id = self.attributes.relative_id;
        self.with_attributes(attributes)
    }

    /// With other attributes.
    pub(super) fn with_attributes(&self, mut attributes: AccountAttributes) -> Self {
        attributes.settle();
        self.clone()
            .keeping_salt(|account| account.attributes = attributes)
    }

    /// With this relative id, where it has none.
    pub(super) const fn or_numbered(mut self, relative_id: u32) -> Self {
        if self.attributes.relative_id == 0 {
            self.attributes.relative_id = relative_id;
        }
        self
    }

    /// With another name.
    pub(super) fn with_principal(&self, principal: Principal) -> Self {
        self.clone()
            .keeping_salt(|account| account.principal = principal)
    }

    /// With new keys; those it had stay as previous.
    pub(super) fn with_keys(&self, keys: KeySet, salt: Option<String>, now: Timestamp) -> Self {
        let mut account = self.clone();
        let keys = std::mem::replace(&mut account.keys, keys);
        let before = account.salt().map(Cow::into_owned);
        account.set_salt(salt);
        account.history.remember(PastKeys {
            keys,
            salt: before,
            since: account.attributes.password_set,
        });
        let attributes = &mut account.attributes;
        attributes.password_set = now;
        attributes.must_change_password = false;
        attributes.password_expires = None;
        attributes.control -= UserAccountControl::PASSWORD_EXPIRED;
        attributes.settle();
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million of them are what a large directory is.
    #[test]
    fn an_account_takes_little_room() {
        assert!(size_of::<Account>() <= 184, "{}", size_of::<Account>());
    }
}
