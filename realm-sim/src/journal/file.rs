//! The file of a journal, open to be appended to.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kerberos_core::entropy::Entropy;
use zeroize::Zeroizing;

use super::JournalError;
use super::checkpoint::remove_beside;
use super::frame::Frames;
use super::record::{self, Begun};
use super::seed::{GenesisEntropy, Seed};
use super::writer::{Writer, octets_of};
use crate::forest::{Forest, ForestBuilder};
use crate::topology::{DEMO, Topology, TopologyError};

/// Changes after which a journal is begun anew: they are made again in seconds, most of them spent
/// on the keys of passwords, and it takes a fraction of one to write what they led to.
///
/// Example: [`Journal`].
pub const CHECKPOINT_AFTER: usize = 1000;

/// Longest file, in octets: a hundred thousand accounts, and little enough to be read at once.
pub(super) const MAX_FILE: u64 = 256 * 1024 * 1024;

/// Where changes are kept.
///
/// They are those that go through [`Journal::perform`], as all do that a
/// server with it makes; what is changed in a [`Forest`] directly is not kept.
///
/// ```
/// use std::sync::Arc;
/// use kerberos_core::entropy::OsEntropy;
/// use kerberos_core::time::Timestamp;
/// use realm_sim::admin::{AccountRequest, AccountType, Change, Operation};
/// use realm_sim::journal::Journal;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("realms.journal");
/// let opened = Journal::open(&path, None, Arc::new(OsEntropy::new()))?;
/// let mut request = AccountRequest::new(Operation::Create, "WS01");
/// request.kind = Some(AccountType::Computer);
/// let now = Timestamp::from_seconds(1_767_225_600);
/// let made = opened.journal.perform(&opened.forest, &Change::Account(request), now)?;
/// drop(opened);
///
/// // The same account, with the same keys.
/// let again = Journal::open(&path, None, Arc::new(OsEntropy::new()))?;
/// assert_eq!(again.changes, 1);
/// let shown = Change::Account(AccountRequest::new(Operation::Keys, "WS01"));
/// assert_eq!(again.journal.perform(&again.forest, &shown, now)?, made);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Journal {
    pub(super) writer: Mutex<Writer>,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// A journal, and the forest that it leads to.
///
/// Example: [`Journal`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The realms, as the last change left them.
    pub forest: Forest,
    /// Where changes are kept from now on.
    pub journal: Journal,
    /// How many there are in it, and were made again.
    pub changes: usize,
    /// How many there were before those, of which it has what they led to.
    pub before: usize,
    /// Octets that were cut off: of a record that was not written whole.
    pub cut: usize,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens the journal in a file, which is made where there is none, and does its changes again.
    ///
    /// `topology` is the text of the topology file that a new one begins with: the demo's without.
    /// One that is there must have begun with the same.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the file is as it was then.
    pub fn open(
        path: &Path,
        topology: Option<&str>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Opened, JournalError> {
        Self::open_with(path, topology, &|_| Ok(()), entropy)
    }

    /// The same; `complete` adds to a topology what is not in its text, such as certificates in
    /// files. It is not kept, and must add no realm, account or trust.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the file is as it was then.
    pub fn open_with(
        path: &Path,
        topology: Option<&str>,
        complete: &dyn Fn(&mut Topology) -> Result<(), TopologyError>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Opened, JournalError> {
        let mut file = open_alone(path)?;
        remove_beside(path)?;
        let octets = read_whole(&mut file)?;
        let frames = Frames::read(&octets)?;
        let Some(decoded) = record::decode(frames.bodies())? else {
            let begun = Begun::new(topology.unwrap_or(DEMO), Seed::draw(&*entropy)?);
            // Before anything is written: the topology may be wrong.
            let forest = made(&begun, complete, &entropy)?;
            let writer = Writer::begin(file, path, begun, CHECKPOINT_AFTER)?;
            return Ok(Opened {
                forest,
                changes: 0,
                before: 0,
                cut: octets.len(),
                journal: Self {
                    writer: Mutex::new(writer),
                    entropy,
                },
            });
        };
        if topology.is_some_and(|topology| topology != decoded.begun.topology) {
            return Err(JournalError::OtherTopology);
        }
        let forest = made(&decoded.begun, complete, &entropy)?;
        let before = decoded.changes_before();
        let changes = decoded.changes().count();
        let mut writer = Writer {
            path: path.to_owned(),
            file,
            length: octets_of(frames.whole()),
            chain: frames.chain(),
            begun: decoded.begun,
            changes: before.saturating_add(changes),
            to_do: decoded.kept.len(),
            due: CHECKPOINT_AFTER,
            parts: 0,
            broken: None,
        };
        if let Some((checkpoint, parts)) = decoded.checkpoint {
            writer.parts = checkpoint.parts;
            let restored = forest.restore(parts);
            restored.map_err(|why| JournalError::Checkpoint { why })?;
        }
        forest.perform_all_again(before, &decoded.kept)?;
        if frames.torn() > 0 {
            writer.file.set_len(writer.length)?;
            writer.file.sync_all()?;
        }
        Ok(Opened {
            forest,
            changes,
            before,
            cut: frames.torn(),
            journal: Self {
                writer: Mutex::new(writer),
                entropy,
            },
        })
    }

    /// Begins the journal anew whenever so many changes would have to be made again to open it:
    /// its file then has what they led to.
    ///
    /// Without this it is [`CHECKPOINT_AFTER`]; a journal of more accounts, groups and trusts than
    /// that waits for as many changes as there are of these.
    pub fn set_checkpoint_after(&self, changes: usize) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.due = changes;
    }
}

/// What a file holds.
pub(super) fn read_whole(file: &mut File) -> Result<Zeroizing<Vec<u8>>, JournalError> {
    let length = file.metadata()?.len();
    if length > MAX_FILE {
        return Err(JournalError::TooLarge);
    }
    // At once what is needed: a vector that grows leaves copies of passwords behind.
    let room = usize::try_from(length).unwrap_or_default();
    let mut octets = Zeroizing::new(Vec::with_capacity(room.saturating_add(1)));
    // A server may be writing to it.
    file.take(MAX_FILE).read_to_end(&mut octets)?;
    Ok(octets)
}

/// The realms of the beginning.
fn made(
    begun: &Begun,
    complete: &dyn Fn(&mut Topology) -> Result<(), TopologyError>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Forest, JournalError> {
    let mut topology = Topology::parse(&begun.topology)?;
    complete(&mut topology)?;
    let genesis = Arc::new(GenesisEntropy::new(&begun.seed, Arc::clone(entropy)));
    let forest = ForestBuilder::from_topology(topology);
    let forest = forest.build(Arc::<GenesisEntropy>::clone(&genesis))?;
    genesis.end();
    Ok(forest)
}

/// A new file, open to nobody else, and readable for its owner alone.
pub(super) fn create_alone(path: &Path) -> Result<File, JournalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    lock(options, path)
}

/// Opens a file that nobody else has open, and that its owner alone can read.
fn open_alone(path: &Path) -> Result<File, JournalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = lock(options, path)?;
    // Another server may have begun the journal anew, between opening and locking the old file.
    if is_at(&file, path)? {
        Ok(file)
    } else {
        Err(JournalError::InUse)
    }
}

fn lock(mut options: OpenOptions, path: &Path) -> Result<File, JournalError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    expect_private(&file)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Whether this is the file that has the name now.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (ours, named) = (file.metadata()?, fs::metadata(path)?);
    Ok((ours.dev(), ours.ino()) == (named.dev(), named.ino()))
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(unix)]
fn expect_private(file: &File) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(JournalError::Access)
    }
}

#[cfg(not(unix))]
fn expect_private(_file: &File) -> Result<(), JournalError> {
    Ok(())
}
