//! Passwords to keys, with bounds on the work that a KDC may ask for.

use std::sync::Arc;

use crate::assigned::EncryptionType;

use super::CryptoError;
use super::profile::{Ask, NewProfile, Profile};

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

/// What is the key of this password?
pub(super) struct FromPassword<'a> {
    pub(super) etype: EncryptionType,
    pub(super) password: &'a str,
    pub(super) salt: &'a [u8],
    pub(super) parameters: Option<&'a [u8]>,
    pub(super) limits: IterationLimits,
}

impl Ask for FromPassword<'_> {
    type Answer = Result<Arc<dyn Profile>, CryptoError>;

    fn of<P: NewProfile>(self) -> Self::Answer {
        let malformed = |found| CryptoError::BadParameters {
            etype: self.etype,
            found,
        };
        let parameters = self.parameters.unwrap_or_default();
        let Some(default) = P::DEFAULT_ITERATIONS else {
            return match parameters.len() {
                0 => Ok(Arc::new(P::from_password(self.password, self.salt, 0))),
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
        let iterations = self.limits.judge(count)?;
        let key = P::from_password(self.password, self.salt, iterations);
        Ok(Arc::new(key))
    }
}
