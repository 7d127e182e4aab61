//! A third codec: asn1tools, which has nothing but the ASN.1 of the documents (`asn1/*.asn1`).
//!
//! It makes `messages.json` out of `asn1/values.py`, and reads and writes what others made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kerberos_tests::peer::{ASN1TOOLS, present};
use kerberos_tests::process::run;

use crate::everything::everything;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("messages/asn1")
}

/// What the script says.
fn script(arguments: &[&str], input: &str) -> String {
    // Its Python is beside the probe.
    let python = ASN1TOOLS.program().with_file_name("python");
    let mut command = Command::new(python);
    command
        .arg("-B")
        .arg(folder().join("encode.py"))
        .args(arguments);
    run(&mut command, input).succeeded().stdout
}

#[test]
fn messages_json_is_what_asn1tools_makes_of_the_values() {
    if !present(&[ASN1TOOLS]) {
        return;
    }
    let path = folder().join("../../vectors/messages.json");
    let kept = fs::read_to_string(path).unwrap();
    let made = script(&[], "");
    let differs = kept.lines().zip(made.lines()).find(|(a, b)| a != b);
    assert_eq!(differs, None, "the first line that differs");
    assert_eq!(kept, made);
}

#[test]
fn asn1tools_reads_every_encoding_and_writes_the_same() {
    if !present(&[ASN1TOOLS]) {
        return;
    }
    let all = everything();
    let lines = all
        .iter()
        .map(|(name, octets)| format!("{name} {}\n", hex::encode(octets)));
    let said = script(&["recode"], &lines.collect::<String>());
    let wrong: Vec<_> = all
        .iter()
        .zip(said.lines())
        .filter(|((_, octets), line)| hex::encode(octets) != **line)
        .map(|((name, octets), line)| format!("{name} {}: {line}", hex::encode(octets)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(said.lines().count(), all.len());
}

/// The check above can fail: what is damaged is refused or written otherwise.
#[test]
fn asn1tools_does_not_take_everything() {
    if !present(&[ASN1TOOLS]) {
        return;
    }
    let said = script(
        &["recode"],
        "KERB-PA-PAC-REQUEST 3005a003010101\nPA-DATA 3003a10000\n",
    );
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.first(), Some(&"3005a0030101ff"));
    assert!(lines[1].starts_with("PA-DATA: "), "{lines:?}");
}
