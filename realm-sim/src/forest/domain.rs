//! One Active Directory realm: accounts, groups, service names, trust objects.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use kerberos_core::assigned::EncryptionType;
use kerberos_core::crypto;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::pac::{DomainGroups, GroupMembership, LogonInfo, Sid};
use kerberos_core::time::Timestamp;

use super::accounts::{Accounts, joined};
use super::catalog::{Catalog, CatalogEntry};
use super::group::{Groups, well_known};
use super::reach::TrustTable;
use super::service_names::ServiceNames;
use super::{
    Account, AccountAttributes, AccountKind, DirectoryError, ForeignLogonError, KeySet,
    LogonFailures, Memberships, NewAccount, TrustObject, filter_sids,
};
use crate::kdc::{AccountIdentity, ClientLookup, Directory, Vouching};
use crate::topology::PasswordRules;

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
    tables: Arc<RwLock<Tables>>,
    /// The other domains of the forest, as the global catalog knows them.
    pub(super) catalog: Catalog,
    /// Replaced as a whole, so that whoever holds it sees one moment.
    trusts: RwLock<Arc<TrustTable>>,
    rules: DomainRules,
    /// What there is for logons by certificate.
    #[cfg(feature = "pkinit")]
    pub(super) certification: Option<super::certification::Certification>,
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
pub(super) struct Tables {
    pub(super) accounts: Accounts,
    pub(super) groups: Groups,
    /// Relative ids of accounts whose wrong passwords were counted or forgotten, for whoever keeps
    /// that.
    pub(super) counted: BTreeSet<u32>,
}

/// The switches that a domain's lookups follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct DomainRules {
    pub(super) strip_port: bool,
    pub(super) previous_key_period: Duration,
    /// Until the KDC knows a rotated key.
    pub(super) replication_delay: Duration,
    pub(super) password_min_age: Duration,
    /// Whether several accounts may have one service name.
    pub(super) duplicate_services: bool,
}

impl Domain {
    /// A domain with the groups that every one has, and its ticket-granting service.
    pub(super) fn new(
        realm: Realm,
        identity: DomainIdentity,
        rules: DomainRules,
        entropy: &dyn Entropy,
    ) -> Result<Self, DirectoryError> {
        let services = ServiceNames::new(true, true).with_duplicates(rules.duplicate_services);
        let mut accounts = Accounts::new(realm.clone(), services);
        let mut krbtgt = NewAccount::new(AccountKind::Krbtgt, "krbtgt");
        krbtgt.attributes.relative_id = well_known::KRBTGT;
        // As in Active Directory, where it has keys of every type.
        krbtgt
            .etypes
            .extend(Some(EncryptionType::RC4_HMAC).filter(|etype| crypto::supports(*etype)));
        accounts.insert(krbtgt.build(&realm, entropy, Timestamp::default())?)?;
        let groups = Groups::built_in(&identity.sid);
        Ok(Self {
            realm,
            identity,
            tables: Arc::new(RwLock::new(Tables {
                accounts,
                groups,
                counted: BTreeSet::new(),
            })),
            catalog: Catalog::default(),
            trusts: RwLock::default(),
            rules,
            #[cfg(feature = "pkinit")]
            certification: None,
        })
    }

    /// The same accounts and groups, live, without the trusts.
    pub(crate) fn replica(&self) -> Self {
        Self {
            realm: self.realm.clone(),
            identity: self.identity.clone(),
            tables: Arc::clone(&self.tables),
            catalog: Catalog::default(),
            trusts: RwLock::default(),
            rules: self.rules,
            #[cfg(feature = "pkinit")]
            certification: None,
        }
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

    /// The first account that is like this.
    pub(super) fn find_account(
        &self,
        is_like: impl Fn(&Arc<Account>) -> bool,
    ) -> Option<Arc<Account>> {
        let tables = self.read();
        let found = tables.accounts.iter().find(|account| is_like(account));
        found.cloned()
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

    /// All that an account is a member of, directly or through other groups.
    pub fn memberships(&self, account: &Account) -> Memberships {
        self.read().groups.memberships(account)
    }

    /// The domain-local groups of this domain that somebody with these SIDs is a member of.
    pub fn local_groups_of(&self, sids: &[Sid]) -> Vec<GroupMembership> {
        let tables = self.read();
        let own = sids.iter().filter(|sid| sid.is_of_domain(&self.sid()));
        let accounts = own.filter_map(|sid| tables.accounts.of(sid.relative_id()?));
        let direct = accounts.flat_map(|account| account.attributes().member_of.clone());
        tables.groups.local_groups_of(sids, direct)
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The trusts, and where they lead.
    pub(super) fn trust_table(&self) -> Arc<TrustTable> {
        let trusts = self.trusts.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&trusts)
    }

    /// Has these trusts from now on.
    pub(super) fn set_trusts(&self, table: TrustTable) {
        let mut trusts = self.trusts.write().unwrap_or_else(PoisonError::into_inner);
        *trusts = Arc::new(table);
    }

    /// What the global catalog keeps of this domain.
    pub(super) fn catalog_entry(&self) -> CatalogEntry {
        CatalogEntry::new(self.realm.clone(), Arc::clone(&self.tables))
    }

    /// Refuses names that `account` has got since `before` and that accounts of other domains of the
    /// forest have. As for administrators, aliases are not looked at.
    ///
    /// [MS-ADTS] §3.1.1.5.1.3
    pub(super) fn expect_unique(
        &self,
        account: &Account,
        before: Option<&Account>,
    ) -> Result<(), DirectoryError> {
        let is_new = |upn: &&str| before.and_then(Account::upn) != Some(*upn);
        if let Some(upn) = account.upn().filter(is_new)
            && let Some(realm) = self.catalog.realm_of(|accounts| accounts.has_upn(upn))
        {
            return Err(DirectoryError::UpnNotUnique {
                name: upn.to_owned(),
                realm: realm.clone(),
            });
        }
        if self.rules.duplicate_services {
            return Ok(());
        }
        let old = before.map_or(&[][..], Account::services);
        for service in account.services() {
            if !old.iter().any(|other| other.same_name(service))
                && let Some(realm) = self
                    .catalog
                    .realm_of(|accounts| accounts.has_service(service))
            {
                return Err(DirectoryError::SpnNotUnique {
                    name: service.components().join("/"),
                    realm: realm.clone(),
                });
            }
        }
        Ok(())
    }

    /// How long until a new password may be changed again.
    pub(super) const fn password_min_age(&self) -> Duration {
        self.rules.password_min_age
    }

    /// Changes the wrong passwords of an account. One that is gone by now has nothing to count.
    fn count(&self, account: &Account, change: impl FnOnce(&mut AccountAttributes)) {
        let relative_id = account.attributes().relative_id;
        let mut tables = self.write();
        let Some(account) = tables.accounts.of(relative_id).cloned() else {
            return;
        };
        // Its names stay, so nothing is in the way.
        if tables.accounts.replace(account.changed(change)).is_ok() {
            tables.counted.insert(relative_id);
        }
    }

    fn is_own_name(&self, text: &str) -> bool {
        text.eq_ignore_ascii_case(self.realm.as_str())
            || text.eq_ignore_ascii_case(&self.identity.netbios_name)
    }
}

impl Tables {
    pub(super) fn named(&self, name: &str) -> Result<Arc<Account>, DirectoryError> {
        self.accounts.named(name).cloned().ok_or_else(|| {
            let (what, name) = ("account", name.to_owned());
            DirectoryError::NotFound { what, name }
        })
    }

    /// One that neither an account nor a group has or has had.
    pub(super) fn next_relative_id(&self) -> u32 {
        self.accounts.next_relative_id(FIRST_RELATIVE_ID)
    }
}

impl Directory for Domain {
    fn realm(&self) -> &Realm {
        &self.realm
    }

    fn is_named(&self, name: &str) -> bool {
        self.is_own_name(name)
    }

    #[cfg(feature = "pkinit")]
    fn pkinit(&self) -> Option<&crate::kdc::Pkinit> {
        let certification = self.certification.as_ref()?;
        Some(&certification.pkinit)
    }

    fn krbtgt(&self) -> Option<Arc<Account>> {
        self.read().accounts.of(well_known::KRBTGT).cloned()
    }

    fn secondary_krbtgt(&self, number: u16) -> Option<Arc<Account>> {
        self.read_only_krbtgt(number)
    }

    fn read_only_controller(&self, krbtgt: &Account) -> Option<Arc<Account>> {
        self.controller_of(krbtgt)
    }

    fn may_reveal(&self, controller: &Account, account: &Account) -> bool {
        self.reveals(controller, account)
    }

    /// [MS-KILE] §3.3.5.6.1
    fn client(&self, name: &Principal) -> ClientLookup {
        let text = joined(name);
        if let Some(account) = self.account(&text) {
            return ClientLookup::Here(account);
        }
        let upn = format!("{text}@{}", self.realm);
        // An enterprise name says its suffix itself.
        if name.name_type() != NameType::ENTERPRISE
            && let Some(account) = self.account(&upn)
        {
            return ClientLookup::Here(account);
        }
        // The implicit userPrincipalName with the NetBIOS name.
        if let Some((sam, suffix)) = text.rsplit_once('@')
            && self.is_own_name(suffix)
            && let Some(account) = self.account(sam)
        {
            return ClientLookup::Here(account);
        }
        let in_forest = |name: &str| {
            let realm = self
                .catalog
                .realm_of(|accounts| accounts.named(name).is_some());
            realm.cloned()
        };
        let elsewhere = if name.name_type() == NameType::ENTERPRISE {
            // RFC 6806 §7: the realm itself, for the client asks its KDC directly.
            let suffix = text.rsplit_once('@').map(|(_, suffix)| suffix);
            in_forest(&text).or_else(|| self.route(suffix?))
        } else {
            in_forest(&upn)
        };
        elsewhere.map_or(ClientLookup::Unknown, ClientLookup::Elsewhere)
    }

    /// [MS-KILE] §3.3.5.6.1, §3.3.5.7.2
    fn client_by_alternative_identity(&self, name: &str) -> ClientLookup {
        if let Some(account) = self.read().accounts.of_identity(name) {
            return ClientLookup::Here(account.clone());
        }
        let has_it = |accounts: &Accounts| accounts.of_identity(name).is_some();
        let elsewhere = self.catalog.realm_of(has_it).cloned();
        elsewhere.map_or(ClientLookup::Unknown, ClientLookup::Elsewhere)
    }

    /// [MS-KILE] §3.3.5.1.1
    fn is_ambiguous(&self, service: &Principal) -> bool {
        self.read().accounts.is_ambiguous(service)
    }

    fn service(&self, name: &Principal) -> Option<Arc<Account>> {
        let tables = self.read();
        // service/host/realm names a domain controller, even where another account lists it.
        if let [class, host, realm] = name.components()
            && self.is_own_name(realm)
        {
            let short = Principal::host_based(class, host, self.realm.clone()).ok()?;
            return [name, &short]
                .into_iter()
                .find_map(|name| tables.accounts.service(name))
                .filter(|account| account.attributes().kind.is_domain_controller())
                .cloned();
        }
        if let Some(account) = tables.accounts.service(name) {
            return Some(Arc::clone(account));
        }
        match name.components() {
            [krbtgt, realm] if krbtgt.eq_ignore_ascii_case("krbtgt") && self.is_own_name(realm) => {
                tables.accounts.of(well_known::KRBTGT).cloned()
            }
            // An account's own name, and `krbtgt`, as Windows' klist asks.
            [sam] => tables.accounts.named(sam).cloned(),
            // Active Directory's krbtgt has it as its service name.
            [kadmin, changepw]
                if kadmin.eq_ignore_ascii_case("kadmin")
                    && changepw.eq_ignore_ascii_case("changepw") =>
            {
                tables.accounts.of(well_known::KRBTGT).cloned()
            }
            _ => None,
        }
    }

    fn next_hop(&self, service: &Principal) -> Option<Realm> {
        self.hop_towards_service(service, self.rules.strip_port)
    }

    fn towards(&self, realm: &Realm) -> Option<Realm> {
        self.hop_towards(realm)
    }

    fn issuing_keys(&self, partner: &Realm, now: Timestamp) -> Option<KeySet> {
        let trust = self.trust_with(partner)?;
        let keys = trust.incoming()?;
        let rules = &self.rules;
        Some(keys.issuing(now, rules.previous_key_period, rules.replication_delay))
    }

    fn accepted_keys(&self, issuer: &Realm, now: Timestamp) -> Vec<KeySet> {
        let trust = self.trust_with(issuer);
        trust
            .as_ref()
            .and_then(|trust| trust.outgoing())
            .map(|keys| keys.accepted(now, self.rules.replication_delay))
            .unwrap_or_default()
    }

    fn sid(&self, account: &Account) -> Option<Sid> {
        self.sid_of(account)
    }

    fn identity(&self, account: &Account) -> Option<AccountIdentity> {
        self.identity_of(account)
    }

    fn resource_groups(&self, sids: &[Sid]) -> Option<DomainGroups> {
        let groups = self.local_groups_of(sids);
        (!groups.is_empty()).then(|| DomainGroups {
            domain: self.sid(),
            groups,
        })
    }

    fn is_protected(&self, account: &Account) -> bool {
        let tables = self.read();
        tables
            .groups
            .is_member(account, well_known::PROTECTED_USERS)
    }

    fn note_failure(&self, account: &Account, rules: &PasswordRules, now: Timestamp) {
        if rules.lockout_threshold != 0 {
            self.count(account, |attributes| attributes.count_failure(rules, now));
        }
    }

    fn note_success(&self, account: &Account) {
        if account.attributes().failures != LogonFailures::default() {
            self.count(account, AccountAttributes::forget_failures);
        }
    }

    fn believed(&self, issuer: &Realm, logon: LogonInfo) -> Result<LogonInfo, ForeignLogonError> {
        match self.trust_with(issuer) {
            Some(trust) => filter_sids(&trust, logon),
            None => Ok(logon),
        }
    }

    fn may_vouch(&self, issuer: &Realm, client_realm: &Realm) -> Vouching {
        self.vouching(issuer, client_realm)
    }

    fn may_relay(&self, client_realm: &Realm, issuer: &Realm, partner: &Realm) -> bool {
        self.relays(client_realm, issuer, partner)
    }

    fn trust(&self, partner: &Realm) -> Option<Arc<TrustObject>> {
        self.trust_with(partner)
    }
}
