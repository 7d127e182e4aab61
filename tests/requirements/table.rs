use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// As it is cited: `RFC 4120`, `[MS-KILE]`.
    document: String,
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    section: String,
    /// What is required, in our own words.
    says: String,
    /// The file that does it, with the section named in it.
    code: Option<String>,
    /// `FILE::test_function`.
    test: Option<String>,
    /// Why we do otherwise.
    refused: Option<String>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of the three crates.
fn sources() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = ["kerberos-core", "kkdcp-client", "realm-sim"]
        .iter()
        .map(|name| repository().join(name).join("src"))
        .collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn documents() -> Vec<(PathBuf, Document)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("requirements");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let document = toml::from_str(&text);
            let document = document.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path, document)
        })
        .collect()
}

/// What is wrong with a row, if anything is.
fn complaint(document: &str, row: &Row) -> Option<String> {
    let citation = format!("{document} §{}", row.section);
    if row.says.len() < 20 {
        return Some(format!("{citation} says too little"));
    }
    let (code, test) = match (&row.code, &row.test, &row.refused) {
        (Some(code), Some(test), None) => (code, test),
        (None, None, Some(reason)) if reason.len() >= 20 => return None,
        _ => {
            return Some(format!(
                "{citation} needs code and test, or a reason to refuse"
            ));
        }
    };
    let Ok(text) = fs::read_to_string(repository().join(code)) else {
        return Some(format!("{citation}: there is no {code}"));
    };
    if !cites(&text, document, &row.section) {
        return Some(format!("{citation} is not cited in {code}"));
    }
    let Some((file, function)) = test.split_once("::") else {
        return Some(format!("{citation}: {test} is not FILE::FUNCTION"));
    };
    let found = fs::read_to_string(repository().join(file))
        .is_ok_and(|text| text.contains(&format!("fn {function}(")));
    (!found).then(|| format!("{citation}: there is no test {test}"))
}

/// Whether `text` names the section, alone or in a list such as `RFC 4120 §3.1.3, §8.2`.
fn cites(text: &str, document: &str, section: &str) -> bool {
    let section = format!("§{section}");
    text.match_indices(document).any(|(at, _)| {
        let after = &text[at..];
        let list = after.split([')', '\n']).next().unwrap_or_default();
        list.match_indices(&section).any(|(at, _)| {
            let next = list[at + section.len()..].chars().next();
            let mut rest = list[at + section.len()..].chars().skip(1);
            match next {
                Some('.') => !rest.next().is_some_and(|c| c.is_ascii_digit()),
                Some(c) => !c.is_ascii_digit(),
                None => true,
            }
        })
    })
}

#[test]
fn every_row_has_code_and_test() {
    let documents = documents();
    let complaints: Vec<String> = documents
        .iter()
        .flat_map(|(_, document)| {
            let name = &document.document;
            document.row.iter().filter_map(|row| complaint(name, row))
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let rows: usize = documents.iter().map(|(_, it)| it.row.len()).sum();
    assert!(rows >= 35, "{rows} rows");
}

/// What the parties of a protocol do, by document and chapter: a rule that the code names there
/// has a row. Elsewhere formats are cited too, which `messages` has.
const EXCHANGES: [(&str, &str); 5] = [
    ("RFC 4120", "3"),
    ("RFC 4556", "3"),
    ("[MS-KILE]", "3"),
    ("[MS-PKCA]", "3"),
    ("[MS-SFU]", "3"),
];

/// The sections of `document` that `text` cites, each once.
fn cited(text: &str, document: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // A list may go on in the next line of a comment.
    let text = text.replace("///", "").replace("//!", "");
    for (at, _) in text.match_indices(document) {
        let mut rest = text[at + document.len()..].trim_start();
        while let Some(list) = rest.strip_prefix('§') {
            let end = list.find(|c: char| c != '.' && !c.is_ascii_alphanumeric());
            let (section, after) = list.split_at(end.unwrap_or(list.len()));
            found.insert(section.trim_end_matches('.').to_owned());
            rest = after.trim_start_matches([',', ' ', '\n']);
        }
    }
    found
}

fn is_below(section: &str, chapter: &str) -> bool {
    section
        .strip_prefix(chapter)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[test]
fn every_rule_that_is_cited_has_a_row() {
    let documents = documents();
    let mut missing = Vec::new();
    let mut seen = 0;
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        for (document, chapter) in EXCHANGES {
            let rows = documents
                .iter()
                .filter(|(_, it)| it.document == document)
                .flat_map(|(_, it)| &it.row);
            let rows: Vec<_> = rows.map(|row| row.section.as_str()).collect();
            for section in cited(&text, document) {
                if !is_below(&section, chapter) {
                    continue;
                }
                seen += 1;
                // An overview stands for the sections below it.
                if !rows.iter().any(|row| is_below(row, &section)) {
                    let file = file.strip_prefix(repository()).unwrap();
                    missing.push(format!("{document} §{section} in {}", file.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no row for {}", missing.join("\n"));
    assert!(seen >= 100, "{seen} citations");
}

#[test]
fn sections_are_told_apart() {
    let text = "/// RFC 4120 §3.1.3, §8.2\n/// (RFC 4120 §5.4.1)\n/// RFC 4120 §7.2.";
    for (section, cited) in [
        ("3.1.3", true),
        ("8.2", true),
        ("5.4.1", true),
        ("7.2", true),
        ("3.1", false),
        ("5.4", false),
        ("8", false),
    ] {
        assert_eq!(cites(text, "RFC 4120", section), cited, "{section}");
    }
    assert!(!cites(text, "RFC 6806", "8.2"));
    assert!(
        cited(text, "RFC 4120")
            .iter()
            .eq(["3.1.3", "5.4.1", "7.2", "8.2"])
    );
    let broken = "/// ([MS-KILE] §3.3.3,\n    /// §A, RFC 4120 §5).";
    assert!(cited(broken, "[MS-KILE]").iter().eq(["3.3.3", "A"]));
}

#[test]
fn a_row_without_a_test_is_a_complaint() {
    let row = |code: &str, test: &str| Row {
        section: "3.1.5".to_owned(),
        says: "The client compares the reply with its request.".to_owned(),
        code: Some(code.to_owned()),
        test: Some(test.to_owned()),
        refused: None,
    };
    let code = "kerberos-core/src/message/kdc_reply.rs";
    let test = "tests/scenario/refusals.rs::a_tampered_reply";
    assert_eq!(complaint("RFC 4120", &row(code, test)), None);
    let absent = "tests/scenario/refusals.rs::nothing_of_the_kind";
    assert!(complaint("RFC 4120", &row(code, absent)).is_some());
    assert!(complaint("RFC 9999", &row(code, test)).is_some());
    assert!(complaint("RFC 4120", &row("no/such/file.rs", test)).is_some());
}
