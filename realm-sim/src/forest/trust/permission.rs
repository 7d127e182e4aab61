//! Who of a trusted realm may authenticate where a trust is selective.

use kerberos_core::name::Realm;
use kerberos_core::pac::Sid;

use crate::forest::assembly::Workshop;
use crate::forest::{DirectoryError, Domain};
use crate::kdc::Directory;
use crate::topology::TopologyError;

/// Gives accounts the permissions that their entries list, now that all realms are there.
pub(super) fn grant_permissions(
    workshop: &Workshop<'_>,
    domains: &[Domain],
) -> Result<(), TopologyError> {
    for (domain, realm) in domains.iter().zip(&workshop.topology.realms) {
        for entry in realm.users.iter().chain(&realm.computers) {
            if entry.allowed_to_authenticate.is_empty() {
                continue;
            }
            let grant = || {
                let names = entry.allowed_to_authenticate.iter();
                let sids = names
                    .map(|name| sid_of(name, domains))
                    .collect::<Result<Vec<_>, _>>()?;
                domain.change(entry.name.get_ref(), |attributes| {
                    attributes.allowed_to_authenticate = sids;
                })
            };
            grant().map_err(|error| workshop.wrong(&entry.name, "account", error.into()))?;
        }
    }
    Ok(())
}

/// The SID that `name` is, or that an account or group of this name has: `NAME@REALM`.
fn sid_of(name: &str, domains: &[Domain]) -> Result<Sid, DirectoryError> {
    if let Ok(sid) = name.parse() {
        return Ok(sid);
    }
    let found = name.rsplit_once('@').and_then(|(name, realm)| {
        let realm = Realm::new(realm).ok()?;
        let domain = domains
            .iter()
            .find(|it| it.realm().eq_ignore_case(&realm))?;
        let account = domain.account(name);
        let sid = account.and_then(|account| domain.sid_of(&account));
        sid.or_else(|| Some(domain.group(name)?.sid))
    });
    found.ok_or_else(|| DirectoryError::NotFound {
        what: "account or group",
        name: name.to_owned(),
    })
}
