//! How many instructions the codec and the crypto of small messages take, held against ceilings.
//!
//! `cargo run --release -p kerberos-benches --bin instructions [-- --write]`
//!
//! Time is noisy, above all on shared machines; the number of instructions is nearly the same in
//! every run. This program runs itself under valgrind's callgrind, which counts them, and fails
//! when an operation takes more than `ceilings.toml` allows. `--write` puts the counts of this
//! machine there.
//!
//! valgrind 3.19 executes no SHA-NI and no AVX-512 and hides them from the program, so on
//! processors that have them another path is counted than is used: AES-NI with AVX2. It is the
//! path of most other machines. Where there is no valgrind, or no AVX2 for it to show, the
//! program says so and compares nothing; with `CI` set, absence of valgrind is a failure.

mod callgrind;
mod ceilings;
mod operations;

use std::env;
use std::process::ExitCode;

use callgrind::Counted;
use ceilings::Ceilings;

/// Asks this program to run the operations, as callgrind is to see them.
const COUNTED: &str = "--counted";

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(),
        ["--write"] => write(),
        [COUNTED] => operations::run().map(|()| true),
        _ => Err("usage: instructions [--write]".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every operation stays below its ceiling, as far as that can be told here.
fn compare() -> Result<bool, Failure> {
    let counts = match callgrind::count()? {
        Counted::Operations(counts) => counts,
        Counted::NoValgrind => {
            eprintln!("{NO_VALGRIND}: nothing was compared");
            return Ok(env::var_os("CI").is_none());
        }
        Counted::OtherProcessor => {
            eprintln!("{OTHER_PROCESSOR}: nothing was compared");
            return Ok(true);
        }
    };
    let ceilings = Ceilings::read()?;
    let mut passed = true;
    println!("{:<28} {:>9} {:>9}", "operation", "counted", "ceiling");
    for (operation, counted) in &counts {
        let Some(ceiling) = ceilings.of(operation) else {
            println!("{operation:<28} {counted:>9}         - has no ceiling");
            passed = false;
            continue;
        };
        let remark = if *counted > ceilings.limit(ceiling) {
            passed = false;
            "too many"
        } else if *counted < ceilings.worth_lowering(ceiling) {
            "fewer: lower the ceiling"
        } else {
            ""
        };
        println!("{operation:<28} {counted:>9} {ceiling:>9} {remark}");
    }
    if !passed {
        let margin = ceilings.margin_percent;
        println!("more than {margin} % above a ceiling; where that is meant: -- --write");
    }
    Ok(passed)
}

/// Makes the counts of this machine the ceilings.
fn write() -> Result<bool, Failure> {
    match callgrind::count()? {
        Counted::Operations(counts) => Ceilings::write(&counts).map(|()| true),
        Counted::NoValgrind => Err(NO_VALGRIND.into()),
        Counted::OtherProcessor => Err(OTHER_PROCESSOR.into()),
    }
}

const NO_VALGRIND: &str = "valgrind is not installed (Debian package valgrind)";
const OTHER_PROCESSOR: &str = "this processor has no AES-NI or no AVX2 that valgrind shows";
