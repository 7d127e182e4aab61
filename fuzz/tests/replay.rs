//! The corpus and seeded mutations of it through every entry, on stable, in `cargo test`.

use std::fs;
use std::path::Path;

use kerberos_fuzz::mutation::{Random, mutate};
use kerberos_fuzz::{ENTRIES, Entry};

use inputs::{corpus, dictionary, folder};

/// Mutations per entry: a second or two; libFuzzer does the rest.
const MUTATIONS: usize = 20_000;

#[test]
fn every_entry_takes_the_corpus_and_its_mutations() {
    let words = dictionary();
    for entry in ENTRIES {
        let seeds = corpus(entry);
        for seed in &seeds {
            (entry.run)(seed);
        }
        let mut random = Random::new(1);
        for _ in 0..MUTATIONS {
            let seed = &seeds[random.below(seeds.len())];
            (entry.run)(&mutate(seed, &words, &mut random));
        }
    }
}

/// What is made anew is in the corpus too, for libFuzzer to begin with. Run with
/// `WRITE_CORPUS=1` after a change of messages.
#[test]
fn the_corpus_has_the_story() {
    for entry in ENTRIES {
        for (index, seed) in (entry.seeds)().iter().enumerate() {
            let file = folder().join(format!("corpus/{}/story_{index}", entry.name));
            if std::env::var_os("WRITE_CORPUS").is_some() {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, seed).unwrap();
            }
            assert!(file.exists(), "{} is missing", file.display());
        }
    }
}

#[test]
fn every_entry_has_a_shim_and_is_described() {
    let described = fs::read_to_string(folder().join("README.md")).unwrap();
    for entry in ENTRIES {
        let row = format!("\n| `{}` | ", entry.name);
        assert!(described.contains(&row), "{row}");
        let shim = folder().join(format!("fuzz_targets/{}.rs", entry.name));
        let text = fs::read_to_string(&shim).unwrap();
        assert!(text.contains(&format!("{}::run", entry.name)), "{text}");
    }
    let shims = fs::read_dir(folder().join("fuzz_targets")).unwrap().count();
    assert_eq!(shims, ENTRIES.len());
}

#[cfg(test)]
mod inputs {
    use super::*;

    pub(super) fn folder() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// The seeds of an entry, and no bytes at all.
    pub(super) fn corpus(entry: &Entry) -> Vec<Vec<u8>> {
        let mut files: Vec<_> = fs::read_dir(folder().join("corpus").join(entry.name))
            .unwrap_or_else(|error| panic!("corpus of {}: {error}", entry.name))
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "{} has no seed", entry.name);
        let mut seeds: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
        seeds.extend((entry.seeds)());
        seeds.push(Vec::new());
        seeds
    }

    /// The words of the dictionary, in libFuzzer's syntax.
    pub(super) fn dictionary() -> Vec<Vec<u8>> {
        let text = fs::read_to_string(folder().join("dictionaries/kerberos.dict")).unwrap();
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let word = line
                    .strip_prefix('"')
                    .and_then(|rest| rest.strip_suffix('"'));
                unescape(word.unwrap_or_else(|| panic!("no word: {line}")))
            })
            .collect()
    }

    fn unescape(word: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            if let Some(digits) = rest.strip_prefix("\\x") {
                bytes.push(u8::from_str_radix(&digits[..2], 16).unwrap());
                rest = &digits[2..];
            } else {
                bytes.push(u8::try_from(first).unwrap());
                rest = &rest[1..];
            }
        }
        bytes
    }
}
