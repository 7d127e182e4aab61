//! Service principals of a tenant: turned on and off, shown, and their keys rotated.

mod reply;
mod request;

use kerberos_core::entropy::Entropy;
use kerberos_core::time::Timestamp;

pub use reply::{KerberosKeys, PrincipalKeys, ServicePrincipalReply};
pub use request::{KerberosKey, ServicePrincipalOperation, ServicePrincipalRequest};

use super::AdminError;
use crate::entra::EntraTenant;
use crate::forest::{DirectoryError, Forest};
use crate::topology::Problem;

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
        let (tenant, name) = (self.tenant_of_principal(request)?, &request.name);
        expect_fitting(tenant, request)?;
        let account = match request.op {
            ServicePrincipalOperation::Disable => tenant.disable_principal(name)?,
            ServicePrincipalOperation::Enable => {
                let enabled = tenant.enable_principal(name, entropy);
                enabled.map_err(not_enabled)?
            }
            ServicePrincipalOperation::Rotate => tenant.rotate_service_key(name, entropy, now)?,
            ServicePrincipalOperation::Show => tenant.service_principal(name)?,
        };
        Ok(ServicePrincipalReply::of(tenant, &account))
    }

    /// The tenant that is named, or the first that has such a principal, or what can have it.
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
                .find(|tenant| tenant.knows_service(&request.name))
                .ok_or_else(|| missing("service principal", &request.name)),
        }
    }
}

fn not_enabled(problem: Problem) -> AdminError {
    match problem {
        Problem::Directory(error) => error.into(),
        other => AdminError::invalid("name", other.to_string()),
    }
}

/// Refuses a Kerberos key that cannot be gone to.
fn expect_fitting(
    tenant: &EntraTenant,
    request: &ServicePrincipalRequest,
) -> Result<(), AdminError> {
    let Some(key) = request.key else {
        return Ok(());
    };
    let account = tenant.service_principal(&request.name)?;
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
