//! Our client with a real KDC: MIT's krb5kdc by datagram, by stream, and behind kdcproxy.

use kerberos_tests::kdcproxy::KdcProxyServer;
use kerberos_tests::mit_kdc::{MitKdc, PASSWORD, SERVICES, USER};
use kerberos_tests::peer::{GUNICORN, KDCPROXY, MIT_CLIENT, MIT_KADMIN, MIT_KDC, MIT_TLS, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::Simulator;

/// A TGT, a service ticket, and both in the cache for either klist to show.
#[track_caller]
pub(crate) fn walk(session: &Session) {
    session.our_kinit(USER, PASSWORD).succeeded();
    for service in SERVICES {
        let service = format!("{service}@MIT.TEST");
        session
            .ours(&["kvno", &service])
            .succeeded()
            .says("kvno = ");
        for listed in [session.mit("klist", &[], ""), session.ours(&["klist"])] {
            listed
                .succeeded()
                .says("krbtgt/MIT.TEST@MIT.TEST")
                .says(&service);
        }
    }
}

/// What the KDC logged about a request of ours.
#[track_caller]
fn assert_issued(kdc: &MitKdc) {
    let log = kdc.log();
    assert!(log.contains("AS_REQ") && log.contains("ISSUE"), "{log}");
    assert!(log.contains("TGS_REQ"), "{log}");
}

#[test]
fn by_datagram() {
    if !present(&[MIT_KDC, MIT_KADMIN, MIT_CLIENT]) {
        return;
    }
    let kdc = MitKdc::start();
    let address = format!("127.0.0.1:{}", kdc.port());
    let session = Session::with_config(&kdc.krb5_conf(&address, ""));
    walk(&session);
    assert_issued(&kdc);
    assert!(
        session.trace().to_lowercase().contains("udp"),
        "{}",
        session.trace()
    );
}

#[test]
fn by_stream() {
    if !present(&[MIT_KDC, MIT_KADMIN, MIT_CLIENT]) {
        return;
    }
    let kdc = MitKdc::start();
    let address = format!("127.0.0.1:{}", kdc.port());
    let config = kdc.krb5_conf(&address, "");
    let config = config.replacen(
        "[libdefaults]",
        "[libdefaults]\n    udp_preference_limit = 1",
        1,
    );
    let session = Session::with_config(&config);
    walk(&session);
    assert_issued(&kdc);
    assert!(
        session.trace().to_lowercase().contains("tcp"),
        "{}",
        session.trace()
    );
    assert!(
        !session.trace().to_lowercase().contains("udp"),
        "{}",
        session.trace()
    );
}

#[test]
fn behind_kdcproxy() {
    if !present(&[MIT_KDC, MIT_KADMIN, MIT_CLIENT, GUNICORN, KDCPROXY]) {
        return;
    }
    let kdc = MitKdc::start();
    let proxy = KdcProxyServer::start(&kdc);
    let anchors = format!(
        "        http_anchors = FILE:{}\n",
        proxy.authority().display()
    );
    let session = Session::with_config(&kdc.krb5_conf(&proxy.url(), &anchors));
    walk(&session);
    assert_issued(&kdc);
    assert!(proxy.log().contains("POST /KdcProxy"), "{}", proxy.log());
}

/// Both clients reach MIT's KDC through our proxy, which forwards to it.
#[test]
fn behind_our_own_proxy() {
    if !present(&[MIT_KDC, MIT_KADMIN, MIT_CLIENT, MIT_TLS]) {
        return;
    }
    let kdc = MitKdc::start();
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("forwarding.toml");
    let text = format!(
        "[[forwarded_realm]]\nname = \"MIT.TEST\"\nkdcs = [\"127.0.0.1:1\", \"127.0.0.1:{}\"]\n",
        kdc.port()
    );
    std::fs::write(&topology, text).unwrap();
    let proxy = Simulator::start_with(&[topology.to_str().unwrap()]);
    let session = Session::new(&proxy.exported("krb5.conf"));
    walk(&session);
    assert_issued(&kdc);
    let session = Session::new(&proxy.exported("krb5.conf"));
    session.mit_kinit(USER, PASSWORD).succeeded();
    assert!(session.trace().contains("https"), "{}", session.trace());
}

#[test]
fn refusals_of_a_real_kdc() {
    if !present(&[MIT_KDC, MIT_KADMIN]) {
        return;
    }
    let kdc = MitKdc::start();
    let address = format!("127.0.0.1:{}", kdc.port());
    let session = Session::with_config(&kdc.krb5_conf(&address, ""));
    session
        .our_kinit(USER, "wrong")
        .failed()
        .says("KDC_ERR_PREAUTH_FAILED (24)");
    session
        .our_kinit("nobody@MIT.TEST", PASSWORD)
        .failed()
        .says("KDC_ERR_C_PRINCIPAL_UNKNOWN (6)");
    session.our_kinit(USER, PASSWORD).succeeded();
    session
        .ours(&["kvno", "HTTP/nobody.mit.test@MIT.TEST"])
        .failed()
        .says("KDC_ERR_S_PRINCIPAL_UNKNOWN (7)");
}
