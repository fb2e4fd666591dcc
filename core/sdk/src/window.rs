//! Room for letters: how many a transport holds at once, and who is told when there is room again.

use crate::sync::{AtomicBool, AtomicU32, Ordering};

/// Room of an instance.
pub(crate) struct Window {
    size: u32,
    /// Letters that take up room.
    held: AtomicU32,
    /// Letters whose outcome the host has not taken yet. More than `held` while an array is on its way.
    outstanding: AtomicU32,
    /// Whether "busy" was said since there was room last.
    was_busy: AtomicBool,
}

impl Window {
    pub(crate) fn new(size: u32) -> Self {
        Self {
            size: size.max(1),
            held: AtomicU32::new(0),
            outstanding: AtomicU32::new(0),
            was_busy: AtomicBool::new(false),
        }
    }

    /// Takes room for a batch; false means busy. One batch may overshoot an empty window, so that a small window never blocks for ever.
    ///
    /// Whoever is told "busy" hears `ready` later: busy is noted first and the room is looked at again, while room is made first and the note is
    /// looked at afterwards. Both notes are read and written in one step, so one of the two comes first, and the other sees it.
    pub(crate) fn take(&self, count: u32) -> bool {
        let fits = || {
            self.held
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

    /// Letters are finished: there is room. The host has yet to be told.
    pub(crate) fn make_room(&self, count: u32) {
        self.held.fetch_sub(count, Ordering::AcqRel);
    }

    /// The host was told of them. Whether it must be told as well that there is room.
    #[must_use]
    pub(crate) fn told(&self, count: u32) -> bool {
        self.outstanding.fetch_sub(count, Ordering::AcqRel);
        self.was_busy.swap(false, Ordering::AcqRel)
    }

    /// Letters that take up room.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Acquire) as usize
    }

    /// Whether the host was told of everything.
    pub(crate) fn is_idle(&self) -> bool {
        self.outstanding.load(Ordering::Acquire) == 0
    }
}
