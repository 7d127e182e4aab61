//! Putting a forest together in code.

use std::sync::Arc;

use kerberos_core::entropy::Entropy;

use super::{Forest, assembly};
use crate::assumptions::Assumptions;
#[cfg(feature = "pkinit")]
use crate::topology::PkinitEntry;
use crate::topology::{
    AccountEntry, ENTRA_REALM, ForwardedRealmEntry, PolicyEntry, Problem, RealmEntry, TenantEntry,
    TenantUserEntry, Topology, TopologyError, TrustDirection, TrustEntry,
};

/// Puts a forest together in code.
///
/// Calls that name a realm come after the call that adds it; a mistake is reported by
/// [`ForestBuilder::build`].
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::SeededEntropy;
/// use realm_sim::forest::ForestBuilder;
///
/// let forest = ForestBuilder::new()
///     .realm("CONTOSO.COM")
///     .user_with("alice@CONTOSO.COM", "correct horse", |entry| entry.no_preauth = true)
///     .policy(|policy| policy.ticket_lifetime = 600)
///     .build(Arc::new(SeededEntropy::new(7)))?;
/// let alice = forest.account(&"alice@CONTOSO.COM".parse()?).ok_or("no alice")?;
/// assert!(!alice.preauth_required());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ForestBuilder {
    topology: Topology,
    mistake: Option<TopologyError>,
}

impl ForestBuilder {
    /// A forest without any realm.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts from a topology.
    pub const fn from_topology(topology: Topology) -> Self {
        Self {
            topology,
            mistake: None,
        }
    }

    /// Adds an Active Directory realm.
    #[must_use]
    pub fn realm(mut self, name: &str) -> Self {
        self.topology.realms.push(RealmEntry::new(name));
        self
    }

    /// Lets `/KdcProxy` forward to a realm.
    #[must_use]
    pub fn kdc_proxy(mut self, realm: &str) -> Self {
        match self.realm_entry(realm) {
            Some(entry) => entry.kdc_proxy = true,
            None => self.note(realm),
        }
        self
    }

    /// Adds a realm that is not simulated: `/KdcProxy` forwards to its KDCs, written `HOST` or
    /// `HOST:PORT`.
    #[must_use]
    pub fn forwarded_realm(mut self, name: &str, kdcs: &[&str]) -> Self {
        let entry = ForwardedRealmEntry::new(name, kdcs);
        self.topology.forwarded_realms.push(entry);
        self
    }

    /// Lets accounts of a realm log on with certificates.
    #[cfg(feature = "pkinit")]
    #[must_use]
    pub fn pkinit(mut self, realm: &str, entry: PkinitEntry) -> Self {
        match self.realm_entry(realm) {
            Some(realm) => realm.pkinit = Some(entry),
            None => self.note(realm),
        }
        self
    }

    /// Adds a user, written `USER@REALM`.
    #[must_use]
    pub fn user(self, name: &str, password: &str) -> Self {
        self.user_with(name, password, |_| {})
    }

    /// Adds a user and lets `adjust` change the entry.
    #[must_use]
    pub fn user_with(
        mut self,
        name: &str,
        password: &str,
        adjust: impl FnOnce(&mut AccountEntry),
    ) -> Self {
        let Some((sam, realm)) = name.rsplit_once('@') else {
            self.note(name);
            return self;
        };
        let mut entry = AccountEntry::new(sam);
        entry.password = Some(password.to_owned());
        adjust(&mut entry);
        match self.realm_entry(realm) {
            Some(realm) => realm.users.push(entry),
            None => self.note(name),
        }
        self
    }

    /// Adds a computer that runs one service, written `CLASS/HOST@REALM`, under a random key.
    #[must_use]
    pub fn service(mut self, name: &str) -> Self {
        let Some((service, realm)) = name.rsplit_once('@') else {
            self.note(name);
            return self;
        };
        let Some(realm) = self.realm_entry(realm) else {
            self.note(name);
            return self;
        };
        let mut entry = AccountEntry::new(&format!("SRV{}", realm.computers.len() + 1));
        entry.services.push(service.to_owned());
        realm.computers.push(entry);
        self
    }

    /// Adds a tenant of Microsoft Entra.
    #[must_use]
    pub fn tenant(mut self, id: &str) -> Self {
        self.topology.tenants.push(TenantEntry::new(id));
        self
    }

    /// Adds a service principal with this service name to a tenant.
    #[must_use]
    pub fn cloud_service(mut self, tenant: &str, service: &str) -> Self {
        match self.tenant_entry(tenant) {
            Some(entry) => {
                let mut account = AccountEntry::new(service);
                account.services.push(service.to_owned());
                entry.services.push(account);
            }
            None => self.note(tenant),
        }
        self
    }

    /// Changes a tenant that was added before: its managed instances, storage accounts, policies.
    #[must_use]
    pub fn change_tenant(mut self, tenant: &str, change: impl FnOnce(&mut TenantEntry)) -> Self {
        match self.tenant_entry(tenant) {
            Some(entry) => change(entry),
            None => self.note(tenant),
        }
        self
    }

    /// Adds a user that is in the cloud only to a tenant, and lets `adjust` change the entry.
    #[must_use]
    pub fn cloud_user(
        mut self,
        tenant: &str,
        upn: &str,
        adjust: impl FnOnce(&mut TenantUserEntry),
    ) -> Self {
        match self.tenant_entry(tenant) {
            Some(entry) => {
                let mut user = TenantUserEntry::new(upn);
                adjust(&mut user);
                entry.users.push(user);
            }
            None => self.note(tenant),
        }
        self
    }

    /// Adds a trust.
    #[must_use]
    pub fn trust(mut self, trust: TrustEntry) -> Self {
        self.topology.trusts.push(trust);
        self
    }

    /// Changes the trust between two realms that was added before.
    #[must_use]
    pub fn change_trust(
        mut self,
        realm: &str,
        partner: &str,
        change: impl FnOnce(&mut TrustEntry),
    ) -> Self {
        let found = self
            .topology
            .trusts
            .iter_mut()
            .find(|entry| entry.realm.get_ref() == realm && entry.partner == partner);
        match found {
            Some(entry) => change(entry),
            None => self.note(partner),
        }
        self
    }

    /// Adds the incoming trust of the flow: `tenant` trusts `realm`, for names below
    /// `top_level_names`.
    #[must_use]
    pub fn federate(self, realm: &str, tenant: &str, top_level_names: &[&str]) -> Self {
        let partner = self
            .topology
            .tenants
            .iter()
            .find(|entry| entry.id.get_ref() == tenant)
            .map_or_else(|| ENTRA_REALM.to_owned(), |entry| entry.realm.clone());
        let mut trust = TrustEntry::new(realm, &partner, TrustDirection::Inbound);
        trust.tenant = Some(tenant.to_owned());
        trust.top_level_names = top_level_names
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        self.trust(trust)
    }

    /// Changes lifetimes and limits.
    #[must_use]
    pub fn policy(mut self, adjust: impl FnOnce(&mut PolicyEntry)) -> Self {
        adjust(&mut self.topology.policy);
        self
    }

    /// Sets switches.
    #[must_use]
    pub fn assumptions(mut self, adjust: impl FnOnce(&mut Assumptions)) -> Self {
        adjust(&mut self.topology.assumptions);
        self
    }

    /// Builds the forest. All keys that come from no password are drawn from `entropy`.
    ///
    /// # Errors
    ///
    /// [`TopologyError`] naming the entry that does not fit.
    pub fn build(self, entropy: Arc<dyn Entropy>) -> Result<Forest, TopologyError> {
        match self.mistake {
            Some(mistake) => Err(mistake),
            None => assembly::build(self.topology, entropy),
        }
    }

    fn realm_entry(&mut self, name: &str) -> Option<&mut RealmEntry> {
        self.topology
            .realms
            .iter_mut()
            .find(|entry| entry.name.get_ref() == name)
    }

    fn tenant_entry(&mut self, id: &str) -> Option<&mut TenantEntry> {
        self.topology
            .tenants
            .iter_mut()
            .find(|entry| entry.id.get_ref() == id)
    }

    /// Keeps the first call that leads nowhere.
    fn note(&mut self, name: &str) {
        self.mistake.get_or_insert_with(|| TopologyError::Entry {
            line: None,
            entry: "forest".to_owned(),
            problem: Problem::Nowhere {
                name: name.to_owned(),
            },
        });
    }
}
