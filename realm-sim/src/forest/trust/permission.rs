//! Whom accounts name that may be of other realms: who may authenticate where a trust is selective,
//! and who may act on behalf of users.

use kerberos_core::name::Realm;
use kerberos_core::pac::Sid;

use crate::forest::assembly::Workshop;
use crate::forest::{DirectoryError, Domain};
use crate::kdc::Directory;
use crate::topology::{AccountEntry, TopologyError};

/// Gives accounts the permissions that their entries list, now that all realms are there.
pub(super) fn grant_permissions(
    workshop: &Workshop<'_>,
    domains: &[Domain],
) -> Result<(), TopologyError> {
    for (domain, realm) in domains.iter().zip(&workshop.topology.realms) {
        for entry in realm.users.iter().chain(&realm.computers) {
            if !names_others(entry) {
                continue;
            }
            let sids = |names: &[String]| {
                let names = names.iter();
                names
                    .map(|name| sid_of(name, domain, domains))
                    .collect::<Result<Vec<_>, _>>()
            };
            let grant = || {
                let allowed = sids(&entry.allowed_to_authenticate)?;
                let delegating = sids(&entry.delegation_from)?;
                domain.change(entry.name.get_ref(), |attributes| {
                    attributes.allowed_to_authenticate = allowed;
                    attributes.delegation_from = delegating;
                })
            };
            grant().map_err(|error| workshop.wrong(&entry.name, "account", error.into()))?;
        }
    }
    Ok(())
}

/// Whether an entry names accounts that may be of other realms.
pub(in crate::forest) fn names_others(entry: &AccountEntry) -> bool {
    !entry.allowed_to_authenticate.is_empty() || !entry.delegation_from.is_empty()
}

/// The SID that `name` is, or that an account or group of this name has: `NAME@REALM`, or a name
/// of the realm at hand.
fn sid_of(name: &str, own: &Domain, domains: &[Domain]) -> Result<Sid, DirectoryError> {
    if let Ok(sid) = name.parse() {
        return Ok(sid);
    }
    let in_domain = |name: &str, domain: &Domain| {
        let account = domain.account(name);
        let sid = account.and_then(|account| domain.sid_of(&account));
        sid.or_else(|| Some(domain.group(name)?.sid))
    };
    let found = match name.rsplit_once('@') {
        Some((name, realm)) => Realm::new(realm).ok().and_then(|realm| {
            let mut domains = domains.iter();
            let domain = domains.find(|it| it.realm().eq_ignore_case(&realm))?;
            in_domain(name, domain)
        }),
        None => in_domain(name, own),
    };
    found.ok_or_else(|| DirectoryError::NotFound {
        what: "account or group",
        name: name.to_owned(),
    })
}
