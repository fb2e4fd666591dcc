//! What waits, and whether the relay wants it. When it does not, the lane closes for a while: letters go back untouched instead of being burnt one by
//! one. Each closing without a success in between is twice as long as the one before.

use crate::pool::Job;
use rundruf_plugin::Outcome;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// After so many refusals about our reputation without one success in between, the lane closes.
const BLOCKED: u32 = 5;
/// After so many connections that broke without one success in between, the lane closes.
const CUT: u32 = 8;

/// Why the lane is closed.
enum Closed {
    Pause(String),
    Account(String),
}

/// What waits, and who takes care of it.
#[derive(Default)]
pub(crate) struct Lane {
    ahead: VecDeque<Job>,
    bulk: VecDeque<Job>,
    /// Sessions that are open or being opened.
    pub(crate) sessions: u32,
    /// Sessions that wait for work.
    pub(crate) idle: u32,
    closed: Option<(Instant, Closed)>,
    /// Times that the lane was closed since the last success.
    closings: u32,
    blocked: u32,
    cut: u32,
}

impl Lane {
    /// Queues letters.
    pub(crate) fn push(&mut self, jobs: Vec<Job>, ahead: bool) {
        if ahead { self.ahead.extend(jobs) } else { self.bulk.extend(jobs) }
    }

    /// Queues a letter that was taken out already.
    pub(crate) fn push_first(&mut self, job: Job) {
        self.ahead.push_front(job);
    }

    /// The letter whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<Job> {
        self.ahead.pop_front().or_else(|| self.bulk.pop_front())
    }

    /// All letters.
    pub(crate) fn take_all(&mut self) -> Vec<Job> {
        self.ahead.drain(..).chain(self.bulk.drain(..)).collect()
    }

    /// Letters that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.ahead.len() + self.bulk.len()
    }

    /// What a letter is told while the lane is closed.
    pub(crate) fn refusal(&mut self) -> Option<Outcome> {
        let (until, why) = self.closed.as_ref()?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.closed = None;
            return None;
        }
        Some(match why {
            Closed::Pause(text) => Outcome::account_rate(Some(left), text.clone()),
            Closed::Account(text) => Outcome::account_auth(text.clone()),
        })
    }

    /// A message was taken: the relay wants us.
    pub(crate) const fn went_well(&mut self) {
        self.closings = 0;
        self.blocked = 0;
        self.cut = 0;
    }

    /// The relay is not there, or hangs up on us.
    pub(crate) fn not_there(&mut self, why: &str) {
        self.close(Duration::from_secs(1), Duration::from_secs(60), Closed::Pause(why.to_owned()));
    }

    /// Credentials or TLS. Not again after a second: relays lock accounts.
    pub(crate) fn not_let_in(&mut self, why: &str) {
        self.close(Duration::from_secs(30), Duration::from_secs(600), Closed::Account(why.to_owned()));
    }

    /// A connection broke without having carried anything.
    pub(crate) fn was_cut(&mut self, why: &str) {
        self.cut += 1;
        if self.cut >= CUT {
            self.close(Duration::from_secs(5), Duration::from_secs(300), Closed::Pause(why.to_owned()));
        }
    }

    /// A refusal about our reputation.
    pub(crate) fn was_blocked(&mut self, why: &str) {
        self.blocked += 1;
        if self.blocked >= BLOCKED {
            self.close(Duration::from_secs(60), Duration::from_secs(900), Closed::Pause(why.to_owned()));
        }
    }

    /// Does nothing while it is closed: all sessions meet the same wall.
    fn close(&mut self, first: Duration, longest: Duration, why: Closed) {
        let now = Instant::now();
        if self.closed.as_ref().is_some_and(|(until, _)| *until > now) {
            return;
        }
        let pause = first.saturating_mul(1 << self.closings.min(16)).min(longest);
        self.closings += 1;
        let (Closed::Pause(text) | Closed::Account(text)) = &why;
        tracing::warn!(pause_s = pause.as_secs(), why = %text, "nothing is sent for a while");
        self.closed = Some((now + pause, why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_plugin::abi::OutcomeCode;

    fn pause(lane: &mut Lane) -> Option<(OutcomeCode, u64)> {
        let outcome = lane.refusal()?;
        Some((outcome.code(), outcome.retry_after().map_or(0, |d| d.as_secs_f32().ceil() as u64)))
    }

    #[test]
    fn pauses_double_until_something_goes_well() {
        let mut lane = Lane::default();
        assert_eq!(pause(&mut lane), None);
        for want in [1, 2, 4, 8, 16, 32, 60, 60] {
            lane.not_there("gone");
            // A second wall during the pause changes nothing.
            lane.not_there("gone");
            assert_eq!(pause(&mut lane), Some((OutcomeCode::ACCOUNT_RATE, want)));
            lane.closed = None;
        }
        lane.went_well();
        lane.not_there("gone");
        assert_eq!(pause(&mut lane), Some((OutcomeCode::ACCOUNT_RATE, 1)));
    }

    #[test]
    fn one_refusal_is_none() {
        let mut lane = Lane::default();
        for n in 1..=BLOCKED {
            assert_eq!(pause(&mut lane), None, "after {n}");
            lane.was_blocked("block list");
        }
        assert_eq!(pause(&mut lane), Some((OutcomeCode::ACCOUNT_RATE, 60)));
        let mut lane = Lane::default();
        lane.not_let_in("wrong password");
        assert_eq!(pause(&mut lane), Some((OutcomeCode::ACCOUNT_AUTH, 0)));
    }
}
