//! The public surface as one line per item.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use public_api::Builder;

use crate::documentation;

/// Paths that every reader knows, and what is left of them.
const KNOWN: &[(&str, &str)] = &[
    ("alloc::string::", ""),
    ("alloc::sync::", ""),
    ("alloc::vec::", ""),
    ("core::clone::", ""),
    ("core::cmp::", ""),
    ("core::convert::", ""),
    ("core::default::", ""),
    ("core::error::", ""),
    ("core::fmt::", "fmt::"),
    ("core::hash::", ""),
    ("core::iter::traits::collect::", ""),
    ("core::iter::traits::iterator::", ""),
    ("core::marker::", ""),
    ("core::ops::bit::", ""),
    ("core::ops::deref::", ""),
    ("core::option::", ""),
    ("core::result::", ""),
    ("core::str::traits::", ""),
    ("core::time::", ""),
];

/// Every public item, one line each.
fn items(json: &Path) -> Vec<String> {
    Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .expect("the format that public-api knows: update both together")
        .items()
        .map(ToString::to_string)
        .collect()
}

/// `line` with `rest` in every place of the path `known`.
fn shorten(line: &str, known: &str, rest: &str) -> String {
    let mut short = String::with_capacity(line.len());
    for piece in line.split_inclusive(known) {
        match piece.strip_suffix(known) {
            // Not the end of a longer name.
            Some(before) if !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                short.push_str(before);
                short.push_str(rest);
            }
            _ => short.push_str(piece),
        }
    }
    short
}

/// Every public item of the package with every feature on. Of the traits that a type implements only
/// the names, on one line: what is in them the traits say.
fn listing(package: &str) -> String {
    let itself = format!("{}::", package.replace('-', "_"));
    let mut lines: Vec<String> = Vec::new();
    let mut last: Option<Implementation> = None;
    for item in items(&documentation::file(package)) {
        let line = KNOWN
            .iter()
            .fold(shorten(&item, &itself, ""), |line, (path, rest)| {
                shorten(&line, path, rest)
            });
        if let Some(found) = Implementation::parse(&line) {
            match (&last, lines.last_mut()) {
                (Some(last), Some(line)) if last.same_but_trait(&found) => {
                    // What the compiler notes about #[derive(PartialEq)].
                    if found.name != "StructuralPartialEq" {
                        line.push_str(" + ");
                        line.push_str(&found.name);
                    }
                }
                _ => lines.push(found.to_string()),
            }
            last = Some(found);
        } else if last.as_ref().is_none_or(|last| !last.contains(&line)) {
            lines.push(line);
            last = None;
        }
    }
    lines.join("\n")
}

/// A trait's implementation, from a line `impl<'a> Trait for Type<'a> where ...`.
struct Implementation {
    generics: String,
    name: String,
    implementor: String,
    bounds: String,
}

impl Implementation {
    fn parse(line: &str) -> Option<Self> {
        let rest = line.strip_prefix("impl")?;
        let (generics, rest) = if rest.starts_with('<') {
            rest.split_at(end_of_generics(rest)?)
        } else {
            ("", rest)
        };
        let (name, rest) = rest.trim_start().split_once(" for ")?;
        let (implementor, bounds) = rest.split_once(" where ").unwrap_or((rest, ""));
        Some(Self {
            generics: generics.to_owned(),
            name: name.to_owned(),
            implementor: implementor.to_owned(),
            bounds: bounds.to_owned(),
        })
    }

    fn same_but_trait(&self, other: &Self) -> bool {
        (&self.generics, &self.implementor, &self.bounds)
            == (&other.generics, &other.implementor, &other.bounds)
    }

    /// Whether `line` is an item of this implementation.
    fn contains(&self, line: &str) -> bool {
        line.contains(&format!(" {}::", self.implementor))
    }
}

impl fmt::Display for Implementation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "impl{} {}", self.generics, self.implementor)?;
        if !self.bounds.is_empty() {
            write!(f, " where {}", self.bounds)?;
        }
        write!(f, ": {}", self.name)
    }
}

/// Where the angle brackets that `text` begins with are closed again.
fn end_of_generics(text: &str) -> Option<usize> {
    let mut open = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => open += 1,
            '>' if !text[..at].ends_with('-') => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// A change here is a change for whoever uses the crate: reviewed, and noted in CHANGELOG.md.
#[track_caller]
fn expect_what_was_reviewed(package: &str) {
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
        description => "To accept a change: \
            INSTA_UPDATE=always cargo test -p kerberos-tests --test surface",
    }, {
        let name = format!("surface_of_{}", package.replace('-', "_"));
        insta::assert_snapshot!(name, listing(package));
    });
}

#[test]
fn the_surface_of_the_core_is_the_one_that_was_reviewed() {
    expect_what_was_reviewed("kerberos-core");
}

#[test]
fn the_surface_of_the_client_is_the_one_that_was_reviewed() {
    expect_what_was_reviewed("kkdcp-client");
}

/// The crates whose items `line` names. A path begins with its crate.
fn crates_in(line: &str) -> impl Iterator<Item = &str> {
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    line.split(move |c| !is_path(c))
        .filter_map(|path| path.split_once("::"))
        .map(|(first, _)| first)
        .filter(|first| first.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Another release of a crate that is seen in ours would be another release of ours.
#[test]
fn few_crates_of_others_are_seen_in_ours() {
    let seen = |package: &str| {
        let items = items(&documentation::file(package));
        let mut crates: Vec<String> = items
            .iter()
            .flat_map(|item| crates_in(item))
            .filter(|name| !matches!(*name, "alloc" | "core" | "std" | "bool" | "i32" | "u32"))
            .map(str::to_owned)
            .collect();
        crates.sort();
        crates.dedup();
        crates
    };
    // Buffers, verification of certificates by whoever has the primitives, and keys that are wiped.
    let core = ["bytes", "kerberos_core", "rustls_pki_types", "zeroize"];
    assert_eq!(seen("kerberos-core"), core);
    let client = ["bytes", "kerberos_core", "kkdcp_client", "zeroize"];
    assert_eq!(seen("kkdcp-client"), client);
}

/// What a feature of the package adds is `added`, for one.
#[track_caller]
fn expect_features_that_only_add(package: &str, added: &str) {
    let all: BTreeSet<String> = items(&documentation::file(package)).into_iter().collect();
    let none = items(&documentation::file_without_features(package));
    let lost: Vec<&String> = none.iter().filter(|item| !all.contains(*item)).collect();
    assert!(lost.is_empty(), "a feature takes away {lost:#?}");
    assert!(all.iter().any(|item| item.contains(added)));
    assert!(!none.iter().any(|item| item.contains(added)));
}

#[test]
fn features_only_add() {
    let added = "pub struct kerberos_core::entropy::OsEntropy";
    expect_features_that_only_add("kerberos-core", added);
    let added = "pub struct kkdcp_client::sign_in::TokenEndpoint";
    expect_features_that_only_add("kkdcp-client", added);
    let added = "pub mod realm_sim::serve";
    expect_features_that_only_add("realm-sim", added);
}
