//! What time it is, asked of whoever the application chooses.

use std::sync::Arc;
use std::time::SystemTime;

use kerberos_core::time::Timestamp;

/// A clock. Kerberos fails when it is wrong by minutes.
///
/// ```
/// use kerberos_core::time::Timestamp;
/// use kkdcp_client::Clock;
///
/// /// A clock that stands still, for tests.
/// struct Still(Timestamp);
///
/// impl Clock for Still {
///     fn now(&self) -> Timestamp {
///         self.0
///     }
/// }
///
/// let clock = Still(Timestamp::from_seconds(1_767_225_600));
/// assert_eq!(clock.now(), clock.now());
/// ```
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
///
/// ```
/// use kkdcp_client::{Clock, SystemClock};
///
/// assert!(SystemClock::new().now().time().civil().year >= 2026);
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// The operating system's clock.
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
        };
        Timestamp::from_micros(micros)
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_runs_in_this_century() {
        let now = SystemClock::new().now().time().civil();
        assert!((2026..2100).contains(&now.year));
    }
}
