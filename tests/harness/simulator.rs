//! The `realm-sim` program as a script uses it: started, ready, stopped.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{self, DEADLINE, Finished};
use crate::programs;

/// The realm of the demonstration's Active Directory domain.
pub const AD: &str = "CONTOSO.COM";
/// The realm of Microsoft Entra Kerberos.
pub const ENTRA: &str = "KERBEROS.MICROSOFTONLINE.COM";
/// The demonstration's user.
pub const ALICE: &str = "alice@CONTOSO.COM";
/// The password of [`ALICE`].
pub const PASSWORD: &str = "Passw0rd!";
/// The demonstration's tenant.
pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";
/// The service that the demonstration's user wants.
pub const SQL: &str = "MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433";

/// A running `realm-sim serve`.
#[derive(Debug)]
pub struct Simulator {
    child: Option<Child>,
    export: TempDir,
    ready: Value,
}

impl Simulator {
    /// Starts the demonstration's topology and waits until every listener is ready.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts `realm-sim serve` with these arguments before `--export`.
    #[track_caller]
    pub fn start_with(arguments: &[&str]) -> Self {
        let export = tempfile::tempdir().expect("a temporary folder");
        let mut child = programs::realm_sim()
            .arg("serve")
            .args(arguments)
            .arg("--export")
            .arg(export.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("realm-sim starts");
        let stdout = child.stdout.take().expect("standard output is piped");
        let (send, receive) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(stdout).read_line(&mut line);
            let _ = send.send(line);
        });
        let line = receive.recv_timeout(DEADLINE).unwrap_or_default();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            let _ = child.kill();
            panic!("realm-sim says {line:?} instead of a line of JSON: {error}")
        });
        let simulator = Self {
            child: Some(child),
            export,
            ready,
        };
        assert_eq!(simulator.ready["ready"], true, "{}", simulator.ready);
        simulator
    }

    /// The line of JSON that says where it listens.
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// The number of its process.
    #[track_caller]
    pub fn process_id(&self) -> u32 {
        self.child.as_ref().expect("it was started").id()
    }

    /// The URL of the KDC proxy in front of `realm`.
    #[track_caller]
    pub fn proxy(&self, realm: &str) -> String {
        let url = &self.ready["realms"][realm]["proxy"];
        url.as_str()
            .unwrap_or_else(|| panic!("{realm} has no proxy: {}", self.ready))
            .to_owned()
    }

    /// Runs `realm-sim account` with this JSON and gives what it answers.
    #[track_caller]
    pub fn account(&self, operation: &str, request: &Value) -> Value {
        let answer = self
            .administer(&["account", operation], &request.to_string())
            .succeeded();
        serde_json::from_str(&answer.stdout).expect("an answer in JSON")
    }

    /// Runs `realm-sim` with these arguments and the server's `admin.json`.
    #[track_caller]
    pub fn administer(&self, arguments: &[&str], input: &str) -> Finished {
        let mut command = programs::realm_sim();
        command
            .args(arguments)
            .arg("--admin")
            .arg(self.exported("admin.json"));
        process::run(&mut command, input)
    }

    /// A file of the exported folder.
    #[track_caller]
    pub fn exported(&self, name: &str) -> PathBuf {
        let path = self.export.path().join(name);
        assert!(path.exists(), "{} was not exported", path.display());
        path
    }

    /// The exported folder.
    pub fn folder(&self) -> &Path {
        self.export.path()
    }

    /// Ends it with SIGTERM and fails the test unless it ends in time with code 0.
    #[track_caller]
    pub fn stop(mut self) {
        let mut child = self.child.take().expect("it was started");
        process::terminate(&child).expect("a running child can be told to end");
        let status = process::wait(&mut child, DEADLINE);
        assert!(
            status.is_some_and(|status| status.success()),
            "after SIGTERM: {status:?}"
        );
    }

    /// Ends it where it stands, with SIGKILL.
    #[track_caller]
    pub fn kill(mut self) {
        let mut child = self.child.take().expect("it was started");
        child.kill().expect("a running child can be killed");
        let status = child.wait().expect("a child that was killed ends");
        assert!(!status.success(), "it ended by itself: {status}");
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
