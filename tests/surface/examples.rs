//! Every public type is shown in an example, or says which type's example shows it.

use std::collections::HashMap;

use rustdoc_types::{Id, Item, ItemEnum, Visibility};

use crate::documentation;

/// What a doc comment offers a reader who wants to see code.
#[derive(Debug, PartialEq)]
enum Shown<'a> {
    /// An example that is compiled, and run where it needs nobody else.
    Here,
    /// A line `Example: [...]`, with the link's target as rustdoc calls it.
    At(&'a str),
    Nowhere,
}

fn shown(docs: &str) -> Shown<'_> {
    let mut fences = docs
        .lines()
        .filter_map(|line| line.strip_prefix("```"))
        .step_by(2);
    if fences.any(|language| matches!(language, "" | "rust" | "no_run")) {
        return Shown::Here;
    }
    docs.lines()
        .filter_map(|line| line.strip_prefix("Example: ["))
        .find_map(|link| {
            let (text, rest) = link.split_once(']')?;
            let target = rest
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(')'))
                .map_or(text, |(target, _)| target);
            Some(Shown::At(target))
        })
        .unwrap_or(Shown::Nowhere)
}

/// What is wrong with the documentation of `item`, if anything is.
fn complaint(item: &Item, index: &HashMap<Id, Item>) -> Option<&'static str> {
    let docs = |item: &Item| item.docs.clone().unwrap_or_default();
    match shown(&docs(item)) {
        Shown::Here => None,
        Shown::Nowhere => Some("has neither an example nor a line `Example: [...]`"),
        Shown::At(target) => match item.links.get(target).and_then(|id| index.get(id)) {
            None => Some("links to an example that is not in this crate"),
            Some(other) if shown(&docs(other)) == Shown::Here => None,
            Some(_) => Some("links to a type that has no example of its own"),
        },
    }
}

/// What is wrong with the documentation of the public types of `package`, which has some `least`.
#[track_caller]
fn every_public_type_is_shown(package: &str, least: usize) {
    let krate = documentation::read(package);
    let is_type = |item: &&Item| {
        let kind = &item.inner;
        item.crate_id == 0
            && item.visibility == Visibility::Public
            && matches!(
                kind,
                ItemEnum::Struct(_) | ItemEnum::Enum(_) | ItemEnum::Union(_) | ItemEnum::Trait(_)
            )
    };
    let types: Vec<&Item> = krate.index.values().filter(is_type).collect();
    assert!(types.len() >= least, "only {} types", types.len());
    let mut wrong: Vec<String> = types
        .iter()
        .filter_map(|item| {
            let complaint = complaint(item, &krate.index)?;
            let file = item.span.as_ref()?.filename.display();
            Some(format!("{file}: {} {complaint}", item.name.as_deref()?))
        })
        .collect();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_public_type_of_the_core_is_shown_in_an_example() {
    every_public_type_is_shown("kerberos-core", 100);
}

#[test]
fn every_public_type_of_the_client_is_shown_in_an_example() {
    every_public_type_is_shown("kkdcp-client", 30);
}

#[test]
fn every_public_type_of_the_simulator_is_shown_in_an_example() {
    every_public_type_is_shown("realm-sim", 100);
}

#[test]
fn examples_and_links_to_them_are_told_apart_from_other_text() {
    assert_eq!(shown("A key.\n\n```\nlet a = 1;\n```"), Shown::Here);
    assert_eq!(shown("A key.\n\n```no_run\nf();\n```"), Shown::Here);
    assert_eq!(shown("A key.\n\n```text\n1 2\n```\n"), Shown::Nowhere);
    assert_eq!(shown("A.\n\n```ignore\nf()\n```"), Shown::Nowhere);
    assert_eq!(shown("A.\n\nExample: [`Key`]."), Shown::At("`Key`"));
    assert_eq!(
        shown("Example: [`Key`](crate::Key), and more."),
        Shown::At("crate::Key")
    );
    assert_eq!(shown("For example: [`Key`]."), Shown::Nowhere);
}
