//! Heimdal's client programs, which Debian does not install beside MIT's: `.ci/run peers` unpacks
//! them into a folder of their own.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Finished, run};

/// Where they are unpacked.
const PROGRAMS: &str = "/opt/heimdal/usr/bin";

/// A login session with Heimdal's programs.
#[derive(Debug)]
pub struct Heimdal {
    folder: TempDir,
}

impl Heimdal {
    /// A session with this krb5.conf and an absent cache.
    #[track_caller]
    pub fn new(config: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = fs::read_to_string(config).expect("an exported krb5.conf");
        // MIT's dns_canonicalize_hostname and rdns in Heimdal's words.
        let config = config.replacen(
            "[libdefaults]",
            "[libdefaults]\n    name_canon_rules = as-is:",
            1,
        );
        fs::write(folder.path().join("krb5.conf"), config).expect("a file in a new folder");
        Self { folder }
    }

    /// Runs `kinit`, forwardable, with the password in a file.
    #[track_caller]
    pub fn kinit(&self, principal: &str, password: &str) -> Finished {
        let file = self.folder.path().join("password");
        fs::write(&file, format!("{password}\n")).expect("a file in our folder");
        let file = format!("--password-file={}", file.display());
        self.run("kinit.heimdal", &[&file, "--forwardable", principal])
    }

    /// Runs `kpasswd` as a person does who types these lines. It would ask at a terminal if there
    /// were one.
    #[track_caller]
    pub fn kpasswd(&self, arguments: &[&str], typed: &[&str]) -> Finished {
        let mut command = Command::new("setsid");
        command
            .arg("--wait")
            .arg(Path::new(PROGRAMS).join("kpasswd.heimdal"))
            .args(arguments);
        run(self.environment(&mut command), &(typed.join("\n") + "\n"))
    }

    /// Lists the tickets.
    #[track_caller]
    pub fn klist(&self) -> Finished {
        self.run("heimtools", &["klist"])
    }

    /// Runs one of the programs.
    #[track_caller]
    pub fn run(&self, program: &str, arguments: &[&str]) -> Finished {
        let mut command = Command::new(Path::new(PROGRAMS).join(program));
        run(self.environment(command.args(arguments)), "")
    }

    fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let folder = self.folder.path();
        command
            .env("KRB5_CONFIG", folder.join("krb5.conf"))
            .env(
                "KRB5CCNAME",
                format!("FILE:{}", folder.join("cache").display()),
            )
            .env("LC_ALL", "C")
    }
}
