//! What can be wrong with a journal.

use std::io;

use kerberos_core::entropy::EntropyUnavailable;

use super::FrameError;
use super::file::MAX_FILE;
use crate::topology::TopologyError;

/// A journal cannot be used.
///
/// Example: [`Journal`](super::Journal).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is no journal, or damaged.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Another server has it open.
    #[error("another server keeps its changes there")]
    InUse,
    /// Others than its owner can read or write the file.
    #[error(
        "others than its owner have access to it, and the keys of every realm are in it (chmod 600)"
    )]
    Access,
    /// It is longer than one can be.
    #[error("a journal has at most {MAX_FILE} octets")]
    TooLarge,
    /// It was begun with another topology than the one that is asked for.
    #[error(
        "it was begun with another topology; serve it without naming one, or keep the changes of \
         this one elsewhere"
    )]
    OtherTopology,
    /// The topology is not usable.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// A record says nothing that makes sense.
    #[error("record {number} cannot be read: {why}")]
    Unreadable {
        /// Which record, counted from 0.
        number: usize,
        /// What is wrong with it.
        why: String,
    },
    /// It was begun anew with what its changes had led to, and some of that is not there: a file
    /// that was not copied whole.
    #[error("{missing} records are missing of those that it was begun anew with")]
    Cut {
        /// How many.
        missing: usize,
    },
    /// What it was begun anew with does not fit the topology, or this version.
    #[error("what it was begun anew with cannot be had again ({why})")]
    Checkpoint {
        /// What is wrong with it.
        why: String,
    },
    /// What is to be kept has no form in which it can be.
    #[error("it cannot be kept ({why})")]
    Unwritable {
        /// What is wrong with it.
        why: String,
    },
    /// A change does not lead to what it led to when it was made.
    #[error("change {number} cannot be made again, with this version ({why})")]
    Diverged {
        /// Which change, counted from 1.
        number: usize,
        /// What is different.
        why: String,
    },
    /// The random source failed.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

impl JournalError {
    pub(super) fn unreadable(number: usize, error: &serde_json::Error) -> Self {
        // Its text may quote what is read; place and kind are enough.
        let why = format!("{:?} in column {}", error.classify(), error.column());
        Self::Unreadable { number, why }
    }
}
