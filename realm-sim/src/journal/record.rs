//! What the records of a journal say, as JSON.

use std::fmt::Write;

use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::JournalError;
use super::seed::{SEED, Seed};
use crate::admin::Change;

/// Octets that hold nearly every change.
const USUAL_BODY: usize = 4096;

/// A record.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Record {
    /// The first one.
    Begun(Begun),
    /// Every other one.
    Change(Box<Changed>),
}

/// What the realms were in the beginning.
#[derive(Deserialize, Serialize)]
pub(super) struct Begun {
    /// The version of the program.
    pub(super) program: String,
    /// The topology file's text.
    pub(super) topology: String,
    /// What all random bytes in them come from.
    pub(super) seed: Seed,
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

impl Begun {
    pub(super) fn new(topology: &str, seed: Seed) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            topology: topology.to_owned(),
            seed,
        }
    }
}

impl Changed {
    pub(super) const fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.at)
    }
}

impl Record {
    /// The body of it.
    pub(super) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        let room = match self {
            Self::Begun(begun) => begun.topology.len().saturating_mul(2),
            Self::Change(_) => 0,
        };
        // A vector that grows leaves copies of passwords behind.
        let room = room.saturating_add(USUAL_BODY);
        let mut octets = Zeroizing::new(Vec::with_capacity(room));
        let written = serde_json::to_writer(&mut *octets, self);
        written.map_err(|error| JournalError::unreadable(0, &error))?;
        Ok(octets)
    }
}

/// The first record and all others.
pub(super) fn decode(bodies: &[&[u8]]) -> Result<Option<(Begun, Vec<Changed>)>, JournalError> {
    let mut records = bodies.iter().enumerate().map(|(number, body)| {
        let record = serde_json::from_slice(body);
        let record: Record = record.map_err(|error| JournalError::unreadable(number, &error))?;
        Ok::<_, JournalError>((number, record))
    });
    let misplaced = |number| {
        let why = "it is at the wrong place".to_owned();
        JournalError::Unreadable { number, why }
    };
    let begun = match records.next().transpose()? {
        None => return Ok(None),
        Some((_, Record::Begun(begun))) => begun,
        Some((number, Record::Change(_))) => return Err(misplaced(number)),
    };
    let changes = records.map(|record| match record? {
        (_, Record::Change(change)) => Ok(*change),
        (number, Record::Begun(_)) => Err(misplaced(number)),
    });
    let changes = changes.collect::<Result<_, JournalError>>()?;
    Ok(Some((begun, changes)))
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
