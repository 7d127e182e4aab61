//! Samba's Active Directory domain controller, on an address of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kerberos_core::framing::frame;
use kerberos_core::keytab::Keytab;
use tempfile::TempDir;

use crate::process::{self, DEADLINE, run, until};

/// The realm it serves.
pub const REALM: &str = "CONTOSO.COM";
/// The password of its administrator.
const ADMINISTRATOR: &str = "Passw0rd!admin";
/// LDAP has its port built in, so the server gets an address that nobody else has.
const ADDRESS: &str = "127.0.0.21";
/// The KDC's port there.
const PORT: u16 = 88;
/// Samba's default too.
const PASSWORD_PORT: u16 = 464;

/// The SID of its domain.
pub const DOMAIN_SID: &str = "S-1-5-21-1111111111-2222222222-3333333333";
/// The Python that Debian's modules belong to.
const PYTHON: &str = "/usr/bin/python3";

/// A trust with another forest: Samba's users may go there.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ForestTrust<'a> {
    /// The other realm.
    pub realm: &'a str,
    /// Its NetBIOS name.
    pub netbios_name: &'a str,
    /// The SID of its domain.
    pub sid: &'a str,
    /// The secret that the keys are made from.
    pub secret: &'a str,
    /// Whether its users may come here too.
    pub both_ways: bool,
    /// Names of the other forest, besides the realm's.
    pub top_level_names: &'a [&'a str],
}

impl<'a> ForestTrust<'a> {
    /// A trust that Samba's users may use, and nobody else.
    pub const fn inbound(realm: &'a str, netbios_name: &'a str, sid: &'a str) -> Self {
        Self {
            realm,
            netbios_name,
            sid,
            secret: "known to both",
            both_ways: false,
            top_level_names: &[],
        }
    }
}

/// A running domain controller, with nothing but the KDC and what that needs.
#[derive(Debug)]
pub struct Samba {
    child: Child,
    folder: TempDir,
}

impl Samba {
    /// Provisions the domain, runs the commands of `samba-tool`, adds the trusts and the accounts of
    /// read-only controllers, and starts the server. Needs root, for LDAP's port.
    #[track_caller]
    pub fn start(
        commands: &[&[&str]],
        trusts: &[ForestTrust<'_>],
        read_only_controllers: &[&str],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path();
        for name in [
            "private", "lock", "state", "cache", "run", "ncalrpc", "ntp", "bind", "log",
        ] {
            fs::create_dir(path.join(name)).expect("a folder in a new folder");
        }
        fs::write(path.join("smb.conf"), smb_conf(path)).expect("a file in a new folder");
        fs::write(path.join("krb5.conf"), krb5_conf()).expect("a file in a new folder");
        tool(
            path,
            &[
                "domain",
                "provision",
                "--server-role=dc",
                &format!("--realm={REALM}"),
                "--domain=CONTOSO",
                &format!("--domain-sid={DOMAIN_SID}"),
                "--host-name=dc01",
                &format!("--host-ip={ADDRESS}"),
                "--dns-backend=NONE",
                &format!("--adminpass={ADMINISTRATOR}"),
            ],
        );
        for command in commands {
            tool(path, command);
        }
        for trust in trusts {
            add(path, trust);
        }
        for name in read_only_controllers {
            add_read_only_controller(path, name);
        }
        let keytab = path.join("all.keytab");
        tool(path, &["domain", "exportkeytab", &keytab.to_string_lossy()]);

        let log = fs::File::create(path.join("log/samba")).expect("a file in our folder");
        let errors = log.try_clone().expect("a second handle");
        let child = Command::new("/usr/sbin/samba")
            .args(["--foreground", "--no-process-group", "--debug-stdout"])
            .arg(option(path))
            .env("KRB5_CONFIG", path.join("krb5.conf"))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("samba starts");
        let mut samba = Self { child, folder };
        until("Samba's KDC listening", || {
            let ended = samba.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "samba: {ended:?}\n{}", samba.log());
            TcpStream::connect(address()).is_ok()
        });
        samba
    }

    /// Sends a request to the KDC and reads the answer; nothing when it hangs up instead.
    #[track_caller]
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        self.exchange(address(), request)
    }

    /// Sends a request to the password service (RFC 3244), likewise.
    #[track_caller]
    pub fn answer_password(&self, request: &[u8]) -> Vec<u8> {
        let mut address = address();
        address.set_port(PASSWORD_PORT);
        self.exchange(address, request)
    }

    #[track_caller]
    fn exchange(&self, address: SocketAddr, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(address).expect("Samba");
        stream
            .set_read_timeout(Some(DEADLINE))
            .expect("a time limit");
        stream.write_all(&frame(request)).expect("a request");
        let mut length = [0; 4];
        if stream.read_exact(&mut length).is_err() {
            return Vec::new();
        }
        let length = usize::try_from(u32::from_be_bytes(length)).expect("a length");
        let mut reply = vec![0; length];
        stream.read_exact(&mut reply).expect("the whole reply");
        reply
    }

    /// The keys of every account.
    #[track_caller]
    pub fn keytab(&self) -> Keytab {
        let octets = fs::read(self.folder.path().join("all.keytab")).expect("the exported keytab");
        Keytab::decode(&octets).expect("a keytab")
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log/samba")).unwrap_or_default()
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        if process::terminate(&self.child).is_err() {
            let _ = self.child.kill();
        }
        process::wait(&mut self.child, DEADLINE);
    }
}

/// Where the KDC is.
pub fn address() -> SocketAddr {
    SocketAddr::new(ADDRESS.parse().expect("an address"), PORT)
}

fn option(folder: &Path) -> String {
    format!("--configfile={}", folder.join("smb.conf").display())
}

#[track_caller]
fn tool(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("samba-tool");
    command
        .args(arguments)
        .arg(option(folder))
        .env("KRB5_CONFIG", folder.join("krb5.conf"))
        .env("LC_ALL", "C");
    run(&mut command, "").succeeded();
}

/// Writes the trust object into the directory.
#[track_caller]
fn add(folder: &Path, trust: &ForestTrust<'_>) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/samba_trust.py");
    let mut command = Command::new(PYTHON);
    command
        .arg(script)
        .arg(folder.join("smb.conf"))
        .args([trust.realm, trust.netbios_name, trust.sid, trust.secret])
        .arg(if trust.both_ways { "yes" } else { "no" })
        .args(trust.top_level_names)
        .env("KRB5_CONFIG", folder.join("krb5.conf"));
    run(&mut command, "").succeeded();
}

/// Writes the accounts of a read-only controller into the directory.
#[track_caller]
fn add_read_only_controller(folder: &Path, name: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/samba_rodc.py");
    let mut command = Command::new(PYTHON);
    command
        .arg(script)
        .arg(folder.join("smb.conf"))
        .arg(name)
        .env("KRB5_CONFIG", folder.join("krb5.conf"));
    run(&mut command, "").succeeded();
}

fn krb5_conf() -> String {
    format!(
        "[libdefaults]\n    default_realm = {REALM}\n    dns_lookup_kdc = false\n    \
         dns_lookup_realm = false\n[realms]\n    {REALM} = {{\n        kdc = {ADDRESS}:{PORT}\n    }}\n"
    )
}

fn smb_conf(folder: &Path) -> String {
    let in_folder = |setting: &str, name: &str| {
        let path: PathBuf = folder.join(name);
        format!("    {setting} = {}\n", path.display())
    };
    let folders: String = [
        ("private dir", "private"),
        ("lock directory", "lock"),
        ("state directory", "state"),
        ("cache directory", "cache"),
        ("pid directory", "run"),
        ("ncalrpc dir", "ncalrpc"),
        ("ntp signd socket directory", "ntp"),
        ("binddns dir", "bind"),
    ]
    .iter()
    .map(|(setting, name)| in_folder(setting, name))
    .collect();
    // No service that would look for another machine.
    format!(
        "[global]
    netbios name = DC01
    workgroup = CONTOSO
    realm = {REALM}
    server role = active directory domain controller
    interfaces = {ADDRESS}/8
    bind interfaces only = yes
    krb5 port = {PORT}
    server services = rpc, ldap, cldap, kdc
    dns forwarder =
    load printers = no
    printing = bsd
    disable spoolss = yes
    log file = {log}/%m.log
{folders}[sysvol]
    path = {state}/sysvol
    read only = no
[netlogon]
    path = {state}/sysvol/contoso.com/scripts
    read only = no
",
        log = folder.join("log").display(),
        state = folder.join("state").display(),
    )
}
