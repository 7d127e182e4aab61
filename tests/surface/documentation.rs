//! What rustdoc knows about the published crates, as JSON.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustdoc_types::Crate;

/// The package's JSON file with every feature on.
pub(crate) fn file(package: &str) -> PathBuf {
    make(package, "all", "--all-features")
}

/// The package's JSON file with no feature on.
pub(crate) fn file_without_features(package: &str) -> PathBuf {
    make(package, "none", "--no-default-features")
}

/// Has the package's file made in a folder of this name. What is in target/doc is for reading.
fn make(package: &str, name: &str, features: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let test = env::current_exe().unwrap();
    // TARGET/PROFILE/deps/TEST
    let folder = test.ancestors().nth(3).unwrap().join("surface");
    let target = folder.join(name);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .current_dir(tests.parent().unwrap())
        .env("RUSTDOC", tests.join("surface/rustdoc"))
        .env("CARGO_BUILD_BUILD_DIR", folder.join("build"))
        .args(["doc", "--locked", "--quiet", "--no-deps", "--lib"])
        .args(["-p", package, features, "--target-dir"])
        .arg(&target)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    target
        .join("doc")
        .join(package.replace('-', "_"))
        .with_extension("json")
}

/// What is known about `package` with every feature on.
pub(crate) fn read(package: &str) -> Crate {
    let text = fs::read_to_string(file(package)).unwrap();
    serde_json::from_str(&text).expect("the format that rustdoc-types knows: update both together")
}
