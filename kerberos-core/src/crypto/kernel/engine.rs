//! What the machine has to compute hashes with, and what they cost there.

use fearless_simd::Level;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use fearless_simd::{Avx2, Avx512, Sse2};

/// One way in which the machine can iterate PBKDF2.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Engine {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512(Avx512),
    /// Two of those in step.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    TwoOfAvx512(Avx512),
    /// Half as wide, which is faster for few hashes: more of the machine's units take them.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    HalfOfAvx512(Avx512),
    /// Instructions for one SHA-1 or SHA-256.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    ShaOne(Avx512),
    /// The same for two at once.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    ShaTwo(Avx512),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(Avx2),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Sse2(Sse2),
    /// NEON and WebAssembly's.
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    Of128Bits(Level),
}

impl Engine {
    /// All that there are.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    pub(super) fn of_this_machine() -> Vec<Self> {
        let level = Level::new();
        let mut all = Vec::new();
        if let Some(simd) = level.as_avx512() {
            all.extend([
                Self::Avx512(simd),
                Self::TwoOfAvx512(simd),
                Self::HalfOfAvx512(simd),
            ]);
            // What goes by the name of AVX-512 here has them.
            all.extend([Self::ShaOne(simd), Self::ShaTwo(simd)]);
        }
        all.extend(level.as_avx2().map(Self::Avx2));
        all.extend(level.as_sse2().map(Self::Sse2));
        all
    }

    /// All that there are.
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    pub(super) fn of_this_machine() -> Vec<Self> {
        Some(Level::new())
            .filter(|level| !level.is_fallback())
            .map(Self::Of128Bits)
            .into_iter()
            .collect()
    }

    /// How many hashes with words of `word` bytes there is room for.
    pub(super) const fn lanes(self, word: usize) -> usize {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Avx512(_) => 64 / word,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::TwoOfAvx512(_) => 2 * 64 / word,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::HalfOfAvx512(_) | Self::Avx2(_) => 32 / word,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::ShaOne(_) => 1,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::ShaTwo(_) => 2,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Self::Sse2(_) => 16 / word,
            #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
            Self::Of128Bits(_) => 16 / word,
        }
    }
}

/// Nanoseconds of one compression in PBKDF2, measured on one machine: what matters is how they
/// compare.
#[derive(Debug)]
#[cfg_attr(
    not(any(target_arch = "x86", target_arch = "x86_64")),
    expect(dead_code, reason = "wide vectors are x86's")
)]
pub(crate) struct Costs {
    /// One hash, by RustCrypto.
    pub(super) alone: u32,
    /// One hash, by RustCrypto with the processor's instructions for it.
    pub(super) alone_by_instructions: u32,
    /// A vector of 128 bits, whatever is in it.
    pub(super) of_128_bits: u32,
    /// Of 256 bits, as AVX2 has them.
    pub(super) of_256_bits: u32,
    /// Of 256 bits, as AVX-512 has them: it rotates, and combines three operands at once.
    pub(super) half_of_avx512: u32,
    /// Of 512 bits.
    pub(super) of_512_bits: u32,
    /// Two of 512 bits together.
    pub(super) two_of_512_bits: u32,
    /// One hash with instructions for it, and two at once, if there are such.
    pub(super) by_instructions: Option<[u32; 2]>,
}

impl Costs {
    /// What a full one costs, if the hash can be computed in it.
    pub(super) fn of(&self, engine: Engine) -> Option<u32> {
        Some(match engine {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::Avx512(_) => self.of_512_bits,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::TwoOfAvx512(_) => self.two_of_512_bits,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::HalfOfAvx512(_) => self.half_of_avx512,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::Avx2(_) => self.of_256_bits,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::Sse2(_) => self.of_128_bits,
            #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
            Engine::Of128Bits(_) => self.of_128_bits,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::ShaOne(_) => self.by_instructions?[0],
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Engine::ShaTwo(_) => self.by_instructions?[1],
        })
    }
}

/// Whether the processor has instructions for SHA-1 and SHA-256, which RustCrypto then uses.
pub(super) fn has_sha_instructions() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let has = std::arch::is_x86_feature_detected!("sha");
    #[cfg(target_arch = "aarch64")]
    let has = std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    let has = false;
    has
}

/// Whether RustCrypto uses vectors, or instructions for it, within one SHA-512.
pub(super) fn has_sha512_instructions() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let has = std::arch::is_x86_feature_detected!("avx2");
    #[cfg(target_arch = "aarch64")]
    let has = std::arch::is_aarch64_feature_detected!("sha3");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    let has = false;
    has
}
