//! What is encrypted, signed or derived in `fast.json` and `s4u.json`, as impacket has it.

use std::path::Path;
use std::process::Command;

use kerberos_tests::peer::{TICKETER, present};
use kerberos_tests::process::run;

/// What the script says of two files of vectors.
fn script(fast: &Path, s4u: &Path) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Its Python is beside the probe.
    let mut command = Command::new(TICKETER.program().with_file_name("python"));
    command
        .arg("-B")
        .arg(folder.join("messages/sealed.py"))
        .args([fast, s4u]);
    run(&mut command, "").succeeded().stdout
}

#[test]
fn impacket_derives_opens_and_signs_alike() {
    if !present(&[TICKETER]) {
        return;
    }
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let (fast, s4u) = (vectors.join("fast.json"), vectors.join("s4u.json"));
    assert_eq!(script(&fast, &s4u), "10 values\n");
}

/// The check above can fail: another key opens nothing, and signs otherwise.
#[test]
fn impacket_does_not_take_everything() {
    if !present(&[TICKETER]) {
        return;
    }
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let changed = tempfile::NamedTempFile::new().unwrap();
    let text = std::fs::read_to_string(vectors.join("s4u.json")).unwrap();
    let other = text.replace("\"session_key_hex\": \"4b", "\"session_key_hex\": \"4c");
    assert_ne!(text, other);
    std::fs::write(changed.path(), other).unwrap();
    let said = script(&vectors.join("fast.json"), changed.path());
    assert!(said.starts_with("checksum: "), "{said}");
}
