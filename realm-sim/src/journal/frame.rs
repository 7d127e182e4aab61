//! Records in a file: lengths, checksums, and where the last one was not written whole.
//!
//! ```text
//! file   = "RSJRNL", version (2, big-endian), records
//! record = length (4, big-endian), check of the length (4), body, check (16)
//! ```
//!
//! Both checks begin SHA-256 of the check of the record before, the length, and for the second one
//! the body: records cannot be taken out, put in or moved without notice.

use ring::digest::{Context, SHA256};

/// What a journal begins with.
const NAME: [u8; 6] = *b"RSJRNL";

/// The version of the form, of what is in the records too.
const VERSION: u16 = 1;

/// Octets before the first record.
const HEADER: usize = 8;

/// Octets of a length.
const LENGTH: usize = 4;

/// Octets of the check of a length, which tells a length that is wrong from a record that is cut.
const LENGTH_CHECK: usize = 4;

/// Octets before a body.
const HEAD: usize = LENGTH + LENGTH_CHECK;

/// Octets of a check: half of SHA-256's, beyond any accident.
const CHECK: usize = 16;

/// Longest body, in octets: a topology of a hundred thousand accounts.
pub(super) const MAX_BODY: usize = 16 * 1024 * 1024;

/// The records of a journal.
///
/// ```
/// use realm_sim::journal::Frames;
///
/// let (mut file, mut chain) = Frames::begin();
/// file.extend(chain.seal(b"first")?);
/// file.extend(chain.seal(b"second")?);
/// // The machine stopped before the last octets were written.
/// file.truncate(file.len() - 3);
/// let frames = Frames::read(&file)?;
/// assert_eq!(frames.bodies(), [b"first"]);
/// assert_eq!(frames.whole() + frames.torn(), file.len());
/// # Ok::<(), realm_sim::journal::FrameError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Frames<'a> {
    bodies: Vec<&'a [u8]>,
    whole: usize,
    torn: usize,
    chain: Chain,
}

/// What the next record hangs on to.
///
/// Example: [`Frames`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain([u8; CHECK]);

/// A file is no journal, or a damaged one.
///
/// Example: [`Frames`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A record does not fit its checksum, and it is not the last one.
    #[error("record {number}, at octet {offset}, is damaged")]
    Damaged {
        /// Which record, counted from 0.
        number: usize,
        /// Where it begins.
        offset: usize,
    },
    /// It is of a form that this program does not know.
    #[error("this is a journal of version {version}, and this program reads version {VERSION}")]
    Version {
        /// The version of its form.
        version: u16,
    },
    /// The file begins with something else.
    #[error("this is not a journal")]
    NoJournal,
    /// A body is longer than any record.
    #[error("a record has at most {MAX_BODY} octets, not {length}")]
    TooLong {
        /// Its length in octets.
        length: usize,
    },
}

/// What is at some place of a file.
enum Found<'a> {
    /// A whole record.
    Record {
        body: &'a [u8],
        end: usize,
    },
    /// The beginning of one.
    Torn,
    Damaged,
}

impl Frames<'_> {
    /// The beginning of a new journal, and what its first record hangs on to.
    pub fn begin() -> (Vec<u8>, Chain) {
        (header().to_vec(), Chain::start())
    }
}

impl<'a> Frames<'a> {
    /// Finds the records in a file's octets.
    ///
    /// # Errors
    ///
    /// [`FrameError::NoJournal`], [`FrameError::Version`], [`FrameError::Damaged`].
    pub fn read(octets: &'a [u8]) -> Result<Self, FrameError> {
        let mut frames = Self {
            bodies: Vec::new(),
            whole: 0,
            torn: octets.len(),
            chain: Chain::start(),
        };
        let header = header();
        let Some(mut rest) = octets.strip_prefix(&header) else {
            if header.starts_with(octets) || is_blank(octets) {
                return Ok(frames);
            }
            let version = octets.strip_prefix(&NAME);
            return Err(match version.and_then(<[u8]>::first_chunk) {
                Some(version) => FrameError::Version {
                    version: u16::from_be_bytes(*version),
                },
                None => FrameError::NoJournal,
            });
        };
        loop {
            frames.whole = octets.len().saturating_sub(rest.len());
            frames.torn = rest.len();
            if rest.is_empty() {
                return Ok(frames);
            }
            match frames.chain.next(rest) {
                Found::Record { body, end } => {
                    frames.bodies.push(body);
                    rest = rest.get(end..).unwrap_or_default();
                }
                Found::Torn => return Ok(frames),
                Found::Damaged => {
                    return Err(FrameError::Damaged {
                        number: frames.bodies.len(),
                        offset: frames.whole,
                    });
                }
            }
        }
    }

    /// The bodies of all whole records.
    pub fn bodies(&self) -> &[&'a [u8]] {
        &self.bodies
    }

    /// Octets of the file up to the end of the last whole record; 0 where not even its beginning
    /// is whole.
    pub const fn whole(&self) -> usize {
        self.whole
    }

    /// Octets behind them: of a record that was not written whole.
    pub const fn torn(&self) -> usize {
        self.torn
    }

    /// What the next record hangs on to.
    pub fn chain(&self) -> Chain {
        self.chain.clone()
    }
}

impl Chain {
    fn start() -> Self {
        Self(first(&header(), &[], &[]))
    }

    /// The octets of the next record; what comes after hangs on to it.
    ///
    /// # Errors
    ///
    /// [`FrameError::TooLong`]; the chain is as before then.
    pub fn seal(&mut self, body: &[u8]) -> Result<Vec<u8>, FrameError> {
        let too_long = || FrameError::TooLong { length: body.len() };
        if body.len() > MAX_BODY {
            return Err(too_long());
        }
        let length = u32::try_from(body.len()).map_err(|_| too_long())?;
        let length = length.to_be_bytes();
        let check = self.check(&length, body);
        let mut record = Vec::with_capacity(sealed_length(body.len()));
        record.extend_from_slice(&length);
        record.extend_from_slice(&self.length_check(length));
        record.extend_from_slice(body);
        record.extend_from_slice(&check);
        self.0 = check;
        Ok(record)
    }

    /// What `rest`, which is not empty, begins with.
    fn next<'a>(&mut self, rest: &'a [u8]) -> Found<'a> {
        let Some((length, behind)) = rest.split_first_chunk::<LENGTH>() else {
            return Found::Torn;
        };
        let Some((length_check, behind)) = behind.split_first_chunk::<LENGTH_CHECK>() else {
            return Found::Torn;
        };
        if self.length_check(*length) != *length_check {
            // A file may have been lengthened before it was written.
            return if is_blank(rest) {
                Found::Torn
            } else {
                Found::Damaged
            };
        }
        let size = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if size > MAX_BODY {
            return Found::Damaged;
        }
        let Some((body, behind)) = behind.split_at_checked(size) else {
            return Found::Torn;
        };
        let Some((found, behind)) = behind.split_first_chunk::<CHECK>() else {
            return Found::Torn;
        };
        let check = self.check(length, body);
        if check == *found {
            self.0 = check;
            let end = sealed_length(size);
            return Found::Record { body, end };
        }
        if behind.is_empty() {
            Found::Torn
        } else {
            Found::Damaged
        }
    }

    fn length_check(&self, length: [u8; LENGTH]) -> [u8; LENGTH_CHECK] {
        first(&self.0, &length, &[])
    }

    fn check(&self, length: &[u8; LENGTH], body: &[u8]) -> [u8; CHECK] {
        first(&self.0, length, body)
    }
}

/// Octets of the record of a body.
pub(super) const fn sealed_length(body: usize) -> usize {
    body.saturating_add(HEAD + CHECK)
}

/// What is before the first record.
fn header() -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let octets = NAME.into_iter().chain(VERSION.to_be_bytes());
    for (to, from) in header.iter_mut().zip(octets) {
        *to = from;
    }
    header
}

/// The first octets of a hash of all of these.
fn first<const N: usize>(before: &[u8], length: &[u8], body: &[u8]) -> [u8; N] {
    let mut hash = Context::new(&SHA256);
    hash.update(before);
    hash.update(length);
    hash.update(body);
    let digest = hash.finish();
    digest.as_ref().first_chunk().copied().unwrap_or([0; N])
}

fn is_blank(octets: &[u8]) -> bool {
    octets.iter().all(|octet| *octet == 0)
}
