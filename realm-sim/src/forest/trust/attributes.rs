//! What a trusted-domain object says of its trust, in the numbers of [MS-ADTS].

use std::fmt;
use std::ops::BitOr;

use crate::topology::{TrustEntry, TrustKind, TrustSide};

/// trustAttributes ([MS-ADTS] §6.1.6.7.9).
///
/// ```
/// use realm_sim::forest::TrustAttributes;
///
/// let attributes = TrustAttributes::FOREST_TRANSITIVE | TrustAttributes::CROSS_ORGANIZATION;
/// assert_eq!(attributes.bits(), 0x18);
/// assert!(attributes.contains(TrustAttributes::CROSS_ORGANIZATION));
/// assert!(!attributes.contains(TrustAttributes::QUARANTINED_DOMAIN));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TrustAttributes(u32);

impl TrustAttributes {
    /// Only between the two realms.
    pub const NON_TRANSITIVE: Self = Self(0x1);
    /// Only SIDs of the partner itself are accepted.
    pub const QUARANTINED_DOMAIN: Self = Self(0x4);
    /// Between the roots of two forests.
    pub const FOREST_TRANSITIVE: Self = Self(0x8);
    /// Selective authentication.
    pub const CROSS_ORGANIZATION: Self = Self(0x10);
    /// Between two domains of one forest.
    pub const WITHIN_FOREST: Self = Self(0x20);
    /// SIDs are filtered as over an external trust.
    pub const TREAT_AS_EXTERNAL: Self = Self(0x40);
    /// The keys of a realm trust may be RC4's.
    pub const USES_RC4_ENCRYPTION: Self = Self(0x80);
    /// TGTs are not delegated across.
    pub const CROSS_ORGANIZATION_NO_TGT_DELEGATION: Self = Self(0x200);
    /// The partner gives privileges of this forest.
    pub const PIM_TRUST: Self = Self(0x400);
    /// TGTs may be delegated across.
    pub const CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION: Self = Self(0x800);

    /// The set with these bits; unknown ones are kept.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The bits, as the attribute has them.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether every bit of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    fn with_if(self, condition: bool, other: Self) -> Self {
        if condition { self | other } else { self }
    }

    /// The attributes of one end of a trust.
    pub(super) fn of(entry: &TrustEntry, side: &TrustSide) -> Self {
        let kind = entry.kind;
        let base = match kind {
            TrustKind::ParentChild | TrustKind::Shortcut | TrustKind::TreeRoot => {
                Self::WITHIN_FOREST
            }
            TrustKind::Forest => Self::FOREST_TRANSITIVE,
            TrustKind::External => Self::NON_TRANSITIVE,
            TrustKind::Realm => {
                let rc4 = entry.etypes.as_ref().is_some_and(|all| all.contains(&RC4));
                Self::default()
                    .with_if(!entry.transitive, Self::NON_TRANSITIVE)
                    .with_if(rc4, Self::USES_RC4_ENCRYPTION)
            }
        };
        // Windows quarantines the domains of external trusts since Windows Server 2003.
        let is_quarantined = side.quarantined.unwrap_or(kind == TrustKind::External);
        base.with_if(is_quarantined, Self::QUARANTINED_DOMAIN)
            .with_if(side.selective_authentication, Self::CROSS_ORGANIZATION)
            .with_if(side.sid_history || side.pim, Self::TREAT_AS_EXTERNAL)
            .with_if(side.pim, Self::PIM_TRUST)
            .with_if(
                side.tgt_delegation == Some(false),
                Self::CROSS_ORGANIZATION_NO_TGT_DELEGATION,
            )
            .with_if(
                side.tgt_delegation == Some(true),
                Self::CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION,
            )
    }
}

impl BitOr for TrustAttributes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for TrustAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

/// trustType ([MS-ADTS] §6.1.6.7.15): what the partner is.
///
/// Example: [`TrustObject`](super::TrustObject).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrustType {
    /// A domain of Windows NT 4.0.
    Downlevel,
    /// A domain of Active Directory.
    Uplevel,
    /// A Kerberos realm that is not of Active Directory.
    Mit,
    /// A cell of DCE.
    Dce,
    /// A realm in Microsoft Entra.
    Entra,
}

impl TrustType {
    /// The type with this value.
    #[cfg(feature = "journal")]
    pub(super) fn of_number(number: u32) -> Option<Self> {
        let all = [
            Self::Downlevel,
            Self::Uplevel,
            Self::Mit,
            Self::Dce,
            Self::Entra,
        ];
        all.into_iter().find(|known| known.number() == number)
    }

    /// The value of the attribute.
    pub const fn number(self) -> u32 {
        match self {
            Self::Downlevel => 1,
            Self::Uplevel => 2,
            Self::Mit => 3,
            Self::Dce => 4,
            Self::Entra => 5,
        }
    }
}

/// rc4-hmac, by number.
const RC4: i32 = 23;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::TrustDirection;

    fn bits(adjust: impl FnOnce(&mut TrustEntry)) -> u32 {
        let mut entry = TrustEntry::new("A", "B", TrustDirection::Bidirectional);
        adjust(&mut entry);
        TrustAttributes::of(&entry, &entry.own_side()).bits()
    }

    /// [MS-ADTS] §6.1.6.7.9
    #[test]
    fn the_kind_decides_the_attributes() {
        for (kind, expected) in [
            (TrustKind::ParentChild, 0x20),
            (TrustKind::TreeRoot, 0x20),
            (TrustKind::Shortcut, 0x20),
            (TrustKind::Forest, 0x8),
            (TrustKind::External, 0x5),
            (TrustKind::Realm, 0x1),
        ] {
            assert_eq!(bits(|entry| entry.kind = kind), expected, "{kind:?}");
        }
    }

    #[test]
    fn what_an_administrator_sets_is_added() {
        assert_eq!(bits(|e| e.selective_authentication = true), 0x18);
        assert_eq!(bits(|e| e.quarantined = Some(true)), 0xc);
        assert_eq!(bits(|e| e.sid_history = true), 0x48);
        assert_eq!(bits(|e| e.tgt_delegation = Some(false)), 0x208);
        assert_eq!(bits(|e| e.tgt_delegation = Some(true)), 0x808);
        assert_eq!(bits(|e| e.pim = true), 0x448);
        let external = |e: &mut TrustEntry| {
            e.kind = TrustKind::External;
            e.quarantined = Some(false);
        };
        assert_eq!(bits(external), 0x1);
        let mit = |e: &mut TrustEntry| {
            e.kind = TrustKind::Realm;
            e.transitive = true;
            e.etypes = Some(vec![18, 23]);
        };
        assert_eq!(bits(mit), 0x80);
    }

    /// [MS-ADTS] §6.1.6.7.12, §6.1.6.7.15
    #[test]
    fn directions_and_types_have_the_numbers_of_the_attributes() {
        let directions = [
            TrustDirection::Disabled,
            TrustDirection::Inbound,
            TrustDirection::Outbound,
            TrustDirection::Bidirectional,
        ];
        assert_eq!(directions.map(TrustDirection::number), [0, 1, 2, 3]);
        assert_eq!(directions.map(|d| d.reversed().number()), [0, 2, 1, 3]);
        let types = [
            TrustType::Downlevel,
            TrustType::Uplevel,
            TrustType::Mit,
            TrustType::Dce,
            TrustType::Entra,
        ];
        assert_eq!(types.map(TrustType::number), [1, 2, 3, 4, 5]);
        #[cfg(feature = "journal")]
        assert_eq!(
            (1..=5).filter_map(TrustType::of_number).collect::<Vec<_>>(),
            types
        );
    }
}
