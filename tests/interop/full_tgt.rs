//! `kkdcp full-tgt`: what a sign-in brought for the domain becomes a TGT of the domain, at a running
//! simulator.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use kerberos_tests::peer::{MIT_CLIENT, present};
use kerberos_tests::process::run;
use kerberos_tests::programs;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, Simulator};
use serde_json::Value;
use tempfile::TempDir;

const UPN: &str = "alice@contoso.com";
const WEB: &str = "HTTP/web.contoso.com";

/// A running simulator whose domain lets the cloud issue partial TGTs, and the session of a user who
/// has signed in.
struct Story {
    simulator: Simulator,
    session: Session,
    folder: TempDir,
}

fn signed_in() -> Story {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start();
    let printed = simulator.administer(&["prt-response", UPN], "").succeeded();
    let response = folder.path().join("response.json");
    fs::write(&response, printed.stdout).unwrap();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session
        .ours(&["import", "--prt-response", response.to_str().unwrap()])
        .succeeded();
    Story {
        simulator,
        session,
        folder,
    }
}

#[test]
fn keys_go_into_a_keytab_that_logs_on() {
    let Story {
        simulator,
        session,
        folder,
    } = signed_in();
    let keytab = folder.path().join("alice.keytab");
    let keytab = keytab.to_str().unwrap();
    let krbtgt = format!("krbtgt/{AD}@{AD}");
    let asked = ["full-tgt", "--key-list", "aes256-cts,aes128-cts"];
    let told = session
        .ours(&[&asked[..], &["--keytab", keytab]].concat())
        .succeeded();
    told.says(&format!("{krbtgt} for {ALICE}"));
    let mode = fs::metadata(keytab).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // The user is proved by this from now on, and nothing else is left that would.
    for (file, there) in [(keytab, "1"), ("/no/such/file", "0")] {
        let mut status = programs::kkdcp();
        session.environment(status.arg("status"));
        run(status.env("KRB5_CLIENT_KTNAME", file), "")
            .succeeded()
            .says("Public Key Credential Present: 0")
            .says(&format!("Password-derived Keys Present: {there}"))
            .says("Plaintext Password Present: 0");
    }

    // The full TGT stands where the partial one was: there is none to exchange any more.
    session.ours(&["kvno", WEB]).succeeded().says("kvno = ");
    session.ours(&["full-tgt"]).failed().says("partial");

    let other = Session::new(&simulator.exported("krb5.conf"));
    other
        .ours(&["kinit", "--keytab", keytab, ALICE])
        .succeeded();
    if present(&[MIT_CLIENT]) {
        let third = Session::new(&simulator.exported("krb5.conf"));
        third
            .mit("kinit", &["-k", "-t", keytab, ALICE], "")
            .succeeded();
        third.mit("kvno", &[WEB], "").succeeded();
    }
    simulator.stop();
}

#[test]
fn keys_are_shown_only_to_who_asks_for_that() {
    let Story {
        simulator, session, ..
    } = signed_in();
    let asked = ["--json", "full-tgt", "--key-list", "aes256-cts"];
    // Keys without a place to go to are not asked for.
    session.ours(&asked).failed().says("--keytab");
    let told = session
        .ours(&[&asked[..], &["--show-keys"]].concat())
        .succeeded();
    let document: Value = serde_json::from_str(&told.stdout).unwrap();
    let keys = document["keys"].as_array().unwrap();
    let shown: Vec<_> = keys
        .iter()
        .map(|key| (key["etype"].as_i64(), key["key"].as_str().unwrap().len()))
        .collect();
    assert_eq!(shown, [(Some(18), 64)]);

    let wanted = serde_json::json!({ "name": "alice" });
    let held = simulator.account("keys", &wanted);
    assert_eq!(held["keys"]["18"], keys[0]["key"]);
    simulator.stop();
}

/// A sign-in and a logon in one cache: the cloud TGT serves, unless it is left aside.
#[test]
fn without_the_cloud_tgt_the_domain_is_asked_for_what_the_cloud_has_given_already() {
    let Story {
        simulator, session, ..
    } = signed_in();
    let files = "cifs/contosofiles.file.core.windows.net";
    let asked = |more: &[&str]| {
        let told = session.ours(&[&["--json", "kvno", files], more].concat());
        let told: Value = serde_json::from_str(&told.succeeded().stdout).unwrap();
        let result = told["results"][0].clone();
        let path = result["path"].as_array().unwrap().iter();
        let path: Vec<_> = path.map(|step| step["realm"].clone()).collect();
        (result["ticket"]["client"].clone(), path)
    };
    let on_premises = || {
        session
            .ours(&["status"])
            .succeeded()
            .says("OnPremTgt : YES")
            .says("Cloud Primary (Hybrid logon) TGT available: 1");
    };
    on_premises();
    session.ours(&["full-tgt"]).succeeded();
    on_premises();
    let windows = session.ours(&["klist", "--windows"]).succeeded();
    let kdc = simulator.ready()["realms"][AD]["tcp"].as_str().unwrap();
    windows
        .says(&format!("Kdc Called: {kdc}"))
        .says("Kdc Called: TicketSuppliedAtLogon");

    let in_cloud = format!("alice\\@contoso.com@{ENTRA}");
    assert_eq!(asked(&[]), (in_cloud.clone().into(), vec![ENTRA.into()]));
    assert_eq!(
        asked(&[]),
        (in_cloud.clone().into(), vec![]),
        "from the cache"
    );
    let by_trust = (ALICE.into(), vec![AD.into(), ENTRA.into()]);
    assert_eq!(asked(&["--no-cloud"]), by_trust);
    assert_eq!(asked(&["--no-cloud"]), (ALICE.into(), vec![]));
    // The tickets of the cloud are still there.
    assert_eq!(asked(&[]), (in_cloud.into(), vec![]));
    // The mapping leads to the domain, which has it from the trust.
    let mapping = format!("{AD}=contosofiles.file.core.windows.net");
    assert_eq!(asked(&["--host-realm", &mapping]), (ALICE.into(), vec![]));
    simulator.stop();
}
