//! One or two chains at a time with the instructions that x86 processors have for SHA-1 and
//! SHA-256: two, because one leaves the unit waiting for itself.
//!
//! RustCrypto uses the same instructions; what is gained is that a digest never leaves its
//! registers on the way from one compression to the next.

#[cfg(target_arch = "x86")]
use std::arch::x86::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_extract_epi32, _mm_or_si128,
    _mm_set_epi32, _mm_sha1msg1_epu32, _mm_sha1msg2_epu32, _mm_sha1nexte_epu32,
    _mm_sha1rnds4_epu32, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32,
    _mm_shuffle_epi32, _mm_xor_si128,
};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_extract_epi32, _mm_or_si128,
    _mm_set_epi32, _mm_sha1msg1_epu32, _mm_sha1msg2_epu32, _mm_sha1nexte_epu32,
    _mm_sha1rnds4_epu32, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32,
    _mm_shuffle_epi32, _mm_xor_si128,
};

use fearless_simd::Avx512;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::BlockHash;
use super::pbkdf2::Chain;
use super::sha2_lanes::K256;

/// A hash that there may be instructions for.
pub(super) trait ShaInstructions: BlockHash + Sized {
    /// The other iterations of one chain.
    fn iterate_one(_: Avx512, chains: &mut [Chain<Self>], iterations: u32) {
        chains
            .iter_mut()
            .for_each(|chain| chain.iterate(iterations));
    }

    /// The other iterations of two chains.
    fn iterate_two(_: Avx512, chains: &mut [Chain<Self>], iterations: u32) {
        chains
            .iter_mut()
            .for_each(|chain| chain.iterate(iterations));
    }
}

impl ShaInstructions for Sha1 {
    fn iterate_one(simd: Avx512, chains: &mut [Chain<Self>], iterations: u32) {
        sha1_one(simd, chains, iterations);
    }

    fn iterate_two(simd: Avx512, chains: &mut [Chain<Self>], iterations: u32) {
        match chains {
            [_] => sha1_one(simd, chains, iterations),
            _ => sha1_two(simd, chains, iterations),
        }
    }
}

impl ShaInstructions for Sha256 {
    fn iterate_one(simd: Avx512, chains: &mut [Chain<Self>], iterations: u32) {
        sha256_one(simd, chains, iterations);
    }

    fn iterate_two(simd: Avx512, chains: &mut [Chain<Self>], iterations: u32) {
        match chains {
            [_] => sha256_one(simd, chains, iterations),
            _ => sha256_two(simd, chains, iterations),
        }
    }
}

/// There are such, but not in what is asked of a processor here.
impl ShaInstructions for Sha384 {}

fearless_simd::kernel!(
    fn sha1_one(simd: Avx512, chains: &mut [Chain<Sha1>], iterations: u32) {
        sha1::<1>(chains, iterations);
    }
);

fearless_simd::kernel!(
    fn sha1_two(simd: Avx512, chains: &mut [Chain<Sha1>], iterations: u32) {
        sha1::<2>(chains, iterations);
    }
);

fearless_simd::kernel!(
    fn sha256_one(simd: Avx512, chains: &mut [Chain<Sha256>], iterations: u32) {
        sha256::<1>(chains, iterations);
    }
);

fearless_simd::kernel!(
    fn sha256_two(simd: Avx512, chains: &mut [Chain<Sha256>], iterations: u32) {
        sha256::<2>(chains, iterations);
    }
);

/// A register for each of `C` chains.
type Each<const C: usize> = [__m128i; C];

#[inline]
#[target_feature(enable = "sse2")]
fn words(a: u32, b: u32, c: u32, d: u32) -> __m128i {
    _mm_set_epi32(
        a.cast_signed(),
        b.cast_signed(),
        c.cast_signed(),
        d.cast_signed(),
    )
}

/// The words of a register, the highest first.
#[inline]
#[target_feature(enable = "sse4.1")]
fn unpacked(register: __m128i) -> [u32; 4] {
    [
        _mm_extract_epi32::<3>(register).cast_unsigned(),
        _mm_extract_epi32::<2>(register).cast_unsigned(),
        _mm_extract_epi32::<1>(register).cast_unsigned(),
        _mm_extract_epi32::<0>(register).cast_unsigned(),
    ]
}

#[inline]
#[target_feature(enable = "sse2")]
fn xor<const C: usize>(to: &mut Each<C>, from: &Each<C>) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = _mm_xor_si128(*to, *from);
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn add<const C: usize>(to: &mut Each<C>, from: &Each<C>) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = _mm_add_epi32(*to, *from);
    }
}

/// The state of SHA-1 as its instructions take it: A to D, and E at the top of zeros.
#[derive(Clone, Copy)]
struct Sha1State<const C: usize> {
    abcd: Each<C>,
    e: Each<C>,
}

// Not inlined: between instructions of AVX, which its callers may use, those for SHA are slow.
#[inline(never)]
#[target_feature(enable = "sha,sse4.1")]
fn sha1<const C: usize>(chains: &mut [Chain<Sha1>], iterations: u32) {
    let Some(chains) = chains.first_chunk_mut::<C>() else {
        return;
    };
    let key = [
        chains.each_ref().map(|chain| chain.inner),
        chains.each_ref().map(|chain| chain.outer),
    ]
    .map(|states| sha1_state(&states));
    let mut last = sha1_state(&chains.each_ref().map(|chain| chain.last));
    let mut sum = sha1_state(&chains.each_ref().map(|chain| chain.sum));
    for _ in 1..iterations {
        for state in &key {
            last = sha1_compress(state, &last);
        }
        xor(&mut sum.abcd, &last.abcd);
        xor(&mut sum.e, &last.e);
    }
    for ((chain, abcd), e) in chains.iter_mut().zip(sum.abcd).zip(sum.e) {
        let [a, b, c, d] = unpacked(abcd);
        let [e, ..] = unpacked(e);
        chain.sum = [a, b, c, d, e];
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn sha1_state<const C: usize>(states: &[[u32; 5]; C]) -> Sha1State<C> {
    Sha1State {
        abcd: states.map(|[a, b, c, d, _]| words(a, b, c, d)),
        e: states.map(|[.., e]| words(e, 0, 0, 0)),
    }
}

/// Takes the block that [`super::BlockHash::block_of_digest`] makes of `digest` into `state`.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn sha1_compress<const C: usize>(state: &Sha1State<C>, digest: &Sha1State<C>) -> Sha1State<C> {
    let end = words(0, 1 << 31, 0, 0);
    let mut a = digest.abcd;
    let mut b = digest.e;
    for b in &mut b {
        *b = _mm_or_si128(*b, end);
    }
    let mut c = [words(0, 0, 0, 0); C];
    let mut d = [words(0, 0, 0, (64 + 20) * 8); C];

    let mut x = state.abcd;
    let mut y = state.e;
    // The first E is the state's own, the others are made of an A.
    add(&mut y, &a);
    for (y, x) in y.iter_mut().zip(&x) {
        *y = _mm_sha1rnds4_epu32::<0>(*x, *y);
    }
    sha1_rounds::<0, C>(&y, &mut x, &b);
    sha1_rounds::<0, C>(&x, &mut y, &c);
    sha1_rounds::<0, C>(&y, &mut x, &d);
    sha1_words(&mut a, &b, &c, &d);
    sha1_rounds::<0, C>(&x, &mut y, &a);
    sha1_words(&mut b, &c, &d, &a);
    sha1_rounds::<1, C>(&y, &mut x, &b);
    sha1_words(&mut c, &d, &a, &b);
    sha1_rounds::<1, C>(&x, &mut y, &c);
    sha1_words(&mut d, &a, &b, &c);
    sha1_rounds::<1, C>(&y, &mut x, &d);
    sha1_words(&mut a, &b, &c, &d);
    sha1_rounds::<1, C>(&x, &mut y, &a);
    sha1_words(&mut b, &c, &d, &a);
    sha1_rounds::<1, C>(&y, &mut x, &b);
    sha1_words(&mut c, &d, &a, &b);
    sha1_rounds::<2, C>(&x, &mut y, &c);
    sha1_words(&mut d, &a, &b, &c);
    sha1_rounds::<2, C>(&y, &mut x, &d);
    sha1_words(&mut a, &b, &c, &d);
    sha1_rounds::<2, C>(&x, &mut y, &a);
    sha1_words(&mut b, &c, &d, &a);
    sha1_rounds::<2, C>(&y, &mut x, &b);
    sha1_words(&mut c, &d, &a, &b);
    sha1_rounds::<2, C>(&x, &mut y, &c);
    sha1_words(&mut d, &a, &b, &c);
    sha1_rounds::<3, C>(&y, &mut x, &d);
    sha1_words(&mut a, &b, &c, &d);
    sha1_rounds::<3, C>(&x, &mut y, &a);
    sha1_words(&mut b, &c, &d, &a);
    sha1_rounds::<3, C>(&y, &mut x, &b);
    sha1_words(&mut c, &d, &a, &b);
    sha1_rounds::<3, C>(&x, &mut y, &c);
    sha1_words(&mut d, &a, &b, &c);
    sha1_rounds::<3, C>(&y, &mut x, &d);

    add(&mut x, &state.abcd);
    for (y, e) in y.iter_mut().zip(&state.e) {
        *y = _mm_sha1nexte_epu32(*y, *e);
    }
    Sha1State { abcd: x, e: y }
}

/// Four rounds from the state `now`; `other` holds the one before it and gets the one after.
#[inline]
#[target_feature(enable = "sha")]
fn sha1_rounds<const FUNCTION: i32, const C: usize>(
    now: &Each<C>,
    other: &mut Each<C>,
    words: &Each<C>,
) {
    for ((other, now), words) in other.iter_mut().zip(now).zip(words) {
        let e = _mm_sha1nexte_epu32(*other, *words);
        *other = _mm_sha1rnds4_epu32::<FUNCTION>(*now, e);
    }
}

/// Four words out of the sixteen before them, of which `a` holds the first.
#[inline]
#[target_feature(enable = "sha")]
fn sha1_words<const C: usize>(a: &mut Each<C>, b: &Each<C>, c: &Each<C>, d: &Each<C>) {
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        let sum = _mm_xor_si128(_mm_sha1msg1_epu32(*a, *b), *c);
        *a = _mm_sha1msg2_epu32(sum, *d);
    }
}

/// The state of SHA-256 as its instructions take it, A and C at the top.
#[derive(Clone, Copy)]
struct Sha256State<const C: usize> {
    abef: Each<C>,
    cdgh: Each<C>,
}

// Not inlined: between instructions of AVX, which its callers may use, those for SHA are slow.
#[inline(never)]
#[target_feature(enable = "sha,sse4.1")]
fn sha256<const C: usize>(chains: &mut [Chain<Sha256>], iterations: u32) {
    let Some(chains) = chains.first_chunk_mut::<C>() else {
        return;
    };
    let key = [
        chains.each_ref().map(|chain| chain.inner),
        chains.each_ref().map(|chain| chain.outer),
    ]
    .map(|states| sha256_state(&states));
    let mut last = sha256_state(&chains.each_ref().map(|chain| chain.last));
    let mut sum = sha256_state(&chains.each_ref().map(|chain| chain.sum));
    for _ in 1..iterations {
        for state in &key {
            last = sha256_compress(state, &last);
        }
        xor(&mut sum.abef, &last.abef);
        xor(&mut sum.cdgh, &last.cdgh);
    }
    for ((chain, abef), cdgh) in chains.iter_mut().zip(sum.abef).zip(sum.cdgh) {
        let [a, b, e, f] = unpacked(abef);
        let [c, d, g, h] = unpacked(cdgh);
        chain.sum = [a, b, c, d, e, f, g, h];
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn sha256_state<const C: usize>(states: &[[u32; 8]; C]) -> Sha256State<C> {
    Sha256State {
        abef: states.map(|[a, b, _, _, e, f, _, _]| words(a, b, e, f)),
        cdgh: states.map(|[_, _, c, d, _, _, g, h]| words(c, d, g, h)),
    }
}

/// Takes the block that [`super::BlockHash::block_of_digest`] makes of `digest` into `state`.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn sha256_compress<const C: usize>(
    state: &Sha256State<C>,
    digest: &Sha256State<C>,
) -> Sha256State<C> {
    // The schedule has the first word at the bottom.
    let mut a = digest.abef;
    let mut b = digest.cdgh;
    for (a, b) in a.iter_mut().zip(&mut b) {
        let feba = _mm_shuffle_epi32::<0b00_01_10_11>(*a);
        let dchg = _mm_shuffle_epi32::<0b10_11_00_01>(*b);
        *a = _mm_blend_epi16::<0b1111_0000>(feba, dchg);
        *b = _mm_alignr_epi8::<8>(dchg, feba);
    }
    let mut c = [words(0, 0, 0, 1 << 31); C];
    let mut d = [words((64 + 32) * 8, 0, 0, 0); C];

    let mut now = *state;
    let [first, others @ ..] = &K256;
    let (k, _) = first.as_chunks::<4>();
    for (k, words) in k.iter().zip([&a, &b, &c, &d]) {
        sha256_rounds(&mut now, words, k);
    }
    for k in others {
        if let ([k0, k1, k2, k3], _) = k.as_chunks::<4>() {
            sha256_words(&mut a, &b, &c, &d);
            sha256_rounds(&mut now, &a, k0);
            sha256_words(&mut b, &c, &d, &a);
            sha256_rounds(&mut now, &b, k1);
            sha256_words(&mut c, &d, &a, &b);
            sha256_rounds(&mut now, &c, k2);
            sha256_words(&mut d, &a, &b, &c);
            sha256_rounds(&mut now, &d, k3);
        }
    }
    add(&mut now.abef, &state.abef);
    add(&mut now.cdgh, &state.cdgh);
    now
}

/// Four rounds.
#[inline]
#[target_feature(enable = "sha")]
fn sha256_rounds<const C: usize>(
    state: &mut Sha256State<C>,
    w: &Each<C>,
    [k0, k1, k2, k3]: &[u32; 4],
) {
    let k = words(*k3, *k2, *k1, *k0);
    for ((abef, cdgh), w) in state.abef.iter_mut().zip(&mut state.cdgh).zip(w) {
        let w = _mm_add_epi32(*w, k);
        *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, w);
        *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32::<0b1110>(w));
    }
}

/// Four words out of the sixteen before them, of which `a` holds the first.
#[inline]
#[target_feature(enable = "sha,ssse3")]
fn sha256_words<const C: usize>(a: &mut Each<C>, b: &Each<C>, c: &Each<C>, d: &Each<C>) {
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(*a, *b), _mm_alignr_epi8::<4>(*d, *c));
        *a = _mm_sha256msg2_epu32(sum, *d);
    }
}
