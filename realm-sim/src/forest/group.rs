//! Groups, and what an account is a member of in the end.

use std::collections::HashSet;

use kerberos_core::pac::{GroupAttributes, GroupMembership, Sid, SidAndAttributes};

use super::{Account, DirectoryError};

/// Relative ids that are the same in every domain ([MS-DTYP] §2.4.2.4).
pub mod well_known {
    /// The account of the first administrator.
    pub const ADMINISTRATOR: u32 = 500;
    /// The guest account.
    pub const GUEST: u32 = 501;
    /// The account of the ticket-granting service.
    pub const KRBTGT: u32 = 502;
    /// Domain Admins.
    pub const DOMAIN_ADMINS: u32 = 512;
    /// Domain Users.
    pub const DOMAIN_USERS: u32 = 513;
    /// Domain Guests.
    pub const DOMAIN_GUESTS: u32 = 514;
    /// Domain Computers.
    pub const DOMAIN_COMPUTERS: u32 = 515;
    /// Domain Controllers.
    pub const DOMAIN_CONTROLLERS: u32 = 516;
    /// Enterprise Admins.
    pub const ENTERPRISE_ADMINS: u32 = 519;
    /// Read-only Domain Controllers.
    pub const READ_ONLY_DOMAIN_CONTROLLERS: u32 = 521;
    /// Protected Users.
    pub const PROTECTED_USERS: u32 = 525;
    /// Allowed RODC Password Replication Group.
    pub const ALLOWED_RODC_REPLICATION: u32 = 571;
    /// Denied RODC Password Replication Group.
    pub const DENIED_RODC_REPLICATION: u32 = 572;
}

/// The groups that every domain has.
const BUILT_IN: [(&str, u32, GroupScope); 10] = [
    (
        "Domain Admins",
        well_known::DOMAIN_ADMINS,
        GroupScope::Global,
    ),
    ("Domain Users", well_known::DOMAIN_USERS, GroupScope::Global),
    (
        "Domain Guests",
        well_known::DOMAIN_GUESTS,
        GroupScope::Global,
    ),
    (
        "Domain Computers",
        well_known::DOMAIN_COMPUTERS,
        GroupScope::Global,
    ),
    (
        "Domain Controllers",
        well_known::DOMAIN_CONTROLLERS,
        GroupScope::Global,
    ),
    (
        "Enterprise Admins",
        well_known::ENTERPRISE_ADMINS,
        GroupScope::Universal,
    ),
    (
        "Read-only Domain Controllers",
        well_known::READ_ONLY_DOMAIN_CONTROLLERS,
        GroupScope::Global,
    ),
    (
        "Protected Users",
        well_known::PROTECTED_USERS,
        GroupScope::Global,
    ),
    (
        "Allowed RODC Password Replication Group",
        well_known::ALLOWED_RODC_REPLICATION,
        GroupScope::DomainLocal,
    ),
    (
        "Denied RODC Password Replication Group",
        well_known::DENIED_RODC_REPLICATION,
        GroupScope::DomainLocal,
    ),
];

/// Where a group counts.
///
/// Example: [`Domain`](super::Domain).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupScope {
    /// Members of its own domain; counts everywhere.
    #[default]
    Global,
    /// Members of the forest; counts everywhere.
    Universal,
    /// Members from anywhere; counts in its own domain.
    DomainLocal,
}

/// A group of a domain.
///
/// Example: [`Domain`](super::Domain).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The sAMAccountName.
    pub name: String,
    /// The SID.
    pub sid: Sid,
    /// Where it counts.
    pub scope: GroupScope,
    /// The groups that list this one as a member.
    pub member_of: Vec<Sid>,
    /// Members from other domains, accounts and groups.
    pub foreign_members: Vec<Sid>,
}

/// All that an account is a member of, directly or through other groups.
///
/// Example: [`Domain`](super::Domain).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Memberships {
    /// Global and universal groups of the account's domain, the primary one first.
    pub global: Vec<GroupMembership>,
    /// Groups of other domains of the forest.
    pub foreign: Vec<SidAndAttributes>,
    /// Domain-local groups of this domain.
    pub local: Vec<GroupMembership>,
}

/// The groups of one domain.
#[derive(Debug)]
pub(super) struct Groups {
    domain: Sid,
    groups: Vec<Group>,
}

impl Groups {
    /// Those that every domain has.
    pub(super) fn built_in(domain: &Sid) -> Self {
        let groups = BUILT_IN.iter().filter_map(|(name, relative_id, scope)| {
            Some(Group {
                name: (*name).to_owned(),
                sid: domain.with_relative_id(*relative_id).ok()?,
                scope: *scope,
                member_of: Vec::new(),
                foreign_members: Vec::new(),
            })
        });
        Self {
            domain: *domain,
            groups: groups.collect(),
        }
    }

    /// Adds a group; its name when that is taken.
    pub(super) fn insert(&mut self, group: Group) -> Result<(), String> {
        if self.named(&group.name).is_some() {
            return Err(group.name);
        }
        self.groups.push(group);
        Ok(())
    }

    /// Takes a group away, also as what others are members of.
    pub(super) fn remove(&mut self, name: &str) -> Result<Group, DirectoryError> {
        let at = self
            .groups
            .iter()
            .position(|group| group.name.eq_ignore_ascii_case(name));
        let group = at.map(|at| self.groups.remove(at)).ok_or_else(|| {
            let (what, name) = ("group", name.to_owned());
            DirectoryError::NotFound { what, name }
        })?;
        for other in &mut self.groups {
            other.member_of.retain(|sid| *sid != group.sid);
        }
        Ok(group)
    }

    /// Takes all groups away.
    #[cfg(feature = "journal")]
    pub(super) fn clear(&mut self) {
        self.groups.clear();
    }

    /// Whether an account is in this group, directly or through others.
    pub(super) fn is_member(&self, account: &Account, group: u32) -> bool {
        let Ok(wanted) = self.domain.with_relative_id(group) else {
            return false;
        };
        let attributes = account.attributes();
        let primary = self.domain.with_relative_id(attributes.primary_group);
        let direct = attributes.member_of.iter().chain(&primary);
        if direct.clone().any(|sid| *sid == wanted) {
            return true;
        }
        let above = direct.filter_map(|sid| self.of(sid));
        let mut reached: Vec<Sid> = above.flat_map(|it| &it.member_of).copied().collect();
        let mut at = 0;
        while let Some(sid) = reached.get(at) {
            if *sid == wanted {
                return true;
            }
            let above = self.of(sid).map_or(&[][..], |group| &group.member_of);
            for sid in above {
                if !reached.contains(sid) {
                    reached.push(*sid);
                }
            }
            at += 1;
        }
        false
    }

    pub(super) fn add_foreign_member(
        &mut self,
        name: &str,
        member: Sid,
    ) -> Result<(), DirectoryError> {
        self.named_mut(name)?.foreign_members.push(member);
        Ok(())
    }

    /// Makes a group a member of these and of no others.
    pub(super) fn put_into(&mut self, name: &str, groups: &[Sid]) -> Result<Group, DirectoryError> {
        let group = self.named_mut(name)?;
        group.member_of = groups.to_vec();
        Ok(group.clone())
    }

    fn named_mut(&mut self, name: &str) -> Result<&mut Group, DirectoryError> {
        let mut groups = self.groups.iter_mut();
        let found = groups.find(|group| group.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| DirectoryError::NotFound {
            what: "group",
            name: name.to_owned(),
        })
    }

    /// The group with this sAMAccountName, whatever its case.
    pub(super) fn named(&self, name: &str) -> Option<&Group> {
        self.groups
            .iter()
            .find(|group| group.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }

    fn of(&self, sid: &Sid) -> Option<&Group> {
        self.groups.iter().find(|group| group.sid == *sid)
    }

    /// All that an account of this domain is a member of ([MS-PAC] §4.1.2.1).
    pub(super) fn memberships(&self, account: &Account) -> Memberships {
        let attributes = account.attributes();
        let primary = self.domain.with_relative_id(attributes.primary_group).ok();
        self.reached_from(
            primary
                .into_iter()
                .chain(attributes.member_of.iter().copied()),
        )
    }

    /// The domain-local groups that somebody with these SIDs is in, through groups of this domain
    /// among them, as a stranger, or through `direct`.
    pub(super) fn local_groups_of(
        &self,
        sids: &[Sid],
        direct: impl Iterator<Item = Sid>,
    ) -> Vec<GroupMembership> {
        let listed = |group: &&Group| group.foreign_members.iter().any(|sid| sids.contains(sid));
        let as_stranger = self.groups.iter().filter(listed).map(|group| group.sid);
        let own = sids.iter().filter_map(|sid| self.of(sid));
        let nested = own.flat_map(|group| group.member_of.iter().copied());
        self.reached_from(direct.chain(as_stranger).chain(nested))
            .local
    }

    fn reached_from(&self, start: impl IntoIterator<Item = Sid>) -> Memberships {
        let mut waiting: Vec<Sid> = start.into_iter().collect();
        waiting.reverse();
        let mut seen = HashSet::new();
        let mut found = Memberships::default();
        while let Some(sid) = waiting.pop() {
            if !seen.insert(sid) {
                continue;
            }
            let Some(group) = self.of(&sid) else {
                if !sid.is_of_domain(&self.domain) {
                    found.foreign.push(SidAndAttributes::new(sid));
                } else if let Some(relative_id) = sid.relative_id() {
                    found.global.push(GroupMembership::new(relative_id));
                }
                continue;
            };
            if let Some(relative_id) = sid.relative_id() {
                let mut membership = GroupMembership::new(relative_id);
                if group.scope == GroupScope::DomainLocal {
                    membership.attributes = GroupAttributes::DEFAULT | GroupAttributes::RESOURCE;
                    found.local.push(membership);
                } else {
                    found.global.push(membership);
                }
            }
            waiting.extend(group.member_of.iter().copied());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kerberos_core::entropy::SeededEntropy;
    use kerberos_core::name::Realm;

    use super::*;
    use crate::forest::{Forest, UserAccountControl};

    #[test]
    fn membership_follows_groups_in_groups_once_even_in_a_circle() {
        let forest = Forest::demo(Arc::new(SeededEntropy::new(1))).unwrap();
        let domain = forest.domain(&Realm::new("CONTOSO.COM").unwrap()).unwrap();
        let local = domain
            .create_group("Printers", GroupScope::DomainLocal, &[])
            .unwrap();
        let outer = domain
            .create_group("Outer", GroupScope::Universal, &[local.sid])
            .unwrap();
        let inner = domain
            .create_group("Inner", GroupScope::Global, &[outer.sid, outer.sid])
            .unwrap();
        let elsewhere: Sid = "S-1-5-21-9-9-9-1200".parse().unwrap();
        let alice = domain
            .change("alice", |attributes| {
                attributes.member_of = vec![inner.sid, elsewhere];
                attributes.control |= UserAccountControl::NOT_DELEGATED;
            })
            .unwrap();
        let found = domain.memberships(&alice);
        let global: Vec<_> = found.global.iter().map(|group| group.relative_id).collect();
        let relative_id = |group: &Group| group.sid.relative_id().unwrap();
        assert_eq!(global, [513, relative_id(&inner), relative_id(&outer)]);
        assert_eq!(found.foreign, [SidAndAttributes::new(elsewhere)]);
        assert_eq!(found.local.len(), 1);
        assert!(
            found.local[0]
                .attributes
                .contains(GroupAttributes::RESOURCE)
        );
    }

    #[test]
    fn strangers_are_members_of_the_local_groups_that_list_them() {
        let forest = Forest::demo(Arc::new(SeededEntropy::new(1))).unwrap();
        let domain = forest.domain(&Realm::new("CONTOSO.COM").unwrap()).unwrap();
        let stranger: Sid = "S-1-5-21-9-9-9-1200".parse().unwrap();
        domain
            .create_group("Printers", GroupScope::DomainLocal, &[])
            .unwrap();
        assert!(domain.local_groups_of(&[stranger]).is_empty());
        domain.add_foreign_member("printers", stranger).unwrap();
        assert_eq!(domain.local_groups_of(&[stranger]).len(), 1);
        assert!(domain.add_foreign_member("nobody", stranger).is_err());
    }
}
