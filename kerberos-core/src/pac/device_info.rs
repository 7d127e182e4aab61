//! PAC_DEVICE_INFO: the device of a compound identity ([MS-PAC] §2.12).

use super::group::{read_groups, read_sids, write_groups, write_sids};
use super::ndr::{NdrReader, NdrWriter};
use super::{
    DomainGroups, GroupMembership, PacBufferType, PacContent, PacError, PacFault, Sid,
    SidAndAttributes,
};

/// PAC_DEVICE_INFO ([MS-PAC] §2.12): of what account the armor ticket of a request was.
///
/// ```
/// use kerberos_core::pac::{DeviceInfo, GroupMembership, PacContent};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let info = DeviceInfo {
///     user_id: 1105,
///     primary_group_id: 515,
///     account_domain_id: Some("S-1-5-21-1-2-3".parse()?),
///     account_groups: vec![GroupMembership::new(515)],
///     extra_sids: Vec::new(),
///     domain_groups: Vec::new(),
/// };
/// assert_eq!(DeviceInfo::decode(&info.encode()?)?, info);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct DeviceInfo {
    /// Relative identifier of the device's account.
    pub user_id: u32,
    /// Relative identifier of its primary group.
    pub primary_group_id: u32,
    /// The device's domain.
    pub account_domain_id: Option<Sid>,
    /// Groups of that domain.
    pub account_groups: Vec<GroupMembership>,
    /// Groups of well-known authorities.
    pub extra_sids: Vec<SidAndAttributes>,
    /// Groups of other domains.
    pub domain_groups: Vec<DomainGroups>,
}

impl PacContent for DeviceInfo {
    const BUFFER: PacBufferType = PacBufferType::DEVICE_INFO;

    fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let mut r = NdrReader::open(octets, Self::BUFFER)?;
        let (user_id, primary_group_id) = (r.u32()?, r.u32()?);
        let account_domain_id = r.pointer()?;
        let account_groups = (r.u32()?, r.pointer()?);
        let extra_sids = (r.u32()?, r.pointer()?);
        let domain_groups = (r.u32()?, r.pointer()?);
        let info = Self {
            user_id,
            primary_group_id,
            account_domain_id: if account_domain_id {
                Some(r.sid()?)
            } else {
                None
            },
            account_groups: read_groups(&mut r, account_groups.1, account_groups.0)?,
            extra_sids: read_sids(&mut r, extra_sids.1, extra_sids.0)?,
            domain_groups: read_domain_groups(&mut r, domain_groups.1, domain_groups.0)?,
        };
        r.finish()?;
        Ok(info)
    }

    fn encode(&self) -> Result<Vec<u8>, PacError> {
        let mut w = NdrWriter::new(Self::BUFFER);
        w.u32(self.user_id);
        w.u32(self.primary_group_id);
        let account_domain_id = w.pointer(self.account_domain_id.is_some());
        w.count("account groups", self.account_groups.len())?;
        let account_groups = w.pointer(!self.account_groups.is_empty());
        w.count("extra SIDs", self.extra_sids.len())?;
        let extra_sids = w.pointer(!self.extra_sids.is_empty());
        w.count("domain groups", self.domain_groups.len())?;
        let domain_groups = w.pointer(!self.domain_groups.is_empty());

        if let Some(domain) = &self.account_domain_id
            && w.pointee(&account_domain_id)
        {
            w.sid(domain);
        }
        write_groups(&mut w, &account_groups, &self.account_groups)?;
        write_sids(&mut w, &extra_sids, &self.extra_sids)?;
        if w.pointee(&domain_groups) {
            w.count("domain groups", self.domain_groups.len())?;
            let mut pointers = Vec::with_capacity(self.domain_groups.len());
            for entry in &self.domain_groups {
                let domain = w.pointer(true);
                w.count("groups", entry.groups.len())?;
                pointers.push((domain, w.pointer(!entry.groups.is_empty())));
            }
            for ((domain, groups), entry) in pointers.iter().zip(&self.domain_groups) {
                if w.pointee(domain) {
                    w.sid(&entry.domain);
                }
                write_groups(&mut w, groups, &entry.groups)?;
            }
        }
        w.finish()
    }
}

fn read_domain_groups(
    reader: &mut NdrReader<'_>,
    present: bool,
    declared: u32,
) -> Result<Vec<DomainGroups>, PacError> {
    let headers = reader.array(present, declared, DOMAIN_HEADER_LENGTH, |r| {
        if r.pointer()? {
            Ok((r.u32()?, r.pointer()?))
        } else {
            Err(r.fault(PacFault::NullPointer))
        }
    })?;
    headers
        .into_iter()
        .map(|(declared, present)| {
            Ok(DomainGroups {
                domain: reader.sid()?,
                groups: read_groups(reader, present, declared)?,
            })
        })
        .collect()
}

/// Bytes of DOMAIN_GROUP_MEMBERSHIP without what it points to.
const DOMAIN_HEADER_LENGTH: usize = 12;
