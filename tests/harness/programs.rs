//! Our own two programs, built once per test process.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A command that runs the `kkdcp` program.
pub fn kkdcp() -> Command {
    Command::new(&programs().kkdcp)
}

/// A command that runs the `realm-sim` program.
pub fn realm_sim() -> Command {
    Command::new(&programs().realm_sim)
}

/// The folder in which both are.
#[track_caller]
pub fn folder() -> PathBuf {
    let folder = programs().kkdcp.parent();
    folder.expect("a program is in a folder").to_owned()
}

struct Programs {
    kkdcp: PathBuf,
    realm_sim: PathBuf,
}

/// Builds both with the profile and into the folder of the running test.
///
/// Cargo tells a test where the programs of its own package are, but not those of another.
fn programs() -> &'static Programs {
    static BUILT: OnceLock<Programs> = OnceLock::new();
    BUILT.get_or_init(|| {
        let test = env::current_exe().expect("the path of this test");
        // TARGET/PROFILE/deps/TEST
        let folder = test.ancestors().nth(2).expect("a profile's folder");
        let target = folder.parent().expect("a target folder");
        // The cargo that runs this test: another one would build everything anew.
        let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        let mut build = Command::new(cargo);
        build
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .args(["build", "--locked", "--quiet", "--bins"])
            .args(["-p", "realm-sim", "-p", "kkdcp-client", "--target-dir"])
            .arg(target);
        // What cargo tells this test about its package would change the build of others: ring's
        // build script asks for it.
        let told = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_CRATE_",
            "CARGO_BIN_",
        ];
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if told.iter().any(|prefix| text.starts_with(prefix)) {
                build.env_remove(&name);
            }
        }
        if folder.ends_with("release") {
            build.arg("--release");
        }
        let output = build.output().expect("cargo");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let program = |name: &str| {
            let path = folder.join(name).with_extension(env::consts::EXE_EXTENSION);
            assert!(path.exists(), "{} was not built", path.display());
            path
        };
        Programs {
            kkdcp: program("kkdcp"),
            realm_sim: program("realm-sim"),
        }
    })
}
