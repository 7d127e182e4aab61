//! Which domains are of one forest, and which way leads from one to another.

use std::collections::VecDeque;

use kerberos_core::name::Realm;

use crate::topology::{Topology, TrustEntry, TrustKind};

/// The domains of a topology and the trusts within their forests.
#[derive(Debug)]
pub(in crate::forest) struct Landscape {
    domains: Vec<Realm>,
    links: Vec<Link>,
}

/// A trust between two domains of one forest.
#[derive(Debug)]
struct Link {
    /// The parent, or the root of the forest.
    upper: Realm,
    lower: Realm,
    kind: TrustKind,
    /// Whether users of `upper` can go to `lower`.
    down: bool,
    /// Whether users of `lower` can go to `upper`.
    up: bool,
}

impl Landscape {
    pub(in crate::forest) fn of(topology: &Topology) -> Self {
        let domains = topology.realms.iter();
        let domains = domains.filter_map(|entry| Realm::new(entry.name.get_ref()).ok());
        Self::new(domains.collect(), topology.trusts.iter())
    }

    /// These domains, with what of these trusts is within forests.
    pub(in crate::forest) fn new<'a>(
        domains: Vec<Realm>,
        trusts: impl Iterator<Item = &'a TrustEntry>,
    ) -> Self {
        let realm = |name: &str| Realm::new(name).ok();
        let links = trusts.filter_map(|entry| {
            entry.kind.is_within_forest().then_some(())?;
            Some(Link {
                upper: realm(entry.realm.get_ref())?,
                lower: realm(&entry.partner)?,
                kind: entry.kind,
                down: entry.direction().is_inbound() && !entry.disabled,
                up: entry.direction().is_outbound() && !entry.partner_side.disabled,
            })
        });
        Self {
            domains,
            links: links.collect(),
        }
    }

    /// The domains of the forest that `domain` is in, itself too.
    pub(in crate::forest) fn forest_of(&self, domain: &Realm) -> Vec<&Realm> {
        let mut members = vec![domain];
        let mut seen = 0;
        while let Some(member) = members.get(seen).copied() {
            seen += 1;
            for neighbour in self.links.iter().filter_map(|link| link.across(member)) {
                if !members.contains(&neighbour) {
                    members.push(neighbour);
                }
            }
        }
        self.domains
            .iter()
            .filter(|domain| members.contains(domain))
            .collect()
    }

    /// The root of that forest: the domain that was there first.
    pub(in crate::forest) fn root_of<'a>(&'a self, domain: &'a Realm) -> &'a Realm {
        let is_below = |member: &Realm| {
            self.links
                .iter()
                .any(|link| link.lower == *member && link.kind != TrustKind::Shortcut)
        };
        let members = self.forest_of(domain);
        let first = members.iter().find(|member| !is_below(member));
        first.copied().unwrap_or(domain)
    }

    /// The roots of the trees of that forest.
    pub(in crate::forest) fn trees_of(&self, domain: &Realm) -> Vec<&Realm> {
        let mut members = self.forest_of(domain);
        members.retain(|member| {
            let has_parent =
                |link: &Link| link.lower == **member && link.kind == TrustKind::ParentChild;
            !self.links.iter().any(has_parent)
        });
        members
    }

    /// The first domain on the shortest way from one domain of a forest to another. Of ways
    /// that are as long, one through a shortcut comes first, then one within a tree.
    pub(in crate::forest) fn first_hop(&self, from: &Realm, to: &Realm) -> Option<&Realm> {
        let mut waiting = VecDeque::from([(from, None)]);
        let mut seen = vec![from];
        while let Some((here, first)) = waiting.pop_front() {
            let mut onward: Vec<(u8, &Realm)> = self
                .links
                .iter()
                .filter_map(|link| Some((link.rank(), link.onward(here)?)))
                .collect();
            onward.sort_by_key(|(rank, _)| *rank);
            for (_, next) in onward {
                let first = first.or(Some(next));
                if next == to {
                    return first;
                }
                if !seen.contains(&next) {
                    seen.push(next);
                    waiting.push_back((next, first));
                }
            }
        }
        None
    }
}

impl Link {
    /// The other end.
    fn across(&self, domain: &Realm) -> Option<&Realm> {
        if self.upper == *domain {
            Some(&self.lower)
        } else {
            (self.lower == *domain).then_some(&self.upper)
        }
    }

    /// The other end, where users of `domain` can go there.
    fn onward(&self, domain: &Realm) -> Option<&Realm> {
        if self.upper == *domain {
            self.down.then_some(&self.lower)
        } else {
            (self.lower == *domain && self.up).then_some(&self.upper)
        }
    }

    const fn rank(&self) -> u8 {
        match self.kind {
            TrustKind::Shortcut => 0,
            TrustKind::ParentChild => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two trees: CORP with EU, US and DE.EU; OTHER with LAB.
    const FOREST: &str = r#"
        realm = [
            { name = "CORP" }, { name = "EU.CORP" }, { name = "DE.EU.CORP" }, { name = "US.CORP" },
            { name = "OTHER" }, { name = "LAB.OTHER" }, { name = "ALONE" },
        ]
        [[trust]]
        kind = "parent-child"
        realm = "CORP"
        partner = "EU.CORP"
        direction = "bidirectional"
        [[trust]]
        kind = "parent-child"
        realm = "EU.CORP"
        partner = "DE.EU.CORP"
        direction = "bidirectional"
        [[trust]]
        kind = "parent-child"
        realm = "CORP"
        partner = "US.CORP"
        direction = "bidirectional"
        [[trust]]
        kind = "tree-root"
        realm = "CORP"
        partner = "OTHER"
        direction = "bidirectional"
        [[trust]]
        kind = "parent-child"
        realm = "OTHER"
        partner = "LAB.OTHER"
        direction = "bidirectional"
        [[trust]]
        kind = "external"
        realm = "US.CORP"
        partner = "ALONE"
        direction = "bidirectional"
    "#;
    const SHORTCUT: &str = r#"
        [[trust]]
        kind = "shortcut"
        realm = "DE.EU.CORP"
        partner = "LAB.OTHER"
        direction = "inbound"
    "#;

    fn realm(name: &str) -> Realm {
        Realm::new(name).unwrap()
    }

    fn hop(landscape: &Landscape, from: &str, to: &str) -> Option<String> {
        let hop = landscape.first_hop(&realm(from), &realm(to));
        hop.map(ToString::to_string)
    }

    #[test]
    fn a_forest_is_what_trusts_within_it_connect() {
        let landscape = Landscape::of(&Topology::parse(FOREST).unwrap());
        let alone = realm("ALONE");
        assert_eq!(landscape.forest_of(&alone), [&alone]);
        assert_eq!(landscape.root_of(&alone), &alone);
        let lab = realm("LAB.OTHER");
        assert_eq!(landscape.forest_of(&lab).len(), 6);
        assert_eq!(landscape.root_of(&lab), &realm("CORP"));
        assert_eq!(landscape.trees_of(&lab), [&realm("CORP"), &realm("OTHER")]);
    }

    #[test]
    fn the_way_leads_up_the_tree_across_and_down() {
        let landscape = Landscape::of(&Topology::parse(FOREST).unwrap());
        for (from, to, expected) in [
            ("DE.EU.CORP", "LAB.OTHER", Some("EU.CORP")),
            ("EU.CORP", "LAB.OTHER", Some("CORP")),
            ("CORP", "LAB.OTHER", Some("OTHER")),
            ("OTHER", "LAB.OTHER", Some("LAB.OTHER")),
            ("US.CORP", "DE.EU.CORP", Some("CORP")),
            ("US.CORP", "ALONE", None),
        ] {
            let found = hop(&landscape, from, to);
            assert_eq!(found.as_deref(), expected, "{from} {to}");
        }
    }

    #[test]
    fn a_shortcut_is_taken_in_its_direction_where_it_shortens_the_way() {
        let landscape = Landscape::of(&Topology::parse(&format!("{FOREST}{SHORTCUT}")).unwrap());
        for (from, to, expected) in [
            ("DE.EU.CORP", "LAB.OTHER", "LAB.OTHER"),
            // As long either way: the shortcut first.
            ("DE.EU.CORP", "OTHER", "LAB.OTHER"),
            ("EU.CORP", "LAB.OTHER", "DE.EU.CORP"),
            ("DE.EU.CORP", "CORP", "EU.CORP"),
            ("LAB.OTHER", "DE.EU.CORP", "OTHER"),
        ] {
            let found = hop(&landscape, from, to);
            assert_eq!(found.as_deref(), Some(expected), "{from} {to}");
        }
    }

    #[test]
    fn a_disabled_trust_leads_nowhere_from_its_own_end() {
        let text = FOREST.replacen(
            "partner = \"EU.CORP\"\n",
            "partner = \"EU.CORP\"\ndisabled = true\n",
            1,
        );
        let landscape = Landscape::of(&Topology::parse(&text).unwrap());
        assert_eq!(hop(&landscape, "CORP", "EU.CORP"), None);
        assert_eq!(hop(&landscape, "EU.CORP", "CORP").as_deref(), Some("CORP"));
        assert_eq!(landscape.forest_of(&realm("US.CORP")).len(), 6);
    }
}
