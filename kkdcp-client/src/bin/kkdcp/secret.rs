//! What proves the client: a password from the terminal or a file, or a keytab. Never an argument.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use kerberos_core::exchange::{Identity, IdentityKey};
use kerberos_core::keytab::Keytab;
use kerberos_core::name::Principal;
use zeroize::Zeroizing;

use crate::report::{Blame, Failure};

/// The variable that names a client's keytab, as for MIT's programs.
pub(crate) const CLIENT_KEYTAB: &str = "KRB5_CLIENT_KTNAME";

/// Asks for the password on the terminal.
pub(crate) fn ask(client: &Principal) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(format!("Password for {client}: "))
        .map(Zeroizing::new)
        .map_err(|error| {
            Failure::machine(format!("no terminal to ask for the password on: {error}")).remedy(
                "use --password-file FILE, --password-file - for standard input, or --keytab",
            )
        })
}

/// The first line of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let failed = |error: io::Error| Failure::machine(format!("{}: {error}", path.display()));
    if path == Path::new("-") {
        first_line(io::stdin().lock()).map_err(failed)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        first_line(BufReader::new(file)).map_err(failed)
    }
}

fn first_line(reader: impl BufRead) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::with_capacity(MAX_PASSWORD));
    let limit = u64::try_from(MAX_PASSWORD).unwrap_or(u64::MAX);
    reader.take(limit).read_line(&mut line)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    if line.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "there is no password",
        ));
    }
    Ok(line)
}

/// Where a keytab is, `FILE:PATH` or `PATH`.
pub(crate) fn keytab_path(name: &str) -> &str {
    name.strip_prefix("FILE:").unwrap_or(name)
}

/// Reads a keytab.
pub(crate) fn keytab(name: &str) -> Result<Keytab, Failure> {
    let path = keytab_path(name);
    let bytes = std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| Failure::machine(format!("{path}: {error}")))?;
    Keytab::decode(&bytes).map_err(|error| Failure::configuration(format!("{path}: {error}")))
}

/// The keys that a keytab has for `client`.
pub(crate) fn identity(
    name: &str,
    keytab: &Keytab,
    client: Principal,
) -> Result<Identity, Failure> {
    let own: Vec<_> = keytab
        .entries()
        .iter()
        .filter(|entry| *entry.principal() == client)
        .collect();
    if own.is_empty() {
        let mut names: Vec<String> = Vec::new();
        for entry in keytab.entries() {
            let name = entry.principal().to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let failure = Failure::new(Blame::Client, format!("{name} has no key for {client}"));
        return Err(if names.is_empty() {
            failure
        } else {
            failure.remedy(format!("use one of its principals: {}", names.join(", ")))
        });
    }
    let keys: Vec<IdentityKey> = own
        .iter()
        .filter_map(|entry| {
            let key = entry.key().usable().ok()?;
            Some(IdentityKey::new(Some(entry.kvno()), key.clone()))
        })
        .collect();
    if keys.is_empty() {
        return Err(Failure::configuration(format!(
            "{name} has keys for {client} only of encryption types that are not supported"
        )));
    }
    Ok(Identity::keys(client, keys))
}

/// Bytes of a password's line. Active Directory allows 256 characters.
const MAX_PASSWORD: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password() {
        for (text, password) in [
            ("secret\nmore", "secret"),
            ("secret\r\n", "secret"),
            (" sp ace ", " sp ace "),
        ] {
            assert_eq!(*first_line(text.as_bytes()).unwrap(), password);
        }
        for text in ["", "\n"] {
            let error = first_line(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), "there is no password");
        }
        assert!(read(Path::new("/no/such/file")).is_err());
    }
}
