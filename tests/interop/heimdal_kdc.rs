//! Our client with another real KDC: Heimdal's.

use kerberos_tests::heimdal_kdc::HeimdalKdc;
use kerberos_tests::mit_kdc::{PASSWORD, USER};
use kerberos_tests::peer::{HEIMDAL_KDC, MIT_CLIENT, present};
use kerberos_tests::session::Session;

use super::mit_kdc::walk;

#[test]
fn our_client_has_tickets_of_heimdals_kdc() {
    if !present(&[HEIMDAL_KDC, MIT_CLIENT]) {
        return;
    }
    let kdc = HeimdalKdc::start();
    let session = Session::with_config(&kdc.krb5_conf());
    walk(&session);
    let log = kdc.log();
    for said in [
        "AS-REQ bob@MIT.TEST from IPv4:127.0.0.1",
        "ENC-TS Pre-authentication succeeded -- bob@MIT.TEST",
        "TGS-REQ bob@MIT.TEST from IPv4:127.0.0.1",
    ] {
        assert!(log.contains(said), "{said}: {log}");
    }
}

#[test]
fn refusals_of_heimdals_kdc() {
    if !present(&[HEIMDAL_KDC]) {
        return;
    }
    let kdc = HeimdalKdc::start();
    let session = Session::with_config(&kdc.krb5_conf());
    session
        .our_kinit(USER, "wrong")
        .failed()
        .says("KDC_ERR_PREAUTH_FAILED (24)");
    session
        .our_kinit("nobody@MIT.TEST", PASSWORD)
        .failed()
        .says("KDC_ERR_C_PRINCIPAL_UNKNOWN (6)");
}
