//! What passwords must be like, and what wrong ones lead to.

use serde::Deserialize;

/// The password and lockout policy of every Active Directory realm; durations in seconds.
///
/// ```
/// use realm_sim::topology::{Topology, TopologyError};
///
/// let topology = Topology::parse("[policy.password]\nmin_length = 12\nlockout_threshold = 5\n")?;
/// assert_eq!(topology.policy.password.min_length, 12);
/// # Ok::<(), TopologyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PasswordRules {
    /// The fewest characters of a new password: 7, Active Directory's default.
    pub min_length: u32,
    /// How many passwords, the present one among them, must not come back: 24, Active Directory's
    /// default and the most that are remembered.
    pub history: u32,
    /// Whether a new password needs characters of three kinds and must not hold the account's
    /// name ([MS-SAMR] §3.1.1.7.2).
    pub complex: bool,
    /// How long a password must be kept: 0, so that a test need not wait; Active Directory's
    /// default is a day.
    pub min_age: u64,
    /// How long a password that was changed is good: 0 is for ever; Active Directory's default
    /// is 42 days.
    pub max_age: u64,
    /// Wrong passwords after which an account is locked: 0, Active Directory's default, is never.
    pub lockout_threshold: u32,
    /// How long a wrong password counts: 30 min.
    pub lockout_window: u64,
    /// How long an account stays locked: 30 min; 0 is until an administrator unlocks it.
    pub lockout_duration: u64,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            min_length: 7,
            history: 24,
            complex: true,
            min_age: 0,
            max_age: 0,
            lockout_threshold: 0,
            lockout_window: HALF_AN_HOUR,
            lockout_duration: HALF_AN_HOUR,
        }
    }
}

const HALF_AN_HOUR: u64 = 30 * 60;
