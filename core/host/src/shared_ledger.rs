//! A ledger for several threads. It also counts outcomes that left the ledger and were not delivered yet, so that a process does not exit too early.

use crate::ledger::Ledger;
use crate::sync::lock;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};

/// A ledger for several threads.
pub(crate) struct SharedLedger<M> {
    ledger: Mutex<Ledger<M>>,
    /// Messages that left the ledger while their outcomes are not delivered yet. Incremented under the lock of the ledger.
    in_transit: AtomicUsize,
}

impl<M> SharedLedger<M> {
    pub(crate) fn new() -> Self {
        Self { ledger: Mutex::new(Ledger::default()), in_transit: AtomicUsize::new(0) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Ledger<M>> {
        lock(&self.ledger)
    }

    /// Takes messages out of the ledger. They count as undelivered until the second value is dropped.
    pub(crate) fn take<T>(&self, take: impl FnOnce(&mut Ledger<M>) -> T) -> (T, InTransit<'_>) {
        let mut ledger = self.lock();
        let before = ledger.open_messages();
        let taken = take(&mut ledger);
        let count = before.saturating_sub(ledger.open_messages());
        self.in_transit.fetch_add(count, Ordering::AcqRel);
        (taken, InTransit { in_transit: &self.in_transit, count })
    }

    /// Number of messages whose outcome was not delivered yet. At 0 every outcome has reached the callbacks.
    pub(crate) fn undelivered(&self) -> usize {
        let ledger = self.lock();
        ledger.open_messages() + self.in_transit.load(Ordering::Acquire)
    }
}

/// Outcomes on their way to the callbacks; they count as delivered when this is dropped, also by a panic.
pub(crate) struct InTransit<'a> {
    in_transit: &'a AtomicUsize,
    count: usize,
}

impl Drop for InTransit<'_> {
    fn drop(&mut self) {
        self.in_transit.fetch_sub(self.count, Ordering::AcqRel);
    }
}
