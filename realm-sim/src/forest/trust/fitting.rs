//! What Active Directory would not let an administrator set up.

use kerberos_core::name::Realm;

use super::landscape::Landscape;
use crate::topology::{Problem, TrustEntry, TrustKind};

/// Refuses a trust that cannot be, or that has options which trusts of its kind do not have.
pub(super) fn expect_fitting(
    entry: &TrustEntry,
    (realm, partner): (&Realm, &Realm),
    partner_is_domain: bool,
    landscape: &Landscape,
) -> Result<(), Problem> {
    let kind = entry.kind;
    if !kind.is_within_forest() && landscape.forest_of(realm).contains(&partner) {
        return Err(Problem::SameForest {
            name: entry.partner.clone(),
        });
    }
    if kind == TrustKind::Forest {
        // An Entra realm is trusted by a forest like another forest is.
        let partner = partner_is_domain.then_some(partner);
        for end in partner.into_iter().chain([realm]) {
            if landscape.root_of(end) != end {
                return Err(Problem::NotForestRoot {
                    name: end.to_string(),
                });
            }
        }
    }
    let leaves_forest = matches!(kind, TrustKind::Forest | TrustKind::External);
    for side in [&entry.own_side(), &entry.partner_side] {
        for (is_set, option, fits) in [
            (
                side.selective_authentication,
                "selective_authentication",
                leaves_forest,
            ),
            (side.sid_history, "sid_history", kind == TrustKind::Forest),
            (side.pim, "pim", kind == TrustKind::Forest),
            (side.claims, "claims", leaves_forest),
            (entry.transitive, "transitive", kind == TrustKind::Realm),
        ] {
            if is_set && !fits {
                return Err(Problem::TrustOption { option });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{Topology, TrustDirection};

    const REALMS: &str = r#"
        realm = [{ name = "A" }, { name = "EU.A" }, { name = "B" }]
        [[trust]]
        kind = "parent-child"
        realm = "A"
        partner = "EU.A"
        direction = "bidirectional"
    "#;

    fn problem(
        realm: &str,
        partner: &str,
        kind: TrustKind,
        adjust: fn(&mut TrustEntry),
    ) -> Option<String> {
        let landscape = Landscape::of(&Topology::parse(REALMS).unwrap());
        let mut entry = TrustEntry::new(realm, partner, TrustDirection::Bidirectional);
        entry.kind = kind;
        adjust(&mut entry);
        let ends = (Realm::new(realm).unwrap(), Realm::new(partner).unwrap());
        expect_fitting(&entry, (&ends.0, &ends.1), true, &landscape)
            .err()
            .map(|problem| problem.to_string())
    }

    #[test]
    fn forest_trusts_are_between_roots_and_nothing_else_is() {
        let plain = |_: &mut TrustEntry| {};
        assert_eq!(problem("A", "B", TrustKind::Forest, plain), None);
        assert_eq!(problem("EU.A", "B", TrustKind::External, plain), None);
        for (realm, partner, kind, expected) in [
            (
                "EU.A",
                "B",
                TrustKind::Forest,
                "EU.A is not the root of its forest",
            ),
            (
                "B",
                "EU.A",
                TrustKind::Forest,
                "EU.A is not the root of its forest",
            ),
            ("A", "EU.A", TrustKind::Forest, "EU.A is in the same forest"),
            ("EU.A", "A", TrustKind::External, "A is in the same forest"),
        ] {
            assert_eq!(problem(realm, partner, kind, plain).unwrap(), expected);
        }
    }

    struct TrustOption {
        name: &'static str,
        set: fn(&mut TrustEntry),
        kinds: &'static [TrustKind],
    }

    const OPTIONS: [TrustOption; 5] = [
        TrustOption {
            name: "selective_authentication",
            set: |entry| entry.selective_authentication = true,
            kinds: &[TrustKind::Forest, TrustKind::External],
        },
        TrustOption {
            name: "sid_history",
            set: |entry| entry.partner_side.sid_history = true,
            kinds: &[TrustKind::Forest],
        },
        TrustOption {
            name: "pim",
            set: |entry| entry.pim = true,
            kinds: &[TrustKind::Forest],
        },
        TrustOption {
            name: "claims",
            set: |entry| entry.claims = true,
            kinds: &[TrustKind::Forest, TrustKind::External],
        },
        TrustOption {
            name: "transitive",
            set: |entry| entry.transitive = true,
            kinds: &[TrustKind::Realm],
        },
    ];

    #[test]
    fn options_belong_to_kinds() {
        for TrustOption { name, set, kinds } in OPTIONS {
            for kind in [
                TrustKind::External,
                TrustKind::Forest,
                TrustKind::ParentChild,
                TrustKind::Realm,
                TrustKind::Shortcut,
                TrustKind::TreeRoot,
            ] {
                let expected = (!kinds.contains(&kind))
                    .then(|| format!("a trust of this kind cannot have {name}"));
                assert_eq!(problem("A", "B", kind, set), expected, "{kind:?}");
            }
        }
    }
}
