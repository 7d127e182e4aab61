//! What an encryption type must provide (RFC 3961 §3), and which ones there are.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::assigned::{ChecksumType, EncryptionType, KeyUsage};
use crate::entropy::Entropy;

use super::CryptoError;
use super::aes_sha1::{Aes128Sha1, Aes256Sha1, AesSha1};
use super::aes_sha2::{Aes128Sha256, Aes256Sha384, AesSha2};
#[cfg(feature = "camellia")]
use super::camellia_cmac::{Camellia128Cmac, Camellia256Cmac, CamelliaCmac};
use super::checksum_value::ChecksumValue;
use super::plaintext::Plaintext;
#[cfg(feature = "rc4-hmac")]
use super::rc4_hmac::Rc4Hmac;

/// A key under its encryption type. Derived keys are the implementation's to keep.
pub(super) trait Profile: Send + Sync {
    /// The encryption type.
    fn etype(&self) -> EncryptionType;
    /// The key itself.
    fn material(&self) -> &[u8];
    /// The checksum type that goes with the encryption type.
    fn checksum_type(&self) -> ChecksumType;
    /// Encrypts and authenticates.
    fn seal(
        &self,
        usage: KeyUsage,
        plaintext: &dyn Plaintext,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, CryptoError>;
    /// Verifies and decrypts; total in the length of `ciphertext`.
    fn open(&self, usage: KeyUsage, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError>;
    /// The keyed checksum.
    fn checksum(&self, usage: KeyUsage, data: &[u8]) -> ChecksumValue;
    /// Compares in constant time.
    fn verify(&self, usage: KeyUsage, data: &[u8], checksum: &[u8]) -> Result<(), CryptoError>;
    /// The pseudo-random function.
    fn prf(&self, input: &[u8]) -> Zeroizing<Vec<u8>>;
}

/// The constructors of one encryption type.
pub(super) trait NewProfile: Profile + Sized + 'static {
    /// Bytes in a key.
    const KEY_LENGTH: usize;
    /// Iterations of string-to-key when the KDC names no count; nothing when it takes none.
    const DEFAULT_ITERATIONS: Option<u32>;

    /// A key of this material, [`NewProfile::KEY_LENGTH`] bytes of it.
    fn new(material: &[u8]) -> Result<Self, CryptoError>;
    /// What a password is stretched to on its way to a key.
    type Seed: Default;

    /// Fills each seed from the password and salt at its place; the count has been judged
    /// already.
    fn stretch(secrets: &[(&str, &[u8])], iterations: u32, seeds: &mut [Self::Seed]);
    /// The key of a stretched password.
    fn from_seed(seed: &Self::Seed) -> Self;
}

/// Whether keys of this encryption type can be used here.
pub fn supports(etype: EncryptionType) -> bool {
    with_profile(etype, KeyLength).is_ok()
}

/// A question that is put to whichever encryption type is meant.
pub(super) trait Ask {
    /// The answer.
    type Answer;
    /// Asks it of `P`.
    fn of<P: NewProfile>(self) -> Self::Answer;
}

/// Asks `question` of the profile of `etype`: the one place that lists them all.
pub(super) fn with_profile<Q: Ask>(
    etype: EncryptionType,
    question: Q,
) -> Result<Q::Answer, CryptoError> {
    Ok(match etype {
        EncryptionType::AES128_CTS_HMAC_SHA1_96 => question.of::<AesSha1<Aes128Sha1>>(),
        EncryptionType::AES256_CTS_HMAC_SHA1_96 => question.of::<AesSha1<Aes256Sha1>>(),
        EncryptionType::AES128_CTS_HMAC_SHA256_128 => question.of::<AesSha2<Aes128Sha256>>(),
        EncryptionType::AES256_CTS_HMAC_SHA384_192 => question.of::<AesSha2<Aes256Sha384>>(),
        #[cfg(feature = "camellia")]
        EncryptionType::CAMELLIA128_CTS_CMAC => question.of::<CamelliaCmac<Camellia128Cmac>>(),
        #[cfg(feature = "camellia")]
        EncryptionType::CAMELLIA256_CTS_CMAC => question.of::<CamelliaCmac<Camellia256Cmac>>(),
        #[cfg(feature = "rc4-hmac")]
        EncryptionType::RC4_HMAC => question.of::<Rc4Hmac>(),
        etype => return Err(CryptoError::UnsupportedEtype { etype }),
    })
}

/// How many bytes has a key?
pub(super) struct KeyLength;

impl Ask for KeyLength {
    type Answer = usize;

    fn of<P: NewProfile>(self) -> usize {
        P::KEY_LENGTH
    }
}

/// What is the key of this material?
pub(super) struct FromMaterial<'a>(pub(super) &'a [u8]);

impl Ask for FromMaterial<'_> {
    type Answer = Result<Arc<dyn Profile>, CryptoError>;

    fn of<P: NewProfile>(self) -> Self::Answer {
        Ok(Arc::new(P::new(self.0)?))
    }
}
