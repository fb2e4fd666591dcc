//! Tells a wall clock that jumped from time that passed, by the clock that nobody can set (R31). Pure: it is told what both clocks show.

use super::local_time;
use rundruf_consent::Time;
use rundruf_lang::{Message, msg};
use rundruf_store::ClockRecord;

/// A wall clock that differs from the expected time by more than this, in milliseconds, has jumped.
const TOLERANCE: i64 = 5 * 60_000;
/// At a start nobody knows how long the daemon did not run: up to this time after the last stored one is believed, in milliseconds.
const BELIEVED_AT_START: i64 = 30 * 86_400_000;
/// Small steps of the wall clock count from here on anew, in milliseconds.
const ANCHOR_FOR: i64 = 3_600_000;
/// The kernel is asked again after this time, in milliseconds.
const ASK_KERNEL_AFTER: i64 = 1_000;
/// The kernel's answer is about the clock that this process reads only if both agree to this, in milliseconds.
pub(super) const SAME_CLOCK: i64 = 3_000;

/// What both clocks show, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    /// The wall clock, since 1970.
    pub(super) wall: i64,
    /// Since the start of the machine.
    pub(super) boot: i64,
}

/// The wall clock jumped, and nobody has said yet that it is right. Until then nothing starts, expires, is purged or signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockHold {
    /// When it was noticed, by the expected time.
    pub since: Time,
    /// What the wall clock shows.
    pub shown: Time,
    /// What it would show if it had not jumped.
    pub expected: Time,
}

impl ClockHold {
    /// By how many seconds the wall clock is ahead; negative: behind.
    #[must_use]
    pub const fn ahead_s(&self) -> i64 {
        self.shown.0.saturating_sub(self.expected.0) / 1_000
    }

    /// What jumped by how much, for a person.
    #[must_use]
    pub fn message(&self, zone: &jiff::tz::TimeZone) -> Message {
        let (shown, expected) = (local_time(self.shown, zone), local_time(self.expected, zone));
        msg!("engine-clock-jumped", shown = shown, expected = expected)
    }
}

/// Why a hold is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Release {
    /// The wall clock shows about the expected time again.
    Back,
    /// The kernel calls the clock synchronised.
    Synchronised,
    /// The admin said that it is right.
    Accepted,
}

/// What changed at an observation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ClockChange {
    /// A hold began.
    Held(ClockHold),
    /// A hold is over; by how many milliseconds the time went back.
    Released(Release, i64),
}

#[derive(Debug)]
pub(super) struct ClockGuard {
    /// What both clocks showed when they were last believed.
    anchor: Moment,
    /// How far ahead of the anchor the wall clock is believed.
    ahead: i64,
    /// The latest time that was answered: time never goes back, unless an earlier clock is accepted.
    latest: i64,
    hold: Option<ClockHold>,
    ask_kernel_at: i64,
}

impl ClockGuard {
    pub(super) const fn new(moment: Moment) -> Self {
        Self { anchor: moment, ahead: TOLERANCE, latest: moment.wall, hold: None, ask_kernel_at: i64::MIN }
    }

    /// Compares with what an earlier process stored last, from the next observation on.
    pub(super) fn start(&mut self, moment: Moment, boot_id: &str, last: &ClockRecord) {
        let same_boot = !boot_id.is_empty() && last.boot_id == boot_id && last.boot <= moment.boot;
        let last_at = last.at.0;
        let (boot, ahead) = match last.suspect {
            // It was held: a restart of the daemon does not make the clock more credible.
            Some(_) if same_boot => (last.boot, TOLERANCE),
            Some(suspect) if suspect.0 > last_at => {
                (moment.boot, suspect.0.saturating_sub(last_at + TOLERANCE).clamp(0, BELIEVED_AT_START))
            }
            _ => (moment.boot, BELIEVED_AT_START),
        };
        *self = Self { ahead, ..Self::new(Moment { wall: last_at, boot }) };
    }

    const fn expected(&self, moment: Moment) -> i64 {
        let passed = moment.boot - self.anchor.boot;
        self.anchor.wall.saturating_add(if passed > 0 { passed } else { 0 })
    }

    /// The time to work with, and what changed. `kernel` answers the kernel's wall clock if it is synchronised.
    pub(super) fn observe(
        &mut self,
        moment: Moment,
        kernel: impl FnOnce() -> Option<i64>,
    ) -> (Time, Option<ClockChange>) {
        let expected = self.expected(moment);
        let off = moment.wall.saturating_sub(expected);
        if off >= -TOLERANCE && off <= self.ahead {
            let change = self.hold.take().map(|_| ClockChange::Released(Release::Back, 0));
            if change.is_some() || self.ahead != TOLERANCE || moment.boot - self.anchor.boot >= ANCHOR_FOR {
                (self.anchor, self.ahead) = (moment, TOLERANCE);
            }
            self.latest = self.latest.max(moment.wall);
            return (Time(self.latest), change);
        }
        if self.ask_kernel_at <= moment.boot {
            self.ask_kernel_at = moment.boot.saturating_add(ASK_KERNEL_AFTER);
            if kernel().is_some_and(|said| said.abs_diff(moment.wall) <= SAME_CLOCK.unsigned_abs()) {
                let change = self.believe(moment, Release::Synchronised);
                return (Time(self.latest), Some(change));
            }
        }
        self.latest = self.latest.max(expected);
        let is_new = self.hold.is_none();
        let since = self.hold.map_or(Time(self.latest), |hold| hold.since);
        let hold = ClockHold { since, shown: Time(moment.wall), expected: Time(expected) };
        self.hold = Some(hold);
        (Time(self.latest), is_new.then_some(ClockChange::Held(hold)))
    }

    /// Believes the wall clock as it is.
    pub(super) fn believe(&mut self, moment: Moment, why: Release) -> ClockChange {
        let back = self.latest.saturating_sub(moment.wall).max(0);
        *self = Self { ask_kernel_at: self.ask_kernel_at, ..Self::new(moment) };
        ClockChange::Released(why, back)
    }

    pub(super) const fn hold(&self) -> Option<ClockHold> {
        self.hold
    }
}

#[cfg(test)]
#[path = "../../tests/unit/clock_guard.rs"]
mod tests; // jumps in both directions, at run time and at a start
