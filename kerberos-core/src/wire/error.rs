//! What is wrong with bytes that are no message.

use std::fmt;

use super::der::{MAX_ELEMENTS, MAX_MESSAGE};

/// Bytes that are not the DER encoding of the type asked for.
///
/// Names the innermost type and field that failed and the offset in the whole input.
///
/// ```
/// use kerberos_core::wire::{DecodeFault, EncryptedData, decode};
///
/// // kvno [1] holds an OCTET STRING where an INTEGER belongs.
/// let octets = [
///     0x30, 0x10, 0xa0, 3, 2, 1, 18, 0xa1, 3, 4, 1, 0xff, 0xa2, 4, 4, 2, 1, 2,
/// ];
/// let error = decode::<EncryptedData<'_>>(&octets).unwrap_err();
/// assert_eq!((error.type_name(), error.field()), ("EncryptedData", Some("kvno")));
/// assert_eq!(error.at(), 9);
/// assert_eq!(error.fault(), DecodeFault::UnexpectedTag { expected: 2, found: 4 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    place: Option<&'static Place>,
    /// An address while decoding goes on, then an offset.
    at: usize,
    fault: DecodeFault,
}

/// A type, or a field of it. One word in an error keeps the way of a good value short.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) type_name: &'static str,
    pub(crate) field: Option<&'static str>,
}

/// The rule that the bytes break (X.690, RFC 4120 §5.2, or a limit of this crate).
///
/// Example: [`DecodeError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeFault {
    /// A BIT STRING or BOOLEAN that DER does not allow.
    #[error("not a DER bit string or boolean")]
    BadBits,
    /// Text that is not UTF-8.
    #[error("not text")]
    BadText,
    /// A time that is not `YYYYMMDDHHMMSSZ` or does not exist.
    #[error("not a KerberosTime")]
    BadTime,
    /// A length in the indefinite form.
    #[error("indefinite length")]
    IndefiniteLength,
    /// An INTEGER outside the type's range.
    #[error("integer out of range")]
    IntegerOutOfRange,
    /// A length or INTEGER with needless octets.
    #[error("not the shortest encoding")]
    NotMinimal,
    /// More nesting than any Kerberos message has.
    #[error("nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: u8,
    },
    /// More bytes than this decoder takes.
    #[error("longer than {MAX_MESSAGE} bytes")]
    TooLarge,
    /// A list with more elements than this decoder takes.
    #[error("more than {MAX_ELEMENTS} elements")]
    TooMany,
    /// Bytes after the end of the value.
    #[error("trailing bytes")]
    TrailingBytes,
    /// An element longer than what surrounds it.
    #[error("truncated")]
    Truncated,
    /// Another type than expected.
    #[error("expected tag {expected:#04x}, found {found:#04x}")]
    UnexpectedTag {
        /// The identifier octet that the type has.
        expected: u8,
        /// The identifier octet that is there.
        found: u8,
    },
    /// A version or message type that must have one value has another.
    #[error("expected the value {expected}")]
    WrongConstant {
        /// The only value allowed.
        expected: u8,
    },
}

impl DecodeError {
    pub(crate) const fn new(at: usize, fault: DecodeFault) -> Self {
        Self {
            place: None,
            at,
            fault,
        }
    }

    /// Names the type or field, unless something further in has done so.
    #[cold]
    pub(crate) const fn within(mut self, place: &'static Place) -> Self {
        if self.place.is_none() {
            self.place = Some(place);
        }
        self
    }

    /// As [`DecodeError::within`], if there is something to name.
    #[cold]
    pub(crate) const fn within_any(self, place: Option<&'static Place>) -> Self {
        match place {
            Some(place) => self.within(place),
            None => self,
        }
    }

    /// The error with its place counted from the start of `input`.
    pub(crate) fn relative_to(self, input: &[u8]) -> Self {
        Self {
            at: self.at.saturating_sub(input.as_ptr().addr()),
            ..self
        }
    }

    /// The ASN.1 type that could not be decoded.
    pub const fn type_name(&self) -> &'static str {
        match self.place {
            Some(place) => place.type_name,
            None => "",
        }
    }

    /// The field of that type, when the fault lies in one.
    pub const fn field(&self) -> Option<&'static str> {
        match self.place {
            Some(place) => place.field,
            None => None,
        }
    }

    /// Offset of the fault in the input, in bytes.
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The rule that is broken.
    pub const fn fault(&self) -> DecodeFault {
        self.fault
    }
}

impl std::error::Error for DecodeError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())?;
        if let Some(field) = self.field() {
            write!(f, ".{field}")?;
        }
        write!(f, ": {} at byte {}", self.fault, self.at)
    }
}
