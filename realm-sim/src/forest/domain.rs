//! One Active Directory realm: accounts, groups, service names, trust objects.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use kerberos_core::entropy::Entropy;
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::pac::{GroupMembership, Sid};
use kerberos_core::time::Timestamp;

use super::accounts::Accounts;
use super::group::{Groups, well_known};
use super::route::Routes;
use super::service_names::ServiceNames;
use super::{
    Account, AccountAttributes, AccountKind, DirectoryError, Group, GroupScope, KeySet,
    Memberships, NewAccount, TrustKeys,
};
use crate::kdc::{ClientLookup, Directory};

/// Where the relative ids of a domain's own accounts and groups begin.
const FIRST_RELATIVE_ID: u32 = 1103;

/// An Active Directory realm.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// # use realm_sim::forest::Forest;
/// use realm_sim::forest::GroupScope;
///
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// # let domain = forest.domain(&Realm::new("CONTOSO.COM")?).ok_or("no such realm")?;
/// // `domain` is CONTOSO.COM of the demo.
/// let staff = domain.create_group("Staff", GroupScope::Global, &[])?;
/// domain.change("alice", |attributes| attributes.member_of.push(staff.sid))?;
/// let alice = domain.account("alice").ok_or("no alice")?;
/// let memberships = domain.memberships(&alice);
/// assert_eq!(memberships.global[0].relative_id, 513, "Domain Users");
/// assert_eq!(Some(memberships.global[1].relative_id), staff.sid.relative_id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Domain {
    realm: Realm,
    identity: DomainIdentity,
    tables: RwLock<Tables>,
    pub(super) trusts: Vec<TrustObject>,
    pub(super) routes: Routes,
    rules: DomainRules,
}

/// What a domain is called besides its DNS name.
#[derive(Debug, Clone)]
pub(super) struct DomainIdentity {
    pub(super) sid: Sid,
    pub(super) netbios_name: String,
    /// Suffixes that userPrincipalNames of this forest may have besides domain names.
    pub(super) upn_suffixes: Vec<String>,
}

/// What administration changes.
#[derive(Debug)]
struct Tables {
    accounts: Accounts,
    groups: Groups,
}

/// The switches that a domain's lookups follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct DomainRules {
    pub(super) strip_port: bool,
    pub(super) previous_key_period: Duration,
}

/// A trusted-domain object. What its direction does not allow has no key.
#[derive(Debug)]
pub(super) struct TrustObject {
    pub(super) partner: Realm,
    /// `krbtgt/PARTNER@US`: there when the partner trusts us.
    pub(super) issuing: Option<Arc<TrustKeys>>,
    /// `krbtgt/US@PARTNER`: there when we trust the partner.
    pub(super) accepting: Option<Arc<TrustKeys>>,
}

impl Domain {
    /// A domain with the groups that every one has, and its ticket-granting service.
    pub(super) fn new(
        realm: Realm,
        identity: DomainIdentity,
        rules: DomainRules,
        entropy: &dyn Entropy,
    ) -> Result<Self, DirectoryError> {
        let mut accounts = Accounts::new(realm.clone(), ServiceNames::new(true, true));
        let mut krbtgt = NewAccount::new(AccountKind::Krbtgt, "krbtgt");
        krbtgt.attributes.relative_id = well_known::KRBTGT;
        accounts.insert(krbtgt.build(&realm, entropy, Timestamp::default())?)?;
        let groups = Groups::built_in(&identity.sid);
        Ok(Self {
            realm,
            identity,
            tables: RwLock::new(Tables { accounts, groups }),
            trusts: Vec::new(),
            routes: Routes::new(),
            rules,
        })
    }

    /// The SID.
    pub const fn sid(&self) -> Sid {
        self.identity.sid
    }

    /// The NetBIOS name.
    pub fn netbios_name(&self) -> &str {
        &self.identity.netbios_name
    }

    /// Suffixes that userPrincipalNames may have besides the domain's own name.
    pub fn upn_suffixes(&self) -> &[String] {
        &self.identity.upn_suffixes
    }

    /// Every account, in the order of relative ids.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        self.read().accounts.iter().cloned().collect()
    }

    /// The account with this sAMAccountName, with or without a machine's `$`, or with this
    /// userPrincipalName.
    pub fn account(&self, name: &str) -> Option<Arc<Account>> {
        self.read().accounts.named(name).cloned()
    }

    /// The account with this SID.
    pub fn account_of_sid(&self, sid: &Sid) -> Option<Arc<Account>> {
        let relative_id = sid
            .relative_id()
            .filter(|_| sid.is_of_domain(&self.sid()))?;
        self.read().accounts.of(relative_id).cloned()
    }

    /// The SID of an account of this domain.
    pub fn sid_of(&self, account: &Account) -> Option<Sid> {
        let relative_id = account.attributes().relative_id;
        self.sid().with_relative_id(relative_id).ok()
    }

    /// Adds an account.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NameTaken`] when a name of it is; [`DirectoryError::Key`] and
    /// [`DirectoryError::Name`] when it cannot be made.
    pub fn create(
        &self,
        wish: NewAccount,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        let account = wish.build(&self.realm, entropy, now)?;
        let mut tables = self.write();
        let mut attributes = account.attributes().clone();
        if attributes.relative_id == 0 {
            attributes.relative_id = tables.next_relative_id();
        }
        tables.accounts.insert(account.with_attributes(attributes))
    }

    /// Changes the attributes of the account with this name; the account as it is then.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`]; [`DirectoryError::NameTaken`] when it would take another's
    /// name. Nothing has changed then.
    pub fn change(
        &self,
        name: &str,
        change: impl FnOnce(&mut AccountAttributes),
    ) -> Result<Arc<Account>, DirectoryError> {
        let mut tables = self.write();
        let account = tables.named(name)?;
        let mut attributes = account.attributes().clone();
        change(&mut attributes);
        // The identity of an account is for life.
        attributes.relative_id = account.attributes().relative_id;
        tables.accounts.replace(account.with_attributes(attributes))
    }

    /// Gives an account a new password, or new random keys without one. The keys before stay as
    /// previous.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`]; [`DirectoryError::Key`] when no key can be made.
    pub fn set_password(
        &self,
        name: &str,
        password: Option<&str>,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        // Making keys takes long, and others are to be served meanwhile.
        let account = self
            .read()
            .named(name)?
            .with_password(password, entropy, now)?;
        self.write().accounts.replace(account)
    }

    /// Takes an account away.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`].
    pub fn remove(&self, name: &str) -> Result<Arc<Account>, DirectoryError> {
        let mut tables = self.write();
        let account = tables.named(name)?;
        tables.accounts.take(account.attributes().relative_id);
        Ok(account)
    }

    /// The group with this name, whatever its case.
    pub fn group(&self, name: &str) -> Option<Group> {
        self.read().groups.named(name).cloned()
    }

    /// Every group.
    pub fn groups(&self) -> Vec<Group> {
        self.read().groups.iter().cloned().collect()
    }

    /// Adds a group that is a member of `member_of`.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NameTaken`].
    pub fn create_group(
        &self,
        name: &str,
        scope: GroupScope,
        member_of: &[Sid],
    ) -> Result<Group, DirectoryError> {
        let mut tables = self.write();
        let sid = self.sid().with_relative_id(tables.next_relative_id())?;
        let group = Group {
            name: name.to_owned(),
            sid,
            scope,
            member_of: member_of.to_vec(),
            foreign_members: Vec::new(),
        };
        tables
            .groups
            .insert(group.clone())
            .map_err(|name| DirectoryError::NameTaken { name })?;
        Ok(group)
    }

    /// Makes an account or group of another domain a member of a domain-local group.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`].
    pub fn add_foreign_member(&self, group: &str, member: Sid) -> Result<(), DirectoryError> {
        self.write().groups.add_foreign_member(group, member)
    }

    /// All that an account is a member of, directly or through other groups.
    pub fn memberships(&self, account: &Account) -> Memberships {
        self.read().groups.memberships(account)
    }

    /// The domain-local groups of this domain that somebody with these SIDs is a member of.
    pub fn local_groups_of(&self, sids: &[Sid]) -> Vec<GroupMembership> {
        self.read().groups.local_groups_of(sids)
    }

    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn trust_with(&self, partner: &Realm) -> Option<&TrustObject> {
        self.trusts
            .iter()
            .find(|trust| trust.partner.eq_ignore_case(partner))
    }

    fn is_own_name(&self, text: &str) -> bool {
        text.eq_ignore_ascii_case(self.realm.as_str())
            || text.eq_ignore_ascii_case(&self.identity.netbios_name)
    }

    fn route(&self, host: &str) -> Option<Realm> {
        self.routes
            .next_hop(host)
            .filter(|next| **next != self.realm)
            .cloned()
    }
}

impl Tables {
    fn named(&self, name: &str) -> Result<Arc<Account>, DirectoryError> {
        self.accounts.named(name).cloned().ok_or_else(|| {
            let (what, name) = ("account", name.to_owned());
            DirectoryError::NotFound { what, name }
        })
    }

    /// One that neither an account nor a group has.
    fn next_relative_id(&self) -> u32 {
        let groups = self
            .groups
            .iter()
            .filter_map(|group| group.sid.relative_id());
        let above_groups = groups.max().map_or(0, |last| last.saturating_add(1));
        self.accounts
            .next_relative_id(FIRST_RELATIVE_ID.max(above_groups))
    }
}

impl Directory for Domain {
    fn realm(&self) -> &Realm {
        &self.realm
    }

    fn krbtgt(&self) -> Option<Arc<Account>> {
        self.read().accounts.of(well_known::KRBTGT).cloned()
    }

    /// [MS-KILE] §3.3.5.6.1
    fn client(&self, name: &Principal) -> ClientLookup {
        let text = name.components().join("/");
        if let Some(account) = self.account(&text) {
            return ClientLookup::Here(account);
        }
        let upn = format!("{text}@{}", self.realm);
        if let Some(account) = self.account(&upn) {
            return ClientLookup::Here(account);
        }
        let suffix = text.rsplit_once('@').map(|(_, suffix)| suffix);
        match suffix.and_then(|suffix| self.route(suffix)) {
            Some(realm) if name.name_type() == NameType::ENTERPRISE => {
                ClientLookup::Elsewhere(realm)
            }
            _ => ClientLookup::Unknown,
        }
    }

    /// [MS-KILE] §3.3.5.1.1
    fn service(&self, name: &Principal) -> Option<Arc<Account>> {
        if name
            .krbtgt_serves()
            .is_some_and(|realm| self.is_own_name(realm.as_str()))
        {
            return self.krbtgt();
        }
        let tables = self.read();
        if let Some(account) = tables.accounts.service(name) {
            return Some(Arc::clone(account));
        }
        match name.components() {
            // service/host/realm
            [class, host, realm] if self.is_own_name(realm) => {
                let short = Principal::host_based(class, host, self.realm.clone()).ok()?;
                tables.accounts.service(&short).cloned()
            }
            // A machine's or a service account's own name, and `krbtgt`, as Windows' klist asks.
            [sam] => tables
                .accounts
                .named(sam)
                .filter(|account| is_addressable(account))
                .cloned(),
            _ => None,
        }
    }

    fn next_hop(&self, service: &Principal) -> Option<Realm> {
        let host = if self.rules.strip_port {
            service.service_host()?
        } else {
            service.components().get(1)?
        };
        self.route(host)
    }

    fn towards(&self, realm: &Realm) -> Option<Realm> {
        match self.trust_with(realm) {
            Some(trust) => trust.issuing.as_ref().map(|_| trust.partner.clone()),
            None => self.route(realm.as_str()),
        }
    }

    fn issuing_keys(&self, partner: &Realm, now: Timestamp) -> Option<KeySet> {
        let keys = self.trust_with(partner)?.issuing.as_ref()?;
        Some(keys.issuing(now, self.rules.previous_key_period))
    }

    fn accepted_keys(&self, issuer: &Realm, now: Timestamp) -> Vec<KeySet> {
        self.trust_with(issuer)
            .and_then(|trust| trust.accepting.as_ref())
            .map(|keys| keys.accepted(now, Duration::ZERO))
            .unwrap_or_default()
    }

    /// A trusted realm vouches for its own clients and for those who came to it from others,
    /// but never for ours.
    fn may_vouch(&self, _issuer: &Realm, client_realm: &Realm) -> bool {
        !client_realm.eq_ignore_case(&self.realm)
    }
}

/// Whether a ticket for the account's own name makes sense: somebody holds its key to accept it.
fn is_addressable(account: &Account) -> bool {
    let kind = account.attributes().kind;
    kind.is_machine() || kind == AccountKind::Krbtgt || !account.services().is_empty()
}
