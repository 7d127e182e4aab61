//! Which SIDs and claims of a foreign PAC are believed ([MS-PAC] §4.1.2.2).
//!
//! The domain that a referral TGT comes to looks at the trust it came over. Nothing that a
//! partner says of domains which are not its own is believed, and nothing that it says about ours.

use kerberos_core::pac::{DomainGroups, LogonInfo, Sid, SidAndAttributes, UserFlags};

use super::{TrustAttributes, TrustObject};

/// How far a partner is believed.
///
/// Example: [`filter_sids`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrustBoundary {
    /// Another forest: for the SIDs of its own domains.
    CrossForest,
    /// A domain outside of the forest, without quarantine: for all but what is this forest's or
    /// what any forest has.
    External,
    /// A forest that gives privileges of this one: for SIDs of this forest too.
    PrivilegedIdentity,
    /// A domain outside of the forest: for its own SIDs.
    QuarantinedExternal,
    /// A domain of this forest that is not trusted much: for its own SIDs.
    QuarantinedWithinForest,
    /// A realm without PACs: for none.
    Realm,
    /// A domain of this forest.
    WithinForest,
}

impl TrustBoundary {
    /// The boundary that a trust with these attributes is; `is_mit` says that the partner is not
    /// of Active Directory.
    pub fn of(attributes: TrustAttributes, is_mit: bool) -> Self {
        let has = |bit| attributes.contains(bit);
        let is_quarantined = has(TrustAttributes::QUARANTINED_DOMAIN);
        if is_mit {
            Self::Realm
        } else if has(TrustAttributes::WITHIN_FOREST) {
            if is_quarantined {
                Self::QuarantinedWithinForest
            } else {
                Self::WithinForest
            }
        } else if is_quarantined {
            Self::QuarantinedExternal
        } else if !has(TrustAttributes::FOREST_TRANSITIVE) {
            Self::External
        } else if !has(TrustAttributes::TREAT_AS_EXTERNAL) {
            Self::CrossForest
        } else if has(TrustAttributes::PIM_TRUST) {
            Self::PrivilegedIdentity
        } else {
            Self::External
        }
    }

    const fn is_within_forest(self) -> bool {
        matches!(self, Self::WithinForest | Self::QuarantinedWithinForest)
    }
}

/// The partner vouches for a user whom it cannot have.
///
/// The KDC answers KDC_ERR_POLICY; the status is STATUS_DOMAIN_TRUST_INCONSISTENT.
///
/// Example: [`filter_sids`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForeignLogonError {
    /// The domain of the user is not one of the partner's.
    #[error("KDC_ERR_POLICY (12): the trusted realm {partner} has no domain {domain}")]
    ForeignDomain {
        /// The partner.
        partner: String,
        /// The user's domain, as the PAC has it.
        domain: Sid,
    },
    /// The PAC names no domain, or the trust lets no PAC through.
    #[error("KDC_ERR_POLICY (12): the trusted realm {partner} cannot vouch for a PAC")]
    NoDomain {
        /// The partner.
        partner: String,
    },
}

/// What of a foreign user's logon information is believed, for one who came over `trust`.
///
/// Over a trust with selective authentication the user becomes a member of Other Organization
/// ([MS-KILE] §3.3.5.7.5).
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// use kerberos_core::pac::{LogonInfo, Sid, SidAndAttributes};
/// use realm_sim::forest::{Forest, TrustBoundary, filter_sids};
/// use realm_sim::topology::{TrustEntry, TrustKind};
///
/// let forest = Forest::builder()
///     .realm("CORP.EXAMPLE")
///     .realm("PARTNER.EXAMPLE")
///     .trust(TrustEntry::of_kind(TrustKind::Forest, "CORP.EXAMPLE", "PARTNER.EXAMPLE"))
///     .build(Arc::new(SeededEntropy::new(7)))?;
/// let (corp, partner) = (Realm::new("CORP.EXAMPLE")?, Realm::new("PARTNER.EXAMPLE")?);
/// let trust = forest.trust_object(&corp, &partner).ok_or("no trust")?;
/// assert_eq!(trust.boundary(), TrustBoundary::CrossForest);
///
/// let theirs: Sid = trust.partner_sid().ok_or("no SID")?;
/// let mut info = LogonInfo::new("bob", theirs, 1107, 513);
/// // Enterprise Admins of CORP.EXAMPLE, which is not PARTNER.EXAMPLE's to give.
/// let ours = forest.domain(&corp).ok_or("no realm")?.sid();
/// info.add_extra_sid(SidAndAttributes::new(ours.with_relative_id(519)?));
/// assert!(filter_sids(&trust, info)?.extra_sids.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ForeignLogonError`] when the user's own domain is not one that the partner may vouch for.
pub fn filter_sids(
    trust: &TrustObject,
    mut filtered: LogonInfo,
) -> Result<LogonInfo, ForeignLogonError> {
    let partner = || trust.partner().to_string();
    let policy = trust.sid_policy();
    let domain = filtered
        .logon_domain_id
        .filter(|_| policy.boundary != TrustBoundary::Realm)
        .ok_or_else(|| ForeignLogonError::NoDomain { partner: partner() })?;
    if !policy.may_have_users_of(&domain) {
        return Err(ForeignLogonError::ForeignDomain {
            partner: partner(),
            domain,
        });
    }
    filtered
        .extra_sids
        .retain(|entry| policy.believes(&entry.sid));
    if filtered.extra_sids.is_empty() {
        filtered.user_flags = filtered.user_flags.without(UserFlags::EXTRA_SIDS);
    }
    filtered.resource_groups = filtered.resource_groups.and_then(|mut groups| {
        groups.groups.retain(|group| {
            let sid = groups.domain.with_relative_id(group.relative_id);
            sid.is_ok_and(|sid| policy.believes(&sid))
        });
        Some(groups).filter(|groups: &DomainGroups| !groups.groups.is_empty())
    });
    if filtered.resource_groups.is_none() {
        filtered.user_flags = filtered.user_flags.without(UserFlags::RESOURCE_GROUPS);
    }
    let marks_strangers = trust
        .attributes()
        .contains(TrustAttributes::CROSS_ORGANIZATION);
    let is_marked = filtered
        .extra_sids
        .iter()
        .any(|entry| entry.sid == Sid::OTHER_ORGANIZATION);
    if marks_strangers && !is_marked {
        filtered.add_extra_sid(SidAndAttributes::new(Sid::OTHER_ORGANIZATION));
    }
    Ok(filtered)
}

/// What a trust object knows about SIDs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SidPolicy {
    pub(super) boundary: TrustBoundary,
    /// The partner itself, where it has a SID.
    pub(super) partner: Option<Sid>,
    /// The domains of the partner's forest.
    pub(super) partner_domains: Vec<Sid>,
    /// The domains of our own forest.
    pub(super) own_domains: Vec<Sid>,
    /// Whether claims are believed.
    pub(super) claims: bool,
    /// Whether over an external boundary SIDs of our own forest pass whose relative id is an
    /// ordinary one.
    pub(super) own_sids_pass: bool,
}

impl SidPolicy {
    /// Whether the partner can have users of this domain.
    fn may_have_users_of(&self, domain: &Sid) -> bool {
        match self.boundary {
            TrustBoundary::WithinForest => true,
            TrustBoundary::Realm => false,
            TrustBoundary::QuarantinedExternal | TrustBoundary::QuarantinedWithinForest => {
                self.partner.as_ref() == Some(domain)
            }
            TrustBoundary::CrossForest
            | TrustBoundary::External
            | TrustBoundary::PrivilegedIdentity => self.is_partners(domain),
        }
    }

    /// Whether the partner is believed to give this SID.
    fn believes(&self, sid: &Sid) -> bool {
        match SidClass::of(sid) {
            SidClass::Never => false,
            SidClass::Anywhere => true,
            SidClass::Forest => self.boundary.is_within_forest(),
            SidClass::Claims => match self.boundary {
                TrustBoundary::WithinForest => true,
                _ => self.claims,
            },
            SidClass::OfDomain {
                domain,
                relative_id,
            } => self.believes_of_domain(&domain, relative_id),
            SidClass::Other => self.boundary == TrustBoundary::WithinForest,
        }
    }

    fn believes_of_domain(&self, domain: &Sid, relative_id: u32) -> bool {
        let is_ordinary = relative_id >= FIRST_ORDINARY;
        let is_ours = self.own_domains.contains(domain);
        match self.boundary {
            TrustBoundary::WithinForest => true,
            TrustBoundary::Realm => false,
            TrustBoundary::QuarantinedExternal | TrustBoundary::QuarantinedWithinForest => {
                self.partner.as_ref() == Some(domain)
            }
            TrustBoundary::CrossForest => self.is_partners(domain),
            TrustBoundary::External => {
                self.is_partners(domain) || (is_ordinary && (!is_ours || self.own_sids_pass))
            }
            TrustBoundary::PrivilegedIdentity => self.is_partners(domain) || is_ours || is_ordinary,
        }
    }

    fn is_partners(&self, domain: &Sid) -> bool {
        self.partner.as_ref() == Some(domain) || self.partner_domains.contains(domain)
    }
}

/// What a SID stands for, as far as trusts are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SidClass {
    /// Says how somebody logged on to a machine, or belongs to the machine itself.
    Never,
    /// Says how a KDC came to know the user, or that he is a stranger.
    Anywhere,
    /// Stands for the same in all domains of one forest.
    Forest,
    /// Comes with claims. The document filters these never; here they stay where the claims stay that
    /// they announce.
    Claims,
    /// An account or group of a domain.
    OfDomain { domain: Sid, relative_id: u32 },
    /// Anything else.
    Other,
}

impl SidClass {
    fn of(sid: &Sid) -> Self {
        if *sid == Sid::ENTERPRISE_DOMAIN_CONTROLLERS {
            return Self::Forest;
        }
        if *sid == Sid::CLAIMS_VALID || *sid == Sid::COMPOUNDED_AUTHENTICATION {
            return Self::Claims;
        }
        match (sid.authority(), sid.sub_authorities()) {
            // Null, world, local, creator; site server, Internet site, Exchange, resource manager.
            // That integrity levels stay behind too is a choice.
            (0..=3 | 6..=9 | 16, _) => Self::Never,
            // Non-unique; Passport.
            (4 | 10, _) => Self::Anywhere,
            (NT, [DOMAINS, a, b, c, relative_id]) => {
                Sid::new(NT, &[DOMAINS, *a, *b, *c]).map_or(Self::Other, |domain| Self::OfDomain {
                    domain,
                    relative_id: *relative_id,
                })
            }
            (NT, [THIS_ORGANIZATION]) => Self::Anywhere,
            // How somebody logged on, the accounts of a machine, its own groups, and what is no
            // account of a domain.
            (NT, [] | [0..FIRST_EXTENSIBLE, ..]) => Self::Never,
            (NT, _) => Self::Anywhere,
            // Asserted identities: a choice, the document has no row for them.
            (18, _) => Self::Anywhere,
            _ => Self::Other,
        }
    }
}

/// Relative ids below this one are the same in every domain.
const FIRST_ORDINARY: u32 = 1000;

/// SECURITY_NT_AUTHORITY.
const NT: u64 = 5;

/// SECURITY_NT_NON_UNIQUE.
const DOMAINS: u32 = 21;

/// This Organization.
const THIS_ORGANIZATION: u32 = 15;

/// Other Organization, and the first of those that are not Windows' own.
const FIRST_EXTENSIBLE: u32 = 1000;

#[cfg(test)]
mod tests;
