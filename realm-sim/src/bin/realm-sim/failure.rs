//! Why the program ends with an error.

use std::io;
use std::path::{Path, PathBuf};

use realm_sim::journal::JournalError;
use realm_sim::serve::ServeError;
use realm_sim::topology::TopologyError;

/// What went wrong, as the user reads it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Administration(String),
    #[error("cannot write {}: {source}", path.display())]
    Export { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Journal { path: PathBuf, source: JournalError },
    #[error("the key in a response of this shape is of no use without --session-key-out FILE")]
    NoSessionKeyFile,
    #[error("cannot print: {0}")]
    Print(#[source] io::Error),
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Request(String),
    #[error("cannot start: {0}")]
    Runtime(#[source] io::Error),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("{name}: {source}")]
    Topology { name: String, source: TopologyError },
    #[error("the demo did not come to its end: {0}")]
    Walk(Box<dyn std::error::Error + Send + Sync>),
}

impl Failure {
    /// A short name for programs, of those that the server has for its refusals.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Request(_) => "invalid",
            _ => "failed",
        }
    }

    /// A topology that does not fit; `path` is its file, if it has one.
    pub(crate) fn topology(path: Option<&Path>, source: TopologyError) -> Self {
        let name = path.map_or_else(|| "the demo".to_owned(), |path| path.display().to_string());
        Self::Topology { name, source }
    }
}
