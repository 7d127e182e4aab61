//! The replay window: what was used lately and must not be used again (RFC 4120 §3.2.3).

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use kerberos_core::time::Timestamp;

/// Entries at most: about 8 MB, and more authenticators than a simulator sees in ten minutes.
const MAX_ENTRIES: usize = 100_000;

/// What is kept of a ciphertext: its end, where the encryption types put their keyed tag. Only a
/// holder of the session key can make another ciphertext with the same one.
const TAG: usize = 24;

/// The identity of a sealed authenticator or timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Used([u8; TAG]);

impl Used {
    /// The identity of this ciphertext.
    pub(crate) fn of(cipher: &[u8]) -> Self {
        let mut tag = [0; TAG];
        for (kept, byte) in tag.iter_mut().zip(cipher.iter().rev()) {
            *kept = *byte;
        }
        Self(tag)
    }
}

/// What the window makes of a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// The first of its kind.
    New,
    /// Seen before.
    Repeated,
    /// Maybe new, but there is no room to remember it.
    Full,
}

/// Remembers what was used, bounded in time and in number.
///
/// A full window turns everything new away: to forget an entry early would let it in again.
#[derive(Debug)]
pub(crate) struct ReplayWindow {
    capacity: usize,
    seen: HashSet<Used>,
    /// In the order of arrival, which is that of expiry.
    expiry: VecDeque<(Timestamp, Used)>,
}

impl ReplayWindow {
    /// A window that holds this many entries.
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            seen: HashSet::new(),
            expiry: VecDeque::new(),
        }
    }

    /// Notes a use. Entries live for `keep`: longer than any authenticator passes the check of
    /// its time.
    pub(crate) fn admit(&mut self, used: Used, now: Timestamp, keep: Duration) -> Admission {
        self.forget_expired(now);
        if self.seen.contains(&used) {
            return Admission::Repeated;
        }
        if self.seen.len() >= self.capacity {
            return Admission::Full;
        }
        self.seen.insert(used);
        self.expiry.push_back((now.plus(keep), used));
        Admission::New
    }

    /// Takes back a use whose answer the client will not get.
    pub(crate) fn take_back(&mut self, used: Used) {
        self.seen.remove(&used);
        // Nearly always the newest entry.
        if let Some(at) = self.expiry.iter().rposition(|(_, other)| *other == used) {
            self.expiry.remove(at);
        }
    }

    fn forget_expired(&mut self, now: Timestamp) {
        while let Some((until, used)) = self.expiry.front().copied()
            && until < now
        {
            self.expiry.pop_front();
            self.seen.remove(&used);
        }
    }
}

impl Default for ReplayWindow {
    fn default() -> Self {
        Self::new(MAX_ENTRIES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Duration = Duration::from_secs(600);
    const START: Timestamp = Timestamp::from_seconds(1000);

    fn used(number: u8) -> Used {
        Used::of(&[number])
    }

    #[test]
    fn a_second_use_is_noticed_until_the_window_has_passed() {
        let mut window = ReplayWindow::default();
        assert_eq!(window.admit(used(1), START, KEEP), Admission::New);
        let last = START.plus(KEEP);
        assert_eq!(window.admit(used(1), last, KEEP), Admission::Repeated);
        let later = last.plus(Duration::from_micros(1));
        assert_eq!(window.admit(used(1), later, KEEP), Admission::New);
        assert_eq!(window.expiry.len(), 1);
    }

    #[test]
    fn a_use_taken_back_may_be_repeated() {
        let mut window = ReplayWindow::default();
        assert_eq!(window.admit(used(1), START, KEEP), Admission::New);
        window.take_back(used(1));
        assert_eq!(window.admit(used(1), START, KEEP), Admission::New);
    }

    #[test]
    fn a_full_window_turns_away_rather_than_forgets() {
        let mut window = ReplayWindow::new(2);
        assert_eq!(window.admit(used(1), START, KEEP), Admission::New);
        assert_eq!(window.admit(used(2), START, KEEP), Admission::New);
        assert_eq!(window.admit(used(3), START, KEEP), Admission::Full);
        assert_eq!(window.admit(used(1), START, KEEP), Admission::Repeated);
        let later = START.plus(KEEP).plus(Duration::from_micros(1));
        assert_eq!(window.admit(used(3), later, KEEP), Admission::New);
    }
}
