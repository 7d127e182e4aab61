//! A person's login session: a configuration, a credential cache and a trace of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::peer::{MIT_CLIENT, Peer};
use crate::process::{Finished, run};
use crate::programs;

/// One krb5.conf and one FILE credential cache, used with MIT's programs and with ours.
#[derive(Debug)]
pub struct Session {
    folder: TempDir,
    config: PathBuf,
}

impl Session {
    /// A session that uses the krb5.conf at `config` and an absent cache.
    pub fn new(config: &Path) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            config: config.to_owned(),
        }
    }

    /// A session with a krb5.conf of this content.
    pub fn with_config(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("krb5.conf");
        fs::write(&config, text).expect("a file in a new folder");
        Self { folder, config }
    }

    /// Runs `kinit` of MIT with `password` typed by standard input.
    #[track_caller]
    pub fn mit_kinit(&self, principal: &str, password: &str) -> Finished {
        self.mit("kinit", &[principal], &format!("{password}\n"))
    }

    /// Runs one of MIT's client programs.
    #[track_caller]
    pub fn mit(&self, program: &str, arguments: &[&str], input: &str) -> Finished {
        let client = Peer {
            probe: match program {
                "kinit" => "kinit",
                "kvno" => "kvno",
                "klist" => "klist",
                "kpasswd" => "kpasswd",
                other => panic!("{other} is not one of MIT's clients here"),
            },
            ..MIT_CLIENT
        };
        let mut command = Command::new(client.program());
        run(self.environment(command.args(arguments)), input)
    }

    /// Runs `kkdcp kinit` with `password` in a file, as scripts do.
    #[track_caller]
    pub fn our_kinit(&self, principal: &str, password: &str) -> Finished {
        let file = self.folder.path().join("password");
        fs::write(&file, format!("{password}\n")).expect("a file in our folder");
        let file = file.to_str().expect("a path in UTF-8");
        self.ours(&["kinit", principal, "--password-file", file])
    }

    /// Runs `kkdcp` with these arguments.
    #[track_caller]
    pub fn ours(&self, arguments: &[&str]) -> Finished {
        let mut command = programs::kkdcp();
        run(self.environment(command.args(arguments)), "")
    }

    /// Gives `command` this session's configuration, cache and trace, and plain English.
    pub fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("KRB5_CONFIG", &self.config)
            .env("KRB5CCNAME", format!("FILE:{}", self.cache().display()))
            .env("KRB5_TRACE", self.trace_file())
            .env("LC_ALL", "C")
            .env_remove("KRB5_KTNAME")
            .env_remove("KRB5_CLIENT_KTNAME")
            .env_remove("SSL_CERT_FILE")
            .env_remove("HTTPS_PROXY")
            .env_remove("https_proxy")
    }

    /// The credential cache's path.
    pub fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// What MIT's library has traced so far.
    pub fn trace(&self) -> String {
        fs::read_to_string(self.trace_file()).unwrap_or_default()
    }

    fn trace_file(&self) -> PathBuf {
        self.folder.path().join("trace")
    }
}
