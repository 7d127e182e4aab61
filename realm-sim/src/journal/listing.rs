//! What is in a journal, to be told.

use std::fs::File;
use std::path::Path;

use kerberos_core::time::Timestamp;

use super::file::read_whole;
use super::frame::Frames;
use super::{JournalError, record};
use crate::admin::Change;

/// The content of a journal, without passwords, secrets and seeds.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::OsEntropy;
/// use realm_sim::journal::{Journal, Listing};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("realms.journal");
/// let opened = Journal::open(&path, None, Arc::new(OsEntropy::new()))?;
/// let listing = Listing::read(&path)?.ok_or("nothing was begun")?;
/// assert_eq!(listing.program, env!("CARGO_PKG_VERSION"));
/// assert!(listing.changes.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The version of the program that began it.
    pub program: String,
    /// When it was begun anew, if it was, and how many changes there were until then.
    pub before: Option<(Timestamp, usize)>,
    /// The changes since, in their order.
    pub changes: Vec<Entry>,
    /// Octets behind them: of a record that is not whole, or is being written now.
    pub torn: usize,
}

/// A change.
///
/// Example: [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// When it was made.
    pub at: Timestamp,
    /// What was asked for.
    pub change: Change,
}

impl Listing {
    /// Reads a journal, which a server may have open. `None` where none was begun.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub fn read(path: &Path) -> Result<Option<Self>, JournalError> {
        Self::decode(&read_whole(&mut File::open(path)?)?)
    }

    /// The same of a file's octets.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub fn decode(octets: &[u8]) -> Result<Option<Self>, JournalError> {
        let frames = Frames::read(octets)?;
        let Some(decoded) = record::decode(frames.bodies())? else {
            return Ok(None);
        };
        let entries = decoded.changes().map(|(_, change)| Entry {
            at: change.time(),
            change: change.request.redacted(),
        });
        let changes = entries.collect();
        let before = match decoded.checkpoint {
            None => None,
            Some((checkpoint, parts)) => {
                for part in parts {
                    let restorable = part.expect_restorable();
                    restorable.map_err(|why| JournalError::Checkpoint { why })?;
                }
                Some((checkpoint.time(), checkpoint.changes))
            }
        };
        Ok(Some(Self {
            program: decoded.begun.program,
            before,
            changes,
            torn: frames.torn(),
        }))
    }
}
