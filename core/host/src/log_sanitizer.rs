//! Log lines of a plugin: short, without control characters and addresses of people, and limited in rate.

use crate::event::{EventHandler, HostEvent};
use crate::printable::is_unprintable;
use crate::rate_limiter::{RateLimiter, throttle};
use crate::redact::redact;
use crate::sync::lock;
use rundruf_lang::Message;
use std::io::Read;
use std::sync::Mutex;
use std::time::Instant;

/// Longest log line, in characters.
const MAX_LINE_CHARS: usize = 512;
/// Longest reason why a plugin does not open, in characters.
const MAX_REASON: usize = 2_000;
/// Burst and lines per second: for errors and warnings, and for the rest.
const LINE_LIMITS: [(f64, f64); 2] = [(200.0, 2.0), (1_000.0, 10.0)];
/// Bytes per second that are read from a plugin's standard output and error.
const MAX_BYTES_PER_S: usize = 1 << 20;

/// The log of one transport.
pub(crate) struct PluginLog {
    events: EventHandler,
    limiters: Mutex<[RateLimiter; 2]>,
}

impl PluginLog {
    pub(crate) fn new(events: EventHandler) -> Self {
        let now = Instant::now();
        Self { events, limiters: Mutex::new(LINE_LIMITS.map(|(burst, per_s)| RateLimiter::new(burst, per_s, now))) }
    }

    /// Sends a sanitized line to the daemon's log, unless the plugin logs too much.
    pub(crate) fn record(&self, level: u32, target: &str, message: &str) {
        let passed = {
            let mut limiters = lock(&self.limiters);
            let [serious, rest] = &mut *limiters;
            if level <= 2 { serious } else { rest }.admit(1.0, Instant::now())
        };
        let Some(suppressed) = passed else { return };
        if suppressed > 0 {
            let message = format!("{suppressed} lines of the plugin were left out here: it writes too many");
            (self.events)(HostEvent::Log { level: 2, target: "rundruf_host".to_owned(), message });
        }
        let (target, message) = (sanitize_line(target, 64), sanitize_line(message, MAX_LINE_CHARS));
        (self.events)(HostEvent::Log { level, target, message });
    }

    /// Reads the standard output of a process to its end, line by line. A plugin that floods it is throttled; others are unaffected.
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
                    self.record_bytes(target, &line);
                    line.clear();
                } else if line.len() < 4 * MAX_LINE_CHARS {
                    line.push(*byte);
                }
            }
            bytes += got;
            throttle(&mut second, &mut bytes, MAX_BYTES_PER_S);
        }
        self.record_bytes(target, &line);
    }

    fn record_bytes(&self, target: &str, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        if !text.trim().is_empty() {
            self.record(2, target, text.trim_end());
        }
    }
}

/// Makes a text safe for a log: at most `longest` characters, no control characters, addresses of people redacted.
#[must_use]
pub fn sanitize_line(text: &str, longest: usize) -> String {
    redact(&text.chars().take(longest).map(|c| if is_unprintable(c) { ' ' } else { c }).collect::<String>())
}

/// Makes the reason why a plugin does not open safe. It may come from the plugin: if its text has to change, only the text is kept.
pub(crate) fn sanitize_reason(why: Message) -> Message {
    let text = why.to_string();
    let safe = sanitize_line(&text, MAX_REASON);
    if safe == text { why } else { safe.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn log() -> (PluginLog, Arc<Mutex<Vec<String>>>) {
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
    fn output_becomes_short_sanitized_lines() {
        let (log, said) = log();
        let long = "x".repeat(9_000);
        let text = format!("panic at anna@mail.example\n\n{long}\n\u{1b}[31mred\r\nbroken \u{fffd}\u{2028}\u{202e}der");
        log.follow(text.as_bytes(), "stderr");
        let said = said.lock().unwrap();
        assert_eq!(said.len(), 4, "{said:?}");
        assert_eq!(said[0], "2 stderr: panic at …@…");
        assert_eq!(said[1].chars().count(), "2 stderr: ".len() + MAX_LINE_CHARS);
        assert_eq!(said[2], "2 stderr:  [31mred");
        assert_eq!(said[3], "2 stderr: broken \u{fffd}  der");
    }

    #[test]
    fn the_target_is_sanitized_too() {
        let (log, said) = log();
        log.record(3, "anna@mail.example\n2026", "x");
        assert_eq!(said.lock().unwrap()[0], "3 …@… 2026: x");
    }

    #[test]
    fn suppressed_lines_are_counted() {
        let (log, said) = log();
        for _ in 0..5_000 {
            log.record(3, "t", "again");
        }
        log.record(1, "t", "an error still passes");
        let said = said.lock().unwrap();
        assert!(said.len() < 1_500, "{}", said.len());
        assert_eq!(said.last().unwrap(), "1 t: an error still passes");
    }
}
