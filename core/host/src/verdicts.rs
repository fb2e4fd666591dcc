//! The daemon's verdicts on inbound messages and receipts: threads of the plugin wait here for theirs.

use crate::sync::lock;
use rundruf_abi::Status;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Verdicts that were not picked up yet.
#[derive(Default)]
pub(crate) struct PendingVerdicts {
    /// By token; true if the inbound message or receipt was stored.
    arrived: Mutex<HashMap<u64, bool>>,
    changed: Condvar,
    last_token: AtomicU64,
}

impl PendingVerdicts {
    /// A new token, for one message or receipt.
    pub(crate) fn token(&self) -> u64 {
        self.last_token.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn answer(&self, token: u64, stored: bool) {
        lock(&self.arrived).insert(token, stored);
        self.changed.notify_all();
    }

    /// Every wait looks at its `closed` again.
    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }

    /// Waits for the verdict of this token: OK if stored, else BUSY, as when `closed` is set.
    pub(crate) fn wait(&self, token: u64, closed: &AtomicBool) -> Status {
        let mut arrived = lock(&self.arrived);
        loop {
            match arrived.remove(&token) {
                Some(true) => return Status::OK,
                Some(false) => return Status::BUSY,
                None if closed.load(Ordering::Acquire) => return Status::BUSY,
                None => {}
            }
            let waited = self.changed.wait_timeout(arrived, Duration::from_millis(200));
            arrived = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
