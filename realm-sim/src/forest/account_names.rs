//! Which account has a name, whatever its case.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use super::Account;

/// Accounts by relative id.
pub(super) type ById = BTreeMap<u32, Arc<Account>>;

/// Relative ids by sAMAccountName and userPrincipalName.
///
/// The names themselves are left with the accounts: those of a million would take more room than
/// their keys.
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

impl AccountNames {
    /// The relative id of the account with this name, folded.
    pub(super) fn find(
        &self,
        name: impl Iterator<Item = char> + Clone,
        accounts: &ById,
    ) -> Option<u32> {
        let hash = self.hash(name.clone());
        let has_name = |entry: &Entry| {
            let account = accounts.get(&entry.relative_id);
            entry.hash == hash
                && account.is_some_and(|account| {
                    names(account).any(|other| folded(other).eq(name.clone()))
                })
        };
        let found = self.table.find(spread(hash), has_name);
        found.map(|entry| entry.relative_id)
    }

    /// Adds a name of an account.
    pub(super) fn insert(&mut self, name: &str, relative_id: u32) {
        let hash = self.hash(folded(name));
        let entry = Entry { hash, relative_id };
        self.table
            .insert_unique(spread(hash), entry, |entry| spread(entry.hash));
    }

    /// Forgets a name of an account.
    pub(super) fn remove(&mut self, name: &str, relative_id: u32) {
        let hash = self.hash(folded(name));
        let is_it = |entry: &Entry| entry.hash == hash && entry.relative_id == relative_id;
        if let Ok(entry) = self.table.find_entry(spread(hash), is_it) {
            entry.remove();
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
    use kerberos_core::entropy::SeededEntropy;
    use kerberos_core::name::Realm;
    use kerberos_core::time::Timestamp;

    use super::*;
    use crate::forest::{AccountKind, NewAccount};

    fn account(name: &str, upn: &str) -> Arc<Account> {
        let mut wish = NewAccount::new(AccountKind::User, name);
        wish.attributes.upn = Some(upn.to_owned());
        let realm = Realm::new("CONTOSO.COM").unwrap();
        let account = wish.build(&realm, &SeededEntropy::new(1), Timestamp::default());
        Arc::new(account.unwrap())
    }

    #[test]
    fn each_of_many_is_found_by_both_names_until_it_is_removed() {
        let mut names = AccountNames::default();
        let accounts: ById = (0..300)
            .map(|id| {
                (
                    id,
                    account(&format!("Üser{id}"), &format!("u{id}@CONTOSO.com")),
                )
            })
            .collect();
        for (id, account) in &accounts {
            for name in super::names(account) {
                names.insert(name, *id);
            }
        }
        let find = |names: &AccountNames, name: &str| names.find(folded(name), &accounts);
        for id in 0..300 {
            assert_eq!(find(&names, &format!("üSER{id}")), Some(id));
            assert_eq!(find(&names, &format!("U{id}@contoso.COM")), Some(id));
        }
        assert_eq!(find(&names, "üser300"), None);
        names.remove("ÜSER7", 7);
        names.remove("üser8", 7);
        assert_eq!(find(&names, "üser7"), None);
        assert_eq!(find(&names, "u7@contoso.com"), Some(7));
        assert_eq!(find(&names, "üser8"), Some(8));
    }
}
