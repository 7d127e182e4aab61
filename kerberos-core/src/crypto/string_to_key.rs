//! Passwords to keys, with bounds on the work that a KDC may ask for.

use std::sync::Arc;

use crate::assigned::EncryptionType;

use super::profile::{Ask, NewProfile, Profile, with_profile};
use super::{CryptoError, Key};

/// The fewest iterations taken from a KDC unless the caller says otherwise.
///
/// The default of RFC 3962 §4, which Active Directory uses: no honest KDC asks for less, and
/// parameters arrive unauthenticated, so less is somebody who wants a cheap dictionary attack.
const FLOOR: u32 = 4096;

/// The most iterations taken from a KDC unless the caller says otherwise.
///
/// About a second of work on a slow core; above what password guidance recommends for PBKDF2
/// (1.3 million in 2023). More is somebody who wants the client busy.
const CEILING: u32 = 1 << 21;

/// What an iteration count of zero stands for (RFC 3962 §4).
const ZERO_MEANS: u64 = 1 << 32;

/// Passwords that are stretched together: a multiple of what any vector holds, and few enough
/// that what they take in memory does not matter.
pub(super) const BATCH: usize = 64;

/// How many string-to-key iterations are acceptable. The default suits parameters from a KDC.
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{CryptoError, IterationLimits, Key};
///
/// let etype = EncryptionType::AES128_CTS_HMAC_SHA1_96;
/// let two = 2_u32.to_be_bytes();
/// // From a KDC, so few iterations are an attempt to make guessing cheap.
/// assert!(matches!(
///     Key::from_password(etype, "password", b"salt", Some(&two)),
///     Err(CryptoError::WeakIterationCount { count: 2, .. })
/// ));
/// // A published test value is as it is.
/// let limits = IterationLimits::new(1, 1_200);
/// assert!(Key::from_password_within(limits, etype, "password", b"salt", Some(&two)).is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IterationLimits {
    /// The fewest.
    pub floor: u32,
    /// The most.
    pub ceiling: u32,
}

impl IterationLimits {
    /// At least `floor` and at most `ceiling` iterations.
    pub const fn new(floor: u32, ceiling: u32) -> Self {
        Self { floor, ceiling }
    }

    /// RFC 3962 §4: refused rather than clamped, since a clamped count yields a wrong key.
    fn judge(self, count: u64) -> Result<u32, CryptoError> {
        match u32::try_from(count) {
            Ok(count) if count > 0 && count <= self.ceiling => {
                if count < self.floor {
                    let (count, floor) = (u64::from(count), self.floor);
                    return Err(CryptoError::WeakIterationCount { count, floor });
                }
                Ok(count)
            }
            _ => Err(CryptoError::ExcessiveIterationCount {
                count,
                ceiling: self.ceiling,
            }),
        }
    }
}

impl Default for IterationLimits {
    fn default() -> Self {
        Self::new(FLOOR, CEILING)
    }
}

/// The keys of many passwords, in the order of `passwords`, which are pairs of a password and its
/// salt.
///
/// Several passwords at a time go through the vectors of the processor, which takes a fraction
/// of the time that [`Key::from_password`] takes for one after the other. `parameters` are those
/// of all of them, held within [`IterationLimits::default`].
///
/// ```
/// use kerberos_core::assigned::EncryptionType;
/// use kerberos_core::crypto::{Key, string_to_key_many};
///
/// let etype = EncryptionType::AES256_CTS_HMAC_SHA1_96;
/// let accounts = [("alice", "Passw0rd!"), ("bob", "Pa55word!"), ("carol", "Passw0rt!")];
/// let salts = accounts.map(|(name, _)| format!("CONTOSO.COM{name}").into_bytes());
/// let passwords = accounts.map(|(_, password)| password);
/// let salted = passwords.into_iter().zip(salts.iter().map(Vec::as_slice));
/// let keys = string_to_key_many(etype, salted, None)?;
/// assert_eq!(keys[1], Key::from_password(etype, "Pa55word!", b"CONTOSO.COMbob", None)?);
/// # Ok::<(), kerberos_core::crypto::CryptoError>(())
/// ```
///
/// # Errors
///
/// As [`Key::from_password`]; no key is made then.
///
/// RFC 3962 §4, RFC 8009 §4
pub fn string_to_key_many<'a>(
    etype: EncryptionType,
    passwords: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    parameters: Option<&[u8]>,
) -> Result<Vec<Key>, CryptoError> {
    string_to_key_many_within(IterationLimits::default(), etype, passwords, parameters)
}

/// The keys of many passwords, with limits of the caller's own on the iteration count.
///
/// # Errors
///
/// As [`Key::from_password_within`]; no key is made then.
pub fn string_to_key_many_within<'a>(
    limits: IterationLimits,
    etype: EncryptionType,
    passwords: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    parameters: Option<&[u8]>,
) -> Result<Vec<Key>, CryptoError> {
    let mut passwords = passwords.into_iter();
    let mut keys = Vec::with_capacity(passwords.size_hint().0);
    loop {
        let secrets: Vec<_> = passwords.by_ref().take(BATCH).collect();
        let count = Count {
            etype,
            parameters,
            limits,
        };
        let question = FromPasswords {
            count,
            secrets: &secrets,
        };
        keys.extend(
            with_profile(etype, question)??
                .into_iter()
                .map(Key::from_profile),
        );
        if secrets.len() < BATCH {
            return Ok(keys);
        }
    }
}

/// How often is a password to be stretched?
pub(super) struct Count<'a> {
    pub(super) etype: EncryptionType,
    pub(super) parameters: Option<&'a [u8]>,
    pub(super) limits: IterationLimits,
}

impl Count<'_> {
    pub(super) fn of<P: NewProfile>(&self) -> Result<u32, CryptoError> {
        let malformed = |found| CryptoError::BadParameters {
            etype: self.etype,
            found,
        };
        let parameters = self.parameters.unwrap_or_default();
        let Some(default) = P::DEFAULT_ITERATIONS else {
            return match parameters.len() {
                0 => Ok(0),
                found => Err(malformed(found)),
            };
        };
        let count = match self.parameters {
            None => u64::from(default),
            Some(parameters) => match <[u8; 4]>::try_from(parameters).map(u32::from_be_bytes) {
                Ok(0) => ZERO_MEANS,
                Ok(count) => u64::from(count),
                Err(_) => return Err(malformed(parameters.len())),
            },
        };
        self.limits.judge(count)
    }
}

/// What is the key of this password?
pub(super) struct FromPassword<'a> {
    pub(super) count: Count<'a>,
    pub(super) password: &'a str,
    pub(super) salt: &'a [u8],
}

impl Ask for FromPassword<'_> {
    type Answer = Result<Arc<dyn Profile>, CryptoError>;

    fn of<P: NewProfile>(self) -> Self::Answer {
        let iterations = self.count.of::<P>()?;
        let mut seed = [P::Seed::default()];
        P::stretch(&[(self.password, self.salt)], iterations, &mut seed);
        let [seed] = &seed;
        Ok(Arc::new(P::from_seed(seed)))
    }
}

/// What are the keys of these passwords?
struct FromPasswords<'a> {
    count: Count<'a>,
    secrets: &'a [(&'a str, &'a [u8])],
}

impl Ask for FromPasswords<'_> {
    type Answer = Result<Vec<Arc<dyn Profile>>, CryptoError>;

    fn of<P: NewProfile>(self) -> Self::Answer {
        let iterations = self.count.of::<P>()?;
        let mut seeds: Vec<_> = self.secrets.iter().map(|_| P::Seed::default()).collect();
        P::stretch(self.secrets, iterations, &mut seeds);
        let key = |seed: &P::Seed| -> Arc<dyn Profile> { Arc::new(P::from_seed(seed)) };
        Ok(seeds.iter().map(key).collect())
    }
}
