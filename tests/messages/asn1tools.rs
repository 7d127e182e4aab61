//! A third codec: asn1tools, which has nothing but the ASN.1 of the documents (`asn1/*.asn1`).
//!
//! It makes `messages.json` out of `asn1/values.py`, and reads and writes what others made.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kerberos_tests::peer::{ASN1TOOLS, present};
use kerberos_tests::process::run;
use kerberos_tests::vectors::{self, Octets};
use serde::Deserialize;

use crate::encoding;
use crate::mit::NO_PUBLIC_KEY;
use crate::row::documents;

/// Encodings in other files, of which no row is: the type, and where it is.
const MORE: &[(&str, &str)] = &[
    ("KrbFastReq", "fast.json: krb_fast_req_hex"),
    ("PA-FX-FAST-REQUEST", "fast.json: pa_fx_fast_request_hex"),
    ("PA-FOR-USER-ENC", "s4u.json: pa_for_user_hex"),
    ("ChangePasswdData", "kpasswd.json: ChangePasswdData"),
    (
        "NegotiationToken",
        "spnego.json: negTokenInit_windows_order > 60 a0",
    ),
    ("NegotiationToken", "spnego.json: negTokenInit_mit > 60 a0"),
    (
        "NegotiationToken",
        "spnego.json: negTokenResp_accept_completed",
    ),
    ("NegotiationToken", "spnego.json: negTokenResp_reject"),
    ("NegotiationToken", "spnego.json: negTokenResp_request_mic"),
];

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

#[derive(Deserialize)]
struct Encoding {
    name: String,
    r#type: String,
    hex: Octets,
}

#[test]
fn asn1tools_reads_every_encoding_and_writes_the_same() {
    if !present(&[ASN1TOOLS]) {
        return;
    }
    let rows = documents();
    let rows = rows.iter().flat_map(|document| &document.message);
    let rows = rows.map(|row| {
        let name = row.within.as_ref().unwrap_or(&row.name);
        (name.clone(), encoding::octets(&row.encoded).unwrap())
    });
    let more = MORE
        .iter()
        .map(|(name, encoded)| ((*name).to_owned(), encoding::octets(encoded).unwrap()));
    let of_mit = vectors::list::<Encoding>("mit_encodings.json", "vectors")
        .into_iter()
        .filter(|encoding| encoding.name != NO_PUBLIC_KEY)
        .map(|encoding| (encoding.r#type, encoding.hex.0));
    let all: Vec<_> = rows.chain(more).chain(of_mit).collect();
    assert!(all.len() > 140, "{} encodings", all.len());
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
