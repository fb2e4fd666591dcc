//! The ledger of an instance, shared by the plugin's threads, and what has left it but is not told yet: nobody may leave before that.

use crate::ledger::Ledger;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, PoisonError};

/// A ledger for several threads.
pub(crate) struct SharedLedger<M> {
    ledger: Mutex<Ledger<M>>,
    /// MessageBatch that left the ledger and whose outcomes are not yet with the outlet. Grows under the lock of the ledger.
    telling: AtomicUsize,
}

impl<M> SharedLedger<M> {
    pub(crate) fn new() -> Self {
        Self { ledger: Mutex::new(Ledger::default()), telling: AtomicUsize::new(0) }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger<M>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes letters out of the ledger. Until the second value is dropped they count as untold.
    pub(crate) fn tell<T>(&self, take: impl FnOnce(&mut Ledger<M>) -> T) -> (T, InTransit<'_>) {
        let mut ledger = self.ledger();
        let before = ledger.letters();
        let taken = take(&mut ledger);
        let count = before.saturating_sub(ledger.letters());
        self.telling.fetch_add(count, Ordering::AcqRel);
        (taken, InTransit { telling: &self.telling, count })
    }

    /// MessageBatch whose outcome has not reached the outlet: 0 means that the outlet knows everything there is to know.
    pub(crate) fn untold(&self) -> usize {
        let ledger = self.ledger();
        ledger.letters() + self.telling.load(Ordering::Acquire)
    }
}

/// Somebody tells outcomes. Ends also when that panics.
pub(crate) struct InTransit<'a> {
    telling: &'a AtomicUsize,
    count: usize,
}

impl Drop for InTransit<'_> {
    fn drop(&mut self) {
        self.telling.fetch_sub(self.count, Ordering::AcqRel);
    }
}
