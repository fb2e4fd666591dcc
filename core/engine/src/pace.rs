//! Rates: a token bucket for each transport, and how fast it really goes.

use std::time::{Duration, Instant};

/// A token bucket of one second.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_s: Option<f64>,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(crate) fn new(per_s: Option<f64>, now: Instant) -> Self {
        let per_s = per_s.filter(|r| *r > 0.0);
        // Empty at first: a restart must not give a second burst.
        Self { per_s, tokens: 0.0, filled: now }
    }

    /// How many may be taken now, at most those of one second.
    pub(crate) fn free(&mut self, now: Instant) -> u32 {
        let Some(rate) = self.per_s else { return u32::MAX };
        self.tokens = (self.tokens + now.duration_since(self.filled).as_secs_f64() * rate).min(rate.max(1.0));
        self.filled = now;
        self.tokens as u32
    }

    /// Takes them.
    pub(crate) fn take(&mut self, n: u32) {
        if self.per_s.is_some() {
            self.tokens -= f64::from(n);
        }
    }

    /// When the next one is there.
    pub(crate) fn next(&self) -> Option<Duration> {
        let rate = self.per_s?;
        (self.tokens < 1.0).then(|| Duration::from_secs_f64(((1.0 - self.tokens) / rate).clamp(0.001, 60.0)))
    }
}

/// First and longest rest of a transport that only hears "later".
const REST: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// A transport that only hears "later" rests, for longer each time, and begins anew with the first message that is taken.
#[derive(Debug)]
pub(crate) struct Rest {
    /// This many refusals in a row, and it rests.
    limit: u32,
    refused: u32,
    next: Duration,
    until: Option<Instant>,
}

impl Rest {
    pub(crate) fn new(window: u32) -> Self {
        Self { limit: window.clamp(10, 50), refused: 0, next: REST.0, until: None }
    }

    /// Something was taken.
    pub(crate) const fn worked(&mut self) {
        self.refused = 0;
        self.next = REST.0;
    }

    /// Something was refused for now. Says for how long it rests, if a rest begins.
    pub(crate) fn refused(&mut self, now: Instant) -> Option<Duration> {
        self.refused += 1;
        if self.refused < self.limit || self.ends_after(now).is_some() {
            return None;
        }
        let pause = self.next;
        self.refused = 0;
        self.next = (pause * 2).min(REST.1);
        self.pause(now + pause);
        Some(pause)
    }

    /// Rests at least until then.
    pub(crate) fn pause(&mut self, until: Instant) {
        self.until = self.until.max(Some(until));
    }

    /// When the rest ends, if it is not over yet.
    pub(crate) fn ends_after(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }
}

/// Counts over the last seconds.
#[derive(Debug)]
pub(crate) struct Meter {
    slots: [(u64, u64); 5],
    begin: Instant,
}

impl Meter {
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
    fn a_bucket_gives_what_a_second_brings() {
        let begin = Instant::now();
        let mut bucket = Bucket::new(Some(50.0), begin);
        assert_eq!(bucket.free(begin), 0);
        assert_eq!(bucket.free(begin + Duration::from_millis(100)), 5);
        bucket.take(5);
        assert_eq!(bucket.free(begin + Duration::from_millis(100)), 0);
        assert!(bucket.next().unwrap() <= Duration::from_millis(20));
        assert_eq!(bucket.free(begin + Duration::from_secs(60)), 50, "never more than one second's");
        assert_eq!(Bucket::new(None, begin).free(begin), u32::MAX);
    }

    #[test]
    fn who_only_hears_later_rests_for_longer_each_time() {
        let begin = Instant::now();
        let mut rest = Rest::new(1);
        let hear = |rest: &mut Rest, at, n: u32| (0..n).filter_map(|_| rest.refused(at)).collect::<Vec<_>>();
        assert_eq!(hear(&mut rest, begin, 9), []);
        assert_eq!(hear(&mut rest, begin, 30), [REST.0], "one rest, however much was under way");
        assert_eq!(rest.ends_after(begin), Some(begin + REST.0));
        let later = begin + Duration::from_secs(5);
        assert_eq!(rest.ends_after(later), None);
        assert_eq!(hear(&mut rest, later, 1), [REST.0 * 2]);
        rest.worked();
        let much_later = begin + Duration::from_secs(90);
        assert_eq!(hear(&mut rest, much_later, 10), [REST.0]);
        for n in 1..20 {
            let at = much_later + Duration::from_secs(100 * n);
            assert!(hear(&mut rest, at, 10).iter().all(|pause| *pause <= REST.1));
        }
    }
}
