//! One Active Directory realm: accounts, service names, trust objects.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kerberos_core::name::{NameType, Principal, Realm};
use kerberos_core::time::Timestamp;

use super::route::Routes;
use super::service_names::ServiceNames;
use super::{Account, KeySet, TrustKeys};
use crate::kdc::{ClientLookup, Directory};

/// An Active Directory realm.
///
/// Example: [`Forest`](super::Forest).
#[derive(Debug)]
pub struct Domain {
    realm: Realm,
    krbtgt: Arc<Account>,
    accounts: Vec<Arc<Account>>,
    /// Accounts by sAMAccountName and by userPrincipalName, in lower case.
    by_name: HashMap<String, Arc<Account>>,
    services: ServiceNames,
    pub(super) trusts: Vec<TrustObject>,
    pub(super) routes: Routes,
    rules: DomainRules,
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
    pub(super) fn new(realm: Realm, krbtgt: Account, rules: DomainRules) -> Self {
        let krbtgt = Arc::new(krbtgt);
        let mut domain = Self {
            realm,
            krbtgt: Arc::clone(&krbtgt),
            accounts: Vec::new(),
            by_name: HashMap::new(),
            services: ServiceNames::new(true, true),
            trusts: Vec::new(),
            routes: Routes::new(),
            rules,
        };
        domain.accounts.push(Arc::clone(&krbtgt));
        domain.by_name.insert("krbtgt".to_owned(), krbtgt);
        domain
    }

    /// Adds an account; the name that is taken, if one is.
    pub(super) fn insert(&mut self, account: Account) -> Result<(), String> {
        let account = Arc::new(account);
        let sam = account.principal().components().concat();
        let names = [Some(sam.as_str()), account.upn()].into_iter().flatten();
        for name in names {
            let taken = self
                .by_name
                .insert(name.to_lowercase(), Arc::clone(&account));
            if taken.is_some_and(|other| !Arc::ptr_eq(&other, &account)) {
                return Err(name.to_owned());
            }
        }
        for service in account.services() {
            if !self.services.register(service, &account) {
                return Err(service.name().to_string());
            }
        }
        self.accounts.push(account);
        Ok(())
    }

    /// Every account, the krbtgt first.
    pub fn accounts(&self) -> &[Arc<Account>] {
        &self.accounts
    }

    /// The account with this sAMAccountName, with or without a computer's `$`, or with this
    /// userPrincipalName.
    pub fn account(&self, name: &str) -> Option<&Arc<Account>> {
        let name = name.to_lowercase();
        self.by_name
            .get(&name)
            .or_else(|| self.by_name.get(&format!("{name}$")))
            .or_else(|| {
                // The implicit userPrincipalName: sAMAccountName at the domain.
                let (sam, suffix) = name.rsplit_once('@')?;
                let is_ours = suffix == self.realm.as_str().to_lowercase();
                self.by_name.get(sam).filter(|_| is_ours)
            })
    }

    fn trust_with(&self, partner: &Realm) -> Option<&TrustObject> {
        self.trusts
            .iter()
            .find(|trust| trust.partner.eq_ignore_case(partner))
    }

    fn is_own_name(&self, text: &str) -> bool {
        text.eq_ignore_ascii_case(self.realm.as_str())
    }

    fn route(&self, host: &str) -> Option<Realm> {
        self.routes
            .next_hop(host)
            .filter(|next| **next != self.realm)
            .cloned()
    }
}

impl Directory for Domain {
    fn realm(&self) -> &Realm {
        &self.realm
    }

    fn krbtgt(&self) -> &Arc<Account> {
        &self.krbtgt
    }

    /// [MS-KILE] §3.3.5.6.1
    fn client(&self, name: &Principal) -> ClientLookup {
        let text = name.components().join("/");
        if let Some(account) = self.account(&text) {
            return ClientLookup::Here(Arc::clone(account));
        }
        let upn = format!("{text}@{}", self.realm);
        if let Some(account) = self.account(&upn) {
            return ClientLookup::Here(Arc::clone(account));
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
            return Some(Arc::clone(&self.krbtgt));
        }
        if let Some(account) = self.services.find(name) {
            return Some(Arc::clone(account));
        }
        match name.components() {
            // service/host/realm
            [class, host, realm] if self.is_own_name(realm) => {
                let short = Principal::host_based(class, host, self.realm.clone()).ok()?;
                self.services.find(&short).cloned()
            }
            // A machine's or a service account's own name, and `krbtgt`, as Windows' klist asks.
            [sam] => self
                .account(sam)
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
    let is_machine = account
        .principal()
        .components()
        .iter()
        .any(|name| name.ends_with('$'));
    let is_krbtgt = account.principal().krbtgt_serves().is_some();
    is_machine || is_krbtgt || !account.services().is_empty()
}
