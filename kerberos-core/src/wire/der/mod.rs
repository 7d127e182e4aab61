//! The DER reader and writer: borrowed and total on the way in, one buffer of the right size,
//! filled from its end, on the way out.
//!
//! Strict: definite lengths in the shortest form, shortest integers, nothing after the end.

mod reader;
mod writer;

use reader::Nested;
pub use reader::Reader;
pub use writer::Writer;
pub(super) use writer::{Backwards, Length};

use super::error::{DecodeError, Place};

/// Longest input in bytes that [`decode`](super::decode) looks at. A ticket with the largest
/// authorization data that a domain controller issues stays below 64 KiB; MIT's client takes
/// replies up to this size.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Most elements of one list. The longest real list, of encryption types, has about 20.
pub const MAX_ELEMENTS: usize = 1024;

pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const APPLICATION: u8 = 0x60;
pub(crate) const CONTEXT: u8 = 0xa0;

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

    /// Reads the element that is all there is in another one, with the identifier octet `tag`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when the bytes at the reader are no such element.
    #[inline(always)]
    fn decode_tagged(reader: &mut Reader<'a>, tag: u8) -> Result<Self, DecodeError> {
        let mut outer = reader.element(tag)?;
        let value = Self::decode_from(&mut outer)?;
        outer.finish()?;
        Ok(value)
    }

    /// Writes the element in front of what is already written.
    fn encode_to(&self, writer: &mut impl Writer);

    /// Writes the element within another one, in front of what is already written.
    #[inline(always)]
    fn encode_tagged(&self, tag: u8, writer: &mut impl Writer) {
        writer.element(tag, |w| self.encode_to(w));
    }
}

/// A type whose encodings all have the same identifier octet.
///
/// All of decoding is inlined but for the elements of a list, and readers are handed over by
/// value: they stay in registers, and a structure is made where it is wanted. To copy it there
/// just after its fields were written took more time than to decode it.
pub(crate) trait Tagged<'a>: Sized {
    /// The ASN.1 name of the type, for errors.
    const NAME: &'static str;
    /// The identifier octet.
    const TAG: u8;
    /// What errors of the element itself name: nothing leaves that to what surrounds it.
    const PLACE: Option<&'static Place> = None;

    /// Reads the content of `element`.
    fn decode_content(content: Reader<'a>, element: Reader<'a>) -> Result<Self, DecodeError>;

    /// Writes the content.
    fn encode_content(&self, writer: &mut impl Writer);
}

#[inline(always)]
pub(crate) fn decode_from<'a, T: Tagged<'a>>(reader: &mut Reader<'a>) -> Result<T, DecodeError> {
    let element = *reader;
    let content = reader
        .element(T::TAG)
        .map_err(|error| error.within_any(T::PLACE))?;
    T::decode_content(content, element)
}

#[inline(always)]
pub(crate) fn decode_tagged<'a, T: Tagged<'a>>(
    reader: &mut Reader<'a>,
    tag: u8,
) -> Result<T, DecodeError> {
    let Nested {
        content,
        element,
        around,
    } = reader.nested(tag, T::TAG, T::PLACE)?;
    let value = T::decode_content(content, element)?;
    around.finish()?;
    Ok(value)
}

/// Implements [`Der`] for a type that is [`Tagged`].
macro_rules! tagged {
    ([$($generics:tt)*] $lt:lifetime, $ty:ty) => {
        impl<$($generics)*> $crate::wire::der::Der<$lt> for $ty {
            const NAME: &'static str = <Self as $crate::wire::der::Tagged<$lt>>::NAME;

            #[inline(always)]
            fn decode_from(
                reader: &mut $crate::wire::der::Reader<$lt>,
            ) -> Result<Self, $crate::wire::DecodeError> {
                $crate::wire::der::decode_from(reader)
            }

            #[inline(always)]
            fn decode_tagged(
                reader: &mut $crate::wire::der::Reader<$lt>,
                tag: u8,
            ) -> Result<Self, $crate::wire::DecodeError> {
                $crate::wire::der::decode_tagged(reader, tag)
            }

            #[inline(always)]
            fn encode_to(&self, writer: &mut impl $crate::wire::der::Writer) {
                writer.element(
                    <Self as $crate::wire::der::Tagged<$lt>>::TAG,
                    |w| $crate::wire::der::Tagged::<$lt>::encode_content(self, w),
                );
            }

            #[inline(always)]
            fn encode_tagged(&self, tag: u8, writer: &mut impl $crate::wire::der::Writer) {
                writer.nested(
                    tag,
                    <Self as $crate::wire::der::Tagged<$lt>>::TAG,
                    |w| $crate::wire::der::Tagged::<$lt>::encode_content(self, w),
                );
            }
        }
    };
}
pub(crate) use tagged;

/// A field of a SEQUENCE under its explicit context tag; `Option` makes it OPTIONAL.
pub(crate) trait Field<'a>: Sized {
    fn decode_field(reader: &mut Reader<'a>, tag: u8) -> Result<Self, DecodeError>;
    fn encode_field(&self, tag: u8, writer: &mut impl Writer);
}

impl<'a, T: Der<'a>> Field<'a> for T {
    #[inline(always)]
    fn decode_field(reader: &mut Reader<'a>, tag: u8) -> Result<Self, DecodeError> {
        T::decode_tagged(reader, tag)
    }

    #[inline(always)]
    fn encode_field(&self, tag: u8, writer: &mut impl Writer) {
        self.encode_tagged(tag, writer);
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
    fn encode_field(&self, tag: u8, writer: &mut impl Writer) {
        if let Some(value) = self {
            value.encode_field(tag, writer);
        }
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

        impl<$lt> $crate::wire::der::Tagged<$lt> for $name<$lt> {
            $crate::wire::der::sequence!(
                @body $lt $asn [$($app)?] [$($extensible)?] $([$tag] $field: $ty,)*
            );
        }
        $crate::wire::der::tagged!([$lt] $lt, $name<$lt>);
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

        impl<'a> $crate::wire::der::Tagged<'a> for $name {
            $crate::wire::der::sequence!(
                @body 'a $asn [$($app)?] [$($extensible)?] $([$tag] $field: $ty,)*
            );
        }
        $crate::wire::der::tagged!(['a] 'a, $name);
    };

    (
        @body $lt:lifetime $asn:literal [$($app:literal)?] [$($extensible:ident)?]
        $([$tag:literal] $field:ident: $ty:ty,)*
    ) => {
        const NAME: &'static str = $asn;
        const TAG: u8 = $crate::wire::der::sequence!(@tag $($app)?);
        const PLACE: Option<&'static $crate::wire::error::Place> =
            Some(&$crate::wire::error::Place { type_name: $asn, field: None });

        #[inline(always)]
        fn decode_content(
            content: $crate::wire::der::Reader<$lt>,
            _: $crate::wire::der::Reader<$lt>,
        ) -> Result<Self, $crate::wire::DecodeError> {
            let named = |error: $crate::wire::DecodeError| {
                error.within(&$crate::wire::error::Place { type_name: $asn, field: None })
            };
            let (mut fields, around) =
                $crate::wire::der::sequence!(@open content named $($app)?);
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
            around.finish().map_err(named)?;
            Ok(Self { $($field,)* })
        }

        #[inline]
        fn encode_content(&self, writer: &mut impl $crate::wire::der::Writer) {
            $crate::wire::der::sequence!(@content self writer [$($app)?] $([$tag] $field,)*);
        }
    };

    (@tag) => { $crate::wire::der::SEQUENCE };
    (@tag $app:literal) => { $crate::wire::der::APPLICATION | $app };

    // The fields, and what is left around them.
    (@open $content:ident $named:ident) => {
        ($content, $crate::wire::der::Reader::new(&[]))
    };
    (@open $content:ident $named:ident $app:literal) => {{
        let mut around = $content;
        let fields = around.element($crate::wire::der::SEQUENCE).map_err($named)?;
        (fields, around)
    }};

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

    (@content $self:ident $writer:ident [] $($fields:tt)*) => {
        $crate::wire::der::sequence!(@fields $self $writer $($fields)*);
    };
    (@content $self:ident $writer:ident [$app:literal] $($fields:tt)*) => {
        $writer.element($crate::wire::der::SEQUENCE, |writer| {
            $crate::wire::der::sequence!(@fields $self writer $($fields)*);
        });
    };
}
pub(crate) use sequence;
