//! Hashes as HMAC and PBKDF2 need them: a state that can be kept, and blocks that change it.

use std::ops::BitXor;

use fearless_simd::SimdElement;
use sha1::Sha1;
use sha2::{Sha256, Sha384};
use zeroize::Zeroize;

/// A word of a hash's state, big-endian in blocks and digests.
pub(crate) trait Word: SimdElement + BitXor<Output = Self> + Zeroize {
    /// Writes as many of `words` as fit.
    fn write(words: &[Self], out: &mut [u8]);
}

impl Word for u32 {
    #[inline(always)]
    fn write(words: &[Self], out: &mut [u8]) {
        for (to, word) in out.as_chunks_mut().0.iter_mut().zip(words) {
            *to = word.to_be_bytes();
        }
    }
}

impl Word for u64 {
    #[inline(always)]
    fn write(words: &[Self], out: &mut [u8]) {
        for (to, word) in out.as_chunks_mut().0.iter_mut().zip(words) {
            *to = word.to_be_bytes();
        }
    }
}

/// A hash of the SHA family (FIPS 180-4), one block at a time.
pub(crate) trait BlockHash: Send + Sync + 'static {
    /// What the state consists of.
    type Word: Word;
    /// What one block leaves for the next.
    type State: AsRef<[Self::Word]> + AsMut<[Self::Word]> + Copy + Send + Sync + Zeroize;
    /// A block of input.
    type Block: AsRef<[u8]> + AsMut<[u8]> + Copy + Send + Sync + Zeroize;
    /// A finished hash.
    type Digest: AsRef<[u8]> + AsMut<[u8]> + Zeroize;

    /// The state before the first block.
    const START: Self::State;
    /// A block of zeros.
    const EMPTY: Self::Block;
    /// Bytes in a block.
    const BLOCK: usize;
    /// Bytes in a digest.
    const DIGEST: usize;
    /// Bytes at the end of the last block that hold the length of the message.
    const LENGTH: usize;

    /// Takes the blocks into `state`.
    fn compress(state: &mut Self::State, blocks: &[Self::Block]);
    /// The whole blocks of `data`, and the rest.
    fn blocks(data: &[u8]) -> (&[Self::Block], &[u8]);
    /// The digest of a message that ended with `state`.
    fn digest(state: &Self::State) -> Self::Digest;

    /// Completes the last block of a message of `length` bytes, `filled` of them in `block`.
    #[inline(always)]
    fn pad(block: &mut Self::Block, filled: usize, length: u64) {
        let bytes = block.as_mut();
        if let Some(end) = bytes.get_mut(filled) {
            *end = 0x80;
        }
        if let Some(bits) = bytes.last_chunk_mut() {
            *bits = (length * 8).to_be_bytes();
        }
    }

    /// The last block of a message of one block and the digest that `state` is: HMAC's second
    /// and fourth.
    #[inline(always)]
    fn block_of_digest(state: &Self::State) -> Self::Block {
        let mut block = Self::EMPTY;
        let words = state.as_ref();
        if let Some(start) = block.as_mut().get_mut(..Self::DIGEST) {
            Word::write(words, start);
        }
        let length = u64::try_from(Self::BLOCK + Self::DIGEST).unwrap_or_default();
        Self::pad(&mut block, Self::DIGEST, length);
        block
    }
}

macro_rules! block_hash {
    ($hash:ty, [$word:ty; $words:literal], $block:literal, $digest:literal, $compress:path, $start:expr) => {
        impl BlockHash for $hash {
            type Word = $word;
            type State = [$word; $words];
            type Block = [u8; $block];
            type Digest = [u8; $digest];

            const START: Self::State = $start;
            const EMPTY: Self::Block = [0; $block];
            const BLOCK: usize = $block;
            const DIGEST: usize = $digest;
            const LENGTH: usize = $block / 8;

            #[inline(always)]
            fn compress(state: &mut Self::State, blocks: &[Self::Block]) {
                $compress(state, blocks);
            }

            #[inline(always)]
            fn blocks(data: &[u8]) -> (&[Self::Block], &[u8]) {
                data.as_chunks()
            }

            #[inline(always)]
            fn digest(state: &Self::State) -> Self::Digest {
                let mut digest = [0; $digest];
                Word::write(state, &mut digest);
                digest
            }
        }
    };
}

block_hash!(
    Sha1,
    [u32; 5],
    64,
    20,
    sha1::block_api::compress,
    [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ]
);

block_hash!(
    Sha256,
    [u32; 8],
    64,
    32,
    sha2::block_api::compress256,
    [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ]
);

block_hash!(
    Sha384,
    [u64; 8],
    128,
    48,
    sha2::block_api::compress512,
    [
        0xcbbb_9d5d_c105_9ed8,
        0x629a_292a_367c_d507,
        0x9159_015a_3070_dd17,
        0x152f_ecd8_f70e_5939,
        0x6733_2667_ffc0_0b31,
        0x8eb4_4a87_6858_1511,
        0xdb0c_2e0d_64f9_8fa7,
        0x47b5_481d_befa_4fa4,
    ]
);
