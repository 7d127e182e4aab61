//! The names that lie behind a trust ([MS-ADTS] §6.1.6.9.3, §6.1.6.9.3.2).
//!
//! A trust object lists the top-level names that its partner claims, what is excluded from them,
//! and the domains of the partner's forest. Names that contradict what is already there are kept
//! but disabled.

use kerberos_core::pac::{FileTime, Sid};

use crate::forest::route::{covers, normal_suffix};

/// A record of msDS-TrustForestTrustInfo.
///
/// Example: [`ForestTrustInfo`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameRecord {
    /// Why the record does not count; 0 when it does.
    pub flags: u32,
    /// When it was made.
    pub since: FileTime,
    /// What it says.
    pub content: NameContent,
}

/// What a record says.
///
/// Example: [`ForestTrustInfo`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameContent {
    /// The partner claims this name and all below it.
    TopLevelName(String),
    /// It does not claim this one and what is below it.
    TopLevelNameEx(String),
    /// A domain of the partner's forest.
    DomainInfo {
        /// The DNS name.
        dns_name: String,
        /// The NetBIOS name.
        netbios_name: String,
        /// The SID.
        sid: Sid,
    },
    /// Something that this version does not know.
    Other {
        /// The number of its type.
        record_type: u8,
        /// The rest.
        data: Vec<u8>,
    },
}

impl NameRecord {
    /// A top-level name that has not been looked at yet.
    pub const TLN_DISABLED_NEW: u32 = 0x1;
    /// A top-level name that an administrator disabled.
    pub const TLN_DISABLED_ADMIN: u32 = 0x2;
    /// A top-level name that another trust or the own forest has.
    pub const TLN_DISABLED_CONFLICT: u32 = 0x4;
    /// A domain whose SID an administrator disabled.
    pub const SID_DISABLED_ADMIN: u32 = 0x1;
    /// A domain whose SID another one has.
    pub const SID_DISABLED_CONFLICT: u32 = 0x2;
    /// A domain whose NetBIOS name an administrator disabled.
    pub const NB_DISABLED_ADMIN: u32 = 0x4;
    /// A domain whose NetBIOS name another one has.
    pub const NB_DISABLED_CONFLICT: u32 = 0x8;

    /// Whether nothing disables it.
    pub const fn is_enabled(&self) -> bool {
        self.flags == 0
    }
}

/// msDS-TrustForestTrustInfo: what a trust object says of its partner's names.
///
/// ```
/// # use std::sync::Arc;
/// # use kerberos_core::entropy::SeededEntropy;
/// # use kerberos_core::name::Realm;
/// # use realm_sim::forest::Forest;
/// # let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
/// use realm_sim::forest::NameContent;
///
/// let (ours, cloud) = (Realm::new("CONTOSO.COM")?, Realm::new("KERBEROS.MICROSOFTONLINE.COM")?);
/// let trust = forest.trust_object(&ours, &cloud).ok_or("no trust")?;
/// let claimed = &trust.names().records()[0];
/// assert!(claimed.is_enabled());
/// assert_eq!(claimed.content, NameContent::TopLevelName("windows.net".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForestTrustInfo {
    records: Vec<NameRecord>,
    /// When new records are made.
    since: FileTime,
}

/// A domain, as others list it.
#[derive(Debug, Clone)]
pub(in crate::forest) struct ListedDomain {
    pub(in crate::forest) dns_name: String,
    pub(in crate::forest) netbios_name: String,
    pub(in crate::forest) sid: Sid,
    pub(in crate::forest) upn_suffixes: Vec<String>,
}

impl ForestTrustInfo {
    /// No records; those that are added are made then.
    pub(super) fn since(since: FileTime) -> Self {
        Self {
            since,
            ..Self::default()
        }
    }

    /// These records.
    pub(super) fn from_records(records: Vec<NameRecord>) -> Self {
        Self {
            records,
            ..Self::default()
        }
    }

    /// When new records are made.
    #[cfg(feature = "journal")]
    pub(super) const fn made(&self) -> FileTime {
        self.since
    }

    /// The same, with new records that are made then.
    #[cfg(feature = "journal")]
    #[must_use]
    pub(super) const fn made_at(mut self, since: FileTime) -> Self {
        self.since = since;
        self
    }

    /// Every record.
    pub fn records(&self) -> &[NameRecord] {
        &self.records
    }

    /// Adds what the partner claims.
    pub(super) fn claim(&mut self, name: &str) {
        self.push(NameContent::TopLevelName(normal_suffix(name)));
    }

    /// Adds what it does not.
    pub(super) fn exclude(&mut self, name: &str) {
        self.push(NameContent::TopLevelNameEx(normal_suffix(name)));
    }

    /// Adds a domain of its forest.
    pub(super) fn list(&mut self, domain: &ListedDomain) {
        self.push(NameContent::DomainInfo {
            dns_name: domain.dns_name.to_lowercase(),
            netbios_name: domain.netbios_name.clone(),
            sid: domain.sid,
        });
    }

    fn push(&mut self, content: NameContent) {
        if !self.records.iter().any(|record| record.content == content) {
            self.records.push(NameRecord {
                flags: 0,
                since: self.since,
                content,
            });
        }
    }

    /// An administrator disables a claimed name; false when it is not claimed.
    pub(super) fn disable(&mut self, name: &str) -> bool {
        let name = normal_suffix(name);
        let found = self.records.iter_mut().find(
            |record| matches!(&record.content, NameContent::TopLevelName(own) if *own == name),
        );
        if let Some(record) = found {
            record.flags |= NameRecord::TLN_DISABLED_ADMIN;
            return true;
        }
        false
    }

    /// Disables every record that contradicts the own forest or a trust that was there before
    /// ([MS-LSAD] §3.1.4.7.16.1).
    pub(super) fn disable_conflicts(&mut self, own: &OwnForest<'_>, earlier: &[&Self]) {
        let excluded: Vec<String> = self.excluded().map(ToOwned::to_owned).collect();
        for record in &mut self.records {
            record.flags |= match &record.content {
                NameContent::TopLevelName(name) => {
                    let taken = own.trees.iter().any(|tree| tree.eq_ignore_ascii_case(name))
                        || earlier
                            .iter()
                            .any(|other| other.contradicts(name, &excluded));
                    if taken {
                        NameRecord::TLN_DISABLED_CONFLICT
                    } else {
                        0
                    }
                }
                NameContent::TopLevelNameEx(_) | NameContent::Other { .. } => 0,
                NameContent::DomainInfo {
                    netbios_name, sid, ..
                } => {
                    let listed = || {
                        let others = earlier.iter().flat_map(|other| other.domains());
                        others.chain(
                            own.domains
                                .iter()
                                .map(|own| (own.netbios_name.as_str(), &own.sid)),
                        )
                    };
                    let mut flags = 0;
                    if listed().any(|(_, other)| other == sid) {
                        flags |= NameRecord::SID_DISABLED_CONFLICT;
                    }
                    if listed().any(|(other, _)| other.eq_ignore_ascii_case(netbios_name)) {
                        flags |= NameRecord::NB_DISABLED_CONFLICT;
                    }
                    flags
                }
            };
        }
    }

    /// Whether a later trust cannot claim `name`, of which it excludes `excluded`, beside this one.
    fn contradicts(&self, name: &str, excluded: &[String]) -> bool {
        self.claimed().any(|ours| {
            if ours == name {
                return true;
            }
            let left_to_them = || self.excluded().any(|gap| covers(gap, name));
            let left_to_us = || excluded.iter().any(|gap| covers(gap, ours));
            (covers(ours, name) && !left_to_them()) || (covers(name, ours) && !left_to_us())
        })
    }

    /// The names that the partner claims and nothing disables.
    pub fn claimed(&self) -> impl Iterator<Item = &str> {
        self.enabled().filter_map(|content| match content {
            NameContent::TopLevelName(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// What is excluded from them.
    pub fn excluded(&self) -> impl Iterator<Item = &str> {
        self.enabled().filter_map(|content| match content {
            NameContent::TopLevelNameEx(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The NetBIOS names and SIDs of the partner's domains that nothing disables.
    fn domains(&self) -> impl Iterator<Item = (&str, &Sid)> {
        self.enabled().filter_map(|content| match content {
            NameContent::DomainInfo {
                netbios_name, sid, ..
            } => Some((netbios_name.as_str(), sid)),
            _ => None,
        })
    }

    /// The SIDs of the partner's domains.
    pub fn sids(&self) -> impl Iterator<Item = &Sid> {
        self.records.iter().filter_map(|record| {
            let bad = NameRecord::SID_DISABLED_ADMIN | NameRecord::SID_DISABLED_CONFLICT;
            match &record.content {
                NameContent::DomainInfo { sid, .. } if record.flags & bad == 0 => Some(sid),
                _ => None,
            }
        })
    }

    /// The DNS name of the partner's domain with this DNS or NetBIOS name, whatever its case.
    pub fn domain_named(&self, name: &str) -> Option<&str> {
        let bad = NameRecord::NB_DISABLED_ADMIN | NameRecord::NB_DISABLED_CONFLICT;
        self.records
            .iter()
            .find_map(|record| match &record.content {
                NameContent::DomainInfo {
                    dns_name,
                    netbios_name,
                    ..
                } => {
                    let by_netbios =
                        netbios_name.eq_ignore_ascii_case(name) && record.flags & bad == 0;
                    (by_netbios || dns_name.eq_ignore_ascii_case(name)).then_some(dns_name.as_str())
                }
                _ => None,
            })
    }

    /// The NetBIOS names of the partner's domains, each with the DNS name.
    pub(in crate::forest) fn netbios_names(&self) -> impl Iterator<Item = (&str, &str)> {
        let bad = NameRecord::NB_DISABLED_ADMIN | NameRecord::NB_DISABLED_CONFLICT;
        self.records
            .iter()
            .filter_map(move |record| match &record.content {
                NameContent::DomainInfo {
                    dns_name,
                    netbios_name,
                    ..
                } if record.flags & bad == 0 => Some((netbios_name.as_str(), dns_name.as_str())),
                _ => None,
            })
    }

    fn enabled(&self) -> impl Iterator<Item = &NameContent> {
        self.records
            .iter()
            .filter(|record| record.is_enabled())
            .map(|record| &record.content)
    }
}

/// What the forest that holds a trust has itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnForest<'a> {
    /// The DNS names of its trees' roots.
    pub(super) trees: &'a [String],
    pub(super) domains: &'a [ListedDomain],
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: OwnForest<'_> = OwnForest {
        trees: &[],
        domains: &[],
    };

    fn info(claimed: &[&str], excluded: &[&str]) -> ForestTrustInfo {
        let mut info = ForestTrustInfo::default();
        for name in claimed {
            info.claim(name);
        }
        for name in excluded {
            info.exclude(name);
        }
        info
    }

    fn domain(netbios_name: &str, sid: &str) -> ListedDomain {
        ListedDomain {
            dns_name: format!("{netbios_name}.EXAMPLE"),
            netbios_name: netbios_name.to_owned(),
            sid: sid.parse().unwrap(),
            upn_suffixes: Vec::new(),
        }
    }

    /// [MS-LSAD] §3.1.4.7.16.1
    #[test]
    fn a_name_that_an_earlier_trust_has_is_disabled() {
        for (earlier, later, survives) in [
            (info(&["a.example"], &[]), info(&["b.example"], &[]), true),
            (info(&["a.example"], &[]), info(&["a.example"], &[]), false),
            (info(&["a.example"], &[]), info(&["A.Example."], &[]), false),
            // Below a name of the other trust, unless that one excludes it.
            (
                info(&["a.example"], &[]),
                info(&["x.a.example"], &[]),
                false,
            ),
            (
                info(&["a.example"], &["x.a.example"]),
                info(&["x.a.example"], &[]),
                true,
            ),
            // Above a name of the other trust, unless this one excludes it.
            (
                info(&["x.a.example"], &[]),
                info(&["a.example"], &[]),
                false,
            ),
            (
                info(&["x.a.example"], &[]),
                info(&["a.example"], &["x.a.example"]),
                true,
            ),
            (
                info(&["a.example"], &[]),
                info(&["not-a.example"], &[]),
                true,
            ),
        ] {
            let mut later = later;
            later.disable_conflicts(&OWN, &[&earlier]);
            let expected = if survives {
                0
            } else {
                NameRecord::TLN_DISABLED_CONFLICT
            };
            assert_eq!(later.records()[0].flags, expected, "{later:?}");
            assert_eq!(later.claimed().count(), usize::from(survives));
        }
    }

    #[test]
    fn a_disabled_name_takes_nothing_from_others() {
        let mut earlier = info(&["a.example"], &[]);
        assert!(!earlier.disable("b.example"));
        assert!(earlier.disable("*.A.example"));
        let mut later = info(&["a.example"], &[]);
        later.disable_conflicts(&OWN, &[&earlier]);
        assert_eq!(later.claimed().collect::<Vec<_>>(), ["a.example"]);
        assert_eq!(earlier.claimed().count(), 0);
    }

    #[test]
    fn trees_of_the_own_forest_cannot_be_claimed() {
        let own = OwnForest {
            trees: &["corp.example".to_owned()],
            domains: &[domain("CORP", "S-1-5-21-1-1-1")],
        };
        let mut info = info(&["corp.example", "example"], &[]);
        info.list(&domain("Corp", "S-1-5-21-2-2-2"));
        info.list(&domain("SUB", "S-1-5-21-1-1-1"));
        info.list(&domain("OTHER", "S-1-5-21-3-3-3"));
        info.disable_conflicts(&own, &[]);
        let flags: Vec<_> = info.records().iter().map(|record| record.flags).collect();
        assert_eq!(flags, [4, 0, 8, 2, 0]);
        assert_eq!(info.domain_named("corp"), None, "its NetBIOS name is ours");
        assert_eq!(info.domain_named("Corp.Example"), Some("corp.example"));
        assert_eq!(info.domain_named("other"), Some("other.example"));
        let sids: Vec<_> = info.sids().map(ToString::to_string).collect();
        assert_eq!(sids, ["S-1-5-21-2-2-2", "S-1-5-21-3-3-3"]);
    }
}
