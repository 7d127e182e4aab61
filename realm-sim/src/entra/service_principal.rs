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
use toml::Spanned;
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

/// What a tenant's subscriptions hold that can have a service principal.
#[derive(Debug, Clone)]
pub(crate) enum Resource {
    ManagedInstance(ManagedInstanceEntry),
    StorageAccount(StorageAccountEntry),
}

impl Resource {
    pub(crate) const fn name(&self) -> &Spanned<String> {
        match self {
            Self::ManagedInstance(entry) => &entry.name,
            Self::StorageAccount(entry) => &entry.name,
        }
    }

    /// Whether it has its principal from the beginning.
    const fn has_principal(&self) -> bool {
        match self {
            Self::ManagedInstance(entry) => !entry.without_principal,
            Self::StorageAccount(entry) => !entry.without_principal,
        }
    }

    fn service_names(&self, cloud: AzureCloud) -> Vec<String> {
        match self {
            Self::ManagedInstance(entry) => entry.service_names(cloud),
            Self::StorageAccount(entry) => entry.service_names(cloud),
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.name().get_ref().to_lowercase() == name.to_lowercase()
    }
}

impl EntraTenant {
    /// Adds what a subscription holds, with its principal if it is to have one.
    pub(crate) fn add_resource(
        &mut self,
        resource: Resource,
        cloud: AzureCloud,
        entropy: &dyn Entropy,
    ) -> Result<(), Problem> {
        if self.resource(resource.name().get_ref()).is_some() {
            let name = resource.name().get_ref().clone();
            return Err(DirectoryError::NameTaken { name }.into());
        }
        if resource.has_principal() {
            self.give_principal(&resource, cloud, entropy)?;
        }
        self.resources.push((resource, cloud));
        Ok(())
    }

    fn resource(&self, name: &str) -> Option<&(Resource, AzureCloud)> {
        let mut all = self.resources.iter();
        all.find(|(resource, _)| resource.is_named(name))
    }

    /// Makes the principal of a managed instance or of a storage account, where there is none.
    pub(crate) fn enable_principal(
        &self,
        name: &str,
        entropy: &dyn Entropy,
    ) -> Result<Arc<Account>, Problem> {
        let found = self.resource(name).ok_or_else(|| no_resource(name));
        let (resource, cloud) = found?;
        self.give_principal(resource, *cloud, entropy)
    }

    /// Takes that away; the account as it was.
    pub(crate) fn disable_principal(&self, name: &str) -> Result<Arc<Account>, DirectoryError> {
        if self.resource(name).is_none() {
            return Err(no_resource(name));
        }
        let mut accounts = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let account = principal_named(&accounts, name)?;
        accounts.take(account.attributes().relative_id);
        Ok(account)
    }

    /// Tickets for a storage account are sealed in its key `kerb1` and opened by `kerb2` too.
    fn give_principal(
        &self,
        resource: &Resource,
        cloud: AzureCloud,
        entropy: &dyn Entropy,
    ) -> Result<Arc<Account>, Problem> {
        let mut wish = self.wish(resource.name().get_ref(), &resource.service_names(cloud))?;
        if let Resource::StorageAccount(entry) = resource {
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
        }
        Ok(self.create(wish, entropy)?)
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

    /// Whether there is a service principal of this name, or something that can have it.
    pub(crate) fn knows_service(&self, name: &str) -> bool {
        self.resource(name).is_some() || self.service_principal(name).is_ok()
    }

    /// Whether the service principal of this name is that of a storage account.
    pub(crate) fn is_storage_account(&self, name: &str) -> bool {
        let resource = self.resource(name);
        resource.is_some_and(|(resource, _)| matches!(resource, Resource::StorageAccount(_)))
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

fn no_resource(name: &str) -> DirectoryError {
    DirectoryError::NotFound {
        what: "managed instance or storage account",
        name: name.to_owned(),
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
