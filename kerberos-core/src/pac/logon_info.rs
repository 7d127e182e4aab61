//! KERB_VALIDATION_INFO: who logged on, and in which groups ([MS-PAC] §2.5).

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::bits::bit_set;
use super::group::{read_groups, read_sids, sids_of, write_groups, write_sids};
use super::ndr::{NdrReader, NdrWriter};
use super::{
    DomainGroups, FileTime, GroupAttributes, GroupMembership, PacBufferType, PacContent, PacError,
    PacFault, Sid, SidAndAttributes,
};

bit_set! {
    /// About the logon ([MS-PAC] §2.5, UserFlags).
    ///
    /// Example: [`LogonInfo`].
    UserFlags {
        /// The logon is of the guest account.
        GUEST = 0x1;
        /// There are extra SIDs.
        EXTRA_SIDS = 0x20;
        /// There are resource groups.
        RESOURCE_GROUPS = 0x200;
    }
}

bit_set! {
    /// About the account ([MS-SAMR] §2.2.1.12); not the numbers of userAccountControl in LDAP.
    ///
    /// Example: [`LogonInfo`].
    AccountControl {
        /// The account is disabled.
        DISABLED = 0x1;
        /// The account needs no password.
        PASSWORD_NOT_REQUIRED = 0x4;
        /// A user.
        NORMAL = 0x10;
        /// A trust.
        INTERDOMAIN_TRUST = 0x40;
        /// A computer.
        WORKSTATION_TRUST = 0x80;
        /// A domain controller.
        SERVER_TRUST = 0x100;
        /// The password does not expire.
        DONT_EXPIRE_PASSWORD = 0x200;
        /// The account is locked.
        AUTO_LOCKED = 0x400;
        /// Only a smart card will do.
        SMARTCARD_REQUIRED = 0x1000;
        /// Services of the account get forwardable tickets of their clients.
        TRUSTED_FOR_DELEGATION = 0x2000;
        /// The account must not be delegated.
        NOT_DELEGATED = 0x4000;
        /// No pre-authentication is asked.
        DONT_REQUIRE_PREAUTH = 0x1_0000;
        /// The password has expired.
        PASSWORD_EXPIRED = 0x2_0000;
        /// The service may say who its client is (S4U2Self).
        TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION = 0x4_0000;
        /// Tickets for the account carry no PAC.
        NO_AUTH_DATA_REQUIRED = 0x8_0000;
        /// A read-only domain controller.
        PARTIAL_SECRETS = 0x10_0000;
    }
}

/// Key material that NTLM leaves here and Kerberos leaves zero. `Debug` shows no byte of it.
///
/// ```
/// use kerberos_core::pac::UserSessionKey;
///
/// let key = UserSessionKey::default();
/// assert_eq!(key.expose_material(), &[0; 16]);
/// assert_eq!(format!("{key:?}"), "UserSessionKey(redacted)");
/// ```
#[derive(Clone, Default)]
pub struct UserSessionKey([u8; 16]);

impl UserSessionKey {
    /// The key with these bytes.
    pub const fn new(material: [u8; 16]) -> Self {
        Self(material)
    }

    /// The bytes.
    pub const fn expose_material(&self) -> &[u8; 16] {
        &self.0
    }
}

impl PartialEq for UserSessionKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for UserSessionKey {}

impl fmt::Debug for UserSessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserSessionKey(redacted)")
    }
}

impl Drop for UserSessionKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// KERB_VALIDATION_INFO ([MS-PAC] §2.5).
///
/// Begin with [`LogonInfo::new`] and set what differs. Texts are UTF-16 on the wire; ill-formed
/// ones are refused, because two of them could read as the same name.
///
/// ```
/// use kerberos_core::pac::{
///     AccountControl, GroupMembership, LogonInfo, PacContent, Sid, SidAndAttributes,
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let domain: Sid = "S-1-5-21-1-2-3".parse()?;
/// let mut info = LogonInfo {
///     full_name: "Alice Example".into(),
///     account_control: AccountControl::NORMAL | AccountControl::NOT_DELEGATED,
///     ..LogonInfo::new("alice", domain, 1107, 513)
/// };
/// info.groups.push(GroupMembership::new(1201));
/// info.add_extra_sid(SidAndAttributes::new(Sid::AUTHENTICATION_AUTHORITY_ASSERTED));
///
/// let read = LogonInfo::decode(&info.encode()?)?;
/// assert_eq!(read, info);
/// let sids: Vec<_> = read.sids().iter().map(|entry| entry.sid.to_string()).collect();
/// assert_eq!(
///     sids,
///     ["S-1-5-21-1-2-3-1107", "S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3-1201", "S-1-18-1"]
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct LogonInfo {
    /// When the client last logged on.
    pub logon_time: FileTime,
    /// When logon hours end.
    pub logoff_time: FileTime,
    /// When the client is to be disconnected.
    pub kick_off_time: FileTime,
    /// When the password was set.
    pub password_last_set: FileTime,
    /// From when it may be changed.
    pub password_can_change: FileTime,
    /// Until when it must be changed.
    pub password_must_change: FileTime,
    /// sAMAccountName.
    pub effective_name: String,
    /// Display name.
    pub full_name: String,
    /// Logon script.
    pub logon_script: String,
    /// Roaming profile.
    pub profile_path: String,
    /// Home directory.
    pub home_directory: String,
    /// The drive it is to be mapped to.
    pub home_directory_drive: String,
    /// Logons so far.
    pub logon_count: u16,
    /// Failed ones since the last successful one.
    pub bad_password_count: u16,
    /// Relative identifier of the account.
    pub user_id: u32,
    /// Relative identifier of its primary group.
    pub primary_group_id: u32,
    /// Groups of the account's own domain.
    pub groups: Vec<GroupMembership>,
    /// About the logon.
    pub user_flags: UserFlags,
    /// Zero in Kerberos.
    pub user_session_key: UserSessionKey,
    /// NetBIOS name of the KDC.
    pub logon_server: String,
    /// NetBIOS name of the account's domain.
    pub logon_domain_name: String,
    /// SID of the account's domain.
    pub logon_domain_id: Option<Sid>,
    /// Zero.
    pub reserved1: [u32; 2],
    /// About the account.
    pub account_control: AccountControl,
    /// Zero in Kerberos.
    pub sub_auth_status: u32,
    /// Last interactive logon.
    pub last_successful_logon: FileTime,
    /// Last failed interactive logon.
    pub last_failed_logon: FileTime,
    /// Failed ones since the last successful one.
    pub failed_logon_count: u32,
    /// Zero.
    pub reserved3: u32,
    /// Groups of other domains, and what else the KDC vouches for.
    pub extra_sids: Vec<SidAndAttributes>,
    /// Domain-local groups of the domain that issued the ticket.
    pub resource_groups: Option<DomainGroups>,
}

impl LogonInfo {
    /// An ordinary account of `domain` with no group but its primary one.
    pub fn new(effective_name: &str, domain: Sid, user_id: u32, primary_group_id: u32) -> Self {
        Self {
            logon_time: FileTime::UNSET,
            logoff_time: FileTime::NEVER,
            kick_off_time: FileTime::NEVER,
            password_last_set: FileTime::UNSET,
            password_can_change: FileTime::UNSET,
            password_must_change: FileTime::NEVER,
            effective_name: effective_name.to_owned(),
            full_name: String::new(),
            logon_script: String::new(),
            profile_path: String::new(),
            home_directory: String::new(),
            home_directory_drive: String::new(),
            logon_count: 0,
            bad_password_count: 0,
            user_id,
            primary_group_id,
            groups: vec![GroupMembership::new(primary_group_id)],
            user_flags: UserFlags::NONE,
            user_session_key: UserSessionKey::default(),
            logon_server: String::new(),
            logon_domain_name: String::new(),
            logon_domain_id: Some(domain),
            reserved1: [0; 2],
            account_control: AccountControl::NORMAL,
            sub_auth_status: 0,
            last_successful_logon: FileTime::UNSET,
            last_failed_logon: FileTime::UNSET,
            failed_logon_count: 0,
            reserved3: 0,
            extra_sids: Vec::new(),
            resource_groups: None,
        }
    }

    /// Adds a SID of another domain, and the flag that says so.
    pub fn add_extra_sid(&mut self, entry: SidAndAttributes) {
        self.extra_sids.push(entry);
        self.user_flags = self.user_flags | UserFlags::EXTRA_SIDS;
    }

    /// Sets the domain-local groups of the domain that issues a service ticket, and the flag that
    /// says so; without any group both are cleared.
    pub fn set_resource_groups(
        &mut self,
        domain: Sid,
        relative_ids: impl IntoIterator<Item = u32>,
    ) {
        let attributes = GroupAttributes::DEFAULT | GroupAttributes::RESOURCE;
        let groups: Vec<_> = relative_ids
            .into_iter()
            .map(|relative_id| GroupMembership {
                relative_id,
                attributes,
            })
            .collect();
        self.user_flags = self.user_flags.without(UserFlags::RESOURCE_GROUPS);
        self.resource_groups = None;
        if !groups.is_empty() {
            self.user_flags = self.user_flags | UserFlags::RESOURCE_GROUPS;
            self.resource_groups = Some(DomainGroups { domain, groups });
        }
    }

    /// The account's SID.
    pub fn user_sid(&self) -> Option<Sid> {
        self.logon_domain_id?.with_relative_id(self.user_id).ok()
    }

    /// Every SID of the account: itself, its groups, extra SIDs, resource groups, in this order.
    ///
    /// Extra SIDs and resource groups count only if the flags announce them ([MS-PAC] §2.5).
    pub fn sids(&self) -> Vec<SidAndAttributes> {
        let mut sids = Vec::with_capacity(1 + self.groups.len() + self.extra_sids.len());
        sids.extend(self.user_sid().map(SidAndAttributes::new));
        if let Some(domain) = &self.logon_domain_id {
            sids.extend(sids_of(domain, &self.groups));
        }
        if self.user_flags.contains(UserFlags::EXTRA_SIDS) {
            sids.extend(&self.extra_sids);
        }
        if self.user_flags.contains(UserFlags::RESOURCE_GROUPS) {
            sids.extend(self.resource_groups.iter().flat_map(DomainGroups::sids));
        }
        sids
    }
}

impl PacContent for LogonInfo {
    const BUFFER: PacBufferType = PacBufferType::LOGON_INFO;

    fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let mut r = NdrReader::open(octets, Self::BUFFER)?;
        let times: [FileTime; 6] = [
            r.file_time()?,
            r.file_time()?,
            r.file_time()?,
            r.file_time()?,
            r.file_time()?,
            r.file_time()?,
        ];
        let names = [
            r.text_header()?,
            r.text_header()?,
            r.text_header()?,
            r.text_header()?,
            r.text_header()?,
            r.text_header()?,
        ];
        let (logon_count, bad_password_count) = (r.u16()?, r.u16()?);
        let (user_id, primary_group_id) = (r.u32()?, r.u32()?);
        let groups = (r.u32()?, r.pointer()?);
        let user_flags = UserFlags::from_bits(r.u32()?);
        let mut user_session_key = UserSessionKey::default();
        user_session_key.0.copy_from_slice(r.take(16)?);
        let (logon_server, logon_domain_name) = (r.text_header()?, r.text_header()?);
        let logon_domain_id = r.pointer()?;
        let reserved1 = [r.u32()?, r.u32()?];
        let account_control = AccountControl::from_bits(r.u32()?);
        let sub_auth_status = r.u32()?;
        let (last_successful_logon, last_failed_logon) = (r.file_time()?, r.file_time()?);
        let (failed_logon_count, reserved3) = (r.u32()?, r.u32()?);
        let extra_sids = (r.u32()?, r.pointer()?);
        let resource_domain = r.pointer()?;
        let resource_groups = (r.u32()?, r.pointer()?);

        let [
            logon_time,
            logoff_time,
            kick_off_time,
            password_last_set,
            password_can_change,
            password_must_change,
        ] = times;
        let [
            effective_name,
            full_name,
            logon_script,
            profile_path,
            home_directory,
            home_directory_drive,
        ] = names;
        let info = Self {
            logon_time,
            logoff_time,
            kick_off_time,
            password_last_set,
            password_can_change,
            password_must_change,
            effective_name: r.text(effective_name)?,
            full_name: r.text(full_name)?,
            logon_script: r.text(logon_script)?,
            profile_path: r.text(profile_path)?,
            home_directory: r.text(home_directory)?,
            home_directory_drive: r.text(home_directory_drive)?,
            logon_count,
            bad_password_count,
            user_id,
            primary_group_id,
            groups: read_groups(&mut r, groups.1, groups.0)?,
            user_flags,
            user_session_key,
            logon_server: r.text(logon_server)?,
            logon_domain_name: r.text(logon_domain_name)?,
            logon_domain_id: if logon_domain_id {
                Some(r.sid()?)
            } else {
                None
            },
            reserved1,
            account_control,
            sub_auth_status,
            last_successful_logon,
            last_failed_logon,
            failed_logon_count,
            reserved3,
            extra_sids: read_sids(&mut r, extra_sids.1, extra_sids.0)?,
            resource_groups: read_resource_groups(&mut r, resource_domain, resource_groups)?,
        };
        r.finish()?;
        Ok(info)
    }

    fn encode(&self) -> Result<Vec<u8>, PacError> {
        let mut w = NdrWriter::new(Self::BUFFER);
        for time in [
            self.logon_time,
            self.logoff_time,
            self.kick_off_time,
            self.password_last_set,
            self.password_can_change,
            self.password_must_change,
        ] {
            w.file_time(time);
        }
        let names = [
            w.text_header("effective name", &self.effective_name, 0)?,
            w.text_header("full name", &self.full_name, 0)?,
            w.text_header("logon script", &self.logon_script, 0)?,
            w.text_header("profile path", &self.profile_path, 0)?,
            w.text_header("home directory", &self.home_directory, 0)?,
            w.text_header("home directory drive", &self.home_directory_drive, 0)?,
        ];
        w.u16(self.logon_count);
        w.u16(self.bad_password_count);
        w.u32(self.user_id);
        w.u32(self.primary_group_id);
        w.count("groups", self.groups.len())?;
        let groups = w.pointer(!self.groups.is_empty());
        w.u32(self.user_flags.bits());
        w.octets(self.user_session_key.expose_material());
        // Windows leaves room for a NUL behind these two only.
        let logon_server = w.text_header("logon server", &self.logon_server, 1)?;
        let logon_domain_name = w.text_header("logon domain", &self.logon_domain_name, 1)?;
        let logon_domain_id = w.pointer(self.logon_domain_id.is_some());
        for reserved in self.reserved1 {
            w.u32(reserved);
        }
        w.u32(self.account_control.bits());
        w.u32(self.sub_auth_status);
        w.file_time(self.last_successful_logon);
        w.file_time(self.last_failed_logon);
        w.u32(self.failed_logon_count);
        w.u32(self.reserved3);
        w.count("extra SIDs", self.extra_sids.len())?;
        let extra_sids = w.pointer(!self.extra_sids.is_empty());
        let resource_domain = w.pointer(self.resource_groups.is_some());
        let in_resource_domain = self
            .resource_groups
            .as_ref()
            .map_or(&[][..], |resource| &resource.groups);
        w.count("resource groups", in_resource_domain.len())?;
        let resource_groups = w.pointer(!in_resource_domain.is_empty());

        for name in &names {
            w.text(name);
        }
        write_groups(&mut w, &groups, &self.groups)?;
        w.text(&logon_server);
        w.text(&logon_domain_name);
        if let Some(domain) = &self.logon_domain_id
            && w.pointee(&logon_domain_id)
        {
            w.sid(domain);
        }
        write_sids(&mut w, &extra_sids, &self.extra_sids)?;
        if let Some(resource) = &self.resource_groups
            && w.pointee(&resource_domain)
        {
            w.sid(&resource.domain);
        }
        write_groups(&mut w, &resource_groups, in_resource_domain)?;
        w.finish()
    }
}

/// Groups without a domain have no SID.
fn read_resource_groups(
    reader: &mut NdrReader<'_>,
    has_domain: bool,
    (declared, has_groups): (u32, bool),
) -> Result<Option<DomainGroups>, PacError> {
    let domain = if has_domain {
        Some(reader.sid()?)
    } else {
        None
    };
    let groups = read_groups(reader, has_groups, declared)?;
    match domain {
        Some(domain) => Ok(Some(DomainGroups { domain, groups })),
        None if groups.is_empty() => Ok(None),
        None => Err(reader.fault(PacFault::NullPointer)),
    }
}
