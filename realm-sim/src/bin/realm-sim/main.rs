//! Runs a simulated forest.

mod account;
mod azuread_kerberos;
mod certificate;
mod demo;
mod failure;
mod journal;
mod prt_response;
mod serve;
mod service_principal;
mod trust;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use failure::Failure;
use realm_sim::assumptions::DECISIONS;
use realm_sim::topology::{DEMO, TRUSTS, Topology, TopologyError};
use serve::Listen;
use tracing_subscriber::EnvFilter;

/// A simulated Active Directory forest and Microsoft Entra Kerberos realm.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Listen, print one line of JSON when ready, and run until SIGINT or SIGTERM.
    Serve {
        /// The topology file (TOML); without one, that of the demo.
        topology: Option<PathBuf>,
        /// Write krb5.conf, krb5-direct.conf, ca.pem, services.keytab, the authorities of
        /// certificates for logons and, for `account`, admin.json into this folder.
        #[arg(long, value_name = "DIR")]
        export: Option<PathBuf>,
        /// The address to listen on, on free ports, or ADDRESS:PORT for each Active Directory
        /// realm in turn.
        #[arg(long, value_name = "ADDRESS[:PORT]", default_value = "127.0.0.1")]
        listen: Vec<Listen>,
        /// Take certificates in place of passwords (PKINIT) in every Active Directory realm, with
        /// an authority that is made now where the topology names none.
        #[arg(long)]
        pkinit: bool,
        /// Keep every change in this file, and do again what is in it: with it, realms outlive the
        /// program. It has keys and passwords in it.
        #[arg(long, value_name = "FILE")]
        store: Option<PathBuf>,
        /// Begin that file anew with what they led to after so many changes.
        #[arg(long, value_name = "CHANGES", requires = "store",
              default_value_t = realm_sim::journal::CHECKPOINT_AFTER)]
        checkpoint_after: usize,
    },
    /// Make, change, delete or show an account of a running server: one JSON object on standard
    /// input, one on standard output.
    #[command(after_help = account::ACCOUNT_HELP)]
    Account(account::Arguments<account::AccountOperation>),
    /// Create, modify or delete a group of a running server, likewise.
    #[command(after_help = account::GROUP_HELP)]
    Group(account::Arguments<account::GroupOperation>),
    /// Make, show, change or take away a trust of a running server, or rotate its secrets; one JSON
    /// object on standard output.
    Trust(trust::Arguments),
    /// Show or change what Microsoft Entra Kerberos needs in a domain and a tenant of a running
    /// server, as the PowerShell module AzureADHybridAuthenticationManagement does.
    AzureadKerberos(azuread_kerberos::Arguments),
    /// Make a certificate for an account of a running server, to log on with, and print it with
    /// its private key as PEM.
    Certificate(certificate::Arguments),
    /// Give a managed instance or a storage account of a running server's tenant its service
    /// principal, take it away, show it, or rotate its key; one JSON object on standard output.
    ServicePrincipal(service_principal::Arguments),
    /// Sign a user of a running server's tenant in and print the token response, one JSON object
    /// with the cloud TGT in it: what `kkdcp import --prt-response` reads.
    PrtResponse(prt_response::Arguments),
    /// List the changes in the file of `serve --store`, without passwords and keys.
    Journal(journal::Arguments),
    /// List every decision about undocumented behaviour and its value, as TOML.
    Assumptions {
        /// The topology file (TOML); without one, that of the demo.
        topology: Option<PathBuf>,
    },
    /// Walk from an Active Directory logon to an Azure SQL ticket, over real sockets.
    Demo {
        /// Draw all random bytes from this seed, to repeat a run.
        #[arg(long, value_name = "NUMBER")]
        seed: Option<u64>,
        /// Let it be this time, in seconds since 1970, to repeat a run.
        #[arg(long, value_name = "SECONDS")]
        at: Option<i64>,
    },
    /// Print a topology file, to start one's own from.
    Topology {
        /// That of the demo, or one with every kind of trust.
        #[arg(value_enum, default_value = "demo")]
        name: Example,
    },
}

/// A topology to start from.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Example {
    Demo,
    Trusts,
}

fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(EnvFilter::from_default_env())
        .init();
    match run(args.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "realm-sim: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve {
            topology,
            export,
            listen,
            pkinit,
            store,
            checkpoint_after,
        } => {
            let mut source = Source::read(topology)?;
            source.pkinit = pkinit;
            let place = serve::Place {
                export: export.as_deref(),
                listen: &listen,
                store: store.as_deref(),
                checkpoint_after,
            };
            in_runtime(serve::run(source, place))
        }
        Command::Account(task) => in_runtime(account::run(account::Kind::Account, task)),
        Command::Group(task) => in_runtime(account::run(account::Kind::Group, task)),
        Command::Trust(arguments) => in_runtime(arguments.run()),
        Command::AzureadKerberos(arguments) => in_runtime(arguments.run()),
        Command::Certificate(arguments) => in_runtime(arguments.run()),
        Command::ServicePrincipal(arguments) => in_runtime(arguments.run()),
        Command::PrtResponse(arguments) => in_runtime(arguments.run()),
        Command::Journal(arguments) => arguments.run(),
        Command::Assumptions { topology } => {
            let source = Source::read(topology)?;
            let mut text = String::from("[assumptions]\n");
            for assumption in source.topology.assumptions.list() {
                text.push_str(&format!("{assumption}\n"));
            }
            for decision in DECISIONS {
                text.push_str(&format!("{decision}\n"));
            }
            print(&text)
        }
        Command::Demo { seed, at } => in_runtime(demo::run(demo::Fixed { seed, at })),
        Command::Topology { name } => print(match name {
            Example::Demo => DEMO,
            Example::Trusts => TRUSTS,
        }),
    }
}

/// A topology and the file it came from.
struct Source {
    topology: Topology,
    text: String,
    path: Option<PathBuf>,
    /// Whether every realm is to take certificates.
    pkinit: bool,
}

impl Source {
    /// The topology in a file, or the demo's.
    fn read(path: Option<PathBuf>) -> Result<Self, Failure> {
        let text = match &path {
            Some(path) => std::fs::read_to_string(path).map_err(|source| Failure::Read {
                path: path.clone(),
                source,
            })?,
            None => DEMO.to_owned(),
        };
        match Topology::parse(&text) {
            Ok(topology) => Ok(Self {
                topology,
                text,
                path,
                pkinit: false,
            }),
            Err(error) => Err(Failure::topology(path.as_deref(), error)),
        }
    }

    /// Adds what is not in the text of a topology: certificates in files beside it, and what the
    /// command line says.
    fn complete(&self, topology: &mut Topology) -> Result<(), TopologyError> {
        let folder = self.path.as_deref().and_then(Path::parent);
        topology.read_files(folder.unwrap_or(Path::new(".")))?;
        if self.pkinit {
            for realm in &mut topology.realms {
                realm.pkinit.get_or_insert_default();
            }
        }
        Ok(())
    }
}

fn in_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?
        .block_on(work)
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(Failure::Print)
}
