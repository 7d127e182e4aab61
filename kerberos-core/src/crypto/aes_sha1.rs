//! aes128-cts-hmac-sha1-96 and aes256-cts-hmac-sha1-96 (RFC 3962): the simplified profile of
//! RFC 3961 §5.3, in which the plaintext is authenticated and then encrypted.

use std::sync::Arc;

use cipher::array::Array;
use cipher::array::typenum::Unsigned;
use cipher::consts::U16;
use cipher::{BlockCipherEncrypt, BlockSizeUser, Key, KeyInit, KeySizeUser};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::assigned::{ChecksumType, EncryptionType, KeyUsage};
use crate::entropy::Entropy;

use super::CryptoError;
use super::aes_cts::{self, Aes, BLOCK};
use super::checksum_value::ChecksumValue;
use super::derive::{Purpose, derive_key};
use super::kernel::{self, Covered, HmacKey, pbkdf2};
use super::nfold;
use super::plaintext::{self, Plaintext};
use super::profile::{NewProfile, Profile};
use super::usage_cache::UsageCache;

/// Bytes of HMAC-SHA1 that are kept.
const TAG: usize = 12;

/// Bytes of an empty message's ciphertext.
const LEAST: usize = BLOCK + TAG;

/// What tells the two encryption types apart.
pub(super) trait Suite: Send + Sync + 'static {
    /// The block cipher.
    type Cipher: Aes;
    /// The same for encryption only, which is all that derivation needs.
    type Base: BlockCipherEncrypt
        + BlockSizeUser<BlockSize = U16>
        + KeyInit
        + KeySizeUser<KeySize = <Self::Cipher as KeySizeUser>::KeySize>
        + Send
        + Sync;
    /// The encryption type.
    const ETYPE: EncryptionType;
    /// Its checksum type.
    const CHECKSUM: ChecksumType;
}

/// Encryption type 17.
pub(super) struct Aes128Sha1;

impl Suite for Aes128Sha1 {
    type Cipher = aes::Aes128;
    type Base = aes::Aes128Enc;
    const ETYPE: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;
    const CHECKSUM: ChecksumType = ChecksumType::HMAC_SHA1_96_AES128;
}

/// Encryption type 18.
pub(super) struct Aes256Sha1;

impl Suite for Aes256Sha1 {
    type Cipher = aes::Aes256;
    type Base = aes::Aes256Enc;
    const ETYPE: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
    const CHECKSUM: ChecksumType = ChecksumType::HMAC_SHA1_96_AES256;
}

/// A key of encryption type 17 or 18.
pub(super) struct AesSha1<S: Suite> {
    /// Scheduled anew for each derivation: a schedule takes many times the room of the key.
    material: Zeroizing<Key<S::Cipher>>,
    sealing: UsageCache<SealingKeys<S::Cipher>>,
    checksum: UsageCache<HmacKey<Sha1>>,
}

/// Ke and Ki of one usage.
struct SealingKeys<C> {
    encryption: C,
    integrity: HmacKey<Sha1>,
}

impl<S: Suite> AesSha1<S> {
    fn from_key(material: Zeroizing<Key<S::Cipher>>) -> Self {
        Self {
            material,
            sealing: UsageCache::new(),
            checksum: UsageCache::new(),
        }
    }

    /// A key of this material.
    pub(super) fn of<const N: usize>(material: &[u8; N]) -> Self
    where
        Key<S::Cipher>: From<[u8; N]>,
    {
        Self::from_key(Zeroizing::new(Key::<S::Cipher>::from(*material)))
    }

    fn base(&self) -> S::Base {
        S::Base::new(&self.material)
    }

    fn with_sealing_keys<R>(
        &self,
        usage: KeyUsage,
        then: impl FnOnce(&SealingKeys<S::Cipher>) -> R,
    ) -> R {
        let derive = || {
            let base = self.base();
            let of = |purpose| derive_key(&base, nfold::usage_constant(usage, purpose));
            SealingKeys {
                encryption: S::Cipher::new(&of(Purpose::Encryption)),
                integrity: HmacKey::new(&of(Purpose::Integrity)),
            }
        };
        self.sealing.with(usage, derive, then)
    }

    fn whole_checksum(&self, usage: KeyUsage, data: &[u8]) -> [u8; 20] {
        let constant = nfold::usage_constant(usage, Purpose::Checksum);
        let derive = || HmacKey::new(&derive_key(&self.base(), constant));
        self.checksum.with(usage, derive, |key| key.mac(data))
    }
}

/// The part of an HMAC that is kept.
fn truncated(whole: &[u8; 20]) -> &[u8] {
    let (tag, _) = whole.split_at(TAG);
    tag
}

impl<S: Suite> Profile for AesSha1<S> {
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
            let mac = keys.integrity.begin();
            let tag = kernel::encrypt(&keys.encryption, mac, Covered::Plaintext, &mut out)?;
            out.extend_from_slice(truncated(&tag));
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
        self.with_sealing_keys(usage, |keys| {
            let (confounder, out) = aes_cts::decrypt_message(&keys.encryption, body)?;
            let mut mac = keys.integrity.begin();
            mac.update(&confounder);
            mac.update(&out);
            match bool::from(truncated(&mac.finish()).ct_eq(tag)) {
                true => Ok(out),
                false => Err(CryptoError::Integrity),
            }
        })
    }

    fn checksum(&self, usage: KeyUsage, data: &[u8]) -> ChecksumValue {
        ChecksumValue::of(truncated(&self.whole_checksum(usage, data)))
    }

    fn verify(&self, usage: KeyUsage, data: &[u8], checksum: &[u8]) -> Result<(), CryptoError> {
        let expected = self.whole_checksum(usage, data);
        match bool::from(truncated(&expected).ct_eq(checksum)) {
            true => Ok(()),
            false => Err(CryptoError::Integrity),
        }
    }

    /// RFC 3962 §6: the first block of the hash, encrypted.
    fn prf(&self, input: &[u8]) -> Zeroizing<Vec<u8>> {
        let hash = Sha1::digest(input);
        let mut block = Array::<u8, U16>::default();
        for (to, from) in block.iter_mut().zip(&hash) {
            *to = *from;
        }
        S::Base::new(&derive_key(&self.base(), nfold::PRF)).encrypt_block(&mut block);
        Zeroizing::new(block.to_vec())
    }
}

impl<S: Suite> NewProfile for AesSha1<S> {
    type Seed = Zeroizing<Key<S::Base>>;

    const KEY_LENGTH: usize = <S::Cipher as KeySizeUser>::KeySize::USIZE;
    const DEFAULT_ITERATIONS: Option<u32> = Some(4096);

    fn new(material: &[u8]) -> Result<Self, CryptoError> {
        let key =
            Key::<S::Cipher>::try_from(material).map_err(|_| CryptoError::WrongKeyLength {
                etype: S::ETYPE,
                expected: Self::KEY_LENGTH,
                found: material.len(),
            })?;
        Ok(Self::from_key(Zeroizing::new(key)))
    }

    /// RFC 3962 §4.
    fn stretch(secrets: &[(&str, &[u8])], iterations: u32, seeds: &mut [Self::Seed]) {
        pbkdf2::<Sha1>(secrets, iterations, seeds);
    }

    fn from_seed(seed: &Self::Seed) -> Self {
        Self::from_key(derive_key(&S::Base::new(seed), nfold::KERBEROS))
    }
}

/// The keys of both types of each password, at the price of the longer: the two stretch passwords
/// alike, so the octets of the shorter are the first of the longer's (RFC 2898 §5.2).
pub(super) fn of_both_types(
    secrets: &[(&str, &[u8])],
    iterations: u32,
) -> Vec<(super::Key, super::Key)> {
    let mut seeds: Vec<_> = secrets.iter().map(|_| Zeroizing::default()).collect();
    AesSha1::<Aes256Sha1>::stretch(secrets, iterations, &mut seeds);
    let keys = |seed: &Zeroizing<Key<aes::Aes256Enc>>| {
        let mut short = Zeroizing::<Key<aes::Aes128Enc>>::default();
        for (to, from) in short.iter_mut().zip(seed.iter()) {
            *to = *from;
        }
        let short = AesSha1::<Aes128Sha1>::from_seed(&short);
        let long = AesSha1::<Aes256Sha1>::from_seed(seed);
        let key = super::Key::from_profile;
        (key(Arc::new(short)), key(Arc::new(long)))
    };
    seeds.iter().map(keys).collect()
}
