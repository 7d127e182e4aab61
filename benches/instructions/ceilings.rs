//! The file of ceilings.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Failure;

/// Instructions that each operation may take.
pub(crate) struct Ceilings {
    /// By how much a count may exceed its ceiling: other releases of the C library copy and
    /// allocate otherwise.
    pub(crate) margin_percent: u64,
    operations: toml::Table,
}

impl Ceilings {
    pub(crate) fn read() -> Result<Self, Failure> {
        let mut file: toml::Table = fs::read_to_string(path())?.parse()?;
        let margin_percent = file
            .get("margin_percent")
            .and_then(toml::Value::as_integer)
            .ok_or("ceilings.toml: no margin_percent")?
            .try_into()?;
        match file.remove("ceilings") {
            Some(toml::Value::Table(operations)) => Ok(Self {
                margin_percent,
                operations,
            }),
            _ => Err("ceilings.toml: no [ceilings]".into()),
        }
    }

    pub(crate) fn of(&self, operation: &str) -> Option<u64> {
        let ceiling = self.operations.get(operation)?.as_integer()?;
        ceiling.try_into().ok()
    }

    /// The most that passes.
    pub(crate) const fn limit(&self, ceiling: u64) -> u64 {
        ceiling + ceiling * self.margin_percent / 100
    }

    /// Below this, twice the margin, somebody made it better.
    pub(crate) const fn worth_lowering(&self, ceiling: u64) -> u64 {
        ceiling - ceiling * 2 * self.margin_percent / 100
    }

    pub(crate) fn write(counts: &[(&str, u64)]) -> Result<(), Failure> {
        let margin_percent = Self::read().map_or(DEFAULT_MARGIN, |old| old.margin_percent);
        let mut text = format!("{HEAD}\nmargin_percent = {margin_percent}\n\n[ceilings]\n");
        for (operation, count) in counts {
            writeln!(text, "\"{operation}\" = {count}")?;
        }
        Ok(fs::write(path(), text)?)
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions/ceilings.toml")
}

const DEFAULT_MARGIN: u64 = 3;

const HEAD: &str = "\
# Instructions of one operation, as callgrind counts them with AES-NI and AVX2. Written by
#   cargo run --release -p kerberos-benches --bin instructions -- --write
";
