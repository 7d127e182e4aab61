//! What messages carry and Kerberos does not look into.

use super::der::{CONTEXT, Der, Field, Reader, SEQUENCE, Tagged, Writer, tagged};
use super::error::{DecodeError, DecodeFault};

const BIT_STRING: u8 = 0x03;

/// The bit that tells an explicit context tag, which is constructed, from that of an OCTET STRING
/// under an implicit one.
const CONSTRUCTED: u8 = 0x20;

/// A SEQUENCE of another specification as its octets, identifier and length included: an
/// AlgorithmIdentifier or SubjectPublicKeyInfo of X.509, say. Its content is not looked at.
///
/// ```
/// use kerberos_core::wire::ForeignSequence;
///
/// // AlgorithmIdentifier of SHA-1.
/// let octets = [0x30, 7, 6, 5, 0x2b, 14, 3, 2, 26];
/// assert_eq!(ForeignSequence::decode(&octets)?.octets(), octets);
/// assert!(ForeignSequence::decode(&octets[2..]).is_err());
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ForeignSequence<'a>(&'a [u8]);

impl<'a> ForeignSequence<'a> {
    /// The SEQUENCE that `octets` are.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when they are another element, or more or less than one.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        super::decode(octets)
    }

    /// The octets.
    pub const fn octets(&self) -> &'a [u8] {
        self.0
    }
}

impl std::fmt::Debug for ForeignSequence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SEQUENCE of {} octets", self.0.len())
    }
}

impl<'a> Der<'a> for ForeignSequence<'a> {
    const NAME: &'static str = "SEQUENCE";

    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let before = *reader;
        reader.element(SEQUENCE)?;
        Ok(Self(reader.since(before)))
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        writer.prepend(self.0);
    }
}

/// A BIT STRING of whole octets.
///
/// ```
/// use kerberos_core::wire::{BitString, decode, encode};
///
/// let value = BitString(&[0x5a]);
/// assert_eq!(encode(&value), [3, 2, 0, 0x5a]);
/// // Four bits that count for nothing: not whole octets.
/// assert!(decode::<BitString<'_>>(&[3, 2, 4, 0x50]).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BitString<'a>(pub &'a [u8]);

impl<'a> Tagged<'a> for BitString<'a> {
    const NAME: &'static str = "BIT STRING";
    const TAG: u8 = BIT_STRING;

    fn decode_content(content: Reader<'a>, element: Reader<'a>) -> Result<Self, DecodeError> {
        match content.remaining() {
            [0, octets @ ..] => Ok(Self(octets)),
            _ => Err(element.fault(DecodeFault::BadBits)),
        }
    }

    fn encode_content(&self, writer: &mut impl Writer) {
        writer.prepend(self.0);
        writer.prepend_array([0]);
    }
}

tagged!(['a] 'a, BitString<'a>);

/// An OCTET STRING under an implicit tag, as PKINIT has it around structures of CMS.
///
/// Example: [`PaPkAsReq`](super::PaPkAsReq).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImplicitOctets<'a>(pub &'a [u8]);

impl<'a> Field<'a> for ImplicitOctets<'a> {
    fn decode_field(reader: &mut Reader<'a>, tag: u8) -> Result<Self, DecodeError> {
        let content = reader.element(tag & !CONSTRUCTED)?;
        Ok(Self(content.remaining()))
    }

    fn encode_field(&self, tag: u8, writer: &mut impl Writer) {
        writer.element(tag & !CONSTRUCTED, |w| w.prepend(self.0));
    }
}

impl<'a> Field<'a> for Option<ImplicitOctets<'a>> {
    fn decode_field(reader: &mut Reader<'a>, tag: u8) -> Result<Self, DecodeError> {
        if reader.next_is(tag & !CONSTRUCTED) {
            ImplicitOctets::decode_field(reader, tag).map(Some)
        } else {
            Ok(None)
        }
    }

    fn encode_field(&self, tag: u8, writer: &mut impl Writer) {
        if let Some(octets) = self {
            octets.encode_field(tag, writer);
        }
    }
}

/// Tag 1 of a CHOICE, implicit over an OCTET STRING.
pub(super) const IMPLICIT_ONE: u8 = (CONTEXT & !CONSTRUCTED) | 1;
