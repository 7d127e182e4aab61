//! MIT's kinit, kvno and klist with our simulator.

use std::fs;

use kerberos_tests::kdcproxy::Authority;
use kerberos_tests::peer::{MIT_CLIENT, MIT_TLS, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator, TENANT};

/// From the password to the ticket of the cloud service, and what klist shows of it.
#[track_caller]
fn walk(session: &Session) {
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    let service = format!("{SQL}@{ENTRA}");
    session
        .mit("kvno", &[&service], "")
        .succeeded()
        .says(&format!("{service}: kvno = 1"));
    session
        .mit("klist", &[], "")
        .succeeded()
        .says(&format!("Default principal: {ALICE}"))
        .says(&format!("krbtgt/{AD}@{AD}"))
        .says(&format!("krbtgt/{ENTRA}@{AD}"))
        .says(&service);
}

/// MIT's way to a service whose realm it does not know: the KDC refers, and MIT keeps the
/// ticket but not the referral TGT.
#[track_caller]
fn walk_by_referral(session: &Session) {
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    session
        .mit("kvno", &[&format!("{SQL}@{AD}")], "")
        .succeeded();
    let trace = session.trace();
    let followed = format!("krbtgt/{ENTRA}@{AD}");
    assert!(trace.contains(&followed), "{trace}");
    session
        .mit("klist", &[], "")
        .succeeded()
        .says(&format!("Ticket server: {SQL}@{ENTRA}"));
}

#[test]
fn the_cloud_ticket_by_datagrams() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    walk(&session);
    let trace = session.trace();
    assert!(trace.contains("Sending initial UDP request"), "{trace}");
    assert!(!trace.contains("HTTPS"), "{trace}");
    simulator.stop();
}

#[test]
fn the_cloud_ticket_by_streams() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start();
    let config = fs::read_to_string(simulator.exported("krb5-direct.conf")).unwrap();
    let by_stream = config.replacen(
        "[libdefaults]",
        "[libdefaults]\nudp_preference_limit = 1",
        1,
    );
    assert_ne!(config, by_stream);
    let session = Session::with_config(&by_stream);
    walk(&session);
    let trace = session.trace();
    assert!(trace.contains("Sending TCP request"), "{trace}");
    assert!(!trace.contains("UDP request"), "{trace}");
    simulator.stop();
}

#[test]
fn the_cloud_ticket_through_the_kdc_proxy() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let simulator = Simulator::start();
    let proxy = simulator.proxy(ENTRA);
    assert!(proxy.starts_with("https://localhost:"), "{proxy}");
    assert!(proxy.ends_with(&format!("/{TENANT}/kerberos")), "{proxy}");
    let config = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    assert!(config.contains(&format!("kdc = {proxy}")), "{config}");

    let session = Session::new(&simulator.exported("krb5.conf"));
    walk(&session);
    let trace = session.trace();
    assert!(
        trace.contains("TLS certificate name matched \"localhost\""),
        "{trace}"
    );
    assert!(trace.contains("Sending HTTPS request"), "{trace}");
    simulator.stop();
}

#[test]
fn the_cloud_ticket_by_referral() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let simulator = Simulator::start();
    for name in ["krb5.conf", "krb5-direct.conf"] {
        walk_by_referral(&Session::new(&simulator.exported(name)));
    }
    simulator.stop();
}

#[test]
fn a_wrong_password_and_unknown_names() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    session
        .mit_kinit(ALICE, "wrong")
        .failed()
        .says("Password incorrect");
    session
        .mit_kinit("mallory@CONTOSO.COM", PASSWORD)
        .failed()
        .says("Client 'mallory@CONTOSO.COM' not found in Kerberos database");
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    session
        .mit("kvno", &["HTTP/nobody.contoso.com"], "")
        .failed()
        .says("Server not found in Kerberos database");
    simulator.stop();
}

#[test]
fn an_authority_that_mit_does_not_trust() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let simulator = Simulator::start();
    let config = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    let stranger = tempfile::NamedTempFile::new().unwrap();
    fs::write(&stranger, Authority::new().pem).unwrap();
    let anchor = simulator.exported("ca.pem");
    let distrusting = config.replace(anchor.to_str().unwrap(), stranger.path().to_str().unwrap());
    assert_ne!(config, distrusting);
    let session = Session::with_config(&distrusting);
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    session
        .mit("kvno", &[&format!("{SQL}@{ENTRA}")], "")
        .failed()
        .says("Cannot contact any KDC for realm 'KERBEROS.MICROSOFTONLINE.COM'");
    assert!(session.trace().contains("TLS certificate error"));
    simulator.stop();
}

#[test]
fn mit_reads_the_exported_keytab() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    let keytab = simulator.exported("services.keytab");
    session
        .mit("klist", &["-k", "-e", keytab.to_str().unwrap()], "")
        .succeeded()
        .says(&format!("1 {SQL}@{ENTRA} (aes256-cts-hmac-sha1-96)"))
        .says("1 HTTP/web.contoso.com@CONTOSO.COM (aes256-cts-hmac-sha1-96)");

    // kvno opens the ticket it got with the key of the file.
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    session
        .mit(
            "kvno",
            &["-k", keytab.to_str().unwrap(), &format!("{SQL}@{ENTRA}")],
            "",
        )
        .succeeded()
        .says("keytab entry valid");
    simulator.stop();
}
