//! From the trusts of a topology to trust objects with keys and routes.

use super::connection::{Connection, Connections};
use super::joinery::Joinery;
use super::landscape::Landscape;
use super::permission::grant_permissions;
use crate::entra::EntraTenant;
use crate::forest::assembly::Workshop;
use crate::forest::catalog::{Catalog, CatalogEntry};
use crate::forest::domain::Domain;
use crate::kdc::Directory;
use crate::topology::{RealmEntry, TopologyError};

/// Gives the realms their trusts, and the routes that follow from them.
pub(in crate::forest) fn connect(
    workshop: &Workshop<'_>,
    domains: &mut [Domain],
    tenants: &[EntraTenant],
) -> Result<Connections, TopologyError> {
    let topology = workshop.topology;
    let joinery = Joinery::new(
        &topology.assumptions,
        Landscape::of(topology),
        domains.iter(),
        tenants.iter(),
    );
    grant_permissions(workshop, domains)?;
    let mut made: Vec<Connection> = Vec::new();
    for entry in &topology.trusts {
        let connection = joinery
            .connection(entry, &made, workshop.entropy)
            .map_err(|problem| workshop.wrong(&entry.realm, "trust of realm", problem))?;
        made.push(connection);
    }
    let entries: Vec<_> = domains.iter().map(Domain::catalog_entry).collect();
    for domain in domains.iter_mut() {
        let others = joinery.landscape().forest_of(domain.realm());
        let is_other = |entry: &&CatalogEntry| {
            entry.realm() != domain.realm() && others.contains(&entry.realm())
        };
        let catalog = entries.iter().filter(is_other).cloned().collect();
        domain.catalog = Catalog::of(catalog);
    }
    for (domain, entry) in domains.iter().zip(&topology.realms) {
        expect_unique_names(workshop, domain, entry)?;
    }
    let connections = Connections::new(made, domains.iter());
    let wiring = connections.wiring(joinery.landscape(), &topology.assumptions, domains.iter());
    wiring.install(domains.iter(), tenants.iter());
    Ok(connections)
}

/// Refuses accounts that have names of others in their forest.
///
/// [MS-ADTS] §3.1.1.5.1.3
fn expect_unique_names(
    workshop: &Workshop<'_>,
    domain: &Domain,
    entry: &RealmEntry,
) -> Result<(), TopologyError> {
    if domain.catalog.is_empty() {
        return Ok(());
    }
    for account in domain.accounts() {
        domain.expect_unique(&account, None).map_err(|error| {
            let name = account.sam().trim_end_matches('$');
            let place = workshop.topology.account(&entry.name, name);
            workshop.wrong(&place, "account", error.into())
        })?;
    }
    Ok(())
}
