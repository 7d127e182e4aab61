//! Reading the repository as text.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace's folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// All Rust files below `folder`, without build output.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let files: Vec<PathBuf> = files(folder)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "rs"))
        .collect();
    assert!(!files.is_empty(), "no source below {}", folder.display());
    files
}

/// All files below `folder` that are text written by hand.
pub(crate) fn text_files(folder: &Path) -> Vec<PathBuf> {
    files(folder)
        .into_iter()
        .filter(|file| file.file_name().is_some_and(|name| name != "Cargo.lock"))
        .filter(|file| fs::read(file).is_ok_and(|bytes| std::str::from_utf8(&bytes).is_ok()))
        .collect()
}

/// `file:line: text` of every line that `wanted` accepts.
pub(crate) fn lines_matching(files: &[PathBuf], wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for (index, line) in text.lines().enumerate() {
            if wanted(line) {
                found.push(format!("{}:{}: {line}", file.display(), index + 1));
            }
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if ["target", ".git", "artifacts", "corpus"].contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Whether `line` holds an absolute path below `folder` of the file system's root.
pub(crate) fn names_folder(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}/");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || "\"'`=(:".contains(c))
    })
}

/// The names of all crates that a package needs to be built and used on this machine.
pub(crate) fn dependencies(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(repository())
        .args(["tree", "--locked", "-e", "normal,build", "--prefix", "none"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    assert!(
        names.contains(&"thiserror".to_owned()),
        "not a tree: {names:?}"
    );
    names
}
