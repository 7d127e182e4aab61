//! Other people's readers of PACs, and impacket's writer of tickets.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Finished, run};

/// The Python that Debian's modules belong to.
const SYSTEM_PYTHON: &str = "/usr/bin/python3";
/// Where `.ci/run peers` puts the impacket that has readers of tickets.
const IMPACKET: &str = "/opt/impacket/bin";
/// Our scripts.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python");

/// What Samba's NDR reads in a PAC.
#[track_caller]
pub fn samba(octets: &[u8]) -> Value {
    let mut command = Command::new(SYSTEM_PYTHON);
    command.arg(Path::new(SCRIPTS).join("samba_pac.py"));
    let said = run(&mut command, &hex::encode(octets)).succeeded();
    serde_json::from_str(&said.stdout).expect("a line of JSON")
}

/// What `describeTicket.py` says of the only ticket in a cache, opened with this AES key.
#[track_caller]
pub fn describe_ticket(cache: &Path, key: &[u8]) -> Finished {
    let mut command = Command::new(Path::new(IMPACKET).join("python"));
    command
        .arg(Path::new(IMPACKET).join("describeTicket.py"))
        .arg(cache)
        .args(["--aes", &hex::encode(key)])
        .env_remove("KRB5CCNAME");
    run(&mut command, "")
}

/// A ticket that `ticketer.py` made.
#[derive(Debug)]
pub struct Forged {
    folder: TempDir,
    user: String,
}

impl Forged {
    /// Lets it make a ticket for `user` with an AES key and these arguments.
    #[track_caller]
    pub fn new(user: &str, key: &[u8], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(Path::new(IMPACKET).join("python"));
        command
            .arg(Path::new(IMPACKET).join("ticketer.py"))
            .args(["-aesKey", &hex::encode(key)])
            .args(arguments)
            .arg(user)
            .current_dir(folder.path())
            .env_remove("KRB5CCNAME");
        run(&mut command, "").succeeded().says("Saving ticket in");
        Self {
            folder,
            user: user.to_owned(),
        }
    }

    /// The cache with the ticket.
    pub fn cache(&self) -> PathBuf {
        self.folder.path().join(format!("{}.ccache", self.user))
    }
}
