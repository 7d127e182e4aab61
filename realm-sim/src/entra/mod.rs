//! The cloud realm: one tenant of Microsoft Entra Kerberos.
//!
//! All tenants share one realm name; the tenant is chosen by the URL of the KDC proxy. A tenant
//! has service principals and, for every federated Active Directory realm, the keys of an
//! incoming trust. Clients come with a referral TGT of such a realm, or with a cloud TGT, which
//! users of synchronised realms and of the tenant itself get from [`Forest::cloud_tgt`].
//!
//! [`Forest::cloud_tgt`]: crate::forest::Forest::cloud_tgt

mod admission;
mod client_key;
mod kerberos_domain;
mod service_principal;
#[cfg(feature = "server")]
mod token;
mod user;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use kerberos_core::entropy::Entropy;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::LogonInfo;
use kerberos_core::time::Timestamp;

use crate::assumptions::Assumptions;
use crate::forest::group::well_known;
use crate::forest::{
    Account, AccountKind, Accounts, DirectoryError, Domain, ForeignLogonError, KeySet, NewAccount,
    ServiceNames, TrustObject, filter_sids,
};
use crate::kdc::{AccountIdentity, ClientLookup, Directory, Inadmissible, Vouching};
use crate::topology::{AzureCloud, ConditionalAccessEntry, IncompleteUserEntry, TenantUserEntry};
pub use client_key::ClientKeyShape;
use kerberos_domain::KerberosDomain;
pub(crate) use service_principal::Resource;
#[cfg(feature = "server")]
pub use token::{SignIn, SignInError, TokenAnswer, TokenRequest, TokenResponse};
#[cfg(feature = "server")]
pub(crate) use token::{is_tenant, is_token_path};
use user::Users;
pub use user::{OnPremises, TenantUser};

/// Where the ids of a tenant's service principals begin.
const FIRST_PRINCIPAL: u32 = 1000;

/// A tenant of Microsoft Entra, as its KDC knows it.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use realm_sim::forest::Forest;
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// // `forest` is the one of the demo.
/// let tenant = forest.tenants().next().ok_or("no tenant")?;
/// assert_eq!(tenant.id(), "11111111-2222-3333-4444-555555555555");
/// assert_eq!(tenant.federated(), ["CONTOSO.COM".parse()?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EntraTenant {
    id: String,
    realm: Realm,
    accounts: RwLock<Accounts>,
    /// Replaced as a whole, so that whoever holds it sees one moment.
    federated: RwLock<Arc<[Arc<TrustObject>]>>,
    /// The domains whose partial TGTs it issues.
    kerberos_domains: RwLock<Vec<KerberosDomain>>,
    users: Users,
    /// What can have a principal of its own, and in which cloud.
    resources: Vec<(Resource, AzureCloud)>,
    conditional_access: Vec<ConditionalAccessEntry>,
    top_level_names: Vec<String>,
    /// Whether cloud TGTs have a PAC.
    tgt_pac: bool,
    /// How long a rotated key takes to be accepted, or used.
    key_delay: Duration,
}

impl EntraTenant {
    pub(crate) fn new(
        id: String,
        realm: Realm,
        assumptions: &Assumptions,
        entropy: &dyn Entropy,
    ) -> Result<Self, DirectoryError> {
        let services = ServiceNames::new(assumptions.spn_ignores_case, false);
        let mut accounts = Accounts::new(realm.clone(), services);
        let mut krbtgt = NewAccount::new(AccountKind::Krbtgt, "krbtgt");
        krbtgt.attributes.relative_id = well_known::KRBTGT;
        accounts.insert(krbtgt.build(&realm, entropy, Timestamp::default())?)?;
        Ok(Self {
            users: Users::new(id.clone(), realm.clone(), assumptions.cloud_only_sid),
            id,
            realm,
            accounts: RwLock::new(accounts),
            federated: RwLock::default(),
            kerberos_domains: RwLock::default(),
            resources: Vec::new(),
            conditional_access: Vec::new(),
            top_level_names: Vec::new(),
            tgt_pac: assumptions.cloud_tgt_pac,
            key_delay: Duration::from_secs(assumptions.entra_key_delay),
        })
    }

    /// Adds a service principal.
    pub(crate) fn create(
        &self,
        mut wish: NewAccount,
        entropy: &dyn Entropy,
    ) -> Result<Arc<Account>, DirectoryError> {
        let mut accounts = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        wish.attributes.relative_id = accounts.next_relative_id(FIRST_PRINCIPAL);
        accounts.insert(wish.build(&self.realm, entropy, Timestamp::default())?)
    }

    /// All accounts, the krbtgt among them, and the largest relative id that there has been.
    #[cfg(feature = "journal")]
    pub(crate) fn accounts(&self) -> (u32, Vec<Arc<Account>>) {
        let accounts = self.read();
        let all = accounts.iter().cloned().collect();
        (accounts.last_relative_id(), all)
    }

    /// Gives this relative id to no account any more.
    #[cfg(feature = "journal")]
    pub(crate) fn reserve(&self, relative_id: u32) {
        let accounts = self.accounts.write();
        let mut accounts = accounts.unwrap_or_else(PoisonError::into_inner);
        accounts.reserve(relative_id);
    }

    /// Puts an account back under its relative id.
    #[cfg(feature = "journal")]
    pub(crate) fn put(&self, account: Account) -> Result<Arc<Account>, DirectoryError> {
        let accounts = self.accounts.write();
        let mut accounts = accounts.unwrap_or_else(PoisonError::into_inner);
        accounts.insert(account)
    }

    /// Trusts these Active Directory realms from now on.
    pub(crate) fn federate(&self, trusts: Vec<Arc<TrustObject>>) {
        let mut federated = self
            .federated
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *federated = trusts.into();
    }

    fn trusts(&self) -> Arc<[Arc<TrustObject>]> {
        let federated = self.federated.read();
        Arc::clone(&federated.unwrap_or_else(PoisonError::into_inner))
    }

    /// Knows the users of an Active Directory realm from now on.
    pub(crate) fn sync(&mut self, domain: Domain) {
        self.users.sync(domain);
    }

    /// Adds a user that is in the cloud only.
    pub(crate) fn create_user(
        &mut self,
        entry: &TenantUserEntry,
        entropy: &dyn Entropy,
    ) -> Result<(), DirectoryError> {
        self.users.add(entry, entropy)
    }

    /// Whether a user of this userPrincipalName was synchronised.
    pub(crate) fn is_synced(&self, upn: &str) -> bool {
        self.users.is_synced(upn)
    }

    /// Lets a synchronised user lack attributes; false when there is no such user.
    pub(crate) fn note_incomplete(&mut self, entry: &IncompleteUserEntry) -> bool {
        self.users.note_incomplete(entry)
    }

    pub(crate) fn set_conditional_access(&mut self, policies: &[ConditionalAccessEntry]) {
        policies.clone_into(&mut self.conditional_access);
    }

    pub(crate) fn set_top_level_names(&mut self, names: &[String]) {
        names.clone_into(&mut self.top_level_names);
    }

    /// The tenant's id, as it stands in the URL.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The service principals.
    pub fn principals(&self) -> Vec<Arc<Account>> {
        let is_principal =
            |account: &&Arc<Account>| account.attributes().kind == AccountKind::ServicePrincipal;
        self.read().iter().filter(is_principal).cloned().collect()
    }

    /// The realms whose referral TGTs this tenant accepts.
    pub fn federated(&self) -> Vec<Realm> {
        let trusts = self.trusts();
        let realms = trusts.iter().map(|trust| trust.partner().clone());
        realms.collect()
    }

    /// The Active Directory realms whose users the tenant knows.
    pub fn synced(&self) -> impl Iterator<Item = &Realm> {
        self.users.synced()
    }

    /// All users: those of Active Directory as they are now, then the tenant's own.
    pub fn users(&self) -> Vec<TenantUser> {
        self.users.all()
    }

    /// The user with this userPrincipalName, whatever its case.
    pub fn user(&self, upn: &str) -> Option<TenantUser> {
        self.users.user(upn)
    }

    /// The names below which services are this realm's.
    pub fn top_level_names(&self) -> &[String] {
        &self.top_level_names
    }

    fn read(&self) -> RwLockReadGuard<'_, Accounts> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Directory for EntraTenant {
    fn realm(&self) -> &Realm {
        &self.realm
    }

    fn krbtgt(&self) -> Option<Arc<Account>> {
        self.read().of(well_known::KRBTGT).cloned()
    }

    /// One component holds the whole userPrincipalName.
    fn client(&self, name: &Principal) -> ClientLookup {
        let found = match name.components() {
            [upn] => self.users.account(upn),
            _ => None,
        };
        found.map_or(ClientLookup::Unknown, ClientLookup::Here)
    }

    fn service(&self, name: &Principal) -> Option<Arc<Account>> {
        self.read().service(name).cloned()
    }

    fn identity(&self, account: &Account) -> Option<AccountIdentity> {
        self.users.identity(account)
    }

    fn admit(
        &self,
        client: &Principal,
        logon: Option<&LogonInfo>,
        service: &Account,
    ) -> Result<(), Inadmissible> {
        self.judge(client, logon, service)
    }

    /// Every cloud TGT has one; a referral TGT may be without.
    fn issues_pacs(&self) -> bool {
        self.tgt_pac
    }

    /// Never: nobody trusts the cloud realm.
    fn next_hop(&self, _service: &Principal) -> Option<Realm> {
        None
    }

    fn towards(&self, _realm: &Realm) -> Option<Realm> {
        None
    }

    fn issuing_keys(&self, _partner: &Realm, _now: Timestamp) -> Option<KeySet> {
        None
    }

    fn accepted_keys(&self, issuer: &Realm, now: Timestamp) -> Vec<KeySet> {
        let trust = self.trust(issuer);
        trust
            .as_ref()
            .and_then(|trust| trust.outgoing())
            .map(|keys| keys.accepted(now, self.key_delay))
            .unwrap_or_default()
    }

    /// A federated realm vouches for itself, for the domains below it, and for those of its
    /// forest; for nothing else.
    fn may_vouch(&self, issuer: &Realm, client_realm: &Realm) -> Vouching {
        let is_listed = |trust: Arc<TrustObject>| {
            let listed = trust.names().domain_named(client_realm.as_str());
            listed.is_some()
        };
        if client_realm.eq_ignore_case(issuer)
            || issuer.encloses(client_realm)
            || self.trust(issuer).is_some_and(is_listed)
        {
            Vouching::Accepted
        } else {
            Vouching::OutsideNamespace
        }
    }

    /// Never: nobody trusts the cloud realm.
    fn may_relay(&self, _client_realm: &Realm, _issuer: &Realm, _partner: &Realm) -> bool {
        false
    }

    fn trust(&self, partner: &Realm) -> Option<Arc<TrustObject>> {
        let trusts = self.trusts();
        let mut trusts = trusts.iter();
        trusts
            .find(|trust| trust.partner().eq_ignore_case(partner))
            .cloned()
    }

    /// SIDs of the forest that is federated, and no others.
    fn believed(&self, issuer: &Realm, logon: LogonInfo) -> Result<LogonInfo, ForeignLogonError> {
        match self.trust(issuer) {
            Some(trust) => filter_sids(&trust, logon),
            None => Ok(logon),
        }
    }
}
