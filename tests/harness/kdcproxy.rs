//! The KDC proxy of the latchset project, over TLS, in front of an MIT KDC.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::daemon::Daemon;
use crate::mit_kdc::{MitKdc, REALM};
use crate::peer::GUNICORN;
use crate::port::free_port;

/// A running kdcproxy and the authority that signed its certificate.
#[derive(Debug)]
pub struct KdcProxyServer {
    daemon: Daemon,
    folder: TempDir,
    port: u16,
}

impl KdcProxyServer {
    /// Starts it on a free port in front of `kdc`, as gunicorn runs it: a connection per request.
    #[track_caller]
    pub fn start(kdc: &MitKdc) -> Self {
        Self::start_with(kdc, &[])
    }

    /// Starts it with threads, which keep connections.
    #[track_caller]
    pub fn start_kept(kdc: &MitKdc) -> Self {
        let arguments = [
            "--worker-class",
            "gthread",
            "--threads",
            "2",
            "--keep-alive",
            "60",
        ];
        Self::start_with(kdc, &arguments)
    }

    #[track_caller]
    fn start_with(kdc: &MitKdc, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path();
        let authority = Authority::new();
        let (certificate, key) = authority.leaf("localhost");
        let config = format!(
            "[global]\nuse_dns = false\n[{REALM}]\nkerberos = kerberos+tcp://127.0.0.1:{}\n",
            kdc.port()
        );
        for (name, content) in [
            ("ca.pem", authority.pem.as_str()),
            ("tls.pem", &certificate),
            ("tls.key", &key),
            ("kdcproxy.conf", &config),
        ] {
            fs::write(path.join(name), content).expect("a file in a new folder");
        }
        let port = free_port();
        let mut gunicorn = Command::new(GUNICORN.program());
        gunicorn
            .current_dir(path)
            .env("KDCPROXY_CONFIG", path.join("kdcproxy.conf"))
            .args(["--bind", &format!("127.0.0.1:{port}")])
            .args(["--certfile", "tls.pem", "--keyfile", "tls.key"])
            .args(arguments)
            .args(["--access-logfile", "-", "kdcproxy:application"]);
        let daemon = Daemon::start(&mut gunicorn, path, port);
        Self {
            daemon,
            folder,
            port,
        }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/KdcProxy", self.port)
    }

    /// The number of the process whose children answer.
    pub fn process_id(&self) -> u32 {
        self.daemon.process_id()
    }

    /// The certificate of the authority to trust.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// What it has logged: one line per request.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

/// A throwaway certificate authority.
#[derive(Debug)]
#[non_exhaustive]
pub struct Authority {
    /// Its certificate, to be trusted or not.
    pub pem: String,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Authority {
    /// A new one.
    #[expect(clippy::new_without_default, reason = "every authority is another one")]
    pub fn new() -> Self {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "A test's own authority");
        let key = rcgen::KeyPair::generate().expect("a key pair");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            pem: certificate.pem(),
            issuer: rcgen::Issuer::new(params, key),
        }
    }

    /// A certificate for `host` and its private key, both as PEM.
    pub fn leaf(&self, host: &str) -> (String, String) {
        let params =
            rcgen::CertificateParams::new(vec![host.to_owned()]).expect("a DNS name to certify");
        let key = rcgen::KeyPair::generate().expect("a key pair");
        let certificate = params.signed_by(&key, &self.issuer).expect("a signature");
        (certificate.pem(), key.serialize_pem())
    }
}
