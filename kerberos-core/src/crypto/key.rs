//! Keys: what everything else here is done with.

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::assigned::{ChecksumType, EncryptionType, KeyUsage};
use crate::entropy::Entropy;

use super::aes_sha1::{Aes128Sha1, Aes256Sha1, AesSha1};
use super::checksum_value::ChecksumValue;
use super::plaintext::Plaintext;
use super::profile::{FromMaterial, KeyLength, Profile, with_profile};
use super::string_to_key::{Count, FromPassword};
use super::{CryptoError, IterationLimits};

/// A key of a supported encryption type.
///
/// Clones share one key and what was derived from it, which is kept per usage (up to a fixed
/// number) and may be used from several threads. Comparison takes constant time, `Debug` shows
/// the type only, and the memory is wiped with the last clone.
///
/// ```
/// use kerberos_core::assigned::{EncryptionType, KeyUsage};
/// use kerberos_core::crypto::{CryptoError, Key};
/// use kerberos_core::entropy::SeededEntropy;
///
/// let entropy = SeededEntropy::new(1); // outside of tests: OsEntropy
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let key = Key::from_password(etype, "correct horse", b"CONTOSO.COMalice", None)?;
/// let sealed = key.seal(KeyUsage::AS_REQ_TIMESTAMP, b"now", &entropy)?;
/// assert_eq!(key.open(KeyUsage::AS_REQ_TIMESTAMP, &sealed)?.as_slice(), b"now");
/// // Every use has a key of its own.
/// assert_eq!(key.open(KeyUsage::TICKET, &sealed), Err(CryptoError::Integrity));
/// # Ok::<(), CryptoError>(())
/// ```
#[derive(Clone)]
pub struct Key {
    profile: Arc<dyn Profile>,
}

/// Bytes of the longest key of any encryption type.
const LONGEST: usize = 32;

impl Key {
    /// A key of this material.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`], [`CryptoError::WrongKeyLength`].
    pub fn new(etype: EncryptionType, material: &[u8]) -> Result<Self, CryptoError> {
        with_profile(etype, FromMaterial(material))?.map(Self::from_profile)
    }

    /// A key of type aes256-cts-hmac-sha1-96: what has the right length cannot be refused.
    pub fn aes256_cts_hmac_sha1_96(material: &[u8; 32]) -> Self {
        Self::from_profile(Arc::new(AesSha1::<Aes256Sha1>::of(material)))
    }

    /// A key of type aes128-cts-hmac-sha1-96.
    pub fn aes128_cts_hmac_sha1_96(material: &[u8; 16]) -> Self {
        Self::from_profile(Arc::new(AesSha1::<Aes128Sha1>::of(material)))
    }

    /// A fresh random key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`], [`CryptoError::EntropyUnavailable`].
    pub fn generate(etype: EncryptionType, entropy: &dyn Entropy) -> Result<Self, CryptoError> {
        let mut longest = Zeroizing::new([0; LONGEST]);
        let (material, _) = longest
            .split_at_mut_checked(with_profile(etype, KeyLength)?)
            .unwrap_or_default();
        entropy.fill(material)?;
        Self::new(etype, material)
    }

    /// The key of a password, with `parameters` as a KDC gives them.
    ///
    /// The iteration count is held within [`IterationLimits::default`]: parameters arrive
    /// unauthenticated, so their sender may be anybody.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`], [`CryptoError::BadParameters`],
    /// [`CryptoError::WeakIterationCount`], [`CryptoError::ExcessiveIterationCount`].
    ///
    /// RFC 3962 §4, RFC 8009 §4
    pub fn from_password(
        etype: EncryptionType,
        password: &str,
        salt: &[u8],
        parameters: Option<&[u8]>,
    ) -> Result<Self, CryptoError> {
        Self::from_password_within(
            IterationLimits::default(),
            etype,
            password,
            salt,
            parameters,
        )
    }

    /// The key of a password, with limits of the caller's own on the iteration count.
    ///
    /// For parameters from a trusted source, such as published test values or one's own
    /// database. Zero iterations, which stand for 2^32, are refused whatever the limits.
    ///
    /// # Errors
    ///
    /// As [`Key::from_password`].
    pub fn from_password_within(
        limits: IterationLimits,
        etype: EncryptionType,
        password: &str,
        salt: &[u8],
        parameters: Option<&[u8]>,
    ) -> Result<Self, CryptoError> {
        let count = Count {
            etype,
            parameters,
            limits,
        };
        let question = FromPassword {
            count,
            password,
            salt,
        };
        with_profile(etype, question)?.map(Self::from_profile)
    }

    pub(super) fn from_profile(profile: Arc<dyn Profile>) -> Self {
        Self { profile }
    }

    /// The encryption type.
    pub fn etype(&self) -> EncryptionType {
        self.profile.etype()
    }

    /// The key itself, for a message or file that must carry it.
    pub fn expose_material(&self) -> &[u8] {
        self.profile.material()
    }

    /// Encrypts and authenticates `plaintext` under a random confounder.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn seal(
        &self,
        usage: KeyUsage,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        self.profile.seal(usage, &plaintext, entropy)
    }

    /// As [`Key::seal`]; the plaintext is written where it is encrypted.
    pub(crate) fn seal_written(
        &self,
        usage: KeyUsage,
        plaintext: &dyn Plaintext,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError> {
        self.profile.seal(usage, plaintext, entropy)
    }

    /// Verifies and decrypts `ciphertext`, which may be anything at all.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Integrity`] when it was not sealed with this key and usage or was changed
    /// since, [`CryptoError::Length`] when it is too short for any message.
    pub fn open(
        &self,
        usage: KeyUsage,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        self.profile.open(usage, ciphertext)
    }

    /// The type of the checksums that this key makes.
    pub fn checksum_type(&self) -> ChecksumType {
        self.profile.checksum_type()
    }

    /// The keyed checksum of `data`.
    ///
    /// # Errors
    ///
    /// None for the supported types.
    pub fn checksum(&self, usage: KeyUsage, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(self.checksum_value(usage, data).to_vec())
    }

    pub(crate) fn checksum_value(&self, usage: KeyUsage, data: &[u8]) -> ChecksumValue {
        self.profile.checksum(usage, data)
    }

    /// Verifies a checksum of type [`Key::checksum_type`], in constant time.
    ///
    /// # Errors
    ///
    /// [`CryptoError::Integrity`] when it is not the checksum of `data` or has the wrong length.
    pub fn verify(&self, usage: KeyUsage, data: &[u8], checksum: &[u8]) -> Result<(), CryptoError> {
        self.profile.verify(usage, data, checksum)
    }

    /// The pseudo-random function of the encryption type.
    ///
    /// RFC 3961 §3, RFC 8009 §5
    pub fn prf(&self, input: &[u8]) -> Zeroizing<Vec<u8>> {
        self.profile.prf(input)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let same = self.expose_material().ct_eq(other.expose_material());
        self.etype() == other.etype() && bool::from(same)
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, redacted)", self.etype())
    }
}
