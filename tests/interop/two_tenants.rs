//! Two tenants behind one realm name: where a program finds the proxy of each, and which of them a
//! user who signed in asks.

use std::fs;

use kerberos_tests::forests::OTHER_TENANT;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ENTRA, Simulator, TENANT};
use realm_sim::topology::DEMO;

const SHARE: &str = "cifs/fabrikamfiles.file.core.windows.net";

/// The demo, and a tenant of Fabrikam's users with a storage account.
fn simulator() -> Simulator {
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    let more = format!(
        r#"
[[realm]]
name = "FABRIKAM.COM"
[[realm.user]]
name = "frida"
password = "Passw0rd!"

[[tenant]]
id = "{OTHER_TENANT}"
synced = ["FABRIKAM.COM"]
[[tenant.storage_account]]
name = "fabrikamfiles"
"#
    );
    fs::write(&topology, format!("{DEMO}{more}")).unwrap();
    Simulator::start_with(&[topology.to_str().unwrap()])
}

fn proxy(simulator: &Simulator, tenant: &str) -> String {
    let url = simulator.ready()["tenants"][tenant].as_str();
    url.unwrap_or_else(|| panic!("no proxy of {tenant}"))
        .to_owned()
}

#[test]
fn the_ready_line_has_the_proxy_of_every_tenant() {
    let simulator = simulator();
    let told = simulator.ready()["tenants"].as_object().unwrap();
    assert_eq!(told.len(), 2);
    let hosts = [TENANT, OTHER_TENANT].map(|tenant| {
        let url = proxy(&simulator, tenant);
        let host = url.strip_suffix(&format!("/{tenant}/kerberos"));
        host.unwrap_or_else(|| panic!("{url}")).to_owned()
    });
    assert!(hosts[0].starts_with("https://localhost:"));
    assert_eq!(hosts[0], hosts[1]);
    // The realm's is the first one's; the file says whose is whose.
    assert_eq!(
        simulator.ready()["realms"][ENTRA]["proxy"],
        proxy(&simulator, TENANT)
    );
    let conf = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    for (whose, tenant) in [(AD, TENANT), ("users who sign in there", OTHER_TENANT)] {
        let url = proxy(&simulator, tenant);
        let comment = conf.lines().find(|line| {
            line.trim_start().starts_with(&format!("# For {whose}")) && line.ends_with(&url)
        });
        assert!(comment.is_some(), "{conf}");
    }
    simulator.stop();
}

#[test]
fn who_signed_in_asks_the_own_tenant_whichever_krb5_conf_names() {
    let simulator = simulator();
    let (ours, theirs) = (proxy(&simulator, TENANT), proxy(&simulator, OTHER_TENANT));
    let words = [
        "prt-response",
        "frida@fabrikam.com",
        "--tenant",
        OTHER_TENANT,
    ];
    let response = simulator.administer(&words, "").succeeded().stdout;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("response.json");
    fs::write(&file, response).unwrap();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session
        .ours(&["import", "--prt-response", file.to_str().unwrap()])
        .succeeded();
    let asked = session.ours(&["--trace", "kvno", SHARE]);
    asked.succeeded().says("kvno = 1").says(&theirs);
    session
        .ours(&["status"])
        .succeeded()
        .says(theirs.strip_suffix("/kerberos").unwrap());

    // What the command line says comes first, and there her TGT is of another tenant.
    let mapping = format!("{ENTRA}={ours}");
    let files = ["cifs/contosofiles.file.core.windows.net"];
    let refused = session.ours(&[&["--proxy", &mapping, "kvno"], &files[..]].concat());
    refused.failed().says("(35)").says(&ours);
    simulator.stop();
}
