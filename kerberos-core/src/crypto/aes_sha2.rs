//! aes128-cts-hmac-sha256-128 and aes256-cts-hmac-sha384-192 (RFC 8009), in which the
//! ciphertext is authenticated: what was tampered with is never decrypted.

use cipher::array::typenum::Unsigned;
use cipher::{Key, KeyInit, KeySizeUser};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::assigned::{ChecksumType, EncryptionType, KeyUsage};
use crate::entropy::Entropy;

use super::CryptoError;
use super::aes_cts::{self, Aes, BLOCK};
use super::checksum_value::ChecksumValue;
use super::derive::{Purpose, kdf_hmac_sha2};
use super::kernel::{self, Covered, HmacKey, Pbkdf2Hash, pbkdf2};
use super::plaintext::{self, Plaintext};
use super::profile::{NewProfile, Profile};
use super::usage_cache::UsageCache;

/// The longest truncated HMAC of the two, and so the longest Ki and Kc.
const MAX_TAG: usize = 24;

/// The cipher state that every message starts from, authenticated with it.
const ZERO_STATE: [u8; BLOCK] = [0; BLOCK];

/// What tells the two encryption types apart.
pub(super) trait Suite: Send + Sync + 'static {
    /// The block cipher.
    type Cipher: Aes;
    /// The hash.
    type Hash: Pbkdf2Hash;
    /// The encryption type.
    const ETYPE: EncryptionType;
    /// Its checksum type.
    const CHECKSUM: ChecksumType;
    /// The name that salts string-to-key.
    const NAME: &'static [u8];
    /// Bytes of the HMAC that are kept, which is also the length of Ki and Kc.
    const TAG: usize;
    /// Bytes of pseudo-random output.
    const PRF: usize;
}

/// Encryption type 19.
pub(super) struct Aes128Sha256;

impl Suite for Aes128Sha256 {
    type Cipher = aes::Aes128;
    type Hash = sha2::Sha256;
    const ETYPE: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA256_128;
    const CHECKSUM: ChecksumType = ChecksumType::HMAC_SHA256_128_AES128;
    const NAME: &'static [u8] = b"aes128-cts-hmac-sha256-128";
    const TAG: usize = 16;
    const PRF: usize = 32;
}

/// Encryption type 20.
pub(super) struct Aes256Sha384;

impl Suite for Aes256Sha384 {
    type Cipher = aes::Aes256;
    type Hash = sha2::Sha384;
    const ETYPE: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA384_192;
    const CHECKSUM: ChecksumType = ChecksumType::HMAC_SHA384_192_AES256;
    const NAME: &'static [u8] = b"aes256-cts-hmac-sha384-192";
    const TAG: usize = 24;
    const PRF: usize = 48;
}

/// A key of encryption type 19 or 20.
pub(super) struct AesSha2<S: Suite> {
    material: Zeroizing<Key<S::Cipher>>,
    /// The base key, as the KDF uses it.
    base: HmacKey<S::Hash>,
    sealing: UsageCache<SealingKeys<S>>,
    checksum: UsageCache<HmacKey<S::Hash>>,
}

/// Ke and Ki of one usage.
struct SealingKeys<S: Suite> {
    encryption: S::Cipher,
    integrity: HmacKey<S::Hash>,
}

impl<S: Suite> AesSha2<S> {
    fn from_key(material: Zeroizing<Key<S::Cipher>>) -> Self {
        Self {
            base: HmacKey::new(&material),
            material,
            sealing: UsageCache::new(),
            checksum: UsageCache::new(),
        }
    }

    fn derive_cipher(&self, usage: KeyUsage) -> S::Cipher {
        let mut key = Zeroizing::new(Key::<S::Cipher>::default());
        let label = Purpose::Encryption.constant(usage.number());
        kdf_hmac_sha2(&self.base, &label, &[], &mut key);
        S::Cipher::new(&key)
    }

    fn derive_mac(&self, usage: KeyUsage, purpose: Purpose) -> HmacKey<S::Hash> {
        let mut key = Zeroizing::new([0; MAX_TAG]);
        let (key, _) = key.split_at_mut(S::TAG.min(MAX_TAG));
        let label = purpose.constant(usage.number());
        kdf_hmac_sha2(&self.base, &label, &[], key);
        HmacKey::new(key)
    }

    fn with_sealing_keys<R>(&self, usage: KeyUsage, then: impl FnOnce(&SealingKeys<S>) -> R) -> R {
        let derive = || SealingKeys {
            encryption: self.derive_cipher(usage),
            integrity: self.derive_mac(usage, Purpose::Integrity),
        };
        self.sealing.with(usage, derive, then)
    }

    fn whole_checksum(
        &self,
        usage: KeyUsage,
        data: &[u8],
    ) -> <S::Hash as kernel::BlockHash>::Digest {
        let derive = || self.derive_mac(usage, Purpose::Checksum);
        self.checksum.with(usage, derive, |key| key.mac(data))
    }

    /// The part of an HMAC that is kept.
    fn truncated(whole: &<S::Hash as kernel::BlockHash>::Digest) -> &[u8] {
        whole.as_ref().get(..S::TAG).unwrap_or_default()
    }
}

impl<S: Suite> Profile for AesSha2<S> {
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
        let mut out = plaintext::laid_out(plaintext, 0, BLOCK, S::TAG, entropy)?;
        self.with_sealing_keys(usage, |keys| {
            let mut mac = keys.integrity.begin();
            mac.update(&ZERO_STATE);
            let tag = kernel::encrypt(&keys.encryption, mac, Covered::Ciphertext, &mut out)?;
            out.extend_from_slice(Self::truncated(&tag));
            Ok(out)
        })
    }

    fn open(&self, usage: KeyUsage, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let (body, tag) = ciphertext
            .len()
            .checked_sub(S::TAG)
            .filter(|body| *body >= BLOCK)
            .and_then(|body| ciphertext.split_at_checked(body))
            .ok_or(CryptoError::Length {
                least: BLOCK + S::TAG,
                found: ciphertext.len(),
            })?;
        self.with_sealing_keys(usage, |keys| {
            let mut mac = keys.integrity.begin();
            mac.update(&ZERO_STATE);
            mac.update(body);
            if !bool::from(Self::truncated(&mac.finish()).ct_eq(tag)) {
                return Err(CryptoError::Integrity);
            }
            aes_cts::decrypt_message(&keys.encryption, body).map(|(_, plaintext)| plaintext)
        })
    }

    fn checksum(&self, usage: KeyUsage, data: &[u8]) -> ChecksumValue {
        ChecksumValue::of(Self::truncated(&self.whole_checksum(usage, data)))
    }

    fn verify(&self, usage: KeyUsage, data: &[u8], checksum: &[u8]) -> Result<(), CryptoError> {
        let expected = self.whole_checksum(usage, data);
        match bool::from(Self::truncated(&expected).ct_eq(checksum)) {
            true => Ok(()),
            false => Err(CryptoError::Integrity),
        }
    }

    fn prf(&self, input: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(vec![0; S::PRF]);
        kdf_hmac_sha2(&self.base, b"prf", input, &mut out);
        out
    }
}

impl<S: Suite> NewProfile for AesSha2<S> {
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

    /// RFC 8009 §4: the name of the encryption type is part of the salt.
    fn stretch(secrets: &[(&str, &[u8])], iterations: u32, seeds: &mut [Self::Seed]) {
        let salted: Vec<_> = secrets
            .iter()
            .map(|(password, salt)| (password, [S::NAME, &[0], *salt].concat()))
            .collect();
        pbkdf2::<S::Hash>(&salted, iterations, seeds);
    }

    fn from_seed(seed: &Self::Seed) -> Self {
        let mut key = Zeroizing::new(Key::<S::Cipher>::default());
        kdf_hmac_sha2(&HmacKey::<S::Hash>::new(seed), b"kerberos", &[], &mut key);
        Self::from_key(key)
    }
}
