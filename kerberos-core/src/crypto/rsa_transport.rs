//! Transport of keys under RSA public keys, in the padding of PKCS #1 version 1.5
//! (RFC 8017 §7.2.1). What takes a private key is not here: in that padding it tells too much.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U64, U2048, U3072, U4096, Uint};
use zeroize::Zeroizing;

use super::modp::{octets, uint};
use crate::entropy::{Entropy, EntropyUnavailable};

/// Bits of a modulus: less is within reach of whoever can spend enough, more is nowhere in use.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// Octets of padding at least (RFC 8017 §7.2.1).
const LEAST_PADDING: usize = 8;

/// An RSA public key that seals.
pub(crate) struct RsaPublicKey<'a> {
    modulus: &'a [u8],
    exponent: U64,
}

impl<'a> RsaPublicKey<'a> {
    /// The key of this modulus and exponent, most significant octet first and without zeros in
    /// front; nothing when they are none that are used.
    pub(crate) fn new(modulus: &'a [u8], exponent: &[u8]) -> Option<Self> {
        let bits = modulus.len().checked_mul(8)?;
        let is_odd = |octets: &[u8]| octets.last().is_some_and(|last| last & 1 == 1);
        let exponent = uint(exponent).filter(|_| is_odd(exponent))?;
        let fits = MODULUS_BITS.contains(&bits) && is_odd(modulus) && exponent > U64::ONE;
        fits.then_some(Self { modulus, exponent })
    }

    /// `message` sealed; nothing when it is too long.
    ///
    /// # Errors
    ///
    /// [`EntropyUnavailable`].
    ///
    /// RFC 8017 §7.2.1
    pub(crate) fn seal(
        &self,
        message: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Option<Vec<u8>>, EntropyUnavailable> {
        let padding = self.modulus.len().saturating_sub(message.len());
        let padding = padding.saturating_sub(3);
        if padding < LEAST_PADDING {
            return Ok(None);
        }
        let mut block = Zeroizing::new(vec![0, 2]);
        for _ in 0..padding {
            block.push(nonzero(entropy)?);
        }
        block.push(0);
        block.extend_from_slice(message);
        Ok(match self.modulus.len() {
            ..=256 => self.power::<{ U2048::LIMBS }>(&block),
            257..=384 => self.power::<{ U3072::LIMBS }>(&block),
            _ => self.power::<{ U4096::LIMBS }>(&block),
        })
    }

    fn power<const LIMBS: usize>(&self, block: &[u8]) -> Option<Vec<u8>> {
        let modulus: Option<Odd<Uint<LIMBS>>> = Odd::new(uint(self.modulus)?).into();
        let parameters = FixedMontyParams::new_vartime(modulus?);
        let sealed = FixedMontyForm::new(&uint(block)?, &parameters).pow(&self.exponent);
        let sealed = octets(&sealed.retrieve());
        let excess = sealed.len().checked_sub(self.modulus.len())?;
        sealed.get(excess..).map(<[u8]>::to_vec)
    }
}

fn nonzero(entropy: &dyn Entropy) -> Result<u8, EntropyUnavailable> {
    /// Draws of one octet: that all are zero has a chance of one in 2^128.
    const DRAWS: usize = 16;
    let mut drawn = Zeroizing::new([0; DRAWS]);
    entropy.fill(drawn.as_mut())?;
    Ok(drawn.iter().copied().find(|octet| *octet != 0).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    /// A pair that was made for this test.
    const MODULUS: &str = concat!(
        "ac5de8aa1af3c5839f24d7d4540c87e6003a10a4c1e35ee991737b5c355bf27bea6437b1d6c18948",
        "f7b9139e5a5e0aa957a5ebd0ed4e79c1e5117c75ceab45ca599514707ef49353282eb2cf37a05ab4",
        "a511bf2064ade8270daf1f32749f8d33cf2d42648d27917093ace22c7c36da60da29fb0cf0339d2a",
        "91f88d3fd89657d111351b34452ffa1fca980aa979d12fb09925378d8a0fe36c6237c535d25ed7db",
        "1755fd242b21d6cd5ed9da954c3cc12825ce8c6505f97eb9f68e21022748a0c36f1f1b3013d2b802",
        "dbf66394c9f8063dbfe06c4223adabab133af6f18a39ca4cacaac74d6f795c5ccc9177d5fce9581b",
        "54b59cad27becdb432f292afa34a7ffb",
    );
    const PRIVATE: &str = concat!(
        "3b006c4faa292ebfa6dec4388ccabb4c2a60b5e8c7ebce45f2818ec51a08cee0c6f3a632ec79d446",
        "1372197a97a16051e64c4803fcef63735137a29c6af1aad2a0c68cb8136521f711a6a693930d836f",
        "19a011060420997aa0cf04c54f317c72b324e178aceed1f4b0c039ad93996d384105a4c7a1837175",
        "ac80e1ccec954e1a954f0d96bd6d8bfed1e52abdb54c85e826f2d7ecc10d06165cc866a2434383a3",
        "f10c1b8ab36024d68b43332f10f86d5a65cef46fd0d035d88f7185ca130a96ebbb01a1bbcd5d2638",
        "cdc41616639bc46c2689c755985930783742d472b7b9d38c5b1f8241ac5a69d2bc7c2887b7d1cd4a",
        "ac800891a5ca786d2932738b65585335",
    );
    const EXPONENT: &[u8] = &[1, 0, 1];

    fn unsealed(sealed: &[u8]) -> Vec<u8> {
        let modulus = Odd::new(U2048::from_be_hex(MODULUS)).unwrap();
        let parameters = FixedMontyParams::new_vartime(modulus);
        let base: U2048 = uint(sealed).unwrap();
        let private = U2048::from_be_hex(PRIVATE);
        octets(
            &FixedMontyForm::new(&base, &parameters)
                .pow(&private)
                .retrieve(),
        )
    }

    #[test]
    fn the_private_key_finds_the_message_behind_the_padding() {
        let modulus = hex::decode(MODULUS).unwrap();
        let key = RsaPublicKey::new(&modulus, EXPONENT).unwrap();
        let entropy = SeededEntropy::new(1);
        for length in [0, 32, 245] {
            let message = vec![7; length];
            let sealed = key.seal(&message, &entropy).unwrap().unwrap();
            assert_eq!(sealed.len(), modulus.len());
            let block = unsealed(&sealed);
            let (front, back) = block.split_at(256 - length);
            assert_eq!(back, message);
            assert_eq!(front[..2], [0, 2]);
            let (last, padding) = front[2..].split_last().unwrap();
            assert_eq!(*last, 0);
            assert!(padding.iter().all(|octet| *octet != 0));
            assert!(padding.len() >= 8);
        }
        assert_eq!(
            key.seal(&[7; 246], &entropy).unwrap(),
            None,
            "eight are left"
        );
        let again = |seed| key.seal(b"key", &SeededEntropy::new(seed)).unwrap();
        assert_ne!(again(1), again(2));
    }

    #[test]
    fn keys_that_nobody_should_have_are_refused() {
        let modulus = hex::decode(MODULUS).unwrap();
        let mut even = modulus.clone();
        *even.last_mut().unwrap() &= 0xfe;
        let long = [&modulus[..], &[1; 257]].concat();
        for (modulus, exponent) in [
            (&modulus[1..], EXPONENT),
            (&even, EXPONENT),
            (&long, EXPONENT),
            (&modulus[..], &[1]),
            (&modulus, &[4]),
            (&modulus, &[]),
            (&modulus, &[1; 9]),
        ] {
            assert!(
                RsaPublicKey::new(modulus, exponent).is_none(),
                "{exponent:?}"
            );
        }
        let longest = [&modulus[..], &modulus].concat();
        let key = RsaPublicKey::new(&longest, EXPONENT).unwrap();
        let sealed = key.seal(b"key", &SeededEntropy::new(1)).unwrap();
        assert_eq!(sealed.map(|sealed| sealed.len()), Some(512));
        let between = [&modulus[..], &[1; 100]].concat();
        let key = RsaPublicKey::new(&between, EXPONENT).unwrap();
        let sealed = key.seal(b"key", &SeededEntropy::new(1)).unwrap();
        assert_eq!(sealed.map(|sealed| sealed.len()), Some(356));
    }
}
