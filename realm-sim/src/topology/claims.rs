//! Claims, written down.

use std::collections::BTreeMap;

use kerberos_core::pac::{Claim, ClaimValues};
use serde::{Deserialize, Serialize};

/// Whether the KDCs of Active Directory realms put claims into PACs (ClaimsCompIdFASTSupport,
/// [MS-KILE] §3.3.1), and with [`armoring`](super::PolicyEntry::armoring) what they know of a
/// client's device.
///
/// ```
/// use realm_sim::topology::{ClaimsSupport, Topology, TopologyError};
///
/// let topology = Topology::parse("[policy]\nclaims = \"on-request\"\narmoring = true")?;
/// assert_eq!(topology.policy.claims, ClaimsSupport::OnRequest);
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClaimsSupport {
    /// No: Windows' default.
    #[default]
    None,
    /// For clients that ask for them with PA-PAC-OPTIONS.
    OnRequest,
    /// For all clients.
    Always,
}

/// The value or the values of one claim.
///
/// ```
/// use kerberos_core::pac::ClaimValues;
/// use realm_sim::topology::{Topology, TopologyError};
///
/// let topology = Topology::parse(
///     r#"
///     [[realm]]
///     name = "CONTOSO.COM"
///     [[realm.user]]
///     name = "alice"
///     claims = { "ad://ext/department" = "Sales", "ad://ext/clearance" = [3, 5] }
///     "#,
/// )?;
/// let claims = &topology.realms[0].users[0].claims;
/// assert_eq!(claims["ad://ext/clearance"].values(), ClaimValues::Int64(vec![3, 5]));
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ClaimEntry {
    /// One truth value.
    Boolean(bool),
    /// One number.
    Number(i64),
    /// One text.
    Text(String),
    /// Truth values.
    Booleans(Vec<bool>),
    /// Numbers.
    Numbers(Vec<i64>),
    /// Texts.
    Texts(Vec<String>),
}

impl ClaimEntry {
    /// The values as a PAC has them.
    pub fn values(&self) -> ClaimValues {
        match self {
            Self::Boolean(value) => ClaimValues::Boolean(vec![u64::from(*value)]),
            Self::Number(value) => ClaimValues::Int64(vec![*value]),
            Self::Text(value) => ClaimValues::Text(vec![value.clone()]),
            Self::Booleans(values) => {
                ClaimValues::Boolean(values.iter().copied().map(u64::from).collect())
            }
            Self::Numbers(values) => ClaimValues::Int64(values.clone()),
            Self::Texts(values) => ClaimValues::Text(values.clone()),
        }
    }

    const fn is_empty(&self) -> bool {
        match self {
            Self::Boolean(_) | Self::Number(_) | Self::Text(_) => false,
            Self::Booleans(values) => values.is_empty(),
            Self::Numbers(values) => values.is_empty(),
            Self::Texts(values) => values.is_empty(),
        }
    }
}

/// Claims by their identifiers; one without values is none.
pub(crate) fn claims_of(entries: &BTreeMap<String, ClaimEntry>) -> Vec<Claim> {
    entries
        .iter()
        .filter(|(_, entry)| !entry.is_empty())
        .map(|(id, entry)| Claim {
            id: id.clone(),
            values: entry.values(),
        })
        .collect()
}
