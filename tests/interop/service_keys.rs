//! `realm-sim service-principal` with a running server: what tickets of a managed instance and of a
//! storage account are sealed in, before and after rotations.

use kerberos_core::assigned::EncryptionType;
use kerberos_core::ccache::file;
use kerberos_core::crypto::Key;
use kerberos_core::message;
use kerberos_core::wire::{self, Ticket};
use kerberos_tests::peer::{MIT_CLIENT, MIT_TLS, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{ALICE, ENTRA, PASSWORD, SQL, Simulator};
use serde_json::Value;

const SHARE: &str = "cifs/contosofiles.file.core.windows.net";

fn ask(simulator: &Simulator, words: &[&str]) -> Value {
    let words = [&["service-principal"], words].concat();
    let answer = simulator.administer(&words, "").succeeded();
    serde_json::from_str(&answer.stdout).unwrap()
}

/// A ticket for `service`, got anew, which is sealed in a key of this version.
#[track_caller]
fn ticket(simulator: &Simulator, service: &str, kvno: u8) -> Vec<u8> {
    let session = Session::new(&simulator.exported("krb5.conf"));
    let wanted = format!("{service}@{ENTRA}");
    let says = format!("{wanted}: kvno = {kvno}\n");
    if present(&[MIT_CLIENT, MIT_TLS]) {
        session.mit_kinit(ALICE, PASSWORD).succeeded();
        session.mit("kvno", &[&wanted], "").succeeded().says(&says);
    } else {
        session.our_kinit(ALICE, PASSWORD).succeeded();
        session.ours(&["kvno", &wanted]).succeeded().says(&says);
    }
    let cache = file::decode(&std::fs::read(session.cache()).unwrap()).unwrap();
    let found = cache
        .credentials()
        .iter()
        .find(|credential| credential.service().to_string() == wanted);
    found.unwrap().ticket().to_vec()
}

/// Which of the keys that are shown opens a ticket.
fn opens(shown: &Value, ticket: &[u8]) -> Option<&'static str> {
    let ticket: Ticket<'_> = wire::decode(ticket).unwrap();
    ["current", "previous"].into_iter().find(|which| {
        let Some(key) = shown[which]["keys"]["18"].as_str() else {
            return false;
        };
        let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
        let key = Key::new(etype, &hex::decode(key).unwrap()).unwrap();
        message::open_ticket(&ticket, &key).is_ok()
    })
}

#[test]
fn tickets_outlive_one_rotation_and_not_two() {
    let simulator = Simulator::start();
    for (name, service) in [("mi01", SQL), ("contosofiles", SHARE)] {
        let first = ticket(&simulator, service, 1);
        let shown = ask(&simulator, &["show", name]);
        assert_eq!(opens(&shown, &first), Some("current"), "{name}");

        let rotated = ask(&simulator, &["rotate", name]);
        assert_eq!(rotated["current"]["kvno"], 2);
        assert_eq!(rotated["previous"], shown["current"]);
        let second = ticket(&simulator, service, 2);
        assert_eq!(opens(&rotated, &second), Some("current"), "{name}");
        assert_eq!(opens(&rotated, &first), Some("previous"), "{name}");

        let again = ask(&simulator, &["rotate", name]);
        assert_eq!(opens(&again, &second), Some("previous"), "{name}");
        assert_eq!(opens(&again, &first), None, "{name}");
        ticket(&simulator, service, 3);
    }
    simulator.stop();
}

#[test]
fn the_kerberos_keys_of_a_storage_account_are_gone_to_by_name() {
    let simulator = Simulator::start();
    let rotate = |key: &str| {
        let words = ["service-principal", "rotate", "contosofiles", "--key", key];
        simulator.administer(&words, "")
    };
    let keys = |answer: &str| -> Value {
        let answer: Value = serde_json::from_str(answer).unwrap();
        answer["kerberos_keys"].clone()
    };
    rotate("kerb1")
        .failed()
        .says("are sealed in kerb1: rotate to kerb2");
    let first = keys(&rotate("kerb2").succeeded().stdout);
    assert_eq!(first["in_use"], "kerb2");
    rotate("kerb2").failed().says("rotate to kerb1");
    let second = keys(&rotate("kerb1").succeeded().stdout);
    assert_eq!(second["in_use"], "kerb1");
    assert_eq!(second["kerb2"], first["kerb2"]);
    assert_ne!(second["kerb1"], first["kerb1"]);

    let refused = |words: &[&str], why: &str| {
        let words = [&["service-principal"], words].concat();
        simulator.administer(&words, "").failed().says(why);
    };
    refused(&["rotate", "mi01", "--key", "kerb2"], "no storage account");
    refused(&["show", "nobody"], "there is no service principal");
    refused(
        &["show", "mi01", "--tenant", "nowhere"],
        "there is no tenant",
    );
    simulator.stop();
}
