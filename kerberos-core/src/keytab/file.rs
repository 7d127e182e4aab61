//! The keytab file: 05 02 is read and written, 05 01 is read.
//!
//! Entries are records behind their length; a negative length is the hole that a removed entry
//! left. A version that does not fit its single byte stands in four more at the end of a record.

use crate::assigned::{EncryptionType, Kvno};
use crate::crypto::StoredKey;
use crate::name::{MAX_COMPONENTS, NameError, NameType, Principal, Realm};
use crate::octets::{ByteOrder, Reader};
use crate::time::KerberosTime;

use super::{KeytabEntry, KeytabError};

/// Reads the entries, passing over holes.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<KeytabEntry>, KeytabError> {
    if bytes.len() > MAX_BYTES {
        return Err(KeytabError::TooLarge {
            limit: MAX_BYTES,
            found: bytes.len(),
        });
    }
    let version = match bytes {
        [FORMAT, version @ (OLD | CURRENT), ..] => *version,
        [FORMAT, version, ..] => return Err(KeytabError::UnknownVersion { version: *version }),
        [] | [FORMAT] => return Err(KeytabError::Truncated { position: 0 }),
        _ => return Err(KeytabError::NotAKeytab),
    };
    // The old version is in the writer's byte order, which has been this one for decades.
    let order = if version == OLD {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    };
    let mut reader = Reader::new(bytes, order);
    reader.take(2)?;
    let mut entries = Vec::new();
    while !reader.is_empty() {
        let length = reader.u32()?.cast_signed();
        let size = usize::try_from(length.unsigned_abs()).unwrap_or(usize::MAX);
        match length {
            // What a writer sets aside before it writes: nothing follows.
            0 => break,
            ..0 => {
                reader.take(size)?;
            }
            1.. => {
                if entries.len() == MAX_ENTRIES {
                    return Err(KeytabError::TooMany { limit: MAX_ENTRIES });
                }
                entries.push(record(reader.part(size)?, version)?);
            }
        }
    }
    Ok(entries)
}

fn record(mut reader: Reader<'_>, version: u8) -> Result<KeytabEntry, KeytabError> {
    // The old version counts the realm among the components.
    let count = usize::from(reader.u16()?).saturating_sub((version == OLD).into());
    let realm = Realm::from_bytes(reader.counted16()?);
    let realm = realm.map_err(|source| bad_name(&reader, source))?;
    let mut components = Vec::new();
    if count > MAX_COMPONENTS {
        let max = MAX_COMPONENTS;
        return Err(bad_name(&reader, NameError::TooManyComponents { max }));
    }
    for _ in 0..count {
        let component = str::from_utf8(reader.counted16()?);
        components.push(component.map_err(|_| bad_name(&reader, NameError::NotUtf8))?);
    }
    let name_type = if version == OLD {
        NameType::UNKNOWN
    } else {
        NameType::new(reader.u32()?.cast_signed())
    };
    let principal =
        Principal::new(name_type, components, realm).map_err(|source| bad_name(&reader, source))?;
    let timestamp = KerberosTime::from_seconds(reader.u32()?.into());
    let short_kvno = reader.u8()?;
    let etype = EncryptionType::new(reader.u16()?.cast_signed().into());
    let key = StoredKey::new(etype, reader.counted16()?);
    let kvno = match reader.remaining() {
        0..4 => 0,
        _ => reader.u32()?,
    };
    let kvno = Kvno::new(match kvno {
        0 => short_kvno.into(),
        long => long.cast_signed(),
    });
    Ok(KeytabEntry::new(principal, kvno, timestamp, key))
}

/// Writes entries of the current version, each with its version number in full.
pub(super) fn encode(entries: &[KeytabEntry]) -> Result<Vec<u8>, KeytabError> {
    if entries.len() > MAX_ENTRIES {
        return Err(KeytabError::TooMany { limit: MAX_ENTRIES });
    }
    let mut out = vec![FORMAT, CURRENT];
    for entry in entries {
        let record = encode_record(entry)?;
        let length =
            i32::try_from(record.len()).map_err(|_| KeytabError::DoesNotFit { field: "entry" })?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&record);
    }
    if out.len() > MAX_BYTES {
        return Err(KeytabError::TooLarge {
            limit: MAX_BYTES,
            found: out.len(),
        });
    }
    Ok(out)
}

fn encode_record(entry: &KeytabEntry) -> Result<Vec<u8>, KeytabError> {
    let principal = entry.principal();
    let mut out = Vec::new();
    put_length(&mut out, "name", principal.components().len())?;
    put_data(&mut out, "realm", principal.realm().as_str().as_bytes())?;
    for component in principal.components() {
        put_data(&mut out, "name", component.as_bytes())?;
    }
    out.extend_from_slice(&principal.name_type().number().to_be_bytes());
    let seconds = u32::try_from(entry.timestamp().seconds().max(0)).unwrap_or(u32::MAX);
    out.extend_from_slice(&seconds.to_be_bytes());
    let kvno = entry.kvno().number().to_be_bytes();
    let [.., short_kvno] = kvno;
    out.push(short_kvno);
    let key = entry.key();
    let etype = i16::try_from(key.etype().number())
        .map_err(|_| KeytabError::DoesNotFit { field: "etype" })?;
    out.extend_from_slice(&etype.to_be_bytes());
    put_data(&mut out, "key", key.expose_material())?;
    out.extend_from_slice(&kvno);
    Ok(out)
}

fn put_data(out: &mut Vec<u8>, field: &'static str, data: &[u8]) -> Result<(), KeytabError> {
    put_length(out, field, data.len())?;
    out.extend_from_slice(data);
    Ok(())
}

fn put_length(out: &mut Vec<u8>, field: &'static str, length: usize) -> Result<(), KeytabError> {
    let length = u16::try_from(length).map_err(|_| KeytabError::DoesNotFit { field })?;
    out.extend_from_slice(&length.to_be_bytes());
    Ok(())
}

const fn bad_name(reader: &Reader<'_>, source: NameError) -> KeytabError {
    KeytabError::BadName {
        position: reader.position(),
        source,
    }
}

/// First byte of every version.
const FORMAT: u8 = 5;

/// The version of MIT Kerberos before 1.0: native byte order, no name types.
const OLD: u8 = 1;

/// The version of everybody since.
const CURRENT: u8 = 2;

/// Bytes in one file. An entry takes about 100; a large web farm has a few thousand.
const MAX_BYTES: usize = 16 << 20;

/// Entries in one file, by the same measure.
const MAX_ENTRIES: usize = 100_000;
