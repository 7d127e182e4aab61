//! Child processes: fed, read and bounded in time.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for the slowest peer on a loaded machine; nothing waits for it when all is well.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// How often a running child is looked at.
const POLL: Duration = Duration::from_millis(10);

/// What a child that ended has left.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished {
    /// The command line, for messages.
    pub command: String,
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Finished {
    /// This, after failing the test unless the exit code is 0.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.code == Some(0), "{}", self.story());
        self
    }

    /// This, after failing the test unless it ended by itself with another code than 0.
    #[track_caller]
    pub fn failed(self) -> Self {
        assert!(self.code.is_some_and(|code| code != 0), "{}", self.story());
        self
    }

    /// This, after failing the test unless its output or its errors hold `text`.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "{text:?} is not said by {}",
            self.story()
        );
        self
    }

    /// Command, exit code and both outputs.
    pub fn story(&self) -> String {
        format!(
            "{}\nexit code {:?}\n--- output\n{}\n--- errors\n{}",
            self.command, self.code, self.stdout, self.stderr
        )
    }
}

/// Runs `command` to its end with `input` on standard input, at most [`DEADLINE`] long.
#[track_caller]
pub fn run(command: &mut Command, input: &str) -> Finished {
    run_within(command, input, DEADLINE)
}

/// Runs `command` to its end with `input` on standard input, at most `limit` long.
#[track_caller]
pub fn run_within(command: &mut Command, input: &str, limit: Duration) -> Finished {
    let name = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut stdin = child.stdin.take().expect("standard input is piped");
    // A child may end without reading: then the pipe is closed, which is its right.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let stdout = drain(child.stdout.take().expect("standard output is piped"));
    let stderr = drain(child.stderr.take().expect("standard error is piped"));
    let status = wait(&mut child, limit);
    let finished = Finished {
        command: name,
        code: status.and_then(|status| status.code()),
        stdout: stdout.join().expect("the reader of standard output"),
        stderr: stderr.join().expect("the reader of standard error"),
    };
    assert!(
        status.is_some(),
        "still running after {limit:?}: {}",
        finished.story()
    );
    finished
}

/// The status of `child` when it ends within `limit`; otherwise it is killed.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        if Instant::now() > until {
            child.kill().expect("a running child can be killed");
            child.wait().expect("a killed child ends");
            return None;
        }
        thread::sleep(POLL);
    }
}

/// Polls `ready` until it holds, for at most [`DEADLINE`].
#[track_caller]
pub fn until(what: &str, mut ready: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !ready() {
        assert!(Instant::now() < end, "{what}: not within {DEADLINE:?}");
        thread::sleep(POLL);
    }
}

/// Asks `child` to end, as an operator does, with SIGTERM.
///
/// # Errors
///
/// [`io::Error`] when there is no shell to ask with.
pub fn terminate(child: &Child) -> io::Result<()> {
    let status = Command::new("sh")
        .args(["-c", "kill -TERM \"$0\"", &child.id().to_string()])
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("kill: {status}")))
    }
}

/// Reads `pipe` to its end in a thread of its own, so that no child blocks on a full pipe.
pub fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
