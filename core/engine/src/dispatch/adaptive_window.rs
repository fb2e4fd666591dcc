//! How much a plugin may hold: what it begins within about a second, as measured. A message that is held and not begun is one that a stop or a
//! pause may be too late for.
//!
//! The window begins small and grows fourfold (twofold if outcomes take long) with each outcome until it reaches what was measured: rate × (time of
//! one message + [`AHEAD`]). With a fast provider that is the whole window after a few milliseconds. The time of one message is the shortest that was
//! seen, for what is above it is waiting in the plugin. It is measured anew now and then, with no more at the plugin than it works on.

use std::time::{Duration, Instant};

/// What a plugin holds beside what it works on: this much time's worth. Less for one that gives nothing back.
const AHEAD: (Duration, Duration) = (Duration::from_secs(1), Duration::from_millis(250));
/// First window, and the same for a plugin that gives nothing back.
const FIRST: (u32, u32) = (16, 4);
/// Smallest window: with one alone, no second session would ever be seen to work.
const SMALLEST: u32 = 2;
/// Outcomes that come within this time let the window grow faster.
const FAST: Duration = Duration::from_millis(100);
/// The time of one message is measured anew when it is older than this, or seems to be wrong and is older than the second.
const MEASURED_FOR: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(2));
/// How much of a sample goes into the rate: of a higher one, and at least of a lower one.
const WEIGHTS: (f64, f64) = (0.5, 0.2);

/// What is remembered of a message from its claim to its outcome.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClaimMark {
    at: Instant,
    /// Outcomes so far at that time.
    done: u64,
    /// Whether the window was full then: only then does the number of outcomes show what the provider can do.
    is_full: bool,
    round: u32,
}

impl ClaimMark {
    /// The one that was claimed later.
    pub(super) fn later(self, other: Self) -> Self {
        if other.at > self.at { other } else { self }
    }
}

/// The measured window of one transport.
#[derive(Debug)]
pub(super) struct AdaptiveWindow {
    most: u32,
    ahead: Duration,
    size: u32,
    /// Outcomes so far.
    done: u64,
    /// Outcomes a second.
    rate: f64,
    /// Time of one message, and when it was measured.
    one: Option<(Duration, Instant)>,
    /// Number of the measurement; a message that was claimed in it ends it.
    round: u32,
    is_measuring: bool,
}

impl AdaptiveWindow {
    /// `most` is the upper bound of the window; `gives_back`: whether the plugin gives back what it has not begun.
    pub(super) fn new(most: u32, gives_back: bool) -> Self {
        let (size, ahead) = if gives_back { (FIRST.0, AHEAD.0) } else { (FIRST.1, AHEAD.1) };
        Self { most, ahead, size: size.min(most), done: 0, rate: 0.0, one: None, round: 0, is_measuring: false }
    }

    /// How many messages the plugin may hold now.
    pub(super) const fn window(&self) -> u32 {
        self.size
    }

    /// Whether the plugin holds far more than it should, because the provider has become slow: what is not begun is to come back.
    pub(super) const fn is_exceeded(&self, in_flight: u32) -> bool {
        in_flight > self.size.saturating_mul(2).saturating_add(FIRST.0)
    }

    /// For messages that are claimed now; `in_flight` with them.
    pub(super) fn mark(&self, now: Instant, in_flight: u32) -> ClaimMark {
        ClaimMark { at: now, done: self.done, is_full: in_flight >= self.size, round: self.round }
    }

    /// Takes in the outcomes of messages that were begun: how many, and the mark of the one that was claimed last.
    pub(super) fn outcomes(&mut self, count: u32, last: ClaimMark, now: Instant) {
        self.done += u64::from(count);
        let took = now.saturating_duration_since(last.at).max(Duration::from_micros(1));
        if self.is_measuring && last.round == self.round {
            self.is_measuring = false;
            self.one = Some((took, now));
        }
        let one = match self.one {
            Some((one, _)) if one <= took => one,
            _ => took,
        };
        if self.one.is_none_or(|(known, _)| took <= known) {
            self.one = Some((took, now));
        }
        let sample = (self.done - last.done) as f64 / took.as_secs_f64();
        if self.rate == 0.0 {
            self.rate = sample;
        } else if sample > self.rate {
            self.rate += (sample - self.rate) * WEIGHTS.0;
        } else if last.is_full {
            // One that spans a second says it all.
            self.rate += (sample - self.rate) * took.as_secs_f64().clamp(WEIGHTS.1, 1.0);
        }
        self.measure_again(one, took, now);
        let ahead = if self.is_measuring { Duration::ZERO } else { self.ahead };
        let target = (self.rate * (one + ahead).as_secs_f64()).ceil().min(f64::from(self.most)) as u32;
        let target = target.max(SMALLEST);
        let growth = if took < FAST { 4 } else { 2 };
        self.size = target.min(self.size.saturating_mul(growth)).min(self.most).max(1);
    }

    /// Begins a measurement of the time of one message if it is due. Not where one second's worth fills the window anyway.
    fn measure_again(&mut self, one: Duration, took: Duration, now: Instant) {
        let Some((_, measured)) = self.one else { return };
        if self.is_measuring || self.rate * self.ahead.as_secs_f64() >= f64::from(self.most) {
            return;
        }
        let age = now.saturating_duration_since(measured);
        let seems_wrong = took > one * 2 + self.ahead * 2;
        if age > MEASURED_FOR.0 || (seems_wrong && age > MEASURED_FOR.1) {
            self.round = self.round.wrapping_add(1);
            self.is_measuring = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A provider with sessions that take a time for each message, and a plugin that holds the rest in a queue.
    struct Provider {
        sessions: usize,
        takes: Duration,
        queue: VecDeque<ClaimMark>,
        /// When each session has finished its message.
        busy: Vec<(Instant, ClaimMark)>,
        now: Instant,
        sent: u32,
    }

    impl Provider {
        fn new(sessions: usize, takes: Duration) -> Self {
            let queue = VecDeque::new();
            Self { sessions, takes, queue, busy: Vec::new(), now: Instant::now(), sent: 0 }
        }

        fn held(&self) -> u32 {
            (self.queue.len() + self.busy.len()) as u32
        }

        /// Runs for this time; returns the largest number of messages that waited for a session, outside of the first tenth.
        fn run(&mut self, window: &mut AdaptiveWindow, time: Duration) -> usize {
            let (begin, until) = (self.now, self.now + time);
            let mut waited = 0;
            while self.now < until {
                let room = window.window().saturating_sub(self.held());
                let mark = window.mark(self.now, self.held() + room);
                self.queue.extend((0..room).map(|_| mark));
                while self.busy.len() < self.sessions
                    && let Some(mark) = self.queue.pop_front()
                {
                    self.busy.push((self.now + self.takes, mark));
                }
                if self.now > begin + time / 10 {
                    waited = waited.max(self.queue.len());
                }
                let next = self.busy.iter().map(|(at, _)| *at).min().unwrap_or(self.now + Duration::from_millis(1));
                self.now = self.now.max(next);
                let (done, busy): (Vec<_>, _) = self.busy.drain(..).partition(|(at, _)| *at <= self.now);
                self.busy = busy;
                if let Some(last) = done.iter().map(|(_, mark)| *mark).max_by_key(|mark| mark.at) {
                    self.sent += done.len() as u32;
                    window.outcomes(done.len() as u32, last, self.now);
                    if window.is_exceeded(self.held()) {
                        self.queue.clear();
                    }
                }
            }
            waited
        }
    }

    #[test]
    fn a_slow_provider_gets_a_seconds_worth_and_all_its_sessions_work() {
        for (sessions, takes_ms) in [(1, 10_000), (1, 2_000), (4, 2_000), (20, 2_000), (4, 200), (50, 1_000)] {
            let takes = Duration::from_millis(takes_ms);
            let mut window = AdaptiveWindow::new(512, true);
            let mut provider = Provider::new(sessions, takes);
            provider.run(&mut window, takes * 40);
            provider.sent = 0;
            let waited = provider.run(&mut window, takes * 100);
            let per_s = sessions as f64 / takes.as_secs_f64();
            assert!((waited as f64) <= (per_s * 2.5).max(3.0), "{sessions} × {takes:?}: {waited} waited");
            let best = (100 * sessions) as f64;
            assert!(f64::from(provider.sent) > best * 0.9, "{sessions} × {takes:?}: {} of {best}", provider.sent);
        }
    }

    #[test]
    fn a_fast_provider_has_the_whole_window_within_milliseconds() {
        for most in [512, 1_024, 16_384] {
            let mut window = AdaptiveWindow::new(most, true);
            let mut provider = Provider::new(16, Duration::from_micros(100));
            provider.run(&mut window, Duration::from_millis(5));
            assert_eq!(window.window(), most);
            provider.run(&mut window, Duration::from_secs(1));
            assert_eq!(window.window(), most, "and keeps it");
        }
    }

    #[test]
    fn a_provider_that_becomes_slow_is_measured_anew() {
        let mut window = AdaptiveWindow::new(512, true);
        let mut provider = Provider::new(4, Duration::from_millis(5));
        provider.run(&mut window, Duration::from_secs(5));
        provider.takes = Duration::from_secs(2);
        provider.run(&mut window, Duration::from_secs(120));
        provider.sent = 0;
        let waited = provider.run(&mut window, Duration::from_secs(100));
        assert!(waited <= 6 && provider.sent >= 180, "{waited} {}", provider.sent);
        provider.takes = Duration::from_micros(500);
        provider.run(&mut window, Duration::from_secs(10));
        assert_eq!(window.window(), 512);
    }

    #[test]
    fn a_plugin_that_gives_nothing_back_holds_little() {
        let mut window = AdaptiveWindow::new(512, false);
        let mut provider = Provider::new(4, Duration::from_secs(2));
        assert!(provider.run(&mut window, Duration::from_secs(100)) <= 2);
    }
}
