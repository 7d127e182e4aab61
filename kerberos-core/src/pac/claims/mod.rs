//! Claims about a client or its device ([MS-PAC] §2.11, §2.13; [MS-ADTS] §2.2.18).

mod lz77_huffman;
mod set;

use std::fmt;

use super::ndr::{NdrReader, NdrWriter};
use super::{MAX_PAC, PacBufferType, PacError, PacFault};

pub use set::{Claim, ClaimValues, ClaimsArray, ClaimsSet, ClaimsSource};

/// Most bytes of claims after decompression: four times the largest PAC.
pub const MAX_CLAIMS: usize = 4 * MAX_PAC;

/// How claims are compressed ([MS-ADTS] §2.2.18.4).
///
/// Example: [`Claims`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CompressionFormat(u16);

impl CompressionFormat {
    /// Not at all.
    pub const NONE: Self = Self(0);
    /// LZNT1.
    pub const LZNT1: Self = Self(2);
    /// XPRESS.
    pub const XPRESS: Self = Self(3);
    /// XPRESS with Huffman coding: what Windows uses for more than a few hundred bytes.
    pub const XPRESS_HUFF: Self = Self(4);

    /// The format with this number, known or not.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for CompressionFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("none (0)"),
            Self::LZNT1 => f.write_str("LZNT1 (2)"),
            Self::XPRESS => f.write_str("XPRESS (3)"),
            Self::XPRESS_HUFF => f.write_str("XPRESS Huffman (4)"),
            Self(number) => write!(f, "compression format {number}"),
        }
    }
}

impl fmt::Debug for CompressionFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// CLAIMS_SET_METADATA ([MS-ADTS] §2.2.18.8): serialized claims, perhaps compressed.
///
/// Compressed claims are kept as they are, so that they can be passed on.
///
/// ```
/// use kerberos_core::pac::{
///     Claim, ClaimValues, Claims, ClaimsArray, ClaimsSet, ClaimsSource, PacBufferType,
/// };
///
/// let set = ClaimsSet {
///     arrays: vec![ClaimsArray {
///         source: ClaimsSource::DIRECTORY,
///         claims: vec![Claim {
///             id: "ad://ext/department".into(),
///             values: ClaimValues::Text(vec!["Sales".into()]),
///         }],
///     }],
///     ..ClaimsSet::default()
/// };
/// let octets = Claims::of(&set)?.encode()?;
/// let read = Claims::decode(&octets, PacBufferType::CLIENT_CLAIMS)?;
/// assert_eq!(read.set()?, set);
/// # Ok::<(), kerberos_core::pac::PacError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct Claims {
    /// How `octets` are compressed.
    pub compression: CompressionFormat,
    /// Bytes before compression.
    pub uncompressed_size: u32,
    /// A serialized CLAIMS_SET, compressed or not.
    pub octets: Vec<u8>,
    /// Zero.
    pub reserved_type: u16,
    /// Empty.
    pub reserved: Vec<u8>,
}

impl Claims {
    /// These claims, uncompressed.
    ///
    /// # Errors
    ///
    /// [`PacError::DoesNotFit`] for a set that [`Claims::set`] would refuse.
    pub fn of(set: &ClaimsSet) -> Result<Self, PacError> {
        let octets = set.encode()?;
        let uncompressed_size = u32::try_from(octets.len()).map_err(|_| PacError::DoesNotFit {
            buffer: PacBufferType::CLIENT_CLAIMS,
            field: "claims",
        })?;
        Ok(Self {
            compression: CompressionFormat::NONE,
            uncompressed_size,
            octets,
            reserved_type: 0,
            reserved: Vec::new(),
        })
    }

    /// The claims, decompressed if they must be.
    ///
    /// # Errors
    ///
    /// [`PacError::Compressed`] in another format than [`CompressionFormat::XPRESS_HUFF`];
    /// [`PacError::Malformed`] with the offset in `octets`, or in what they decompress to, and when
    /// that is longer than [`MAX_CLAIMS`].
    ///
    /// [MS-ADTS] §2.2.18.8
    pub fn set(&self) -> Result<ClaimsSet, PacError> {
        match self.compression {
            CompressionFormat::NONE => ClaimsSet::decode(&self.octets),
            CompressionFormat::XPRESS_HUFF => {
                let malformed =
                    |(at, fault)| PacError::malformed(PacBufferType::CLIENT_CLAIMS, at, fault);
                let size = usize::try_from(self.uncompressed_size).unwrap_or(usize::MAX);
                if size > MAX_CLAIMS {
                    let limit = MAX_CLAIMS;
                    return Err(malformed((0, PacFault::TooLarge { limit })));
                }
                let set = lz77_huffman::decompress(&self.octets, size).map_err(malformed)?;
                ClaimsSet::decode(&set)
            }
            format => Err(PacError::Compressed { format }),
        }
    }

    /// Reads the whole of a buffer of claims, which `buffer` names in errors.
    ///
    /// # Errors
    ///
    /// [`PacError::Malformed`].
    pub fn decode(octets: &[u8], buffer: PacBufferType) -> Result<Self, PacError> {
        let mut r = NdrReader::open(octets, buffer)?;
        let octets = (r.u32()?, r.pointer()?);
        let compression = CompressionFormat(r.u16()?);
        let uncompressed_size = r.u32()?;
        let reserved_type = r.u16()?;
        let reserved = (r.u32()?, r.pointer()?);
        let claims = Self {
            compression,
            uncompressed_size,
            octets: r.octets(octets.1, octets.0)?.to_vec(),
            reserved_type,
            reserved: r.octets(reserved.1, reserved.0)?.to_vec(),
        };
        r.finish()?;
        Ok(claims)
    }

    /// Writes a buffer of claims.
    ///
    /// # Errors
    ///
    /// [`PacError::DoesNotFit`] past 2^32 bytes.
    pub fn encode(&self) -> Result<Vec<u8>, PacError> {
        let mut w = NdrWriter::new(PacBufferType::CLIENT_CLAIMS);
        let octets = w.octets_header("claims", &self.octets)?;
        w.u16(self.compression.number());
        w.u32(self.uncompressed_size);
        w.u16(self.reserved_type);
        let reserved = w.octets_header("reserved field", &self.reserved)?;
        w.octets_body(&octets, &self.octets);
        w.octets_body(&reserved, &self.reserved);
        w.finish()
    }
}
