//! The global catalog: what the domains of a forest know of each other's accounts.

use std::sync::{Arc, PoisonError, RwLock};

use kerberos_core::name::Realm;

use super::accounts::Accounts;
use super::domain::Tables;

/// The other domains of a forest.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    entries: Vec<CatalogEntry>,
}

/// A domain that shares its accounts with the catalog.
#[derive(Debug, Clone)]
pub(super) struct CatalogEntry {
    realm: Realm,
    tables: Arc<RwLock<Tables>>,
}

impl Catalog {
    /// The catalog as a domain sees it whose forest has these other domains.
    pub(super) const fn of(entries: Vec<CatalogEntry>) -> Self {
        Self { entries }
    }

    /// Whether the forest has no other domains.
    pub(super) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first domain whose accounts are such.
    pub(super) fn realm_of(&self, are_such: impl Fn(&Accounts) -> bool) -> Option<&Realm> {
        let found = self.entries.iter().find(|entry| {
            let tables = entry.tables.read().unwrap_or_else(PoisonError::into_inner);
            are_such(&tables.accounts)
        });
        found.map(CatalogEntry::realm)
    }
}

impl CatalogEntry {
    pub(super) const fn new(realm: Realm, tables: Arc<RwLock<Tables>>) -> Self {
        Self { realm, tables }
    }

    pub(super) const fn realm(&self) -> &Realm {
        &self.realm
    }
}
