//! The only place that asks the time. A wall clock that jumps is not believed until it is back, the kernel calls it synchronised, or the admin
//! accepts it (R31); meanwhile time goes on by the clock that nobody can set.

mod guard; // tells a jump from time that passed
mod local_time; // times as operators read them

pub use guard::ClockHold;
use guard::{ClockChange, ClockGuard, Moment, Release};
pub(crate) use local_time::local_time;
use rundruf_consent::Time;
use rundruf_host::kernel_clock;
use rundruf_store::ClockRecord;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;

/// A fixed clock is read again after this time.
const FIXED_POLL: Duration = Duration::from_millis(10);
/// Longest sleep of a task that waits for a point in time: a jump is noticed after this time at the latest, if nothing asks the time before.
const LONGEST: Duration = Duration::from_secs(5);
/// Longest sleep while a jump is not believed.
const LONGEST_HELD: Duration = Duration::from_secs(1);
/// A smaller step back is an ordinary correction of the clock, in milliseconds.
const STEP_BACK: i64 = 2_000;

/// The system clock, which never goes back while the program runs, unless an earlier time is accepted; or a fixed one that tests move.
#[derive(Clone, Debug)]
pub struct Clock(Arc<ClockState>);

#[derive(Debug)]
struct ClockState {
    source: ClockSource,
    guard: Mutex<ClockGuard>,
    /// An earlier clock was accepted, and what is stored was not put right yet.
    stepped_back: AtomicBool,
    /// A hold began or ended.
    changed: Notify,
}

#[derive(Debug)]
enum ClockSource {
    System,
    Fixed { wall: AtomicI64, boot: AtomicI64, is_synchronised: AtomicBool },
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl ClockSource {
    fn moment(&self) -> Moment {
        match self {
            Self::System => {
                let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
                    Ok(since) => millis(since),
                    Err(before) => -millis(before.duration()),
                };
                Moment { wall, boot: millis(kernel_clock::since_boot()) }
            }
            Self::Fixed { wall, boot, .. } => {
                Moment { wall: wall.load(Ordering::Acquire), boot: boot.load(Ordering::Acquire) }
            }
        }
    }

    /// The kernel's wall clock, if the kernel calls it synchronised.
    fn synchronised(&self) -> Option<i64> {
        match self {
            Self::System => kernel_clock::synchronised_ms(),
            Self::Fixed { wall, is_synchronised, .. } => {
                is_synchronised.load(Ordering::Acquire).then(|| wall.load(Ordering::Acquire))
            }
        }
    }

    fn boot_id(&self) -> String {
        match self {
            Self::System => kernel_clock::boot_id(),
            Self::Fixed { .. } => "fixed".to_owned(),
        }
    }
}

impl Clock {
    fn new(source: ClockSource) -> Self {
        let guard = Mutex::new(ClockGuard::new(source.moment()));
        Self(Arc::new(ClockState { source, guard, stepped_back: AtomicBool::new(false), changed: Notify::new() }))
    }

    /// The system clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(ClockSource::System)
    }

    /// A clock that shows the time that was set.
    #[must_use]
    pub fn fixed(at: Time) -> Self {
        Self::new(ClockSource::Fixed {
            wall: AtomicI64::new(at.0),
            boot: AtomicI64::new(0),
            is_synchronised: AtomicBool::new(false),
        })
    }

    fn guard(&self) -> MutexGuard<'_, ClockGuard> {
        self.0.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a fixed clock, as if that time had passed.
    pub fn set(&self, at: Time) {
        let ClockSource::Fixed { wall, boot, .. } = &self.0.source else { return };
        let mut guard = self.guard();
        let before = wall.swap(at.0, Ordering::AcqRel);
        boot.fetch_add(at.0.saturating_sub(before), Ordering::AcqRel);
        if at.0 < before {
            *guard = ClockGuard::new(self.0.source.moment());
        }
    }

    /// Moves a fixed clock on: that time passes.
    pub fn advance(&self, by: Duration) {
        if let ClockSource::Fixed { wall, boot, .. } = &self.0.source {
            let _guard = self.guard();
            wall.fetch_add(millis(by), Ordering::AcqRel);
            boot.fetch_add(millis(by), Ordering::AcqRel);
        }
    }

    /// Lets the wall clock of a fixed clock jump by this many milliseconds; no time passes.
    pub fn jump(&self, by: i64) {
        if let ClockSource::Fixed { wall, .. } = &self.0.source {
            wall.fetch_add(by, Ordering::AcqRel);
        }
    }

    /// Whether the kernel of a fixed clock calls it synchronised.
    pub fn set_synchronised(&self, to: bool) {
        if let ClockSource::Fixed { is_synchronised, .. } = &self.0.source {
            is_synchronised.store(to, Ordering::Release);
        }
    }

    /// The time. After a jump of the wall clock: the time that it would be without the jump, until the jump is believed.
    #[must_use]
    pub fn now(&self) -> Time {
        self.observe().0
    }

    /// The jump that is not believed, if there is one now.
    #[must_use]
    pub fn hold(&self) -> Option<ClockHold> {
        self.observe().1
    }

    /// Whether the wall clock is not believed now: nothing may start, expire, be purged or be signed.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.hold().is_some()
    }

    fn observe(&self) -> (Time, Option<ClockHold>) {
        let source = &self.0.source;
        let mut guard = self.guard();
        let (now, change) = guard.observe(source.moment(), || source.synchronised());
        if let Some(change) = change {
            self.changed(change);
        }
        (now, guard.hold())
    }

    fn changed(&self, change: ClockChange) {
        self.0.changed.notify_one();
        match change {
            ClockChange::Held(hold) => tracing::error!(
                ahead_s = hold.ahead_s(),
                "the clock jumped and is not believed: nothing starts, expires, is removed or signed; `rundruf clock accept` if it is right"
            ),
            ClockChange::Released(why, back) => {
                let why = match why {
                    Release::Back => "it shows about the expected time again",
                    Release::Synchronised => "the kernel calls it synchronised",
                    Release::Accepted => "the admin accepted it",
                };
                tracing::warn!(back_s = back / 1_000, "the clock is believed again: {why}");
                if back > STEP_BACK {
                    self.0.stepped_back.store(true, Ordering::Release);
                }
            }
        }
    }

    /// Waits until a reading noticed that a hold began or ended. For one waiter.
    pub(crate) async fn until_changed(&self) {
        self.0.changed.notified().await;
    }

    /// Compares with what an earlier process stored last. Call it before the first task runs.
    pub(crate) fn start(&self, last: &ClockRecord) {
        let moment = self.0.source.moment();
        self.guard().start(moment, &self.0.source.boot_id(), last);
        let _ = self.now();
    }

    /// What the next process compares its clock with.
    pub(crate) fn record(&self) -> ClockRecord {
        let (at, hold) = self.observe();
        let boot = self.0.source.moment().boot;
        ClockRecord { at, boot, boot_id: self.0.source.boot_id(), suspect: hold.map(|hold| hold.shown) }
    }

    /// The admin says that the wall clock is right. Answers the jump that is believed now, if there was one.
    pub(crate) fn accept(&self) -> Option<ClockHold> {
        let hold = self.hold()?;
        let change = self.guard().believe(self.0.source.moment(), Release::Accepted);
        self.changed(change);
        Some(hold)
    }

    /// Whether an earlier clock was accepted: what is stored may be due far too late.
    pub(crate) fn stepped_back(&self) -> bool {
        self.0.stepped_back.load(Ordering::Acquire)
    }

    /// What is stored was put right.
    pub(crate) fn forget_step_back(&self) {
        self.0.stepped_back.store(false, Ordering::Release);
    }

    /// Whether the kernel calls the clock that this process reads synchronised.
    #[must_use]
    pub fn is_synchronised(&self) -> bool {
        let wall = self.0.source.moment().wall;
        self.0.source.synchronised().is_some_and(|said| said.abs_diff(wall) <= guard::SAME_CLOCK.unsigned_abs())
    }

    /// How long to sleep until then. A fixed clock wakes no sleeper when it is moved, so it is read again soon; a jump is to be noticed soon.
    pub(crate) fn until(&self, then: Time) -> Duration {
        let (now, hold) = self.observe();
        let left = then.since(now);
        match self.0.source {
            ClockSource::Fixed { .. } => left.min(FIXED_POLL),
            ClockSource::System if hold.is_some() => left.min(LONGEST_HELD),
            ClockSource::System => left.min(LONGEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_is_moved_by_tests() {
        let clock = Clock::fixed(Time(1_000));
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!(clock.now(), Time(3_000));
        assert_eq!(clock.until(Time(60_000)), FIXED_POLL);
        assert_eq!(clock.until(Time(0)), Duration::ZERO);
        clock.set(Time(500));
        assert_eq!(clock.now(), Time(500));
    }

    #[test]
    fn the_system_clock_is_believed_at_its_first_start() {
        let clock = Clock::system();
        assert!(clock.now().0 > 1_700_000_000_000 && !clock.is_held());
        assert!(clock.until(clock.now().plus(Duration::from_secs(3_600))) <= LONGEST);
    }
}
