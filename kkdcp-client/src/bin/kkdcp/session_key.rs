//! The session key of a refresh token: from a file, from whoever has the device's transport key, or
//! from beside the token.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use kkdcp_client::sign_in::{ClientKeyError, PrtSessionKey, WrappedSessionKey};
use zeroize::Zeroizing;

use crate::args::SessionKey;
use crate::report::{Blame, Failure};

/// Longest file that is read, in bytes; a token response may be as long as this.
const MAX_FILE: u64 = (1 << 20) + 1;

/// Longest output of a command that is read, in bytes: a session key has 32.
const MAX_OUTPUT: u64 = 1024;

/// The session key that the command line names, if it names one.
pub(crate) fn named(
    args: &SessionKey,
    wrapped: Option<&WrappedSessionKey>,
) -> Result<Option<PrtSessionKey>, Failure> {
    if let Some(path) = &args.session_key {
        let content = read(path)?;
        let text = std::str::from_utf8(&content).unwrap_or_default();
        return PrtSessionKey::parse(text)
            .map(Some)
            .map_err(|error| Failure::configuration(format!("{}: {error}", path.display())));
    }
    let Some(command) = &args.unwrap_with else {
        return Ok(None);
    };
    let wrapped = wrapped.ok_or_else(|| {
        Failure::new(
            Blame::Client,
            "--unwrap-with: the response has no session_key_jwe",
        )
        .remedy("give the session key in a file: --session-key FILE")
    })?;
    wrapped
        .unwrap_with(|octets| output_of(command, octets).map_err(Unwrapping::Command))
        .map(Some)
        .map_err(Failure::from)
}

/// Why a command did not bring forth the key.
enum Unwrapping {
    Command(Failure),
    Key(ClientKeyError),
}

impl From<ClientKeyError> for Unwrapping {
    fn from(error: ClientKeyError) -> Self {
        Self::Key(error)
    }
}

impl From<Unwrapping> for Failure {
    fn from(error: Unwrapping) -> Self {
        match error {
            Unwrapping::Command(failure) => failure,
            Unwrapping::Key(error) => Self::configuration(format!("--unwrap-with: {error}"))
                .remedy("have the command write the key itself, in octets and nothing else"),
        }
    }
}

/// What a command writes when it reads `octets`.
fn output_of(command: &str, octets: &[u8]) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure::machine(format!("--unwrap-with: {error}"));
    let mut child = shell(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that has read enough may close it: its status says whether all is well.
        match stdin.write_all(octets) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(failed(error)),
            _ => drop(stdin),
        }
    }
    let mut output = Vec::with_capacity(usize::try_from(MAX_OUTPUT).unwrap_or_default());
    if let Some(stdout) = child.stdout.take() {
        stdout
            .take(MAX_OUTPUT)
            .read_to_end(&mut output)
            .map_err(failed)?;
    }
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(
            Failure::machine(format!("--unwrap-with: {command:?} ended with {status}"))
                .remedy("check that it has the transport key of this very device"),
        );
    }
    Ok(output)
}

fn shell(command: &str) -> Command {
    let (program, option) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut shell = Command::new(program);
    shell.args([option, command]);
    shell
}

/// A file with a response or a key; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |error: io::Error| Failure::machine(format!("{}: {error}", path.display()));
    let mut content = Zeroizing::new(Vec::new());
    if path == Path::new("-") {
        io::stdin().lock().take(MAX_FILE).read_to_end(&mut content)
    } else {
        let file = File::open(path).map_err(failed)?;
        file.take(MAX_FILE).read_to_end(&mut content)
    }
    .map_err(failed)?;
    Ok(content)
}
