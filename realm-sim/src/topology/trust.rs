//! Trusts as data.

use serde::Deserialize;
use toml::Spanned;

use super::unplaced;

/// A trust between two realms.
///
/// Example: [`Topology`](super::Topology).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TrustEntry {
    /// The Active Directory realm that holds the trust object.
    pub realm: Spanned<String>,
    /// The realm at the other end.
    pub partner: String,
    /// The tenant at the other end, where that is an Entra realm.
    pub tenant: Option<String>,
    /// Who trusts whom, seen from `realm`.
    pub direction: TrustDirection,
    /// Name suffixes that the partner claims, besides its own domain name.
    #[serde(default)]
    pub top_level_names: Vec<String>,
    /// Suffixes below those that it does not.
    #[serde(default)]
    pub excluded_names: Vec<String>,
    /// The shared secret; random without one.
    pub secret: Option<String>,
    /// Whether `realm` and `partner` are domains of one forest, parent and child.
    #[serde(default)]
    pub within_forest: bool,
}

/// Who trusts whom, seen from the realm that holds the trust object ([MS-ADTS] §6.1.6.7.12).
///
/// Example: [`Topology`](super::Topology).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrustDirection {
    /// The partner trusts us: our users may go there.
    Inbound,
    /// We trust the partner: its users may come here.
    Outbound,
    /// Both.
    Bidirectional,
}

impl TrustDirection {
    /// Whether the partner accepts our users.
    pub const fn is_inbound(self) -> bool {
        matches!(self, Self::Inbound | Self::Bidirectional)
    }

    /// Whether we accept the partner's users.
    pub const fn is_outbound(self) -> bool {
        matches!(self, Self::Outbound | Self::Bidirectional)
    }
}

impl TrustEntry {
    /// A trust object of `realm` towards `partner`.
    pub fn new(realm: &str, partner: &str, direction: TrustDirection) -> Self {
        Self {
            realm: unplaced(realm),
            partner: partner.to_owned(),
            tenant: None,
            direction,
            top_level_names: Vec::new(),
            excluded_names: Vec::new(),
            secret: None,
            within_forest: false,
        }
    }
}
