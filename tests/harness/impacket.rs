//! impacket's programs and library, run with the system's Python, for which Debian packages it.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{Finished, run};
use crate::simulator::{AD, Simulator};

/// The Python that Debian's modules belong to.
const PYTHON: &str = "/usr/bin/python3";
/// Where Debian keeps impacket's programs.
const PROGRAMS: &str = "/usr/share/doc/python3-impacket/examples";
/// Our scripts.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python");

/// impacket's programs against one simulator, in a folder of their own.
#[derive(Debug)]
pub struct Impacket {
    folder: TempDir,
    port: String,
}

impl Impacket {
    /// Programs that ask the KDC of the simulator's Active Directory realm.
    #[track_caller]
    pub fn new(simulator: &Simulator) -> Self {
        let address = simulator.ready()["realms"][AD]["tcp"].as_str();
        let port = address.and_then(|address| address.rsplit_once(':'));
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            port: port.expect("an address with a port").1.to_owned(),
        }
    }

    /// Runs one of impacket's programs. It knows no port but 88, so ours is put in its place.
    #[track_caller]
    pub fn run(&self, program: &str, arguments: &[&str]) -> Finished {
        let mut command = Command::new(PYTHON);
        command
            .arg(Path::new(SCRIPTS).join("on_port.py"))
            .arg(&self.port)
            .arg(Path::new(PROGRAMS).join(program))
            .args(["-dc-ip", "127.0.0.1"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("KRB5CCNAME");
        run(&mut command, "")
    }

    /// The cache that a program saved for this user.
    pub fn saved(&self, user: &str) -> PathBuf {
        self.folder.path().join(format!("{user}.ccache"))
    }
}

/// What impacket reads in a PAC.
#[track_caller]
pub fn describe_pac(octets: &[u8]) -> Finished {
    let mut command = Command::new(PYTHON);
    command.arg(Path::new(SCRIPTS).join("describe_pac.py"));
    run(&mut command, &hex::encode(octets))
}
