//! Membership in groups, as logon and device information list it.

use super::bits::bit_set;
use super::ndr::{NdrReader, NdrWriter, Pointer};
use super::{PacError, Sid};

bit_set! {
    /// What a group means for access checks ([MS-PAC] §2.2.1, [MS-SAMR] §2.2.1.10).
    ///
    /// Example: [`LogonInfo`](super::LogonInfo).
    GroupAttributes {
        /// The group cannot be disabled.
        MANDATORY = 0x1;
        /// The group is enabled unless asked otherwise.
        ENABLED_BY_DEFAULT = 0x2;
        /// The group grants access.
        ENABLED = 0x4;
        /// The group can own objects.
        OWNER = 0x8;
        /// The group is a domain-local group of the resource's domain.
        RESOURCE = 0x2000_0000;
        /// Mandatory and enabled: what every ordinary membership has.
        DEFAULT = 0x7;
    }
}

/// A group of the domain that is named beside the list (GROUP_MEMBERSHIP, [MS-PAC] §2.2.2).
///
/// ```
/// use kerberos_core::pac::{GroupAttributes, GroupMembership};
///
/// let domain_users = GroupMembership::new(513);
/// assert!(domain_users.attributes.contains(GroupAttributes::ENABLED));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct GroupMembership {
    /// The group's relative identifier.
    pub relative_id: u32,
    /// What the membership means.
    pub attributes: GroupAttributes,
}

impl GroupMembership {
    /// An ordinary membership.
    pub const fn new(relative_id: u32) -> Self {
        Self {
            relative_id,
            attributes: GroupAttributes::DEFAULT,
        }
    }
}

/// A group of any domain (KERB_SID_AND_ATTRIBUTES, [MS-PAC] §2.2.1).
///
/// Example: [`LogonInfo`](super::LogonInfo).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct SidAndAttributes {
    /// The group, or what else the SID stands for.
    pub sid: Sid,
    /// What the membership means.
    pub attributes: GroupAttributes,
}

impl SidAndAttributes {
    /// An ordinary membership.
    pub const fn new(sid: Sid) -> Self {
        Self {
            sid,
            attributes: GroupAttributes::DEFAULT,
        }
    }
}

/// Groups of one domain (DOMAIN_GROUP_MEMBERSHIP, [MS-PAC] §2.2.3); in logon information the
/// domain-local groups of the domain that issued the ticket.
///
/// Example: [`LogonInfo`](super::LogonInfo).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct DomainGroups {
    /// The domain.
    pub domain: Sid,
    /// Its groups.
    pub groups: Vec<GroupMembership>,
}

impl DomainGroups {
    /// The groups by their full SIDs; one that would be too long is left out.
    pub(super) fn sids(&self) -> impl Iterator<Item = SidAndAttributes> {
        sids_of(&self.domain, &self.groups)
    }
}

/// The full SIDs of groups of `domain`.
pub(super) fn sids_of(
    domain: &Sid,
    groups: &[GroupMembership],
) -> impl Iterator<Item = SidAndAttributes> {
    groups.iter().filter_map(|group| {
        Some(SidAndAttributes {
            sid: domain.with_relative_id(group.relative_id).ok()?,
            attributes: group.attributes,
        })
    })
}

/// Bytes of GROUP_MEMBERSHIP, and of KERB_SID_AND_ATTRIBUTES without its SID.
const MEMBERSHIP_LENGTH: usize = 8;

/// An array of GROUP_MEMBERSHIP behind its pointer.
pub(super) fn read_groups(
    reader: &mut NdrReader<'_>,
    present: bool,
    declared: u32,
) -> Result<Vec<GroupMembership>, PacError> {
    reader.array(present, declared, MEMBERSHIP_LENGTH, |r| {
        Ok(GroupMembership {
            relative_id: r.u32()?,
            attributes: GroupAttributes::from_bits(r.u32()?),
        })
    })
}

/// An array of KERB_SID_AND_ATTRIBUTES behind its pointer, and the SIDs behind that.
pub(super) fn read_sids(
    reader: &mut NdrReader<'_>,
    present: bool,
    declared: u32,
) -> Result<Vec<SidAndAttributes>, PacError> {
    let attributes = reader.array(present, declared, MEMBERSHIP_LENGTH, |r| {
        if r.pointer()? {
            r.u32().map(GroupAttributes::from_bits)
        } else {
            Err(r.fault(super::PacFault::NullPointer))
        }
    })?;
    attributes
        .into_iter()
        .map(|attributes| {
            let sid = reader.sid()?;
            Ok(SidAndAttributes { sid, attributes })
        })
        .collect()
}

/// What [`read_groups`] reads.
pub(super) fn write_groups(
    writer: &mut NdrWriter,
    pointer: &Pointer,
    groups: &[GroupMembership],
) -> Result<(), PacError> {
    if writer.pointee(pointer) {
        writer.count("groups", groups.len())?;
        for group in groups {
            writer.u32(group.relative_id);
            writer.u32(group.attributes.bits());
        }
    }
    Ok(())
}

/// What [`read_sids`] reads.
pub(super) fn write_sids(
    writer: &mut NdrWriter,
    pointer: &Pointer,
    sids: &[SidAndAttributes],
) -> Result<(), PacError> {
    if writer.pointee(pointer) {
        writer.count("extra SIDs", sids.len())?;
        let mut pointers = Vec::with_capacity(sids.len());
        for entry in sids {
            pointers.push(writer.pointer(true));
            writer.u32(entry.attributes.bits());
        }
        for (pointer, entry) in pointers.iter().zip(sids) {
            if writer.pointee(pointer) {
                writer.sid(&entry.sid);
            }
        }
    }
    Ok(())
}
