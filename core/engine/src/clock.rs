//! The only place that asks the time.

use rundruf_consent::Time;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock jump back by more than this is worth a line in the log, in milliseconds.
const JUMP: i64 = 2_000;
/// A clock that is moved by hand is looked at again after this.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The system's clock, which never goes back while the program runs; or one that is moved by hand, for tests.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    fixed: bool,
    latest: AtomicI64,
    told: AtomicBool,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Inner { fixed: false, latest: AtomicI64::new(0), told: AtomicBool::new(false) }))
    }

    /// A clock that says what it is told.
    #[must_use]
    pub fn fixed(at: Time) -> Self {
        Self(Arc::new(Inner { fixed: true, latest: AtomicI64::new(at.0), told: AtomicBool::new(false) }))
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

    /// The time. A system clock that was set back does not take the program with it: what was stored later must not look earlier.
    #[must_use]
    pub fn now(&self) -> Time {
        if self.0.fixed {
            return Time(self.0.latest.load(Ordering::Acquire));
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let latest = self.0.latest.fetch_max(now, Ordering::AcqRel);
        if latest > now.saturating_add(JUMP) && !self.0.told.swap(true, Ordering::AcqRel) {
            tracing::warn!(
                seconds = (latest - now) / 1_000,
                "the system clock was set back; time stands still until it has caught up"
            );
        } else if latest <= now {
            self.0.told.store(false, Ordering::Release);
        }
        Time(latest.max(now))
    }

    /// How long to sleep until then. One that is moved by hand tells nobody, so it is looked at again soon.
    pub(crate) fn until(&self, then: Time) -> Duration {
        let left = then.since(self.now());
        if self.0.fixed { left.min(LOOK_AGAIN) } else { left }
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
    fn a_fixed_clock_is_moved_by_hand() {
        let clock = Clock::fixed(Time(1_000));
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!(clock.now(), Time(3_000));
        assert_eq!(clock.until(Time(60_000)), LOOK_AGAIN);
        assert_eq!(clock.until(Time(0)), Duration::ZERO);
    }
}
