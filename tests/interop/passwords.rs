//! MIT's and Heimdal's programs change passwords at our password service.

use std::fs;
use std::io::Write;

use kerberos_tests::heimdal::Heimdal;
use kerberos_tests::peer::{HEIMDAL, MIT_CLIENT, MIT_TLS, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, PASSWORD, Simulator};
use realm_sim::topology::DEMO;
use serde_json::json;

const NEW: &str = "Correct-Horse-1";

/// Runs `kpasswd` as a person does who types the new password twice.
fn kpasswd(session: &Session, old: &str, new: &str) -> kerberos_tests::process::Finished {
    session.mit("kpasswd", &[ALICE], &format!("{old}\n{new}\n{new}\n"))
}

/// The exported krb5.conf with this line in its first section.
fn config_with(simulator: &Simulator, setting: &str) -> String {
    let config = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    let changed = config.replacen("[libdefaults]\n", &format!("[libdefaults]\n{setting}\n"), 1);
    assert_ne!(changed, config);
    changed
}

#[test]
fn kpasswd_by_datagram_and_by_stream() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    for limit in [100_000, 1] {
        let simulator = Simulator::start();
        let limit = format!("udp_preference_limit = {limit}");
        let session = Session::with_config(&config_with(&simulator, &limit));
        kpasswd(&session, PASSWORD, NEW)
            .succeeded()
            .says("Password changed");
        session.mit_kinit(ALICE, PASSWORD).failed();
        session.mit_kinit(ALICE, NEW).succeeded();
        let address = simulator.ready()["realms"][AD]["kpasswd"].as_str().unwrap();
        let (_, port) = address.rsplit_once(':').unwrap();
        let trace = session.trace();
        assert!(trace.contains(&format!("127.0.0.1:{port}")), "{trace}");
        simulator.stop();
    }
}

/// With a TGT in the cache MIT's client asks in its armor, where the KDC has announced that it takes
/// any.
#[test]
fn kpasswd_of_who_has_logged_on() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    for (policy, armored) in [("", false), ("[policy]\narmoring = true\n", true)] {
        fs::write(&topology, format!("{DEMO}\n{policy}")).unwrap();
        let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
        let session = Session::new(&simulator.exported("krb5.conf"));
        session.mit_kinit(ALICE, PASSWORD).succeeded();
        kpasswd(&session, PASSWORD, NEW)
            .succeeded()
            .says("Password changed");
        let trace = session.trace();
        let used = trace.contains("Using FAST due to armor ccache negotiation result");
        assert_eq!(used, armored, "{trace}");
        simulator.stop();
    }
}

#[test]
fn a_password_that_breaks_the_policy_is_explained() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    kpasswd(&session, PASSWORD, "short")
        .failed()
        .says("Password change rejected")
        // What MIT makes of the 30 octets.
        .says("at least 7 characters")
        .says("previous 24 passwords");
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    simulator.stop();
}

#[test]
fn kinit_changes_a_password_that_has_expired() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start();
    simulator.account(
        "modify",
        &json!({ "name": "alice", "opts": { "expired_password": true } }),
    );
    let session = Session::new(&simulator.exported("krb5.conf"));
    session
        .mit("kinit", &[ALICE], &format!("{PASSWORD}\n{NEW}\n{NEW}\n"))
        .succeeded()
        .says("Password expired");
    session.mit_kinit(ALICE, NEW).succeeded();
    simulator.stop();
}

#[test]
fn kpasswd_through_the_kdc_proxy() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let mut topology = tempfile::NamedTempFile::new().unwrap();
    write!(
        topology,
        "[[realm]]\nname = {AD:?}\nkdc_proxy = true\n\
         [[realm.user]]\nname = \"alice\"\npassword = {PASSWORD:?}\n"
    )
    .unwrap();
    let simulator = Simulator::start_with(&[topology.path().to_str().unwrap()]);
    let proxy = simulator.proxy(AD);
    let anchor = simulator.exported("ca.pem");
    let config = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    let lines = config
        .lines()
        .map(|line| match line.trim().split_once(" = ") {
            Some(("kdc" | "kpasswd_server", _)) => {
                let (name, _) = line.split_once(" = ").unwrap();
                format!(
                    "{name} = {proxy}\nhttp_anchors = FILE:{}\n",
                    anchor.display()
                )
            }
            Some(("admin_server", _)) => String::new(),
            _ => format!("{line}\n"),
        });
    let session = Session::with_config(&lines.collect::<String>());
    kpasswd(&session, PASSWORD, NEW)
        .succeeded()
        .says("Password changed");
    session.mit_kinit(ALICE, NEW).succeeded();
    let trace = session.trace();
    assert!(trace.contains("Sending HTTPS request"), "{trace}");
    assert!(!trace.contains("Sending initial UDP request"), "{trace}");
    simulator.stop();
}

/// Heimdal's client sets passwords by Windows' version of the protocol.
#[test]
fn heimdal_sets_a_password_of_its_own_and_of_another() {
    if !present(&[HEIMDAL]) {
        return;
    }
    let simulator = Simulator::start();
    let ada = json!({
        "type": "USER", "name": "ada", "password": PASSWORD,
        "opts": { "member_of": "Domain Admins" }
    });
    simulator.account("create", &ada);
    let heimdal = Heimdal::new(&simulator.exported("krb5.conf"));
    heimdal
        .kpasswd(&[ALICE], &[PASSWORD, NEW, NEW])
        .succeeded()
        .says("Success");
    heimdal.kinit(ALICE, NEW).succeeded();
    let set = |admin: &str, target: &str, password: &str| {
        let admin = format!("--admin-principal={admin}");
        heimdal.kpasswd(&[&admin, target], &[PASSWORD, password, password])
    };
    set("ada@CONTOSO.COM", "bob@CONTOSO.COM", NEW)
        .succeeded()
        .says("Success");
    heimdal.kinit("bob@CONTOSO.COM", NEW).succeeded();
    // One who is no administrator is denied it.
    let carl = json!({ "type": "USER", "name": "carl", "password": PASSWORD });
    simulator.account("create", &carl);
    set("carl@CONTOSO.COM", "bob@CONTOSO.COM", "Third-One-3")
        .failed()
        .says("Operation not permitted");
    heimdal.kinit("bob@CONTOSO.COM", NEW).succeeded();
    simulator.stop();
}
