//! `kkdcp` on the way to the cloud realm: how the proxy is spelled, and which realm a host is in.

use std::fs;

use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator, TENANT};
use realm_sim::topology::DEMO;
use serde_json::Value;

const FILES: &str = "cifs/contosofiles.file.core.windows.net";

/// A krb5.conf that knows the domain and nothing of the cloud.
fn without_cloud(simulator: &Simulator) -> String {
    let kdc = simulator.ready()["realms"][AD]["tcp"].as_str().unwrap();
    format!("[libdefaults]\ndefault_realm = {AD}\n[realms]\n{AD} = {{\n kdc = {kdc}\n}}\n")
}

/// Where the proxy listens, as `host:port`.
fn authority(simulator: &Simulator) -> String {
    let url = simulator.proxy(ENTRA);
    let authority = url.strip_prefix("https://").unwrap();
    authority.split('/').next().unwrap().to_owned()
}

#[test]
fn the_proxy_in_the_spellings_of_windows_mit_and_apple() {
    let simulator = Simulator::start();
    let tenants = &simulator.ready()["tenants"];
    assert_eq!(tenants[TENANT], simulator.proxy(ENTRA).as_str());
    let ca = simulator.exported("ca.pem");
    let ca = ca.to_str().unwrap();
    let at = authority(&simulator);
    for spelling in [
        format!("{ENTRA}=<https {at}:{TENANT}/kerberos />"),
        format!("{ENTRA}=https://{at}/{TENANT}/kerberos"),
        format!("{ENTRA}=kkdcp://{at}/{TENANT}/kerberos"),
        format!(".microsoftonline.com=<https {at}:{TENANT}/kerberos />"),
        format!("*=kkdcp://{at}/{TENANT}/kerberos"),
    ] {
        let session = Session::with_config(&without_cloud(&simulator));
        session.our_kinit(ALICE, PASSWORD).succeeded();
        session
            .ours(&["kvno", SQL, "--proxy", &spelling, "--ca-file", ca])
            .succeeded()
            .says("kvno = 1");
        session
            .ours(&["klist"])
            .succeeded()
            .says(&format!("krbtgt/{ENTRA}@{AD}"));
    }
    for spelling in ["https", "kkdcp"] {
        let conf = without_cloud(&simulator);
        let conf = format!(
            "{conf}{ENTRA} = {{\n kdc = {spelling}://{at}/{TENANT}/kerberos\n \
             http_anchors = FILE:{ca}\n}}\n"
        );
        let session = Session::with_config(&conf);
        session.our_kinit(ALICE, PASSWORD).succeeded();
        session.ours(&["kvno", SQL]).succeeded().says("kvno = 1");
    }
    simulator.stop();
}

#[test]
fn what_an_administrator_asks_for_to_see_that_it_works() {
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    let kdc = simulator.ready()["realms"][AD]["tcp"].as_str().unwrap();
    session.our_kinit(ALICE, PASSWORD).succeeded();
    session
        .ours(&["kvno", "krbtgt"])
        .succeeded()
        .says(&format!("krbtgt/{AD}@{AD}: kvno"));
    session
        .ours(&["kvno", &format!("krbtgt/{}", ENTRA.to_lowercase())])
        .succeeded()
        .says(&format!("krbtgt/{ENTRA}@{AD}: kvno"));
    session.ours(&["kvno", FILES]).succeeded();
    session
        .ours(&["klist", "--windows"])
        .succeeded()
        .says("Cached Tickets: (3)")
        .says("Client: alice @ CONTOSO.COM")
        .says(&format!("Server: krbtgt/{ENTRA} @ {AD}"))
        .says(&format!("Kdc Called: {kdc}"))
        .says(&format!("Server: {FILES} @ {ENTRA}"))
        .says(&format!("Kdc Called: KdcProxy:{}", authority(&simulator)));
    let told = session
        .ours(&["klist", "--json"])
        .succeeded()
        .stdout
        .clone();
    let told: Value = serde_json::from_str(&told).unwrap();
    let called = told["tickets"].as_array().unwrap().iter();
    let called: Vec<_> = called.map(|it| it["kdc_called"].clone()).collect();
    assert_eq!(called, [kdc, kdc, &simulator.proxy(ENTRA)]);
    session
        .ours(&["status"])
        .succeeded()
        .says("AzureAdPrt : NO")
        .says("EnterprisePrt : NO")
        .says("OnPremTgt : NO")
        .says("CloudTgt : NO")
        .says("Cloud Kerberos enabled by policy: 1")
        .says("AS_REP callback received: 0")
        .says("Cloud Referral TGT present in cache: 1")
        .says("KDC proxy present in cache: 1")
        .says("AS_REP Credential Type: 0");
    session
        .ours(&["status", "--no-cloud"])
        .succeeded()
        .says("Cloud Kerberos enabled by policy: 0");
    simulator.stop();
}

/// The authority is the one beside the proxy in use, or else that of the cloud whose names came.
#[test]
fn whose_the_refresh_token_is_follows_from_the_cloud_in_use() {
    let simulator = Simulator::start();
    let folder = tempfile::tempdir().unwrap();
    let response = folder.path().join("response.json");
    let printed = simulator.administer(&["prt-response", "alice@contoso.com"], "");
    let printed = printed.succeeded().stdout;
    fs::write(&response, &printed).unwrap();
    let import = ["import", "--prt-response", response.to_str().unwrap()];

    let session = Session::new(&simulator.exported("krb5.conf"));
    session.ours(&import).succeeded();
    let authority = format!("https://{}/{TENANT}", authority(&simulator));
    session
        .ours(&["status"])
        .succeeded()
        .says(&format!("AzureAdPrtAuthority : {authority}\n"))
        .says("AS_REP callback received: 1\nAS_REP callback used: 1\n")
        .says("AS_REP Credential Type: 1");

    let session = Session::with_config(&without_cloud(&simulator));
    let mut told: Value = serde_json::from_str(&printed).unwrap();
    for (names, host) in [
        (".windows.net,.azure.net", "login.microsoftonline.com"),
        (
            ".usgovcloudapi.net,.windows.net",
            "login.microsoftonline.us",
        ),
    ] {
        told["kerberos_top_level_names"] = names.into();
        fs::write(&response, told.to_string()).unwrap();
        session.ours(&import).succeeded();
        session
            .ours(&["status"])
            .succeeded()
            .says(&format!("AzureAdPrtAuthority : https://{host}/{TENANT}\n"))
            .says(&format!("is reached at https://{host}/{TENANT}/kerberos\n"));
    }
    simulator.stop();
}

/// Per-host mappings, top-level names of a sign-in, and leaving the sign-in aside.
#[test]
fn a_host_is_where_the_closest_rule_says() {
    let own = "cifs/own.file.core.windows.net";
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    let with_own = DEMO.replace("\"host/web.contoso.com\",", &format!("\"{own}\","));
    // The cloud TGT is all that a sign-in brings.
    let with_own = with_own.replace("entra_controller = true", "entra_controller = false");
    fs::write(&topology, with_own).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    let printed = simulator.administer(&["prt-response", "alice@contoso.com"], "");
    let response = folder.path().join("response.json");
    fs::write(&response, printed.succeeded().stdout).unwrap();
    let conf = without_cloud(&simulator);
    let proxy = format!("{ENTRA}={}", simulator.proxy(ENTRA));
    let ca = simulator.exported("ca.pem");
    let more = ["--proxy", &proxy, "--ca-file", ca.to_str().unwrap()];
    let in_cloud = format!("{FILES}@{ENTRA}");
    let kvno =
        |session: &Session, words: &[&str]| session.ours(&[&["kvno"], words, &more[..]].concat());

    // Signed in: whatever lies below the top-level names is in the cloud, this host too.
    let session = Session::with_config(&conf);
    let import = ["import", "--prt-response", response.to_str().unwrap()];
    session.ours(&import).succeeded();
    kvno(&session, &[FILES]).succeeded().says(&in_cloud);
    kvno(&session, &[own]).failed().says("0x6FB");
    // The ticket for the share is there, but of the cloud; and the cloud leads to no domain.
    let right = format!("{AD}=own.file.core.windows.net");
    for (words, said) in [
        (vec![FILES, "--no-cloud"], "which --no-cloud leaves aside"),
        (vec![own, "--host-realm", &right], "leads to no other realm"),
    ] {
        let told = kvno(&session, &[&words[..], &["--trace"]].concat()).failed();
        let told = told.says(said).says("try: log on");
        assert!(!told.stderr.contains("Sending"), "{}", told.story());
    }

    // Logged on at the domain, which refers to the cloud what it has not.
    let session = Session::with_config(&conf);
    session.our_kinit(ALICE, PASSWORD).succeeded();
    kvno(&session, &[own])
        .succeeded()
        .says(&format!("{own}@{AD}"));
    let mapped = format!("{ENTRA}=contosofiles.file.core.windows.net;.elsewhere.example");
    kvno(&session, &[FILES, "--host-realm", &mapped, "--no-cloud"])
        .succeeded()
        .says(&in_cloud);
    let wrong = format!("{ENTRA}=.file.core.windows.net");
    kvno(&session, &[own, "--host-realm", &wrong, "--no-store"])
        .failed()
        .says(ENTRA);
    let both = [own, "--host-realm", &wrong, "--host-realm", &right];
    kvno(&session, &both)
        .succeeded()
        .says(&format!("{own}@{AD}"));
    simulator.stop();
}
