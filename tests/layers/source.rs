//! Reading the repository as text.

use std::fs;
use std::path::{Path, PathBuf};

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
