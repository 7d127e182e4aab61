//! Heimdal's KDC with the realm, user and services of [`MitKdc`](crate::mit_kdc::MitKdc).

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::daemon::Daemon;
use crate::mit_kdc::{PASSWORD, REALM, SERVICES, krb5_conf};
use crate::peer::HEIMDAL_KDC;
use crate::port::free_port;
use crate::process::run;

/// Where its programs are unpacked.
const FOLDER: &str = "/opt/heimdal/usr";

/// A running kdc on one loopback port, for UDP and TCP.
#[derive(Debug)]
pub struct HeimdalKdc {
    daemon: Daemon,
    folder: TempDir,
    port: u16,
}

impl HeimdalKdc {
    /// Makes the database and starts the KDC, in one process.
    #[track_caller]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path();
        fs::write(path.join("kdc.conf"), kdc_conf(path)).expect("a file in a new folder");
        let mut kstash = program(path, "sbin/kstash");
        let stash = format!("--key-file={}", path.join("m-key").display());
        run(kstash.args(["--random-key", &stash]), "").succeeded();
        kadmin(
            path,
            &[
                "init",
                "--realm-max-ticket-life=10h",
                "--realm-max-renewable-life=7d",
                REALM,
            ],
        );
        let password = format!("--password={PASSWORD}");
        kadmin(path, &["add", &password, "--use-defaults", "bob"]);
        for service in SERVICES {
            kadmin(path, &["add", "--random-key", "--use-defaults", service]);
        }
        let port = free_port();
        let mut kdc = Command::new(HEIMDAL_KDC.program());
        let daemon = Daemon::start(
            configured(path, &mut kdc)
                .arg(format!("--config-file={}", path.join("kdc.conf").display()))
                .arg(format!("--ports={port}"))
                .arg("--addresses=127.0.0.1"),
            path,
            port,
        );
        Self {
            daemon,
            folder,
            port,
        }
    }

    /// Where it listens, for UDP and TCP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The number of its process.
    pub fn process_id(&self) -> u32 {
        self.daemon.process_id()
    }

    /// A krb5.conf whose only KDC of the realm is this one.
    pub fn krb5_conf(&self) -> String {
        krb5_conf(&format!("127.0.0.1:{}", self.port), "")
    }

    /// What the KDC has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("kdc.log")).unwrap_or_default()
    }
}

/// No DNS, one process, and what is logged and asked for by default but for the proof that MIT's
/// asks for too.
fn kdc_conf(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "[libdefaults]
    default_realm = {REALM}
    dns_lookup_kdc = no
    dns_lookup_realm = no
[kdc]
    database = {{
        dbname = {folder}/principals
        realm = {REALM}
        mkey_file = {folder}/m-key
        acl_file = {folder}/acl
        log_file = {folder}/changes
    }}
    require-preauth = yes
    num-kdc-processes = 1
[kadmin]
    default_keys = aes256-cts-hmac-sha1-96:pw-salt aes128-cts-hmac-sha1-96:pw-salt
[logging]
    kdc = 0-/FILE:{folder}/kdc.log
"
    )
}

#[track_caller]
fn kadmin(folder: &Path, arguments: &[&str]) {
    let config = folder.join("kdc.conf");
    let mut kadmin = program(folder, "bin/kadmin.heimdal");
    kadmin.arg("-l").arg("-c").arg(config).args(["-r", REALM]);
    run(kadmin.args(arguments), "").succeeded();
}

fn program(folder: &Path, name: &str) -> Command {
    let mut command = Command::new(Path::new(FOLDER).join(name));
    configured(folder, &mut command);
    command
}

fn configured<'a>(folder: &Path, command: &'a mut Command) -> &'a mut Command {
    command
        .env("KRB5_CONFIG", folder.join("kdc.conf"))
        .env("LC_ALL", "C")
}
