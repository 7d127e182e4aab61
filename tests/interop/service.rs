//! A ticket that our client got lets its owner into a service that we did not write.

use std::process::Command;

use kerberos_tests::apache::Apache;
use kerberos_tests::mit_kdc::{MitKdc, PASSWORD, USER};
use kerberos_tests::peer::{
    APACHE, CURL, MIT_CLIENT, MIT_KADMIN, MIT_KDC, MOD_AUTH_GSSAPI, present,
};
use kerberos_tests::process::{Finished, run};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{self, ALICE, Simulator};

/// curl with the session's cache and no other secret.
fn fetch(session: &Session, apache: &Apache) -> Finished {
    let mut curl = Command::new(CURL.program());
    curl.args(["--fail", "--silent", "--show-error", "--include"])
        .args(["--noproxy", "*", "--negotiate", "--user", ":"])
        .arg(apache.url());
    run(session.environment(&mut curl), "")
}

/// Ticket of MIT's KDC, client ours, service Apache.
#[test]
fn apache_with_a_ticket_of_mits_kdc() {
    if !present(&[MIT_KDC, MIT_KADMIN, APACHE, MOD_AUTH_GSSAPI, CURL]) {
        return;
    }
    let kdc = MitKdc::start();
    let apache = Apache::start(&kdc.keytab());
    let address = format!("127.0.0.1:{}", kdc.port());
    let session = Session::with_config(&kdc.krb5_conf(&address, ""));
    session.our_kinit(USER, PASSWORD).succeeded();
    // The service ticket is ours too: curl finds it in the cache.
    session
        .ours(&["kvno", "HTTP/localhost@MIT.TEST"])
        .succeeded();
    let issued = kdc.log().matches("TGS_REQ").count();
    fetch(&session, &apache)
        .succeeded()
        .says("X-Remote-User: bob@MIT.TEST")
        .says("let in");
    assert_eq!(
        kdc.log().matches("TGS_REQ").count(),
        issued,
        "{}",
        kdc.log()
    );

    session.ours(&["kdestroy"]).succeeded();
    fetch(&session, &apache).failed().says("401");
}

/// Ticket of our simulator, client ours, service Apache.
#[test]
fn apache_with_a_ticket_of_our_kdc() {
    if !present(&[MIT_CLIENT, APACHE, MOD_AUTH_GSSAPI, CURL]) {
        return;
    }
    let simulator = Simulator::start();
    let apache = Apache::start(&simulator.exported("services.keytab"));
    let session = Session::new(&simulator.exported("krb5.conf"));
    fetch(&session, &apache).failed().says("401");
    session.our_kinit(ALICE, simulator::PASSWORD).succeeded();
    session
        .ours(&["kvno", "HTTP/localhost@CONTOSO.COM"])
        .succeeded();
    fetch(&session, &apache)
        .succeeded()
        .says(&format!("X-Remote-User: {ALICE}"));
    simulator.stop();
}
