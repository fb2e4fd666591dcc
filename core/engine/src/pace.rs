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
}
