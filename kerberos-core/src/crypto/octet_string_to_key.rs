//! Keys out of a Diffie-Hellman secret (RFC 4556 §3.2.3.1, RFC 8636 §6).

use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::{Zeroize, Zeroizing};

use crate::assigned::EncryptionType;

use super::profile::{FromMaterial, KeyLength, with_profile};
use super::{CryptoError, Key};

/// The hash function by which a key comes from a shared secret (RFC 8636 §6).
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{CryptoError, Key, SecretHash};
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let key = |bound_to| Key::from_shared_secret(etype, SecretHash::Sha256, &[7; 256], bound_to);
/// assert_eq!(key(b"OtherInfo")?, key(b"OtherInfo")?);
/// assert_ne!(key(b"OtherInfo")?, key(b"another")?);
/// # Ok::<(), CryptoError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretHash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

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
        Self::from_blocks(etype, |counter| hashed::<Sha1>(&[&[counter], secret]))
    }

    /// The key of a Diffie-Hellman secret, bound to `other_info`: OtherInfo of RFC 8636, DER.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`].
    ///
    /// RFC 8636 §6
    pub fn from_shared_secret(
        etype: EncryptionType,
        hash: SecretHash,
        secret: &[u8],
        other_info: &[u8],
    ) -> Result<Self, CryptoError> {
        Self::from_blocks(etype, |number| {
            // The counter begins at one.
            let counter = u32::from(number).saturating_add(1).to_be_bytes();
            let parts = [&counter, secret, other_info];
            match hash {
                SecretHash::Sha1 => hashed::<Sha1>(&parts),
                SecretHash::Sha256 => hashed::<Sha256>(&parts),
                SecretHash::Sha384 => hashed::<Sha384>(&parts),
                SecretHash::Sha512 => hashed::<Sha512>(&parts),
            }
        })
    }

    /// The key of as much of these blocks as it takes.
    fn from_blocks(
        etype: EncryptionType,
        block: impl Fn(u8) -> Zeroizing<Vec<u8>>,
    ) -> Result<Self, CryptoError> {
        let length = with_profile(etype, KeyLength)?;
        let mut material = Zeroizing::new(Vec::with_capacity(length));
        for number in 0..=u8::MAX {
            let missing = length.saturating_sub(material.len());
            if missing == 0 {
                break;
            }
            material.extend(block(number).iter().take(missing));
        }
        with_profile(etype, FromMaterial(&material))?.map(Self::from_profile)
    }
}

fn hashed<D: Digest>(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part);
    }
    let mut digest = hash.finalize();
    let octets = Zeroizing::new(digest.to_vec());
    digest.zeroize();
    octets
}
