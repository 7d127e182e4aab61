//! What a tenant keeps of the Active Directory domains whose partial TGTs it issues.

use std::sync::{Arc, PoisonError};

use kerberos_core::name::Realm;
use kerberos_core::time::Timestamp;

use super::EntraTenant;
use crate::forest::{Account, KeySet};

/// The tenant's copy of a domain's `krbtgt_<Id>`.
///
/// It is as administration left it: what is changed in the domain alone, the tenant does not see.
#[derive(Debug, Clone)]
pub(crate) struct KerberosDomain {
    realm: Realm,
    id: u16,
    krbtgt: Arc<Account>,
}

impl KerberosDomain {
    /// The domain.
    #[cfg(feature = "journal")]
    pub(crate) const fn realm(&self) -> &Realm {
        &self.realm
    }

    /// The number of the read-only domain controller that the tenant stands for.
    pub(crate) const fn id(&self) -> u16 {
        self.id
    }

    /// The account, as it was when the tenant was told of it.
    pub(crate) const fn krbtgt(&self) -> &Arc<Account> {
        &self.krbtgt
    }
}

impl EntraTenant {
    /// What the tenant has of this domain.
    pub(crate) fn kerberos_domain(&self, realm: &Realm) -> Option<KerberosDomain> {
        let all = self.kerberos_domains.read();
        let all = all.unwrap_or_else(PoisonError::into_inner);
        let mut all = all.iter();
        all.find(|domain| domain.realm.eq_ignore_case(realm))
            .cloned()
    }

    /// What the tenant has of all domains.
    #[cfg(feature = "journal")]
    pub(crate) fn kerberos_domains(&self) -> Vec<KerberosDomain> {
        let all = self.kerberos_domains.read();
        all.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Issues partial TGTs of this domain with the keys of this account from now on; nothing
    /// changes where that is the krbtgt account of no read-only domain controller.
    pub(crate) fn register(&self, realm: &Realm, krbtgt: Arc<Account>) {
        let Some(id) = krbtgt.attributes().krbtgt_number else {
            return;
        };
        let all = self.kerberos_domains.write();
        let mut all = all.unwrap_or_else(PoisonError::into_inner);
        all.retain(|domain| !domain.realm.eq_ignore_case(realm));
        all.push(KerberosDomain {
            realm: realm.clone(),
            id,
            krbtgt,
        });
    }

    /// Issues none any more; false if it did not before.
    pub(crate) fn unregister(&self, realm: &Realm) -> bool {
        let all = self.kerberos_domains.write();
        let mut all = all.unwrap_or_else(PoisonError::into_inner);
        let before = all.len();
        all.retain(|domain| !domain.realm.eq_ignore_case(realm));
        all.len() < before
    }

    /// Has neither accounts nor domains whose partial TGTs it issues.
    #[cfg(feature = "journal")]
    pub(crate) fn clear(&self) {
        let accounts = self.accounts.write();
        accounts.unwrap_or_else(PoisonError::into_inner).clear();
        let all = self.kerberos_domains.write();
        all.unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The keys that partial TGTs are sealed in: the newest that the tenant has taken over.
    pub(crate) fn issuing_server_keys(&self, domain: &KerberosDomain, now: Timestamp) -> KeySet {
        let mut known = domain.krbtgt.known_keys(now, self.key_delay);
        let newest = known.next();
        newest.unwrap_or_else(|| domain.krbtgt.keys()).clone()
    }
}
