//! Rates of one transport: a token bucket for what may be sent, a backoff for a provider that takes nothing, and the measured rate.

use std::time::{Duration, Instant};

/// Token bucket that holds at most the messages of one second.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    per_s: Option<f64>,
    tokens: f64,
    filled: Instant,
}

impl TokenBucket {
    pub(crate) fn new(per_s: Option<f64>, now: Instant) -> Self {
        let per_s = per_s.filter(|r| *r > 0.0);
        // Empty at first, so that a restart does not give a second burst.
        Self { per_s, tokens: 0.0, filled: now }
    }

    /// How many messages may be sent now, at most those of one second.
    pub(crate) fn available(&mut self, now: Instant) -> u32 {
        let Some(rate) = self.per_s else { return u32::MAX };
        self.tokens = (self.tokens + now.duration_since(self.filled).as_secs_f64() * rate).min(rate.max(1.0));
        self.filled = now;
        self.tokens as u32
    }

    /// Takes tokens for messages that were claimed.
    pub(crate) fn take(&mut self, n: u32) {
        if self.per_s.is_some() {
            self.tokens -= f64::from(n);
        }
    }

    /// How long until the next token, if there is none now.
    pub(crate) fn next_in(&self) -> Option<Duration> {
        let rate = self.per_s?;
        (self.tokens < 1.0).then(|| Duration::from_secs_f64(((1.0 - self.tokens) / rate).clamp(0.001, 60.0)))
    }
}

/// First and longest pause of a transport whose provider takes nothing for now.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Pauses a transport after temporary refusals in a row, for longer each time; a message that is taken resets it.
#[derive(Debug)]
pub(crate) struct Backoff {
    /// Refusals in a row that begin a pause.
    limit: u32,
    refused: u32,
    next: Duration,
    until: Option<Instant>,
}

impl Backoff {
    pub(crate) fn new(window: u32) -> Self {
        Self { limit: window.clamp(10, 50), refused: 0, next: PAUSE.0, until: None }
    }

    /// A message was taken.
    pub(crate) const fn reset(&mut self) {
        self.refused = 0;
        self.next = PAUSE.0;
    }

    /// Counts a temporary refusal. Answers the length of the pause, if one begins.
    pub(crate) fn refused(&mut self, now: Instant) -> Option<Duration> {
        self.refused += 1;
        if self.refused < self.limit || self.ends_after(now).is_some() {
            return None;
        }
        let pause = self.next;
        self.refused = 0;
        self.next = (pause * 2).min(PAUSE.1);
        self.pause_until(now + pause);
        Some(pause)
    }

    /// Pauses at least until then.
    pub(crate) fn pause_until(&mut self, until: Instant) {
        self.until = self.until.max(Some(until));
    }

    /// When the pause ends, if one is on.
    pub(crate) fn ends_after(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }
}

/// Counts messages over the last five seconds.
#[derive(Debug)]
pub(crate) struct RateMeter {
    slots: [(u64, u64); 5],
    begin: Instant,
}

impl RateMeter {
    pub(crate) fn new() -> Self {
        Self { slots: [(0, 0); 5], begin: Instant::now() }
    }

    fn second(&self) -> u64 {
        self.begin.elapsed().as_secs() + 1
    }

    pub(crate) fn add(&mut self, n: u64) {
        let second = self.second();
        if let Some(slot) = self.slots.get_mut((second % 5) as usize) {
            if slot.0 != second {
                *slot = (second, 0);
            }
            slot.1 += n;
        }
    }

    /// Per second, over the last four whole seconds and the running one.
    pub(crate) fn per_s(&self) -> f64 {
        let second = self.second();
        let sum: u64 = self.slots.iter().filter(|(s, _)| *s + 5 > second).map(|(_, n)| n).sum();
        let running = self.begin.elapsed().as_secs_f64().fract();
        let span = (self.begin.elapsed().as_secs_f64()).min(4.0 + running).max(0.25);
        sum as f64 / span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_holds_at_most_one_second() {
        let begin = Instant::now();
        let mut bucket = TokenBucket::new(Some(50.0), begin);
        assert_eq!(bucket.available(begin), 0);
        assert_eq!(bucket.available(begin + Duration::from_millis(100)), 5);
        bucket.take(5);
        assert_eq!(bucket.available(begin + Duration::from_millis(100)), 0);
        assert!(bucket.next_in().unwrap() <= Duration::from_millis(20));
        assert_eq!(bucket.available(begin + Duration::from_secs(60)), 50, "never more than one second's messages");
        assert_eq!(TokenBucket::new(None, begin).available(begin), u32::MAX);
    }

    #[test]
    fn pauses_double_until_a_message_is_taken() {
        let begin = Instant::now();
        let mut backoff = Backoff::new(1);
        let refuse = |backoff: &mut Backoff, at, n: u32| (0..n).filter_map(|_| backoff.refused(at)).collect::<Vec<_>>();
        assert_eq!(refuse(&mut backoff, begin, 9), []);
        assert_eq!(refuse(&mut backoff, begin, 30), [PAUSE.0], "one pause, however many refusals");
        assert_eq!(backoff.ends_after(begin), Some(begin + PAUSE.0));
        let later = begin + Duration::from_secs(5);
        assert_eq!(backoff.ends_after(later), None);
        assert_eq!(refuse(&mut backoff, later, 1), [PAUSE.0 * 2]);
        backoff.reset();
        let much_later = begin + Duration::from_secs(90);
        assert_eq!(refuse(&mut backoff, much_later, 10), [PAUSE.0]);
        for n in 1..20 {
            let at = much_later + Duration::from_secs(100 * n);
            assert!(refuse(&mut backoff, at, 10).iter().all(|pause| *pause <= PAUSE.1));
        }
    }
}
