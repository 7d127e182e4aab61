//! How far trusts lead: which names lie behind which of them.

use std::collections::HashMap;
use std::sync::Arc;

use kerberos_core::name::Realm;

use super::Domain;
use super::route::Routes;
use super::trust::{Landscape, TrustObject};
use crate::assumptions::Assumptions;
use crate::kdc::Directory;
use crate::topology::TrustKind;

/// Where the trusts of one domain lead.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// The next realm on the way to a realm, within the forest and out of it.
    hops: HashMap<Realm, Realm>,
    /// The domains of the forest, the domain itself too.
    pub(super) forest: Vec<Realm>,
    /// NetBIOS names, in upper case, of realms that trusts lead to.
    netbios: HashMap<String, Realm>,
}

impl Reach {
    /// The next realm on the way to `realm`.
    pub(super) fn hop(&self, realm: &Realm) -> Option<&Realm> {
        self.hops.get(realm)
    }

    /// Whether `realm` is a domain of the forest.
    pub(super) fn is_in_forest(&self, realm: &Realm) -> bool {
        self.forest.iter().any(|own| own.eq_ignore_case(realm))
    }

    /// The realm of this name: a domain of the forest whatever the case, or one whose NetBIOS
    /// name it is.
    pub(super) fn realm_named(&self, name: &Realm) -> Option<&Realm> {
        self.forest
            .iter()
            .find(|own| own.eq_ignore_case(name))
            .or_else(|| self.netbios.get(&name.as_str().to_uppercase()))
    }
}

/// The trusts of one domain, and where they lead.
#[derive(Debug, Default)]
pub(super) struct TrustTable {
    pub(super) trusts: Vec<Arc<TrustObject>>,
    pub(super) routes: Routes,
    pub(super) reach: Reach,
}

/// For each domain with its trusts, which names lie behind which of them.
pub(super) fn lay_routes(
    landscape: &Landscape,
    assumptions: &Assumptions,
    domains: &[(&Domain, Vec<Arc<TrustObject>>)],
) -> Vec<TrustTable> {
    let beyond: Vec<Beyond> = domains
        .iter()
        .flat_map(|(domain, trusts)| trusts.iter().filter_map(|it| Beyond::of(domain, it)))
        .collect();
    let netbios: Vec<(Realm, String)> = domains
        .iter()
        .map(|(domain, _)| (domain.realm().clone(), domain.netbios_name().to_uppercase()))
        .collect();
    let table = |(domain, trusts): &(&Domain, Vec<Arc<TrustObject>>)| {
        let own = domain.realm();
        let mut table = TrustTable {
            trusts: trusts.clone(),
            ..TrustTable::default()
        };
        let TrustTable { routes, reach, .. } = &mut table;
        routes.add(own.as_str(), own);
        for member in landscape.forest_of(own) {
            routes.add(member.as_str(), member);
            reach.forest.push(member.clone());
            if let Some(hop) = landscape.first_hop(own, member).filter(|_| member != own) {
                reach.hops.insert(member.clone(), hop.clone());
            }
            let names = netbios.iter().filter(|(realm, _)| realm == member);
            for (realm, name) in names {
                reach.netbios.insert(name.clone(), realm.clone());
            }
        }
        for trust in trusts.iter().filter(|it| it.kind().is_within_forest()) {
            for name in trust.names().claimed() {
                routes.add(name, trust.partner());
            }
            for name in trust.names().excluded() {
                routes.exclude(name, trust.partner());
            }
        }
        let root = landscape.root_of(own);
        for way in &beyond {
            let hop = if way.holder == *own {
                Some(&way.partner)
            } else if way.is_for_forest(root, assumptions) {
                reach.hops.get(&way.holder)
            } else {
                None
            };
            let Some(hop) = hop.cloned() else {
                continue;
            };
            reach.hops.insert(way.partner.clone(), hop);
            way.lay(assumptions, routes, reach);
        }
        table
    };
    domains.iter().map(table).collect()
}

/// A trust that leads out of a forest.
struct Beyond {
    holder: Realm,
    partner: Realm,
    /// NetBIOS names of the partner and of the domains of its forest.
    netbios: Vec<(String, Realm)>,
    kind: TrustKind,
    is_transitive: bool,
    claimed: Vec<String>,
    excluded: Vec<String>,
}

impl Beyond {
    fn of(holder: &Domain, trust: &TrustObject) -> Option<Self> {
        if trust.kind().is_within_forest() {
            return None;
        }
        trust.incoming()?;
        Some(Self {
            holder: holder.realm().clone(),
            partner: trust.partner().clone(),
            netbios: trust
                .names()
                .netbios_names()
                .filter_map(|(name, dns)| Some((name, Realm::new(&dns.to_uppercase()).ok()?)))
                .chain([(trust.partner_netbios_name(), trust.partner().clone())])
                .map(|(name, realm)| (name.to_uppercase(), realm))
                .collect(),
            kind: trust.kind(),
            is_transitive: trust.is_transitive(),
            claimed: trust.names().claimed().map(ToOwned::to_owned).collect(),
            excluded: trust.names().excluded().map(ToOwned::to_owned).collect(),
        })
    }

    /// Whether all domains of the forest with this root can use it.
    fn is_for_forest(&self, root: &Realm, assumptions: &Assumptions) -> bool {
        match self.kind {
            TrustKind::Forest => self.holder == *root,
            TrustKind::Realm => self.is_transitive && assumptions.realm_trusts_for_forest,
            _ => false,
        }
    }

    /// Adds its names to those that a domain knows a way to.
    fn lay(&self, assumptions: &Assumptions, routes: &mut Routes, reach: &mut Reach) {
        let has_names = self.kind == TrustKind::Forest && !self.claimed.is_empty();
        // What a forest trust does not claim has no route; other trusts list no names.
        if !has_names && assumptions.external_names {
            routes.add(self.partner.as_str(), &self.partner);
        }
        for name in &self.claimed {
            routes.add(name, &self.partner);
        }
        for name in &self.excluded {
            routes.exclude(name, &self.partner);
        }
        for (name, realm) in &self.netbios {
            let known = reach.netbios.entry(name.clone());
            known.or_insert_with(|| realm.clone());
        }
    }
}
