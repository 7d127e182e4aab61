//! The DER reader and writer: borrowed and total on the way in, one buffer filled from its end
//! on the way out.
//!
//! Strict: definite lengths in the shortest form, shortest integers, nothing after the end.

use zeroize::Zeroize;

use super::error::{DecodeError, DecodeFault};

/// Longest input in bytes that [`decode`](super::decode) looks at. A ticket with the largest
/// authorization data that a domain controller issues stays below 64 KiB; MIT's client takes
/// replies up to this size.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Most elements of one list. The longest real list, of encryption types, has about 20.
pub const MAX_ELEMENTS: usize = 1024;

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const APPLICATION: u8 = 0x60;
pub(crate) const CONTEXT: u8 = 0xa0;

/// The first octet of a context tag number over 30, which no type here has.
const LONG_CONTEXT: u8 = 0xbf;

/// A value with a DER encoding.
///
/// Only this crate can read from a [`Reader`] or write to a [`Writer`], so only its types
/// implement this.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::wire::{Der, List, decode, encode};
///
/// /// Whether the octets are what this crate would send.
/// fn is_canonical<'a, T: Der<'a>>(octets: &'a [u8]) -> bool {
///     decode::<T>(octets).is_ok_and(|value| encode(&value) == octets)
/// }
///
/// let etypes = encode(&List::of(&[EncryptionType::new(18), EncryptionType::new(17)]));
/// assert_eq!(etypes, [0x30, 6, 2, 1, 18, 2, 1, 17]);
/// assert!(is_canonical::<List<'_, EncryptionType>>(&etypes));
/// assert_eq!(List::<EncryptionType>::NAME, "SEQUENCE OF");
/// ```
pub trait Der<'a>: Sized {
    /// The ASN.1 name of the type, for errors.
    const NAME: &'static str;

    /// Reads one element with its identifier and length.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the bytes at the reader are no such element.
    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError>;

    /// Writes the element in front of what is already written.
    fn encode_to(&self, writer: &mut Writer);
}

/// A field of a SEQUENCE under its explicit context tag; `Option` makes it OPTIONAL.
pub(crate) trait Field<'a>: Sized {
    fn decode_field(reader: &mut Reader<'a>, tag: u8) -> Result<Self, DecodeError>;
    fn encode_field(&self, tag: u8, writer: &mut Writer);
}

impl<'a, T: Der<'a>> Field<'a> for T {
    #[inline(always)]
    fn decode_field(reader: &mut Reader<'a>, tag: u8) -> Result<Self, DecodeError> {
        let mut content = reader.element(tag)?;
        let value = T::decode_from(&mut content)?;
        content.finish()?;
        Ok(value)
    }

    #[inline(always)]
    fn encode_field(&self, tag: u8, writer: &mut Writer) {
        writer.element(tag, |w| self.encode_to(w));
    }
}

impl<'a, T: Der<'a>> Field<'a> for Option<T> {
    #[inline(always)]
    fn decode_field(reader: &mut Reader<'a>, tag: u8) -> Result<Self, DecodeError> {
        if reader.next_is(tag) {
            T::decode_field(reader, tag).map(Some)
        } else {
            Ok(None)
        }
    }

    #[inline(always)]
    fn encode_field(&self, tag: u8, writer: &mut Writer) {
        if let Some(value) = self {
            value.encode_field(tag, writer);
        }
    }
}

/// A cursor over received bytes, no more than the slice that is left.
///
/// Faults carry the address of that slice until [`decode`](super::decode) counts it from the
/// start of the input: nothing is spent on positions while all is well. Nesting is bounded by
/// the types, none of which contains itself.
///
/// Example: [`Der`].
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cold]
    pub(crate) fn fault(&self, fault: DecodeFault) -> DecodeError {
        DecodeError::new(self.0.as_ptr().addr(), fault)
    }

    #[inline]
    pub(crate) fn next_is(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    #[inline]
    pub(crate) fn first(&self) -> Option<u8> {
        self.0.first().copied()
    }

    #[inline]
    pub(crate) const fn remaining(&self) -> &'a [u8] {
        self.0
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else {
            return Err(self.fault(DecodeFault::Truncated));
        };
        self.0 = rest;
        Ok(taken)
    }

    /// The content of the element that comes next, which must have this identifier octet.
    #[inline(always)]
    pub(crate) fn element(&mut self, tag: u8) -> Result<Self, DecodeError> {
        // Nearly every element has a length of one octet.
        if let [found, length, rest @ ..] = self.0
            && *found == tag
            && *length < 0x80
            && let Some((content, after)) = rest.split_at_checked(usize::from(*length))
        {
            self.0 = after;
            return Ok(Self(content));
        }
        self.long_element(tag)
    }

    /// As [`Reader::element`], for lengths of two and three octets.
    #[inline(never)]
    fn long_element(&mut self, tag: u8) -> Result<Self, DecodeError> {
        let (found, length, rest) = match self.0 {
            [found, 0x81, low, rest @ ..] if *low >= 0x80 => (*found, usize::from(*low), rest),
            [found, 0x82, high, low, rest @ ..] if *high != 0 => {
                (*found, usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            _ => return self.any_element(tag),
        };
        match rest.split_at_checked(length) {
            Some((content, after)) if found == tag => {
                self.0 = after;
                Ok(Self(content))
            }
            _ => self.any_element(tag),
        }
    }

    /// As [`Reader::element`], for every length and every fault.
    #[cold]
    fn any_element(&mut self, tag: u8) -> Result<Self, DecodeError> {
        if let Some(found) = self.first()
            && found != tag
        {
            return Err(self.fault(DecodeFault::UnexpectedTag {
                expected: tag,
                found,
            }));
        }
        self.take(1)?;
        let length = self.length()?;
        self.take(length).map(Self)
    }

    /// What was read since `before`, a copy of this reader at an earlier time.
    #[inline]
    pub(crate) fn since(&self, before: Self) -> &'a [u8] {
        let length = before.0.len().saturating_sub(self.0.len());
        before.0.get(..length).unwrap_or_default()
    }

    /// Skips what a later version may have added after the fields with these tags
    /// (X.680 §25.7). A known field out of its place is not such an addition.
    pub(crate) fn skip_additions(&mut self, known: &[u8]) -> Result<(), DecodeError> {
        let last = CONTEXT | known.iter().copied().max().unwrap_or(0);
        while let Some(tag) = self.first() {
            if !(last..LONG_CONTEXT).contains(&tag) || tag == last {
                return Err(self.fault(DecodeFault::TrailingBytes));
            }
            self.element(tag)?;
        }
        Ok(())
    }

    /// X.690 §8.1.3, §10.1: definite, in the fewest octets.
    fn length(&mut self) -> Result<usize, DecodeError> {
        let &[first] = self.take(1)? else {
            return Err(self.fault(DecodeFault::Truncated));
        };
        if first < 0x80 {
            return Ok(usize::from(first));
        }
        let count = usize::from(first & 0x7f);
        if count == 0 {
            return Err(self.fault(DecodeFault::IndefiniteLength));
        }
        if count > 4 {
            return Err(self.fault(DecodeFault::TooLarge));
        }
        let octets = self.take(count)?;
        let length = octets
            .iter()
            .fold(0_usize, |length, octet| (length << 8) | usize::from(*octet));
        let shortest = octets.first() != Some(&0) && length >= 0x80;
        if shortest {
            Ok(length)
        } else {
            Err(self.fault(DecodeFault::NotMinimal))
        }
    }

    #[inline]
    pub(crate) fn finish(&self) -> Result<(), DecodeError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.fault(DecodeFault::TrailingBytes))
        }
    }
}

/// A buffer that grows towards its front: content first, then its length and identifier.
///
/// Example: [`Der`].
#[derive(Debug)]
pub struct Writer {
    buffer: Vec<u8>,
    at: usize,
}

impl Writer {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            buffer: vec![0; capacity],
            at: capacity,
        }
    }

    const fn written(&self) -> usize {
        self.buffer.len().saturating_sub(self.at)
    }

    /// Puts `bytes` in front of what is written.
    #[inline]
    pub(crate) fn prepend(&mut self, bytes: &[u8]) {
        if bytes.len() > self.at {
            self.grow(bytes.len());
        }
        let start = self.at.saturating_sub(bytes.len());
        if let Some(space) = self.buffer.get_mut(start..self.at) {
            space.copy_from_slice(bytes);
            self.at = start;
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let written = self.written();
        let length = (written + needed).saturating_mul(2);
        let mut buffer = vec![0; length];
        let at = length - written;
        if let (Some(new), Some(old)) = (buffer.get_mut(at..), self.buffer.get(self.at..)) {
            new.copy_from_slice(old);
        }
        // The outgrown buffer may hold a session key.
        self.buffer.zeroize();
        self.buffer = buffer;
        self.at = at;
    }

    /// Writes an element: its content by `content`, then length and identifier.
    #[inline]
    pub(crate) fn element(&mut self, tag: u8, content: impl FnOnce(&mut Self)) {
        let before = self.written();
        content(self);
        self.header(tag, self.written().saturating_sub(before));
    }

    #[inline]
    fn header(&mut self, tag: u8, length: usize) {
        match u8::try_from(length) {
            Ok(short) if short < 0x80 => self.prepend(&[tag, short]),
            _ => self.long_header(tag, length),
        }
    }

    fn long_header(&mut self, tag: u8, length: usize) {
        let octets = length.to_be_bytes();
        let skip = octets.iter().take_while(|octet| **octet == 0).count();
        let significant = octets.get(skip..).unwrap_or_default();
        self.prepend(significant);
        let count = u8::try_from(significant.len()).unwrap_or(8);
        self.prepend(&[tag, 0x80 | count]);
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.buffer.drain(..self.at);
        self.buffer
    }
}

/// Declares a SEQUENCE, perhaps under an APPLICATION tag, with explicitly tagged fields.
///
/// `extensible` stands for the extension marker of ASN.1: fields of later versions are skipped.
macro_rules! sequence {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident<$lt:lifetime> =
            $asn:literal $([APPLICATION $app:literal])? $(, $extensible:ident)? {
            $( $(#[$field_meta:meta])* [$tag:literal] $field:ident: $ty:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        $vis struct $name<$lt> { $( $(#[$field_meta])* $vis $field: $ty, )* }

        impl<$lt> $crate::wire::der::Der<$lt> for $name<$lt> {
            $crate::wire::der::sequence!(
                @body $lt $asn [$($app)?] [$($extensible)?] $([$tag] $field: $ty,)*
            );
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident =
            $asn:literal $([APPLICATION $app:literal])? $(, $extensible:ident)? {
            $( $(#[$field_meta:meta])* [$tag:literal] $field:ident: $ty:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        $vis struct $name { $( $(#[$field_meta])* $vis $field: $ty, )* }

        impl<'a> $crate::wire::der::Der<'a> for $name {
            $crate::wire::der::sequence!(
                @body 'a $asn [$($app)?] [$($extensible)?] $([$tag] $field: $ty,)*
            );
        }
    };

    (
        @body $lt:lifetime $asn:literal [$($app:literal)?] [$($extensible:ident)?]
        $([$tag:literal] $field:ident: $ty:ty,)*
    ) => {
        const NAME: &'static str = $asn;

        fn decode_from(
            reader: &mut $crate::wire::der::Reader<$lt>,
        ) -> Result<Self, $crate::wire::DecodeError> {
            let named = |error: $crate::wire::DecodeError| {
                error.within(&$crate::wire::error::Place { type_name: $asn, field: None })
            };
            $( let mut application = reader
                .element($crate::wire::der::APPLICATION | $app)
                .map_err(named)?;
            let reader = &mut application; )?
            let mut fields = reader.element($crate::wire::der::SEQUENCE).map_err(named)?;
            $( let $field = <$ty as $crate::wire::der::Field<$lt>>::decode_field(
                &mut fields,
                $crate::wire::der::CONTEXT | $tag,
            )
            .map_err(|error| {
                error.within(&$crate::wire::error::Place {
                    type_name: $asn,
                    field: Some(stringify!($field)),
                })
            })?; )*
            $crate::wire::der::sequence!(@rest fields [$($extensible)?] $($tag)*)
                .map_err(named)?;
            $( let _ = $app; reader.finish().map_err(named)?; )?
            Ok(Self { $($field,)* })
        }

        fn encode_to(&self, writer: &mut $crate::wire::der::Writer) {
            let body = |writer: &mut $crate::wire::der::Writer| {
                writer.element($crate::wire::der::SEQUENCE, |writer| {
                    $crate::wire::der::sequence!(@fields self writer $([$tag] $field,)*);
                });
            };
            $crate::wire::der::sequence!(@outer writer body $($app)?);
        }
    };

    (@rest $fields:ident [] $($tag:literal)*) => { $fields.finish() };
    (@rest $fields:ident [extensible] $($tag:literal)*) => {
        $fields.skip_additions(&[$($tag),*])
    };

    // The writer runs backwards, so the last field is written first.
    (@fields $self:ident $writer:ident) => {};
    (@fields $self:ident $writer:ident [$tag:literal] $field:ident, $($rest:tt)*) => {
        $crate::wire::der::sequence!(@fields $self $writer $($rest)*);
        $crate::wire::der::Field::encode_field(
            &$self.$field,
            $crate::wire::der::CONTEXT | $tag,
            $writer,
        );
    };

    (@outer $writer:ident $body:ident) => { $body($writer) };
    (@outer $writer:ident $body:ident $app:literal) => {
        $writer.element($crate::wire::der::APPLICATION | $app, $body)
    };
}
pub(crate) use sequence;
