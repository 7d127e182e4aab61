//! Each row holds, and each type has a row.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kerberos_fuzz::round_trip::TYPES;

use crate::encoding;
use crate::row::{Document, Frame, Message, Part, documents};
use crate::surface;

fn read(file: &str) -> Option<String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(repository.join(file)).ok()
}

/// What is wrong with a message, if anything is.
fn of_message(document: &str, row: &Message) -> Option<String> {
    let name = &row.name;
    let within = row.within.as_ref().unwrap_or(name);
    let Some((_, recode)) = TYPES.iter().find(|(known, _)| known == within) else {
        return Some(format!("{name}: nothing is under test as {within}"));
    };
    let octets = match encoding::octets(&row.encoded) {
        Ok(octets) => octets,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    match recode(&octets) {
        Err(error) => return Some(format!("{name}: {} is refused: {error}", row.encoded)),
        Ok(written) if written != octets => {
            return Some(format!("{name}: {} is written otherwise", row.encoded));
        }
        Ok(_) => {}
    }
    let oracle = read("tests/oracle/rasn_types.rs")?;
    let arm = format!("(\"{within}\", ");
    let known: String = oracle.lines().filter(|line| line.contains(&arm)).collect();
    match &row.rasn {
        Some(rasn) if !known.contains(&format!("k::{rasn}>")) => Some(format!(
            "{name} is not held against {rasn} of rasn-kerberos"
        )),
        None if !known.contains("through::<") || known.contains("through::<k::") => {
            Some(format!("{name} does not say which type of rasn-kerberos"))
        }
        _ => uncited(document, &row.section).map(|text| format!("{name}: {text}")),
    }
}

/// What is wrong with a frame, if anything is.
fn of_frame(document: &str, row: &Frame) -> Option<String> {
    let name = &row.r#type;
    let word = name.rsplit("::").next().unwrap_or(name);
    for test in [&row.round_trip, &row.encoded] {
        match body(test) {
            None => return Some(format!("{name}: there is no test {test}")),
            Some(body) if !body.contains(word) => {
                return Some(format!("{name}: {test} does not name it"));
            }
            Some(_) => {}
        }
    }
    let vectors = row.by.strip_suffix(".json").is_some();
    if vectors && read(&format!("tests/vectors/{}", row.by)).is_none() || row.by.len() < 9 {
        return Some(format!("{name}: who is {}?", row.by));
    }
    uncited(document, &row.section).map(|text| format!("{name}: {text}"))
}

fn of_value(row: &Part) -> Option<String> {
    let Part { r#type, of } = row;
    (!surface::has_a_field(of, r#type)).then(|| format!("{of} has no field of {type}"))
}

/// The text of a test, from its name to its end.
fn body(test: &str) -> Option<String> {
    let (file, function) = test.split_once("::")?;
    let text = read(file)?;
    let start = text.find(&format!("fn {function}("))?;
    let indent = text[..start].len() - text[..start].rfind('\n').map_or(0, |at| at + 1);
    let end = format!("\n{}}}", " ".repeat(indent));
    let length = text[start..].find(&end)?;
    Some(text[start..start + length].to_owned())
}

/// Complains of a section that the core does not cite.
fn uncited(document: &str, section: &str) -> Option<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../kerberos-core/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read_to_string(path).is_ok_and(|text| cites(&text, document, section)) {
                return None;
            }
        }
    }
    Some(format!("no code cites {document} §{section}"))
}

fn cites(text: &str, document: &str, section: &str) -> bool {
    let citation = format!("{document} §{section}");
    text.match_indices(&citation).any(|(at, _)| {
        let mut after = text[at + citation.len()..].chars();
        match after.next() {
            Some('.') => !after.next().is_some_and(|c| c.is_ascii_digit()),
            next => !next.is_some_and(|c| c.is_ascii_digit()),
        }
    })
}

/// The types that have a row.
fn registered(documents: &[Document]) -> BTreeSet<String> {
    let mut types = BTreeSet::new();
    for table in documents {
        types.extend(table.message.iter().map(|row| row.r#type.clone()));
        types.extend(table.frame.iter().map(|row| row.r#type.clone()));
        types.extend(table.value.iter().map(|row| row.r#type.clone()));
        types.extend(table.other.iter().map(|row| row.r#type.clone()));
    }
    types
}

#[test]
fn every_row_holds() {
    let mut complaints = Vec::new();
    let mut messages = 0;
    for table in documents() {
        let document = &table.document;
        messages += table.message.len();
        complaints.extend(
            table
                .message
                .iter()
                .filter_map(|row| of_message(document, row)),
        );
        complaints.extend(table.frame.iter().filter_map(|row| of_frame(document, row)));
        complaints.extend(table.value.iter().filter_map(of_value));
        let silent = table.other.iter().filter(|row| row.is.len() < 10);
        complaints.extend(silent.map(|row| format!("{} is what?", row.r#type)));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(messages > 80, "{messages} messages");
}

#[test]
fn every_public_type_has_a_row_and_every_row_a_public_type() {
    let (found, registered) = (surface::types(), registered(&documents()));
    let unknown: Vec<_> = found.difference(&registered).collect();
    assert!(unknown.is_empty(), "without a row: {unknown:#?}");
    let gone: Vec<_> = registered.difference(&found).collect();
    assert!(gone.is_empty(), "rows without a type: {gone:#?}");
}

#[test]
fn every_type_under_test_is_in_the_register() {
    let documents = documents();
    let rows = documents.iter().flat_map(|table| &table.message);
    let registered: BTreeSet<&str> = rows
        .map(|row| row.within.as_deref().unwrap_or(&row.name))
        .collect();
    let missing: Vec<_> = TYPES
        .iter()
        .filter(|(name, _)| !registered.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_row_that_does_not_hold_is_a_complaint() {
    let message = |name: &str, encoded: &str, rasn: Option<&str>| Message {
        name: name.to_owned(),
        section: "5.3".to_owned(),
        r#type: "wire::Ticket".to_owned(),
        within: None,
        encoded: encoded.to_owned(),
        rasn: rasn.map(ToOwned::to_owned),
    };
    let (ticket, authenticator) = ("mit_encodings.json: ticket", "mit_encodings.json: ap_req");
    let wrong = |row: Message| of_message("RFC 4120", &row).is_some();
    assert!(!wrong(message("Ticket", ticket, Some("Ticket"))));
    assert!(wrong(message("Ticket", ticket, Some("EncTicketPart"))));
    assert!(wrong(message("Ticket", ticket, None)));
    assert!(wrong(message("Ticket", authenticator, Some("Ticket"))));
    assert!(wrong(message("Tickets", ticket, Some("Ticket"))));
    assert!(of_message("RFC 9999", &message("Ticket", ticket, Some("Ticket"))).is_some());
    let frame = |encoded: &str, by: &str| Frame {
        r#type: "gss::MicToken".to_owned(),
        section: "4.2.6.1".to_owned(),
        round_trip: "tests/properties/tokens.rs::messages_of_a_context".to_owned(),
        encoded: format!("tests/conformance/rfc4121.rs::{encoded}"),
        by: by.to_owned(),
    };
    let wrong = |row: Frame| of_frame("RFC 4121", &row).is_some();
    assert!(!wrong(frame("mic_tokens", "gss_cfx_tokens.json")));
    assert!(wrong(frame("signed_wrap_tokens", "gss_cfx_tokens.json")));
    assert!(wrong(frame("no_such_test", "gss_cfx_tokens.json")));
    assert!(wrong(frame("mic_tokens", "no_such_file.json")));
}
