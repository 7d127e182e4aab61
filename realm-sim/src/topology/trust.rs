//! Trusts as data.

use std::ops::Not;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::unplaced;

/// A trust between two realms.
///
/// The fields that follow `kind` describe the trust object of `realm`; the partner's own has
/// theirs under `partner_side`.
///
/// Example: [`Topology`](super::Topology).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TrustEntry {
    /// The Active Directory realm that holds the trust object. Of a parent and its child this is
    /// the parent; of the root of a forest and that of another tree it is the forest's.
    pub realm: Spanned<String>,
    /// The realm at the other end.
    pub partner: String,
    /// The tenant at the other end, where that is an Entra realm.
    pub tenant: Option<String>,
    /// Who trusts whom, seen from `realm`: by default each the other, and a tenant the realm.
    pub direction: Option<TrustDirection>,
    /// What connects the two.
    #[serde(default)]
    pub kind: TrustKind,
    /// Name suffixes that the partner claims, besides its own domain names.
    #[serde(default)]
    pub top_level_names: Vec<String>,
    /// Suffixes below those that it does not.
    #[serde(default)]
    pub excluded_names: Vec<String>,
    /// Claimed names that an administrator has disabled.
    #[serde(default)]
    pub disabled_names: Vec<String>,
    /// Whether the trust object is there but not to be used: its trustDirection is 0.
    #[serde(default)]
    pub disabled: bool,
    /// Whether the partner's users need to be allowed to authenticate, service by service.
    #[serde(default)]
    pub selective_authentication: bool,
    /// Whether only SIDs of the partner itself are accepted; by default over external trusts.
    pub quarantined: Option<bool>,
    /// Whether a forest trust accepts SIDs from elsewhere, as an external trust that is not
    /// quarantined does.
    #[serde(default)]
    pub sid_history: bool,
    /// Whether users' TGTs may be delegated across the trust; left to the KDC by default, which
    /// allows it within a forest only.
    pub tgt_delegation: Option<bool>,
    /// Whether privileges of this forest may be given by the partner (shadow principals).
    #[serde(default)]
    pub pim: bool,
    /// Whether claims of the partner's users are accepted.
    #[serde(default)]
    pub claims: bool,
    /// The trust object at the other end, where it differs from the default of its kind.
    #[serde(default)]
    pub partner_side: TrustSide,
    /// Whether a realm trust can be used on the way to further realms.
    #[serde(default)]
    pub transitive: bool,
    /// The shared secret; random without one.
    pub secret: Option<String>,
    /// Encryption types of the keys by number, the preferred one first.
    pub etypes: Option<Vec<i32>>,
}

/// What the trust object at one end says.
///
/// Example: [`Topology`](super::Topology).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TrustSide {
    /// As [`TrustEntry::top_level_names`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub top_level_names: Vec<String>,
    /// As [`TrustEntry::excluded_names`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_names: Vec<String>,
    /// As [`TrustEntry::disabled_names`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disabled_names: Vec<String>,
    /// As [`TrustEntry::disabled`].
    #[serde(skip_serializing_if = "Not::not")]
    pub disabled: bool,
    /// As [`TrustEntry::selective_authentication`].
    #[serde(skip_serializing_if = "Not::not")]
    pub selective_authentication: bool,
    /// As [`TrustEntry::quarantined`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantined: Option<bool>,
    /// As [`TrustEntry::sid_history`].
    #[serde(skip_serializing_if = "Not::not")]
    pub sid_history: bool,
    /// As [`TrustEntry::tgt_delegation`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tgt_delegation: Option<bool>,
    /// As [`TrustEntry::pim`].
    #[serde(skip_serializing_if = "Not::not")]
    pub pim: bool,
    /// As [`TrustEntry::claims`].
    #[serde(skip_serializing_if = "Not::not")]
    pub claims: bool,
}

/// What a trust connects.
///
/// Example: [`filter_sids`](crate::forest::filter_sids).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrustKind {
    /// Two domains that are not of one forest; only between these two.
    External,
    /// Two forests, root to root; for all domains of both, and for nobody beyond.
    #[default]
    Forest,
    /// A domain and one below it in the same tree.
    ParentChild,
    /// A domain and a realm that is not of Active Directory, such as one of MIT's KDC.
    Realm,
    /// Two domains of one forest that would be far apart otherwise.
    Shortcut,
    /// The root of a forest and the root of another tree in it.
    TreeRoot,
}

impl TrustKind {
    /// Whether both ends are domains of one forest.
    pub const fn is_within_forest(self) -> bool {
        matches!(self, Self::ParentChild | Self::Shortcut | Self::TreeRoot)
    }
}

/// Who trusts whom, seen from the realm that holds the trust object ([MS-ADTS] §6.1.6.7.12).
///
/// Example: [`Topology`](super::Topology).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrustDirection {
    /// Nobody, for now.
    Disabled,
    /// The partner trusts us: our users may go there.
    Inbound,
    /// We trust the partner: its users may come here.
    Outbound,
    /// Both.
    Bidirectional,
}

impl TrustDirection {
    /// The value of trustDirection.
    pub const fn number(self) -> u32 {
        match self {
            Self::Disabled => 0,
            Self::Inbound => 1,
            Self::Outbound => 2,
            Self::Bidirectional => 3,
        }
    }

    /// Whether the partner accepts our users.
    pub const fn is_inbound(self) -> bool {
        matches!(self, Self::Inbound | Self::Bidirectional)
    }

    /// Whether we accept the partner's users.
    pub const fn is_outbound(self) -> bool {
        matches!(self, Self::Outbound | Self::Bidirectional)
    }

    /// The same trust, seen from the other end.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Inbound => Self::Outbound,
            Self::Outbound => Self::Inbound,
            same => same,
        }
    }
}

impl TrustEntry {
    /// A forest trust: a trust object of `realm` towards `partner`.
    pub fn new(realm: &str, partner: &str, direction: TrustDirection) -> Self {
        Self {
            realm: unplaced(realm),
            partner: partner.to_owned(),
            tenant: None,
            direction: Some(direction),
            kind: TrustKind::default(),
            top_level_names: Vec::new(),
            excluded_names: Vec::new(),
            disabled_names: Vec::new(),
            disabled: false,
            selective_authentication: false,
            quarantined: None,
            sid_history: false,
            tgt_delegation: None,
            pim: false,
            claims: false,
            partner_side: TrustSide::default(),
            transitive: false,
            secret: None,
            etypes: None,
        }
    }

    /// A trust of this kind in both directions.
    pub fn of_kind(kind: TrustKind, realm: &str, partner: &str) -> Self {
        Self {
            kind,
            ..Self::new(realm, partner, TrustDirection::Bidirectional)
        }
    }

    /// Who trusts whom, seen from `realm`.
    ///
    /// ```
    /// use realm_sim::topology::{Topology, TopologyError, TrustDirection};
    ///
    /// let topology = Topology::parse(
    ///     r#"
    ///     [[trust]]
    ///     realm = "CORP.EXAMPLE"
    ///     partner = "EU.CORP.EXAMPLE"
    ///     kind = "parent-child"
    ///     [[trust]]
    ///     realm = "CORP.EXAMPLE"
    ///     partner = "KERBEROS.MICROSOFTONLINE.COM"
    ///     tenant = "11111111-2222-3333-4444-555555555555"
    ///     "#,
    /// )?;
    /// assert_eq!(topology.trusts[0].direction(), TrustDirection::Bidirectional);
    /// assert_eq!(topology.trusts[1].direction(), TrustDirection::Inbound);
    /// # Ok::<(), TopologyError>(())
    /// ```
    pub fn direction(&self) -> TrustDirection {
        self.direction.unwrap_or(match self.tenant {
            Some(_) => TrustDirection::Inbound,
            None => TrustDirection::Bidirectional,
        })
    }

    /// Lets the trust object of `realm` say this.
    pub(crate) fn set_own_side(&mut self, side: &TrustSide) {
        let TrustSide {
            top_level_names,
            excluded_names,
            disabled_names,
            disabled,
            selective_authentication,
            quarantined,
            sid_history,
            tgt_delegation,
            pim,
            claims,
        } = side.clone();
        *self = Self {
            realm: self.realm.clone(),
            partner: std::mem::take(&mut self.partner),
            tenant: self.tenant.take(),
            partner_side: std::mem::take(&mut self.partner_side),
            secret: self.secret.take(),
            etypes: self.etypes.take(),
            top_level_names,
            excluded_names,
            disabled_names,
            disabled,
            selective_authentication,
            quarantined,
            sid_history,
            tgt_delegation,
            pim,
            claims,
            ..*self
        };
    }

    /// What the trust object of `realm` says.
    pub(crate) fn own_side(&self) -> TrustSide {
        TrustSide {
            top_level_names: self.top_level_names.clone(),
            excluded_names: self.excluded_names.clone(),
            disabled_names: self.disabled_names.clone(),
            disabled: self.disabled,
            selective_authentication: self.selective_authentication,
            quarantined: self.quarantined,
            sid_history: self.sid_history,
            tgt_delegation: self.tgt_delegation,
            pim: self.pim,
            claims: self.claims,
        }
    }
}
