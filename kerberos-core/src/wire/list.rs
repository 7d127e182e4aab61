//! SEQUENCE OF, from received bytes or from a slice, and values kept with their octets.

use std::fmt;
use std::marker::PhantomData;

use super::der::{Der, MAX_ELEMENTS, Reader, SEQUENCE, Tagged, Writer, tagged};
use super::error::{DecodeError, DecodeFault};

/// A SEQUENCE OF.
///
/// Received, it is a view whose elements were all decoded once; to be sent, it borrows a slice.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::wire::{List, decode, encode};
///
/// let items = [EncryptionType::new(18), EncryptionType::new(17)];
/// let octets = encode(&List::of(&items));
/// let received: List<'_, EncryptionType> = decode(&octets)?;
/// assert_eq!(received.len(), 2);
/// assert!(received.iter().eq(items));
/// // An empty optional list is left out.
/// assert_eq!(List::<EncryptionType>::unless_empty(&[]), None);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
pub struct List<'a, T>(Elements<'a, T>);

enum Elements<'a, T> {
    Received {
        content: &'a [u8],
        count: usize,
        element: PhantomData<T>,
    },
    Items(&'a [T]),
}

impl<'a, T: Der<'a> + Clone> List<'a, T> {
    /// The list of these items.
    pub const fn of(items: &'a [T]) -> Self {
        Self(Elements::Items(items))
    }

    /// The list of these items, or nothing when there is none: an empty optional list is left
    /// out of a message (RFC 4120 §5.1.3).
    pub const fn unless_empty(items: &'a [T]) -> Option<Self> {
        if items.is_empty() {
            None
        } else {
            Some(Self::of(items))
        }
    }

    /// How many elements there are.
    pub const fn len(&self) -> usize {
        match &self.0 {
            Elements::Received { count, .. } => *count,
            Elements::Items(items) => items.len(),
        }
    }

    /// Whether there is no element.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in order.
    pub const fn iter(&self) -> ListIter<'a, T> {
        match &self.0 {
            Elements::Received { content, .. } => ListIter {
                reader: Reader::new(content),
                items: &[],
            },
            Elements::Items(items) => ListIter {
                reader: Reader::new(&[]),
                items,
            },
        }
    }
}

impl<'a, T: Der<'a> + Clone> IntoIterator for &List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

/// The elements of a [`List`].
///
/// Example: [`List`].
#[derive(Clone)]
pub struct ListIter<'a, T> {
    reader: Reader<'a>,
    items: &'a [T],
}

impl<'a, T: Der<'a> + Clone> Iterator for ListIter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if let Some((first, rest)) = self.items.split_first() {
            self.items = rest;
            return Some(first.clone());
        }
        if self.reader.is_empty() {
            return None;
        }
        // Every element decoded when the list was received.
        T::decode_from(&mut self.reader).ok()
    }
}

impl<T> fmt::Debug for ListIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListIter").finish_non_exhaustive()
    }
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<T> Clone for Elements<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Elements<'_, T> {}

impl<'a, T: Der<'a> + Clone + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Der<'a> + Clone + Eq> Eq for List<'a, T> {}

impl<'a, T: Der<'a> + Clone + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Der<'a> + Clone> Tagged<'a> for List<'a, T> {
    const NAME: &'static str = "SEQUENCE OF";
    const TAG: u8 = SEQUENCE;

    fn decode_content(content: Reader<'a>, _: Reader<'a>) -> Result<Self, DecodeError> {
        let mut elements = content;
        let mut count = 0;
        while !elements.is_empty() {
            if count == MAX_ELEMENTS {
                return Err(elements.fault(DecodeFault::TooMany));
            }
            T::decode_from(&mut elements)?;
            count += 1;
        }
        Ok(Self(Elements::Received {
            content: content.remaining(),
            count,
            element: PhantomData,
        }))
    }

    #[inline]
    fn encode_content(&self, writer: &mut impl Writer) {
        match &self.0 {
            Elements::Received { content, .. } => writer.prepend(content),
            Elements::Items(items) => {
                for item in items.iter().rev() {
                    item.encode_to(writer);
                }
            }
        }
    }
}

tagged!(['a, T: Der<'a> + Clone] 'a, List<'a, T>);

/// A value together with the octets it was decoded from.
///
/// Checksums cover an encoding (RFC 4120 §5.2.7.1): the octets received, never those of encoding
/// again. And a ticket is passed on as it came.
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, Kvno};
/// use kerberos_core::wire::{EncryptedData, Exact, encode};
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let data = EncryptedData { etype, kvno: Some(Kvno::new(2)), cipher: b"sealed" };
/// let octets = encode(&data);
/// let exact: Exact<'_, EncryptedData<'_>> = Exact::decode(&octets)?;
/// assert_eq!((exact.octets(), exact.value()), (octets.as_slice(), &data));
/// assert_eq!(encode(&exact), octets);
/// # Ok::<(), kerberos_core::wire::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact<'a, T> {
    octets: &'a [u8],
    value: T,
}

impl<'a, T: Der<'a>> Exact<'a, T> {
    /// Decodes `octets`, which must be one value and nothing else.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when they are not.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        Ok(Self {
            octets,
            value: super::decode(octets)?,
        })
    }

    /// A value and its encoding, for a message under construction.
    pub(crate) const fn encoded(value: T, octets: &'a [u8]) -> Self {
        Self { octets, value }
    }

    /// The DER octets.
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The value.
    pub const fn value(&self) -> &T {
        &self.value
    }
}

impl<T> std::ops::Deref for Exact<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'a, T: Der<'a>> Der<'a> for Exact<'a, T> {
    const NAME: &'static str = T::NAME;

    #[inline(always)]
    fn decode_from(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let before = *reader;
        let value = T::decode_from(reader)?;
        let octets = reader.since(before);
        Ok(Self { octets, value })
    }

    fn encode_to(&self, writer: &mut impl Writer) {
        writer.prepend(self.octets);
    }
}
