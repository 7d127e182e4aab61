//! Types of the core's public surface, from the snapshot of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Modules in which every type is a message, a part of one, or listed with the reason.
const MODULES: &[&str] = &["wire", "gss", "kpasswd", "kkdcp", "preauth::cms"];

fn lines() -> Vec<String> {
    let snapshot = "snapshots/surface_of_kerberos_core.snap";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(snapshot);
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(ToOwned::to_owned).collect()
}

/// The path at the beginning of `text`, such as `wire::List`.
fn path(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    text[..end.unwrap_or(text.len())].trim_end_matches(':')
}

fn module(path: &str) -> &str {
    path.rsplit_once("::").map_or("", |(module, _)| module)
}

/// Each type that is declared in one of the modules, or that the codec reads and writes.
pub(crate) fn types() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in lines() {
        let line = line.trim_start_matches("#[non_exhaustive] ");
        for kind in ["pub struct ", "pub enum "] {
            let declared = line.strip_prefix(kind).map(path);
            found.extend(
                declared
                    .filter(|path| MODULES.contains(&module(path)))
                    .map(ToOwned::to_owned),
            );
        }
        if let Some((implementor, traits)) = line.split_once(": ")
            && line.starts_with("impl")
            && traits.contains("wire::Der<'")
        {
            let implementor = implementor.trim_start_matches("impl");
            let implementor = implementor.rsplit_once("> ").map_or(implementor, |it| it.1);
            found.insert(path(implementor.trim()).to_owned());
        }
    }
    // Types of the language.
    found.retain(|path| !module(path).is_empty());
    found
}

/// Whether a field of `whole` has the type `part`, alone or in a list or an option.
pub(crate) fn has_a_field(whole: &str, part: &str) -> bool {
    let field = format!("pub {whole}::");
    lines().iter().any(|line| {
        line.strip_prefix(&field).is_some_and(|rest| {
            rest.split([' ', '<', '>', ',', '(', ')'])
                .any(|word| word == part)
        })
    })
}

#[test]
fn types_are_found_with_and_without_lifetimes() {
    let types = types();
    for expected in [
        "wire::Ticket",
        "wire::PaEncTsEnc",
        "wire::List",
        "gss::MicToken",
        "gss::NegState",
        "time::KerberosTime",
        "preauth::cms::SignedContent",
    ] {
        assert!(
            types.contains(expected),
            "{expected} is not among {types:?}"
        );
    }
    assert!(!types.contains("message::AsRequest"));
    assert!(has_a_field("wire::Ticket", "wire::EncryptedData"));
    assert!(!has_a_field("wire::Ticket", "wire::Checksum"));
}
