//! The first command of the README, as a person sees it.

use kerberos_tests::process::run;
use kerberos_tests::programs;

#[test]
fn the_demo_tells_its_path() {
    let told = run(programs::realm_sim().arg("demo"), "").succeeded();
    assert_eq!(told.stderr, "");
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("the_demo_tells_its_path", without_chance(&told.stdout));
    });
}

/// The text with PORT and TIME in the place of what differs from run to run.
fn without_chance(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words = line.split(' ').map(|word| {
            for host in ["127.0.0.1:", "https://localhost:"] {
                if let Some(rest) = word.strip_prefix(host) {
                    return format!("{host}PORT{}", rest.trim_start_matches(char::is_numeric));
                }
            }
            let is_time = word.len() == 20 && word.ends_with('Z') && word.as_bytes()[10] == b'T';
            if is_time {
                "TIME".to_owned()
            } else {
                word.to_owned()
            }
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}
