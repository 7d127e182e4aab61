//! Two vectors that are iterated in step.

use std::ops::{Add, BitAnd, BitOr, BitXor, Shl, Shr};

use fearless_simd::Simd;

use super::lanes::Lanes;

/// Two vectors as one. Each step of a hash waits for the one before it; the steps of another
/// vector fill the time.
#[derive(Clone, Copy)]
pub(super) struct VectorPair<V>(V, V);

macro_rules! in_both {
    ($($operator:ident :: $method:ident),+) => {$(
        impl<V: $operator<Output = V>> $operator for VectorPair<V> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(self.0.$method(other.0), self.1.$method(other.1))
            }
        }
    )+};
}

in_both!(Add::add, BitAnd::bitand, BitOr::bitor, BitXor::bitxor);

macro_rules! both_shifted {
    ($($operator:ident :: $method:ident),+) => {$(
        impl<V: $operator<u32, Output = V>> $operator<u32> for VectorPair<V> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, bits: u32) -> Self {
                Self(self.0.$method(bits), self.1.$method(bits))
            }
        }
    )+};
}

both_shifted!(Shl::shl, Shr::shr);

impl<S: Simd, V: Lanes<S>> Lanes<S> for VectorPair<V> {
    type Word = V::Word;
    const LEN: usize = 2 * V::LEN;

    #[inline(always)]
    fn splat(simd: S, word: Self::Word) -> Self {
        Self(V::splat(simd, word), V::splat(simd, word))
    }

    #[inline(always)]
    fn load(simd: S, words: &[Self::Word]) -> Self {
        let (one, other) = words.split_at_checked(V::LEN).unwrap_or_default();
        Self(V::load(simd, one), V::load(simd, other))
    }

    #[inline(always)]
    fn store(&self, words: &mut [Self::Word]) {
        let (one, other) = words.split_at_mut_checked(V::LEN).unwrap_or_default();
        self.0.store(one);
        self.1.store(other);
    }
}
