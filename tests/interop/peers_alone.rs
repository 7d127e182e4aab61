//! The peers with each other: when these pass, the harness and the peers are sound.

use std::process::Command;

use kerberos_tests::apache::Apache;
use kerberos_tests::kdcproxy::{Authority, KdcProxyServer};
use kerberos_tests::mit_kdc::{MitKdc, PASSWORD, USER};
use kerberos_tests::peer::{
    APACHE, CURL, GUNICORN, KDCPROXY, MIT_CLIENT, MIT_KADMIN, MIT_KDC, MIT_TLS, MOD_AUTH_GSSAPI,
    present,
};
use kerberos_tests::process::run;
use kerberos_tests::session::Session;

#[test]
fn mit_client_and_mit_kdc_and_apache() {
    if !present(&[
        MIT_CLIENT,
        MIT_KDC,
        MIT_KADMIN,
        APACHE,
        MOD_AUTH_GSSAPI,
        CURL,
    ]) {
        return;
    }
    let kdc = MitKdc::start();
    let apache = Apache::start(&kdc.keytab());
    let session = Session::with_config(&kdc.krb5_conf(&format!("127.0.0.1:{}", kdc.port()), ""));

    session
        .mit_kinit(USER, "wrong")
        .failed()
        .says("Password incorrect");
    let mut curl = Command::new(CURL.program());
    curl.args([
        "--fail",
        "--silent",
        "--show-error",
        "--negotiate",
        "-u",
        ":",
        "-i",
    ]);
    curl.arg(apache.url());
    run(session.environment(&mut curl), "").failed().says("401");

    session.mit_kinit(USER, PASSWORD).succeeded();
    run(session.environment(&mut curl), "")
        .succeeded()
        .says("X-Remote-User: bob@MIT.TEST");
}

#[test]
fn mit_client_and_mit_kdc_behind_kdcproxy() {
    if !present(&[MIT_CLIENT, MIT_TLS, MIT_KDC, MIT_KADMIN, GUNICORN, KDCPROXY]) {
        return;
    }
    let kdc = MitKdc::start();
    let proxy = KdcProxyServer::start(&kdc);
    let anchor = |path: &std::path::Path| format!("http_anchors = FILE:{}\n", path.display());
    let config = kdc.krb5_conf(&proxy.url(), &anchor(&proxy.authority()));
    let session = Session::with_config(&config);
    session.mit_kinit(USER, PASSWORD).succeeded();
    assert!(proxy.log().contains("POST /KdcProxy"), "{}", proxy.log());

    let stranger = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&stranger, Authority::new().pem).unwrap();
    let config = kdc.krb5_conf(&proxy.url(), &anchor(stranger.path()));
    let session = Session::with_config(&config);
    session.mit_kinit(USER, PASSWORD).failed();
    assert!(
        session.trace().contains("TLS certificate error"),
        "{}",
        session.trace()
    );
}
