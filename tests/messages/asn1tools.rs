//! A third codec: asn1tools, which has nothing but the ASN.1 of the documents (`asn1/*.asn1`).
//!
//! It makes `messages.json` out of `asn1/values.py`, and reads and writes what others made.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kerberos_tests::peer::{ASN1TOOLS, present};
use kerberos_tests::process::run;

use crate::everything::everything;
use crate::row::documents;

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

/// Types of the modules of which no row is, and what they are instead.
const NO_MESSAGES: &[(&str, &str)] = &[
    ("EncKDCRepPart", "one of EncASRepPart and EncTGSRepPart"),
    ("HostAddresses", "a list of HostAddress"),
    ("InitialToken", "a frame: RFC 2743"),
    ("Int32", "a number"),
    ("IssuerAndSerialNumber", "opaque in PKINIT"),
    ("KDC-REP", "one of AS-REP and TGS-REP"),
    ("KDC-REQ", "one of AS-REQ and TGS-REQ"),
    (
        "KERB-AD-RESTRICTION-ENTRY",
        "an element of KERB-AUTH-DATA-TOKEN-RESTRICTIONS",
    ),
    ("KerberosFlags", "bits"),
    ("KerberosString", "text"),
    ("KerberosTime", "a time"),
    ("LaterKrbFastResponse", "KrbFastResponse with an addition"),
    ("MechTypeList", "a list of object identifiers"),
    ("Microseconds", "a number"),
    ("Name", "opaque in PKINIT"),
    (
        "PA-AUTHENTICATION-SET-ELEM",
        "an element of PA-AUTHENTICATION-SET",
    ),
    ("PublicNumber", "a number"),
    ("Realm", "text"),
    ("Reply", "the content of AS-REP and TGS-REP"),
    ("ReplyPart", "the content of EncASRepPart and EncTGSRepPart"),
    ("Request", "the content of AS-REQ and TGS-REQ"),
    ("SubjectKeyIdentifier", "opaque in PKINIT"),
    ("UInt32", "a number"),
];

#[test]
fn every_type_of_the_modules_has_a_row() {
    let documents = documents();
    let rows = documents.iter().flat_map(|document| &document.message);
    let rows: BTreeSet<&str> = rows.map(|row| row.name.as_str()).collect();
    let mut types = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "asn1") {
            let text = fs::read_to_string(path).unwrap();
            let assigned = text.lines().filter_map(|line| line.split_once(" ::= "));
            let names = assigned.map(|(name, _)| name.to_owned());
            types.extend(names.filter(|name| !name.contains(' ')));
        }
    }
    assert!(types.len() > 100, "{} types", types.len());
    let without: Vec<_> = types
        .iter()
        .filter(|name| !rows.contains(&***name))
        .collect();
    let known: Vec<_> = NO_MESSAGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(without, known);
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
