//! The keys of an account, one version of them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::crypto::{CryptoError, Key, string_to_keys_many};
use kerberos_core::entropy::Entropy;
use zeroize::Zeroizing;

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
#[derive(Clone)]
pub struct KeySet {
    kvno: Kvno,
    keys: Arc<Keys>,
}

/// Keys, of which there is at least one.
enum Keys {
    /// Those of [`DEFAULT_ETYPES`]: octets until somebody asks for a key, since a directory holds
    /// many accounts that nobody asks for.
    Default {
        material: Material,
        made: OnceLock<Box<[Key; 2]>>,
    },
    /// Those of other types, the preferred one by itself.
    Other(Box<(Key, Box<[Key]>)>),
}

/// The octets of both keys of [`DEFAULT_ETYPES`].
type Material = Zeroizing<([u8; 32], [u8; 16])>;

impl Keys {
    fn of(preferred: Key, others: Vec<Key>) -> Self {
        match material(&preferred, &others) {
            Some(material) => Self::Default {
                material,
                made: OnceLock::new(),
            },
            None => Self::Other(Box::new((preferred, others.into()))),
        }
    }

    fn all(&self) -> (&Key, &[Key]) {
        match self {
            Self::Default { material, made } => {
                let (long, short) = &**material;
                let [preferred, other] = &**made.get_or_init(|| {
                    Box::new([
                        Key::aes256_cts_hmac_sha1_96(long),
                        Key::aes128_cts_hmac_sha1_96(short),
                    ])
                });
                (preferred, std::slice::from_ref(other))
            }
            Self::Other(keys) => (&keys.0, &keys.1),
        }
    }
}

/// The octets of keys, if they are of [`DEFAULT_ETYPES`].
fn material(preferred: &Key, others: &[Key]) -> Option<Material> {
    let [other] = others else { return None };
    let are_default = [preferred.etype(), other.etype()] == DEFAULT_ETYPES;
    let (long, short) = (preferred.expose_material(), other.expose_material());
    let pair = (long.try_into().ok()?, short.try_into().ok()?);
    are_default.then(|| Zeroizing::new(pair))
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
            keys: Arc::new(Keys::of(key, Vec::new())),
        }
    }

    /// These keys, the preferred one first; there is none of no keys.
    pub(crate) fn of_keys(kvno: Kvno, keys: Vec<Key>) -> Option<Self> {
        let mut keys = keys.into_iter();
        let keys = Arc::new(Keys::of(keys.next()?, keys.collect()));
        Some(Self { kvno, keys })
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
    pub fn preferred(&self) -> &Key {
        self.keys.all().0
    }

    /// All keys, the preferred one first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        let (preferred, others) = self.keys.all();
        std::iter::once(preferred).chain(others)
    }

    /// The key of this encryption type.
    pub fn of(&self, etype: EncryptionType) -> Option<&Key> {
        self.keys().find(|key| key.etype() == etype)
    }
}

impl PartialEq for KeySet {
    fn eq(&self, other: &Self) -> bool {
        self.kvno == other.kvno && self.keys.all() == other.keys.all()
    }
}

impl Eq for KeySet {}

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

    /// A million accounts have one each.
    #[test]
    fn keys_are_octets_until_somebody_asks_for_one() {
        assert_eq!((size_of::<KeySet>(), size_of::<Keys>()), (16, 72));
        let random = |etypes: &[EncryptionType]| {
            KeySet::random(FIRST_KVNO, etypes, &SeededEntropy::new(1)).unwrap()
        };
        let set = random(&DEFAULT_ETYPES);
        let is_made = |set: &KeySet| match &*set.keys {
            Keys::Default { made, .. } => Some(made.get().is_some()),
            Keys::Other(_) => None,
        };
        assert_eq!(is_made(&set), Some(false));
        let copy = set.clone();
        assert_eq!(copy.keys().count(), 2);
        assert_eq!(is_made(&set), Some(true), "clones share what was made");
        let [long, short] = DEFAULT_ETYPES;
        for etypes in [&[long][..], &[short, long], &[long, short, long]] {
            let other = random(etypes);
            assert_eq!(is_made(&other), None);
            let found: Vec<_> = other.keys().map(Key::etype).collect();
            assert_eq!(found, etypes);
            assert_ne!(other, set);
        }
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
