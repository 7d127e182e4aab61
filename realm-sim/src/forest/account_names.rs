//! Which account has a name, whatever its case.

use std::hash::{BuildHasher, Hasher, RandomState};

use hashbrown::HashTable;

use super::Account;
use super::by_relative_id::ById;

/// Relative ids by sAMAccountName and userPrincipalName.
///
/// The names themselves are left with the accounts: those of a million would take more room than
/// their keys. A userPrincipalName that is the sAMAccountName at the realm is found by that.
#[derive(Debug, Default)]
pub(super) struct AccountNames {
    table: HashTable<Entry>,
    /// Keyed at random, as whoever names accounts could make all of them meet.
    hasher: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Of the name.
    hash: u32,
    relative_id: u32,
}

/// The characters of a name as they are compared.
pub(super) fn folded(name: &str) -> impl Iterator<Item = char> + Clone {
    name.chars().flat_map(char::to_lowercase)
}

/// The sAMAccountName and the userPrincipalName.
pub(super) fn names(account: &Account) -> impl Iterator<Item = &str> {
    std::iter::once(account.sam()).chain(account.upn())
}

/// Those of them that have a place in the table.
fn listed(account: &Account) -> impl Iterator<Item = &str> {
    let realm = account.principal().realm().as_str();
    let implicit = folded(account.sam()).chain(['@']).chain(folded(realm));
    let upn = account.upn();
    let upn = upn.filter(move |upn| !folded(upn).eq(implicit.clone()));
    std::iter::once(account.sam()).chain(upn)
}

impl AccountNames {
    /// The relative id of the account with this name.
    pub(super) fn find(&self, name: &str, accounts: &ById) -> Option<u32> {
        let exact = self.find_folded(folded(name), folded(name), accounts);
        exact.or_else(|| {
            let (sam, _) = name.rsplit_once('@')?;
            self.find_folded(folded(sam), folded(name), accounts)
        })
    }

    /// The relative id of the machine's account with this name, which lacks the `$`.
    pub(super) fn find_machine(&self, name: &str, accounts: &ById) -> Option<u32> {
        let name = folded(name).chain(['$']);
        self.find_folded(name.clone(), name, accounts)
    }

    /// That of the account with this name, of those that are listed under another.
    fn find_folded(
        &self,
        under: impl Iterator<Item = char>,
        name: impl Iterator<Item = char> + Clone,
        accounts: &ById,
    ) -> Option<u32> {
        let hash = self.hash(under);
        let has_name = |entry: &Entry| {
            let account = (entry.hash == hash).then(|| accounts.get(entry.relative_id));
            account
                .flatten()
                .is_some_and(|account| names(account).any(|other| folded(other).eq(name.clone())))
        };
        let found = self.table.find(spread(hash), has_name);
        found.map(|entry| entry.relative_id)
    }

    /// Adds the names of an account.
    pub(super) fn insert(&mut self, account: &Account) {
        let relative_id = account.attributes().relative_id;
        for name in listed(account) {
            let hash = self.hash(folded(name));
            let entry = Entry { hash, relative_id };
            self.table
                .insert_unique(spread(hash), entry, |entry| spread(entry.hash));
        }
    }

    /// Forgets the names of an account.
    pub(super) fn remove(&mut self, account: &Account) {
        let relative_id = account.attributes().relative_id;
        for name in listed(account) {
            let hash = self.hash(folded(name));
            let is_it = |entry: &Entry| entry.hash == hash && entry.relative_id == relative_id;
            if let Ok(entry) = self.table.find_entry(spread(hash), is_it) {
                entry.remove();
            }
        }
    }

    fn hash(&self, name: impl Iterator<Item = char>) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        for character in name {
            hasher.write_u32(character.into());
        }
        let [a, b, c, d, ..] = hasher.finish().to_ne_bytes();
        u32::from_ne_bytes([a, b, c, d])
    }
}

/// A hash for the table, which looks at the first bits and at the last.
fn spread(hash: u32) -> u64 {
    (u64::from(hash) << u32::BITS) | u64::from(hash)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kerberos_core::entropy::SeededEntropy;
    use kerberos_core::name::Realm;
    use kerberos_core::time::Timestamp;

    use super::*;
    use crate::forest::{AccountKind, NewAccount};

    fn account(relative_id: u32, name: &str, upn: &str) -> Arc<Account> {
        let mut wish = NewAccount::new(AccountKind::User, name);
        wish.attributes.upn = Some(upn.into());
        wish.attributes.relative_id = relative_id;
        let realm = Realm::new("CONTOSO.COM").unwrap();
        let account = wish.build(&realm, &SeededEntropy::new(1), Timestamp::default());
        Arc::new(account.unwrap())
    }

    #[test]
    fn each_of_many_is_found_by_both_names_until_it_is_removed() {
        let mut names = AccountNames::default();
        let mut accounts = ById::default();
        for id in 0..300 {
            // Of every second one it is the name at the realm, which is listed once.
            let user = if id % 2 == 0 { "üsEr" } else { "u" };
            let upn = format!("{user}{id}@CONTOSO.com");
            let account = account(id, &format!("Üser{id}"), &upn);
            names.insert(&account);
            accounts.insert(account);
        }
        assert_eq!(names.table.len(), 300 + 150);
        let find = |names: &AccountNames, name: &str| names.find(name, &accounts);
        for id in 0..300 {
            assert_eq!(find(&names, &format!("üSER{id}")), Some(id));
            let user = if id % 2 == 0 { "ÜSER" } else { "U" };
            assert_eq!(find(&names, &format!("{user}{id}@contoso.COM")), Some(id));
        }
        for unknown in ["üser300", "u8@contoso.com", "üser7@contoso.com", "üser8@b"] {
            assert_eq!(find(&names, unknown), None, "{unknown}");
        }
        names.remove(accounts.get(7).unwrap());
        names.remove(accounts.get(8).unwrap());
        for gone in ["üser7", "u7@contoso.com", "üser8", "üser8@contoso.com"] {
            assert_eq!(find(&names, gone), None, "{gone}");
        }
        assert_eq!(find(&names, "u9@contoso.com"), Some(9));
        assert_eq!(names.table.len(), 300 + 150 - 3);
    }

    #[test]
    fn a_machine_is_found_without_its_dollar() {
        let mut names = AccountNames::default();
        let mut accounts = ById::default();
        let machine = account(1, "WS01$", "ws@contoso.com");
        names.insert(&machine);
        accounts.insert(machine);
        assert_eq!(names.find_machine("ws01", &accounts), Some(1));
        assert_eq!(names.find_machine("ws01$", &accounts), None);
        assert_eq!(names.find("ws01", &accounts), None);
    }
}
