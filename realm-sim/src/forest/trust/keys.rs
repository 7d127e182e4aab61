//! The keys of one direction of a trust, as one end of it knows them.
//!
//! A trust object of Active Directory has a direction. An inbound one lets this realm issue
//! `krbtgt/PARTNER@REALM`; an outbound one lets it accept `krbtgt/REALM@PARTNER`. Each direction
//! has a secret of its own, and each end keeps its own copy of it, in two versions: a
//! [`TrustKeys`]. What becomes of one copy does not change the other, so that a rotation that one
//! end misses breaks what it would break.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use kerberos_core::assigned::{EncryptionType, Kvno};
use kerberos_core::crypto::CryptoError;
use kerberos_core::entropy::Entropy;
use kerberos_core::name::{Principal, Realm};
use kerberos_core::pac::FileTime;
use kerberos_core::time::{KerberosTime, Timestamp};
use zeroize::Zeroizing;

use super::{AuthInformation, TrustAuthInfo, TrustSecretForm};
use crate::forest::{FIRST_KVNO, KeySet};

/// The inter-realm keys of `krbtgt/SERVES@ISSUER`, as one of the two realms knows them.
///
/// ```
/// use kerberos_core::entropy::SeededEntropy;
/// use kerberos_core::name::Realm;
/// use kerberos_core::time::Timestamp;
/// use realm_sim::forest::{DEFAULT_ETYPES, TrustKeys};
///
/// let (here, there) = (Realm::new("CONTOSO.COM")?, Realm::new("FABRIKAM.COM")?);
/// let trust = TrustKeys::new(here, there, &DEFAULT_ETYPES, "a secret of both")?;
/// let first = trust.current();
/// trust.rotate(Timestamp::from_seconds(1_767_225_600), &SeededEntropy::new(7))?;
/// assert_ne!(trust.current().kvno(), first.kvno());
/// let before = trust.previous().ok_or("forgotten")?;
/// assert_eq!(before.kvno(), first.kvno());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TrustKeys {
    pub(super) issuer: Realm,
    pub(super) serves: Realm,
    pub(super) etypes: Vec<EncryptionType>,
    pub(super) last_version: i32,
    pub(super) versions: RwLock<Versions>,
}

/// The keys of one secret.
#[derive(Clone)]
pub(super) struct Version {
    pub(super) keys: KeySet,
    pub(super) secret: Zeroizing<String>,
    /// When it took over from the one before.
    pub(super) since: Timestamp,
}

impl Version {
    /// The secret and its version.
    fn entries(&self) -> [AuthInformation; 2] {
        let since = since(self.since);
        let number = self.keys.kvno().number().cast_unsigned();
        let entry = |content| AuthInformation::new(since, content);
        [
            entry(TrustSecretForm::clear(&self.secret)),
            entry(TrustSecretForm::Version(number)),
        ]
    }
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Version")
            .field("keys", &self.keys)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

/// The present version and those before it.
#[derive(Debug, Clone)]
pub(super) struct Versions {
    pub(super) current: Version,
    /// Newest first.
    pub(super) past: Vec<Version>,
}

/// What becomes of the keys before when there are new ones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Forgotten,
    Kept,
}

/// Versions that are remembered besides the present one. A realm uses one of them; an acceptor
/// that learns of rotations late needs those that were made meanwhile, and one a day, as
/// administration allows unforced, makes these last a week.
const PAST_VERSIONS: usize = 7;

/// The version after which trusts start at zero again: it is one octet.
pub(crate) const LAST_VERSION: i32 = 255;

impl TrustKeys {
    /// The keys of a secret, for `krbtgt/serves@issuer`.
    ///
    /// # Errors
    ///
    /// [`CryptoError::UnsupportedEtype`].
    pub fn new(
        issuer: Realm,
        serves: Realm,
        etypes: &[EncryptionType],
        secret: &str,
    ) -> Result<Self, CryptoError> {
        let salt = salt(&issuer, &serves);
        let keys = KeySet::from_password(FIRST_KVNO, etypes, secret, &salt)?;
        Ok(Self {
            issuer,
            serves,
            etypes: etypes.to_vec(),
            last_version: LAST_VERSION,
            versions: RwLock::new(Versions::only(keys, secret, Timestamp::default())),
        })
    }

    /// The realm that issues tickets with these keys.
    pub const fn issuer(&self) -> &Realm {
        &self.issuer
    }

    /// The realm that accepts them.
    pub const fn serves(&self) -> &Realm {
        &self.serves
    }

    /// The ticket-granting service whose keys these are: `krbtgt/SERVES@ISSUER`.
    pub fn principal(&self) -> Principal {
        Principal::krbtgt(&self.serves, &self.issuer)
    }

    /// The current keys.
    pub fn current(&self) -> KeySet {
        self.read().current.keys.clone()
    }

    /// The keys before the last rotation.
    pub fn previous(&self) -> Option<KeySet> {
        self.read().previous().map(|before| before.keys.clone())
    }

    /// Replaces the current keys by those of a fresh random secret; what was current stays as
    /// previous.
    ///
    /// # Errors
    ///
    /// [`CryptoError::EntropyUnavailable`].
    pub fn rotate(&self, now: Timestamp, entropy: &dyn Entropy) -> Result<(), CryptoError> {
        self.replace_secret(&random_secret(entropy)?, now).map(drop)
    }

    /// Replaces the current keys by those of `secret`, under the next version, which is returned;
    /// what was current stays as previous.
    ///
    /// # Errors
    ///
    /// [`CryptoError`] when no key can be made.
    pub fn replace_secret(&self, secret: &str, now: Timestamp) -> Result<Kvno, CryptoError> {
        self.install(secret, None, now, Before::Kept)
    }

    /// As [`TrustKeys::replace_secret`], under the version that the other end has for them.
    pub(super) fn take_over(
        &self,
        secret: &str,
        version: Kvno,
        now: Timestamp,
    ) -> Result<Kvno, CryptoError> {
        self.install(secret, Some(version), now, Before::Kept)
    }

    /// As [`TrustKeys::replace_secret`], without a previous one.
    pub(super) fn begin_anew(&self, secret: &str, now: Timestamp) -> Result<Kvno, CryptoError> {
        self.install(secret, None, now, Before::Forgotten)
    }

    /// Starts anew with `secret` as `version`, without a previous one: what an administrator
    /// does who resets a trust.
    ///
    /// # Errors
    ///
    /// [`CryptoError`] when no key can be made.
    pub fn reset(&self, secret: &str, version: Kvno) -> Result<(), CryptoError> {
        let since = Timestamp::default();
        self.install(secret, Some(version), since, Before::Forgotten)
            .map(drop)
    }

    /// Has the keys of `secret` from now on, under this version or the next.
    fn install(
        &self,
        secret: &str,
        version: Option<Kvno>,
        since: Timestamp,
        before: Before,
    ) -> Result<Kvno, CryptoError> {
        let salt = salt(&self.issuer, &self.serves);
        let mut versions = self
            .versions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let kvno = version.unwrap_or_else(|| self.next_version(versions.current.keys.kvno()));
        let keys = KeySet::from_password(kvno, &self.etypes, secret, &salt)?;
        let next = Versions::only(keys, secret, since);
        let last = std::mem::replace(&mut *versions, next);
        if before == Before::Kept {
            let kept = std::iter::once(last.current).chain(last.past);
            versions.past = kept.take(PAST_VERSIONS).collect();
        }
        Ok(kvno)
    }

    /// The secret, and the one before, as a trust object keeps them ([MS-ADTS] §6.1.6.9.1).
    pub fn auth_info(&self) -> TrustAuthInfo {
        let versions = self.read();
        let current = versions.current.entries();
        let previous = match versions.previous() {
            Some(version) => version.entries(),
            None => [AuthInformation::none(), AuthInformation::none()],
        };
        TrustAuthInfo::new(current.into_iter().zip(previous).collect())
    }

    /// When the current keys took over; the beginning of time if they are the first.
    pub fn changed(&self) -> Timestamp {
        self.read().current.since
    }

    /// The keys to issue with, of those that were known `delay` ago: within `previous_for` of a
    /// rotation the previous ones, because the other end may not have the new ones yet.
    pub fn issuing(&self, now: Timestamp, previous_for: Duration, delay: Duration) -> KeySet {
        let versions = self.read();
        let mut known = versions.known(now, delay);
        let newest = known.next().unwrap_or(&versions.current);
        let chosen = match known.next() {
            Some(previous) if now < newest.since.plus(previous_for) => previous,
            _ => newest,
        };
        chosen.keys.clone()
    }

    /// The keys to accept, the likelier one first: current and previous, as they were `delay`
    /// ago.
    pub fn accepted(&self, now: Timestamp, delay: Duration) -> Vec<KeySet> {
        let versions = self.read();
        let known = versions.known(now, delay);
        known.map(|version| version.keys.clone()).take(2).collect()
    }

    /// The version after this one; zero after the last.
    fn next_version(&self, version: Kvno) -> Kvno {
        Kvno::new(if version.number() >= self.last_version {
            0
        } else {
            version.number().wrapping_add(1)
        })
    }

    /// Another copy, for the other end: making keys of a secret takes long.
    pub(super) fn twin(&self) -> Self {
        Self {
            issuer: self.issuer.clone(),
            serves: self.serves.clone(),
            etypes: self.etypes.clone(),
            last_version: self.last_version,
            versions: RwLock::new(self.read().clone()),
        }
    }

    /// Of this time, rather than of the beginning.
    #[must_use]
    pub(super) fn made_at(self, now: Timestamp) -> Self {
        let mut versions = self
            .versions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        versions.current.since = now;
        drop(versions);
        self
    }

    /// With another last version.
    #[must_use]
    pub(super) const fn with_last_version(mut self, last: i32) -> Self {
        self.last_version = last;
        self
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Versions> {
        self.versions.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Versions {
    fn only(keys: KeySet, secret: &str, since: Timestamp) -> Self {
        Self {
            current: Version {
                keys,
                secret: Zeroizing::new(secret.to_owned()),
                since,
            },
            past: Vec::new(),
        }
    }

    fn previous(&self) -> Option<&Version> {
        self.past.first()
    }

    /// Those that were known `delay` ago, newest first.
    fn known(&self, now: Timestamp, delay: Duration) -> impl Iterator<Item = &Version> {
        let all = std::iter::once(&self.current).chain(&self.past);
        let first = self.past.len();
        // What there was in the beginning both ends had at once.
        all.enumerate()
            .filter(move |(at, version)| *at == first || now >= version.since.plus(delay))
            .map(|(_, version)| version)
    }
}

/// When something was made; unset for what was there from the beginning.
pub(super) fn since(time: Timestamp) -> FileTime {
    match time.time() {
        KerberosTime::EPOCH => FileTime::UNSET,
        time => time.into(),
    }
}

/// The salt of a trust's keys, the same at both ends ([MS-KILE] §3.3.5.6.2).
fn salt(issuer: &Realm, serves: &Realm) -> String {
    format!(
        "{}krbtgt{}",
        issuer.as_str().to_uppercase(),
        serves.as_str().to_uppercase()
    )
}

/// A secret of 256 random bits, as text.
///
/// # Errors
///
/// [`CryptoError::EntropyUnavailable`].
pub(crate) fn random_secret(entropy: &dyn Entropy) -> Result<Zeroizing<String>, CryptoError> {
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill(bytes.as_mut_slice())?;
    let mut secret = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for byte in bytes.iter() {
        for nibble in [byte >> 4, byte & 0xf] {
            secret.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use kerberos_core::entropy::SeededEntropy;

    use super::*;
    use crate::forest::DEFAULT_ETYPES;

    const HOUR: Duration = Duration::from_secs(3600);

    fn trust() -> TrustKeys {
        TrustKeys::new(
            Realm::new("CONTOSO.COM").unwrap(),
            Realm::new("KERBEROS.MICROSOFTONLINE.COM").unwrap(),
            &DEFAULT_ETYPES,
            "trust secret",
        )
        .unwrap()
    }

    /// [MS-KILE] §3.3.5.6.2
    #[test]
    fn the_salt_names_both_realms() {
        let trust = trust();
        assert_eq!(
            salt(trust.issuer(), trust.serves()),
            "CONTOSO.COMkrbtgtKERBEROS.MICROSOFTONLINE.COM"
        );
    }

    #[test]
    fn the_previous_key_issues_for_an_hour_after_a_rotation() {
        let trust = trust();
        let start = Timestamp::from_seconds(1_000_000);
        let old = trust.current();
        let at_once = Duration::ZERO;
        let issuing = |now| trust.issuing(now, HOUR, at_once);
        assert_eq!(issuing(start), old, "nothing was rotated yet");
        trust.rotate(start, &SeededEntropy::new(1)).unwrap();
        assert_eq!(trust.current().kvno(), Kvno::new(2));
        assert_ne!(trust.current(), old);
        let last = start.plus(HOUR).minus(Duration::from_micros(1));
        assert_eq!(issuing(last), old);
        assert_eq!(issuing(start.plus(HOUR)), trust.current());
        // Whoever hears of it two hours late.
        let late = |now| trust.issuing(now, HOUR, 2 * HOUR);
        assert_eq!(late(last.plus(HOUR)), old);
        assert_eq!(late(start.plus(2 * HOUR)), trust.current());
    }

    #[test]
    fn both_keys_are_accepted_and_the_new_one_maybe_late() {
        let trust = trust();
        let start = Timestamp::from_seconds(1_000_000);
        assert_eq!(trust.accepted(start, HOUR), [trust.current()]);
        let old = trust.current();
        trust.rotate(start, &SeededEntropy::new(1)).unwrap();
        assert_eq!(
            trust.accepted(start, Duration::ZERO),
            [trust.current(), old.clone()]
        );
        assert_eq!(trust.accepted(start, HOUR), [old]);
    }

    /// Whoever learns of every rotation an hour late accepts what was current and previous then.
    #[test]
    fn who_is_late_has_the_two_versions_of_that_time() {
        let trust = trust();
        let start = Timestamp::from_seconds(1_000_000);
        let (first, half) = (trust.current(), HOUR / 2);
        trust.replace_secret("second", start).unwrap();
        let second = trust.current();
        trust.replace_secret("third", start.plus(half)).unwrap();
        let third = trust.current();
        for (after, expected) in [
            (half, vec![&first]),
            (HOUR - Duration::from_micros(1), vec![&first]),
            (HOUR, vec![&second, &first]),
            (
                HOUR + half - Duration::from_micros(1),
                vec![&second, &first],
            ),
            (HOUR + half, vec![&third, &second]),
        ] {
            let accepted = trust.accepted(start.plus(after), HOUR);
            assert_eq!(accepted.iter().collect::<Vec<_>>(), expected, "{after:?}");
        }
    }

    #[test]
    fn after_version_255_comes_zero_and_its_previous_one_is_255() {
        let trust = trust();
        let start = Timestamp::from_seconds(1_000_000);
        trust.reset("reset", Kvno::new(254)).unwrap();
        assert_eq!(trust.previous(), None);
        trust.replace_secret("next", start).unwrap();
        assert_eq!(trust.current().kvno(), Kvno::new(255));
        trust.replace_secret("after", start).unwrap();
        assert_eq!(trust.current().kvno(), Kvno::new(0));
        assert_eq!(trust.previous().unwrap().kvno(), Kvno::new(255));
        let long = self::trust().with_last_version(i32::MAX);
        long.reset("reset", Kvno::new(255)).unwrap();
        long.replace_secret("next", start).unwrap();
        assert_eq!(long.current().kvno(), Kvno::new(256));
    }

    #[test]
    fn one_secret_makes_the_same_keys_at_both_ends_whatever_their_versions() {
        let ours = trust();
        let theirs = ours.twin();
        let start = Timestamp::from_seconds(1_000_000);
        assert_eq!(ours.current(), theirs.current());
        ours.replace_secret("new", start).unwrap();
        assert_ne!(ours.current(), theirs.current());
        theirs.reset("new", Kvno::new(7)).unwrap();
        assert_eq!(
            ours.current().keys().collect::<Vec<_>>(),
            theirs.current().keys().collect::<Vec<_>>()
        );
    }
}
