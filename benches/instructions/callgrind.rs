//! Counting by valgrind's callgrind.

use std::fs;
use std::io::ErrorKind;
use std::process::Command;

use crate::operations::{self, NAMES};
use crate::{COUNTED, Failure};

/// What came of an attempt to count.
pub(crate) enum Counted {
    /// Instructions by operation.
    Operations(Vec<(&'static str, u64)>),
    /// There is no valgrind.
    NoValgrind,
    /// The crypto takes another path than the one that has ceilings.
    OtherProcessor,
}

/// Runs the operations once each under callgrind.
pub(crate) fn count() -> Result<Counted, Failure> {
    let folder = std::env::temp_dir().join(format!("instructions-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let program = std::env::current_exe()?;
    // Each dump empties the counters: the odd ones hold what is between the operations.
    let run = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg("--quiet")
        .arg(format!("--dump-before={}", operations::BEGIN))
        .arg(format!("--dump-after={}", operations::MEASURED))
        .arg(format!(
            "--callgrind-out-file={}",
            folder.join("out").display()
        ))
        .arg(program)
        .arg(COUNTED)
        .output();
    let counted = match run {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Counted::NoValgrind),
        Err(error) => Err(error.into()),
        Ok(output) if output.status.code() == Some(operations::OTHER_PROCESSOR) => {
            Ok(Counted::OtherProcessor)
        }
        Ok(output) if !output.status.success() => {
            Err(String::from_utf8_lossy(&output.stderr).into())
        }
        Ok(_) => NAMES
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let file = folder.join(format!("out.{}", 2 * (index + 1)));
                Ok((*name, total(&fs::read_to_string(file)?)?))
            })
            .collect::<Result<_, Failure>>()
            .map(Counted::Operations),
    };
    fs::remove_dir_all(&folder)?;
    counted
}

/// The sum of one dump: the line `totals: N`.
fn total(dump: &str) -> Result<u64, Failure> {
    let line = dump
        .lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .ok_or("a dump of callgrind without totals")?;
    Ok(line.trim().parse()?)
}
