//! The extension `rundruf.recall/1`: which messages the host wants back.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::Notify;

/// The messages of one batch that the host wants back.
#[derive(Default)]
pub(crate) struct RecallMarks {
    /// Whether any was recalled: all that is looked at while none is.
    any: AtomicBool,
    /// Recalled indices; `None` for all of them.
    which: Mutex<Option<HashSet<u32>>>,
    /// Wakes the one task that sends the batch.
    arrived: Notify,
}

impl RecallMarks {
    fn which(&self) -> MutexGuard<'_, Option<HashSet<u32>>> {
        self.which.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks these messages; `None` marks all.
    fn mark(&self, indices: Option<&[u32]>) {
        let mut which = self.which();
        let first = !self.any.load(Ordering::Relaxed);
        match (indices, &mut *which) {
            (None, which) => *which = None,
            (Some(indices), Some(marked)) => marked.extend(indices),
            (Some(indices), which @ None) if first => *which = Some(indices.iter().copied().collect()),
            // All of them are marked already.
            (Some(_), None) => {}
        }
        self.any.store(true, Ordering::Release);
        drop(which);
        self.arrived.notify_one();
    }

    /// Whether the host wants this message back.
    pub(crate) fn covers(&self, index: u32) -> bool {
        self.any.load(Ordering::Acquire) && self.which().as_ref().is_none_or(|marked| marked.contains(&index))
    }

    /// Waits until more messages are recalled.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }
}

/// The marks of all batches that are open.
#[derive(Default)]
pub(crate) struct RecallRegister(Mutex<HashMap<u64, Weak<RecallMarks>>>);

impl RecallRegister {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Weak<RecallMarks>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks for a batch that was accepted.
    pub(crate) fn add(&self, batch: u64) -> Arc<RecallMarks> {
        let marks = Arc::new(RecallMarks::default());
        self.lock().insert(batch, Arc::downgrade(&marks));
        marks
    }

    /// No message of the batch is open any more.
    pub(crate) fn remove(&self, batch: u64) {
        self.lock().remove(&batch);
    }

    /// Marks messages of a batch; `None` marks all of it. Returns whether the batch is open.
    pub(crate) fn recall(&self, batch: u64, indices: Option<&[u32]>) -> bool {
        let marks = self.lock().get(&batch).and_then(Weak::upgrade);
        marks.inspect(|marks| marks.mark(indices)).is_some()
    }

    /// Marks every message.
    pub(crate) fn recall_all(&self) {
        let all: Vec<_> = self.lock().values().filter_map(Weak::upgrade).collect();
        all.iter().for_each(|marks| marks.mark(None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_add_up() {
        let register = RecallRegister::default();
        let marks = register.add(7);
        assert!(!marks.covers(0));
        assert!(register.recall(7, Some(&[1, 3])) && register.recall(7, Some(&[4])) && !register.recall(8, None));
        assert_eq!((0..6).filter(|n| marks.covers(*n)).collect::<Vec<_>>(), [1, 3, 4]);
        register.recall_all();
        assert!(register.recall(7, Some(&[2])));
        assert!((0..6).all(|n| marks.covers(n)), "all stay recalled");
        register.remove(7);
        assert!(!register.recall(7, None));
    }
}
