//! Both ways into a tenant of the cloud of the United States' government: its own names, its own
//! endpoints, and nothing of the public cloud.

use std::fs;

use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, Simulator, TENANT};
use serde_json::Value;
use tempfile::TempDir;

const UPN: &str = "alice@contoso.com";
const SHARE: &str = "cifs/acct.file.core.usgovcloudapi.net";
const SQL: &str = "MSSQLSvc/mi01.0a1b.database.usgovcloudapi.net:1433";
const PUBLIC_SHARE: &str = "cifs/acct.file.core.windows.net";

/// A tenant of that cloud, which the domain refers these names to.
#[track_caller]
fn served(top_level_names: &str) -> (Simulator, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("usgov.toml");
    let text = format!(
        r#"
[[realm]]
name = "{AD}"
[[realm.user]]
name = "alice"
password = "{PASSWORD}"
[[tenant]]
id = "{TENANT}"
cloud = "usgov"
synced = ["{AD}"]
[[tenant.managed_instance]]
name = "mi01"
dns_zone = "0a1b"
[[tenant.storage_account]]
name = "acct"
[[trust]]
realm = "{AD}"
partner = "{ENTRA}"
tenant = "{TENANT}"
direction = "inbound"
top_level_names = {top_level_names}
"#
    );
    fs::write(&topology, text).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    (simulator, folder)
}

/// The client in the ticket, and the realms that were asked.
#[track_caller]
fn asked(session: &Session, service: &str) -> (String, Vec<String>) {
    let told = session.ours(&["--json", "kvno", service]).succeeded();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let result = &told["results"][0];
    assert_eq!(result["ticket"]["service"], format!("{service}@{ENTRA}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let path = result["path"].as_array().unwrap().iter();
    let realms = path.map(|step| text(&step["realm"])).collect();
    (text(&result["ticket"]["client"]), realms)
}

fn realms(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Alice's sign-in, imported.
#[track_caller]
fn signed_in(simulator: &Simulator, folder: &TempDir) -> (Session, Value) {
    let printed = simulator.administer(&["prt-response", UPN], "");
    let printed = printed.succeeded().stdout;
    let response = folder.path().join("response");
    fs::write(&response, &printed).unwrap();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session
        .ours(&["import", "--prt-response", response.to_str().unwrap()])
        .succeeded()
        .says("services below .usgovcloudapi.net");
    (session, serde_json::from_str(&printed).unwrap())
}

#[test]
fn a_sign_in_leads_to_the_services_of_that_cloud_and_to_no_others() {
    let (simulator, folder) = served(r#"["usgovcloudapi.net"]"#);
    let (session, response) = signed_in(&simulator, &folder);
    let names = response["kerberos_top_level_names"].as_str().unwrap();
    assert!(names.starts_with(".usgovcloudapi.net,.usgovcloudapi.net:1433,"));
    let client = format!("alice\\@contoso.com@{ENTRA}");
    for service in [SHARE, SQL] {
        assert_eq!(asked(&session, service), (client.clone(), realms(&[ENTRA])));
    }
    // The tenant answers for names of the public cloud too, and has no service of them.
    session
        .ours(&["kvno", PUBLIC_SHARE])
        .failed()
        .says("KDC_ERR_S_PRINCIPAL_UNKNOWN")
        .says(ENTRA);
    simulator.stop();
}

#[test]
fn the_trust_leads_to_the_services_of_that_cloud_and_to_no_others() {
    let by_trust = || (ALICE.to_owned(), realms(&[AD, ENTRA]));
    for (names, refused_by) in [
        (r#"["usgovcloudapi.net"]"#, AD),
        (r#"["usgovcloudapi.net", "windows.net"]"#, ENTRA),
    ] {
        let (simulator, _folder) = served(names);
        let session = Session::new(&simulator.exported("krb5.conf"));
        session.our_kinit(ALICE, PASSWORD).succeeded();
        assert_eq!(asked(&session, SHARE), by_trust());
        let to_sql = (ALICE.to_owned(), realms(&[ENTRA]));
        assert_eq!(asked(&session, SQL), to_sql, "with the referral of before");

        let told = session.ours(&["--json", "kvno", "--no-store", PUBLIC_SHARE]);
        let told = told.failed();
        let document: Value = serde_json::from_str(&told.stdout).unwrap();
        let error = &document["results"][0]["error"];
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with("KDC_ERR_S_PRINCIPAL_UNKNOWN (7)"),
            "{message}"
        );
        assert_eq!(error["realm"], refused_by, "{document}");
        simulator.stop();
    }
}

/// What a sign-in of that cloud says is enough to know its endpoints.
#[test]
fn the_endpoints_are_those_of_the_cloud_that_was_signed_in_to() {
    let (simulator, folder) = served(r#"["usgovcloudapi.net"]"#);
    let (session, _) = signed_in(&simulator, &folder);
    let cache = session.cache();
    let cache = cache.to_str().unwrap();
    let elsewhere = Session::with_config("[libdefaults]\n");
    let status = |more: &[&str]| {
        let words = [&["--cache", cache, "--json"], more, &["status"]].concat();
        let told = elsewhere.ours(&words).succeeded();
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        told["kdc_proxy"].as_str().unwrap().to_owned()
    };
    let us = format!("https://login.microsoftonline.us/{TENANT}/kerberos");
    assert_eq!(status(&[]), us);
    assert_eq!(status(&["--tenant", TENANT, "--cloud", "usgov"]), us);
    // Whoever names a tenant without its cloud means the public one.
    let public = format!("https://login.microsoftonline.com/{TENANT}/kerberos");
    assert_eq!(status(&["--tenant", TENANT]), public);
    elsewhere
        .ours(&["--cache", cache, "status"])
        .succeeded()
        .says(&format!(
            "AzureAdPrtAuthority : https://login.microsoftonline.us/{TENANT}"
        ));
    simulator.stop();
}
