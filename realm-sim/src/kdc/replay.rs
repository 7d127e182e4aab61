//! The replay window: what was used lately and must not be used again (RFC 4120 §3.2.3).

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use kerberos_core::time::Timestamp;

/// Entries at most: about 4 MB, and more authenticators than one simulator sees in ten minutes.
pub(crate) const MAX_ENTRIES: usize = 65_536;

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

/// Remembers what was used, bounded in time and in number.
#[derive(Debug, Default)]
pub(crate) struct ReplayWindow {
    seen: HashSet<Used>,
    /// In the order of arrival, which is that of expiry.
    expiry: VecDeque<(Timestamp, Used)>,
}

impl ReplayWindow {
    /// Notes a use; false when it is a second one. Entries live for `keep`: longer than any
    /// authenticator passes the check of its time.
    pub(crate) fn admit(&mut self, used: Used, now: Timestamp, keep: Duration) -> bool {
        self.forget_expired(now);
        if !self.seen.insert(used) {
            return false;
        }
        self.expiry.push_back((now.plus(keep), used));
        if self.expiry.len() > MAX_ENTRIES {
            self.forget_oldest();
        }
        true
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
        while self.expiry.front().is_some_and(|(until, _)| *until < now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, used)) = self.expiry.pop_front() {
            self.seen.remove(&used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Duration = Duration::from_secs(600);

    fn used(number: usize) -> Used {
        Used::of(&number.to_be_bytes())
    }

    #[test]
    fn a_second_use_is_noticed_until_the_window_has_passed() {
        let mut window = ReplayWindow::default();
        let start = Timestamp::from_seconds(1000);
        assert!(window.admit(used(1), start, KEEP));
        assert!(!window.admit(used(1), start.plus(KEEP), KEEP));
        let later = start.plus(KEEP).plus(Duration::from_micros(1));
        assert!(window.admit(used(1), later, KEEP));
        assert_eq!(window.expiry.len(), 1);
    }

    #[test]
    fn a_use_taken_back_may_be_repeated() {
        let mut window = ReplayWindow::default();
        let now = Timestamp::from_seconds(1000);
        assert!(window.admit(used(1), now, KEEP));
        window.take_back(used(1));
        assert!(window.admit(used(1), now, KEEP));
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let mut window = ReplayWindow::default();
        let now = Timestamp::from_seconds(1000);
        for number in 0..=MAX_ENTRIES {
            assert!(window.admit(used(number), now, KEEP));
        }
        assert_eq!(window.expiry.len(), MAX_ENTRIES);
        assert_eq!(window.seen.len(), MAX_ENTRIES);
        assert!(!window.admit(used(MAX_ENTRIES), now, KEEP));
        assert!(window.admit(used(0), now, KEEP), "the oldest was forgotten");
    }
}
