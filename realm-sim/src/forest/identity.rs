//! What a domain says of its accounts in a PAC.

use kerberos_core::pac::{FileTime, LogonInfo, UpnAccount, UpnDnsFlags, UpnDnsInfo};
use kerberos_core::time::{KerberosTime, Timestamp};

use super::{Account, Domain};
use crate::kdc::{AccountIdentity, Directory};

/// The server named in PACs of a domain without an account for its controller.
const UNNAMED_CONTROLLER: &str = "DC";

impl Domain {
    /// [MS-KILE] §3.3.5.2, §3.3.5.6.4.1, §3.3.5.6.4.5
    pub(super) fn identity_of(&self, account: &Account) -> Option<AccountIdentity> {
        let sid = self.sid_of(account)?;
        let attributes = account.attributes();
        let memberships = self.memberships(account);
        let set = time_or_unset(attributes.password_set);
        let mut logon = LogonInfo {
            password_last_set: set,
            password_can_change: if set == FileTime::UNSET {
                FileTime::UNSET
            } else {
                time_or_unset(attributes.password_set.plus(self.password_min_age()))
            },
            password_must_change: attributes
                .password_expires
                .map_or(FileTime::NEVER, time_or_unset),
            full_name: attributes.display_name.clone(),
            logon_server: self.controller_name(),
            logon_domain_name: self.netbios_name().to_owned(),
            account_control: attributes.control.in_pac(),
            groups: memberships.global,
            ..LogonInfo::new(
                account.sam(),
                self.sid(),
                attributes.relative_id,
                attributes.primary_group,
            )
        };
        if let Some(paths) = &attributes.logon_paths {
            logon.logon_script.clone_from(&paths.script);
            logon.profile_path.clone_from(&paths.profile);
            logon.home_directory.clone_from(&paths.home_directory);
            logon.home_directory_drive.clone_from(&paths.home_drive);
        }
        for group in memberships.foreign {
            logon.add_extra_sid(group);
        }
        let constructed = account.upn().is_none();
        let upn = UpnDnsInfo {
            upn: account.upn().map_or_else(
                || {
                    let suffix = self.realm().as_str().to_lowercase();
                    format!("{}@{suffix}", account.sam())
                },
                str::to_owned,
            ),
            dns_domain_name: self.realm().as_str().to_uppercase(),
            flags: if constructed {
                UpnDnsFlags::UPN_CONSTRUCTED
            } else {
                UpnDnsFlags::default()
            },
            account: Some(UpnAccount {
                sam_name: account.sam().to_owned(),
                sid,
            }),
        };
        Some(AccountIdentity {
            logon,
            upn,
            sid,
            claims: attributes.claims.clone(),
        })
    }

    /// The name of a domain controller, without its `$`.
    pub(crate) fn controller_name(&self) -> String {
        self.read()
            .accounts
            .controller()
            .map_or(UNNAMED_CONTROLLER, |account| account.sam())
            .trim_end_matches('$')
            .to_uppercase()
    }
}

fn time_or_unset(time: Timestamp) -> FileTime {
    match time.time() {
        KerberosTime::EPOCH => FileTime::UNSET,
        time => time.into(),
    }
}
