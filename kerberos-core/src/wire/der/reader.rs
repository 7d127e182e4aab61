//! A cursor over what was received.

use std::ops::Range;

use crate::wire::error::{DecodeError, DecodeFault, Place};

use super::CONTEXT;

/// The first octet of a context tag number over 30, which no type here has.
const LONG_CONTEXT: u8 = 0xbf;

/// A cursor over received bytes, no more than the slice that is left.
///
/// Faults carry the address of that slice until [`decode`](crate::wire::decode) counts it from the
/// start of the input: nothing is spent on positions while all is well. Nesting is bounded by
/// the types, none of which contains itself.
///
/// Example: [`Der`](super::Der).
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    #[inline]
    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    #[cold]
    pub(crate) fn fault(self, fault: DecodeFault) -> DecodeError {
        DecodeError::new(self.0.as_ptr().addr(), fault)
    }

    #[inline]
    pub(crate) fn next_is(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    #[inline]
    pub(crate) fn first(self) -> Option<u8> {
        self.0.first().copied()
    }

    #[inline]
    pub(crate) const fn remaining(self) -> &'a [u8] {
        self.0
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
        let place = self.long_element(tag);
        if let Some((element, after)) = self.0.split_at_checked(place.end)
            && let Some(content @ [_, ..]) = element.get(place.start..)
        {
            self.0 = after;
            return Ok(Self(content));
        }
        let (content, after) = self.any_element(tag)?;
        *self = after;
        Ok(content)
    }

    /// Where the content of an element is whose length takes two or three octets; otherwise
    /// nowhere.
    #[inline(never)]
    fn long_element(self, tag: u8) -> Range<usize> {
        match self.0 {
            [found, 0x82, high, low, ..] if *found == tag && *high != 0 => {
                4..4 + usize::from(u16::from_be_bytes([*high, *low]))
            }
            [found, 0x81, low, ..] if *found == tag && *low >= 0x80 => 3..3 + usize::from(*low),
            _ => 0..0,
        }
    }

    /// As [`Reader::element`], for every length and every fault: the content and what follows.
    #[cold]
    fn any_element(self, tag: u8) -> Result<(Self, Self), DecodeError> {
        let (length, rest) = match self.0 {
            [] => return Err(self.fault(DecodeFault::Truncated)),
            [found, rest @ ..] if *found == tag => Self(rest).any_length()?,
            [found, ..] => {
                let (expected, found) = (tag, *found);
                return Err(self.fault(DecodeFault::UnexpectedTag { expected, found }));
            }
        };
        match rest.split_at_checked(length) {
            Some((content, after)) => Ok((Self(content), Self(after))),
            None => Err(Self(rest).fault(DecodeFault::Truncated)),
        }
    }

    /// X.690 §8.1.3, §10.1: a length in the fewest octets, and what follows it.
    fn any_length(self) -> Result<(usize, &'a [u8]), DecodeError> {
        let (first, rest) = match self.0 {
            [] => return Err(self.fault(DecodeFault::Truncated)),
            [short @ 0..0x80, rest @ ..] => return Ok((usize::from(*short), rest)),
            [first, rest @ ..] => (*first, rest),
        };
        let after = Self(rest);
        let count = usize::from(first & 0x7f);
        if count == 0 {
            return Err(after.fault(DecodeFault::IndefiniteLength));
        }
        if count > 4 {
            return Err(after.fault(DecodeFault::TooLarge));
        }
        let Some((octets, rest)) = rest.split_at_checked(count) else {
            return Err(after.fault(DecodeFault::Truncated));
        };
        let length = octets
            .iter()
            .fold(0_usize, |length, octet| (length << 8) | usize::from(*octet));
        if octets.first() != Some(&0) && length >= 0x80 {
            Ok((length, rest))
        } else {
            Err(Self(rest).fault(DecodeFault::NotMinimal))
        }
    }

    /// The element with the identifier octet `inner` at the start of the one that comes next,
    /// which must have `outer`; errors of the former are named by `place`.
    #[inline(always)]
    pub(super) fn nested(
        &mut self,
        outer: u8,
        inner: u8,
        place: Option<&'static Place>,
    ) -> Result<Nested<'a>, DecodeError> {
        // Nearly every one is all there is, and lengths have one octet.
        if let Some(([a, around, b, length], rest)) = self.0.split_first_chunk()
            && [*a, *b] == [outer, inner]
            && *length < 0x7e
            && *around == *length + 2
            && let Some((content, after)) = rest.split_at_checked(usize::from(*length))
            && let Some(element) = self.0.get(2..)
        {
            self.0 = after;
            return Ok(Nested {
                content: Self(content),
                element: Self(element),
                around: Self(&[]),
            });
        }
        let (nested, after) = self.long_nested(outer, inner, place)?;
        *self = after;
        Ok(nested)
    }

    /// As [`Reader::nested`], for every length and every fault; and what follows.
    #[inline(never)]
    fn long_nested(
        mut self,
        outer: u8,
        inner: u8,
        place: Option<&'static Place>,
    ) -> Result<(Nested<'a>, Self), DecodeError> {
        let mut around = self.element(outer)?;
        let element = around;
        let content = around
            .element(inner)
            .map_err(|error| error.within_any(place))?;
        let nested = Nested {
            content,
            element,
            around,
        };
        Ok((nested, self))
    }

    /// What was read since `before`, a copy of this reader at an earlier time.
    #[inline]
    pub(crate) fn since(self, before: Self) -> &'a [u8] {
        let length = before.0.len().saturating_sub(self.0.len());
        before.0.get(..length).unwrap_or_default()
    }

    /// Skips what a later version may have added after the fields with these tags
    /// (X.680 §25.7). A known field out of its place is not such an addition.
    pub(crate) fn skip_additions(mut self, known: &[u8]) -> Result<(), DecodeError> {
        let last = CONTEXT | known.iter().copied().max().unwrap_or(0);
        while let Some(tag) = self.first() {
            if !(last..LONG_CONTEXT).contains(&tag) || tag == last {
                return Err(self.fault(DecodeFault::TrailingBytes));
            }
            self.element(tag)?;
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.fault(DecodeFault::TrailingBytes))
        }
    }
}

/// An element in another one.
#[derive(Clone, Copy)]
pub(super) struct Nested<'a> {
    pub(super) content: Reader<'a>,
    /// Begins with the element's identifier.
    pub(super) element: Reader<'a>,
    /// What follows the element, where only an end may.
    pub(super) around: Reader<'a>,
}
