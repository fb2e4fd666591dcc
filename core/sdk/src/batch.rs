//! A batch as an author sees it: letters that are finished one by one, never two recipients together.

use crate::Outcome;
use crate::collect::{Collector, raw};
use crate::content::Content;
use crate::recipient::Recipient;
use rundruf_abi::{RawBatch, RawContent, RawRecipient};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The raw batch. Valid while one of its letters is unfinished (clause *batch*): only [`Letter`] and [`Batch`] hold it, and both hold
/// unfinished letters by construction.
struct Held {
    raw: *const RawBatch<'static>,
    collector: Arc<Collector>,
}

// SAFETY: clause *batch*: the memory is shared and unchanged while an index is open.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl Held {
    fn raw(&self) -> &RawBatch<'static> {
        // SAFETY: clause *batch*: valid while a letter is unfinished, which whoever calls this holds.
        unsafe { &*self.raw }
    }

    fn recipient(&self, index: u32) -> &RawRecipient<'static> {
        let raw = self.raw();
        debug_assert!((index as usize) < raw.count);
        // SAFETY: clause *batch*: `count` recipients lie `stride` bytes apart; the index is below the count by construction.
        unsafe { &*raw.recipients.byte_add(index as usize * raw.stride) }
    }

    fn is_expired(&self) -> bool {
        let deadline = self.raw().deadline_ms;
        deadline != 0 && deadline < crate::host::unix_ms()
    }

    fn content(&self) -> &RawContent<'static> {
        // SAFETY: clause *batch*; checked not to be null when the batch came in.
        unsafe { &*self.raw().content }
    }
}

/// A batch that was taken. Dropping it hands the letters that are left back as untouched.
pub struct Batch {
    held: Arc<Held>,
    next: u32,
    count: u32,
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Batch {
    /// # Safety
    /// `raw` must be a valid batch under clause *batch*, with a content and at least one recipient, whose room was taken in `collector`.
    pub(crate) unsafe fn new(raw: *const RawBatch<'_>, collector: Arc<Collector>) -> Self {
        // SAFETY: the caller vouches for it.
        let count = unsafe { (*raw).count };
        Self {
            held: Arc::new(Held { raw: raw.cast(), collector }),
            next: 0,
            count: u32::try_from(count).unwrap_or(u32::MAX),
        }
    }

    /// Letters that are left.
    #[must_use]
    pub const fn len(&self) -> usize {
        (self.count - self.next) as usize
    }

    /// Whether none is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What they all get. Only while a letter is left.
    #[must_use]
    pub fn content(&self) -> Option<Content<'_>> {
        (!self.is_empty()).then(|| Content { raw: self.held.content() })
    }

    /// Whether it goes ahead of bulk.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        !self.is_empty() && self.held.raw().priority > 0
    }

    /// The letters, one by one.
    pub fn into_letters(self) -> impl Iterator<Item = Letter> + Send {
        self
    }

    /// Finishes all letters at once: for transports that need no time. The fastest way there is. A panic costs one letter; where the deadline
    /// has passed, nobody is asked.
    pub fn finish_all(mut self, mut each: impl FnMut(&Recipient<'_>) -> Outcome) {
        const PIECE: usize = 256;
        let (id, expired) = if self.is_empty() { return } else { (self.held.raw().id, self.held.is_expired()) };
        while !self.is_empty() {
            let from = self.next;
            let to = from.saturating_add(PIECE as u32).min(self.count);
            let mut outcomes: Vec<Outcome> = Vec::with_capacity(PIECE);
            let mut rest = from..to;
            if expired {
                outcomes.extend(rest.by_ref().map(|_| Outcome::expired()));
            }
            // One guard for all, until somebody panics: that letter is over, and the others are asked behind the next guard.
            while !rest.is_empty() {
                let asked = catch_unwind(AssertUnwindSafe(|| {
                    for n in rest.by_ref() {
                        outcomes.push(each(&Recipient { raw: self.held.recipient(n) }));
                    }
                }));
                if asked.is_err() {
                    outcomes.push(Outcome::panicked());
                }
            }
            let raws: Vec<_> = (from..to).zip(&outcomes).map(|(n, outcome)| raw(id, n, outcome)).collect();
            // From here on the letters count as finished, whatever happens: the host is told of them exactly once.
            self.next = to;
            self.held.collector.finish_raw(&raws);
        }
    }
}

impl Iterator for Batch {
    type Item = Letter;

    fn next(&mut self) -> Option<Letter> {
        if self.next >= self.count {
            return None;
        }
        let index = self.next;
        self.next += 1;
        Some(Letter { held: Arc::clone(&self.held), index, begun: false, open: true })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

/// One message to one recipient. It is completed exactly once: by [`finish`](Letter::finish), or by being dropped, as *untouched* if it was not
/// begun and as *may have been sent* if it was.
#[must_use = "a letter that is dropped is completed as untouched"]
pub struct Letter {
    held: Arc<Held>,
    index: u32,
    begun: bool,
    open: bool,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter").field("index", &self.index).field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl Letter {
    /// What it says.
    #[must_use]
    pub fn content(&self) -> Content<'_> {
        Content { raw: self.held.content() }
    }

    /// Who it is for.
    #[must_use]
    pub fn recipient(&self) -> Recipient<'_> {
        Recipient { raw: self.held.recipient(self.index) }
    }

    /// From now on bytes may leave.
    pub const fn begin(&mut self) {
        self.begun = true;
    }

    /// Takes back [`begin`](Letter::begin): it is certain that the other side has not taken the message.
    pub const fn unbegin(&mut self) {
        self.begun = false;
    }

    /// Whether the host wants an orderly end: a letter that is not begun should be dropped.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.held.collector.draining.load(Ordering::Relaxed)
    }

    /// Whether its deadline has passed.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.held.is_expired()
    }

    /// Completes it.
    pub fn finish(mut self, outcome: Outcome) {
        self.complete(outcome);
    }

    fn complete(&mut self, outcome: Outcome) {
        self.open = false;
        let batch = self.held.raw().id;
        self.held.collector.finish(batch, self.index, outcome);
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        if self.open {
            let outcome =
                if self.begun { Outcome::maybe_sent("dropped after it was begun") } else { Outcome::untouched() };
            self.complete(outcome);
        }
    }
}
