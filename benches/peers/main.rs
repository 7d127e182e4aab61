//! The same work on the same bytes by this project and by its peers, in one run.
//!
//! `cargo bench -p kerberos-benches --bench peers -- [--json FILE] [--quick] [FILTER]`

mod allocations;
mod codec;
mod measure;
mod mit;
mod openssl;
mod owned;
mod report;
mod sealing;
mod string_to_key;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use measure::{Effort, Row};

/// Compares this project with its peers: rows of nanoseconds and ratios.
#[derive(Debug, Parser)]
struct Arguments {
    /// Writes the rows as JSON to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Writes a plot of the ratios as SVG to this file.
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Puts a table of the rows into this README, between its marks.
    #[arg(long)]
    readme: Option<PathBuf>,
    /// Runs everything once or twice only, to see that it works.
    #[arg(long)]
    quick: bool,
    /// Runs operations whose name contains this.
    filter: Option<String>,
    /// What cargo passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let effort = if arguments.quick {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    match run(&arguments, effort) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, effort: Effort) -> Result<(), Box<dyn std::error::Error>> {
    let messages = kerberos_benches::Messages::make().map_err(|error| format!("{error:?}"))?;
    let mits = mit::Mit::load_builds();
    let openssl = openssl::OpenSsl::load()
        .inspect_err(|error| eprintln!("peer missing: OpenSSL: {error}"))
        .ok();
    let mut cases = codec::cases(&messages, mits.first())?;
    cases.extend(owned::cases(&messages)?);
    cases.extend(sealing::cases(&mits)?);
    cases.extend(string_to_key::cases(&mits, openssl.as_ref())?);
    let wanted = |op: &str| {
        arguments
            .filter
            .as_ref()
            .is_none_or(|part| op.contains(part.as_str()))
    };
    let mut rows: Vec<Row> = Vec::new();
    for case in cases.into_iter().filter(|case| wanted(&case.op)) {
        let measured = case.measure(effort);
        report::print(&measured);
        rows.extend(measured);
    }
    if let (true, Some(filter)) = (rows.is_empty(), &arguments.filter) {
        return Err(format!("no operation has {filter:?} in its name").into());
    }
    if let Some(file) = &arguments.json {
        std::fs::write(file, serde_json::to_string_pretty(&rows)?)?;
    }
    if let Some(file) = &arguments.svg {
        std::fs::write(file, report::svg(&rows))?;
    }
    if let Some(file) = &arguments.readme {
        let text = std::fs::read_to_string(file)?;
        let text = report::with_table(&text, &rows).ok_or("the README has no marks for a table")?;
        std::fs::write(file, text)?;
    }
    Ok(())
}
