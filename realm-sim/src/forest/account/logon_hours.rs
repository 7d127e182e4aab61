//! The hours of the week in which a user may log on.

use std::str::FromStr;
use std::time::Duration;

use kerberos_core::time::Timestamp;

/// Hours in a week.
const HOURS: u64 = 7 * 24;
const HOUR: u64 = 3600;

/// The epoch was a Thursday, and a week of logon hours begins on Sunday.
const EPOCH_IN_WEEK: u64 = 4 * 24;

/// The hours of the week, in UTC, in which a user may log on ([MS-ADA1] logonHours): one bit per
/// hour from Sunday midnight on, the lowest bit of each byte first.
///
/// ```
/// use kerberos_core::time::Timestamp;
/// use realm_sim::forest::LogonHours;
///
/// // Mondays to Fridays, 8 to 18 h.
/// let office = LogonHours::of(|day, hour| (1..=5).contains(&day) && (8..18).contains(&hour));
/// let monday_at_eight = Timestamp::from_seconds(1_767_600_000);
/// assert!(office.allow(monday_at_eight));
/// let sunday_at_eight = Timestamp::from_seconds(1_767_600_000 - 86_400);
/// assert!(!office.allow(sunday_at_eight));
/// // Sundays from 0 to 8 h.
/// let early: LogonHours = format!("ff{}", "00".repeat(20)).parse()?;
/// assert_eq!(early, LogonHours::of(|day, hour| day == 0 && hour < 8));
/// # Ok::<(), realm_sim::forest::LogonHoursError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogonHours([u8; 21]);

impl LogonHours {
    /// The attribute's octets.
    pub const fn new(octets: [u8; 21]) -> Self {
        Self(octets)
    }

    /// The hours for which `allows` says so; days count from Sunday, 0, and hours from 0.
    pub fn of(allows: impl Fn(u8, u8) -> bool) -> Self {
        let mut octets = [0; 21];
        let hours = (0..7_u8).flat_map(|day| (0..24_u8).map(move |hour| (day, hour)));
        for (at, (day, hour)) in hours.enumerate() {
            if let Some(octet) = octets.get_mut(at / 8) {
                *octet |= u8::from(allows(day, hour)) << (at % 8);
            }
        }
        Self(octets)
    }

    /// The attribute's octets.
    pub const fn octets(&self) -> &[u8; 21] {
        &self.0
    }

    /// Whether a logon at this time is allowed.
    pub fn allow(&self, now: Timestamp) -> bool {
        let hour = (seconds_of(now) / HOUR + EPOCH_IN_WEEK) % HOURS;
        usize::try_from(hour / 8)
            .ok()
            .and_then(|at| self.0.get(at))
            .is_some_and(|octet| octet >> (hour % 8) & 1 == 1)
    }

    /// How long a logon at `now` may last: until the next hour that is not allowed, at most a
    /// week. `None` when every hour is allowed.
    pub fn remaining(&self, now: Timestamp) -> Option<Duration> {
        if self.0 == [0xff; 21] {
            return None;
        }
        let into_hour = seconds_of(now) % HOUR;
        let whole_hours = (0..HOURS)
            .take_while(|hour| self.allow(now.plus(Duration::from_secs(hour * HOUR))))
            .count();
        let whole_hours = u64::try_from(whole_hours).unwrap_or(HOURS);
        Some(Duration::from_secs(
            (whole_hours * HOUR).saturating_sub(into_hour),
        ))
    }
}

/// Text that is not 21 octets in hexadecimal.
///
/// Example: [`LogonHours`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("logon hours are 42 hexadecimal digits")]
#[non_exhaustive]
pub struct LogonHoursError;

impl FromStr for LogonHours {
    type Err = LogonHoursError;

    /// Reads the attribute's octets in hexadecimal.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut octets = [0; 21];
        if text.len() != 2 * octets.len() {
            return Err(LogonHoursError);
        }
        for (at, octet) in octets.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).ok_or(LogonHoursError)?;
            *octet = u8::from_str_radix(digits, 16).map_err(|_| LogonHoursError)?;
        }
        Ok(Self(octets))
    }
}

/// Seconds since the epoch; no logon was ever before it.
fn seconds_of(now: Timestamp) -> u64 {
    u64::try_from(now.time().seconds()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sunday, 4 January 2026, 00:00.
    const SUNDAY: i64 = 1_767_484_800;

    fn at(hours: i64, seconds: i64) -> Timestamp {
        Timestamp::from_seconds(SUNDAY + hours * 3600 + seconds)
    }

    #[test]
    fn a_week_begins_on_sunday_at_midnight() {
        let first_hour = LogonHours::of(|day, hour| day == 0 && hour == 0);
        assert_eq!(first_hour.octets()[0], 1);
        assert!(first_hour.allow(at(0, 0)) && first_hour.allow(at(0, 3599)));
        assert!(!first_hour.allow(at(1, 0)) && !first_hour.allow(at(167, 3599)));
        assert!(first_hour.allow(at(168, 0)));
    }

    #[test]
    fn text_is_21_octets() {
        let text = "0180".to_owned() + &"00".repeat(18) + "fF";
        let hours: LogonHours = text.parse().unwrap();
        assert_eq!((hours.octets()[0], hours.octets()[1]), (1, 0x80));
        assert_eq!(hours.octets()[20], 0xff);
        for wrong in [
            "",
            &text[1..],
            &text.replace('f', "g"),
            &"\u{e4}".repeat(21),
        ] {
            assert_eq!(wrong.parse::<LogonHours>(), Err(LogonHoursError), "{wrong}");
        }
    }

    #[test]
    fn what_remains_ends_with_the_hours_allowed() {
        let morning = LogonHours::of(|_, hour| hour < 12);
        assert_eq!(
            morning.remaining(at(10, 60)),
            Some(Duration::from_secs(7140))
        );
        assert_eq!(morning.remaining(at(12, 60)), Some(Duration::ZERO));
        assert_eq!(LogonHours::of(|_, _| true).remaining(at(0, 0)), None);
    }
}
