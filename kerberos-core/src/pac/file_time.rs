//! FILETIME.

use std::fmt;

use crate::time::{KerberosTime, Timestamp};

/// A point in time in units of 100 ns since 1601-01-01T00:00:00Z ([MS-DTYP] §2.3.3).
///
/// ```
/// use kerberos_core::pac::FileTime;
/// use kerberos_core::time::KerberosTime;
///
/// let authtime = KerberosTime::from_seconds(1_767_225_600);
/// let time = FileTime::from(authtime);
/// assert_eq!(time.to_string(), "2026-01-01T00:00:00.000000Z");
/// assert_eq!(time.timestamp(), Some(authtime.start()));
/// assert_eq!(FileTime::NEVER.timestamp(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileTime(u64);

impl FileTime {
    /// Zero: not set.
    pub const UNSET: Self = Self(0);
    /// 0x7FFFFFFFFFFFFFFF: it will not happen.
    pub const NEVER: Self = Self(0x7fff_ffff_ffff_ffff);

    /// The time this many units after 1601.
    pub const fn from_ticks(ticks: u64) -> Self {
        Self(ticks)
    }

    /// Units since 1601.
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// The instant, unless this is [`FileTime::UNSET`], [`FileTime::NEVER`] or past the year 9999.
    pub fn timestamp(self) -> Option<Timestamp> {
        let ticks = i64::try_from(self.0).ok()?;
        let instant = Timestamp::from_micros((ticks - EPOCH_TICKS).div_euclid(TICKS_PER_MICRO));
        (self != Self::UNSET && instant <= KerberosTime::MAX.start()).then_some(instant)
    }
}

impl From<KerberosTime> for FileTime {
    /// Years before 1601 become [`FileTime::UNSET`].
    fn from(time: KerberosTime) -> Self {
        let ticks = time.seconds() * TICKS_PER_SECOND + EPOCH_TICKS;
        Self(u64::try_from(ticks).unwrap_or(0))
    }
}

impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self, self.timestamp()) {
            (Self::NEVER, _) => f.write_str("never"),
            (Self::UNSET, _) => f.write_str("unset"),
            (_, Some(instant)) => instant.fmt(f),
            (Self(ticks), None) => write!(f, "{ticks} ticks"),
        }
    }
}

impl fmt::Debug for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const TICKS_PER_MICRO: i64 = 10;

const TICKS_PER_SECOND: i64 = 10_000_000;

/// 1970-01-01 in units since 1601-01-01.
const EPOCH_TICKS: i64 = 116_444_736_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_survive_and_special_values_are_no_time() {
        for seconds in [0, 1_767_225_600, -11_644_473_599, 253_402_300_799] {
            let time = KerberosTime::from_seconds(seconds);
            assert_eq!(FileTime::from(time).timestamp(), Some(time.start()));
        }
        let known = FileTime::from(KerberosTime::from_seconds(1_767_225_600));
        assert_eq!(known.ticks(), 0x01dc_7ab1_9281_0000);
        assert_eq!(known.to_string(), "2026-01-01T00:00:00.000000Z");
        assert_eq!(FileTime::from(KerberosTime::MIN), FileTime::UNSET);
        assert_eq!(FileTime::UNSET.timestamp(), None);
        assert_eq!(FileTime::NEVER.timestamp(), None);
        assert_eq!(FileTime::from_ticks(u64::MAX).timestamp(), None);
        assert_eq!(FileTime::NEVER.to_string(), "never");
    }
}
