//! Lets operations enter until it is closed; a shutdown can then wait for those inside.

use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// A gate; open at first.
pub(crate) struct ShutdownGate {
    closed: AtomicBool,
    inside: AtomicUsize,
}

impl ShutdownGate {
    pub(crate) fn new() -> Self {
        Self { closed: AtomicBool::new(false), inside: AtomicUsize::new(0) }
    }

    /// Enters, unless the gate is closed. The operation is inside until the value is dropped.
    pub(crate) fn enter(&self) -> Option<GateEntry<'_>> {
        // Counts first and then looks; `close` does it the other way round. The look is a write as well, which orders the two: either this sees
        // the closed gate, or the closing thread sees this entry.
        self.inside.fetch_add(1, Ordering::AcqRel);
        let inside = GateEntry(self);
        (!self.closed.fetch_or(false, Ordering::AcqRel)).then_some(inside)
    }

    /// Closes the gate; false if it was closed already.
    pub(crate) fn close(&self) -> bool {
        !self.closed.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether no operation is inside. Once true after `close`, it stays true.
    pub(crate) fn is_empty(&self) -> bool {
        self.inside.load(Ordering::Acquire) == 0
    }
}

pub(crate) struct GateEntry<'a>(&'a ShutdownGate);

impl Drop for GateEntry<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
    }
}
