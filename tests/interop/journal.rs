//! `realm-sim serve --store`, killed and started again, and `realm-sim journal`; MIT's client with
//! tickets from before.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Instant;

use kerberos_tests::peer::{MIT_CLIENT, present};
use kerberos_tests::process::{self, DEADLINE, Finished};
use kerberos_tests::programs;
use kerberos_tests::session::Session;
use kerberos_tests::simulator::{AD, ALICE, ENTRA, PASSWORD, SQL, Simulator};
use serde_json::{Value, json};
use tempfile::TempDir;

const NEW: &str = "Correct-Horse-1";

struct Store {
    folder: TempDir,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("realms.journal")
    }

    #[track_caller]
    fn serve(&self) -> Simulator {
        self.serve_with(&[])
    }

    #[track_caller]
    fn serve_with(&self, arguments: &[&str]) -> Simulator {
        let path = self.path();
        let store = ["--store", path.to_str().unwrap()];
        Simulator::start_with(&[&store, arguments].concat())
    }

    /// The file that is written when the journal is begun anew, until it is complete.
    fn beside(&self) -> PathBuf {
        self.folder.path().join("realms.journal.new")
    }

    /// What `realm-sim serve` with it and these arguments ends with.
    #[track_caller]
    fn refuses(&self, arguments: &[&str]) -> Finished {
        let mut command = programs::realm_sim();
        command.arg("serve").args(arguments);
        process::run(command.arg("--store").arg(self.path()), "").failed()
    }

    #[track_caller]
    fn journal(&self, options: &[&str]) -> Finished {
        let mut command = programs::realm_sim();
        command.arg("journal").args(options).arg(self.path());
        process::run(&mut command, "").succeeded()
    }
}

/// Makes computers until nobody answers, and tells of those that were acknowledged.
fn make_computers(admin: &Path, prefix: &str, told: &Sender<Value>) {
    for number in 0.. {
        let mut command = programs::realm_sim();
        command.args(["account", "create", "--admin"]).arg(admin);
        let name = format!("{prefix}{number}");
        let request = json!({ "type": "COMPUTER", "name": name }).to_string();
        let answered = process::run(&mut command, &request);
        if answered.code != Some(0) {
            return;
        }
        told.send(serde_json::from_str(&answered.stdout).unwrap())
            .unwrap();
    }
}

/// A session that goes on with the cache of another.
fn resumed(simulator: &Simulator, before: &Session) -> Session {
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    fs::copy(before.cache(), session.cache()).unwrap();
    session
}

#[test]
fn killed_while_it_changes_it_comes_back_with_all_that_it_acknowledged() {
    let store = Store::new();
    let mut simulator = store.serve();
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    session.our_kinit(ALICE, PASSWORD).succeeded();
    let mits = Session::new(&simulator.exported("krb5-direct.conf"));
    if present(&[MIT_CLIENT]) {
        mits.mit_kinit(ALICE, PASSWORD).succeeded();
    }
    let mut acknowledged: Vec<Value> = Vec::new();
    for round in 0..3 {
        // Beside the computers a change that lasts: the key of the trust.
        let rotate = ["trust", "rotate", AD, ENTRA];
        let rotated = simulator.administer(&rotate, "").succeeded();
        let (tell, told) = mpsc::channel();
        let admin = simulator.exported("admin.json");
        let makers: Vec<_> = ["A", "B"]
            .map(|maker| {
                let (admin, tell) = (admin.clone(), tell.clone());
                let prefix = format!("{maker}{round}-");
                thread::spawn(move || make_computers(&admin, &prefix, &tell))
            })
            .into();
        drop(tell);
        acknowledged.extend((0..8).map(|_| told.recv().unwrap()));
        simulator.kill();
        for maker in makers {
            maker.join().unwrap();
        }
        acknowledged.extend(told);

        simulator = store.serve();
        for made in &acknowledged {
            let name = json!({ "name": made["name"] });
            assert_eq!(&simulator.account("keys", &name), made);
        }
        let show = ["trust", "show", AD, ENTRA];
        let shown = simulator.administer(&show, "").succeeded();
        assert_eq!(shown.stdout, rotated.stdout);
        // One at most per maker that nobody was told of.
        let kept = store.journal(&["--json"]).stdout;
        let computers = kept.lines().filter(|line| line.contains("COMPUTER"));
        let (computers, told) = (computers.count(), acknowledged.len());
        assert!((told..=told + 2 * (round + 1)).contains(&computers));

        // The TGT is older than any of this, and the way to the cloud has changed three times.
        let session = resumed(&simulator, &session);
        session.ours(&["kvno", SQL]).succeeded().says("kvno = 1");
        if present(&[MIT_CLIENT]) {
            let session = resumed(&simulator, &mits);
            let service = format!("{SQL}@{ENTRA}");
            session
                .mit("kvno", &[&service], "")
                .succeeded()
                .says("kvno = 1");
        }
    }
    simulator.stop();
}

/// Killed when the file that is to take its place is seen beside the journal.
#[test]
fn killed_while_the_journal_is_begun_anew_it_comes_back_with_all_that_it_acknowledged() {
    let store = Store::new();
    let serve = || store.serve_with(&["--checkpoint-after", "1"]);
    let mut simulator = serve();
    let mut acknowledged: Vec<Value> = Vec::new();
    let mut left_behind = 0;
    for round in 0..3 {
        let (tell, told) = mpsc::channel();
        let admin = simulator.exported("admin.json");
        let makers = ["A", "B"].map(|maker| {
            let (admin, tell) = (admin.clone(), tell.clone());
            let prefix = format!("{maker}{round}-");
            thread::spawn(move || make_computers(&admin, &prefix, &tell))
        });
        drop(tell);
        let deadline = Instant::now() + DEADLINE;
        while !store.beside().exists() {
            assert!(Instant::now() < deadline, "it was not begun anew");
        }
        simulator.kill();
        left_behind += u32::from(store.beside().exists());
        for maker in makers {
            maker.join().unwrap();
        }
        acknowledged.extend(told);

        simulator = serve();
        assert!(!store.beside().exists());
        for made in &acknowledged {
            let name = json!({ "name": made["name"] });
            assert_eq!(&simulator.account("keys", &name), made);
        }
        // All that were acknowledged, and one at most per maker that nobody was told of.
        let listed = store.journal(&["--json"]).stdout;
        let first: Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
        let before = first["checkpoint"].as_u64().unwrap_or(0);
        let before = usize::try_from(before).unwrap();
        let since = listed.lines().filter(|line| line.contains("COMPUTER"));
        let (kept, told) = (before + since.count(), acknowledged.len());
        assert!(
            (told..=told + 2 * (round + 1)).contains(&kept),
            "{kept} of {told}"
        );
    }
    println!("{left_behind} of 3 were not put in place");
    // Left alone, the next one is: at the latest now.
    let last = json!({ "type": "COMPUTER", "name": "LAST" });
    simulator.account("create", &last);
    let listed = store.journal(&[]);
    listed.says("checkpoint: what the changes until then led to");
    simulator.stop();
}

/// Who guesses passwords does not get more guesses by the death of the program.
#[test]
fn a_lock_of_wrong_passwords_outlives_the_program() {
    let store = Store::new();
    let topology = store.folder.path().join("strict.toml");
    let strict = r#"
[policy.password]
lockout_threshold = 3
lockout_window = 3600
lockout_duration = 3600
[[realm]]
name = "CONTOSO.COM"
[[realm.user]]
name = "alice"
password = "Passw0rd!"
"#;
    fs::write(&topology, strict).unwrap();
    let serve = || store.serve_with(&[topology.to_str().unwrap()]);
    let logon = |simulator: &Simulator, password: &str| {
        Session::new(&simulator.exported("krb5-direct.conf")).our_kinit(ALICE, password)
    };
    for wrong in ["one", "two"] {
        let simulator = serve();
        logon(&simulator, wrong)
            .failed()
            .says("KDC_ERR_PREAUTH_FAILED");
        simulator.kill();
    }
    // Two are not enough, and a right one makes them count no more.
    let simulator = serve();
    logon(&simulator, PASSWORD).succeeded();
    simulator.kill();
    for wrong in ["three", "four", "five"] {
        let simulator = serve();
        logon(&simulator, wrong)
            .failed()
            .says("KDC_ERR_PREAUTH_FAILED");
        simulator.kill();
    }
    let simulator = serve();
    logon(&simulator, PASSWORD)
        .failed()
        .says("KDC_ERR_CLIENT_REVOKED");
    // They are no changes.
    assert_eq!(store.journal(&[]).stdout, "");
    simulator.stop();
}

#[test]
fn a_changed_password_outlives_the_program() {
    if !present(&[MIT_CLIENT]) {
        return;
    }
    let store = Store::new();
    let simulator = store.serve();
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    let typed = format!("{PASSWORD}\n{NEW}\n{NEW}\n");
    session.mit("kpasswd", &[ALICE], &typed).succeeded();
    simulator.kill();
    let simulator = store.serve();
    let session = Session::new(&simulator.exported("krb5-direct.conf"));
    session.mit_kinit(ALICE, PASSWORD).failed();
    session.mit_kinit(ALICE, NEW).succeeded();
    // And it is changed once in the journal, by her.
    let listed = store.journal(&[]);
    let line = r#"kpasswd alice {"by":"alice@CONTOSO.COM","password":"(secret)","#;
    listed.says(line);
    simulator.stop();
}

#[test]
fn the_changes_are_listed_without_secrets() {
    let store = Store::new();
    let simulator = store.serve();
    let mode = fs::metadata(store.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let listed = store.journal(&[]);
    assert_eq!(
        (listed.stdout, listed.stderr),
        <(String, String)>::default()
    );
    let carol = json!({ "type": "USER", "name": "carol", "password": NEW });
    simulator.account("create", &carol);
    let names = ["--setup-cloud-trust", "--top-level-names", "windows.net"];
    let set = [&["azuread-kerberos", "set", "--domain", AD], &names[..]].concat();
    simulator.administer(&set, "").succeeded();
    // While the server has it open.
    let listed = store.journal(&[]);
    let said: Vec<_> = listed.stdout.lines().map(|line| line.get(37..)).collect();
    assert_eq!(
        said,
        [
            Some(r#"account create carol {"password":"(secret)","type":"USER"}"#),
            Some(
                r#"azuread-kerberos set CONTOSO.COM {"setup_cloud_trust":true,"top_level_names":["windows.net"]}"#
            ),
        ]
    );
    let as_json = store.journal(&["--json"]).stdout;
    let first: Value = serde_json::from_str(as_json.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["number"], &first["endpoint"], &first["request"]),
        (
            &json!(1),
            &json!("account"),
            &json!({ "op": "create", "type": "USER", "name": "carol", "password": "(secret)" })
        )
    );
    assert!(!as_json.contains(NEW) && !listed.stdout.contains(NEW));
    simulator.stop();
}

#[test]
fn what_does_not_fit_is_said() {
    let store = Store::new();
    let simulator = store.serve();
    simulator.account("create", &json!({ "type": "COMPUTER", "name": "WS01" }));
    store.refuses(&[]).says("another server keeps its changes");
    simulator.stop();

    let topology = store.folder.path().join("other.toml");
    fs::write(&topology, "[[realm]]\nname = \"FABRIKAM.COM\"\n").unwrap();
    store
        .refuses(&[topology.to_str().unwrap()])
        .says("begun with another topology");
    // What is not in the text is looked for beside it, before anything is begun.
    let anchors = "[realm.pkinit]\nanchors = \"users.pem\"\n";
    let certified = store.folder.path().join("certified.toml");
    fs::write(&certified, format!("[[realm]]\nname = \"A\"\n{anchors}")).unwrap();
    Store::new()
        .refuses(&[certified.to_str().unwrap()])
        .says("cannot read")
        .says("users.pem");

    // A record that was not written whole; nothing can listen there, which ends the program.
    let whole = fs::read(store.path()).unwrap();
    fs::write(store.path(), [&whole[..], &whole[8..20]].concat()).unwrap();
    store
        .refuses(&[])
        .says("record 2, at octet")
        .says("damaged");
    fs::write(store.path(), &whole[..whole.len() - 1]).unwrap();
    store
        .journal(&[])
        .says("octets of a record that is not whole");
    let nowhere = ["--listen", "203.0.113.1"];
    store.refuses(&nowhere).says("cut off the last");
    let after = fs::read(store.path()).unwrap();
    assert!(after.len() > 8 && whole.starts_with(&after));
    assert_eq!(store.journal(&[]).stdout, "");

    fs::set_permissions(store.path(), fs::Permissions::from_mode(0o640)).unwrap();
    store.refuses(&[]).says("chmod 600");
    fs::write(store.path(), "[[realm]]\n").unwrap();
    fs::set_permissions(store.path(), fs::Permissions::from_mode(0o600)).unwrap();
    store.refuses(&[]).says("this is not a journal");
}
