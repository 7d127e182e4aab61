//! octetstring2key (RFC 4556 §3.2.3.1): the reply key out of a Diffie-Hellman secret.

use sha1::{Digest, Sha1};
use zeroize::{Zeroize, Zeroizing};

use crate::assigned::EncryptionType;

use super::profile::{FromMaterial, KeyLength, with_profile};
use super::{CryptoError, Key};

impl Key {
    /// The key of `secret`, an octet string of any length, such as a Diffie-Hellman secret with
    /// the nonces after it.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`].
    ///
    /// RFC 4556 §3.2.3.1
    pub fn from_octet_string(etype: EncryptionType, secret: &[u8]) -> Result<Self, CryptoError> {
        let length = with_profile(etype, KeyLength)?;
        let mut material = Zeroizing::new(Vec::with_capacity(length));
        for counter in 0..=u8::MAX {
            let missing = length - material.len();
            if missing == 0 {
                break;
            }
            let mut block = Sha1::new()
                .chain_update([counter])
                .chain_update(secret)
                .finalize();
            material.extend(block.iter().take(missing));
            block.zeroize();
        }
        with_profile(etype, FromMaterial(&material))?.map(Self::from_profile)
    }
}
