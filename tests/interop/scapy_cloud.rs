//! The modern interactive flow by somebody else's program: scapy opens the cloud TGT of a sign-in and
//! asks for services through the KDC proxy.

use std::fs;
use std::path::Path;
use std::process::Command;

use kerberos_tests::peer::{SCAPY, present};
use kerberos_tests::process::{Finished, run};
use kerberos_tests::simulator::{ENTRA, SQL, Simulator};
use realm_sim::topology::DEMO;

const PYTHON: &str = "/opt/scapy/bin/python";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/scapy_cloud.py");
const UPN: &str = "alice@contoso.com";
const FILES: &str = "cifs/contosofiles.file.core.windows.net";

/// Signs alice in and asks for the services, with this file of authorities to trust.
fn ask(simulator: &Simulator, authorities: &Path, services: &[&str]) -> Finished {
    let response = simulator.administer(&["prt-response", UPN], "").succeeded();
    let mut command = Command::new(PYTHON);
    command
        .args([SCRIPT, &simulator.proxy(ENTRA)])
        .args(services)
        .env("SSL_CERT_FILE", authorities)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    run(&mut command, &response.stdout)
}

#[test]
fn a_cloud_tgt_gets_tickets_through_the_proxy_whatever_its_label() {
    if !present(&[SCAPY]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for label in [18, -1] {
        let topology = folder.path().join("topology.toml");
        let head = format!("assumptions.cloud_tgt_etype = {label}\n");
        fs::write(&topology, format!("{head}{DEMO}")).unwrap();
        let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
        let unknown = "cifs/nobodys.file.core.windows.net";
        let asked = ask(
            &simulator,
            &simulator.exported("ca.pem"),
            &[SQL, FILES, unknown],
        )
        .succeeded();
        let names = ["cloud TGT", "ticket for", "no ticket for"];
        let said = asked.stdout.lines();
        let said = said.filter(|line| names.iter().any(|name| line.starts_with(name)));
        assert_eq!(
            said.collect::<Vec<_>>(),
            [
                format!("cloud TGT of {UPN} in {ENTRA}"),
                format!("ticket for {SQL}@{ENTRA}"),
                format!("ticket for {FILES}@{ENTRA}"),
                format!("no ticket for {unknown}"),
            ],
            "{}",
            asked.story()
        );
        asked.says("KDC_ERR_S_PRINCIPAL_UNKNOWN");
        simulator.stop();
    }
}

/// It asks nobody whose certificate it cannot verify.
#[test]
fn the_proxy_has_to_be_the_one_that_is_trusted() {
    if !present(&[SCAPY]) {
        return;
    }
    let simulator = Simulator::start();
    let stranger = tempfile::NamedTempFile::new().unwrap();
    fs::write(&stranger, kerberos_tests::kdcproxy::Authority::new().pem).unwrap();
    let refused = ask(&simulator, stranger.path(), &[FILES]).failed();
    assert!(
        !refused.stdout.contains("ticket for"),
        "{}",
        refused.story()
    );
    simulator.stop();
}
