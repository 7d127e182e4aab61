//! Users whose synchronisation left something out, written down.

use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use super::unplaced;

/// An attribute that a synchronised user needs for a cloud TGT.
///
/// Example: [`IncompleteUserEntry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum OnPremisesAttribute {
    /// onPremisesDomainName.
    OnPremisesDomainName,
    /// onPremisesSamAccountName.
    OnPremisesSamAccountName,
    /// onPremisesSecurityIdentifier.
    OnPremisesSecurityIdentifier,
    /// onPremisesUserPrincipalName.
    OnPremisesUserPrincipalName,
}

impl fmt::Display for OnPremisesAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnPremisesDomainName => "onPremisesDomainName",
            Self::OnPremisesSamAccountName => "onPremisesSamAccountName",
            Self::OnPremisesSecurityIdentifier => "onPremisesSecurityIdentifier",
            Self::OnPremisesUserPrincipalName => "onPremisesUserPrincipalName",
        })
    }
}

/// A synchronised user who lacks attributes, as after a synchronisation that filters them out.
///
/// ```
/// use realm_sim::topology::{OnPremisesAttribute, Topology, TopologyError};
///
/// let topology = Topology::parse(
///     r#"
///     [[tenant]]
///     id = "11111111-2222-3333-4444-555555555555"
///     [[tenant.incomplete_user]]
///     upn = "bob@contoso.com"
///     missing = ["onPremisesSecurityIdentifier"]
///     "#,
/// )?;
/// let bob = &topology.tenants[0].incomplete_users[0];
/// assert_eq!(bob.missing, [OnPremisesAttribute::OnPremisesSecurityIdentifier]);
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct IncompleteUserEntry {
    /// The userPrincipalName of a synchronised user.
    pub upn: Spanned<String>,
    /// What is missing.
    pub missing: Vec<OnPremisesAttribute>,
}

impl IncompleteUserEntry {
    /// A user who lacks these attributes.
    pub fn new(upn: &str, missing: &[OnPremisesAttribute]) -> Self {
        Self {
            upn: unplaced(upn),
            missing: missing.to_vec(),
        }
    }
}
