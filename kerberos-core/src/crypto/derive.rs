//! Keys from keys: DR/DK (RFC 3961 §5.1) and KDF-HMAC-SHA2 (RFC 8009 §3).

use cipher::array::Array;
use cipher::consts::U16;
use cipher::{BlockCipherEncrypt, BlockSizeUser, Key, KeySizeUser};
use hmac::KeyInit;
use zeroize::{Zeroize, Zeroizing};

use super::kernel::{BlockHash, HmacKey};

/// What a derived key is for (RFC 3961 §5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Kc: a checksum on its own.
    Checksum,
    /// Ke: encryption.
    Encryption,
    /// Ki: the integrity of what Ke encrypts.
    Integrity,
}

impl Purpose {
    /// How many there are.
    pub(super) const COUNT: usize = 3;

    /// Its place in a table of all of them.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Checksum => 0,
            Self::Encryption => 1,
            Self::Integrity => 2,
        }
    }

    /// The well-known constant: the usage, then one octet that tells the three apart.
    pub(super) const fn constant(self, usage: u32) -> [u8; 5] {
        let [a, b, c, d] = usage.to_be_bytes();
        let last = match self {
            Self::Checksum => 0x99,
            Self::Encryption => 0xaa,
            Self::Integrity => 0x55,
        };
        [a, b, c, d, last]
    }
}

/// DK for a cipher whose random-to-key is the identity; `constant` is folded already.
pub(super) fn derive_key<C>(base: &C, constant: [u8; 16]) -> Zeroizing<Key<C>>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeySizeUser,
{
    let mut block: Array<u8, U16> = constant.into();
    let mut key = Zeroizing::new(Key::<C>::default());
    for chunk in key.chunks_mut(block.len()) {
        base.encrypt_block(&mut block);
        for (to, from) in chunk.iter_mut().zip(&block) {
            *to = *from;
        }
    }
    block.zeroize();
    key
}

/// KDF-HMAC-SHA2, as many bytes as `out` has.
///
/// One HMAC output is enough for every key and pseudo-random value of RFC 8009; what lies beyond
/// it in `out` is left alone.
pub(super) fn kdf_hmac_sha2<H: BlockHash>(
    key: &HmacKey<H>,
    label: &[u8],
    context: &[u8],
    out: &mut [u8],
) {
    debug_assert!(out.len() <= H::DIGEST);
    let bits = u32::try_from(out.len() * 8).unwrap_or(u32::MAX);
    let mut mac = key.begin();
    mac.update(&1_u32.to_be_bytes());
    mac.update(label);
    mac.update(&[0]);
    mac.update(context);
    mac.update(&bits.to_be_bytes());
    let mut whole = mac.finish();
    for (to, from) in out.iter_mut().zip(whole.as_ref()) {
        *to = *from;
    }
    whole.zeroize();
}

/// An HMAC keyed with `key`, which is no longer than the hash's block.
pub(super) fn keyed_mac<M: KeyInit>(key: &[u8]) -> M {
    let mut block = Zeroizing::new(Key::<M>::default());
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    M::new(&block)
}
