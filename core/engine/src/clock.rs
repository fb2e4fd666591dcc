//! The only place that asks the time.

use rundruf_consent::Time;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A jump back of the system clock by more than this is logged, in milliseconds.
const JUMP: i64 = 2_000;
/// A fixed clock is read again after this time.
const FIXED_POLL: Duration = Duration::from_millis(10);

/// The system clock, which never goes back while the program runs; or a fixed one that tests move.
#[derive(Clone, Debug)]
pub struct Clock(Arc<ClockState>);

#[derive(Debug)]
struct ClockState {
    fixed: bool,
    latest: AtomicI64,
    /// The jump back was logged.
    is_logged: AtomicBool,
}

impl Clock {
    /// The system clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(ClockState { fixed: false, latest: AtomicI64::new(0), is_logged: AtomicBool::new(false) }))
    }

    /// A clock that shows the time that was set.
    #[must_use]
    pub fn fixed(at: Time) -> Self {
        Self(Arc::new(ClockState { fixed: true, latest: AtomicI64::new(at.0), is_logged: AtomicBool::new(false) }))
    }

    /// Sets a fixed clock.
    pub fn set(&self, at: Time) {
        self.0.latest.store(at.0, Ordering::Release);
    }

    /// Moves a fixed clock on.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.latest.fetch_add(by, Ordering::AcqRel);
    }

    /// The time. If the system clock was set back this clock stands still, because what is stored later must not look earlier.
    #[must_use]
    pub fn now(&self) -> Time {
        if self.0.fixed {
            return Time(self.0.latest.load(Ordering::Acquire));
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let latest = self.0.latest.fetch_max(now, Ordering::AcqRel);
        if latest > now.saturating_add(JUMP) && !self.0.is_logged.swap(true, Ordering::AcqRel) {
            tracing::warn!(
                seconds = (latest - now) / 1_000,
                "the system clock was set back; time stands still until it has caught up"
            );
        } else if latest <= now {
            self.0.is_logged.store(false, Ordering::Release);
        }
        Time(latest.max(now))
    }

    /// How long to sleep until then. A fixed clock wakes no sleeper when it is moved, so it is read again soon.
    pub(crate) fn until(&self, then: Time) -> Duration {
        let left = then.since(self.now());
        if self.0.fixed { left.min(FIXED_POLL) } else { left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_goes_back() {
        let clock = Clock::system();
        let first = clock.now();
        clock.set(Time(first.0 + 60_000));
        assert_eq!(clock.now(), Time(first.0 + 60_000), "as if the system had been set back by a minute");
    }

    #[test]
    fn a_fixed_clock_is_moved_by_tests() {
        let clock = Clock::fixed(Time(1_000));
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!(clock.now(), Time(3_000));
        assert_eq!(clock.until(Time(60_000)), FIXED_POLL);
        assert_eq!(clock.until(Time(0)), Duration::ZERO);
    }
}
