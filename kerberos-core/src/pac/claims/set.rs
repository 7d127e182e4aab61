//! CLAIMS_SET: the claims themselves ([MS-ADTS] §2.2.18.1 to §2.2.18.7).

use super::super::ndr::{NdrReader, NdrWriter, Pointer};
use super::super::{PacBufferType, PacError, PacFault};

/// CLAIMS_SET ([MS-ADTS] §2.2.18.7).
///
/// Example: [`Claims`](super::Claims).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct ClaimsSet {
    /// The claims by source.
    pub arrays: Vec<ClaimsArray>,
    /// Zero.
    pub reserved_type: u16,
    /// Empty.
    pub reserved: Vec<u8>,
}

/// Claims of one source (CLAIMS_ARRAY, [MS-ADTS] §2.2.18.6).
///
/// Example: [`Claims`](super::Claims).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct ClaimsArray {
    /// Where they come from.
    pub source: ClaimsSource,
    /// The claims.
    pub claims: Vec<Claim>,
}

/// Where claims come from ([MS-ADTS] §2.2.18.3).
///
/// Example: [`Claims`](super::Claims).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimsSource(u16);

impl ClaimsSource {
    /// The directory.
    pub const DIRECTORY: Self = Self(1);
    /// A certificate.
    pub const CERTIFICATE: Self = Self(2);

    /// The source with this number, known or not.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// One claim (CLAIM_ENTRY, [MS-ADTS] §2.2.18.5).
///
/// Example: [`Claims`](super::Claims).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct Claim {
    /// What is claimed, such as `ad://ext/department:88d5dea8f1af5f19`.
    pub id: String,
    /// The values.
    pub values: ClaimValues,
}

/// Values of one claim.
///
/// Example: [`Claims`](super::Claims).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimValues {
    /// Signed numbers (1).
    Int64(Vec<i64>),
    /// Unsigned numbers (2).
    Uint64(Vec<u64>),
    /// Texts (3).
    Text(Vec<String>),
    /// Truth values (6): zero is false.
    Boolean(Vec<u64>),
}

impl ClaimValues {
    /// CLAIM_TYPE ([MS-ADTS] §2.2.18.2).
    const fn kind(&self) -> u16 {
        match self {
            Self::Int64(_) => INT64,
            Self::Uint64(_) => UINT64,
            Self::Text(_) => TEXT,
            Self::Boolean(_) => BOOLEAN,
        }
    }

    const fn len(&self) -> usize {
        match self {
            Self::Int64(values) => values.len(),
            Self::Uint64(values) | Self::Boolean(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }
}

impl ClaimsSet {
    /// Reads a serialized set.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let mut r = NdrReader::open(octets, PacBufferType::CLIENT_CLAIMS)?;
        let arrays = (r.u32()?, r.pointer()?);
        let reserved_type = r.u16()?;
        let reserved = (r.u32()?, r.pointer()?);
        let headers = r.array(arrays.1, arrays.0, ARRAY_LENGTH, |r| {
            Ok((ClaimsSource(r.u16()?), r.u32()?, r.pointer()?))
        })?;
        let mut arrays = Vec::with_capacity(headers.len());
        for (source, declared, present) in headers {
            let entries = r.array(present, declared, ENTRY_LENGTH, EntryHeader::read)?;
            let mut claims = Vec::with_capacity(entries.len());
            for entry in entries {
                claims.push(entry.claim(&mut r)?);
            }
            arrays.push(ClaimsArray { source, claims });
        }
        let reserved = r.octets(reserved.1, reserved.0)?.to_vec();
        r.finish()?;
        Ok(Self {
            arrays,
            reserved_type,
            reserved,
        })
    }

    /// Writes a serialized set.
    ///
    /// # Errors
    ///
    /// [`PacError::DoesNotFit`] for what [`ClaimsSet::decode`] would refuse.
    pub fn encode(&self) -> Result<Vec<u8>, PacError> {
        let mut w = NdrWriter::new(PacBufferType::CLIENT_CLAIMS);
        w.count("claims arrays", self.arrays.len())?;
        let arrays = w.pointer(!self.arrays.is_empty());
        w.u16(self.reserved_type);
        let reserved = w.octets_header("reserved field", &self.reserved)?;
        if w.pointee(&arrays) {
            w.count("claims arrays", self.arrays.len())?;
            let mut pointers = Vec::with_capacity(self.arrays.len());
            for array in &self.arrays {
                w.u16(array.source.number());
                w.count("claims", array.claims.len())?;
                pointers.push(w.pointer(!array.claims.is_empty()));
            }
            for (pointer, array) in pointers.iter().zip(&self.arrays) {
                if w.pointee(pointer) {
                    write_claims(&mut w, &array.claims)?;
                }
            }
        }
        w.octets_body(&reserved, &self.reserved);
        w.finish()
    }
}

/// A claim without what it points to.
struct EntryHeader {
    kind: u16,
    declared: u32,
    present: bool,
}

impl EntryHeader {
    fn read(r: &mut NdrReader<'_>) -> Result<Self, PacError> {
        if !r.pointer()? {
            return Err(r.fault(PacFault::NullPointer));
        }
        let (kind, arm) = (r.u16()?, r.u16()?);
        if kind != arm {
            return Err(r.fault(PacFault::CountsDiffer));
        }
        Ok(Self {
            kind,
            declared: r.u32()?,
            present: r.pointer()?,
        })
    }

    fn claim(self, r: &mut NdrReader<'_>) -> Result<Claim, PacError> {
        let id = r.terminated_text()?;
        let (present, declared) = (self.present, self.declared);
        let numbers = |r: &mut NdrReader<'_>| r.array(present, declared, 8, NdrReader::u64);
        let values = match self.kind {
            INT64 => {
                let numbers = numbers(r)?.into_iter();
                ClaimValues::Int64(numbers.map(u64::cast_signed).collect())
            }
            UINT64 => ClaimValues::Uint64(numbers(r)?),
            TEXT => {
                let pointers = r.array(present, declared, 4, NdrReader::pointer)?;
                let mut texts = Vec::with_capacity(pointers.len());
                for present in pointers {
                    if !present {
                        return Err(r.fault(PacFault::NullPointer));
                    }
                    texts.push(r.terminated_text()?);
                }
                ClaimValues::Text(texts)
            }
            BOOLEAN => ClaimValues::Boolean(numbers(r)?),
            found => {
                let found = found.into();
                return Err(r.fault(PacFault::UnknownDiscriminant { found }));
            }
        };
        Ok(Claim { id, values })
    }
}

fn write_claims(w: &mut NdrWriter, claims: &[Claim]) -> Result<(), PacError> {
    w.count("claims", claims.len())?;
    let mut pointers = Vec::with_capacity(claims.len());
    for claim in claims {
        let id = w.pointer(true);
        // The discriminant of the union repeats the type.
        w.u16(claim.values.kind());
        w.u16(claim.values.kind());
        w.count("values", claim.values.len())?;
        pointers.push((id, w.pointer(claim.values.len() != 0)));
    }
    for ((id, values), claim) in pointers.iter().zip(claims) {
        if w.pointee(id) {
            w.terminated_text("claim identifier", &claim.id)?;
        }
        write_values(w, values, &claim.values)?;
    }
    Ok(())
}

fn write_values(
    w: &mut NdrWriter,
    pointer: &Pointer,
    values: &ClaimValues,
) -> Result<(), PacError> {
    if !w.pointee(pointer) {
        return Ok(());
    }
    w.count("values", values.len())?;
    match values {
        ClaimValues::Int64(numbers) => {
            for number in numbers {
                w.u64(number.cast_unsigned());
            }
        }
        ClaimValues::Uint64(numbers) | ClaimValues::Boolean(numbers) => {
            for number in numbers {
                w.u64(*number);
            }
        }
        ClaimValues::Text(texts) => {
            let pointers: Vec<_> = texts.iter().map(|_| w.pointer(true)).collect();
            for (pointer, text) in pointers.iter().zip(texts) {
                if w.pointee(pointer) {
                    w.terminated_text("value", text)?;
                }
            }
        }
    }
    Ok(())
}

/// CLAIM_TYPE ([MS-ADTS] §2.2.18.2).
const INT64: u16 = 1;
const UINT64: u16 = 2;
const TEXT: u16 = 3;
const BOOLEAN: u16 = 6;

/// Bytes of CLAIMS_ARRAY and of CLAIM_ENTRY without what they point to.
const ARRAY_LENGTH: usize = 12;
const ENTRY_LENGTH: usize = 16;
