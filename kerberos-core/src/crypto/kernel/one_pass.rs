//! CBC-CS3 (RFC 3962 §5) and an HMAC in one pass.
//!
//! Each block of CBC waits for the one before it, and leaves most of the processor idle. Giving
//! the hash its block just before the cipher, or a step after it, has the processor do both at
//! once; nothing but the order of the calls is needed for that.

use std::mem;

use cipher::consts::U16;
use cipher::{Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockSizeUser};

use crate::crypto::CryptoError;
use crate::crypto::aes_cts::{BLOCK, CtsCipher};

use super::BlockHash;
use super::hmac::Mac;

/// What the HMAC is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Covered {
    /// What is encrypted (RFC 3962).
    Plaintext,
    /// What it is encrypted to (RFC 8009).
    Ciphertext,
}

/// Encrypts `data` in place, at least one block of it, and finishes `mac` over it.
pub(crate) fn encrypt<C: CtsCipher, H: BlockHash>(
    cipher: &C,
    mut mac: Mac<'_, H>,
    covered: Covered,
    data: &mut [u8],
) -> Result<H::Digest, CryptoError> {
    if data.len() < BLOCK {
        return Err(CryptoError::Length {
            least: BLOCK,
            found: data.len(),
        });
    }
    cipher.encrypt_with_backend(Pass {
        mac: &mut mac,
        covered,
        data,
    });
    Ok(mac.finish())
}

struct Pass<'a, 'k, H: BlockHash> {
    mac: &'a mut Mac<'k, H>,
    covered: Covered,
    data: &'a mut [u8],
}

impl<H: BlockHash> BlockSizeUser for Pass<'_, '_, H> {
    type BlockSize = U16;
}

impl<H: BlockHash> BlockCipherEncClosure for Pass<'_, '_, H> {
    #[inline]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let Self { mac, covered, data } = self;
        let mut last = Block::<B>::default();
        let mut rest = data;
        // Encrypted but not hashed yet: the hash is a step late, or all that waits for the cipher
        // would leave the processor no room to look further ahead.
        let mut late: &[u8] = &[];
        // As many bytes as make a block of the hash whole, as long as more than what ciphertext
        // stealing changes remains.
        let mut step = match mac.missing() {
            missing if missing > 0 && missing.is_multiple_of(BLOCK) => missing,
            _ => H::BLOCK,
        };
        while rest.len() > step + BLOCK {
            let (now, later) = rest.split_at_mut_checked(step).unwrap_or_default();
            in_step(mac, covered, &mut late, now, |now| {
                cbc(backend, &mut last, now);
            });
            rest = later;
            step = H::BLOCK;
        }
        in_step(mac, covered, &mut late, rest, |rest| {
            cbc_cs3(backend, &mut last, rest);
        });
        mac.update(late);
    }
}

#[inline(always)]
fn in_step<'d, H: BlockHash>(
    mac: &mut Mac<'_, H>,
    covered: Covered,
    late: &mut &'d [u8],
    data: &'d mut [u8],
    encrypt: impl FnOnce(&mut [u8]),
) {
    if covered == Covered::Plaintext {
        mac.update(data);
    }
    encrypt(data);
    if covered == Covered::Ciphertext {
        mac.update(mem::replace(late, data));
    }
}

/// Whole blocks; `last` is the ciphertext of the one before.
#[inline(always)]
fn cbc<B: BlockCipherEncBackend<BlockSize = U16>>(
    backend: &B,
    last: &mut Block<B>,
    data: &mut [u8],
) {
    for block in data.as_chunks_mut::<BLOCK>().0 {
        add(last, block);
        backend.encrypt_block_inplace(last);
        *block = last.0;
    }
}

/// The end of a message: one block that is all of it, or more than one block.
#[inline(always)]
fn cbc_cs3<B: BlockCipherEncBackend<BlockSize = U16>>(
    backend: &B,
    last: &mut Block<B>,
    data: &mut [u8],
) {
    let whole = data.len().saturating_sub(1) / BLOCK * BLOCK;
    let (blocks, tail) = data.split_at_mut_checked(whole).unwrap_or_default();
    cbc(backend, last, blocks);
    let mut stolen = last.0;
    add(last, tail);
    backend.encrypt_block_inplace(last);
    match blocks.last_chunk_mut() {
        // The last two change places, and what was last but one is cut.
        Some(block) => *block = last.0,
        None => stolen = last.0,
    }
    for (to, from) in tail.iter_mut().zip(stolen) {
        *to = from;
    }
}

/// The exclusive or of both, as far as `data` goes.
#[inline(always)]
fn add(block: &mut [u8], data: &[u8]) {
    for (to, from) in block.iter_mut().zip(data) {
        *to ^= from;
    }
}

#[cfg(test)]
mod tests {
    use cipher::KeyInit;
    use proptest::prelude::*;
    use sha1::Sha1;
    use sha2::{Sha256, Sha384};

    use super::*;
    use crate::crypto::aes_cts;
    use crate::crypto::kernel::HmacKey;

    /// First one, then the other.
    fn assert_agrees<C: CtsCipher, H: BlockHash>(cipher: &C, before: &[u8], data: &[u8]) {
        let key = HmacKey::<H>::new(b"integrity");
        let mut encrypted = data.to_vec();
        aes_cts::encrypt(cipher, &mut encrypted).unwrap();
        for (covered, text) in [
            (Covered::Plaintext, data),
            (Covered::Ciphertext, &encrypted),
        ] {
            let mut mac = key.begin();
            mac.update(before);
            let mut ours = data.to_vec();
            let tag = encrypt(cipher, mac, covered, &mut ours).unwrap();
            assert_eq!(ours, encrypted);
            assert_eq!(tag.as_ref(), key.mac(&[before, text].concat()).as_ref());
        }
    }

    fn assert_all_agree(before: &[u8], data: &[u8]) {
        let long = aes::Aes256::new(&[0x5a; 32].into());
        let short = aes::Aes128::new(&[0x5a; 16].into());
        assert_agrees::<_, Sha1>(&long, before, data);
        assert_agrees::<_, Sha256>(&short, before, data);
        assert_agrees::<_, Sha384>(&long, before, data);
    }

    #[test]
    fn every_length_agrees_with_one_after_the_other() {
        let data: Vec<u8> = (0..=u8::MAX).cycle().take(600).collect();
        for length in BLOCK..data.len() {
            assert_all_agree(&[0; BLOCK], &data[..length]);
        }
        let key = HmacKey::<Sha1>::new(b"integrity");
        let cipher = aes::Aes128::new(&[0x5a; 16].into());
        for length in 0..BLOCK {
            let refused = encrypt(
                &cipher,
                key.begin(),
                Covered::Plaintext,
                &mut vec![0; length],
            );
            assert!(refused.is_err());
        }
    }

    proptest! {
        #[test]
        fn any_message_agrees(
            before: Vec<u8>,
            data in prop::collection::vec(any::<u8>(), BLOCK..2000),
        ) {
            assert_all_agree(&before, &data);
        }
    }
}
