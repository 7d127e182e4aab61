//! The file of a journal, open to be appended to.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use kerberos_core::entropy::Entropy;
use zeroize::Zeroizing;

use super::JournalError;
use super::frame::{Chain, Frames, sealed_length};
use super::record::{self, Begun, Record};
use super::seed::{GenesisEntropy, Seed};
use crate::forest::Forest;
use crate::topology::{DEMO, Topology, TopologyError};

/// Longest file, in octets: some hundred thousand changes, and little enough to be read at once.
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
    /// How many there are in it.
    pub changes: usize,
    /// Octets that were cut off: of a record that was not written whole.
    pub cut: usize,
}

/// The end of the file.
pub(super) struct Writer {
    file: File,
    /// Up to here it is whole.
    length: u64,
    chain: Chain,
    /// Why nothing more can be kept.
    broken: Option<String>,
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
        let octets = read_whole(&mut file)?;
        let frames = Frames::read(&octets)?;
        let Some((begun, changes)) = record::decode(frames.bodies())? else {
            let begun = Begun::new(topology.unwrap_or(DEMO), Seed::draw(&*entropy)?);
            // Before anything is written: the topology may be wrong.
            let forest = made(&begun, complete, &entropy)?;
            let writer = Writer::begin(file, path, begun)?;
            return Ok(Opened {
                forest,
                changes: 0,
                cut: octets.len(),
                journal: Self {
                    writer: Mutex::new(writer),
                    entropy,
                },
            });
        };
        if topology.is_some_and(|topology| topology != begun.topology) {
            return Err(JournalError::OtherTopology);
        }
        let forest = made(&begun, complete, &entropy)?;
        for (number, change) in changes.iter().enumerate() {
            forest.perform_again(number.saturating_add(1), change)?;
        }
        let length = octets_of(frames.whole());
        if frames.torn() > 0 {
            file.set_len(length)?;
            file.sync_all()?;
        }
        Ok(Opened {
            forest,
            changes: changes.len(),
            cut: frames.torn(),
            journal: Self {
                writer: Mutex::new(Writer {
                    file,
                    length,
                    chain: frames.chain(),
                    broken: None,
                }),
                entropy,
            },
        })
    }
}

impl Writer {
    /// Begins a journal in an empty file, or in one of which not even the beginning is whole.
    fn begin(mut file: File, path: &Path, begun: Begun) -> Result<Self, JournalError> {
        let (mut octets, mut chain) = Frames::begin();
        octets.extend(chain.seal(&Record::Begun(begun).encode()?)?);
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(&octets)?;
        file.sync_all()?;
        sync_folder_of(path)?;
        Ok(Self {
            file,
            length: octets_of(octets.len()),
            chain,
            broken: None,
        })
    }

    /// With another file, which breaks as that does.
    #[cfg(test)]
    pub(super) fn replace_file(&mut self, file: File) {
        self.file = file;
    }

    /// Whether a change of this length can be kept; if not, why.
    pub(super) fn expect_room(&self, body: usize) -> Result<(), String> {
        if let Some(why) = &self.broken {
            return Err(why.clone());
        }
        let after = self.length.saturating_add(octets_of(sealed_length(body)));
        if after > MAX_FILE || body > super::frame::MAX_BODY {
            return Err(JournalError::TooLarge.to_string());
        }
        Ok(())
    }

    /// Appends a change. It is on disk then; or nothing of it, and nothing more will be.
    pub(super) fn append(&mut self, body: &[u8]) -> Result<(), String> {
        match self.try_append(body) {
            Ok(()) => Ok(()),
            Err(error) => {
                // What was written of it must not stand before anything else.
                let _ = self.file.set_len(self.length);
                let why = format!("the journal cannot be written: {error}");
                self.broken = Some(why.clone());
                Err(why)
            }
        }
    }

    fn try_append(&mut self, body: &[u8]) -> Result<(), JournalError> {
        let mut chain = self.chain.clone();
        let octets = chain.seal(body)?;
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(&octets)?;
        self.file.sync_data()?;
        self.chain = chain;
        self.length = self.length.saturating_add(octets_of(octets.len()));
        Ok(())
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
    let forest = Forest::from_topology(&topology, Arc::<GenesisEntropy>::clone(&genesis))?;
    genesis.end();
    Ok(forest)
}

/// Opens a file that nobody else has open, and that its owner alone can read.
fn open_alone(path: &Path) -> Result<File, JournalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
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

fn octets_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
