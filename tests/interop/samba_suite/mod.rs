//! The Kerberos suite of Samba, which its authors hold against Windows, asks the simulator.
//!
//! What it finds wrong stands in `differs.toml` with the reason; nothing else may fail, and nothing
//! listed there may pass unnoticed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Duration;

use kerberos_tests::peer::{SAMBA_SUITE, present};
use kerberos_tests::process;
use kerberos_tests::simulator::Simulator;
use serde::Deserialize;
use serde_json::Value;

const TOPOLOGY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/topologies/samba_suite.toml"
);
const ADAPTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/samba_suite.py");
const DIFFERS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/samba_suite/differs.toml"
);

/// Debian's own Python, for which its package is made.
const PYTHON: &str = "/usr/bin/python3";

/// The thousands of cases of one module take a minute on a loaded machine.
const LIMIT: Duration = Duration::from_secs(600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    differs: Vec<Differs>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Differs {
    reason: String,
    /// `module.test`.
    tests: Vec<String>,
}

/// Runs modules of the suite; how many tests each has.
#[track_caller]
fn ask(modules: &[&str]) -> BTreeMap<String, usize> {
    if !present(&[SAMBA_SUITE]) {
        return BTreeMap::new();
    }
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let mut command = Command::new(PYTHON);
    command
        .arg(ADAPTER)
        .arg(simulator.ready().to_string())
        .arg(simulator.exported("admin.json"))
        .args(modules);
    let told = process::run_within(&mut command, "", LIMIT).succeeded();
    simulator.stop();

    let table: Table = toml::from_str(&fs::read_to_string(DIFFERS).unwrap()).unwrap();
    assert!(table.differs.iter().all(|row| !row.reason.is_empty()));
    let listed: BTreeSet<_> = table
        .differs
        .into_iter()
        .flat_map(|row| row.tests)
        .collect();
    let mut counts = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in told.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let Some(name) = line["test"].as_str() else {
            let ran = counts.values().sum::<usize>();
            assert_eq!(line["ran"], ran, "{}", told.story());
            continue;
        };
        let mut parts = name.split('.');
        let (module, test) = (parts.next().unwrap(), parts.next_back().unwrap());
        *counts.entry(module.to_owned()).or_default() += 1;
        let name = format!("{module}.{test}");
        match (line["failed"].as_str(), listed.contains(&name)) {
            (Some(why), false) => wrong.push(format!("{name}: {why}")),
            (None, true) => wrong.push(format!("{name} passes, although it is listed")),
            (Some(_), true) | (None, false) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    counts
}

/// Fails unless each module has had its tests.
#[track_caller]
fn expect(modules: &[(&str, usize)]) {
    let names: Vec<_> = modules.iter().map(|(module, _)| *module).collect();
    let counts = ask(&names);
    if counts.is_empty() {
        return;
    }
    for (module, least) in modules {
        let ran = counts.get(*module).copied().unwrap_or_default();
        assert!(ran >= *least, "{module}: {ran} tests instead of {least}");
    }
}

#[test]
fn logons_and_names() {
    expect(&[
        ("as_req_tests", 216),
        ("as_canonicalization_tests", 320),
        ("compatability_tests", 11),
        ("kdc_tests", 5),
        ("ms_kile_client_principal_lookup_tests", 12),
        ("pac_align_tests", 15),
        ("salt_tests", 41),
    ]);
}

#[test]
fn tickets_and_controllers() {
    expect(&[
        ("kdc_tgs_tests", 210),
        ("spn_tests", 15),
        ("alias_tests", 4),
        ("rodc_tests", 1),
    ]);
}

#[test]
fn delegation_and_armor() {
    expect(&[("s4u_tests", 57), ("fast_tests", 75)]);
}

#[test]
fn passwords_and_protected_users() {
    expect(&[("kpasswd_tests", 26), ("protected_users_tests", 74)]);
}

#[test]
fn encryption_types_of_tickets_and_sessions() {
    expect(&[("etype_tests", 2536)]);
}
