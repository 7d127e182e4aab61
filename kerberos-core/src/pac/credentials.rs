//! PAC_CREDENTIAL_INFO: sealed credentials for other protocols ([MS-PAC] §2.6).

use zeroize::Zeroizing;

use crate::assigned::{EncryptionType, KeyUsage};
use crate::crypto::{CryptoError, Key};
use crate::entropy::Entropy;
use crate::octets::{ByteOrder, Reader};

use super::{PacBufferType, PacContent, PacError, PacFault};

/// PAC_CREDENTIAL_INFO ([MS-PAC] §2.6.1): what a client that logged on with a certificate needs
/// where Kerberos is not spoken, sealed in the reply key of its AS exchange.
///
/// What is inside is [`CredentialData`](super::CredentialData).
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::Key;
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::pac::CredentialsInfo;
///
/// let entropy = SeededEntropy::new(1);
/// let reply_key = Key::generate(EncryptionType::AES256_CTS_HMAC_SHA1_96, &entropy)?;
/// let info = CredentialsInfo::seal(b"PAC_CREDENTIAL_DATA", &reply_key, &entropy)?;
/// assert_eq!(info.open(&reply_key)?.as_slice(), b"PAC_CREDENTIAL_DATA");
/// # Ok::<(), kerberos_core::crypto::CryptoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct CredentialsInfo {
    /// The encryption type of the key.
    pub etype: EncryptionType,
    /// The ciphertext.
    pub cipher: Vec<u8>,
}

impl CredentialsInfo {
    /// Seals serialized credentials in a reply key.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn seal(data: &[u8], reply_key: &Key, entropy: &dyn Entropy) -> Result<Self, CryptoError> {
        Ok(Self {
            etype: reply_key.etype(),
            cipher: reply_key.seal(KeyUsage::PAC_CREDENTIALS, data, entropy)?,
        })
    }

    /// Opens them.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`] when they were sealed under another etype than the key's,
    /// [`CryptoError::Integrity`] or [`CryptoError::Length`] when they do not open.
    pub fn open(&self, reply_key: &Key) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        if self.etype != reply_key.etype() {
            return Err(CryptoError::UnsupportedEtype { etype: self.etype });
        }
        reply_key.open(KeyUsage::PAC_CREDENTIALS, &self.cipher)
    }
}

impl PacContent for CredentialsInfo {
    const BUFFER: PacBufferType = PacBufferType::CREDENTIALS_INFO;

    fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let truncated = |truncated| PacError::truncated(Self::BUFFER, truncated);
        let mut reader = Reader::new(octets, ByteOrder::Little);
        if reader.u32().map_err(truncated)? != VERSION {
            let expected = VERSION;
            let fault = PacFault::WrongConstant { expected };
            return Err(PacError::malformed(Self::BUFFER, 0, fault));
        }
        let etype = reader.u32().map_err(truncated)?.cast_signed();
        let rest = reader.remaining();
        Ok(Self {
            etype: EncryptionType::new(etype),
            cipher: reader.take(rest).map_err(truncated)?.to_vec(),
        })
    }

    fn encode(&self) -> Result<Vec<u8>, PacError> {
        let mut out = VERSION.to_le_bytes().to_vec();
        out.extend_from_slice(&self.etype.number().to_le_bytes());
        out.extend_from_slice(&self.cipher);
        Ok(out)
    }
}

const VERSION: u32 = 0;
