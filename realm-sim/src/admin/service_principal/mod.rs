//! Service principals of a tenant: shown, and their keys rotated.

mod reply;
mod request;

use kerberos_core::entropy::Entropy;
use kerberos_core::time::Timestamp;

pub use reply::{KerberosKeys, PrincipalKeys, ServicePrincipalReply};
pub use request::{KerberosKey, ServicePrincipalOperation, ServicePrincipalRequest};

use super::AdminError;
use crate::entra::EntraTenant;
use crate::forest::{Account, DirectoryError, Forest};

impl Forest {
    /// Does what a [`ServicePrincipalRequest`] asks for; the principal as it is then.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; nothing has changed then.
    pub fn administer_service_principal(
        &self,
        request: &ServicePrincipalRequest,
        now: Timestamp,
    ) -> Result<ServicePrincipalReply, AdminError> {
        self.administer_service_principal_from(request, self.entropy(), now)
    }

    pub(crate) fn administer_service_principal_from(
        &self,
        request: &ServicePrincipalRequest,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<ServicePrincipalReply, AdminError> {
        let _alone = self.alone();
        let tenant = self.tenant_of_principal(request)?;
        let mut account = tenant.service_principal(&request.name)?;
        expect_fitting(tenant, &account, request)?;
        if request.op == ServicePrincipalOperation::Rotate {
            account = tenant.rotate_service_key(&request.name, entropy, now)?;
        }
        Ok(ServicePrincipalReply::of(tenant, &account))
    }

    /// The tenant that is named, or the first that has such a principal.
    fn tenant_of_principal(
        &self,
        request: &ServicePrincipalRequest,
    ) -> Result<&EntraTenant, AdminError> {
        let missing = |what, name: &str| {
            let name = name.to_owned();
            AdminError::from(DirectoryError::NotFound { what, name })
        };
        match &request.tenant {
            Some(id) => self.tenant(id).ok_or_else(|| missing("tenant", id)),
            None => self
                .tenants()
                .find(|tenant| tenant.service_principal(&request.name).is_ok())
                .ok_or_else(|| missing("service principal", &request.name)),
        }
    }
}

/// Refuses a Kerberos key that cannot be gone to.
fn expect_fitting(
    tenant: &EntraTenant,
    account: &Account,
    request: &ServicePrincipalRequest,
) -> Result<(), AdminError> {
    let Some(key) = request.key else {
        return Ok(());
    };
    let name = account.sam();
    if request.op != ServicePrincipalOperation::Rotate {
        return Err(AdminError::invalid("key", "it is for a rotation"));
    }
    if !tenant.is_storage_account(name) {
        let why = format!("{name} is no storage account");
        return Err(AdminError::invalid("key", why));
    }
    if key == KerberosKey::of_version(account.keys().kvno()) {
        let other = key.other();
        let why = format!("tickets of {name} are sealed in {key}: rotate to {other}");
        return Err(AdminError::invalid("key", why));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
