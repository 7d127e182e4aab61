//! What the records of a journal say, as JSON.

use std::fmt::Write;
use std::io;

use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::JournalError;
use super::seed::{SEED, Seed};
use crate::admin::Change;
use crate::forest::{CountedFailures, Part, SpentRequest};

/// A record.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Record {
    /// The first one.
    Begun(Begun),
    /// The second one, where the journal was begun anew; as many parts as it says come next.
    Checkpoint(Checkpoint),
    /// One of them.
    Part(Box<Part>),
    /// A change.
    Change(Box<Changed>),
    /// The wrong passwords of an account, as they were counted.
    Failures(CountedFailures),
    /// A request that a password service has seen.
    Spent(SpentRequest),
}

/// What the realms were in the beginning.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Begun {
    /// The version of the program.
    pub(super) program: String,
    /// The topology file's text.
    pub(super) topology: String,
    /// What all random bytes in them come from.
    pub(super) seed: Seed,
}

/// In place of changes, what they led to.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkpoint {
    /// When it was taken, in microseconds since 1970.
    pub(super) at: i64,
    /// Changes until then.
    pub(super) changes: usize,
    /// Records of what the realms were then.
    pub(super) parts: usize,
}

/// What was changed then.
#[derive(Deserialize, Serialize)]
pub(super) struct Changed {
    /// When, in microseconds since 1970.
    pub(super) at: i64,
    /// What all random bytes in it come from.
    pub(super) seed: Seed,
    /// What was asked for.
    pub(super) request: Change,
    /// The beginning of SHA-256 of what was answered, in hexadecimal.
    pub(super) reply: String,
}

/// What is done again, in its order.
pub(super) enum Kept {
    Change(Box<Changed>),
    Failures(CountedFailures),
    Spent(SpentRequest),
}

/// A journal's records.
pub(super) struct Decoded {
    pub(super) begun: Begun,
    pub(super) checkpoint: Option<(Checkpoint, Vec<Part>)>,
    pub(super) kept: Vec<Kept>,
}

impl Begun {
    pub(super) fn new(topology: &str, seed: Seed) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            topology: topology.to_owned(),
            seed,
        }
    }
}

impl Checkpoint {
    pub(super) const fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.at)
    }
}

impl Changed {
    pub(super) const fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.at)
    }
}

impl Decoded {
    /// The changes behind the checkpoint, with their numbers, which count from 1.
    pub(super) fn changes(&self) -> impl Iterator<Item = (usize, &Changed)> {
        let before = self.changes_before();
        let changes = self.kept.iter().filter_map(|kept| match kept {
            Kept::Change(change) => Some(&**change),
            Kept::Failures(_) | Kept::Spent(_) => None,
        });
        let numbered = changes.enumerate();
        numbered.map(move |(at, change)| (before.saturating_add(at).saturating_add(1), change))
    }

    /// Changes that the checkpoint stands for.
    pub(super) fn changes_before(&self) -> usize {
        let checkpoint = self.checkpoint.as_ref();
        checkpoint.map_or(0, |(checkpoint, _)| checkpoint.changes)
    }
}

impl Record {
    /// The body of it.
    pub(super) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        let unwritable = |error: serde_json::Error| JournalError::Unwritable {
            why: error.to_string(),
        };
        let mut length = Length(0);
        serde_json::to_writer(&mut length, self).map_err(unwritable)?;
        // At once what is needed: a vector that grows leaves copies of passwords behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *octets, self).map_err(unwritable)?;
        Ok(octets)
    }

    /// The record of a body, which is the one of this number.
    pub(super) fn decode(number: usize, body: &[u8]) -> Result<Self, JournalError> {
        serde_json::from_slice(body).map_err(|error| JournalError::unreadable(number, &error))
    }
}

/// Counts octets.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(octets.len());
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the records say; nothing where there is not even the first.
///
/// A checkpoint is put in place whole, so one that is not is damage.
pub(super) fn decode(bodies: &[&[u8]]) -> Result<Option<Decoded>, JournalError> {
    let misplaced = |number| JournalError::Unreadable {
        number,
        why: "it is at the wrong place".to_owned(),
    };
    let mut records = bodies.iter().enumerate().map(|(number, body)| {
        let record = Record::decode(number, body)?;
        Ok::<_, JournalError>((number, record))
    });
    let begun = match records.next().transpose()? {
        None => return Ok(None),
        Some((_, Record::Begun(begun))) => begun,
        Some((number, _)) => return Err(misplaced(number)),
    };
    let mut decoded = Decoded {
        begun,
        checkpoint: None,
        kept: Vec::new(),
    };
    let mut missing = 0_usize;
    for record in records {
        match record? {
            (1, Record::Checkpoint(checkpoint)) => {
                missing = checkpoint.parts;
                decoded.checkpoint = Some((checkpoint, Vec::new()));
            }
            (number, Record::Part(part)) if missing > 0 => {
                missing = missing.saturating_sub(1);
                let (_, parts) = decoded
                    .checkpoint
                    .as_mut()
                    .ok_or_else(|| misplaced(number))?;
                parts.push(*part);
            }
            (_, Record::Change(change)) if missing == 0 => {
                decoded.kept.push(Kept::Change(change));
            }
            (_, Record::Failures(failures)) if missing == 0 => {
                decoded.kept.push(Kept::Failures(failures));
            }
            (_, Record::Spent(spent)) if missing == 0 => decoded.kept.push(Kept::Spent(spent)),
            (number, _) => return Err(misplaced(number)),
        }
    }
    if missing > 0 {
        return Err(JournalError::Cut { missing });
    }
    Ok(Some(decoded))
}

impl Serialize for Seed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Zeroizing::new(String::with_capacity(2 * SEED));
        for octet in self.octets() {
            // Writing to a string does not fail.
            let _ = write!(text, "{octet:02x}");
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let octets = from_hexadecimal(&text);
        let wrong = || serde::de::Error::custom("a seed is 64 hexadecimal digits");
        octets.map(Self::new).ok_or_else(wrong)
    }
}

fn from_hexadecimal(text: &str) -> Option<[u8; SEED]> {
    let mut octets = [0; SEED];
    let digits = text.as_bytes();
    if digits.len() != 2 * SEED || !text.is_ascii() {
        return None;
    }
    for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
        *octet = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(octets)
}
