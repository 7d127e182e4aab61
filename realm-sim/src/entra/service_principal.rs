//! Service principals of what a tenant's subscriptions hold: SQL managed instances and storage
//! accounts.

use std::sync::{Arc, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::crypto::Key;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::NameError;
use kerberos_core::time::Timestamp;
use zeroize::Zeroizing;

use super::EntraTenant;
use crate::forest::{
    Account, AccountKind, Accounts, DirectoryError, FIRST_KVNO, KeySet, NewAccount, service_name,
};
use crate::topology::{AzureCloud, ManagedInstanceEntry, Problem, StorageAccountEntry};

/// The encryption type of these services' tickets: there is no other.
const ETYPE: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

/// Octets of an AES-256 key: as many of a storage account's Kerberos key count.
const KEY_LENGTH: usize = 32;

impl EntraTenant {
    /// Adds the system-assigned principal of a managed instance.
    pub(crate) fn create_managed_instance(
        &self,
        entry: &ManagedInstanceEntry,
        cloud: AzureCloud,
        entropy: &dyn Entropy,
    ) -> Result<(), Problem> {
        let wish = self.wish(entry.name.get_ref(), &entry.service_names(cloud))?;
        self.create(wish, entropy)?;
        Ok(())
    }

    /// Adds the principal of a storage account. Tickets are sealed in its key `kerb1` and opened
    /// by `kerb2` too.
    pub(crate) fn create_storage_account(
        &mut self,
        entry: &StorageAccountEntry,
        cloud: AzureCloud,
        entropy: &dyn Entropy,
    ) -> Result<(), Problem> {
        let mut wish = self.wish(entry.name.get_ref(), &entry.service_names(cloud))?;
        let keys = |kvno, text: Option<&str>| {
            let key = match text {
                Some(text) => storage_key(text)?,
                None => Key::generate(ETYPE, entropy)?,
            };
            Ok::<_, Problem>(KeySet::of_key(kvno, key))
        };
        let second = Kvno::new(FIRST_KVNO.number().wrapping_add(1));
        wish.set_keys(
            keys(FIRST_KVNO, entry.kerb1.as_deref())?,
            keys(second, entry.kerb2.as_deref())?,
        );
        let account = self.create(wish, entropy)?;
        self.storage_accounts.push(account.sam().to_owned());
        Ok(())
    }

    /// Gives a service principal a new key; the one before goes on opening tickets until the next
    /// rotation. For a storage account that is a rotation to its other Kerberos key.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kerberos_core::entropy::SeededEntropy;
    /// # use kerberos_core::time::Timestamp;
    /// # use realm_sim::forest::Forest;
    /// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
    /// # let now = Timestamp::from_seconds(1_767_225_600);
    /// // `forest` is the one of the demo.
    /// let tenant = forest.tenants().next().ok_or("no tenant")?;
    /// let files = tenant.rotate_service_key("contosofiles", &SeededEntropy::new(8), now)?;
    /// assert_eq!(files.accepted_keys().count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`]; [`DirectoryError::Key`] when `entropy` fails.
    pub fn rotate_service_key(
        &self,
        name: &str,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Arc<Account>, DirectoryError> {
        let mut accounts = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let account = principal_named(&accounts, name)?;
        let rotated = account.with_password(None, entropy, now)?;
        accounts.replace(rotated)
    }

    /// The service principal of this name, whatever its case.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::NotFound`].
    pub fn service_principal(&self, name: &str) -> Result<Arc<Account>, DirectoryError> {
        principal_named(&self.read(), name)
    }

    /// Whether the service principal of this name is that of a storage account.
    pub(crate) fn is_storage_account(&self, name: &str) -> bool {
        self.storage_accounts.iter().any(|account| account == name)
    }

    fn wish(&self, name: &str, services: &[String]) -> Result<NewAccount, NameError> {
        let mut wish = NewAccount::new(AccountKind::ServicePrincipal, name);
        wish.etypes = vec![ETYPE];
        wish.attributes.services = services
            .iter()
            .map(|service| service_name(service, &self.realm))
            .collect::<Result<_, _>>()?;
        Ok(wish)
    }
}

fn principal_named(accounts: &Accounts, name: &str) -> Result<Arc<Account>, DirectoryError> {
    let is_principal =
        |account: &&Arc<Account>| account.attributes().kind == AccountKind::ServicePrincipal;
    let found = accounts.named(name).filter(is_principal).cloned();
    found.ok_or_else(|| DirectoryError::NotFound {
        what: "service principal",
        name: name.to_owned(),
    })
}

/// The key in the text of a storage account's Kerberos key.
fn storage_key(text: &str) -> Result<Key, Problem> {
    let octets = STANDARD
        .decode(text.trim())
        .map_err(|_| Problem::StorageKey)?;
    let octets = Zeroizing::new(octets);
    let key = octets.get(..KEY_LENGTH).ok_or(Problem::StorageKey)?;
    Ok(Key::new(ETYPE, key)?)
}
