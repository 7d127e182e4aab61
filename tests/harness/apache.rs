//! Apache with mod_auth_gssapi: a service we did not write that accepts tickets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::daemon::{Daemon, readable_by_all, writable_by_all};
use crate::peer::APACHE;
use crate::port::free_port;

/// A running web server that lets in who has a ticket for `HTTP/localhost`.
#[derive(Debug)]
pub struct Apache {
    _daemon: Daemon,
    folder: TempDir,
    port: u16,
}

impl Apache {
    /// Starts it with the service keys of `keytab`.
    #[track_caller]
    pub fn start(keytab: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path();
        let port = free_port();
        fs::copy(keytab, path.join("keytab")).expect("the keytab");
        for name in ["htdocs", "delegated"] {
            fs::create_dir(path.join(name)).expect("a folder in a new folder");
        }
        fs::write(path.join("htdocs/index.html"), "let in\n").expect("a file in a new folder");
        fs::write(path.join("krb5.conf"), "[libdefaults]\n    rdns = false\n")
            .expect("a file in a new folder");
        fs::write(path.join("httpd.conf"), httpd_conf(path, port)).expect("a file");
        // Started by root its workers run as another user, who must read all this.
        for name in ["", "keytab", "htdocs", "htdocs/index.html", "krb5.conf"] {
            readable_by_all(&path.join(name));
        }
        writable_by_all(&path.join("delegated"));
        let mut apache = Command::new(APACHE.program());
        apache
            .env("KRB5_CONFIG", path.join("krb5.conf"))
            .args(["-DFOREGROUND", "-f"])
            .arg(path.join("httpd.conf"));
        let daemon = Daemon::start(&mut apache, path, port);
        Self {
            _daemon: daemon,
            folder,
            port,
        }
    }

    /// The page that wants a ticket.
    pub fn url(&self) -> String {
        format!("http://localhost:{}/index.html", self.port)
    }

    /// The cache with what a client handed over.
    pub fn delegated(&self, client: &str) -> PathBuf {
        self.folder.path().join("delegated").join(client)
    }

    /// What it has logged, with the reasons of refusals.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

fn httpd_conf(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let modules = "/usr/lib/apache2/modules";
    format!(
        "ServerRoot {folder}
PidFile {folder}/pid
ServerName localhost
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
LogLevel info auth_gssapi:debug
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_gssapi_module {modules}/mod_auth_gssapi.so
LoadModule headers_module {modules}/mod_headers.so
User nobody
Group nogroup
DocumentRoot {folder}/htdocs
<Directory {folder}/htdocs>
    AuthType GSSAPI
    AuthName tickets
    GssapiCredStore keytab:{folder}/keytab
    GssapiLocalName Off
    GssapiDelegCcacheDir {folder}/delegated
    Require valid-user
    Header set X-Remote-User \"expr=%{{REMOTE_USER}}\"
</Directory>
"
    )
}
