//! A token bucket, and a limit on bytes per second that makes the reader sleep.

use std::time::{Duration, Instant};

/// A token bucket that counts what it rejects.
pub(crate) struct RateLimiter {
    burst: f64,
    per_s: f64,
    tokens: f64,
    refilled_at: Instant,
    rejected: u64,
}

impl RateLimiter {
    pub(crate) const fn new(burst: f64, per_s: f64, now: Instant) -> Self {
        Self { burst, per_s, tokens: burst, refilled_at: now, rejected: 0 }
    }

    /// Takes `cost` tokens. `Some` if there were enough: how many calls were rejected since the last success.
    pub(crate) fn admit(&mut self, cost: f64, now: Instant) -> Option<u64> {
        let passed = now.saturating_duration_since(self.refilled_at).as_secs_f64();
        self.tokens = passed.mul_add(self.per_s, self.tokens).min(self.burst);
        self.refilled_at = now;
        if self.tokens < cost {
            self.rejected += 1;
            return None;
        }
        self.tokens -= cost;
        Some(std::mem::take(&mut self.rejected))
    }
}

/// Sleeps to the end of the current second if `used` has reached `most`; starts a new second when one is over.
pub(crate) fn throttle(second: &mut Instant, used: &mut usize, most: usize) {
    let passed = second.elapsed();
    if passed < Duration::from_secs(1) {
        if *used < most {
            return;
        }
        std::thread::sleep(Duration::from_secs(1).saturating_sub(passed));
    }
    (*second, *used) = (Instant::now(), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_taken_from_the_bucket() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(1_000.0, 10.0, start);
        assert_eq!(limiter.admit(900.0, start), Some(0));
        assert_eq!(limiter.admit(200.0, start), None);
        assert_eq!(limiter.admit(100.0, start), Some(1));
        assert_eq!(limiter.admit(200.0, start + Duration::from_secs(10)), None);
        assert_eq!(limiter.admit(200.0, start + Duration::from_secs(21)), Some(1));
    }

    #[test]
    fn rejected_lines_are_counted_and_reported_once() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(3.0, 10.0, start);
        let passed: Vec<_> = (0..10).map(|_| limiter.admit(1.0, start)).collect();
        assert_eq!(passed[..4], [Some(0), Some(0), Some(0), None]);
        assert_eq!(limiter.admit(1.0, start + Duration::from_millis(110)), Some(7));
    }
}
