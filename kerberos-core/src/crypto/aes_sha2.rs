//! aes128-cts-hmac-sha256-128 and aes256-cts-hmac-sha384-192 (RFC 8009), in which the
//! ciphertext is authenticated: what was tampered with is never decrypted.

use cipher::array::typenum::Unsigned;
use cipher::{Key, KeySizeUser};
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use zeroize::Zeroizing;

use crate::assigned::{ChecksumType, EncryptionType, KeyUsage};
use crate::entropy::Entropy;

use super::CryptoError;
use super::aes_cts::{self, Aes, BLOCK};
use super::derive::{Purpose, kdf_hmac_sha2, keyed_mac};
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
    type Hash: EagerHash;
    /// The MAC over that hash.
    type Mac: Mac + KeyInit + Clone + Send + Sync;
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
    type Mac = Hmac<sha2::Sha256>;
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
    type Mac = Hmac<sha2::Sha384>;
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
    base: S::Mac,
    sealing: UsageCache<SealingKeys<S>>,
    checksum: UsageCache<S::Mac>,
}

/// Ke and Ki of one usage.
struct SealingKeys<S: Suite> {
    encryption: S::Cipher,
    integrity: S::Mac,
}

impl<S: Suite> AesSha2<S> {
    fn from_key(material: Zeroizing<Key<S::Cipher>>) -> Self {
        Self {
            base: keyed_mac(&material),
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

    fn derive_mac(&self, usage: KeyUsage, purpose: Purpose) -> S::Mac {
        let mut key = Zeroizing::new([0; MAX_TAG]);
        let (key, _) = key.split_at_mut(S::TAG.min(MAX_TAG));
        let label = purpose.constant(usage.number());
        kdf_hmac_sha2(&self.base, &label, &[], key);
        keyed_mac(key)
    }

    fn with_sealing_keys<R>(&self, usage: KeyUsage, then: impl FnOnce(&SealingKeys<S>) -> R) -> R {
        let derive = || SealingKeys {
            encryption: self.derive_cipher(usage),
            integrity: self.derive_mac(usage, Purpose::Integrity),
        };
        self.sealing.with(usage, derive, then)
    }

    fn checksum_state(&self, usage: KeyUsage, data: &[u8]) -> S::Mac {
        let derive = || self.derive_mac(usage, Purpose::Checksum);
        self.checksum
            .with(usage, derive, |mac| mac.clone().chain_update(data))
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
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        let mut out = Vec::with_capacity(BLOCK + plaintext.len() + S::TAG);
        out.resize(BLOCK, 0);
        entropy.fill(&mut out)?;
        out.extend_from_slice(plaintext);
        self.with_sealing_keys(usage, |keys| {
            aes_cts::encrypt(&keys.encryption, &mut out)?;
            let mac = keys.integrity.clone().chain_update(ZERO_STATE);
            let tag = mac.chain_update(&out).finalize();
            out.extend(tag.into_bytes().iter().take(S::TAG));
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
            let mac = keys.integrity.clone().chain_update(ZERO_STATE);
            mac.chain_update(body)
                .verify_truncated_left(tag)
                .map_err(|_| CryptoError::Integrity)?;
            let mut out = Zeroizing::new(body.to_vec());
            aes_cts::decrypt(&keys.encryption, &mut out)?;
            out.drain(..BLOCK);
            Ok(out)
        })
    }

    fn checksum(&self, usage: KeyUsage, data: &[u8]) -> Vec<u8> {
        let whole = self.checksum_state(usage, data).finalize().into_bytes();
        whole.iter().copied().take(S::TAG).collect()
    }

    fn verify(&self, usage: KeyUsage, data: &[u8], checksum: &[u8]) -> Result<(), CryptoError> {
        if checksum.len() != S::TAG {
            return Err(CryptoError::Integrity);
        }
        self.checksum_state(usage, data)
            .verify_truncated_left(checksum)
            .map_err(|_| CryptoError::Integrity)
    }

    fn prf(&self, input: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(vec![0; S::PRF]);
        kdf_hmac_sha2(&self.base, b"prf", input, &mut out);
        out
    }
}

impl<S: Suite> NewProfile for AesSha2<S> {
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
    fn from_password(password: &str, salt: &[u8], iterations: u32) -> Self {
        let salt = [S::NAME, &[0], salt].concat();
        let mut seed = Zeroizing::new(Key::<S::Cipher>::default());
        pbkdf2_hmac::<S::Hash>(password.as_bytes(), &salt, iterations, &mut seed);
        let mut key = Zeroizing::new(Key::<S::Cipher>::default());
        kdf_hmac_sha2(&keyed_mac::<S::Mac>(&seed), b"kerberos", &[], &mut key);
        Self::from_key(key)
    }
}
