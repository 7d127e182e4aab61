//! `kkdcp` with `realm-sim`, and with what MIT's programs write and read.

use std::fs;

use kerberos_tests::kdcproxy::Authority;
use kerberos_tests::peer::{MIT_CLIENT, MIT_TLS, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator};

#[test]
fn kinit_kvno_klist_kdestroy() {
    let simulator = Simulator::start();
    for config in ["krb5.conf", "krb5-direct.conf"] {
        let session = Session::new(&simulator.exported(config));
        session.our_kinit(ALICE, PASSWORD).succeeded();
        session.ours(&["kvno", SQL]).succeeded().says("kvno = 1");
        session
            .ours(&["klist"])
            .succeeded()
            .says(&format!("Default principal: {ALICE}"))
            .says(&format!("krbtgt/{AD}@{AD}"))
            .says(&format!("krbtgt/{ENTRA}@{AD}"))
            .says(&format!("{SQL}@{ENTRA}"));
        assert!(session.cache().exists());
        session.ours(&["kdestroy"]).succeeded();
        assert!(!session.cache().exists());
        session.ours(&["klist"]).failed();
    }
    simulator.stop();
}

#[test]
fn the_cache_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session.our_kinit(ALICE, PASSWORD).succeeded();
    let mode = fs::metadata(session.cache()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    simulator.stop();
}

#[test]
fn refusals_say_what_is_wrong() {
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session
        .our_kinit(ALICE, "wrong")
        .failed()
        .says("KDC_ERR_PREAUTH_FAILED (24)");
    session
        .our_kinit("mallory@CONTOSO.COM", PASSWORD)
        .failed()
        .says("KDC_ERR_C_PRINCIPAL_UNKNOWN (6): mallory@CONTOSO.COM");
    session.our_kinit(ALICE, PASSWORD).succeeded();
    session
        .ours(&["kvno", "MSSQLSvc/mi02.database.windows.net:1433"])
        .failed()
        .says("KDC_ERR_S_PRINCIPAL_UNKNOWN (7)")
        .says("CONTOSO.COM -> KERBEROS.MICROSOFTONLINE.COM");
    simulator.stop();
}

/// A tenant that is not there: the proxy answers with a page, not with a Kerberos message.
#[test]
fn an_unknown_tenant() {
    let simulator = Simulator::start();
    let config = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    let other = config.replace(
        "11111111-2222-3333-4444-555555555555",
        "22222222-2222-3333-4444-555555555555",
    );
    assert_ne!(config, other);
    let session = Session::with_config(&other);
    session.our_kinit(ALICE, PASSWORD).succeeded();
    session
        .ours(&["kvno", SQL])
        .failed()
        .says("400")
        .says(ENTRA);
    simulator.stop();
}

#[test]
fn an_authority_that_we_do_not_trust() {
    let simulator = Simulator::start();
    let config = fs::read_to_string(simulator.exported("krb5.conf")).unwrap();
    let stranger = tempfile::NamedTempFile::new().unwrap();
    fs::write(&stranger, Authority::new().pem).unwrap();
    let anchor = simulator.exported("ca.pem");
    let distrusting = config.replace(anchor.to_str().unwrap(), stranger.path().to_str().unwrap());
    let session = Session::with_config(&distrusting);
    session.our_kinit(ALICE, PASSWORD).succeeded();
    session
        .ours(&["kvno", SQL])
        .failed()
        .says("certificate")
        .says(&simulator.proxy(ENTRA))
        .says(ENTRA);
    simulator.stop();
}

#[test]
fn mit_reads_our_cache() {
    if !present(&[MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session.our_kinit(ALICE, PASSWORD).succeeded();
    session.ours(&["kvno", SQL]).succeeded();
    session
        .mit("klist", &["-e", "-f"], "")
        .succeeded()
        .says(&format!("Default principal: {ALICE}"))
        .says(&format!("krbtgt/{ENTRA}@{AD}"))
        .says(&format!("{SQL}@{ENTRA}"))
        .says("aes256-cts-hmac-sha1-96");
    // And MIT goes on with the tickets we got.
    session
        .mit("kvno", &["HTTP/web.contoso.com"], "")
        .succeeded()
        .says("kvno = 1");
    simulator.stop();
}

#[test]
fn we_read_mits_cache() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    session
        .mit("kvno", &["HTTP/web.contoso.com"], "")
        .succeeded();
    session
        .ours(&["klist"])
        .succeeded()
        .says(&format!("Default principal: {ALICE}"))
        .says(&format!("krbtgt/{AD}@{AD}"))
        .says("HTTP/web.contoso.com@CONTOSO.COM");
    // And we go on with the tickets MIT got, without a password.
    session.ours(&["kvno", SQL]).succeeded().says("kvno = 1");
    session
        .mit("klist", &[], "")
        .succeeded()
        .says(&format!("{SQL}@{ENTRA}"));
    simulator.stop();
}

#[test]
fn json_says_the_same() {
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session.our_kinit(ALICE, PASSWORD).succeeded();
    session.ours(&["kvno", SQL]).succeeded();
    let listed = session.ours(&["klist", "--json"]).succeeded();
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let text = listed.to_string();
    assert!(text.contains(ALICE) && text.contains(SQL), "{text}");
    simulator.stop();
}

#[test]
fn a_password_is_never_an_argument() {
    let session = Session::with_config("[libdefaults]\n");
    session
        .ours(&["kinit", ALICE, "--password", PASSWORD])
        .failed()
        .says("--password");
}
