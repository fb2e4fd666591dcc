//! After a refused account: nothing is sent but one message at a time, at growing intervals, until the provider takes one. Then everything goes on.
//!
//! A message whose refusal only seems to be about the account must not stop the others for ever: the next probe goes to another destination, and a
//! message that is refused again although others were taken in between is postponed instead of pausing the transport.

use rundruf_consent::Time;
use rundruf_store::{Destination, DestinationRest};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Messages that began a pause and are remembered; all are forgotten when there are more.
const MOST_SUSPECTS: usize = 256;
/// Destinations that the next probes pass over; all are forgotten when there are more.
const MOST_PASSED_OVER: usize = 64;
/// After this many refusals of such messages in a row, without any success, it is the account nevertheless.
const MOST_IN_A_ROW: u32 = 3;
/// A message that was postponed because only it is refused is not tried again before this time.
pub(super) const POSTPONE: Duration = Duration::from_secs(900);

/// What one transport knows about its refused account.
#[derive(Default)]
pub(super) struct AccountProbe {
    /// Refusals since the pause began.
    refusals: usize,
    /// When the next message may be tried.
    next: Option<Instant>,
    /// The message that is tried now.
    trial: Option<i64>,
    /// Where probes were refused already.
    passed_over: Vec<Destination>,
    /// Messages that were refused, and how many had been sent until then.
    suspects: HashMap<i64, u64>,
    sent: u64,
    /// Refusals of known suspects since the last success.
    in_a_row: u32,
}

impl AccountProbe {
    /// The account is refused by the answer to this message: the next probe is due after the next interval.
    pub(super) fn record_refused(
        &mut self,
        id: i64,
        destination: Option<Destination>,
        intervals: &[Duration],
        now: Instant,
    ) -> Duration {
        if self.suspects.len() >= MOST_SUSPECTS {
            self.suspects.clear();
        }
        self.suspects.insert(id, self.sent);
        if self.passed_over.len() >= MOST_PASSED_OVER {
            self.passed_over.clear();
        }
        self.passed_over.extend(destination);
        let interval = self.interval(intervals);
        self.refusals += 1;
        self.next = Some(now + interval);
        interval
    }

    fn interval(&self, intervals: &[Duration]) -> Duration {
        let known = intervals.get(self.refusals).or_else(|| intervals.last());
        known.copied().unwrap_or(Duration::from_secs(60))
    }

    /// Whether only this message is refused: it was before, and others were taken since.
    pub(super) fn is_only_this(&mut self, id: i64) -> bool {
        let others_were_sent = self.suspects.get(&id).is_some_and(|sent| self.sent > *sent);
        if !others_were_sent || self.in_a_row >= MOST_IN_A_ROW {
            return false;
        }
        self.in_a_row += 1;
        true
    }

    /// The provider took messages.
    pub(super) const fn sent(&mut self, count: u64) {
        self.sent += count;
        self.in_a_row = 0;
    }

    /// The pause begins or has ended.
    pub(super) fn reset(&mut self) {
        self.refusals = 0;
        self.trial = None;
        self.next = None;
        self.passed_over.clear();
    }

    /// Whether one message may be tried now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// How long until one may be tried; zero if it may now.
    pub(super) fn due_in(&self, now: Instant) -> Duration {
        self.next.map_or(Duration::ZERO, |next| next.saturating_duration_since(now))
    }

    /// A probe was claimed: if it comes back untouched, the next one waits for the interval that holds now.
    pub(super) fn begun(&mut self, id: i64, intervals: &[Duration], now: Instant) {
        self.trial = Some(id);
        self.next = Some(now + self.interval(intervals));
    }

    pub(super) fn is_trial(&self, id: i64) -> bool {
        self.trial == Some(id)
    }

    /// A probe was neither taken nor refused for the account, so it shows nothing: the next one waits longer.
    pub(super) fn shows_nothing(&mut self, intervals: &[Duration], now: Instant) {
        self.refusals += 1;
        self.next = Some(now + self.interval(intervals));
    }

    /// Adds the destinations that a probe passes over.
    pub(super) fn pass_over(&self, resting: &mut HashMap<Destination, DestinationRest>, now: Time) {
        let rest = DestinationRest { until: now.plus(Duration::from_secs(1)), spread: Duration::ZERO };
        resting.extend(self.passed_over.iter().map(|destination| (*destination, rest)));
    }

    /// Nothing waits for other destinations. False if none was passed over.
    pub(super) fn no_other(&mut self) -> bool {
        !std::mem::take(&mut self.passed_over).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn probes_come_at_growing_intervals() {
        let (mut probe, begin) = (AccountProbe::default(), Instant::now());
        let intervals = [S, S * 2, S * 5];
        let waits: Vec<_> = (0..5).map(|n| probe.record_refused(n, None, &intervals, begin)).collect();
        assert_eq!(waits, [S, S * 2, S * 5, S * 5, S * 5]);
        assert!(!probe.is_due(begin + S * 4) && probe.is_due(begin + S * 5));
        assert_eq!(probe.due_in(begin + S * 2), S * 3);
        probe.reset();
        assert!(probe.is_due(begin));
        assert_eq!(probe.record_refused(9, None, &intervals, begin), S, "a new pause begins at the first interval");
        assert_eq!(AccountProbe::default().record_refused(1, None, &[], begin), S * 60, "never without a wait");
    }

    #[test]
    fn one_odd_message_does_not_stop_the_others() {
        let (mut probe, now) = (AccountProbe::default(), Instant::now());
        assert!(!probe.is_only_this(1), "the first refusal may be the account's");
        probe.record_refused(1, None, &[S], now);
        assert!(!probe.is_only_this(1), "nobody was sent since");
        probe.sent(1);
        assert!(probe.is_only_this(1));
        assert!(!probe.is_only_this(2), "another one");
        // Refusals of such messages alone, again and again: then it is the account.
        assert_eq!((0..4).map(|_| probe.is_only_this(1)).collect::<Vec<_>>(), [true, true, false, false]);
        probe.sent(1);
        assert!(probe.is_only_this(1));
    }
}
