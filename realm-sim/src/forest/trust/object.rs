//! A trusted-domain object: what one realm knows of its trust with another ([MS-ADTS] §6.1.6.7).

use std::sync::Arc;

use kerberos_core::name::Realm;
use kerberos_core::pac::Sid;

use super::sid_filter::SidPolicy;
use super::{ForestTrustInfo, TrustAttributes, TrustBoundary, TrustKeys, TrustType};
use crate::topology::{TrustDirection, TrustKind};

/// A trusted-domain object: what one realm knows of its trust with another.
///
/// Each end of a trust has one of its own; they need not agree.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// use realm_sim::forest::{Forest, TrustAttributes, TrustType};
/// use realm_sim::topology::{TrustEntry, TrustKind};
///
/// let forest = Forest::builder()
///     .realm("CORP.EXAMPLE")
///     .realm("EU.CORP.EXAMPLE")
///     .trust(TrustEntry::of_kind(TrustKind::ParentChild, "CORP.EXAMPLE", "EU.CORP.EXAMPLE"))
///     .build(Arc::new(SeededEntropy::new(7)))?;
/// let (corp, eu) = (Realm::new("CORP.EXAMPLE")?, Realm::new("EU.CORP.EXAMPLE")?);
/// let trust = forest.trust_object(&eu, &corp).ok_or("no trust")?;
/// assert_eq!(trust.direction().number(), 3);
/// assert_eq!(trust.trust_type(), TrustType::Uplevel);
/// assert_eq!(trust.attributes(), TrustAttributes::WITHIN_FOREST);
/// assert_eq!(trust.partner_netbios_name(), "CORP");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TrustObject {
    pub(super) partner: Realm,
    pub(super) partner_netbios_name: String,
    pub(super) kind: TrustKind,
    pub(super) direction: TrustDirection,
    pub(super) trust_type: TrustType,
    pub(super) attributes: TrustAttributes,
    pub(super) names: ForestTrustInfo,
    pub(super) sids: SidPolicy,
    pub(super) incoming: Option<Arc<TrustKeys>>,
    pub(super) outgoing: Option<Arc<TrustKeys>>,
}

impl TrustObject {
    /// The realm at the other end (trustPartner).
    pub const fn partner(&self) -> &Realm {
        &self.partner
    }

    /// Its NetBIOS name (flatName).
    pub fn partner_netbios_name(&self) -> &str {
        &self.partner_netbios_name
    }

    /// Its SID (securityIdentifier); a realm that is not of Active Directory has none.
    pub const fn partner_sid(&self) -> Option<Sid> {
        self.sids.partner
    }

    /// What the trust connects.
    pub const fn kind(&self) -> TrustKind {
        self.kind
    }

    /// trustDirection.
    pub const fn direction(&self) -> TrustDirection {
        self.direction
    }

    /// trustType.
    pub const fn trust_type(&self) -> TrustType {
        self.trust_type
    }

    /// trustAttributes.
    pub const fn attributes(&self) -> TrustAttributes {
        self.attributes
    }

    /// msDS-TrustForestTrustInfo.
    pub const fn names(&self) -> &ForestTrustInfo {
        &self.names
    }

    /// How far SIDs of the partner are believed.
    pub const fn boundary(&self) -> TrustBoundary {
        self.sids.boundary
    }

    /// Whether claims in a PAC that comes over this trust are kept as they are; else they are
    /// dropped, those of the device too ([MS-PAC] §4.1.2.2).
    ///
    /// Active Directory transforms claims between forests by rules, and drops what no rule
    /// allows; rules are not simulated.
    pub fn keeps_claims(&self) -> bool {
        self.boundary() == TrustBoundary::WithinForest
            || (self.sids.claims && self.boundary() != TrustBoundary::Realm)
    }

    /// Whether the trust leads on to further realms.
    pub const fn is_transitive(&self) -> bool {
        !self.attributes.contains(TrustAttributes::NON_TRANSITIVE)
    }

    /// Whether a service's ok-as-delegate says something beyond this trust: the flag that a
    /// referral TGT for the partner has ([MS-KILE] §3.3.5.7.5).
    ///
    /// `source` is that of the TGT that was presented, when another realm issued that.
    pub fn allows_delegation(&self, source: Option<bool>) -> bool {
        let has = |bit| self.attributes.contains(bit);
        let enabled = has(TrustAttributes::WITHIN_FOREST)
            || has(TrustAttributes::CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION);
        let disabled = source == Some(false)
            || has(TrustAttributes::CROSS_ORGANIZATION_NO_TGT_DELEGATION)
            || has(TrustAttributes::QUARANTINED_DOMAIN);
        enabled && !disabled
    }

    /// Our copy of the keys of `krbtgt/PARTNER@US` (trustAuthIncoming), there when the partner
    /// trusts us.
    pub fn incoming(&self) -> Option<&Arc<TrustKeys>> {
        let is_used = self.direction.is_inbound();
        self.incoming.as_ref().filter(|_| is_used)
    }

    /// Our copy of the keys of `krbtgt/US@PARTNER` (trustAuthOutgoing), there when we trust the
    /// partner.
    pub fn outgoing(&self) -> Option<&Arc<TrustKeys>> {
        let is_used = self.direction.is_outbound();
        self.outgoing.as_ref().filter(|_| is_used)
    }

    pub(super) const fn sid_policy(&self) -> &SidPolicy {
        &self.sids
    }

    /// Whether this is the trust with `realm`, by its DNS or NetBIOS name.
    pub(in crate::forest) fn is_with(&self, realm: &str) -> bool {
        self.partner.as_str().eq_ignore_ascii_case(realm)
            || self.partner_netbios_name.eq_ignore_ascii_case(realm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(bits: u32) -> TrustObject {
        TrustObject {
            partner: Realm::new("B").unwrap(),
            partner_netbios_name: "B".to_owned(),
            kind: TrustKind::Forest,
            direction: TrustDirection::Bidirectional,
            trust_type: TrustType::Uplevel,
            attributes: TrustAttributes::from_bits(bits),
            names: ForestTrustInfo::default(),
            sids: SidPolicy {
                boundary: TrustBoundary::of(TrustAttributes::from_bits(bits), false),
                partner: None,
                partner_domains: Vec::new(),
                own_domains: Vec::new(),
                claims: false,
                own_sids_pass: false,
            },
            incoming: None,
            outgoing: None,
        }
    }

    /// [MS-KILE] §3.3.5.7.5
    #[test]
    fn delegation_follows_the_attributes_and_the_ticket_before() {
        for (bits, source, expected) in [
            (0x20, None, true),
            (0x20, Some(true), true),
            (0x20, Some(false), false),
            (0x24, None, false),
            (0x220, None, false),
            (0x8, None, false),
            (0x808, None, true),
            (0x808, Some(false), false),
            (0xa08, None, false),
            (0x80c, None, false),
        ] {
            let allowed = object(bits).allows_delegation(source);
            assert_eq!(allowed, expected, "{bits:#x} {source:?}");
        }
    }

    #[test]
    fn claims_stay_within_a_forest_unless_they_are_wanted() {
        assert!(object(0x20).keeps_claims());
        assert!(!object(0x24).keeps_claims());
        assert!(!object(0x8).keeps_claims());
        let mut wanted = object(0x8);
        wanted.sids.claims = true;
        assert!(wanted.keeps_claims());
        wanted.sids.boundary = TrustBoundary::Realm;
        assert!(!wanted.keeps_claims());
    }
}
