//! Authenticators seen lately, so that none is accepted twice (RFC 4120 §3.2.3).

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use crate::time::Timestamp;

/// Octets of a ciphertext's end that are kept: there the encryption types put their keyed tag,
/// and only a holder of the key can make another ciphertext with the same one.
const TAG: usize = 24;

/// What tells one sealed authenticator or timestamp from another.
///
/// Example: [`ReplayWindow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplayKey([u8; TAG]);

impl ReplayKey {
    /// The identity of this ciphertext.
    pub fn of(ciphertext: &[u8]) -> Self {
        let mut tag = [0; TAG];
        for (kept, octet) in tag.iter_mut().zip(ciphertext.iter().rev()) {
            *kept = *octet;
        }
        Self(tag)
    }
}

/// Whether an authenticator may be used.
///
/// Example: [`ReplayWindow`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// It is new, and from now on it is not.
    New,
    /// It was used before.
    Replayed,
    /// Nothing new can be remembered just now.
    Full,
}

/// Remembers authenticators for as long as their time would be accepted.
///
/// Memory is bounded: beyond its capacity the window refuses everything new until the oldest
/// entries leave, since forgetting one early would let it in again.
///
/// ```
/// use std::time::Duration;
/// use kerberos_core::message::{Admission, ReplayKey, ReplayWindow};
/// use kerberos_core::time::Timestamp;
///
/// let mut window = ReplayWindow::new(Duration::from_secs(300), 2);
/// let now = Timestamp::from_seconds(1_767_225_600);
/// let key = ReplayKey::of(b"a sealed authenticator");
/// assert_eq!(window.admit(key, now), Admission::New);
/// assert_eq!(window.admit(key, now.plus(Duration::from_secs(1))), Admission::Replayed);
/// ```
#[derive(Debug)]
pub struct ReplayWindow {
    keep: Duration,
    capacity: usize,
    seen: HashSet<ReplayKey>,
    order: VecDeque<(Timestamp, ReplayKey)>,
}

impl ReplayWindow {
    /// Authenticators a window holds by default: some 8 MB, and more than a service accepts
    /// within two allowed skews.
    pub const DEFAULT_CAPACITY: usize = 100_000;

    /// A window for a clock skew of `max_skew` that holds up to `capacity` authenticators.
    pub fn new(max_skew: Duration, capacity: usize) -> Self {
        // An authenticator may lie one skew ahead and stays good until one skew behind.
        let keep = max_skew.saturating_mul(2);
        Self {
            keep,
            capacity,
            seen: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// Notes the use of `key` at `now`.
    pub fn admit(&mut self, key: ReplayKey, now: Timestamp) -> Admission {
        while let Some((until, _)) = self.order.front()
            && *until < now
        {
            if let Some((_, key)) = self.order.pop_front() {
                self.seen.remove(&key);
            }
        }
        if self.seen.contains(&key) {
            return Admission::Replayed;
        }
        if self.order.len() >= self.capacity {
            return Admission::Full;
        }
        self.seen.insert(key);
        self.order.push_back((now.plus(self.keep), key));
        Admission::New
    }

    /// Takes back a use that had no effect: its answer never reached the client.
    pub fn take_back(&mut self, key: ReplayKey) {
        if self.seen.remove(&key)
            && let Some(at) = self.order.iter().rposition(|(_, other)| *other == key)
        {
            // Nearly always the newest entry.
            self.order.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authenticator_is_new_once_for_as_long_as_it_would_be_accepted() {
        let skew = Duration::from_secs(300);
        let mut window = ReplayWindow::new(skew, 2);
        let start = Timestamp::from_seconds(1_000_000);
        let key = |n: u64| ReplayKey::of(&n.to_be_bytes());
        assert_eq!(window.admit(key(1), start), Admission::New);
        assert_eq!(window.admit(key(1), start.plus(skew)), Admission::Replayed);
        assert_eq!(
            window.admit(key(1), start.plus(skew * 2)),
            Admission::Replayed
        );
        assert_eq!(window.admit(key(2), start.plus(skew)), Admission::New);
        assert_eq!(window.admit(key(3), start.plus(skew)), Admission::Full);
        let later = start.plus(skew * 2).plus(Duration::from_micros(1));
        assert_eq!(
            window.admit(key(3), later),
            Admission::New,
            "the first has left"
        );
        window.take_back(key(3));
        assert_eq!(window.admit(key(3), later), Admission::New);
    }
}
