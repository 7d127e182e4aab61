//! A realm trust with MIT's KDC: each side takes the other's referrals, by MIT's client.

use std::fs;

use kerberos_tests::mit_kdc::{self, MitKdc};
use kerberos_tests::peer::{MIT_CLIENT, MIT_KADMIN, MIT_KDC, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{PASSWORD, Simulator};

const TOPOLOGY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/topologies/realm_trust.toml"
);

/// Both directions, as `kadmin` makes them; the passwords make the keys of the trust.
const CROSS_REALM: &str = "addprinc -pw \"known to both\" krbtgt/MIT.TEST@CORP.EXAMPLE\n\
                           addprinc -pw \"known to both\" krbtgt/CORP.EXAMPLE@MIT.TEST\n";

/// Two KDCs, and a session that knows where both are.
fn start() -> (Simulator, MitKdc, Session) {
    let simulator = Simulator::start_with(&[TOPOLOGY]);
    let kdc = MitKdc::start_with(CROSS_REALM);
    let config = fs::read_to_string(simulator.exported("krb5-direct.conf")).unwrap();
    let theirs = format!(
        "[realms]\n    {} = {{\n        kdc = 127.0.0.1:{}\n    }}\n",
        mit_kdc::REALM,
        kdc.port()
    );
    let both = config.replacen("[realms]\n", &theirs, 1);
    assert_ne!(both, config);
    let session = Session::with_config(&both);
    (simulator, kdc, session)
}

#[test]
fn our_users_reach_a_service_of_mits_realm() {
    if !present(&[MIT_CLIENT, MIT_KDC, MIT_KADMIN]) {
        return;
    }
    let (simulator, _kdc, session) = start();
    let service = "HTTP/localhost@MIT.TEST";
    session
        .mit_kinit("carol@CORP.EXAMPLE", PASSWORD)
        .succeeded();
    let done = session.mit("kvno", &[service], "");
    eprintln!("{}", session.trace());
    done.succeeded();
    session
        .mit("klist", &[], "")
        .succeeded()
        .says("krbtgt/MIT.TEST@CORP.EXAMPLE")
        .says(service);
    // From the child, which sends its users to the parent; MIT's KDC finds that in the transited
    // field, checks it, and says so by the flag T.
    session
        .mit_kinit("emil@EU.CORP.EXAMPLE", PASSWORD)
        .succeeded();
    let done = session.mit("kvno", &[service], "");
    eprintln!("{}", session.trace());
    done.succeeded();
    session
        .mit("klist", &["-f"], "")
        .succeeded()
        .says(service)
        .says("Flags: RAT");
    let trace = session.trace();
    let followed = "Received TGT for offpath realm CORP.EXAMPLE";
    assert!(trace.contains(followed), "{trace}");
    simulator.stop();
}

#[test]
fn users_of_mits_realm_reach_our_service() {
    if !present(&[MIT_CLIENT, MIT_KDC, MIT_KADMIN]) {
        return;
    }
    let (simulator, _kdc, session) = start();
    let service = "HTTP/web.corp.example@CORP.EXAMPLE";
    session
        .mit_kinit(mit_kdc::USER, mit_kdc::PASSWORD)
        .succeeded();
    session
        .mit("kvno", &[service], "")
        .succeeded()
        .says(&format!("{service}: kvno = 1"));
    session
        .mit("klist", &[], "")
        .succeeded()
        .says("krbtgt/CORP.EXAMPLE@MIT.TEST");
    simulator.stop();
}
