//! The guided tour of the manual, typed as it is printed.
//!
//! Every page of `realm-sim/src/manual` is one story: what its `sh` blocks say is run in one shell
//! and an empty folder, and the `text` block after one is what it has to print, where `…` stands
//! for anything. A block marked `sh fails` has to fail, and a `toml` block is a file named by its
//! first line.

mod page;
mod pattern;

use std::fs;
use std::path::Path;
use std::process::Command;

use kerberos_tests::process::run;
use kerberos_tests::programs;

use page::{Page, Step};

#[test]
fn the_trust_based_flow_works_as_printed() {
    walk("trust_based.md");
}

#[test]
fn the_modern_interactive_flow_works_as_printed() {
    walk("modern_interactive.md");
}

#[track_caller]
fn walk(name: &str) {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../realm-sim/src/manual");
    let text = fs::read_to_string(manual.join(name)).unwrap();
    let page = Page::read(&text);
    assert!(page.steps.len() > 3, "{name} has no story");
    let folder = tempfile::tempdir().unwrap();
    for (file, content) in &page.files {
        fs::write(folder.path().join(file), content).unwrap();
    }
    let finished = run(&mut shell(folder.path()), &page.script());
    let told = page.told(&finished.stdout);
    for (step, said) in page.steps.iter().zip(&told) {
        check(name, step, said, &finished.stderr);
    }
    assert_eq!(told.len(), page.steps.len(), "{}", finished.story());
    assert_eq!(finished.code, Some(0), "{}", finished.story());
}

#[track_caller]
fn check(page: &str, step: &Step, said: &page::Told, errors: &str) {
    let story = format!(
        "{page}, line {}:\n{}\n--- exit code {}, and it says\n{}\n--- errors\n{errors}",
        step.line, step.commands, said.code, said.text
    );
    assert_eq!(said.code == 0, !step.fails, "{story}");
    if let Some(expected) = &step.expected {
        assert!(
            pattern::matches(expected, &said.text),
            "{story}\n--- instead of\n{expected}"
        );
    }
}

/// A shell that finds our programs and is told of no other configuration.
fn shell(folder: &Path) -> Command {
    let found = programs::folder();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(found).chain(std::env::split_paths(&path));
    let mut command = Command::new("bash");
    command
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .env("LC_ALL", "C")
        .env("TZ", "UTC");
    for name in ["KRB5_CONFIG", "KRB5CCNAME", "KRB5_TRACE", "KRB5_KTNAME"] {
        command.env_remove(name);
    }
    command
}
