//! The accounts of a realm by relative id.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Account;

/// Relative ids of one page. They are given out one after the other, so that pages are full, and a
/// tree of pages has a fraction of the nodes that one of accounts has: in a large realm that is
/// what a look-up waits for.
const PAGE: u32 = 32;

/// Accounts by relative id, and in the order of it.
#[derive(Debug, Default)]
pub(super) struct ById {
    /// By what relative ids of the page are when divided by its size; none is empty.
    pages: BTreeMap<u32, Box<Page>>,
}

type Page = [Option<Arc<Account>>; 32];

/// The page of a relative id, and its place there.
fn place(relative_id: u32) -> (u32, usize) {
    let place = usize::try_from(relative_id % PAGE);
    (relative_id / PAGE, place.unwrap_or_default())
}

impl ById {
    /// The account with this relative id.
    pub(super) fn get(&self, relative_id: u32) -> Option<&Arc<Account>> {
        let (page, at) = place(relative_id);
        self.pages.get(&page)?.get(at)?.as_ref()
    }

    /// Puts an account at its relative id.
    pub(super) fn insert(&mut self, account: Arc<Account>) {
        let (page, at) = place(account.attributes().relative_id);
        let page = self.pages.entry(page).or_default();
        if let Some(place) = page.get_mut(at) {
            *place = Some(account);
        }
    }

    /// Takes an account away.
    pub(super) fn remove(&mut self, relative_id: u32) -> Option<Arc<Account>> {
        let (number, at) = place(relative_id);
        let page = self.pages.get_mut(&number)?;
        let account = page.get_mut(at)?.take()?;
        if page.iter().all(Option::is_none) {
            self.pages.remove(&number);
        }
        Some(account)
    }

    /// All, in the order of relative ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.pages.values().flat_map(|page| page.iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use kerberos_core::entropy::SeededEntropy;
    use kerberos_core::name::Realm;
    use kerberos_core::time::Timestamp;

    use super::*;
    use crate::forest::{AccountKind, NewAccount};

    fn account(relative_id: u32) -> Arc<Account> {
        let mut wish = NewAccount::new(AccountKind::User, &format!("user{relative_id}"));
        wish.attributes.relative_id = relative_id;
        let realm = Realm::new("CONTOSO.COM").unwrap();
        let account = wish.build(&realm, &SeededEntropy::new(1), Timestamp::default());
        Arc::new(account.unwrap())
    }

    #[test]
    fn accounts_stand_in_order_whatever_lies_between_them() {
        let mut accounts = ById::default();
        let ids = [u32::MAX, 31, 32, 0, 63, 1_000_000, 64];
        for id in ids {
            assert!(accounts.get(id).is_none());
            accounts.insert(account(id));
        }
        let found = |accounts: &ById| -> Vec<_> {
            let ids = accounts.iter().map(|it| it.attributes().relative_id);
            ids.collect()
        };
        assert_eq!(found(&accounts), [0, 31, 32, 63, 64, 1_000_000, u32::MAX]);
        assert_eq!(accounts.get(63).unwrap().sam(), "user63");
        for id in ids {
            assert_eq!(accounts.remove(id).unwrap().attributes().relative_id, id);
            assert!(accounts.remove(id).is_none());
        }
        assert!(found(&accounts).is_empty());
        assert!(accounts.pages.is_empty(), "no page is left");
    }
}
