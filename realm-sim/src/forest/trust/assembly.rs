//! From the trusts of a topology to trust objects with keys and routes.

use std::sync::Arc;

use kerberos_core::name::Realm;

use super::TrustKeys;
use super::keys::random_secret;
use crate::entra::EntraTenant;
use crate::forest::assembly::Workshop;
use crate::forest::domain::{Domain, TrustObject};
use crate::forest::reach::lay_routes;
use crate::forest::{DEFAULT_ETYPES, route};
use crate::kdc::Directory;
use crate::topology::{Problem, Topology, TopologyError, TrustEntry};

/// What connects the realms of a forest.
pub(in crate::forest) struct Connected {
    /// The keys of every direction of every trust.
    pub(in crate::forest) trusts: Vec<Arc<TrustKeys>>,
    /// Which DNS suffix belongs to which realm.
    pub(in crate::forest) namespaces: Vec<(String, Realm)>,
}

/// Gives the realms their trusts, and the routes that follow from them.
pub(in crate::forest) fn connect(
    workshop: &Workshop<'_>,
    domains: &mut [Domain],
    tenants: &mut [EntraTenant],
) -> Result<Connected, TopologyError> {
    let mut trusts = Vec::new();
    for entry in &workshop.topology.trusts {
        workshop.trust(entry, domains, tenants, &mut trusts)?;
    }
    lay_routes(workshop.topology, domains);
    Ok(Connected {
        trusts,
        namespaces: namespaces(workshop.topology, domains),
    })
}

impl Workshop<'_> {
    fn trust(
        &self,
        entry: &TrustEntry,
        domains: &mut [Domain],
        tenants: &mut [EntraTenant],
        trusts: &mut Vec<Arc<TrustKeys>>,
    ) -> Result<(), TopologyError> {
        let wrong = |problem| self.wrong(&entry.realm, "trust of realm", problem);
        let missing = |what, name: &str| {
            wrong(Problem::Missing {
                what,
                name: name.to_owned(),
            })
        };
        let name_of = |name: &str| Realm::new(name).map_err(|e| wrong(e.into()));
        let (realm, partner) = (name_of(entry.realm.get_ref())?, name_of(&entry.partner)?);

        let secret = match &entry.secret {
            Some(secret) => secret.clone().into(),
            None => random_secret(self.entropy).map_err(|e| wrong(e.into()))?,
        };
        let keys = |issuer: &Realm, serves: &Realm| {
            TrustKeys::new(issuer.clone(), serves.clone(), &DEFAULT_ETYPES, &secret)
                .map(Arc::new)
                .map_err(|e| wrong(e.into()))
        };
        let direction = entry.direction;
        let outward = direction
            .is_inbound()
            .then(|| keys(&realm, &partner))
            .transpose()?;
        let homeward = direction
            .is_outbound()
            .then(|| keys(&partner, &realm))
            .transpose()?;
        trusts.extend(outward.iter().chain(&homeward).cloned());

        let is_tenants = tenants.iter().any(|tenant| *tenant.realm() == partner);
        if is_tenants && homeward.is_some() {
            return Err(wrong(Problem::EntraDirection));
        }
        if let Some(id) = &entry.tenant {
            let tenant = tenants
                .iter_mut()
                .find(|tenant| tenant.id() == id && *tenant.realm() == partner)
                .ok_or_else(|| missing("tenant", id))?;
            if let Some(keys) = &outward {
                tenant.federate(Arc::clone(keys));
            }
        } else if !is_tenants {
            let other = domains
                .iter_mut()
                .find(|domain| *domain.realm() == partner)
                .ok_or_else(|| missing("realm", &entry.partner))?;
            other.trusts.push(TrustObject {
                partner: realm.clone(),
                issuing: homeward.clone(),
                accepting: outward.clone(),
            });
        }
        let own = domains
            .iter_mut()
            .find(|domain| *domain.realm() == realm)
            .ok_or_else(|| missing("realm", entry.realm.get_ref()))?;
        own.trusts.push(TrustObject {
            partner,
            issuing: outward,
            accepting: homeward,
        });
        Ok(())
    }
}

/// Which DNS suffix belongs to which realm.
fn namespaces(topology: &Topology, domains: &[Domain]) -> Vec<(String, Realm)> {
    let own = domains.iter().map(|domain| {
        (
            domain.realm().as_str().to_lowercase(),
            domain.realm().clone(),
        )
    });
    let claimed = topology.trusts.iter().flat_map(|trust| {
        let partner = Realm::new(&trust.partner).ok();
        trust
            .top_level_names
            .iter()
            .filter_map(move |name| Some((route::normal_suffix(name), partner.clone()?)))
    });
    own.chain(claimed).collect()
}
