//! MIT's clients in armor, with our simulator as a domain controller that supports FAST.

use std::fs;

use kerberos_tests::peer::{MIT_CLIENT, present};
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
