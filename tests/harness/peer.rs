//! Programs that others wrote: found, or reported absent by name.

use std::env;
use std::io::Write;
use std::path::PathBuf;

/// A program or module of another implementation.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Peer {
    /// What people call it.
    pub name: &'static str,
    /// A program to look for on the path, or an absolute path where `ARCH` stands for the machine.
    pub probe: &'static str,
    /// The Debian package that brings it.
    pub package: &'static str,
}

/// MIT's `kinit`, `kvno` and `klist`.
pub const MIT_CLIENT: Peer = Peer {
    name: "MIT kinit",
    probe: "kinit",
    package: "krb5-user",
};

/// MIT's TLS plugin, without which `kdc = https://…` is passed over in silence.
pub const MIT_TLS: Peer = Peer {
    name: "MIT's TLS plugin",
    probe: "/usr/lib/ARCH-linux-gnu/krb5/plugins/tls/k5tls.so",
    package: "krb5-k5tls",
};

/// MIT's KDC.
pub const MIT_KDC: Peer = Peer {
    name: "MIT krb5kdc",
    probe: "krb5kdc",
    package: "krb5-kdc",
};

/// MIT's tool that fills the database of its KDC.
pub const MIT_KADMIN: Peer = Peer {
    name: "MIT kadmin.local",
    probe: "kadmin.local",
    package: "krb5-admin-server",
};

/// MIT's plugin for logons by certificate, of its clients and its KDC.
pub const MIT_PKINIT: Peer = Peer {
    name: "MIT's PKINIT plugin",
    probe: "/usr/lib/ARCH-linux-gnu/krb5/plugins/preauth/pkinit.so",
    package: "krb5-pkinit",
};

/// The program that makes certificates.
pub const OPENSSL: Peer = Peer {
    name: "openssl",
    probe: "openssl",
    package: "openssl",
};

/// The server that runs kdcproxy.
pub const GUNICORN: Peer = Peer {
    name: "gunicorn",
    probe: "gunicorn",
    package: "gunicorn",
};

/// The KDC proxy of the latchset project.
pub const KDCPROXY: Peer = Peer {
    name: "kdcproxy",
    probe: "/usr/lib/python3/dist-packages/kdcproxy",
    package: "python3-kdcproxy",
};

/// The Apache web server.
pub const APACHE: Peer = Peer {
    name: "Apache",
    probe: "apache2",
    package: "apache2-bin",
};

/// Apache's module that accepts Kerberos tickets.
pub const MOD_AUTH_GSSAPI: Peer = Peer {
    name: "mod_auth_gssapi",
    probe: "/usr/lib/apache2/modules/mod_auth_gssapi.so",
    package: "libapache2-mod-auth-gssapi",
};

/// curl, which speaks Negotiate from a credential cache.
pub const CURL: Peer = Peer {
    name: "curl",
    probe: "curl",
    package: "curl",
};

/// The Python library and programs of the Impacket project, which speak as Windows does.
pub const IMPACKET: Peer = Peer {
    name: "impacket",
    probe: "/usr/lib/python3/dist-packages/impacket",
    package: "python3-impacket",
};

/// The impacket whose programs describe and make tickets, with a Python of its own.
pub const TICKETER: Peer = Peer {
    name: "impacket's ticketer.py",
    probe: "/opt/impacket/bin/ticketer.py",
    package: "python3-venv, then impacket by pip",
};

/// The Python library that encodes by ASN.1 modules, with a Python of its own.
pub const ASN1TOOLS: Peer = Peer {
    name: "asn1tools",
    probe: "/opt/asn1tools/bin/asn1tools",
    package: "python3-venv, then asn1tools by pip",
};

/// Samba's Python modules, with its NDR.
pub const SAMBA_PYTHON: Peer = Peer {
    name: "Samba's Python modules",
    probe: "/usr/lib/python3/dist-packages/samba",
    package: "python3-samba",
};

/// Heimdal's clients, in the folder where `.ci/run peers` unpacks them.
pub const HEIMDAL: Peer = Peer {
    name: "Heimdal kinit",
    probe: "/opt/heimdal/usr/bin/kinit.heimdal",
    package: "heimdal-clients",
};

/// Heimdal's KDC, with its tools in the same folder.
pub const HEIMDAL_KDC: Peer = Peer {
    name: "Heimdal kdc",
    probe: "/opt/heimdal/usr/lib/heimdal-servers/kdc",
    package: "heimdal-kdc",
};

/// The Python library minikerberos, with a Python of its own.
pub const MINIKERBEROS: Peer = Peer {
    name: "minikerberos",
    probe: "/opt/minikerberos/bin/minikerberos-getTGT",
    package: "python3-venv, then minikerberos by pip",
};

/// The packet library scapy, with a Python of its own.
pub const SCAPY: Peer = Peer {
    name: "scapy",
    probe: "/opt/scapy/bin/scapy",
    package: "python3-venv, then scapy and cryptography by pip",
};

/// The Python library of the ROADtools project that signs devices in, with a Python of its own.
pub const ROADLIB: Peer = Peer {
    name: "roadlib",
    probe: "/opt/roadlib/bin/cbor2",
    package: "python3-venv, then roadlib by pip",
};

/// The Kerberos tests of Samba, which its Python package holds.
pub const SAMBA_SUITE: Peer = Peer {
    name: "Samba's Kerberos suite",
    probe: "/usr/lib/python3/dist-packages/samba/tests/krb5",
    package: "python3-samba",
};

/// Samba's server.
pub const SAMBA: Peer = Peer {
    name: "Samba AD",
    probe: "/usr/lib/ARCH-linux-gnu/samba/service/kdc.so",
    package: "samba-ad-dc",
};

/// Samba's tool that makes domains and accounts.
pub const SAMBA_TOOL: Peer = Peer {
    name: "samba-tool",
    probe: "samba-tool",
    package: "samba",
};

impl Peer {
    /// Where it is, if it is installed.
    pub fn find(&self) -> Option<PathBuf> {
        let probe = self.probe.replace("ARCH", env::consts::ARCH);
        search_path()
            .into_iter()
            .map(|folder| folder.join(&probe))
            .find(|path| path.exists())
    }

    /// The program's path, for a test that has asked [`present`].
    pub fn program(&self) -> PathBuf {
        self.find().unwrap_or_else(|| panic!("{}", self.absence()))
    }

    fn absence(&self) -> String {
        format!(
            "peer missing: {} (Debian package {})",
            self.name, self.package
        )
    }
}

/// Whether all `peers` are installed. Where one is not, a test fails if `CI` is set; otherwise
/// it is named on standard error, past the capture of test output, and the test may return.
pub fn present(peers: &[Peer]) -> bool {
    let mut all = true;
    for peer in peers.iter().filter(|peer| peer.find().is_none()) {
        assert!(env::var_os("CI").is_none(), "{}", peer.absence());
        let test = std::thread::current();
        let line = format!(
            "{}: not run: {}\n",
            peer.absence(),
            test.name().unwrap_or("a test")
        );
        let _ = std::io::stderr().write_all(line.as_bytes());
        all = false;
    }
    all
}

/// Whether we are root, which `server` needs for its ports. When not, a test fails if `CI` is set;
/// otherwise it is said, as for an absent peer.
pub fn root(server: &str) -> bool {
    if rustix::process::geteuid().is_root() {
        return true;
    }
    let line = format!("{server} needs root for its ports: not run\n");
    assert!(env::var_os("CI").is_none(), "{line}");
    let _ = std::io::stderr().write_all(line.as_bytes());
    false
}

/// The user's path, and the folders where Debian keeps servers.
fn search_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_peer_is_named_with_its_package() {
        let absent = Peer {
            name: "Nobody's KDC",
            probe: "no-such-program",
            package: "nobody",
        };
        assert_eq!(absent.find(), None);
        assert_eq!(
            absent.absence(),
            "peer missing: Nobody's KDC (Debian package nobody)"
        );
    }
}
