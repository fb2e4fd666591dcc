//! A gate before an end: who came in earlier is waited for, who comes later sees that it is closed.

use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// Open at first.
pub(crate) struct ShutdownGate {
    closed: AtomicBool,
    inside: AtomicUsize,
}

impl ShutdownGate {
    pub(crate) fn new() -> Self {
        Self { closed: AtomicBool::new(false), inside: AtomicUsize::new(0) }
    }

    /// Goes in, unless it is closed. Whoever is inside is waited for until the value is dropped.
    pub(crate) fn enter(&self) -> Option<GateEntry<'_>> {
        // Counted first, then looked; `close` does it the other way round. The look is a write as well, so that one of the two comes first:
        // either this sees the closed gate, or who closed it sees this.
        self.inside.fetch_add(1, Ordering::AcqRel);
        let inside = GateEntry(self);
        (!self.closed.fetch_or(false, Ordering::AcqRel)).then_some(inside)
    }

    /// Closes it; false if it was closed already.
    pub(crate) fn close(&self) -> bool {
        !self.closed.swap(true, Ordering::AcqRel)
    }

    /// Whether it is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether nobody is inside. After `close` that stays so once it is true.
    pub(crate) fn is_empty(&self) -> bool {
        self.inside.load(Ordering::Acquire) == 0
    }
}

/// Somebody inside.
pub(crate) struct GateEntry<'a>(&'a ShutdownGate);

impl Drop for GateEntry<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::AcqRel);
    }
}
