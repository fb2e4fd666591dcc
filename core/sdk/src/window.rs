//! The window: how many messages a transport holds at once, and when the host is told that there is room again.

use crate::sync::{AtomicBool, AtomicU32, Ordering};

pub(crate) struct Window {
    size: u32,
    /// Messages that are not finished.
    in_use: AtomicU32,
    /// Messages whose outcome the host does not have yet. More than `in_use` while outcomes are being handed over.
    outstanding: AtomicU32,
    /// Whether the host was told "busy" since there was room.
    was_busy: AtomicBool,
}

impl Window {
    pub(crate) fn new(size: u32) -> Self {
        Self {
            size: size.max(1),
            in_use: AtomicU32::new(0),
            outstanding: AtomicU32::new(0),
            was_busy: AtomicBool::new(false),
        }
    }

    /// Reserves room for a batch; false means busy. A batch may be larger than an empty window, so that a small window never blocks for ever.
    ///
    /// A host that is told "busy" gets `ready` later: this method sets `was_busy` and then tries again, while [`make_room`](Self::make_room) and
    /// [`handed_over`](Self::handed_over) make room and then read `was_busy`. Both are atomic, so one of the two sees the other.
    pub(crate) fn take(&self, count: u32) -> bool {
        let fits = || {
            self.in_use
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| {
                    (now == 0 || now.saturating_add(count) <= self.size).then(|| now.saturating_add(count))
                })
                .is_ok()
        };
        let taken = fits() || {
            self.was_busy.swap(true, Ordering::AcqRel);
            fits()
        };
        if taken {
            self.outstanding.fetch_add(count, Ordering::AcqRel);
        }
        taken
    }

    /// Messages are finished, so there is room. The host does not know it yet.
    pub(crate) fn make_room(&self, count: u32) {
        self.in_use.fetch_sub(count, Ordering::AcqRel);
    }

    /// The host has these outcomes. Returns whether it must be told `ready` as well.
    #[must_use]
    pub(crate) fn handed_over(&self, count: u32) -> bool {
        self.outstanding.fetch_sub(count, Ordering::AcqRel);
        self.was_busy.swap(false, Ordering::AcqRel)
    }

    /// Number of messages that are not finished.
    pub(crate) fn in_use(&self) -> usize {
        self.in_use.load(Ordering::Acquire) as usize
    }

    /// Whether the host has every outcome.
    pub(crate) fn is_idle(&self) -> bool {
        self.outstanding.load(Ordering::Acquire) == 0
    }
}
