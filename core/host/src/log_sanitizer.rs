//! What plugins say for the log: made harmless. Short lines without control characters and addresses, and not too many of them.

use crate::event::HostEvent;
use crate::instance::EventHandler;
use crate::redact::masked;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest line, in characters.
const LONGEST: usize = 512;
/// Longest reason why a plugin does not open, in characters.
pub(crate) const MAX_WHY: usize = 2_000;
/// So many lines at once, and so many a second from then on: errors and warnings, the rest.
const GATES: [(f64, f64); 2] = [(200.0, 2.0), (1_000.0, 10.0)];
/// A plugin that writes more bytes than this in a second writes the rest in the next one.
const BYTES_A_SECOND: usize = 1 << 20;

/// The log of one transport.
pub(crate) struct PluginLog {
    events: EventHandler,
    gates: Mutex<[RateLimiter; 2]>,
}

impl PluginLog {
    pub(crate) fn new(events: EventHandler) -> Self {
        let now = Instant::now();
        Self { events, gates: Mutex::new(GATES.map(|(burst, per_s)| RateLimiter::new(burst, per_s, now))) }
    }

    /// A line, whoever wrote it.
    pub(crate) fn say(&self, level: u32, target: &str, message: &str) {
        let passed = {
            let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
            let [grave, rest] = &mut *gates;
            if level <= 2 { grave } else { rest }.pass(Instant::now())
        };
        let Some(left_out) = passed else { return };
        if left_out > 0 {
            let message = format!("{left_out} lines of the plugin were left out here: it writes too many");
            (self.events)(HostEvent::Log { level: 2, target: "rundruf_host".to_owned(), message });
        }
        let (target, message) = (harmless(target, 64), harmless(message, LONGEST));
        (self.events)(HostEvent::Log { level, target, message });
    }

    /// Reads what a process writes to a stream of its own until nobody can write there any more. Whoever floods it waits; nobody else does.
    pub(crate) fn follow(&self, mut from: impl Read, target: &str) {
        let mut line = Vec::new();
        let mut chunk = [0; 4_096];
        let (mut second, mut bytes) = (Instant::now(), 0);
        loop {
            let got = match from.read(&mut chunk) {
                Ok(0) => break,
                Ok(got) => got,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            for byte in chunk.get(..got).unwrap_or_default() {
                if *byte == b'\n' {
                    self.bytes(target, &line);
                    line.clear();
                } else if line.len() < 4 * LONGEST {
                    line.push(*byte);
                }
            }
            bytes += got;
            slow_down(&mut second, &mut bytes, BYTES_A_SECOND);
        }
        self.bytes(target, &line);
    }

    fn bytes(&self, target: &str, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        if !text.trim().is_empty() {
            self.say(2, target, text.trim_end());
        }
    }
}

/// Sleeps to the end of the second when its share is used up.
pub(crate) fn slow_down(second: &mut Instant, used: &mut usize, most: usize) {
    let passed = second.elapsed();
    if passed < Duration::from_secs(1) {
        if *used < most {
            return;
        }
        std::thread::sleep(Duration::from_secs(1).saturating_sub(passed));
    }
    (*second, *used) = (Instant::now(), 0);
}

/// For a log: one line, cut to so many characters, with nobody in it and nothing that a terminal would obey.
#[must_use]
pub fn harmless(text: &str, longest: usize) -> String {
    masked(&text.chars().take(longest).map(|c| if is_obeyed(c) { ' ' } else { c }).collect::<String>())
}

/// For a table that people read: one line, with nothing in it that a terminal would obey.
#[must_use]
pub fn one_line(text: Box<str>) -> Box<str> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) || !text.chars().any(is_obeyed) {
        return text;
    }
    text.chars().map(|c| if is_obeyed(c) { ' ' } else { c }).collect::<String>().into()
}

/// Whether a terminal, or whatever else shows a text, would do something else than to show it: control characters, what ends a line, what
/// turns the direction of writing.
pub(crate) fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Lets some lines through and counts the others.
pub(crate) struct RateLimiter {
    burst: f64,
    per_s: f64,
    free: f64,
    at: Instant,
    left_out: u64,
}

impl RateLimiter {
    pub(crate) const fn new(burst: f64, per_s: f64, now: Instant) -> Self {
        Self { burst, per_s, free: burst, at: now, left_out: 0 }
    }

    /// Whether a line may pass, and how many could not since the last one that did.
    fn pass(&mut self, now: Instant) -> Option<u64> {
        self.pass_for(1.0, now)
    }

    /// The same for something that counts as much as so many lines.
    pub(crate) fn pass_for(&mut self, cost: f64, now: Instant) -> Option<u64> {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.free = passed.mul_add(self.per_s, self.free).min(self.burst);
        self.at = now;
        if self.free < cost {
            self.left_out += 1;
            return None;
        }
        self.free -= cost;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn lines() -> (PluginLog, Arc<Mutex<Vec<String>>>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&said);
        let events: EventHandler = Arc::new(move |event| {
            if let HostEvent::Log { level, target, message } = event {
                to.lock().unwrap().push(format!("{level} {target}: {message}"));
            }
        });
        (PluginLog::new(events), said)
    }

    #[test]
    fn a_stream_becomes_short_harmless_lines() {
        let (lines, said) = lines();
        let long = "x".repeat(9_000);
        let text = format!("panic at anna@mail.example\n\n{long}\n\u{1b}[31mred\r\nbroken \u{fffd}\u{2028}\u{202e}der");
        lines.follow(text.as_bytes(), "stderr");
        let said = said.lock().unwrap();
        assert_eq!(said.len(), 4, "{said:?}");
        assert_eq!(said[0], "2 stderr: panic at …@…");
        assert_eq!(said[1].chars().count(), "2 stderr: ".len() + LONGEST);
        assert_eq!(said[2], "2 stderr:  [31mred");
        assert_eq!(said[3], "2 stderr: broken \u{fffd}  der");
    }

    #[test]
    fn nobody_hides_in_the_name_of_a_place() {
        let (lines, said) = lines();
        lines.say(3, "anna@mail.example\n2026", "x");
        assert_eq!(said.lock().unwrap()[0], "3 …@… 2026: x");
    }

    #[test]
    fn what_weighs_more_uses_up_more() {
        let start = Instant::now();
        let mut gate = RateLimiter::new(1_000.0, 10.0, start);
        assert_eq!(gate.pass_for(900.0, start), Some(0));
        assert_eq!(gate.pass_for(200.0, start), None);
        assert_eq!(gate.pass_for(100.0, start), Some(1));
        assert_eq!(gate.pass_for(200.0, start + Duration::from_secs(10)), None);
        assert_eq!(gate.pass_for(200.0, start + Duration::from_secs(21)), Some(1));
    }

    #[test]
    fn a_flood_is_counted_not_kept() {
        let start = Instant::now();
        let mut gate = RateLimiter::new(3.0, 10.0, start);
        let passed: Vec<_> = (0..10).map(|_| gate.pass(start)).collect();
        assert_eq!(passed[..4], [Some(0), Some(0), Some(0), None]);
        assert_eq!(gate.pass(start + Duration::from_millis(110)), Some(7), "says how many were left out");
        let (lines, said) = lines();
        for _ in 0..5_000 {
            lines.say(3, "t", "again");
        }
        lines.say(1, "t", "an error still passes");
        let said = said.lock().unwrap();
        assert!(said.len() < 1_500, "{}", said.len());
        assert_eq!(said.last().unwrap(), "1 t: an error still passes");
    }
}
