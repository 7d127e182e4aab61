//! Users of a tenant, written down.

use serde::Deserialize;
use toml::Spanned;

use super::unplaced;

/// A user that is in the cloud only; or a synchronised one, if that is a guest.
///
/// ```
/// use realm_sim::topology::{Topology, TopologyError};
///
/// let topology = Topology::parse(
///     r#"
///     [[tenant]]
///     id = "11111111-2222-3333-4444-555555555555"
///     [[tenant.user]]
///     upn = "carol@contoso.onmicrosoft.com"
///     display_name = "Carol"
///     "#,
/// )?;
/// assert_eq!(topology.tenants[0].users[0].display_name, "Carol");
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TenantUserEntry {
    /// The userPrincipalName.
    pub upn: Spanned<String>,
    /// displayName.
    #[serde(default)]
    pub display_name: String,
    /// Whether the user is a guest from another organisation, who gets no TGT and no ticket. That
    /// can be synchronised too, as userType: then nothing else here counts.
    #[serde(default)]
    pub guest: bool,
    /// Whether the user may not sign in.
    #[serde(default)]
    pub disabled: bool,
}

impl TenantUserEntry {
    pub(crate) fn new(upn: &str) -> Self {
        Self {
            upn: unplaced(upn),
            display_name: String::new(),
            guest: false,
            disabled: false,
        }
    }
}
