//! Keys as files and messages hold them, of whatever type.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::assigned::EncryptionType;

use super::{CryptoError, Key};

/// A key that may be of a type this crate does not support.
///
/// Caches and keytabs hold keys of other types beside the usable ones; those survive a round
/// trip and say why they cannot be used. Compared and shown like a [`Key`].
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{CryptoError, StoredKey};
///
/// let etype = EncryptionType::DES3_CBC_SHA1;
/// let old = StoredKey::new(etype, &[7; 24]);
/// assert_eq!(old.expose_material(), [7; 24]);
/// assert_eq!(old.usable(), Err(CryptoError::UnsupportedEtype { etype }));
/// ```
#[derive(Clone)]
pub struct StoredKey {
    form: Form,
}

#[derive(Clone)]
enum Form {
    Usable(Key),
    Kept {
        etype: EncryptionType,
        material: Zeroizing<Vec<u8>>,
        why: CryptoError,
    },
}

impl StoredKey {
    /// The key of this type and material, usable or not.
    pub fn new(etype: EncryptionType, material: &[u8]) -> Self {
        let form = match Key::new(etype, material) {
            Ok(key) => Form::Usable(key),
            Err(why) => Form::Kept {
                etype,
                material: Zeroizing::new(material.to_vec()),
                why,
            },
        };
        Self { form }
    }

    /// The key, ready for use.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`], [`CryptoError::WrongKeyLength`].
    pub const fn usable(&self) -> Result<&Key, CryptoError> {
        match &self.form {
            Form::Usable(key) => Ok(key),
            Form::Kept { why, .. } => Err(*why),
        }
    }

    /// The encryption type.
    pub fn etype(&self) -> EncryptionType {
        match &self.form {
            Form::Usable(key) => key.etype(),
            Form::Kept { etype, .. } => *etype,
        }
    }

    /// The key itself, for a message or file that must carry it.
    pub fn expose_material(&self) -> &[u8] {
        match &self.form {
            Form::Usable(key) => key.expose_material(),
            Form::Kept { material, .. } => material,
        }
    }
}

impl From<Key> for StoredKey {
    fn from(key: Key) -> Self {
        Self {
            form: Form::Usable(key),
        }
    }
}

impl PartialEq for StoredKey {
    fn eq(&self, other: &Self) -> bool {
        let same = self.expose_material().ct_eq(other.expose_material());
        self.etype() == other.etype() && bool::from(same)
    }
}

impl Eq for StoredKey {}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredKey({}, redacted)", self.etype())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_kept_and_says_why() {
        let etype = EncryptionType::DES3_CBC_SHA1;
        let des = StoredKey::new(etype, &[7; 24]);
        assert_eq!(des.usable(), Err(CryptoError::UnsupportedEtype { etype }));
        assert_eq!((des.etype(), des.expose_material()), (etype, &[7; 24][..]));
        assert_eq!(
            format!("{des:?}"),
            "StoredKey(des3-cbc-sha1 (16), redacted)"
        );
        let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
        let short = StoredKey::new(etype, &[7; 15]);
        assert!(matches!(
            short.usable(),
            Err(CryptoError::WrongKeyLength { found: 15, .. })
        ));
        let good = StoredKey::new(etype, &[7; 16]);
        assert_eq!(good, Key::new(etype, &[7; 16]).unwrap().into());
        assert_ne!(good, des);
        assert_ne!(good, StoredKey::new(etype, &[8; 16]));
    }
}
