//! Points in time: arguments and message fields, never read from a clock here.

use std::fmt;
use std::time::Duration;

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;
const DAY_UNSIGNED: u64 = DAY.cast_unsigned();

/// A point in time in whole seconds since 1970-01-01T00:00:00Z, as KerberosTime carries it.
///
/// Years 0 to 9999 are representable in a message (RFC 4120 §5.2.3); arithmetic saturates there.
///
/// ```
/// use std::time::Duration;
/// use kerberos_core::time::KerberosTime;
///
/// let start = KerberosTime::from_seconds(1_767_225_600);
/// assert_eq!(start.to_string(), "2026-01-01T00:00:00Z");
/// let end = start.plus(Duration::from_secs(36_000));
/// assert_eq!(end.since(start), Duration::from_secs(36_000));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KerberosTime(i64);

impl KerberosTime {
    /// 1970-01-01T00:00:00Z: in a request, "as long as possible".
    pub const EPOCH: Self = Self(0);
    /// 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(253_402_300_799);
    /// 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_167_219_200);

    /// The time `seconds` after 1970-01-01T00:00:00Z, held within years 0 to 9999.
    pub const fn from_seconds(seconds: i64) -> Self {
        if seconds > Self::MAX.0 {
            Self::MAX
        } else if seconds < Self::MIN.0 {
            Self::MIN
        } else {
            Self(seconds)
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// This time plus `duration`, whole seconds, saturating.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self::from_seconds(self.0.saturating_add(seconds))
    }

    /// The time from `earlier` to this one; zero if it lies the other way.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The instant at which this second begins.
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(MICROS))
    }

    /// The calendar fields (year, month, day, hour, minute, second), UTC.
    pub fn civil(self) -> Civil {
        Civil::from_seconds(self.0)
    }
}

impl fmt::Display for KerberosTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.civil();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl fmt::Debug for KerberosTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A point in time in microseconds since 1970-01-01T00:00:00Z, as a clock gives it.
///
/// ```
/// use std::time::Duration;
/// use kerberos_core::time::Timestamp;
///
/// let ours = Timestamp::from_micros(1_767_225_600_000_250);
/// assert_eq!(ours.to_string(), "2026-01-01T00:00:00.000250Z");
/// // On the wire it is two fields: whole seconds, and microseconds on top.
/// assert_eq!(Timestamp::from_parts(ours.time(), ours.subsec_micros()), ours);
/// let theirs = ours.plus(Duration::from_secs(301));
/// assert!(ours.distance(theirs) > Duration::from_secs(300));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant `seconds` seconds after 1970-01-01T00:00:00Z.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// The instant of a KerberosTime and its microseconds field.
    pub fn from_parts(time: KerberosTime, micros: u32) -> Self {
        Self(time.start().0.saturating_add(i64::from(micros)))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The whole second this instant lies in.
    pub const fn time(self) -> KerberosTime {
        KerberosTime::from_seconds(self.0.div_euclid(MICROS))
    }

    /// Microseconds into that second: 0 to 999999.
    pub fn subsec_micros(self) -> u32 {
        u32::try_from(self.0.rem_euclid(MICROS)).unwrap_or(0)
    }

    /// This instant plus `duration`, saturating.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// This instant less `duration`, saturating.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// How far apart two instants are, whichever is later.
    pub const fn distance(self, other: Self) -> Duration {
        Duration::from_micros(self.0.abs_diff(other.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.time().civil();
        let micros = self.subsec_micros();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time of day and date in the proleptic Gregorian calendar, UTC.
///
/// ```
/// use kerberos_core::time::{Civil, KerberosTime};
///
/// let leap_day = KerberosTime::from_seconds(951_782_400).civil();
/// assert_eq!((leap_day.year, leap_day.month, leap_day.day), (2000, 2, 29));
/// assert_eq!(Civil { year: 2100, ..leap_day }.to_time(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a calendar has these six fields")]
pub struct Civil {
    /// 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59: Kerberos knows no leap second.
    pub second: u8,
}

impl Civil {
    /// The time these fields name, if they name one.
    pub fn to_time(self) -> Option<KerberosTime> {
        let in_range = self.year <= 9999
            && (1..=12).contains(&self.month)
            && self.day >= 1
            && (self.day <= 28 || self.day <= days_in_month(self.year, self.month))
            && self.hour < 24
            && self.minute < 60
            && self.second < 60;
        if !in_range {
            return None;
        }
        // Years begin in March here, so that the leap day comes last, and an era early, so that
        // nothing is negative.
        let year = u32::from(self.year) + ERA_YEARS - u32::from(self.month <= 2);
        let month = (u32::from(self.month) + 9) % 12;
        let leap_days = year / 4 - year / 100 + year / 400;
        let day_of_year = (153 * month + 2) / 5 + u32::from(self.day) - 1;
        let days = i64::from(365 * year + leap_days + day_of_year) - DAYS_TO_EPOCH;
        let seconds =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Some(KerberosTime(days * DAY + seconds))
    }

    /// The calendar of C. Neri and L. Schneider, "Euclidean affine functions and their application
    /// to calendar algorithms" (2022): years begin in March, and divisions of multiples of four
    /// days find the century and the year.
    fn from_seconds(seconds: i64) -> Self {
        let seconds = u64::try_from(seconds + DAYS_TO_EPOCH * DAY).unwrap_or(0);
        let narrow = |value: u64| u8::try_from(value).unwrap_or(0);
        let second_of_day = seconds % DAY_UNSIGNED;
        let quarters = seconds / DAY_UNSIGNED * 4 + 3;
        let (century, rest) = (quarters / ERA_DAYS, quarters % ERA_DAYS);
        let quarters = rest | 3;
        let (year, day_of_year) = (quarters / FOUR_YEARS, quarters % FOUR_YEARS / 4);
        let months = 2141 * day_of_year + 197_913;
        let (month, day) = (months >> 16, (months & 0xffff) / 2141 + 1);
        // January and February are months 13 and 14.
        let next = month / 13;
        let year = (100 * century + year + next).saturating_sub(u64::from(ERA_YEARS));
        Self {
            year: u16::try_from(year).unwrap_or(0),
            month: narrow(month - 12 * next),
            day: narrow(day),
            hour: narrow(second_of_day / 3600),
            minute: narrow(second_of_day / 60 % 60),
            second: narrow(second_of_day % 60),
        }
    }
}

/// Years after which the Gregorian calendar repeats.
const ERA_YEARS: u32 = 400;

/// Days in those years: quarters of a day in a century.
const ERA_DAYS: u64 = 146_097;

/// Days in four years of which one is a leap year: quarters of a day in a year.
const FOUR_YEARS: u64 = 1461;

/// Days from the first of March of the year -400 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468 + 146_097;

const fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The four times of a ticket (RFC 4120 §5.3).
///
/// ```
/// use kerberos_core::time::{KerberosTime, TicketTimes};
///
/// let times = TicketTimes {
///     authtime: KerberosTime::from_seconds(1_000),
///     starttime: None,
///     endtime: KerberosTime::from_seconds(37_000),
///     renew_till: None,
/// };
/// assert_eq!(times.valid_from(), times.authtime);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a ticket has these four times")]
pub struct TicketTimes {
    /// When the client authenticated.
    pub authtime: KerberosTime,
    /// From when the ticket is good; absent means authtime.
    pub starttime: Option<KerberosTime>,
    /// Until when the ticket is good.
    pub endtime: KerberosTime,
    /// Until when the ticket can be renewed, for a renewable one.
    pub renew_till: Option<KerberosTime>,
}

impl TicketTimes {
    /// From when the ticket is good: starttime, or authtime where there is none.
    pub fn valid_from(&self) -> KerberosTime {
        self.starttime.unwrap_or(self.authtime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_round_trips_at_its_edges() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_767_225_600, "2026-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (KerberosTime::MAX.seconds(), "9999-12-31T23:59:59Z"),
            (KerberosTime::MIN.seconds(), "0000-01-01T00:00:00Z"),
        ] {
            let time = KerberosTime::from_seconds(seconds);
            assert_eq!(time.to_string(), text);
            assert_eq!(time.civil().to_time(), Some(time));
        }
    }

    /// Counted day by day, over the 400 years after which the calendar repeats and some more.
    #[test]
    fn every_day_follows_the_one_before() {
        let mut expected = KerberosTime::MIN.civil();
        for day in 0..=150_000 {
            let time = KerberosTime::from_seconds(KerberosTime::MIN.seconds() + day * DAY);
            assert_eq!(time.civil(), expected);
            assert_eq!(expected.to_time(), Some(time));
            expected.day += 1;
            if expected.day > days_in_month(expected.year, expected.month) {
                (expected.month, expected.day) = (expected.month + 1, 1);
            }
            if expected.month > 12 {
                (expected.year, expected.month) = (expected.year + 1, 1);
            }
        }
        assert_eq!(expected.year, 410);
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        let base = Civil {
            year: 2026,
            month: 2,
            day: 28,
            hour: 23,
            minute: 59,
            second: 59,
        };
        assert!(base.to_time().is_some());
        for wrong in [
            Civil { day: 29, ..base },
            Civil { month: 13, ..base },
            Civil { month: 0, ..base },
            Civil { day: 0, ..base },
            Civil { hour: 24, ..base },
            Civil { minute: 60, ..base },
            Civil { second: 60, ..base },
            Civil {
                year: 2100,
                month: 2,
                day: 29,
                ..base
            },
        ] {
            assert_eq!(wrong.to_time(), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_negative_instant_still_has_positive_microseconds() {
        let before = Timestamp::from_micros(-1);
        assert_eq!(before.time().seconds(), -1);
        assert_eq!(before.subsec_micros(), 999_999);
        assert_eq!(before.to_string(), "1969-12-31T23:59:59.999999Z");
    }
}
