//! A journal begun anew: a file with what all changes led to, written beside the one in use and
//! then put in its place.
//!
//! Whenever the program or the machine stops, the file of the journal is the old one or the new
//! one, and either leads to the same realms: the new one is complete and on disk before it gets
//! the name. What is left of one that was not is removed by the next who opens the journal.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::JournalError;
use super::file::{self, MAX_FILE, read_whole};
use super::frame::{Chain, Frames};
use super::record::{self, Record};
use super::writer::octets_of;

/// What the name of the new file ends in until it is complete.
const SUFFIX: &str = ".new";

/// The new file.
pub(super) struct Beside {
    path: PathBuf,
    file: File,
    pub(super) length: u64,
    pub(super) chain: Chain,
}

impl Beside {
    /// Begins a file beside that of a journal, which whoever calls has locked.
    pub(super) fn begin(journal: &Path) -> Result<Self, JournalError> {
        remove_beside(journal)?;
        let path = beside(journal);
        let mut file = file::create_alone(&path)?;
        let (octets, chain) = Frames::begin();
        file.write_all(&octets)?;
        Ok(Self {
            path,
            file,
            length: octets_of(octets.len()),
            chain,
        })
    }

    pub(super) fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        let octets = Zeroizing::new(self.chain.seal(&record.encode()?)?);
        self.length = self.length.saturating_add(octets_of(octets.len()));
        if self.length > MAX_FILE {
            return Err(JournalError::TooLarge);
        }
        Ok(self.file.write_all(&octets)?)
    }

    /// The file, on disk; and what was read of it can be had again.
    pub(super) fn finish(self) -> Result<Self, JournalError> {
        self.file.sync_all()?;
        let octets = read_whole(&mut File::open(&self.path)?)?;
        let frames = Frames::read(&octets)?;
        let decoded = record::decode(frames.bodies())?;
        let parts = decoded.and_then(|decoded| decoded.checkpoint);
        for part in parts.into_iter().flat_map(|(_, parts)| parts) {
            let restorable = part.expect_restorable();
            restorable.map_err(|why| JournalError::Unwritable { why })?;
        }
        Ok(self)
    }

    /// The file, which is the journal from now on.
    pub(super) fn put_in_place(self, journal: &Path) -> Result<File, JournalError> {
        fs::rename(&self.path, journal)?;
        Ok(self.file)
    }
}

/// Removes what is left of a file that was not put in place.
pub(super) fn remove_beside(journal: &Path) -> io::Result<()> {
    match fs::remove_file(beside(journal)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn beside(journal: &Path) -> PathBuf {
    let mut path = OsString::from(journal);
    path.push(SUFFIX);
    path.into()
}
