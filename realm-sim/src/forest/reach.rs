//! How far trusts lead: which names lie behind which of them.

use kerberos_core::name::Realm;

use super::Domain;
use crate::kdc::Directory;
use crate::topology::{Topology, TrustEntry};

/// Tells every domain which names lie behind which of its trusts.
pub(super) fn lay_routes(topology: &Topology, domains: &mut [Domain]) {
    let edges: Vec<Edge> = topology.trusts.iter().flat_map(Edge::of).collect();
    for domain in domains {
        let own = domain.realm().clone();
        domain.routes.add(own.as_str(), &own);
        for edge in edges.iter().filter(|edge| edge.from == own.as_str()) {
            let Ok(next) = Realm::new(&edge.to) else {
                continue;
            };
            let mut passed = vec![own.as_str()];
            lay_behind(edge, &edges, &next, &mut passed, domain);
        }
    }
}

/// Adds what lies behind `edge`: its own names, and within a forest what lies further on.
fn lay_behind<'a>(
    edge: &'a Edge,
    edges: &'a [Edge],
    next: &Realm,
    passed: &mut Vec<&'a str>,
    domain: &mut Domain,
) {
    domain.routes.add(&edge.to, next);
    for name in &edge.names {
        domain.routes.add(name, next);
    }
    for name in &edge.excluded {
        domain.routes.exclude(name, next);
    }
    if !edge.within_forest {
        return;
    }
    passed.push(&edge.to);
    for further in edges.iter().filter(|further| further.from == edge.to) {
        if !passed.contains(&further.to.as_str()) {
            lay_behind(further, edges, next, passed, domain);
        }
    }
}

/// A way that referrals can take.
struct Edge {
    from: String,
    to: String,
    names: Vec<String>,
    excluded: Vec<String>,
    within_forest: bool,
}

impl Edge {
    fn of(entry: &TrustEntry) -> Vec<Self> {
        let mut edges = Vec::new();
        if entry.direction.is_inbound() {
            edges.push(Self {
                from: entry.realm.get_ref().clone(),
                to: entry.partner.clone(),
                names: entry.top_level_names.clone(),
                excluded: entry.excluded_names.clone(),
                within_forest: entry.within_forest,
            });
        }
        if entry.direction.is_outbound() {
            edges.push(Self {
                from: entry.partner.clone(),
                to: entry.realm.get_ref().clone(),
                names: Vec::new(),
                excluded: Vec::new(),
                within_forest: entry.within_forest,
            });
        }
        edges
    }
}
