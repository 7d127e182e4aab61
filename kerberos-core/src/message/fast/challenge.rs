//! Encrypted challenges: a timestamp under a key that the armor hides from guessers.

use super::{ArmorKey, FastError};
use crate::assigned::KeyUsage;
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::message::{Sealed, open};
use crate::time::Timestamp;
use crate::wire::{EncryptedData, PaEncTsEnc, decode, encode};

/// How one side proves to the other that it has the client's long-term key.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::Key;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::message::fast::{ArmorKey, EncryptedChallenge, FastError};
/// use kerberos_core::time::Timestamp;
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let armor = ArmorKey::new(&Key::new(etype, &[1; 32])?, &Key::new(etype, &[2; 32])?)?;
/// let key = Key::new(etype, &[3; 32])?;
/// let now = Timestamp::from_seconds(1_767_225_600);
///
/// let by_client = EncryptedChallenge::of_client(&armor, &key)?;
/// let padata = by_client.seal(now, &SeededEntropy::new(1))?;
/// assert_eq!(by_client.open(&padata)?, now);
///
/// // It does not work as the KDC's.
/// let by_kdc = EncryptedChallenge::of_kdc(&armor, &key)?;
/// assert_eq!(by_kdc.open(&padata), Err(FastError::ChallengeBroken));
/// # Ok::<(), FastError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedChallenge {
    key: Key,
    usage: KeyUsage,
}

impl EncryptedChallenge {
    /// What the client sends.
    ///
    /// # Errors
    ///
    /// [`CryptoError`] as [`Key::cf2`] has it.
    ///
    /// RFC 6113 §5.4.6
    pub fn of_client(armor: &ArmorKey, long_term_key: &Key) -> Result<Self, CryptoError> {
        let pepper = b"clientchallengearmor";
        Self::new(armor, pepper, long_term_key, KeyUsage::CHALLENGE_CLIENT)
    }

    /// What the KDC answers with, which proves that it knows the client's key too.
    ///
    /// # Errors
    ///
    /// [`CryptoError`] as [`Key::cf2`] has it.
    ///
    /// RFC 6113 §5.4.6
    pub fn of_kdc(armor: &ArmorKey, long_term_key: &Key) -> Result<Self, CryptoError> {
        let pepper = b"kdcchallengearmor";
        Self::new(armor, pepper, long_term_key, KeyUsage::CHALLENGE_KDC)
    }

    fn new(
        armor: &ArmorKey,
        pepper: &[u8],
        long_term_key: &Key,
        usage: KeyUsage,
    ) -> Result<Self, CryptoError> {
        let key = armor
            .key()
            .cf2(pepper, long_term_key, b"challengelongterm")?;
        Ok(Self { key, usage })
    }

    /// The value of PA-ENCRYPTED-CHALLENGE.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn seal(&self, now: Timestamp, entropy: &dyn Entropy) -> Result<Vec<u8>, CryptoError> {
        let time = PaEncTsEnc::at(now);
        let sealed = Sealed::seal(&time, &self.key, None, self.usage, entropy)?;
        Ok(encode(&sealed.as_wire()))
    }

    /// The time in the value of PA-ENCRYPTED-CHALLENGE, to be compared with one's own.
    ///
    /// # Errors
    ///
    /// [`FastError::ChallengeBroken`], [`FastError::Malformed`].
    pub fn open(&self, padata: &[u8]) -> Result<Timestamp, FastError> {
        let sealed: EncryptedData<'_> = decode(padata)?;
        let plain = open(&sealed, &self.key, self.usage).map_err(|_| FastError::ChallengeBroken)?;
        Ok(decode::<PaEncTsEnc>(&plain)?.time())
    }
}
