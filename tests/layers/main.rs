//! The shape of the house, checked: floors, dependencies, file sizes and names.

#[cfg(test)]
mod floors;
#[cfg(test)]
mod source;

use std::fs;

use source::{dependencies, lines_matching, names_folder, repository, rust_files, text_files};

/// Names that say how, not what.
const BANNED_NAMES: &[&str] = &[
    "common",
    "extractors",
    "generators",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "types",
    "util",
    "utils",
];

/// Beyond this a file hides a second room.
const MAX_LINES: usize = 500;

/// ARCHITECTURE.md is read in one sitting or not at all.
const MAX_ARCHITECTURE_LINES: usize = 150;

#[test]
fn rooms_of_the_core_use_lower_floors_only() {
    let violations = floors::violations(&repository().join("kerberos-core/src"));
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn the_core_depends_on_no_runtime_and_no_network() {
    let tree = dependencies(&["-p", "kerberos-core", "--all-features"]);
    for banned in ["hyper", "mio", "reqwest", "rustls", "socket2", "tokio"] {
        assert!(
            !tree.iter().any(|name| name == banned),
            "kerberos-core depends on {banned}"
        );
    }
}

#[test]
fn without_os_entropy_nothing_asks_a_system_for_random_bytes() {
    for target in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
        let core = ["-p", "kerberos-core", "--target", target];
        let without = "--no-default-features";
        let tree =
            dependencies(&[&core[..], &[without, "--features", "camellia,rc4-hmac"]].concat());
        for banned in ["getrandom", "js-sys", "rand", "wasm-bindgen"] {
            assert!(
                !tree.iter().any(|name| name == banned),
                "kerberos-core depends on {banned} for {target}"
            );
        }
        let tree = dependencies(&core);
        assert!(tree.iter().any(|name| name == "getrandom"));
    }
}

#[test]
fn client_and_simulator_do_not_see_each_other() {
    let client = dependencies(&["-p", "kkdcp-client", "--all-features"]);
    assert!(!client.iter().any(|name| name == "realm-sim"));
    // The demo of the realm-sim binary drives the client; the library must do without.
    let library = [
        "-p",
        "realm-sim",
        "--no-default-features",
        "--features",
        "server",
    ];
    assert!(
        !dependencies(&library)
            .iter()
            .any(|name| name == "kkdcp-client")
    );
    let source = repository().join("realm-sim/src");
    for file in rust_files(&source) {
        if file.strip_prefix(&source).unwrap().starts_with("bin") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            !floors::code(&text).contains("kkdcp_client"),
            "{} uses kkdcp_client",
            file.display()
        );
    }
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for file in rust_files(&repository()) {
        let path = file.strip_prefix(repository()).unwrap();
        let is_test = path.ends_with("tests.rs")
            || path.components().any(|part| part.as_os_str() == "tests")
                && !path.starts_with("tests/harness");
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if !is_test && lines > MAX_LINES {
            long.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert!(
        long.is_empty(),
        "over {MAX_LINES} lines:\n{}",
        long.join("\n")
    );

    let architecture = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    assert!(architecture.lines().count() <= MAX_ARCHITECTURE_LINES);
}

#[test]
fn files_are_named_for_the_thing_in_them() {
    for file in rust_files(&repository()) {
        let path = file.strip_prefix(repository()).unwrap();
        for part in path.with_extension("").components() {
            let name = part.as_os_str().to_string_lossy();
            assert!(
                !BANNED_NAMES.contains(&name.as_ref()),
                "{} is named {name}",
                path.display()
            );
        }
    }
}

#[test]
fn lints_are_silenced_with_a_reason_only() {
    let attribute = |line: &str| {
        let line = line.trim_start();
        ["#[", "#!["].iter().any(|open| {
            line.strip_prefix(open)
                .is_some_and(|rest| rest.starts_with("allow("))
        })
    };
    let found = lines_matching(&rust_files(&repository()), attribute);
    assert!(
        found.is_empty(),
        "use #[expect(…, reason)]:\n{}",
        found.join("\n")
    );
}

#[test]
fn nothing_names_a_path_of_one_machine() {
    let machine = |line: &str| {
        ["root", "home", "Users", "work"]
            .iter()
            .any(|folder| names_folder(line, folder))
    };
    let found = lines_matching(&text_files(&repository()), machine);
    assert!(found.is_empty(), "machine paths:\n{}", found.join("\n"));
}

#[test]
fn a_path_below_a_home_is_recognised() {
    let home = "/home";
    assert!(names_folder(&format!("see \"{home}/x/y\""), "home"));
    assert!(!names_folder("https://host/home/x", "home"));
    assert!(!names_folder("the/work/done", "work"));
}
