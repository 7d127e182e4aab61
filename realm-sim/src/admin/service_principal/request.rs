//! What is asked about a service principal of a tenant.

use serde::{Deserialize, Serialize};

/// What is to be done with a service principal: that of a managed instance, of a storage account,
/// or of another service of a tenant.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::time::Timestamp;
/// # use realm_sim::forest::Forest;
/// use realm_sim::admin::{
///     KerberosKey, ServicePrincipalOperation, ServicePrincipalRequest,
/// };
///
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// # let now = Timestamp::from_seconds(1_767_225_600);
/// // `forest` is the one of the demo.
/// let mut request =
///     ServicePrincipalRequest::new(ServicePrincipalOperation::Rotate, "contosofiles");
/// let rotated = forest.administer_service_principal(&request, now)?;
/// let keys = rotated.kerberos_keys.ok_or("no storage account")?;
/// assert_eq!(keys.in_use, KerberosKey::Kerb2);
///
/// // Tickets that are out are sealed in the other one.
/// request.key = Some(KerberosKey::Kerb2);
/// let refused = forest.administer_service_principal(&request, now).unwrap_err();
/// assert_eq!(refused.code(), "invalid");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServicePrincipalRequest {
    /// What to do.
    pub op: ServicePrincipalOperation,
    /// The name of the instance, of the storage account, or of the service.
    pub name: String,
    /// The tenant's id; the first one that has such a principal without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Rotate, of a storage account: the key to go to, which is the one that is not in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KerberosKey>,
}

impl ServicePrincipalRequest {
    /// A request about the principal of this name, with nothing that `op` leaves open.
    pub fn new(op: ServicePrincipalOperation, name: &str) -> Self {
        Self {
            op,
            name: name.to_owned(),
            tenant: None,
            key: None,
        }
    }
}

/// What to do with a service principal.
///
/// Example: [`ServicePrincipalRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ServicePrincipalOperation {
    /// Take the principal of a managed instance or of a storage account away; it is as it was.
    Disable,
    /// Make the principal of a managed instance or of a storage account that has none.
    Enable,
    /// Make a new key and seal tickets in it; the one before goes on opening those that are out.
    /// Of a storage account that is the Kerberos key that was not in use, made anew.
    Rotate,
    /// Show it.
    Show,
}

/// One of the two Kerberos keys of a storage account.
///
/// Example: [`ServicePrincipalRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KerberosKey {
    /// kerb1, in use in the beginning.
    Kerb1,
    /// kerb2.
    Kerb2,
}

impl KerberosKey {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Kerb1 => Self::Kerb2,
            Self::Kerb2 => Self::Kerb1,
        }
    }
}

impl std::fmt::Display for KerberosKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Kerb1 => "kerb1",
            Self::Kerb2 => "kerb2",
        })
    }
}
