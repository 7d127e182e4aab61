//! The accounts of one realm, found by any of their names.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kerberos_core::name::{Principal, Realm};

use super::account_names::{AccountNames, folded, names};
use super::by_relative_id::ById;
use super::{Account, AccountKind, DirectoryError, ServiceNames};

/// What stands before a Kerberos principal in altSecurityIdentities, in lower case.
const KERBEROS_IDENTITY: &str = "kerberos:";

/// Accounts by relative id, sAMAccountName, userPrincipalName, service name and alternative identity.
///
/// An account is replaced, never changed, so that whoever holds one sees one moment.
#[derive(Debug)]
pub(crate) struct Accounts {
    realm: Realm,
    /// The largest relative id that there has been: none comes again.
    last_relative_id: u32,
    by_relative_id: ById,
    by_name: AccountNames,
    /// Relative ids by the principals of altSecurityIdentities, in lower case: several accounts may
    /// have one.
    by_identity: HashMap<String, Vec<u32>>,
    services: ServiceNames,
    /// The relative ids of domain controllers, read-only ones not among them.
    controllers: BTreeSet<u32>,
}

impl Accounts {
    pub(crate) fn new(realm: Realm, services: ServiceNames) -> Self {
        Self {
            realm,
            last_relative_id: 0,
            by_relative_id: ById::default(),
            by_name: AccountNames::default(),
            by_identity: HashMap::new(),
            services,
            controllers: BTreeSet::new(),
        }
    }

    /// The smallest relative id from `first` on that is above all that there have been.
    pub(crate) fn next_relative_id(&self, first: u32) -> u32 {
        first.max(self.last_relative_id.saturating_add(1))
    }

    /// Adds an account under its relative id.
    pub(crate) fn insert(&mut self, account: Account) -> Result<Arc<Account>, DirectoryError> {
        let relative_id = account.attributes().relative_id;
        if self.of(relative_id).is_some() {
            let name = format!("relative id {relative_id}");
            return Err(DirectoryError::NameTaken { name });
        }
        self.put(account)
    }

    /// Puts `account` in the place of the one with its relative id; on an error that one stays.
    pub(crate) fn replace(&mut self, account: Account) -> Result<Arc<Account>, DirectoryError> {
        let before = self.take(account.attributes().relative_id);
        self.put(account).inspect_err(|_| {
            if let Some(before) = before {
                // It was there a moment ago, so its names are free.
                let _ = self.put(Arc::unwrap_or_clone(before));
            }
        })
    }

    /// Leaves no trace of the account that was added last.
    pub(crate) fn take_back(&mut self, relative_id: u32) {
        if self.take(relative_id).is_some() && self.last_relative_id == relative_id {
            self.last_relative_id = relative_id.saturating_sub(1);
        }
    }

    /// Gives this relative id to no account.
    pub(crate) fn reserve(&mut self, relative_id: u32) {
        self.last_relative_id = self.last_relative_id.max(relative_id);
    }

    /// Takes an account away.
    pub(crate) fn take(&mut self, relative_id: u32) -> Option<Arc<Account>> {
        let account = self.by_relative_id.remove(relative_id)?;
        self.controllers.remove(&relative_id);
        self.by_name.remove(&account);
        for service in account.services() {
            self.services.unregister(service, relative_id);
        }
        for identity in kerberos_identities(&account) {
            if let Some(accounts) = self.by_identity.get_mut(&identity) {
                accounts.retain(|other| *other != relative_id);
                if accounts.is_empty() {
                    self.by_identity.remove(&identity);
                }
            }
        }
        Some(account)
    }

    /// Takes all accounts away, and what there has been of them.
    #[cfg(feature = "journal")]
    pub(crate) fn clear(&mut self) {
        let all = self.iter().map(|account| account.attributes().relative_id);
        for relative_id in all.collect::<Vec<_>>() {
            self.take(relative_id);
        }
        self.last_relative_id = 0;
    }

    /// The largest relative id that there has been: what a journal has to keep besides accounts.
    #[cfg(feature = "journal")]
    pub(crate) const fn last_relative_id(&self) -> u32 {
        let Self {
            last_relative_id,
            // The switches of a topology, and what follows from the accounts.
            realm: _,
            by_relative_id: _,
            by_name: _,
            by_identity: _,
            services: _,
            controllers: _,
        } = self;
        *last_relative_id
    }

    fn put(&mut self, account: Account) -> Result<Arc<Account>, DirectoryError> {
        let relative_id = account.attributes().relative_id;
        let is_taken = |name: &&str| {
            let other = self.by_name.find(name, &self.by_relative_id);
            other.is_some_and(|other| other != relative_id)
        };
        if let Some(name) = names(&account).find(is_taken) {
            let name = name.to_owned();
            return Err(if self.has_upn(&name) {
                let realm = self.realm.clone();
                DirectoryError::UpnNotUnique { name, realm }
            } else {
                DirectoryError::NameTaken { name }
            });
        }
        for (at, service) in account.services().iter().enumerate() {
            let earlier = account.services().iter().take(at);
            let is_repeated = earlier.clone().any(|other| other.same_name(service));
            if is_repeated || self.services.is_taken(service) {
                let name = service.components().join("/");
                let realm = self.realm.clone();
                return Err(DirectoryError::SpnNotUnique { name, realm });
            }
        }
        self.by_name.insert(&account);
        for service in account.services() {
            self.services.register(service, relative_id);
        }
        for identity in kerberos_identities(&account) {
            self.by_identity
                .entry(identity)
                .or_default()
                .push(relative_id);
        }
        if account.attributes().kind == AccountKind::DomainController {
            self.controllers.insert(relative_id);
        }
        let account = Arc::new(account);
        self.reserve(relative_id);
        self.by_relative_id.insert(Arc::clone(&account));
        Ok(account)
    }

    /// Whether an account has this userPrincipalName.
    pub(crate) fn has_upn(&self, upn: &str) -> bool {
        let found = self.by_name.find(upn, &self.by_relative_id);
        let account = found.and_then(|relative_id| self.of(relative_id));
        account
            .and_then(|account| account.upn())
            .is_some_and(|other| folded(other).eq(folded(upn)))
    }

    /// Whether an account has this service name itself, no alias of it.
    pub(crate) fn has_service(&self, service: &Principal) -> bool {
        self.services.is_registered(service)
    }

    /// Every account, in the order of relative ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.by_relative_id.iter()
    }

    /// The first domain controller.
    pub(crate) fn controller(&self) -> Option<&Arc<Account>> {
        self.of(*self.controllers.first()?)
    }

    /// The account with this relative id.
    pub(crate) fn of(&self, relative_id: u32) -> Option<&Arc<Account>> {
        self.by_relative_id.get(relative_id)
    }

    /// The account with this sAMAccountName, with or without a machine's `$`, or with this
    /// userPrincipalName ([MS-KILE] §3.3.5.6.1).
    pub(crate) fn named(&self, name: &str) -> Option<&Arc<Account>> {
        let find = |name: &str| {
            let exact = self.by_name.find(name, &self.by_relative_id);
            exact.or_else(|| self.by_name.find_machine(name, &self.by_relative_id))
        };
        let relative_id = find(name).or_else(|| {
            // The implicit userPrincipalName: sAMAccountName at the domain.
            let (sam, suffix) = name.rsplit_once('@')?;
            let is_ours = suffix.eq_ignore_ascii_case(self.realm.as_str());
            find(sam).filter(|_| is_ours)
        })?;
        self.of(relative_id)
    }

    /// The one account with this `NAME@REALM` in altSecurityIdentities; of several none.
    pub(crate) fn of_identity(&self, name: &str) -> Option<&Arc<Account>> {
        match self.by_identity.get(&name.to_lowercase())?.as_slice() {
            [relative_id] => self.of(*relative_id),
            _ => None,
        }
    }

    /// Whether several accounts have this service's name.
    pub(crate) fn is_ambiguous(&self, name: &Principal) -> bool {
        self.services.is_ambiguous(name)
    }

    /// The account that runs this service ([MS-KILE] §3.3.5.1.1).
    pub(crate) fn service(&self, name: &Principal) -> Option<&Arc<Account>> {
        self.of(self.services.find(name)?)
    }
}

/// The components of a name in one text.
pub(crate) fn joined(name: &Principal) -> Cow<'_, str> {
    match name.components() {
        [only] => Cow::Borrowed(only),
        several => Cow::Owned(several.join("/")),
    }
}

/// The Kerberos principals in altSecurityIdentities, each once.
fn kerberos_identities(account: &Account) -> BTreeSet<String> {
    let identities = account.attributes().alt_security_identities.iter();
    identities
        .filter_map(|identity| {
            let identity = identity.to_lowercase();
            let name = identity.strip_prefix(KERBEROS_IDENTITY)?;
            Some(name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kerberos_core::entropy::SeededEntropy;
    use kerberos_core::time::Timestamp;

    use super::*;
    use crate::forest::{AccountKind, NewAccount};

    fn account(kind: AccountKind, name: &str, relative_id: u32, service: &str) -> Account {
        let realm = Realm::new("CONTOSO.COM").unwrap();
        let mut wish = NewAccount::new(kind, name);
        wish.attributes.relative_id = relative_id;
        wish.attributes.services = vec![Principal::parse(service, Some(&realm)).unwrap()];
        wish.build(&realm, &SeededEntropy::new(1), Timestamp::default())
            .unwrap()
    }

    fn accounts() -> Accounts {
        let realm = Realm::new("CONTOSO.COM").unwrap();
        let mut accounts = Accounts::new(realm, ServiceNames::new(true, true));
        for (kind, name, relative_id, service) in [
            (AccountKind::User, "svc", 1103, "MSSQLSvc/db.contoso.com"),
            (AccountKind::Computer, "WEB", 1104, "host/web.contoso.com"),
        ] {
            accounts
                .insert(account(kind, name, relative_id, service))
                .unwrap();
        }
        accounts
    }

    #[test]
    fn an_account_is_found_by_every_name_whatever_its_case() {
        let accounts = accounts();
        for name in ["web$", "WEB", "web@contoso.com", "WEB$@Contoso.Com"] {
            assert_eq!(accounts.named(name).unwrap().sam(), "WEB$", "{name}");
        }
        assert!(accounts.named("web@fabrikam.com").is_none());
        let service = "HTTP/WEB.contoso.com@CONTOSO.COM".parse().unwrap();
        assert_eq!(accounts.service(&service).unwrap().sam(), "WEB$");
        assert_eq!(accounts.next_relative_id(1103), 1105);
    }

    #[test]
    fn a_taken_name_changes_nothing() {
        let mut accounts = accounts();
        let web = "host/web.contoso.com@CONTOSO.COM".parse().unwrap();
        let greedy = account(AccountKind::User, "svc", 1103, "host/web.contoso.com");
        assert_eq!(
            accounts.replace(greedy).unwrap_err(),
            DirectoryError::SpnNotUnique {
                name: "host/web.contoso.com".to_owned(),
                realm: Realm::new("CONTOSO.COM").unwrap(),
            }
        );
        assert_eq!(accounts.service(&web).unwrap().sam(), "WEB$");
        let db = "MSSQLSvc/db.contoso.com@CONTOSO.COM".parse().unwrap();
        assert_eq!(accounts.service(&db).unwrap().sam(), "svc");
        let twin = account(AccountKind::User, "SVC", 1105, "HTTP/other.contoso.com");
        assert!(accounts.insert(twin).is_err());
        assert_eq!(accounts.iter().count(), 2);
    }

    #[test]
    fn what_is_taken_away_or_replaced_leaves_no_name_behind() {
        let mut accounts = accounts();
        let renamed = account(AccountKind::User, "sql", 1103, "MSSQLSvc/db2.contoso.com");
        accounts.replace(renamed).unwrap();
        assert!(accounts.named("svc").is_none());
        let db = "MSSQLSvc/db.contoso.com@CONTOSO.COM".parse().unwrap();
        assert!(accounts.service(&db).is_none());
        accounts.take(1103).unwrap();
        assert!(accounts.named("sql").is_none());
        assert!(accounts.take(1103).is_none());
        accounts.take(1104).unwrap();
        assert_eq!(accounts.next_relative_id(1103), 1105);
    }
}
