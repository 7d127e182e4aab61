//! Servers of others: a child on a free loopback port, ended with the test.

use std::fs::{self, File, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::port::loopback;
use crate::process::{self, until};

/// A running server, its log, and where it listens.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts `command`, logging into `folder`, and waits until it accepts at `port`.
    #[track_caller]
    pub(crate) fn start(command: &mut Command, folder: &Path, port: u16) -> Self {
        let log = folder.join("log");
        let file = File::create(&log).expect("a log file in our folder");
        let errors = file.try_clone().expect("a second handle of the log");
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut daemon = Self { child, log };
        until(&format!("{command:?} listening on {port}"), || {
            let ended = daemon.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "{command:?}: {ended:?}\n{}", daemon.log());
            TcpStream::connect(loopback(port)).is_ok()
        });
        daemon
    }

    /// The number of its process.
    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // SIGTERM first, for servers with workers of their own. A test that failed is unwinding
        // here, so nothing may panic.
        if process::terminate(&self.child).is_err() {
            let _ = self.child.kill();
        }
        process::wait(&mut self.child, process::DEADLINE);
    }
}

/// Opens `path` to every user: a server that root starts may go on as another.
pub(crate) fn readable_by_all(path: &Path) {
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("our own file");
}

/// Lets every user put files into the folder `path`.
pub(crate) fn writable_by_all(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o777)).expect("our own folder");
}
