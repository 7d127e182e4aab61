//! A certificate authority for PKINIT, run with the `openssl` program: RSA keys, and the names of
//! RFC 4556 made by somebody else's encoder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::peer::OPENSSL;
use crate::process::run;

/// A root certificate and what it has signed.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// A certificate and its key, in PEM files.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Issued {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Authority {
    /// A new one, with a key of its own.
    #[track_caller]
    pub fn new() -> Self {
        let authority = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        authority.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "root.key",
            "-out",
            "root.pem",
            "-days",
            "30",
            "-subj",
            "/CN=test root",
        ]);
        authority
    }

    /// The certificate that others are to trust.
    pub fn root(&self) -> PathBuf {
        self.path("root.pem")
    }

    /// A certificate for the KDC of `realm` (RFC 4556 §3.2.4).
    #[track_caller]
    pub fn kdc(&self, realm: &str) -> Issued {
        self.issue("kdc", "1.3.6.1.5.2.3.5", realm, 2, &["krbtgt", realm])
    }

    /// A certificate for a user of `realm` (RFC 4556 §3.2.2).
    #[track_caller]
    pub fn user(&self, name: &str, realm: &str) -> Issued {
        self.issue(name, "1.3.6.1.5.2.3.4", realm, 1, &[name])
    }

    #[track_caller]
    fn issue(
        &self,
        file: &str,
        purpose: &str,
        realm: &str,
        name_type: i32,
        components: &[&str],
    ) -> Issued {
        let names: String = components
            .iter()
            .enumerate()
            .map(|(index, component)| format!("n{index} = GeneralString:{component}\n"))
            .collect();
        // Without a subject key identifier, by which Heimdal's client would name its certificate, in
        // a form that RFC 5652 §5.3 does not have.
        let extensions = format!(
            "[own]\nsubjectKeyIdentifier = none\nbasicConstraints = CA:FALSE\n\
             keyUsage = digitalSignature, keyEncipherment\n\
             extendedKeyUsage = {purpose}\nsubjectAltName = otherName:1.3.6.1.5.2.2;SEQUENCE:name\n\
             [name]\nrealm = EXP:0,GeneralString:{realm}\nprincipal = EXP:1,SEQUENCE:principal\n\
             [principal]\ntype = EXP:0,INTEGER:{name_type}\nnames = EXP:1,SEQUENCE:names\n\
             [names]\n{names}"
        );
        let name = |ending: &str| format!("{file}.{ending}");
        fs::write(self.path(&name("cnf")), extensions).expect("a file in our folder");
        let (key, request, certificate) = (name("key"), name("csr"), name("pem"));
        let subject = format!("/CN={file}");
        self.openssl(&[
            "req", "-newkey", "rsa:2048", "-nodes", "-keyout", &key, "-out", &request, "-subj",
            &subject,
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-CAcreateserial",
            "-days",
            "30",
            "-extfile",
            &name("cnf"),
            "-extensions",
            "own",
            "-out",
            &certificate,
        ]);
        Issued {
            certificate: self.path(&certificate),
            key: self.path(&key),
        }
    }

    #[track_caller]
    fn openssl(&self, arguments: &[&str]) {
        let mut command = Command::new(OPENSSL.program());
        run(command.current_dir(self.folder.path()).args(arguments), "").succeeded();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Issued {
    /// Both files as MIT's settings name them.
    pub fn for_mit(&self) -> String {
        let shown = |path: &Path| path.display().to_string();
        format!("FILE:{},{}", shown(&self.certificate), shown(&self.key))
    }
}
