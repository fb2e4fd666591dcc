//! The daemon's verdicts on inbound messages and receipts: threads of the plugin wait here for theirs.

use crate::event::Verdict;
use crate::sync::lock;
use rundruf_abi::Status;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a plugin waits for the verdicts of one call: what is not answered by then counts as "not stored".
pub(crate) const VERDICT_WITHIN: Duration = Duration::from_secs(20);

/// Verdicts that are waited for.
#[derive(Default)]
pub(crate) struct PendingVerdicts {
    /// By token; `None` until the verdict comes.
    waiting: Mutex<HashMap<u64, Option<Verdict>>>,
    changed: Condvar,
    last_token: AtomicU64,
}

impl PendingVerdicts {
    /// A new token, for one message or receipt, whose verdict is then waited for.
    pub(crate) fn token(&self) -> u64 {
        let token = self.last_token.fetch_add(1, Ordering::Relaxed) + 1;
        lock(&self.waiting).insert(token, None);
        token
    }

    /// A verdict that nobody waits for any more is dropped.
    pub(crate) fn answer(&self, token: u64, verdict: Verdict) {
        if let Some(place) = lock(&self.waiting).get_mut(&token) {
            *place = Some(verdict);
        }
        self.changed.notify_all();
    }

    /// Every wait looks at its `closed` again.
    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Waits for the verdicts of these tokens, in order. Returns how many of the first ones are stored, and the status of the next one; BUSY where no
    /// verdict comes in time, or when `closed` is set.
    pub(crate) fn wait(&self, tokens: &[u64], closed: &AtomicBool) -> (Status, usize) {
        let until = Instant::now() + VERDICT_WITHIN;
        let mut waiting = lock(&self.waiting);
        let mut stored = 0;
        let mut status = Status::OK;
        for token in tokens {
            while status == Status::OK {
                match waiting.get(token).copied().flatten() {
                    Some(Verdict::Stored) => {
                        stored += 1;
                        break;
                    }
                    Some(Verdict::Busy) => status = Status::BUSY,
                    Some(Verdict::Refused) => status = Status::BAD_ARGUMENT,
                    None if closed.load(Ordering::Acquire) || Instant::now() >= until => status = Status::BUSY,
                    None => {
                        let waited = self.changed.wait_timeout(waiting, Duration::from_millis(200));
                        waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
                    }
                }
            }
            waiting.remove(token);
        }
        (status, stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ones_that_are_stored_count() {
        use Verdict::{Busy, Refused, Stored};
        let verdicts = PendingVerdicts::default();
        let closed = AtomicBool::new(false);
        for (answers, want) in [
            (vec![Stored, Stored], (Status::OK, 2)),
            (vec![Stored, Busy, Stored], (Status::BUSY, 1)),
            (vec![Refused, Stored], (Status::BAD_ARGUMENT, 0)),
            (vec![], (Status::OK, 0)),
        ] {
            let tokens: Vec<u64> = answers.iter().map(|_| verdicts.token()).collect();
            tokens.iter().zip(&answers).rev().for_each(|(token, verdict)| verdicts.answer(*token, *verdict));
            assert_eq!(verdicts.wait(&tokens, &closed), want, "{answers:?}");
        }
        let token = verdicts.token();
        closed.store(true, Ordering::Release);
        assert_eq!(verdicts.wait(&[token], &closed), (Status::BUSY, 0), "the daemon has gone");
        verdicts.answer(token, Stored);
        assert!(lock(&verdicts.waiting).is_empty(), "nothing is left behind");
    }
}
