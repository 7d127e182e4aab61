//! The tables, as they are written.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One document's table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    /// As it is cited: `RFC 4120`, `[MS-KILE]`.
    pub(crate) document: String,
    #[serde(default)]
    pub(crate) message: Vec<Message>,
    #[serde(default)]
    pub(crate) frame: Vec<Frame>,
    #[serde(default)]
    pub(crate) value: Vec<Part>,
    #[serde(default)]
    pub(crate) other: Vec<Other>,
}

/// What has an ASN.1 type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    /// As the document calls it.
    pub(crate) name: String,
    pub(crate) section: String,
    /// The type that has it.
    pub(crate) r#type: String,
    /// The name in `kerberos_fuzz::round_trip::TYPES`, where it is another.
    pub(crate) within: Option<String>,
    /// An encoding that others made; see `encoding`.
    pub(crate) encoded: String,
    /// The type of `rasn-kerberos`. Where that has none, tests/oracle states the type once more.
    pub(crate) rasn: Option<String>,
}

/// What has octets of its own, without ASN.1; `rasn-kerberos` has nothing of the kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Frame {
    pub(crate) r#type: String,
    pub(crate) section: String,
    /// `FILE::test_function` that writes it and reads it again.
    pub(crate) round_trip: String,
    /// `FILE::test_function` that reads what others made.
    pub(crate) encoded: String,
    /// Who made it: a file of `tests/vectors`, or words.
    pub(crate) by: String,
}

/// A number, time, text or set of bits: read and written wherever its message is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    pub(crate) r#type: String,
    /// A type that has a field of it.
    pub(crate) of: String,
}

/// What is no message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Other {
    pub(crate) r#type: String,
    /// What it is instead.
    pub(crate) is: String,
}

/// The tables of all documents.
pub(crate) fn documents() -> Vec<Document> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("messages");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    files.iter().map(read).collect()
}
