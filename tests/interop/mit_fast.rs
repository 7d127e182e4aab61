//! Armor between MIT's programs and ours: MIT's clients with our simulator as a domain controller
//! that supports FAST, and our client with MIT's KDC.

use std::fs;

use kerberos_tests::mit_kdc::{MitKdc, PASSWORD as KDC_PASSWORD, USER};
use kerberos_tests::peer::{MIT_CLIENT, MIT_KADMIN, MIT_KDC, present};
use kerberos_tests::process::Finished;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, PASSWORD, Simulator};
use realm_sim::topology::DEMO;

/// A service of the demonstration's domain.
const WEB: &str = "HTTP/web.contoso.com";

/// Traced when an armored response has been opened; "Decoding FAST response" is traced always.
const REPLY_KEY: &str = "FAST reply key:";

/// The demonstration with FAST on.
fn armoring() -> Simulator {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, format!("{DEMO}\n[policy]\narmoring = true\n")).unwrap();
    let path = file.path().to_str().unwrap();
    Simulator::start_with(&[path])
}

/// A session, and the path of a cache with a TGT to make armor of.
fn with_armor(simulator: &Simulator) -> (Session, String) {
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    let armor = session.cache().with_extension("armor");
    fs::rename(session.cache(), &armor).unwrap();
    (session, armor.to_str().unwrap().to_owned())
}

/// RFC 6113 §5.4: armor by TGT, the encrypted challenge, and armor around every TGS-REQ.
#[test]
fn kinit_and_kvno_in_armor() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = armoring();
    let (session, armor) = with_armor(&simulator);
    let before = session.trace().len();
    session
        .mit("kinit", &["-T", &armor, ALICE], &format!("{PASSWORD}\n"))
        .succeeded();
    let trace = session.trace().split_off(before);
    for said in [
        "FAST armor key:",
        "Encoding request body and padata into FAST request",
        REPLY_KEY,
    ] {
        assert!(trace.contains(said), "{said}: {trace}");
    }
    // Once for its own answer to the challenge, once for the KDC's, which it verifies.
    let challenge = "Preauth module encrypted_challenge (138) (real) returned: 0/Success";
    assert_eq!(trace.matches(challenge).count(), 2, "{trace}");
    assert!(!trace.contains("encrypted_timestamp"), "{trace}");

    let before = session.trace().len();
    session
        .mit("kvno", &[WEB], "")
        .succeeded()
        .says(&format!("{WEB}@{AD}: kvno = "));
    let trace = session.trace().split_off(before);
    assert!(trace.contains(REPLY_KEY), "{trace}");
    simulator.stop();
}

/// RFC 6113 §5.4.4: errors are believed because they come in armor.
#[test]
fn refusals_in_armor() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = armoring();
    let (session, armor) = with_armor(&simulator);
    let before = session.trace().len();
    session
        .mit("kinit", &["-T", &armor, ALICE], "wrong\n")
        .failed()
        .says("Password incorrect");
    session
        .mit("kinit", &["-T", &armor, "mallory@CONTOSO.COM"], "wrong\n")
        .failed()
        .says("Client 'mallory@CONTOSO.COM' not found in Kerberos database");
    let trace = session.trace().split_off(before);
    assert!(trace.contains("FAST armor key:"), "{trace}");
    // It is listed only once it has been found under armor.
    assert!(trace.contains("PA-FX-ERROR (137)"), "{trace}");

    session.mit_kinit(ALICE, PASSWORD).succeeded();
    session
        .mit("kvno", &["HTTP/nobody.contoso.com"], "")
        .failed()
        .says("Server not found in Kerberos database");
    simulator.stop();
}

/// Without the switch MIT's armor around TGS-REQs is passed over, and MIT takes the bare reply.
#[test]
fn a_kdc_without_fast() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let simulator = Simulator::start();
    let (session, _) = with_armor(&simulator);
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    session.mit("kvno", &[WEB], "").succeeded();
    let trace = session.trace();
    let tried = "Encoding request body and padata into FAST request";
    assert!(trace.contains(tried), "{trace}");
    assert!(!trace.contains(REPLY_KEY), "{trace}");
    simulator.stop();
}

/// Moves the cache of `session` away, for armor.
fn set_aside(session: &Session) -> String {
    let armor = session.cache().with_extension("armor");
    fs::rename(session.cache(), &armor).unwrap();
    armor.to_str().unwrap().to_owned()
}

/// Runs `kkdcp kinit -T ARMOR`.
fn our_kinit(session: &Session, armor: &str, user: &str, password: &str) -> Finished {
    let file = session.cache().with_extension("password");
    fs::write(&file, format!("{password}\n")).unwrap();
    let file = file.to_str().unwrap();
    session.ours(&["kinit", "-T", armor, user, "--password-file", file])
}

/// RFC 6113 §5.4: MIT's KDC takes our armor and our answer to its challenge, and we take its.
#[test]
fn our_kinit_in_armor_with_mits_kdc() {
    if !present(&[MIT_KDC, MIT_KADMIN, MIT_CLIENT]) {
        return;
    }
    let kdc = MitKdc::start();
    let address = format!("127.0.0.1:{}", kdc.port());
    let session = Session::with_config(&kdc.krb5_conf(&address, ""));
    session.our_kinit(USER, KDC_PASSWORD).succeeded();
    let armor = set_aside(&session);
    our_kinit(&session, &armor, USER, KDC_PASSWORD).succeeded();
    session
        .mit("klist", &[], "")
        .succeeded()
        .says("krbtgt/MIT.TEST@MIT.TEST");
    our_kinit(&session, &armor, USER, "wrong")
        .failed()
        .says("KDC_ERR_PREAUTH_FAILED (24)");
    our_kinit(&session, &armor, "nobody@MIT.TEST", "wrong")
        .failed()
        .says("KDC_ERR_C_PRINCIPAL_UNKNOWN (6)");
}

#[test]
fn our_kinit_in_armor_with_the_simulator() {
    let simulator = armoring();
    for config in ["krb5.conf", "krb5-direct.conf"] {
        let session = Session::new(&simulator.exported(config));
        session.our_kinit(ALICE, PASSWORD).succeeded();
        let armor = set_aside(&session);
        our_kinit(&session, &armor, ALICE, PASSWORD).succeeded();
        session.ours(&["kvno", WEB]).succeeded();
    }
    simulator.stop();

    // A KDC without FAST is refused, whatever it says.
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    session.our_kinit(ALICE, PASSWORD).succeeded();
    let armor = set_aside(&session);
    our_kinit(&session, &armor, ALICE, PASSWORD)
        .failed()
        .says("KDC_ERR_PREAUTH_REQUIRED (25)");
    assert!(!session.cache().exists());
    simulator.stop();
}

/// RFC 6113 §5.4.2: the armor that the ticket makes, as MIT's KDC wants it.
#[test]
fn our_client_asks_mits_kdc_for_services_in_armor() {
    if !present(&[MIT_KDC, MIT_KADMIN]) {
        return;
    }
    let kdc = MitKdc::start();
    let address = format!("127.0.0.1:{}", kdc.port());
    let session = Session::with_config(&kdc.krb5_conf(&address, ""));
    session.our_kinit(USER, KDC_PASSWORD).succeeded();
    let service = "HTTP/localhost@MIT.TEST";
    let ask = ["kvno", "--armor", "--no-store"];
    session
        .ours(&[&ask[..], &[service]].concat())
        .succeeded()
        .says(&format!("{service}: kvno = "));
    // What it refuses it refuses in armor, or it would not be taken for more than a refusal.
    session
        .ours(&[&ask[..], &["HTTP/nobody.mit.test@MIT.TEST"]].concat())
        .failed()
        .says("KDC_ERR_S_PRINCIPAL_UNKNOWN (7)");
}
