//! The words of as many hashes as a vector has lanes, one hash to a lane.

use std::ops::{Add, BitAnd, BitOr, BitXor, Shl, Shr};

use fearless_simd::{Simd, SimdBase};

use super::BlockHash;
use super::hash::Word;

/// A hash that can be computed in lanes; `N` words of state.
pub(super) trait LaneHash<const N: usize>:
    BlockHash<State = [<Self as BlockHash>::Word; N]>
{
    /// Takes the block that [`BlockHash::block_of_digest`] makes of `digest` into `state`.
    fn compress_digest<S: Simd, V: Lanes<S, Word = Self::Word>>(
        simd: S,
        state: [V; N],
        digest: [V; N],
    ) -> [V; N];
}

/// A vector of words, and what FIPS 180-4 does with them.
pub(super) trait Lanes<S: Simd>:
    Copy
    + Add<Output = Self>
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Shl<u32, Output = Self>
    + Shr<u32, Output = Self>
{
    /// What is in a lane.
    type Word: Word;
    /// How many lanes there are.
    const LEN: usize;
    /// Bits in a lane.
    const BITS: u32 = match size_of::<Self::Word>() {
        4 => u32::BITS,
        _ => u64::BITS,
    };

    /// The same in every lane.
    fn splat(simd: S, word: Self::Word) -> Self;

    /// The first of `words`, which must be as many as there are lanes.
    fn load(simd: S, words: &[Self::Word]) -> Self;

    /// Writes the lanes to the start of `words`, which must be as many.
    fn store(&self, words: &mut [Self::Word]);

    /// Every lane rotated left.
    #[inline(always)]
    fn left(self, bits: u32) -> Self {
        (self << bits) | (self >> (Self::BITS - bits))
    }

    /// Every lane rotated right.
    #[inline(always)]
    fn right(self, bits: u32) -> Self {
        (self >> bits) | (self << (Self::BITS - bits))
    }

    /// Bits of `one` where `self` has ones, of `other` elsewhere (§4.1, Ch).
    #[inline(always)]
    fn choice(self, one: Self, other: Self) -> Self {
        other ^ (self & (one ^ other))
    }

    /// The bits that most of three have (§4.1, Maj).
    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        (self & b) | (c & (self | b))
    }

    /// The bits that an odd number of three have (§4.1, Parity).
    #[inline(always)]
    fn parity(self, b: Self, c: Self) -> Self {
        self ^ b ^ c
    }
}

impl<S: Simd, V> Lanes<S> for V
where
    V: SimdBase<S, Element: Word>
        + BitAnd<Output = V>
        + BitOr<Output = V>
        + BitXor<Output = V>
        + Shl<u32, Output = V>
        + Shr<u32, Output = V>,
{
    type Word = V::Element;
    const LEN: usize = V::LEN;

    #[inline(always)]
    fn splat(simd: S, word: Self::Word) -> Self {
        V::splat(simd, word)
    }

    #[inline(always)]
    fn load(simd: S, words: &[Self::Word]) -> Self {
        V::from_slice(simd, words.get(..<Self as Lanes<S>>::LEN).unwrap_or(words))
    }

    #[inline(always)]
    fn store(&self, words: &mut [Self::Word]) {
        if let Some(words) = words.get_mut(..<Self as Lanes<S>>::LEN) {
            self.store_slice(words);
        }
    }
}
