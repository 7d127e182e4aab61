//! Refresh tokens and the session keys that go with them: `kkdcp refresh`, the keys of a device in
//! OpenSSL's hands, and roadlib in the place of either side.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use kerberos_core::entropy::OsEntropy;
use kerberos_core::time::Timestamp;
use kerberos_tests::peer::{OPENSSL, ROADLIB, present};
use kerberos_tests::process::run;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{ENTRA, PASSWORD, Simulator};
use realm_sim::clock::{Clock as _, SimClock, SystemClock};
use realm_sim::entra::TokenRequest;
use realm_sim::forest::Forest;
use realm_sim::serve::{ServeOptions, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

const UPN: &str = "alice@contoso.com";
const FILES: &str = "cifs/contosofiles.file.core.windows.net";
const HOUR: Duration = Duration::from_secs(3600);

const PYTHON: &str = "/opt/roadlib/bin/python";
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/interop/python/roadlib_sign_in.py"
);

/// A user's folder: the response of a sign-in, and what keys there are.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// Signs alice in; the response becomes the file `response`.
    #[track_caller]
    fn sign_in(&self, simulator: &Simulator, more: &[&str]) {
        let words = [&["prt-response", UPN][..], more].concat();
        let printed = simulator.administer(&words, "").succeeded().stdout;
        fs::write(self.path("response"), printed).unwrap();
    }

    /// A device's key, its certificate and the public key, made by OpenSSL.
    #[track_caller]
    fn device(&self, name: &str) {
        let (key, certificate) = (
            self.name(&format!("{name}.key")),
            self.name(&format!("{name}.pem")),
        );
        let request = "req -x509 -newkey rsa:2048 -nodes -subj /CN=device -days 2";
        openssl(request, &["-keyout", &key, "-out", &certificate]);
        let public = self.name(&format!("{name}.pub"));
        openssl("pkey -pubout", &["-in", &key, "-out", &public]);
    }

    /// The command with which OpenSSL unwraps what is for the device.
    fn unwrapping(&self, name: &str) -> String {
        let key = self.name(&format!("{name}.key"));
        format!("openssl pkeyutl -decrypt -inkey {key} -pkeyopt rsa_padding_mode:oaep")
    }
}

#[track_caller]
fn openssl(words: &str, more: &[&str]) {
    let mut command = Command::new(OPENSSL.program());
    command.args(words.split(' ')).args(more);
    run(&mut command, "").succeeded();
}

/// The policy for cloud tickets came after the logon: there is a refresh token, and nothing else.
#[test]
fn a_logon_without_tickets_is_refreshed_by_hand() {
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    let folder = Folder::new();
    let (response, key) = (folder.name("response"), folder.name("key"));
    folder.sign_in(&simulator, &["--no-tickets", "--session-key-out", &key]);
    let before = folder.json("response");
    assert!(before.get("tgt_cloud").is_none() && before["refresh_token"].is_string());
    session
        .ours(&["import", "--prt-response", &response])
        .failed()
        .says("the response has no ticket")
        .says("refresh the token with kkdcp refresh");
    let refresh = ["refresh", "--prt-response", &response];
    session
        .ours(&refresh)
        .failed()
        .says("the session key of the refresh token is needed")
        .says("--unwrap-with COMMAND");

    let refresh = [&refresh[..], &["--session-key", &key]].concat();
    session
        .ours(&refresh)
        .succeeded()
        .says(&format!(
            "krbtgt/{ENTRA}@{ENTRA} for alice\\@contoso.com@{ENTRA}"
        ))
        .says("services below .windows.net,.azure.net")
        .says("refreshed in FILE:");
    session.ours(&["kvno", FILES]).succeeded().says("kvno = 1");
    let status = session.ours(&["status"]).succeeded();
    let status = status.says("AzureAdPrt : YES").says("CloudTgt : YES");
    assert!(
        !status.stdout.contains("AzureAdPrtExpiryTime :\n"),
        "{}",
        status.story()
    );

    // The file has the new token, for its owner alone; and it is as good.
    let after = folder.json("response");
    assert_ne!(after["refresh_token"], before["refresh_token"]);
    assert!(after["tgt_cloud"].is_string());
    let mode = fs::metadata(folder.path("response")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let again = session
        .ours(&[&refresh[..], &["--json"]].concat())
        .succeeded();
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["top_level_names"], after["kerberos_top_level_names"]);
    // The service ticket is still there.
    session.ours(&["klist"]).succeeded().says(FILES);
    simulator.stop();
}

#[test]
fn whoever_is_not_refreshed_is_told_why() {
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    let folder = Folder::new();
    let (response, key) = (folder.name("response"), folder.name("key"));
    folder.sign_in(&simulator, &["--session-key-out", &key]);
    let kept = fs::read(folder.path("response")).unwrap();
    let refresh = [
        "refresh",
        "--prt-response",
        &response,
        "--session-key",
        &key,
    ];

    let other = folder.name("other");
    fs::write(&other, "00".repeat(32)).unwrap();
    let with_other = [
        "refresh",
        "--prt-response",
        &response,
        "--session-key",
        &other,
    ];
    session.ours(&with_other).failed().says("AADSTS50027");

    // TLS is verified, unless somebody says in so many words that it need not be.
    let strange = Session::with_config("[libdefaults]\n");
    let url = format!("{ENTRA}={}", simulator.proxy(ENTRA));
    let at = |more: &[&str]| {
        let words = ["--proxy", &url];
        strange.ours(&[&words[..], more, &refresh[..]].concat())
    };
    at(&[])
        .failed()
        .says("its certificate is not acceptable")
        .says("--ca-file");
    at(&["--danger-accept-any-certificate"]).succeeded();
    let authority = simulator.exported("ca.pem");
    at(&["--ca-file", authority.to_str().unwrap()]).succeeded();

    let elsewhere = format!(
        "{ENTRA}={}",
        simulator.proxy(ENTRA).replace("/kerberos", "/KdcProxy")
    );
    let beside = ["--proxy", &elsewhere];
    session
        .ours(&[&beside[..], &refresh[..]].concat())
        .failed()
        .says("there is no token endpoint beside")
        .says("--tenant");
    let nobody = format!(
        "{ENTRA}={}",
        simulator.proxy(ENTRA).replace("11111111-", "99999999-")
    );
    session
        .ours(&[&["--proxy", &nobody][..], &refresh[..]].concat())
        .failed()
        .says("AADSTS90002")
        .says("cause: the URL of the token endpoint names a tenant that does not exist");

    simulator.account(
        "modify",
        &json!({ "name": "alice", "opts": { "disabled": true } }),
    );
    fs::write(folder.path("response"), kept).unwrap();
    session
        .ours(&refresh)
        .failed()
        .says("AADSTS50057")
        .says("cause: the user was deleted or disabled")
        .says("try: check the account");
    simulator.stop();
}

/// The simulator's clock goes on by ten hours, and the program's is the machine's.
#[test]
fn a_cloud_tgt_that_expired_overnight_is_replaced_by_a_refresh() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let now = SystemClock::new().now();
    let earlier = Timestamp::from_micros(now.micros() - 1_000_000 * (10 * 3600 + 60));
    let clock = Arc::new(SimClock::new(earlier));
    let forest = Forest::demo(Arc::new(OsEntropy::new())).unwrap();
    let mut options = ServeOptions::default();
    options.clock = Arc::<SimClock>::clone(&clock);
    let server = runtime.block_on(Server::start(forest, options)).unwrap();
    let folder = Folder::new();
    server.export(&folder.path("realm")).unwrap();
    let sign_in = server
        .forest()
        .sign_in(&TokenRequest::new(UPN), earlier)
        .unwrap();
    fs::write(
        folder.path("response"),
        serde_json::to_vec(&sign_in.response).unwrap(),
    )
    .unwrap();
    fs::write(folder.path("key"), &sign_in.session_key).unwrap();

    let session = Session::new(&folder.path("realm/krb5.conf"));
    let response = folder.name("response");
    session
        .ours(&["import", "--prt-response", &response])
        .succeeded();
    session
        .ours(&["status"])
        .succeeded()
        .says("CloudTgt : NO")
        .says("get one with kkdcp refresh");
    session
        .ours(&["kvno", FILES])
        .failed()
        .says("0xC000018B (STATUS_NO_TRUST_SAM_ACCOUNT)")
        .says("cause: the cloud ticket-granting ticket has expired")
        .says("try: refresh the token with kkdcp refresh");

    clock.advance(10 * HOUR + Duration::from_secs(60));
    let refresh = ["refresh", "--prt-response", &response, "--session-key"];
    session
        .ours(&[&refresh[..], &[&folder.name("key")]].concat())
        .succeeded();
    session.ours(&["kvno", FILES]).succeeded().says("kvno = 1");
    let tickets = session.ours(&["klist"]).succeeded().stdout;
    assert!(!tickets.contains("(expired)"), "{tickets}");
    // Nobody renews a token that has slept for more than a fortnight.
    clock.advance(15 * 24 * HOUR);
    session
        .ours(&[&refresh[..], &[&folder.name("key")]].concat())
        .failed()
        .says("AADSTS700082")
        .says("cause: the refresh token was not used for 14 days")
        .says("try: sign in again");
    runtime.block_on(server.stop());
}

#[test]
fn the_transport_key_of_a_device_unwraps_the_session_key() {
    if !present(&[OPENSSL]) {
        return;
    }
    let simulator = Simulator::start();
    let session = Session::new(&simulator.exported("krb5.conf"));
    let folder = Folder::new();
    folder.device("device");
    folder.device("other");
    let response = folder.name("response");
    for (shape, key) in [("jwe-gcm", "device.pub"), ("jwe-cbc", "device.pem")] {
        let key = folder.name(key);
        folder.sign_in(
            &simulator,
            &["--client-key", shape, "--transport-key", &key],
        );
        let jwe = folder.json("response")["session_key_jwe"].clone();
        assert_eq!(jwe.as_str().unwrap().split('.').count(), 5);
        let import = ["import", "--prt-response", &response];
        session
            .ours(&import)
            .failed()
            .says("clientKey is wrapped")
            .says("--unwrap-with COMMAND");
        let with = |device: &str| {
            let unwrapping = folder.unwrapping(device);
            session.ours(&[&import[..], &["--unwrap-with", &unwrapping]].concat())
        };
        with("other").failed();
        with("device").succeeded();
        session.ours(&["kvno", FILES]).succeeded().says("kvno = 1");
    }
    let unwrapping = folder.unwrapping("device");
    let refresh = ["refresh", "--prt-response", &response, "--unwrap-with"];
    for _ in 0..2 {
        session
            .ours(&[&refresh[..], &[&unwrapping]].concat())
            .succeeded()
            .says("refreshed in");
    }
    for (command, said) in [
        ("cat", "has 256 octets"),
        ("exit 3", "ended with exit status: 3"),
    ] {
        session
            .ours(&[&refresh[..], &[command]].concat())
            .failed()
            .says(said);
    }
    folder.sign_in(&simulator, &[]);
    session
        .ours(&[&refresh[..], &[&unwrapping]].concat())
        .failed()
        .says("the response has no session_key_jwe");
    let words = [
        "prt-response",
        UPN,
        "--transport-key",
        &folder.name("device.key"),
    ];
    simulator.administer(&words, "").failed().says("no RSA key");
    simulator.stop();
}

/// roadlib unwraps what our simulator wraps, signs what it accepts, and writes files that we read.
#[test]
fn roadlib_signs_in_and_refreshes_and_its_files_are_imported() {
    if !present(&[OPENSSL, ROADLIB]) {
        return;
    }
    let simulator = Simulator::start();
    let folder = Folder::new();
    folder.device("device");
    let proxy = simulator.proxy(ENTRA);
    let base = proxy.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let [certificate, key, first, second] =
        ["device.pem", "device.key", "first.prt", "second.prt"].map(|name| folder.name(name));
    let authority = simulator.exported("ca.pem");
    let sign_in = |password: &str| {
        let mut command = Command::new(PYTHON);
        command.args([
            SCRIPT,
            &base,
            authority.to_str().unwrap(),
            &certificate,
            &key,
            UPN,
        ]);
        command.args([&first, &second]);
        run(&mut command, &format!("{password}\n"))
    };
    sign_in("wrong").failed();
    sign_in(PASSWORD)
        .succeeded()
        .says("session key of 32 octets")
        .says("key of tgt_cloud has 32 octets")
        .says("refreshed with client_info,");

    for file in [&first, &second] {
        let session = Session::new(&simulator.exported("krb5.conf"));
        session
            .ours(&["import", "--prt-response", file])
            .succeeded();
        session.ours(&["kvno", FILES]).succeeded().says("kvno = 1");
    }
    // The client key that roadlib has unwrapped is enough by itself.
    let mut alone = folder.json("first.prt");
    let members = alone.as_object_mut().unwrap();
    assert!(members.remove("session_key").is_some());
    fs::write(folder.path("alone.prt"), alone.to_string()).unwrap();
    let session = Session::new(&simulator.exported("krb5.conf"));
    let words = ["import", "--prt-response", &folder.name("alone.prt")];
    session.ours(&words).succeeded();
    // And its file is refreshed as any other is, so that roadlib reads it again.
    session
        .ours(&["refresh", "--prt-response", &second])
        .succeeded()
        .says("refreshed in");
    let refreshed = folder.json("second.prt");
    assert_eq!(
        refreshed["session_key"],
        folder.json("first.prt")["session_key"]
    );
    assert_ne!(
        refreshed["refresh_token"],
        folder.json("first.prt")["refresh_token"]
    );
    simulator.stop();
}
