//! The default of Windows for accounts that name no encryption types, as MIT's clients meet it.

use std::fs;

use kerberos_tests::peer::{MIT_CLIENT, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{ALICE, PASSWORD, Simulator};

const TOPOLOGY: &str = r#"
[policy]
default_supported_enctypes = 0x27

[[realm]]
name = "CONTOSO.COM"

[[realm.user]]
name = "alice"
password = "Passw0rd!"

[[realm.user]]
name = "svc"
services = ["MSSQLSvc/db.contoso.com"]

[[realm.computer]]
name = "WEB"
services = ["HTTP/web.contoso.com"]

[[realm.computer]]
name = "DC01"
role = "domain-controller"
"#;

/// [MS-KILE] §2.2.7: machines name AES themselves, users have tickets in rc4-hmac with an AES key in
/// the session, those of a topology and those made later alike.
#[test]
fn tickets_of_who_names_no_types_are_in_rc4_with_aes_in_the_session() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    fs::write(&topology, TOPOLOGY.replace("Passw0rd!", PASSWORD)).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    let made = r#"{"op":"create","type":"USER","name":"late","spn":"HTTP/late.contoso.com"}"#;
    simulator
        .administer(&["account", "create"], made)
        .succeeded();
    let session = Session::new(&simulator.exported("krb5.conf"));
    session.mit_kinit(ALICE, PASSWORD).succeeded();
    for (service, ticket) in [
        ("HTTP/web.contoso.com", "aes256-cts-hmac-sha1-96"),
        ("MSSQLSvc/db.contoso.com", "arcfour-hmac"),
        ("HTTP/late.contoso.com", "arcfour-hmac"),
    ] {
        let told = session.mit("kvno", &["-e", "aes256-cts", service], "");
        told.succeeded().says(service);
        let listed = session.mit("klist", &["-e"], "").succeeded();
        let mut lines = listed.stdout.lines();
        lines.by_ref().find(|line| line.contains(service)).unwrap();
        let etypes = lines.next().unwrap();
        let (_, etypes) = etypes.split_once("(skey, tkt): ").unwrap();
        let (session_key, sealed_in) = etypes.split_once(", ").unwrap();
        assert_eq!(session_key, "aes256-cts-hmac-sha1-96", "{service}");
        assert!(sealed_in.trim_end().ends_with(ticket), "{etypes}");
    }
    simulator.stop();
}
