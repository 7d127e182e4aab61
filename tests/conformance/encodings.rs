//! Encodings that others made, by name: `messages.json` and the steps of `synthetic_flow.json`.

use std::fs;
use std::path::Path;

use kerberos_core::wire::{DecodeError, Der, decode, encode};
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(flatten)]
    fields: Value,
}

fn field(file: &str, list: &str, name: &str, field: &str) -> Octets {
    let mut found = vectors::list::<Named>(file, list)
        .into_iter()
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("{file} has no {name}"));
    serde_json::from_value(found.fields[field].take())
        .unwrap_or_else(|error| panic!("{field} of {name}: {error}"))
}

/// The encoding called `name` in `messages.json`.
pub(crate) fn message(name: &str) -> Octets {
    field("messages.json", "vectors", name, "hex")
}

/// A part of the encoding called `name` in `messages.json`.
pub(crate) fn part(name: &str, part: &str) -> Octets {
    field("messages.json", "vectors", name, part)
}

/// A field of one step of `synthetic_flow.json`.
pub(crate) fn step(name: &str, part: &str) -> Octets {
    field("synthetic_flow.json", "steps", name, part)
}

/// The value of these bytes, which must also be what we write for it.
pub(crate) fn exactly<'a, T: Der<'a>>(bytes: &'a [u8]) -> T {
    let value: T = decode(bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(hex::encode(encode(&value)), hex::encode(bytes));
    value
}

/// Why these bytes are no such value.
pub(crate) fn refusal<'a, T: Der<'a>>(bytes: &'a [u8]) -> DecodeError {
    match decode::<T>(bytes) {
        Ok(_) => panic!("{} decodes", hex::encode(bytes)),
        Err(error) => error,
    }
}

/// A file that no test reads shows nothing.
#[test]
fn every_file_of_vectors_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for suite in ["conformance", "conformance/ms_pac", "messages"] {
        for entry in fs::read_dir(folder.join(suite)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "rs") {
                code.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut files = 0;
    for entry in fs::read_dir(folder.join("vectors")).unwrap() {
        let name = entry.unwrap().file_name();
        let name = name.to_str().unwrap();
        assert!(code.contains(&format!("\"{name}\"")), "nobody reads {name}");
        files += 1;
    }
    assert!(files > 20, "{files} files");
}
