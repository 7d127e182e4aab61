//! Command line: `kkdcp kinit`, `kvno`, `import`, `refresh`, `full-tgt`, `klist`, `status`, `kdestroy`.

mod args;
mod asker;
mod cache_file;
mod cloud_settings;
mod configuration;
mod full_tgt;
mod import;
mod kdestroy;
mod kinit;
mod klist;
mod kvno;
mod own_tenant;
mod private_file;
mod refresh;
mod report;
mod secret;
mod session_key;
mod signed_in_cache;
mod status;
mod status_view;
mod ticket_view;
mod trace;
mod user;
mod windows_view;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use report::{Failure, FailureDocument, complain, print_json};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let command = match &arguments.command {
        Command::Kinit(_) => "kinit",
        Command::Kvno(_) => "kvno",
        Command::Import(_) => "import",
        Command::Refresh(_) => "refresh",
        Command::FullTgt(_) => "full-tgt",
        Command::Klist(_) => "klist",
        Command::Status(_) => "status",
        Command::Kdestroy => "kdestroy",
    };
    match run(&arguments) {
        Ok(code) => code,
        Err(failure) => {
            if arguments.global.json {
                // Nothing is left to do when standard output is gone.
                let _ = print_json(&FailureDocument { error: &failure });
            } else {
                complain(&failure.for_people(command));
            }
            failure.exit_code()
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let global = &arguments.global;
    // An empty KRB5_TRACE is none.
    if let Some(path) = global
        .trace
        .as_deref()
        .filter(|path| !path.as_os_str().is_empty())
    {
        trace::start(path)?;
    }
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::machine)
    };
    match &arguments.command {
        Command::Kinit(args) => runtime()?
            .block_on(kinit::run(global, args))
            .map(|()| ExitCode::SUCCESS),
        Command::Kvno(args) => runtime()?.block_on(kvno::run(global, args)),
        Command::Import(args) => import::run(global, args).map(|()| ExitCode::SUCCESS),
        Command::Refresh(args) => runtime()?
            .block_on(refresh::run(global, args))
            .map(|()| ExitCode::SUCCESS),
        Command::FullTgt(args) => runtime()?
            .block_on(full_tgt::run(global, args))
            .map(|()| ExitCode::SUCCESS),
        Command::Klist(args) => klist::run(global, args),
        Command::Status(args) => status::run(global, args).map(|()| ExitCode::SUCCESS),
        Command::Kdestroy => kdestroy::run(global).map(|()| ExitCode::SUCCESS),
    }
}
