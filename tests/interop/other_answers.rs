//! Clients at a simulator whose switches have the answers that are not the default, where a client
//! can be struck by them.

use std::fs;

use kerberos_tests::peer::{MIT_CLIENT, MIT_TLS, present};
use kerberos_tests::process::run;
use kerberos_tests::programs;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator};
use realm_sim::topology::DEMO;

const FILES: &str = "cifs/contosofiles.file.core.windows.net";
const WEB: &str = "HTTP/web.contoso.com";

/// KeyVersion is one that was published for a real domain.
const OTHER: &str = "\n[assumptions]\n\
    entra_full_signatures = false\n\
    unasked_nonce = 0xffff_ffff\n\
    unasked_padata = true\n\
    entra_domain_info = true\n\
    key_versions_before = 192_271\n\
    partial_tgt_upn_info = true\n";

#[test]
fn clients_get_their_tickets_whatever_was_decided() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let topology = path("topology.toml");
    fs::write(&topology, format!("{DEMO}{OTHER}")).unwrap();
    run(programs::realm_sim().args(["assumptions", &topology]), "")
        .succeeded()
        .says("entra_full_signatures = false\n")
        .says("unasked_nonce = 0xffffffff\n")
        .says("unasked_padata = true\n")
        .says("entra_domain_info = true\n")
        .says("key_versions_before = 192271\n")
        .says("partial_tgt_upn_info = true\n");

    let simulator = Simulator::start_with(&[&topology]);
    simulator
        .administer(&["azuread-kerberos", "get", "--domain", AD], "")
        .succeeded()
        .says("\nKeyVersion          : 192272\n")
        .says("\nCloudKeyVersion     : 192272\n");

    // What a sign-in delivers, for the cloud and for the domain.
    let response = path("response.json");
    let asked = ["prt-response", "alice@contoso.com"];
    let delivered = simulator.administer(&asked, "").succeeded();
    fs::write(&response, delivered.stdout).unwrap();
    let import = ["import", "--prt-response", &response];
    let session = Session::new(&simulator.exported("krb5.conf"));
    session.ours(&import).succeeded();
    session.ours(&["kvno", FILES]).succeeded().says("kvno = 1");
    session.ours(&["full-tgt"]).succeeded();
    session.ours(&["kvno", WEB]).succeeded().says("kvno = ");

    // By the trust, whose names list the cloud as a domain.
    let by_trust = Session::new(&simulator.exported("krb5.conf"));
    by_trust.our_kinit(ALICE, PASSWORD).succeeded();
    by_trust.ours(&["kvno", SQL]).succeeded().says("kvno = ");

    if present(&[MIT_CLIENT, MIT_TLS]) {
        let session = Session::new(&simulator.exported("krb5.conf"));
        session.ours(&import).succeeded();
        let service = format!("{FILES}@{ENTRA}");
        let got = session.mit("kvno", &[&service], "").succeeded();
        got.says("kvno = 1");
        let by_trust = Session::new(&simulator.exported("krb5-direct.conf"));
        by_trust.mit_kinit(ALICE, PASSWORD).succeeded();
        let service = format!("{SQL}@{AD}");
        by_trust.mit("kvno", &[&service], "").succeeded();
    }
    simulator.stop();
}
