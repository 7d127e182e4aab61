//! camellia128-cts-cmac and camellia256-cts-cmac (RFC 6803): the simplified profile of RFC 3961
//! §5.3 with Camellia for AES, CMAC for HMAC and a key derivation of its own.

use camellia::{Camellia128, Camellia256};
use cipher::array::typenum::Unsigned;
use cipher::{Block, Key, KeyInit, KeySizeUser};
use cmac::Cmac;
use hmac::Mac;
use sha1::Sha1;
use zeroize::{Zeroize, Zeroizing};

use crate::assigned::{ChecksumType, EncryptionType, KeyUsage};
use crate::entropy::Entropy;

use super::CryptoError;
use super::aes_cts::{self, BLOCK, CtsCipher};
use super::checksum_value::ChecksumValue;
use super::derive::Purpose;
use super::kernel::pbkdf2;
use super::plaintext::{self, Plaintext};
use super::profile::{NewProfile, Profile};
use super::usage_cache::UsageCache;

/// Bytes of a CMAC.
const TAG: usize = BLOCK;

/// Bytes of an empty message's ciphertext.
const LEAST: usize = BLOCK + TAG;

/// What tells the two encryption types apart.
pub(super) trait Suite: Send + Sync + 'static {
    /// The block cipher.
    type Cipher: CtsCipher + Clone;
    /// The encryption type.
    const ETYPE: EncryptionType;
    /// Its checksum type.
    const CHECKSUM: ChecksumType;
    /// Its name, which becomes part of the salt.
    const NAME: &'static [u8];
}

/// Encryption type 25.
pub(super) struct Camellia128Cmac;

impl Suite for Camellia128Cmac {
    type Cipher = Camellia128;
    const ETYPE: EncryptionType = EncryptionType::CAMELLIA128_CTS_CMAC;
    const CHECKSUM: ChecksumType = ChecksumType::CMAC_CAMELLIA128;
    const NAME: &'static [u8] = b"camellia128-cts-cmac";
}

/// Encryption type 26.
pub(super) struct Camellia256Cmac;

impl Suite for Camellia256Cmac {
    type Cipher = Camellia256;
    const ETYPE: EncryptionType = EncryptionType::CAMELLIA256_CTS_CMAC;
    const CHECKSUM: ChecksumType = ChecksumType::CMAC_CAMELLIA256;
    const NAME: &'static [u8] = b"camellia256-cts-cmac";
}

impl CtsCipher for Camellia128 {}
impl CtsCipher for Camellia256 {}

/// A key of encryption type 25 or 26.
pub(super) struct CamelliaCmac<S: Suite> {
    material: Zeroizing<Key<S::Cipher>>,
    base: Cmac<S::Cipher>,
    sealing: UsageCache<SealingKeys<S::Cipher>>,
    checksum: UsageCache<Cmac<S::Cipher>>,
}

/// Ke and Ki of one usage.
struct SealingKeys<C: CtsCipher + Clone> {
    encryption: C,
    integrity: Cmac<C>,
}

/// KDF-FEEDBACK-CMAC (RFC 6803 §3).
fn feedback_kdf<C>(base: &Cmac<C>, constant: &[u8]) -> Zeroizing<Key<C>>
where
    C: CtsCipher + Clone,
{
    let mut key = Zeroizing::new(Key::<C>::default());
    let bits = u32::try_from(key.len() * 8).unwrap_or(u32::MAX);
    let mut block = Block::<C>::default();
    for (counter, chunk) in (1_u32..).zip(key.chunks_mut(BLOCK)) {
        block = base
            .clone()
            .chain_update(block)
            .chain_update(counter.to_be_bytes())
            .chain_update(constant)
            .chain_update([0])
            .chain_update(bits.to_be_bytes())
            .finalize()
            .into_bytes();
        for (to, from) in chunk.iter_mut().zip(&block) {
            *to = *from;
        }
    }
    block.zeroize();
    key
}

fn mac<C: CtsCipher + Clone>(key: &Key<C>) -> Cmac<C> {
    Cmac::new(key)
}

impl<S: Suite> CamelliaCmac<S> {
    fn from_key(material: Zeroizing<Key<S::Cipher>>) -> Self {
        Self {
            base: mac::<S::Cipher>(&material),
            material,
            sealing: UsageCache::new(),
            checksum: UsageCache::new(),
        }
    }

    fn derive(&self, usage: KeyUsage, purpose: Purpose) -> Zeroizing<Key<S::Cipher>> {
        feedback_kdf(&self.base, &purpose.constant(usage.number()))
    }

    fn with_sealing_keys<R>(
        &self,
        usage: KeyUsage,
        then: impl FnOnce(&SealingKeys<S::Cipher>) -> R,
    ) -> R {
        let derive = || SealingKeys {
            encryption: S::Cipher::new(&self.derive(usage, Purpose::Encryption)),
            integrity: mac::<S::Cipher>(&self.derive(usage, Purpose::Integrity)),
        };
        self.sealing.with(usage, derive, then)
    }

    fn checksum_state(&self, usage: KeyUsage, data: &[u8]) -> Cmac<S::Cipher> {
        let derive = || mac::<S::Cipher>(&self.derive(usage, Purpose::Checksum));
        self.checksum
            .with(usage, derive, |mac| mac.clone().chain_update(data))
    }
}

impl<S: Suite> Profile for CamelliaCmac<S> {
    fn etype(&self) -> EncryptionType {
        S::ETYPE
    }

    fn material(&self) -> &[u8] {
        &self.material
    }

    fn checksum_type(&self) -> ChecksumType {
        S::CHECKSUM
    }

    fn seal(
        &self,
        usage: KeyUsage,
        plaintext: &dyn Plaintext,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        let mut out = plaintext::laid_out(plaintext, 0, BLOCK, TAG, entropy)?;
        self.with_sealing_keys(usage, |keys| {
            let tag = keys.integrity.clone().chain_update(&out).finalize();
            aes_cts::encrypt(&keys.encryption, &mut out)?;
            out.extend_from_slice(&tag.into_bytes());
            Ok(out)
        })
    }

    fn open(&self, usage: KeyUsage, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let (body, tag) = ciphertext
            .split_last_chunk::<TAG>()
            .filter(|(body, _)| body.len() >= BLOCK)
            .ok_or(CryptoError::Length {
                least: LEAST,
                found: ciphertext.len(),
            })?;
        let mut out = Zeroizing::new(body.to_vec());
        self.with_sealing_keys(usage, |keys| {
            aes_cts::decrypt(&keys.encryption, &mut out)?;
            let mac = keys.integrity.clone().chain_update(&*out);
            mac.verify_slice(tag).map_err(|_| CryptoError::Integrity)
        })?;
        out.drain(..BLOCK);
        Ok(out)
    }

    fn checksum(&self, usage: KeyUsage, data: &[u8]) -> ChecksumValue {
        let sum = self.checksum_state(usage, data).finalize();
        ChecksumValue::of(&sum.into_bytes())
    }

    fn verify(&self, usage: KeyUsage, data: &[u8], checksum: &[u8]) -> Result<(), CryptoError> {
        self.checksum_state(usage, data)
            .verify_slice(checksum)
            .map_err(|_| CryptoError::Integrity)
    }

    /// RFC 6803 §6.
    fn prf(&self, input: &[u8]) -> Zeroizing<Vec<u8>> {
        let sum = mac::<S::Cipher>(&feedback_kdf(&self.base, b"prf")).chain_update(input);
        Zeroizing::new(sum.finalize().into_bytes().to_vec())
    }
}

impl<S: Suite> NewProfile for CamelliaCmac<S> {
    type Seed = Zeroizing<Key<S::Cipher>>;

    const KEY_LENGTH: usize = <S::Cipher as KeySizeUser>::KeySize::USIZE;
    const DEFAULT_ITERATIONS: Option<u32> = Some(32_768);

    fn new(material: &[u8]) -> Result<Self, CryptoError> {
        let key =
            Key::<S::Cipher>::try_from(material).map_err(|_| CryptoError::WrongKeyLength {
                etype: S::ETYPE,
                expected: Self::KEY_LENGTH,
                found: material.len(),
            })?;
        Ok(Self::from_key(Zeroizing::new(key)))
    }

    /// RFC 6803 §4.
    fn stretch(secrets: &[(&str, &[u8])], iterations: u32, seeds: &mut [Self::Seed]) {
        let salted: Vec<_> = secrets
            .iter()
            .map(|(password, salt)| (password, [S::NAME, &[0], *salt].concat()))
            .collect();
        pbkdf2::<Sha1>(&salted, iterations, seeds);
    }

    fn from_seed(seed: &Self::Seed) -> Self {
        Self::from_key(feedback_kdf(&mac::<S::Cipher>(seed), b"kerberos"))
    }
}
