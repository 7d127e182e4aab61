//! MIT's krb5kdc with a realm of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::daemon::Daemon;
use crate::peer::{MIT_KADMIN, MIT_KDC, Peer};
use crate::port::free_port;
use crate::process::run;

/// The realm that [`MitKdc`] serves.
pub const REALM: &str = "MIT.TEST";
/// A user who must pre-authenticate.
pub const USER: &str = "bob@MIT.TEST";
/// The password of [`USER`].
pub const PASSWORD: &str = "correct horse";
/// The services whose keys are in [`MitKdc::keytab`].
pub const SERVICES: [&str; 2] = ["HTTP/localhost", "host/web.mit.test"];

/// A running krb5kdc on one loopback port, for UDP and TCP.
#[derive(Debug)]
pub struct MitKdc {
    daemon: Daemon,
    folder: TempDir,
    port: u16,
}

impl MitKdc {
    /// Makes the database and starts the KDC.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// As [`MitKdc::start`], after these commands for `kadmin`.
    #[track_caller]
    pub fn start_with(commands: &str) -> Self {
        Self::start_configured(commands, "")
    }

    /// As [`MitKdc::start_with`], with these lines for the realm in kdc.conf.
    #[track_caller]
    pub fn start_configured(commands: &str, realm_lines: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let path = folder.path();
        fs::write(path.join("krb5.conf"), libdefaults()).expect("a file in a new folder");
        fs::write(path.join("kdc.conf"), kdc_conf(path, port, realm_lines))
            .expect("a file in a new folder");
        let util = Peer {
            probe: "kdb5_util",
            ..MIT_KDC
        };
        let create = ["-r", REALM, "create", "-s", "-P", "master"];
        run(
            profile(path, &mut Command::new(util.program())).args(create),
            "",
        )
        .succeeded();

        let mut script = format!("addprinc -pw \"{PASSWORD}\" bob\n{commands}");
        for service in SERVICES {
            script.push_str(&format!("addprinc -randkey {service}\n"));
            let keytab = path.join("service.keytab");
            script.push_str(&format!("ktadd -k {} {service}\n", keytab.display()));
        }
        let mut kadmin = Command::new(MIT_KADMIN.program());
        run(profile(path, &mut kadmin).args(["-r", REALM]), &script)
            .succeeded()
            .says("Principal \"bob@MIT.TEST\" created");

        let mut kdc = Command::new(MIT_KDC.program());
        let daemon = Daemon::start(
            profile(path, &mut kdc).args(["-n", "-r", REALM]),
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

    /// A krb5.conf whose only KDC of the realm is `kdc`, with more lines for the realm.
    pub fn krb5_conf(&self, kdc: &str, realm_lines: &str) -> String {
        krb5_conf(kdc, realm_lines)
    }

    /// The keys of [`SERVICES`].
    pub fn keytab(&self) -> PathBuf {
        self.folder.path().join("service.keytab")
    }

    /// What the KDC has logged: one line per request.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("kdc.log")).unwrap_or_default()
    }
}

/// A krb5.conf whose only KDC of [`REALM`] is `kdc`, with more lines for the realm.
pub(crate) fn krb5_conf(kdc: &str, realm_lines: &str) -> String {
    format!(
        "{}[realms]\n    {REALM} = {{\n        kdc = {kdc}\n{realm_lines}    }}\n\
         [domain_realm]\n    localhost = {REALM}\n    .mit.test = {REALM}\n",
        libdefaults()
    )
}

/// No DNS, no reverse look-ups: a test decides who is who.
fn libdefaults() -> String {
    format!(
        "[libdefaults]\n    default_realm = {REALM}\n    dns_lookup_kdc = false\n    \
         dns_lookup_realm = false\n    dns_canonicalize_hostname = false\n    rdns = false\n"
    )
}

/// The database is not written to when somebody logs on, as in a realm with many logons.
fn kdc_conf(folder: &Path, port: u16, realm_lines: &str) -> String {
    let folder = folder.display();
    format!(
        "[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}
[realms]
    {REALM} = {{
        database_module = file
        key_stash_file = {folder}/stash
        acl_file = {folder}/acl
        max_life = 10h
        max_renewable_life = 7d
        master_key_type = aes256-cts-hmac-sha1-96
        supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
        default_principal_flags = +preauth
{realm_lines}    }}
[dbmodules]
    file = {{
        db_library = db2
        database_name = {folder}/principal
        disable_last_success = true
        disable_lockout = true
    }}
[logging]
    kdc = FILE:{folder}/kdc.log
"
    )
}

fn profile<'a>(folder: &Path, command: &'a mut Command) -> &'a mut Command {
    command
        .env("KRB5_CONFIG", folder.join("krb5.conf"))
        .env("KRB5_KDC_PROFILE", folder.join("kdc.conf"))
        .env("LC_ALL", "C")
}
