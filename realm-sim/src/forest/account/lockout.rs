//! Wrong passwords, and accounts that are locked because of them.

use std::time::Duration;

use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccountAttributes, UserAccountControl};
use crate::forest::written;
use crate::topology::PasswordRules;

/// The wrong passwords of an account.
///
/// Example: [`AccountAttributes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LogonFailures {
    /// badPwdCount.
    pub count: u32,
    /// badPasswordTime.
    #[serde(with = "written")]
    pub last: Option<Timestamp>,
    /// lockoutTime, when wrong passwords locked the account; an administrator's lock has none.
    #[serde(with = "written")]
    pub locked_at: Option<Timestamp>,
}

impl LogonFailures {
    /// None.
    pub(super) const NONE: Self = Self {
        count: 0,
        last: None,
        locked_at: None,
    };
}

impl AccountAttributes {
    /// Whether the account is locked: a lock of wrong passwords ends by itself.
    pub fn is_locked(&self, rules: &PasswordRules, now: Timestamp) -> bool {
        let duration = Duration::from_secs(rules.lockout_duration);
        let is_over = |since: Timestamp| !duration.is_zero() && now >= since.plus(duration);
        self.control.contains(UserAccountControl::LOCKOUT)
            && !self.failures.locked_at.is_some_and(is_over)
    }

    /// Counts a wrong password, and locks the account if it was one too many
    /// ([MS-SAMR] §3.1.5.14.6).
    pub(crate) fn count_failure(&mut self, rules: &PasswordRules, now: Timestamp) {
        if !self.is_locked(rules, now) && self.failures.locked_at.is_some() {
            self.forget_failures();
        }
        let window = Duration::from_secs(rules.lockout_window);
        let counts = self
            .failures
            .last
            .is_some_and(|last| now <= last.plus(window));
        let before = if counts { self.failures.count } else { 0 };
        self.failures.count = before.saturating_add(1);
        self.failures.last = Some(now);
        if rules.lockout_threshold != 0 && self.failures.count >= rules.lockout_threshold {
            self.control |= UserAccountControl::LOCKOUT;
            self.failures.locked_at = Some(now);
        }
    }

    /// After a right password, or when a lock has ended.
    pub(crate) fn forget_failures(&mut self) {
        if self.failures.locked_at.is_some() {
            self.control -= UserAccountControl::LOCKOUT;
        }
        self.failures = LogonFailures::NONE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

    fn rules(threshold: u32, duration: u64) -> PasswordRules {
        PasswordRules {
            lockout_threshold: threshold,
            lockout_window: 60,
            lockout_duration: duration,
            ..PasswordRules::default()
        }
    }

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn the_threshold_locks_and_the_duration_unlocks() {
        let rules = rules(3, 100);
        let mut attributes = AccountAttributes::default();
        attributes.count_failure(&rules, NOW);
        attributes.count_failure(&rules, after(60));
        assert!(!attributes.is_locked(&rules, after(60)));
        attributes.count_failure(&rules, after(61));
        assert!(attributes.is_locked(&rules, after(160)));
        assert!(!attributes.is_locked(&rules, after(161)));
        // The next wrong password is the first again.
        attributes.count_failure(&rules, after(161));
        assert_eq!(attributes.failures.count, 1);
        assert!(!attributes.control.contains(UserAccountControl::LOCKOUT));
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let rules = rules(2, 0);
        let mut attributes = AccountAttributes::default();
        attributes.count_failure(&rules, NOW);
        attributes.count_failure(&rules, after(61));
        assert!(!attributes.is_locked(&rules, after(61)));
        attributes.count_failure(&rules, after(121));
        // Without a duration it is for an administrator to unlock.
        assert!(attributes.is_locked(&rules, after(1_000_000)));
        attributes.forget_failures();
        assert!(!attributes.is_locked(&rules, after(121)));
    }

    #[test]
    fn an_administrators_lock_stays_and_zero_locks_nobody() {
        let mut attributes = AccountAttributes::default();
        for second in 0..50 {
            attributes.count_failure(&rules(0, 100), after(second));
        }
        assert!(!attributes.is_locked(&rules(0, 100), after(50)));
        attributes.forget_failures();
        attributes.control |= UserAccountControl::LOCKOUT;
        attributes.forget_failures();
        assert!(attributes.is_locked(&rules(0, 100), after(1_000_000)));
    }
}
