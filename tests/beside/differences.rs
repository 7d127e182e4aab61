//! The list of what differs, and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde::Deserialize;

use super::facts::Facts;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    /// The cases, or `*` for all.
    cases: Vec<String>,
    fact: String,
    /// What ours says; where it depends on the case, nothing.
    ours: Option<String>,
    sambas: Option<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    difference: Vec<Listed>,
}

/// Differences between the facts of cases.
#[derive(Default)]
pub(crate) struct Differences {
    found: BTreeMap<(&'static str, String), (String, String)>,
}

/// Stands for a fact that a reply does not have.
const ABSENT: &str = "-";

impl Differences {
    /// Notes how the replies of a case differ.
    pub(crate) fn note(&mut self, case: &'static str, ours: &Facts, sambas: &Facts) {
        let facts: std::collections::BTreeSet<_> = ours.keys().chain(sambas.keys()).collect();
        // Two different kinds of reply have nothing to compare.
        let kinds_differ = ours["kind"] != sambas["kind"];
        for fact in facts {
            if kinds_differ && !matches!(fact.as_str(), "kind" | "error" | "e-data") {
                continue;
            }
            let of = |facts: &Facts| facts.get(fact).map_or(ABSENT, String::as_str).to_owned();
            let (ours, sambas) = (of(ours), of(sambas));
            if ours != sambas {
                self.found.insert((case, fact.clone()), (ours, sambas));
            }
        }
    }

    /// Fails unless the list says just this.
    #[track_caller]
    pub(crate) fn expect_listed(&self) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/beside/differences.toml");
        let table: Table = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let mut complaints = String::new();
        for row in &table.difference {
            assert!(!row.reason.is_empty(), "{row:?} has no reason");
        }
        let mut used = vec![false; table.difference.len()];
        for ((case, fact), (ours, sambas)) in &self.found {
            let row = table.difference.iter().position(|row| {
                row.fact == *fact
                    && row.cases.iter().any(|other| other == "*" || other == case)
                    && row.ours.as_ref().is_none_or(|said| said == ours)
                    && row.sambas.as_ref().is_none_or(|said| said == sambas)
            });
            match row {
                Some(row) => used[row] = true,
                None => {
                    let _ = writeln!(
                        complaints,
                        "{case}: {fact}\n  ours   {ours}\n  Samba's {sambas}"
                    );
                }
            }
        }
        for (row, used) in table.difference.iter().zip(used) {
            if !used {
                let _ = writeln!(complaints, "listed but not found: {row:?}");
            }
        }
        assert!(complaints.is_empty(), "{complaints}");
    }
}
