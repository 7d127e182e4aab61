//! The keys of an account, one version of them.

use std::fmt;

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::crypto::{CryptoError, Key, string_to_keys_many};
use kerberos_core::entropy::Entropy;

/// Encryption types of an account for which none are named, the preferred one first.
pub const DEFAULT_ETYPES: [EncryptionType; 2] = [
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
];

/// The version of a key that was never changed.
pub const FIRST_KVNO: Kvno = Kvno::new(1);

/// What is said where keys of no type at all are asked for.
const NO_TYPE: CryptoError = CryptoError::UnsupportedEtype {
    etype: EncryptionType::NULL,
};

/// The keys of one version, one per encryption type, the preferred one first.
///
/// Cloning is cheap. The `Debug` form shows no key.
///
/// ```
/// use kerberos_core::crypto::CryptoError;
/// use realm_sim::forest::{DEFAULT_ETYPES, FIRST_KVNO, KeySet};
///
/// let salt = "CONTOSO.COMalice";
/// let keys = KeySet::from_password(FIRST_KVNO, &DEFAULT_ETYPES, "correct horse", salt)?;
/// assert_eq!(keys.keys().count(), DEFAULT_ETYPES.len());
/// assert_eq!(keys.preferred().etype(), DEFAULT_ETYPES[0]);
/// # Ok::<(), CryptoError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KeySet {
    kvno: Kvno,
    preferred: Key,
    others: Box<[Key]>,
}

impl KeySet {
    /// Random keys.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`], also without any type;
    /// [`CryptoError::EntropyUnavailable`].
    pub fn random(
        kvno: Kvno,
        etypes: &[EncryptionType],
        entropy: &dyn Entropy,
    ) -> Result<Self, CryptoError> {
        let keys = etypes.iter().map(|etype| Key::generate(*etype, entropy));
        Self::of_keys(kvno, keys.collect::<Result<_, _>>()?).ok_or(NO_TYPE)
    }

    /// One key.
    pub(crate) fn of_key(kvno: Kvno, key: Key) -> Self {
        Self {
            kvno,
            preferred: key,
            others: Box::new([]),
        }
    }

    /// These keys, the preferred one first; there is none of no keys.
    pub(crate) fn of_keys(kvno: Kvno, keys: Vec<Key>) -> Option<Self> {
        let mut keys = keys.into_iter();
        Some(Self {
            kvno,
            preferred: keys.next()?,
            others: keys.collect(),
        })
    }

    /// The keys of a password.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`], also without any type.
    pub fn from_password(
        kvno: Kvno,
        etypes: &[EncryptionType],
        password: &str,
        salt: &str,
    ) -> Result<Self, CryptoError> {
        let made = Self::from_passwords(kvno, etypes, &[(password, salt)])?;
        made.into_iter().next().ok_or(NO_TYPE)
    }

    /// The keys of many pairs of a password and its salt, in their order.
    ///
    /// Takes a fraction of the time of one after the other, see [`string_to_keys_many`].
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_password`].
    pub fn from_passwords(
        kvno: Kvno,
        etypes: &[EncryptionType],
        passwords: &[(&str, &str)],
    ) -> Result<Vec<Self>, CryptoError> {
        let salted = passwords
            .iter()
            .map(|(word, salt)| (*word, salt.as_bytes()));
        let made = string_to_keys_many(etypes, salted, None)?;
        made.into_iter()
            .map(|keys| Self::of_keys(kvno, keys).ok_or(NO_TYPE))
            .collect()
    }

    /// The version.
    pub const fn kvno(&self) -> Kvno {
        self.kvno
    }

    /// The key that tickets are sealed in.
    pub const fn preferred(&self) -> &Key {
        &self.preferred
    }

    /// All keys, the preferred one first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.preferred).chain(&*self.others)
    }

    /// The key of this encryption type.
    pub fn of(&self, etype: EncryptionType) -> Option<&Key> {
        self.keys().find(|key| key.etype() == etype)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("kvno", &self.kvno)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use kerberos_core::entropy::SeededEntropy;

    use super::*;

    #[test]
    fn many_passwords_have_the_keys_that_each_has() {
        let passwords = [("one", "Sone"), ("two", "Stwo"), ("", "S")];
        let many = KeySet::from_passwords(FIRST_KVNO, &DEFAULT_ETYPES, &passwords).unwrap();
        let each = passwords.map(|(password, salt)| {
            KeySet::from_password(FIRST_KVNO, &DEFAULT_ETYPES, password, salt).unwrap()
        });
        assert_eq!(many, each);
        let unknown = [EncryptionType::new(99)];
        assert!(KeySet::from_passwords(FIRST_KVNO, &unknown, &passwords).is_err());
        assert!(KeySet::from_passwords(FIRST_KVNO, &[], &passwords).is_err());
    }

    #[test]
    fn a_key_set_holds_one_key_per_type_and_shows_none() {
        let set = KeySet::random(FIRST_KVNO, &DEFAULT_ETYPES, &SeededEntropy::new(1)).unwrap();
        assert_eq!(
            set.preferred().etype(),
            EncryptionType::AES256_CTS_HMAC_SHA1_96
        );
        assert_eq!(set.keys().count(), 2);
        assert!(set.of(EncryptionType::AES128_CTS_HMAC_SHA1_96).is_some());
        assert!(set.of(EncryptionType::RC4_HMAC).is_none());
        assert_eq!(format!("{set:?}"), "KeySet { kvno: kvno 1, .. }");
        assert!(KeySet::random(FIRST_KVNO, &[], &SeededEntropy::new(1)).is_err());
    }
}
