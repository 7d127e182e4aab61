//! Which room of the core uses which: a scan for paths that start at the crate's root.

use std::fs;
use std::path::Path;

use crate::source::rust_files;

/// The floors of `kerberos-core`, lowest first.
const FLOORS: &[&[&str]] = &[
    &["name", "time", "flags", "entropy", "octets"],
    &["assigned"],
    &["wire", "crypto", "framing", "kkdcp", "kpasswd"],
    &["message"],
    &["preauth", "credential", "ccache", "keytab", "pac"],
    &["exchange", "gss"],
];

/// Uses of a neighbour on the same floor, each with the reason it is one.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("ccache", "credential", "a cache holds credentials"),
    (
        "kkdcp",
        "framing",
        "the proxied message carries the stream prefix",
    ),
    ("kkdcp", "wire", "the proxy message is a DER structure"),
];

/// Every use that goes up, sideways, or past the rooms through a re-export of the root.
pub(crate) fn violations(source: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files(source) {
        let path = file.strip_prefix(source).unwrap().with_extension("");
        let mut modules: Vec<String> = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        if modules.last().is_some_and(|name| name == "mod") {
            modules.pop();
        }
        let room = modules[0].clone();
        if room == "lib" || room == "manual" || modules.last().is_some_and(|name| name == "tests") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for used in rooms_used(&code(&text), modules.len()) {
            if let Some(complaint) = complaint(&room, &used) {
                found.push(format!("{}: {complaint}", file.display()));
            }
        }
    }
    found
}

/// What is wrong with `room` using `used`, if anything is.
fn complaint(room: &str, used: &str) -> Option<String> {
    let Some(own) = floor(room) else {
        return Some(format!("room {room} has no floor: add it to the table"));
    };
    if room == used {
        return None;
    }
    match floor(used) {
        None => Some(format!("uses crate::{used}, which is not a room")),
        Some(other) if other < own => None,
        Some(other) if other == own => NEIGHBOURS
            .iter()
            .all(|(from, to, _)| (*from, *to) != (room, used))
            .then(|| format!("{room} uses its neighbour {used} on floor {own}")),
        Some(other) => Some(format!("{room} (floor {own}) uses {used} (floor {other})")),
    }
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The source without comments and without the unit tests at its end.
pub(crate) fn code(text: &str) -> String {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// First segments of all paths from the crate's root, in a module `depth` levels below it.
fn rooms_used(code: &str, depth: usize) -> Vec<String> {
    let mut used = Vec::new();
    for root in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in code.match_indices(&root) {
            let joined = code[..at]
                .chars()
                .next_back()
                .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
            if !joined {
                used.extend(first_segments(&code[at + root.len()..]));
            }
        }
    }
    used.sort();
    used.dedup();
    used
}

/// The identifier that `path` starts with, or those at the top of its brace group.
fn first_segments(path: &str) -> Vec<String> {
    let identifier = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = path.trim_start().strip_prefix('{') else {
        return vec![identifier(path)];
    };
    let (mut segments, mut nesting, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => nesting += 1,
            '}' if nesting > 0 => nesting -= 1,
            ',' | '}' if nesting == 0 => {
                segments.push(identifier(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

#[test]
fn paths_from_the_root_are_found_in_every_spelling() {
    let text = "
        use crate::name::Realm; // not crate::gss
        use crate::{wire::{Ticket, gss}, time};
        use super::super::flags::ApOptions;
        fn f() { $crate::entropy::g(); my_crate::exchange::h() }
        #[cfg(test)]
        mod tests { use crate::exchange::Step; }
    ";
    let used = rooms_used(&code(text), 2);
    assert_eq!(used, ["entropy", "flags", "name", "time", "wire"]);
}

#[test]
fn up_sideways_and_around_are_refused() {
    assert_eq!(complaint("message", "wire"), None);
    assert_eq!(complaint("wire", "wire"), None);
    assert_eq!(complaint("ccache", "credential"), None);
    assert!(complaint("wire", "crypto").is_some());
    assert!(complaint("credential", "ccache").is_some());
    assert!(complaint("crypto", "message").is_some());
    assert!(complaint("message", "Realm").is_some());
    assert!(complaint("cellar", "name").is_some());
}
