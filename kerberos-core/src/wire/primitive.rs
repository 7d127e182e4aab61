//! The primitive types of RFC 4120 §5.2: integers, strings, times, flags.

use crate::assigned::{
    AuthorizationDataType, ChecksumType, EncryptionType, ErrorCode, Kvno, PaDataType,
};
use crate::flags::{
    ApOptions, FastOptions, KdcOptions, PacOptions, ReqFlags, S4uOptions, TicketFlags,
};
use crate::name::{NameError, NameType, Realm};
use crate::time::{Civil, KerberosTime};

use super::der::{Der, Reader, Writer};
use super::error::{DecodeError, DecodeFault};

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const GENERALIZED_TIME: u8 = 0x18;
const GENERAL_STRING: u8 = 0x1b;

/// A KerberosString or Realm: bytes of a GeneralString, UTF-8 in practice (RFC 4120 §5.2.1).
///
/// ```
/// use kerberos_core::name::Realm;
/// use kerberos_core::wire::{KerberosString, encode};
///
/// let realm = Realm::new("R")?;
/// let text = KerberosString::from(&realm);
/// assert_eq!(encode(&text), [0x1b, 1, b'R']);
/// assert_eq!(text.to_realm()?, realm);
/// # Ok::<(), kerberos_core::name::NameError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a view over bytes")]
pub struct KerberosString<'a>(pub &'a [u8]);

impl KerberosString<'_> {
    /// The realm of this name.
    ///
    /// # Errors
    ///
    /// [`NameError`] when the bytes are no realm name.
    pub fn to_realm(self) -> Result<Realm, NameError> {
        Realm::from_bytes(self.0)
    }
}

impl<'a> From<&'a Realm> for KerberosString<'a> {
    fn from(realm: &'a Realm) -> Self {
        Self(realm.as_str().as_bytes())
    }
}

impl<'a> From<&'a str> for KerberosString<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl std::fmt::Debug for KerberosString<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.0))
    }
}

/// Microseconds of a second: 0 to 999999 (RFC 4120 §5.2.4).
///
/// ```
/// use kerberos_core::wire::{Microseconds, decode, encode};
///
/// assert_eq!(encode(&Microseconds::new(250)), [2, 2, 0, 250]);
/// // A whole second does not fit.
/// assert!(decode::<Microseconds>(&[2, 3, 0x0f, 0x42, 0x40]).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Microseconds(u32);

impl Microseconds {
    const LIMIT: u32 = 1_000_000;

    /// These microseconds, modulo one second.
    pub const fn new(micros: u32) -> Self {
        Self(micros % Self::LIMIT)
    }

    /// 0 to 999999.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// An INTEGER that the protocol fixes, such as pvno 5.
///
/// ```
/// use kerberos_core::wire::{Constant, decode, encode};
///
/// assert_eq!(encode(&Constant::<5>), [2, 1, 5]);
/// assert!(decode::<Constant<5>>(&[2, 1, 4]).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "the value is in the type")]
pub struct Constant<const VALUE: u8>;

impl<const VALUE: u8> Der<'_> for Constant<VALUE> {
    const NAME: &'static str = "INTEGER";

    #[inline(always)]
    fn decode_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let here = *reader;
        if decode_integer(reader)? == i64::from(VALUE) {
            Ok(Self)
        } else {
            Err(here.fault(DecodeFault::WrongConstant { expected: VALUE }))
        }
    }

    fn encode_to(&self, writer: &mut Writer) {
        encode_integer(writer, i64::from(VALUE));
    }
}

/// X.690 §8.3: two's complement in the fewest octets. Nine octets hold every type used here.
#[inline(always)]
fn decode_integer(reader: &mut Reader<'_>) -> Result<i64, DecodeError> {
    let here = *reader;
    let octets = reader.element(INTEGER)?.remaining();
    match octets {
        [single] => return Ok(i64::from(single.cast_signed())),
        [] => return Err(here.fault(DecodeFault::Truncated)),
        [0, 0..0x80, ..] | [0xff, 0x80..=0xff, ..] => {
            return Err(here.fault(DecodeFault::NotMinimal));
        }
        _ if octets.len() > 8 => return Err(here.fault(DecodeFault::IntegerOutOfRange)),
        _ => {}
    }
    let negative = octets.first().is_some_and(|first| *first >= 0x80);
    let sign = if negative { -1 } else { 0 };
    Ok(octets
        .iter()
        .fold(sign, |value, octet| (value << 8) | i64::from(*octet)))
}

fn encode_integer(writer: &mut Writer, value: i64) {
    let octets = value.to_be_bytes();
    let mut significant = octets.as_slice();
    while let [first, rest @ ..] = significant {
        let redundant = match (first, rest.first()) {
            (0, Some(next)) => *next < 0x80,
            (0xff, Some(next)) => *next >= 0x80,
            _ => false,
        };
        if !redundant {
            break;
        }
        significant = rest;
    }
    writer.element(INTEGER, |w| w.prepend(significant));
}

#[inline(always)]
fn decode_int32(reader: &mut Reader<'_>) -> Result<i32, DecodeError> {
    let here = *reader;
    i32::try_from(decode_integer(reader)?).map_err(|_| here.fault(DecodeFault::IntegerOutOfRange))
}

/// UInt32, or a negative Int32 of the same 32 bits, as old peers send it (RFC 4120 §5.2.4).
#[inline(always)]
fn decode_uint32(reader: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let here = *reader;
    let value = decode_integer(reader)?;
    u32::try_from(value)
        .or_else(|_| i32::try_from(value).map(i32::cast_unsigned))
        .map_err(|_| here.fault(DecodeFault::IntegerOutOfRange))
}

macro_rules! integers {
    ($($ty:ty: $name:literal, $decode:expr, $encode:expr;)*) => { $(
        impl Der<'_> for $ty {
            const NAME: &'static str = $name;

            #[inline(always)]
            fn decode_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let decode: fn(&mut Reader<'_>) -> Result<Self, DecodeError> = $decode;
                decode(reader)
            }

            fn encode_to(&self, writer: &mut Writer) {
                let encode: fn(&Self) -> i64 = $encode;
                encode_integer(writer, encode(self));
            }
        }
    )* };
}

integers! {
    i32: "Int32", decode_int32, |v| i64::from(*v);
    u32: "UInt32", decode_uint32, |v| i64::from(*v);
    // RFC 4120 has UInt32; domain controllers write the 32 bits as a signed number.
    Kvno: "kvno", |r| decode_uint32(r).map(|v| Self::new(v.cast_signed())), |v| i64::from(v.number());
    NameType: "name-type", |r| decode_int32(r).map(Self::new), |v| i64::from(v.number());
    EncryptionType: "etype", |r| decode_int32(r).map(Self::new), |v| i64::from(v.number());
    ChecksumType: "cksumtype", |r| decode_int32(r).map(Self::new), |v| i64::from(v.number());
    ErrorCode: "error-code", |r| decode_int32(r).map(Self::new), |v| i64::from(v.number());
    PaDataType: "padata-type", |r| decode_int32(r).map(Self::new), |v| i64::from(v.number());
    AuthorizationDataType: "ad-type", |r| decode_int32(r).map(Self::new), |v| i64::from(v.number());
    Microseconds: "Microseconds", decode_microseconds, |v| i64::from(v.0);
}

fn decode_microseconds(reader: &mut Reader<'_>) -> Result<Microseconds, DecodeError> {
    let here = *reader;
    u32::try_from(decode_integer(reader)?)
        .ok()
        .filter(|micros| *micros < Microseconds::LIMIT)
        .map(Microseconds)
        .ok_or_else(|| here.fault(DecodeFault::IntegerOutOfRange))
}

impl Der<'_> for bool {
    const NAME: &'static str = "BOOLEAN";

    #[inline(always)]
    fn decode_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let here = *reader;
        match reader.element(BOOLEAN)?.remaining() {
            [0] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(here.fault(DecodeFault::BadBits)),
        }
    }

    fn encode_to(&self, writer: &mut Writer) {
        writer.element(BOOLEAN, |w| w.prepend(&[if *self { 0xff } else { 0 }]));
    }
}

impl<'a> Der<'a> for &'a [u8] {
    const NAME: &'static str = "OCTET STRING";

    #[inline(always)]
    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(reader.element(OCTET_STRING)?.remaining())
    }

    fn encode_to(&self, writer: &mut Writer) {
        writer.element(OCTET_STRING, |w| w.prepend(self));
    }
}

impl<'a> Der<'a> for KerberosString<'a> {
    const NAME: &'static str = "KerberosString";

    #[inline(always)]
    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self(reader.element(GENERAL_STRING)?.remaining()))
    }

    fn encode_to(&self, writer: &mut Writer) {
        writer.element(GENERAL_STRING, |w| w.prepend(self.0));
    }
}

impl Der<'_> for KerberosTime {
    const NAME: &'static str = "KerberosTime";

    #[inline(always)]
    fn decode_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let here = *reader;
        parse_time(reader.element(GENERALIZED_TIME)?.remaining())
            .ok_or_else(|| here.fault(DecodeFault::BadTime))
    }

    fn encode_to(&self, writer: &mut Writer) {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.civil();
        let century = u8::try_from(year / 100).unwrap_or(0);
        let year = u8::try_from(year % 100).unwrap_or(0);
        let mut text = *b"00000000000000Z";
        let pairs = [century, year, month, day, hour, minute, second];
        for (digits, value) in text.chunks_exact_mut(2).zip(pairs) {
            digits.copy_from_slice(&[b'0' + value / 10, b'0' + value % 10]);
        }
        writer.element(GENERALIZED_TIME, |w| w.prepend(&text));
    }
}

/// RFC 4120 §5.2.3: `YYYYMMDDHHMMSSZ`, no fraction, no other zone.
fn parse_time(text: &[u8]) -> Option<KerberosTime> {
    let digits: &[u8; 14] = text.strip_suffix(b"Z")?.try_into().ok()?;
    let mut pairs = [0_u8; 7];
    for (value, pair) in pairs.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
            *value = *value * 10 + digit;
        }
    }
    let [century, year, month, day, hour, minute, second] = pairs;
    let year = u16::from(century) * 100 + u16::from(year);
    Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
    }
    .to_time()
}

/// KerberosFlags: shorter strings are filled with zeros, bits past 32 are dropped
/// (RFC 4120 §5.2.8); 32 are written.
fn decode_bits(reader: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let here = *reader;
    let fault = here.fault(DecodeFault::BadBits);
    let (unused, octets) = reader
        .element(BIT_STRING)?
        .remaining()
        .split_first()
        .ok_or(fault)?;
    let padding = 1_u8
        .checked_shl(u32::from(*unused))
        .ok_or(fault)?
        .wrapping_sub(1);
    let last = octets.last().copied().unwrap_or(0);
    if last & padding != 0 || (octets.is_empty() && *unused != 0) {
        return Err(fault);
    }
    let mut bits = [0; 4];
    for (bit, octet) in bits.iter_mut().zip(octets) {
        *bit = *octet;
    }
    Ok(u32::from_be_bytes(bits))
}

macro_rules! bit_strings {
    ($($ty:ty),*) => { $(
        impl Der<'_> for $ty {
            const NAME: &'static str = stringify!($ty);

            #[inline(always)]
            fn decode_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                decode_bits(reader).map(Self::from_bits)
            }

            fn encode_to(&self, writer: &mut Writer) {
                writer.element(BIT_STRING, |w| {
                    w.prepend(&self.bits().to_be_bytes());
                    w.prepend(&[0]);
                });
            }
        }
    )* };
}

bit_strings!(
    KdcOptions,
    TicketFlags,
    ApOptions,
    PacOptions,
    FastOptions,
    S4uOptions,
    ReqFlags
);
