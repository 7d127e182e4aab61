//! The objects of Microsoft Entra Kerberos in a domain and in a tenant: made, shown, rotated and
//! taken away, as the PowerShell module AzureADHybridAuthenticationManagement does it.

mod reply;
mod request;
mod trust;

use std::time::Duration;

use kerberos_core::entropy::Entropy;
use kerberos_core::name::Realm;
use kerberos_core::time::{KerberosTime, Timestamp};

pub use reply::{KerberosServer, ShownTime, TopLevelName, TrustKeysApart};
pub use request::{KerberosServerOperation, KerberosServerRequest};

use super::AdminError;
use super::distinguished_name::{ENTRA_KRBTGT, distinguished, distinguished_name};
use crate::entra::EntraTenant;
use crate::forest::{Account, DirectoryError, Domain, Forest, NameContent, NameRecord};
use crate::kdc::Directory;
use reply::CLOUD_TRUST_DISPLAY;

/// How old a key is before it is rotated unforced: 24 h, within which both sides have learnt it
/// and no ticket of the one before it is left.
const ROTATION_AGE: Duration = Duration::from_secs(24 * 3600);

/// A domain and a tenant.
#[derive(Clone, Copy)]
struct Pair<'a> {
    domain: &'a Domain,
    tenant: &'a EntraTenant,
}

impl Forest {
    /// Does what a [`KerberosServerRequest`] asks for; the objects as they are then.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; nothing has changed then, unless the random source failed in between.
    pub fn administer_azuread_kerberos(
        &self,
        request: &KerberosServerRequest,
        now: Timestamp,
    ) -> Result<KerberosServer, AdminError> {
        self.administer_azuread_kerberos_from(request, self.entropy(), now)
    }

    pub(crate) fn administer_azuread_kerberos_from(
        &self,
        request: &KerberosServerRequest,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<KerberosServer, AdminError> {
        let domain = self.domain_for(Some(&request.domain))?;
        let tenant = self.tenant_for(request.tenant.as_deref(), domain.realm())?;
        let pair = Pair { domain, tenant };
        let _alone = self.alone();
        match request.op {
            KerberosServerOperation::Get => {}
            KerberosServerOperation::Set => self.set_up(request, pair, now, entropy)?,
            KerberosServerOperation::RemoveTrustedDomainObject => {
                if !self.remove_cloud_trust(pair)? {
                    let (what, cloud) = ("trusted domain object", tenant.realm().as_str());
                    let name = distinguished(domain, cloud, "CN=System");
                    return Err(DirectoryError::NotFound { what, name }.into());
                }
            }
            KerberosServerOperation::Remove => {
                let trust = self.remove_cloud_trust(pair)?;
                if !remove_server(pair)? && !trust {
                    let (what, name) = ("Kerberos server", domain.realm().to_string());
                    return Err(DirectoryError::NotFound { what, name }.into());
                }
            }
        }
        Ok(self.kerberos_server(pair))
    }

    /// The tenant of this id, or the one that a domain has to do with.
    fn tenant_for(&self, id: Option<&str>, realm: &Realm) -> Result<&EntraTenant, AdminError> {
        let missing = |name: &str| {
            let (what, name) = ("tenant", name.to_owned());
            AdminError::from(DirectoryError::NotFound { what, name })
        };
        if let Some(id) = id {
            return self.tenant(id).ok_or_else(|| missing(id));
        }
        let all = || self.tenants();
        all()
            .find(|tenant| tenant.kerberos_domain(realm).is_some())
            .or_else(|| all().find(|tenant| tenant.trust(realm).is_some()))
            .or_else(|| all().find(|tenant| tenant.synced().any(|known| known == realm)))
            .or_else(|| all().next())
            .ok_or_else(|| missing(""))
    }

    fn set_up(
        &self,
        request: &KerberosServerRequest,
        pair: Pair<'_>,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<(), AdminError> {
        let Pair { domain, tenant } = pair;
        let names = trust::checked(request)?;
        if request.force && !request.rotate_server_key {
            let why = "it is a key's rotation that is forced";
            return Err(AdminError::invalid("force", why));
        }
        if request.setup_cloud_trust {
            self.expect_trustable(pair)?;
        }
        let realm = domain.realm();
        let known = tenant.kerberos_domain(realm);
        let number = known.as_ref().map(|known| known.id());
        let present = domain.entra_controller(number).krbtgt;
        if request.rotate_server_key && !request.force {
            let of_cloud = known.as_ref().map(|known| known.krbtgt());
            for krbtgt in present.iter().chain(of_cloud) {
                expect_old("the server key", krbtgt.attributes().password_set, now)?;
            }
            if request.setup_cloud_trust {
                self.expect_old_trust(pair, now)?;
            }
        }
        let mut krbtgt = domain.repair_entra_controller(number, entropy, now)?;
        // The tenant is told a key when it is made: one that is there already nobody can read.
        let is_known = known.is_some_and(|known| Some(known.id()) == number_of(&krbtgt));
        if present.is_some() && (request.rotate_server_key || !is_known) {
            krbtgt = domain.set_password(krbtgt.sam(), None, entropy, now)?;
        }
        if present.is_none() || request.rotate_server_key || !is_known {
            tenant.register(realm, krbtgt);
        }
        if request.setup_cloud_trust {
            self.set_cloud_trust(request, names, pair, now, entropy)?;
        }
        Ok(())
    }

    fn kerberos_server(&self, pair: Pair<'_>) -> KerberosServer {
        let Pair { domain, tenant } = pair;
        let realm = domain.realm();
        let dns_name = realm.as_str().to_lowercase();
        let known = tenant.kerberos_domain(realm);
        let present = domain.entra_controller(known.as_ref().map(|known| known.id()));
        let is_there = present.controller.is_some() || present.krbtgt.is_some();
        let krbtgt = present.krbtgt.as_deref();
        let display_name = |krbtgt: &Account| krbtgt.sam().to_owned();
        let of_cloud = known.as_ref().map(|known| &**known.krbtgt());
        let dn = |account: &Account| distinguished_name(domain, account);
        let before = self.assumptions().key_versions_before;
        let version_of = |krbtgt: &Account| before.saturating_add(version_of(krbtgt));
        KerberosServer {
            id: krbtgt.and_then(number_of),
            // Under its own name also when it is no longer linked to its controller.
            user_account: krbtgt.map(|_| distinguished(domain, ENTRA_KRBTGT, "CN=Users")),
            computer_account: present.controller.as_deref().map(dn),
            display_name: krbtgt.map(display_name),
            domain_dns_name: is_there.then(|| dns_name.clone()),
            key_version: krbtgt.map(version_of),
            key_updated_on: krbtgt.and_then(updated),
            key_updated_from: krbtgt.map(|_| {
                let controller = domain.controller_name().to_lowercase();
                format!("{controller}.{dns_name}")
            }),
            cloud_display_name: of_cloud.map(display_name),
            cloud_domain_dns_name: of_cloud.map(|_| dns_name),
            cloud_id: known.as_ref().map(|known| known.id()),
            cloud_key_version: of_cloud.map(version_of),
            cloud_key_updated_on: of_cloud.and_then(updated),
            cloud_trust_display: tenant.trust(realm).map(|_| CLOUD_TRUST_DISPLAY.to_owned()),
            top_level_names: self.top_level_names(pair),
            trust_keys_apart: self.trust_keys_apart(pair),
        }
    }

    fn top_level_names(&self, pair: Pair<'_>) -> Vec<TopLevelName> {
        let which = trust::which(pair);
        let trust = self.trust_ends(which).and_then(|ends| ends.own);
        let records = trust
            .iter()
            .flat_map(|trust| trust.names().records().to_vec());
        let named = records.filter_map(|record| match &record.content {
            NameContent::TopLevelName(name) => Some(TopLevelName {
                name: name.clone(),
                enabled: record.is_enabled(),
                conflict: record.flags & NameRecord::TLN_DISABLED_CONFLICT != 0,
            }),
            _ => None,
        });
        named.collect()
    }
}

/// Takes the service account away, on both sides; false if there was nothing of it.
fn remove_server(Pair { domain, tenant }: Pair<'_>) -> Result<bool, AdminError> {
    let realm = domain.realm();
    let number = tenant.kerberos_domain(realm).map(|known| known.id());
    let present = domain.entra_controller(number);
    let mut found = false;
    for account in present.krbtgt.iter().chain(&present.controller) {
        domain.remove(account.sam())?;
        found = true;
    }
    Ok(tenant.unregister(realm) || found)
}

/// Refuses the rotation of a key that is younger than a day.
fn expect_old(what: &'static str, since: Timestamp, now: Timestamp) -> Result<(), AdminError> {
    if now < since.plus(ROTATION_AGE) {
        let since = since.time();
        return Err(AdminError::TooEarly { what, since });
    }
    Ok(())
}

fn number_of(krbtgt: &Account) -> Option<u16> {
    krbtgt.attributes().krbtgt_number
}

fn version_of(krbtgt: &Account) -> u64 {
    krbtgt.keys().kvno().version().into()
}

fn updated(krbtgt: &Account) -> Option<ShownTime> {
    let since = krbtgt.attributes().password_set.time();
    (since != KerberosTime::EPOCH).then_some(ShownTime(since))
}

#[cfg(test)]
mod tests;
