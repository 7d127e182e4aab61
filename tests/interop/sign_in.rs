//! The cloud TGT that comes with a sign-in: from `realm-sim prt-response` to a ticket for a storage
//! account.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kerberos_tests::peer::{MIT_CLIENT, MIT_TLS, present};
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{ENTRA, Simulator};
use realm_sim::topology::DEMO;
use serde_json::Value;
use tempfile::TempDir;

const UPN: &str = "alice@contoso.com";
const FILES: &str = "cifs/contosofiles.file.core.windows.net";

/// A token response and where its session key is.
struct Delivered {
    folder: TempDir,
    response: Value,
}

impl Delivered {
    #[track_caller]
    fn of(simulator: &Simulator, shape: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("session-key");
        let words = ["prt-response", UPN, "--client-key", shape];
        let file = ["--session-key-out", key.to_str().unwrap()];
        let printed = simulator.administer(&[&words[..], &file].concat(), "");
        let printed = printed.succeeded().stdout;
        fs::write(folder.path().join("response"), &printed).unwrap();
        Self {
            response: serde_json::from_str(&printed).unwrap(),
            folder,
        }
    }

    fn path(&self, name: &str) -> String {
        let path: &Path = self.folder.path();
        path.join(name).to_str().unwrap().to_owned()
    }

    fn tgt(&self) -> Value {
        serde_json::from_str(self.response["tgt_cloud"].as_str().unwrap()).unwrap()
    }
}

#[test]
fn a_client_key_comes_in_three_shapes_and_is_imported_from_each() {
    let simulator = Simulator::start();
    for (shape, iv_length) in [
        ("jwe-gcm", Some(16)),
        ("jwe-cbc", Some(22)),
        ("plain", None),
    ] {
        let delivered = Delivered::of(&simulator, shape);
        let tgt = delivered.tgt();
        assert_eq!((&tgt["keyType"], &tgt["error"]), (&18.into(), &Value::Null));
        assert_eq!((&tgt["cn"], &tgt["realm"]), (&UPN.into(), &ENTRA.into()));
        let key = tgt["clientKey"].as_str().unwrap();
        let parts: Vec<_> = key.split('.').collect();
        match iv_length {
            // In base64 without padding.
            Some(length) => assert_eq!((parts.len(), parts[1], parts[2].len()), (5, "", length)),
            None => assert_eq!(key.len(), 44),
        }
        let session_key = fs::read_to_string(delivered.path("session-key")).unwrap();
        assert_eq!(session_key.trim_end().len(), 64);
        let mode = fs::metadata(delivered.path("session-key")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);

        let session = Session::new(&simulator.exported("krb5.conf"));
        let response = delivered.path("response");
        let import = ["import", "--prt-response", &response];
        let key_file = delivered.path("session-key");
        if iv_length.is_some() {
            session.ours(&import).failed();
        }
        session
            .ours(&[&import[..], &["--session-key", &key_file]].concat())
            .succeeded();
        session.ours(&["kvno", FILES]).succeeded().says("kvno = 1");
    }
    simulator.stop();
}

#[test]
fn a_tgt_that_nobody_can_name_is_as_good_and_mits_client_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let topology = folder.path().join("topology.toml");
    fs::write(&topology, format!("{DEMO}\n[assumptions]\nH22 = -1\n")).unwrap();
    let simulator = Simulator::start_with(&[topology.to_str().unwrap()]);
    let delivered = Delivered::of(&simulator, "plain");
    let session = Session::new(&simulator.exported("krb5.conf"));
    let response = delivered.path("response");
    session
        .ours(&["import", "--prt-response", &response])
        .succeeded();
    session.ours(&["kvno", FILES]).succeeded().says("kvno = 1");
    if present(&[MIT_CLIENT, MIT_TLS]) {
        session
            .ours(&["import", "--prt-response", &response])
            .succeeded();
        let service = format!("{FILES}@{ENTRA}");
        session
            .mit("kvno", &[&service], "")
            .succeeded()
            .says("kvno = 1");
        let listed = session.mit("klist", &["-e"], "").succeeded();
        listed.says(&service).says("alice\\@contoso.com@");
    }
    simulator.stop();
}

#[test]
fn who_cannot_sign_in_is_told_why() {
    let simulator = Simulator::start();
    let ask = |words: &[&str]| simulator.administer(&[&["prt-response"], words].concat(), "");
    ask(&["nobody@contoso.com"])
        .failed()
        .says("has no user \"nobody@contoso.com\"");
    ask(&[UPN, "--tenant", "nowhere"])
        .failed()
        .says("no such tenant");
    ask(&[UPN, "--client-key", "jwe-gcm"])
        .failed()
        .says("--session-key-out");
    simulator.account(
        "modify",
        &serde_json::json!({ "name": "alice", "opts": { "disabled": true } }),
    );
    ask(&[UPN]).failed().says("disabled");
    simulator.stop();
}
