//! Authenticators that the password service has seen, so that nobody sets a password once more by
//! repeating a request.
//!
//! RFC 4120 §3.2.3 has a server that lost track of them, as one that is started again does, refuse
//! everybody for a while. What is here can be kept, and remembered again.

use std::collections::VecDeque;
use std::time::Duration;

#[cfg(feature = "journal")]
use kerberos_core::message::ReplayKey;
use kerberos_core::message::ReplayWindow;
use kerberos_core::time::Timestamp;

/// Octets at the end of a sealed authenticator that tell it from others: as many as a window looks
/// at.
pub(crate) const TAG: usize = 24;

/// An authenticator that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpentAuthenticator {
    /// The end of it, sealed; zeros before it where it is shorter.
    pub(crate) tag: [u8; TAG],
    /// When it was used.
    pub(crate) at: Timestamp,
}

/// Those that were used lately.
#[derive(Debug)]
pub(crate) struct PasswordReplays {
    window: ReplayWindow,
    /// Oldest first; no more than the window lets in.
    spent: VecDeque<SpentAuthenticator>,
    /// How long each of them would be accepted.
    keep: Duration,
    /// As many of the latest were not taken to be kept.
    unkept: usize,
}

impl PasswordReplays {
    pub(super) fn new(max_skew: Duration) -> Self {
        Self {
            window: ReplayWindow::new(max_skew, ReplayWindow::DEFAULT_CAPACITY),
            spent: VecDeque::new(),
            // An authenticator may lie one skew ahead and stays good until one skew behind.
            keep: max_skew.saturating_mul(2),
            unkept: 0,
        }
    }

    /// What decides whether one is new.
    pub(super) const fn window(&mut self) -> &mut ReplayWindow {
        &mut self.window
    }

    /// Notes that the window has let this one in.
    pub(super) fn note(&mut self, sealed: &[u8], now: Timestamp) {
        let mut tag = [0; TAG];
        for (kept, octet) in tag.iter_mut().rev().zip(sealed.iter().rev()) {
            *kept = *octet;
        }
        self.forget_before(now);
        self.spent.push_back(SpentAuthenticator { tag, at: now });
        self.unkept = self.unkept.saturating_add(1).min(self.spent.len());
    }

    /// Lets none of these in that was used before.
    #[cfg(feature = "journal")]
    pub(crate) fn remember(&mut self, spent: SpentAuthenticator) {
        self.window.admit(ReplayKey::of(&spent.tag), spent.at);
        self.forget_before(spent.at);
        self.spent.push_back(spent);
    }

    /// Those that were used since this was asked last.
    #[cfg(feature = "journal")]
    pub(crate) fn take_unkept(&mut self) -> Vec<SpentAuthenticator> {
        let kept = self.spent.len().saturating_sub(self.unkept);
        self.unkept = 0;
        self.spent.iter().skip(kept).copied().collect()
    }

    /// Whether there are any.
    #[cfg(feature = "journal")]
    pub(crate) const fn has_unkept(&self) -> bool {
        self.unkept > 0
    }

    /// All that would be accepted at `now` if they were new.
    #[cfg(feature = "journal")]
    pub(crate) fn all(&mut self, now: Timestamp) -> Vec<SpentAuthenticator> {
        self.forget_before(now);
        self.spent.iter().copied().collect()
    }

    fn forget_before(&mut self, now: Timestamp) {
        while self
            .spent
            .front()
            .is_some_and(|spent| spent.at.plus(self.keep) < now)
        {
            self.spent.pop_front();
        }
        self.unkept = self.unkept.min(self.spent.len());
    }
}

#[cfg(all(test, feature = "journal"))]
mod tests {
    use kerberos_core::message::Admission;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);
    const SKEW: Duration = Duration::from_secs(300);

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    fn spend(replays: &mut PasswordReplays, sealed: &[u8], at: Timestamp) -> Admission {
        let admitted = replays.window().admit(ReplayKey::of(sealed), at);
        if admitted == Admission::New {
            replays.note(sealed, at);
        }
        admitted
    }

    #[test]
    fn what_was_kept_is_not_let_in_again_as_long_as_it_would_be_accepted() {
        let long: Vec<u8> = (0..200).collect();
        for sealed in [&long[..], b"short"] {
            let mut before = PasswordReplays::new(SKEW);
            assert_eq!(spend(&mut before, sealed, NOW), Admission::New);
            assert_eq!(spend(&mut before, sealed, after(1)), Admission::Replayed);
            assert!(before.has_unkept());
            let kept = before.take_unkept();
            assert_eq!((kept.len(), before.has_unkept()), (1, false));
            assert_eq!(before.take_unkept(), []);

            let again = |seconds| {
                let mut again = PasswordReplays::new(SKEW);
                again.remember(kept[0]);
                spend(&mut again, sealed, after(seconds))
            };
            assert_eq!(again(600), Admission::Replayed);
            assert_eq!(again(601), Admission::New);
        }
    }

    #[test]
    fn what_is_too_old_to_be_accepted_need_not_be_kept() {
        let mut replays = PasswordReplays::new(SKEW);
        spend(&mut replays, b"one", NOW);
        spend(&mut replays, b"two", after(1));
        assert_eq!(replays.all(after(600)).len(), 2);
        assert_eq!(replays.all(after(601)).len(), 1);
        assert_eq!(replays.all(after(602)).len(), 0);
        assert_eq!(replays.take_unkept(), []);
    }
}
