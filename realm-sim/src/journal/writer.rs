//! The end of a journal's file: what comes is appended, and what grew too long is begun anew.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use kerberos_core::time::Timestamp;
use zeroize::Zeroizing;

use super::JournalError;
use super::checkpoint::Beside;
use super::file::MAX_FILE;
use super::frame::{Chain, Frames, MAX_BODY, sealed_length};
use super::record::{Begun, Checkpoint, Record};
use crate::forest::{Forest, Part};

/// The end of the file.
pub(super) struct Writer {
    pub(super) path: PathBuf,
    pub(super) file: File,
    /// Up to here it is whole.
    pub(super) length: u64,
    pub(super) chain: Chain,
    pub(super) begun: Begun,
    /// Changes since the beginning, those that a checkpoint stands for among them.
    pub(super) changes: usize,
    /// Records that have to be done again when it is opened.
    pub(super) to_do: usize,
    /// With as many, it is time for a checkpoint.
    pub(super) due: usize,
    /// Records that the last checkpoint has.
    pub(super) parts: usize,
    /// Why nothing more can be kept.
    pub(super) broken: Option<String>,
}

impl Writer {
    /// Begins a journal in an empty file, or in one of which not even the beginning is whole.
    pub(super) fn begin(
        mut file: File,
        path: &Path,
        begun: Begun,
        due: usize,
    ) -> Result<Self, JournalError> {
        let (octets, mut chain) = Frames::begin();
        let mut octets = Zeroizing::new(octets);
        let record = Record::Begun(begun.clone()).encode()?;
        octets.extend_from_slice(&Zeroizing::new(chain.seal(&record)?));
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(&octets)?;
        file.sync_all()?;
        sync_folder_of(path)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length: octets_of(octets.len()),
            chain,
            begun,
            changes: 0,
            to_do: 0,
            due,
            parts: 0,
            broken: None,
        })
    }

    /// Whether a record of this length can be kept; if not, why.
    pub(super) fn expect_room(&self, body: usize) -> Result<(), String> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        if self.length_with(body) > MAX_FILE || body > MAX_BODY {
            return Err(JournalError::TooLarge.to_string());
        }
        Ok(())
    }

    /// Whether there would be room for it if the journal was begun anew. One that broke is not: what
    /// is in memory is not what it has.
    pub(super) fn is_full_for(&self, body: usize) -> bool {
        self.broken.is_none() && self.to_do > 0 && self.length_with(body) > MAX_FILE
    }

    fn length_with(&self, body: usize) -> u64 {
        self.length.saturating_add(octets_of(sealed_length(body)))
    }

    /// Appends a record. It is on disk then; or nothing of it, and nothing more will be.
    pub(super) fn append(&mut self, body: &[u8]) -> Result<(), String> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        match self.try_append(body) {
            Ok(()) => Ok(()),
            Err(error) => {
                // What was written of it must not stand before anything else.
                let _ = self.file.set_len(self.length);
                Err(self.give_up(&error))
            }
        }
    }

    fn try_append(&mut self, body: &[u8]) -> Result<(), JournalError> {
        let mut chain = self.chain.clone();
        let octets = Zeroizing::new(chain.seal(body)?);
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(&octets)?;
        self.file.sync_data()?;
        self.chain = chain;
        self.length = self.length.saturating_add(octets_of(octets.len()));
        self.to_do = self.to_do.saturating_add(1);
        Ok(())
    }

    /// Keeps nothing from now on; what to tell those who ask.
    fn give_up(&mut self, error: &JournalError) -> String {
        let why = format!("the journal cannot be written: {error}");
        self.broken = Some(why.clone());
        why
    }

    /// Whether there is so much to do again that what it leads to is to be written in its place.
    ///
    /// That is at least as much as what is written then, so that writing it takes no more time
    /// than all changes took.
    pub(super) fn is_checkpoint_due(&self) -> bool {
        self.broken.is_none() && self.to_do >= self.due.max(self.parts)
    }

    /// Begins the journal anew with what the realms are now. Whoever calls keeps changes out
    /// meanwhile.
    ///
    /// On an error the journal goes on as it is; or, where nobody knows what is on disk, not at all.
    pub(super) fn checkpoint(
        &mut self,
        forest: &Forest,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let parts = forest.parts(now);
        let parts = parts.map_err(|why| JournalError::Unwritable { why })?;
        let checkpoint = Checkpoint {
            at: now.micros(),
            changes: self.changes,
            parts: parts.len(),
        };
        let beside = self.write_beside(checkpoint, parts)?;
        let (length, chain) = (beside.length, beside.chain.clone());
        self.file = beside.put_in_place(&self.path)?;
        self.length = length;
        self.chain = chain;
        self.to_do = 0;
        self.parts = checkpoint.parts;
        // Else a power failure could bring the old file back, without what is appended now.
        sync_folder_of(&self.path)
            .map_err(JournalError::from)
            .inspect_err(|error| drop(self.give_up(error)))
    }

    /// The new file, complete and on disk, beside the one in use.
    pub(super) fn write_beside(
        &self,
        checkpoint: Checkpoint,
        parts: Vec<Part>,
    ) -> Result<Beside, JournalError> {
        let mut beside = Beside::begin(&self.path)?;
        let begun = Record::Begun(self.begun.clone());
        let parts = parts.into_iter().map(|part| Record::Part(Box::new(part)));
        for record in [begun, Record::Checkpoint(checkpoint)]
            .into_iter()
            .chain(parts)
        {
            beside.append(&record)?;
        }
        beside.finish()
    }
}

/// A new file is there after a power failure only when its folder was written too.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder_of(_path: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn octets_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
