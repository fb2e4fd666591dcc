//! Whether we hear: after messages to many people receipts come within minutes. If none comes, every STOP is lost too.

use rundruf_plugin::Hearing;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Messages without a sign of life …
const MESSAGES: u64 = 20;
/// … for this time mean that nothing is heard, in milliseconds.
const SILENCE_MS: i64 = 2 * 3_600 * 1_000;
/// How often the time of the last sign of life is written down, in milliseconds.
const WRITE_EVERY_MS: i64 = 60_000;

/// What was sent since the gateway called back last; in a file of the state folder, so that a restart knows it.
pub(crate) struct HearingWatch {
    path: PathBuf,
    state: Mutex<Silence>,
}

/// Times in Unix milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Silence {
    /// When the gateway called back last; 0: never.
    heard_ms: i64,
    /// Messages since then.
    sent: u64,
    /// When the first of them was sent.
    since_ms: i64,
    /// Callbacks since then whose code was wrong.
    forged: u64,
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Silence {
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split_whitespace();
        let mut next = || numbers.next()?.parse::<i64>().ok();
        let (heard_ms, sent, since_ms) = (next()?, next()?, next()?);
        Some(Self { heard_ms, sent: sent.unsigned_abs(), since_ms, forged: 0 })
    }

    fn hearing(self, now_ms: i64) -> Hearing {
        if self.sent >= MESSAGES && now_ms.saturating_sub(self.since_ms) >= SILENCE_MS {
            let sent = self.sent;
            let why = if self.forged > 0 {
                format!(
                    "no receipt or answer has come since {sent} messages were sent, only callbacks that were made with another secret: is `secret` the one at gateway.threema.ch?"
                )
            } else {
                format!(
                    "no receipt or answer has come since {sent} messages were sent: is the callback address at gateway.threema.ch the one that `rundruf transport list` shows?"
                )
            };
            return Hearing::Deaf { why, last_ms: self.heard_ms };
        }
        if self.heard_ms > 0 {
            Hearing::Hears { at_ms: self.heard_ms, by: "a callback".to_owned() }
        } else {
            Hearing::Unknown
        }
    }
}

impl HearingWatch {
    /// Reads the file of the state folder.
    pub(crate) fn open(state_dir: &Path) -> Self {
        let path = state_dir.join("hearing");
        let state = fs::read_to_string(&path).ok().and_then(|text| Silence::read(&text)).unwrap_or_default();
        Self { path, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, Silence> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, state: Silence) {
        // What is lost here is counted anew after a restart.
        let _ = fs::write(&self.path, format!("{} {} {}\n", state.heard_ms, state.sent, state.since_ms));
    }

    /// The gateway has taken `count` messages.
    pub(crate) fn sent(&self, count: usize) {
        if count == 0 {
            return;
        }
        let mut state = self.lock();
        if state.sent == 0 {
            state.since_ms = now_ms();
        }
        state.sent += count as u64;
        self.write(*state);
    }

    /// A genuine callback has come.
    pub(crate) fn heard(&self) {
        let mut state = self.lock();
        let (now, before) = (now_ms(), *state);
        *state = Silence { heard_ms: now, ..Silence::default() };
        if before.sent > 0 || now.saturating_sub(before.heard_ms) >= WRITE_EVERY_MS {
            self.write(*state);
        }
    }

    /// A callback has come whose code was wrong.
    pub(crate) fn forged(&self) {
        self.lock().forged += 1;
    }

    /// Whether we hear.
    pub(crate) fn hearing(&self) -> Hearing {
        self.lock().hearing(now_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_after_many_messages_is_deafness() {
        let now = 1_000_000_000;
        let long_ago = now - SILENCE_MS;
        let with = |heard_ms, sent, since_ms, forged| Silence { heard_ms, sent, since_ms, forged }.hearing(now);
        assert_eq!(with(0, 0, 0, 0), Hearing::Unknown);
        assert_eq!(with(0, MESSAGES, long_ago + 1, 0), Hearing::Unknown, "a new account, a moment ago");
        assert!(matches!(with(5, 3, 1, 0), Hearing::Hears { at_ms: 5, .. }), "few messages prove nothing");
        assert!(
            matches!(with(5, MESSAGES, long_ago, 0), Hearing::Deaf { last_ms: 5, why } if why.contains("callback address"))
        );
        assert!(matches!(with(0, MESSAGES, long_ago, 9), Hearing::Deaf { why, .. } if why.contains("`secret`")));
        assert_eq!(with(0, 0, 0, 1_000_000), Hearing::Unknown, "strangers alone make nobody deaf");
    }

    #[test]
    fn a_restart_knows_it_and_a_callback_ends_it() {
        let dir = tempfile::tempdir().unwrap();
        let watch = HearingWatch::open(dir.path());
        watch.sent(15);
        watch.sent(0);
        let watch = HearingWatch::open(dir.path());
        watch.sent(5);
        watch.lock().since_ms -= SILENCE_MS;
        assert!(matches!(watch.hearing(), Hearing::Deaf { .. }));
        watch.heard();
        assert!(matches!(HearingWatch::open(dir.path()).hearing(), Hearing::Hears { .. }));
        fs::write(dir.path().join("hearing"), "x").unwrap();
        assert_eq!(HearingWatch::open(dir.path()).hearing(), Hearing::Unknown);
    }
}
