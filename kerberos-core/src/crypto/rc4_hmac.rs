//! rc4-hmac (RFC 4757): the encryption type of Windows NT, deprecated by RFC 8429.
//!
//! Its key is the MD4 of the password without salt or iterations, so a captured ticket yields
//! the password to whoever guesses fast. It is here for peers that have nothing better.

use cipher::{KeyInit, StreamCipher};
use hmac::{Hmac, Mac};
use md4::{Digest, Md4};
use md5::Md5;
use rc4::Rc4;
use sha1::Sha1;
use zeroize::{Zeroize, Zeroizing};

use crate::assigned::{ChecksumType, EncryptionType, KeyUsage};
use crate::entropy::Entropy;

use super::CryptoError;
use super::checksum_value::ChecksumValue;
use super::derive::keyed_mac;
use super::hmac_md5::{self, message_type};
use super::plaintext::{self, Plaintext};
use super::profile::{NewProfile, Profile};

const KEY: usize = 16;
const TAG: usize = 16;
const CONFOUNDER: usize = 8;

/// Bytes of an empty message's ciphertext.
const LEAST: usize = TAG + CONFOUNDER;

/// A key of encryption type 23.
pub(super) struct Rc4Hmac {
    material: Zeroizing<[u8; KEY]>,
    base: Hmac<Md5>,
}

impl Rc4Hmac {
    fn from_key(material: Zeroizing<[u8; KEY]>) -> Self {
        Self {
            base: keyed_mac(&*material),
            material,
        }
    }

    /// K1, which is also K2: the key of one usage.
    fn usage_key(&self, usage: KeyUsage) -> Hmac<Md5> {
        let mut key = self
            .base
            .clone()
            .chain_update(message_type(usage))
            .finalize()
            .into_bytes();
        let mac = keyed_mac(&key);
        key.zeroize();
        mac
    }
}

/// Encrypts or decrypts under K3, the key of one message.
fn apply(usage_key: &Hmac<Md5>, tag: &[u8], data: &mut [u8]) {
    let mut key = usage_key.clone().chain_update(tag).finalize().into_bytes();
    // RC4 takes keys of any length from 1 to 256.
    if let Ok(mut cipher) = Rc4::new_from_slice(&key) {
        cipher.apply_keystream(data);
    }
    key.zeroize();
}

impl Profile for Rc4Hmac {
    fn etype(&self) -> EncryptionType {
        EncryptionType::RC4_HMAC
    }

    fn material(&self) -> &[u8] {
        &*self.material
    }

    fn checksum_type(&self) -> ChecksumType {
        ChecksumType::HMAC_MD5
    }

    /// RFC 4757 §5.
    fn seal(
        &self,
        usage: KeyUsage,
        plaintext: &dyn Plaintext,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        let mut out = plaintext::laid_out(plaintext, TAG, CONFOUNDER, 0, entropy)?;
        let (tag, body) = out.split_at_mut(TAG);
        let usage_key = self.usage_key(usage);
        let sum = usage_key.clone().chain_update(&*body).finalize();
        tag.copy_from_slice(&sum.into_bytes());
        apply(&usage_key, tag, body);
        Ok(out)
    }

    fn open(&self, usage: KeyUsage, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let (tag, body) = ciphertext
            .split_first_chunk::<TAG>()
            .filter(|(_, body)| body.len() >= CONFOUNDER)
            .ok_or(CryptoError::Length {
                least: LEAST,
                found: ciphertext.len(),
            })?;
        let usage_key = self.usage_key(usage);
        let mut out = Zeroizing::new(body.to_vec());
        apply(&usage_key, tag, &mut out);
        usage_key
            .chain_update(&*out)
            .verify_slice(tag)
            .map_err(|_| CryptoError::Integrity)?;
        out.drain(..CONFOUNDER);
        Ok(out)
    }

    fn checksum(&self, usage: KeyUsage, data: &[u8]) -> ChecksumValue {
        let sum = hmac_md5::state(&self.base, usage, data).finalize();
        ChecksumValue::of(&sum.into_bytes())
    }

    fn verify(&self, usage: KeyUsage, data: &[u8], checksum: &[u8]) -> Result<(), CryptoError> {
        hmac_md5::state(&self.base, usage, data)
            .verify_slice(checksum)
            .map_err(|_| CryptoError::Integrity)
    }

    /// HMAC-SHA1 of the input, as MIT and Windows have it; RFC 4757 defines none.
    fn prf(&self, input: &[u8]) -> Zeroizing<Vec<u8>> {
        let mac = keyed_mac::<Hmac<Sha1>>(&*self.material).chain_update(input);
        Zeroizing::new(mac.finalize().into_bytes().to_vec())
    }
}

impl NewProfile for Rc4Hmac {
    type Seed = Zeroizing<[u8; 16]>;

    const KEY_LENGTH: usize = KEY;
    const DEFAULT_ITERATIONS: Option<u32> = None;

    fn new(material: &[u8]) -> Result<Self, CryptoError> {
        let key = material
            .try_into()
            .map_err(|_| CryptoError::WrongKeyLength {
                etype: EncryptionType::RC4_HMAC,
                expected: KEY,
                found: material.len(),
            })?;
        Ok(Self::from_key(Zeroizing::new(key)))
    }

    /// RFC 4757 §2: MD4 of the password in UTF-16, little-endian.
    fn stretch(secrets: &[(&str, &[u8])], _iterations: u32, seeds: &mut [Self::Seed]) {
        for ((password, _salt), seed) in secrets.iter().zip(seeds) {
            let mut digest = Md4::new();
            for unit in password.encode_utf16() {
                digest.update(unit.to_le_bytes());
            }
            *seed = Zeroizing::new(digest.finalize().into());
        }
    }

    fn from_seed(seed: &Self::Seed) -> Self {
        Self::from_key(seed.clone())
    }
}
