//! The service names of a realm and the accounts behind them, by relative id.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use kerberos_core::name::{NameError, NameType, Principal, Realm};

/// Service classes that stand for `host` when they are not registered themselves: the default
/// sPNMappings of a forest. `MSSQLSvc` and `ldap` are not among them.
const HOST_ALIASES: [&str; 53] = [
    "alerter",
    "appmgmt",
    "cisvc",
    "clipsrv",
    "browser",
    "dhcp",
    "dnscache",
    "replicator",
    "eventlog",
    "eventsystem",
    "policyagent",
    "oakley",
    "dmserver",
    "dns",
    "mcsvc",
    "fax",
    "msiserver",
    "ias",
    "messenger",
    "netlogon",
    "netman",
    "netdde",
    "netddedsm",
    "nmagent",
    "plugplay",
    "protectedstorage",
    "rasman",
    "rpclocator",
    "rpc",
    "rpcss",
    "remoteaccess",
    "rsvp",
    "samss",
    "scardsvr",
    "scesrv",
    "seclogon",
    "scm",
    "dcom",
    "cifs",
    "spooler",
    "snmp",
    "schedule",
    "tapisrv",
    "trksvr",
    "trkwks",
    "ups",
    "time",
    "wins",
    "www",
    "http",
    "w3svc",
    "iisadmin",
    "msdtc",
];

/// Class, host and, where there is one, the name of the service.
const SERVICE_NAME_PARTS: RangeInclusive<usize> = 2..=3;

/// Octets that nearly every service name fits into.
const USUAL_LENGTH: usize = 96;

/// Service names, each with the relative ids of its accounts: one, unless duplicates are let in.
#[derive(Debug)]
pub(crate) struct ServiceNames {
    /// By what [`ServiceNames::key`] makes of a name.
    by_name: HashMap<Vec<u8>, Vec<u32>>,
    ignore_case: bool,
    host_aliases: bool,
    /// Whether several accounts may have one name.
    lets_in_duplicates: bool,
}

impl ServiceNames {
    /// No names yet. Active Directory ignores case and lets `host` stand in for other classes.
    pub(crate) fn new(ignore_case: bool, host_aliases: bool) -> Self {
        Self {
            by_name: HashMap::new(),
            ignore_case,
            host_aliases,
            lets_in_duplicates: false,
        }
    }

    /// Several accounts may have one name.
    pub(crate) const fn with_duplicates(mut self, lets_in_duplicates: bool) -> Self {
        self.lets_in_duplicates = lets_in_duplicates;
        self
    }

    /// Registers a name for the account with this relative id.
    pub(crate) fn register(&mut self, name: &Principal, account: u32) {
        let key = self.key(name.components().iter().map(String::as_str));
        self.by_name.entry(key).or_default().push(account);
    }

    /// Forgets that this account has a name.
    pub(crate) fn unregister(&mut self, name: &Principal, account: u32) {
        let key = self.key(name.components().iter().map(String::as_str));
        if let Some(accounts) = self.by_name.get_mut(&key) {
            accounts.retain(|other| *other != account);
            if accounts.is_empty() {
                self.by_name.remove(&key);
            }
        }
    }

    /// Whether an account that asks for this name cannot have it.
    ///
    /// [MS-ADTS] §3.1.1.5.1.3
    pub(crate) fn is_taken(&self, name: &Principal) -> bool {
        !self.lets_in_duplicates && self.is_registered(name)
    }

    /// Whether an account has this name itself, no alias of it.
    pub(crate) fn is_registered(&self, name: &Principal) -> bool {
        self.listed(name).is_some()
    }

    /// The account that runs this service ([MS-KILE] §3.3.5.1.1). A port is part of the name. Of
    /// several, the one that was made first.
    pub(crate) fn find(&self, name: &Principal) -> Option<u32> {
        self.accounts_of(name).iter().min().copied()
    }

    /// Whether several accounts have this name.
    pub(crate) fn is_ambiguous(&self, name: &Principal) -> bool {
        self.lets_in_duplicates && self.accounts_of(name).len() > 1
    }

    fn accounts_of(&self, name: &Principal) -> &[u32] {
        self.listed(name)
            .or_else(|| self.accounts_of_host(name))
            .map_or(&[], Vec::as_slice)
    }

    fn listed(&self, name: &Principal) -> Option<&Vec<u32>> {
        let key = self.key(name.components().iter().map(String::as_str));
        self.by_name.get(&key)
    }

    fn accounts_of_host(&self, name: &Principal) -> Option<&Vec<u32>> {
        let [class, host] = name.components() else {
            return None;
        };
        let stands_for_host = self.host_aliases
            && HOST_ALIASES
                .iter()
                .any(|alias| alias.eq_ignore_ascii_case(class));
        if !stands_for_host {
            return None;
        }
        self.by_name.get(&self.key(["host", host].into_iter()))
    }

    /// The name with `/` between its components, escaped where it is part of one, and in lower
    /// case where case is ignored.
    fn key<'n>(&self, components: impl Iterator<Item = &'n str>) -> Vec<u8> {
        let mut key = Vec::with_capacity(USUAL_LENGTH);
        for (at, component) in components.enumerate() {
            if at > 0 {
                key.push(b'/');
            }
            for byte in component.bytes() {
                if matches!(byte, b'/' | b'\\') {
                    key.push(b'\\');
                }
                key.push(if self.ignore_case {
                    byte.to_ascii_lowercase()
                } else {
                    byte
                });
            }
        }
        key
    }
}

/// A value of servicePrincipalName.
///
/// [MS-ADTS] §2.2.21, §3.1.1.5.3.2
pub(crate) fn service_name(name: &str, realm: &Realm) -> Result<Principal, NameError> {
    let service = delegation_target(name, realm)?;
    let parts = service.components();
    let is_empty = parts.iter().any(|part| part.trim().is_empty());
    if is_empty || !SERVICE_NAME_PARTS.contains(&parts.len()) {
        return Err(NameError::NotAService {
            name: name.to_owned(),
        });
    }
    Ok(service)
}

/// A value of msDS-AllowedToDelegateTo, which the directory takes whether it is a service name or
/// not. It is no principal, so that `@` may stand in it; but people do write the realm after it.
pub(crate) fn delegation_target(name: &str, realm: &Realm) -> Result<Principal, NameError> {
    let own = name
        .rsplit_once('@')
        .filter(|(_, suffix)| suffix.eq_ignore_ascii_case(realm.as_str()));
    let components = own.map_or(name, |(name, _)| name).split('/');
    let name_type = if components.clone().nth(1).is_some() {
        NameType::SRV_INST
    } else {
        NameType::PRINCIPAL
    };
    Principal::new(name_type, components, realm.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(ignore_case: bool, host_aliases: bool) -> ServiceNames {
        let mut names = ServiceNames::new(ignore_case, host_aliases);
        names.register(&"host/web.r@R".parse().unwrap(), 1103);
        names
    }

    #[test]
    fn host_stands_in_for_its_aliases_only() {
        let names = names(true, true);
        for found in ["HOST/WEB.R@R", "http/web.r@R", "cifs/web.r@R"] {
            assert!(names.find(&found.parse().unwrap()).is_some(), "{found}");
        }
        for not_found in [
            "MSSQLSvc/web.r@R",
            "ldap/web.r@R",
            "host/other.r@R",
            "web.r@R",
        ] {
            assert!(
                names.find(&not_found.parse().unwrap()).is_none(),
                "{not_found}"
            );
        }
    }

    #[test]
    fn case_and_aliases_can_be_strict() {
        let names = names(false, false);
        assert!(names.find(&"host/web.r@R".parse().unwrap()).is_some());
        assert!(names.find(&"HOST/web.r@R".parse().unwrap()).is_none());
        assert!(names.find(&"cifs/web.r@R".parse().unwrap()).is_none());
    }

    /// [MS-ADTS] §3.1.1.5.1.3
    #[test]
    fn a_name_has_one_account_unless_duplicates_are_let_in() {
        let web = "host/web.r@R".parse().unwrap();
        let alias = "cifs/WEB.R@R".parse().unwrap();
        let mut names = names(true, true);
        assert!(names.is_taken(&web));
        assert!(!names.is_ambiguous(&web));
        names = names.with_duplicates(true);
        assert!(!names.is_taken(&web));
        names.register(&web, 1104);
        assert!(names.is_ambiguous(&web) && names.is_ambiguous(&alias));
        names.unregister(&web, 1103);
        assert!(!names.is_ambiguous(&web));
        assert_eq!(names.find(&alias), Some(1104));
        names.unregister(&web, 1104);
        assert_eq!(names.find(&web), None);
    }
}
