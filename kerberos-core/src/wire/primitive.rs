//! The primitive types of RFC 4120 §5.2: integers, strings, times, flags.

use crate::assigned::{
    AuthorizationDataType, ChecksumType, EncryptionType, ErrorCode, Kvno, PaDataType,
};
use crate::flags::{
    ApOptions, FastOptions, KdcOptions, PacOptions, ReqFlags, S4uOptions, TicketFlags,
};
use crate::name::{NameError, NameType, Realm};

use super::der::{Reader, Tagged, Writer, tagged};
use super::error::{DecodeError, DecodeFault};

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
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

impl<'a, const VALUE: u8> Tagged<'a> for Constant<VALUE> {
    const NAME: &'static str = "INTEGER";
    const TAG: u8 = INTEGER;

    #[inline(always)]
    fn decode_content(content: Reader<'a>, element: Reader<'a>) -> Result<Self, DecodeError> {
        if decode_integer(content, element)? == i64::from(VALUE) {
            Ok(Self)
        } else {
            Err(element.fault(DecodeFault::WrongConstant { expected: VALUE }))
        }
    }

    #[inline(always)]
    fn encode_content(&self, writer: &mut impl Writer) {
        encode_integer(writer, i64::from(VALUE));
    }
}

tagged!(['a, const VALUE: u8] 'a, Constant<VALUE>);

/// X.690 §8.3: two's complement in the fewest octets. Eight octets hold every type used here.
#[inline(always)]
fn decode_integer(content: Reader<'_>, element: Reader<'_>) -> Result<i64, DecodeError> {
    match content.remaining() {
        [single] => Ok(i64::from(single.cast_signed())),
        octets => decode_long_integer(octets).map_err(|fault| element.fault(fault)),
    }
}

#[inline]
fn decode_long_integer(octets: &[u8]) -> Result<i64, DecodeFault> {
    match octets {
        [] => return Err(DecodeFault::Truncated),
        [0, 0..0x80, ..] | [0xff, 0x80..=0xff, ..] => {
            return Err(DecodeFault::NotMinimal);
        }
        _ if octets.len() > 8 => return Err(DecodeFault::IntegerOutOfRange),
        _ => {}
    }
    let negative = octets.first().is_some_and(|first| *first >= 0x80);
    let sign = if negative { -1 } else { 0 };
    Ok(octets
        .iter()
        .fold(sign, |value, octet| (value << 8) | i64::from(*octet)))
}

#[inline(always)]
fn encode_integer(writer: &mut impl Writer, value: i64) {
    // What has the sign's value in front of the first bit that has not is left out, but for one.
    let magnitude = value ^ (value >> 63);
    let bits = i64::BITS - (magnitude | 1).leading_zeros();
    let count = usize::try_from(bits / 8 + 1).unwrap_or(8);
    writer.prepend_end(value.to_be_bytes(), count);
}

#[inline(always)]
fn decode_int32(content: Reader<'_>, element: Reader<'_>) -> Result<i32, DecodeError> {
    i32::try_from(decode_integer(content, element)?)
        .map_err(|_| element.fault(DecodeFault::IntegerOutOfRange))
}

/// UInt32, or a negative Int32 of the same 32 bits, as old peers send it (RFC 4120 §5.5.1).
#[inline(always)]
fn decode_uint32(content: Reader<'_>, element: Reader<'_>) -> Result<u32, DecodeError> {
    let value = decode_integer(content, element)?;
    u32::try_from(value)
        .or_else(|_| i32::try_from(value).map(i32::cast_unsigned))
        .map_err(|_| element.fault(DecodeFault::IntegerOutOfRange))
}

macro_rules! integers {
    ($($ty:ty: $name:literal, $decode:ident $new:expr, $encode:expr;)*) => { $(
        impl<'a> Tagged<'a> for $ty {
            const NAME: &'static str = $name;
            const TAG: u8 = INTEGER;

            #[inline(always)]
            fn decode_content(
                content: Reader<'a>,
                element: Reader<'a>,
            ) -> Result<Self, DecodeError> {
                $decode(content, element).map($new)
            }

            #[inline(always)]
            fn encode_content(&self, writer: &mut impl Writer) {
                let encode: fn(&Self) -> i64 = $encode;
                encode_integer(writer, encode(self));
            }
        }

        tagged!(['a] 'a, $ty);
    )* };
}

integers! {
    i32: "Int32", decode_int32 |v| v, |v| i64::from(*v);
    u32: "UInt32", decode_uint32 |v| v, |v| i64::from(*v);
    // RFC 4120 has UInt32; domain controllers write the 32 bits as a signed number.
    Kvno: "kvno", decode_uint32 |v| Self::new(v.cast_signed()), |v| i64::from(v.number());
    NameType: "name-type", decode_int32 Self::new, |v| i64::from(v.number());
    EncryptionType: "etype", decode_int32 Self::new, |v| i64::from(v.number());
    ChecksumType: "cksumtype", decode_int32 Self::new, |v| i64::from(v.number());
    ErrorCode: "error-code", decode_int32 Self::new, |v| i64::from(v.number());
    PaDataType: "padata-type", decode_int32 Self::new, |v| i64::from(v.number());
    AuthorizationDataType: "ad-type", decode_int32 Self::new, |v| i64::from(v.number());
    Microseconds: "Microseconds", decode_microseconds |v| v, |v| i64::from(v.0);
}

#[inline]
fn decode_microseconds(
    content: Reader<'_>,
    element: Reader<'_>,
) -> Result<Microseconds, DecodeError> {
    u32::try_from(decode_integer(content, element)?)
        .ok()
        .filter(|micros| *micros < Microseconds::LIMIT)
        .map(Microseconds)
        .ok_or_else(|| element.fault(DecodeFault::IntegerOutOfRange))
}

impl<'a> Tagged<'a> for bool {
    const NAME: &'static str = "BOOLEAN";
    const TAG: u8 = BOOLEAN;

    #[inline(always)]
    fn decode_content(content: Reader<'a>, element: Reader<'a>) -> Result<Self, DecodeError> {
        match content.remaining() {
            [0] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(element.fault(DecodeFault::BadBits)),
        }
    }

    #[inline(always)]
    fn encode_content(&self, writer: &mut impl Writer) {
        writer.prepend_array([if *self { 0xff } else { 0 }]);
    }
}

tagged!(['a] 'a, bool);

impl<'a> Tagged<'a> for &'a [u8] {
    const NAME: &'static str = "OCTET STRING";
    const TAG: u8 = OCTET_STRING;

    #[inline(always)]
    fn decode_content(content: Reader<'a>, _: Reader<'a>) -> Result<Self, DecodeError> {
        Ok(content.remaining())
    }

    #[inline(always)]
    fn encode_content(&self, writer: &mut impl Writer) {
        writer.prepend(self);
    }
}

tagged!(['a] 'a, &'a [u8]);

impl<'a> Tagged<'a> for KerberosString<'a> {
    const NAME: &'static str = "KerberosString";
    const TAG: u8 = GENERAL_STRING;

    #[inline(always)]
    fn decode_content(content: Reader<'a>, _: Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self(content.remaining()))
    }

    #[inline(always)]
    fn encode_content(&self, writer: &mut impl Writer) {
        writer.prepend(self.0);
    }
}

tagged!(['a] 'a, KerberosString<'a>);

/// KerberosFlags: shorter strings are filled with zeros, bits past 32 are dropped
/// (RFC 4120 §5.2.8); 32 are written.
#[inline]
fn decode_bits(octets: &[u8]) -> Option<u32> {
    if let [0, bits @ ..] = octets
        && let Ok(bits) = bits.try_into()
    {
        return Some(u32::from_be_bytes(bits));
    }
    let (unused, octets) = octets.split_first()?;
    let padding = 1_u8.checked_shl(u32::from(*unused))?.wrapping_sub(1);
    let last = octets.last().copied().unwrap_or(0);
    if last & padding != 0 || (octets.is_empty() && *unused != 0) {
        return None;
    }
    let mut bits = [0; 4];
    for (bit, octet) in bits.iter_mut().zip(octets) {
        *bit = *octet;
    }
    Some(u32::from_be_bytes(bits))
}

macro_rules! bit_strings {
    ($($ty:ty),*) => { $(
        impl<'a> Tagged<'a> for $ty {
            const NAME: &'static str = stringify!($ty);
            const TAG: u8 = BIT_STRING;

            #[inline(always)]
            fn decode_content(
                content: Reader<'a>,
                element: Reader<'a>,
            ) -> Result<Self, DecodeError> {
                decode_bits(content.remaining())
                    .map(Self::from_bits)
                    .ok_or_else(|| element.fault(DecodeFault::BadBits))
            }

            #[inline(always)]
            fn encode_content(&self, writer: &mut impl Writer) {
                let [a, b, c, d] = self.bits().to_be_bytes();
                writer.prepend_array([0, a, b, c, d]);
            }
        }

        tagged!(['a] 'a, $ty);
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
