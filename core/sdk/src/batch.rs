//! A batch for authors: messages that are finished one by one, each with a single recipient.

use crate::Outcome;
use crate::content::Content;
use crate::outcome_collector::{OutcomeCollector, raw};
use crate::recall::RecallMarks;
use crate::recipient::Recipient;
use rundruf_abi::{RawBatch, RawContent, RawRecipient};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The raw batch. It is valid while one of its messages is unfinished (clause *batch*): only [`PendingMessage`] and [`Batch`] refer to it, and both
/// have unfinished messages by construction.
struct SharedBatch {
    raw: *const RawBatch<'static>,
    /// Its id, which is needed when `raw` is not valid any more.
    id: u64,
    collector: Arc<OutcomeCollector>,
    recalled: Arc<RecallMarks>,
}

// SAFETY: clause *batch*: the memory is shared and unchanged while an index is open.
unsafe impl Send for SharedBatch {}
// SAFETY: as above.
unsafe impl Sync for SharedBatch {}

impl SharedBatch {
    fn raw(&self) -> &RawBatch<'static> {
        // SAFETY: clause *batch*: valid while a message is unfinished, and every caller has one.
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

impl Drop for SharedBatch {
    fn drop(&mut self) {
        self.collector.recalls.remove(self.id);
    }
}

/// A batch that was accepted. Dropping it completes the remaining messages as untouched.
pub struct Batch {
    batch: Arc<SharedBatch>,
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
    /// `raw` must be a valid batch under clause *batch*, with a content and at least one recipient, whose room is reserved in `collector`.
    pub(crate) unsafe fn new(raw: *const RawBatch<'_>, collector: Arc<OutcomeCollector>) -> Self {
        // SAFETY: the caller assures it.
        let (count, id) = unsafe { ((*raw).count, (*raw).id) };
        let recalled = collector.recalls.add(id);
        Self {
            batch: Arc::new(SharedBatch { raw: raw.cast(), id, collector, recalled }),
            next: 0,
            count: u32::try_from(count).unwrap_or(u32::MAX),
        }
    }

    /// Number of messages that are left.
    #[must_use]
    pub const fn len(&self) -> usize {
        (self.count - self.next) as usize
    }

    /// Whether no message is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The content that all recipients get; `None` once no message is left.
    #[must_use]
    pub fn content(&self) -> Option<Content<'_>> {
        (!self.is_empty()).then(|| Content { raw: self.batch.content() })
    }

    /// Whether the batch has priority over bulk messages.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        !self.is_empty() && self.batch.raw().priority > 0
    }

    /// What the host wants back of it.
    pub(crate) fn recalled(&self) -> Arc<RecallMarks> {
        Arc::clone(&self.batch.recalled)
    }

    /// The messages, one by one.
    pub fn into_messages(self) -> impl Iterator<Item = PendingMessage> + Send {
        self
    }

    /// Finishes all messages at once; the fastest way for a transport that does not wait. A panic costs one message. Where the deadline has passed,
    /// `each` is not called.
    pub fn finish_all(mut self, mut each: impl FnMut(&Recipient<'_>) -> Outcome) {
        const CHUNK: usize = 256;
        let (id, expired) = if self.is_empty() { return } else { (self.batch.raw().id, self.batch.is_expired()) };
        while !self.is_empty() {
            let from = self.next;
            let to = from.saturating_add(CHUNK as u32).min(self.count);
            let mut outcomes: Vec<Outcome> = Vec::with_capacity(CHUNK);
            let mut rest = from..to;
            if expired {
                outcomes.extend(rest.by_ref().map(|_| Outcome::expired()));
            }
            // One unwind guard for all: after a panic that message is over, and the rest run behind the next guard.
            while !rest.is_empty() {
                let called = catch_unwind(AssertUnwindSafe(|| {
                    for n in rest.by_ref() {
                        outcomes.push(each(&Recipient { raw: self.batch.recipient(n) }));
                    }
                }));
                if called.is_err() {
                    outcomes.push(Outcome::panicked());
                }
            }
            let raws: Vec<_> = (from..to).zip(&outcomes).map(|(n, outcome)| raw(id, n, outcome)).collect();
            // From here on the messages count as finished, so that no panic completes them again.
            self.next = to;
            self.batch.collector.finish_raw(&raws);
        }
    }
}

impl Iterator for Batch {
    type Item = PendingMessage;

    fn next(&mut self) -> Option<PendingMessage> {
        if self.next >= self.count {
            return None;
        }
        let index = self.next;
        self.next += 1;
        Some(PendingMessage { batch: Arc::clone(&self.batch), index, begun: false, open: true })
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

/// One message to one recipient. It is completed exactly once: by [`finish`](PendingMessage::finish), or when it is dropped: as *untouched* before
/// [`begin`](PendingMessage::begin), as *may have been sent* after it.
#[must_use = "a message that is dropped is completed as untouched"]
pub struct PendingMessage {
    batch: Arc<SharedBatch>,
    index: u32,
    begun: bool,
    open: bool,
}

impl std::fmt::Debug for PendingMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingMessage").field("index", &self.index).field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl PendingMessage {
    /// The content of the message.
    #[must_use]
    pub fn content(&self) -> Content<'_> {
        Content { raw: self.batch.content() }
    }

    /// The recipient of the message.
    #[must_use]
    pub fn recipient(&self) -> Recipient<'_> {
        Recipient { raw: self.batch.recipient(self.index) }
    }

    /// Call it before the first byte is sent: from now on a dropped message "may have been sent".
    pub const fn begin(&mut self) {
        self.begun = true;
    }

    /// Reverts [`begin`](PendingMessage::begin), when it is certain that the provider has not accepted the message.
    pub const fn unbegin(&mut self) {
        self.begun = false;
    }

    /// Whether the host drains the instance: drop a message that is not begun.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.batch.collector.draining.load(Ordering::Relaxed)
    }

    /// Whether the host wants the message back: it was recalled (a stop, a pause, a cancel), or the host drains the instance. Drop a message that is
    /// not begun: the host gets it as untouched.
    #[must_use]
    pub fn is_recalled(&self) -> bool {
        self.is_draining() || self.batch.recalled.covers(self.index)
    }

    /// Whether the deadline of the batch has passed.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.batch.is_expired()
    }

    /// Completes the message with this outcome.
    pub fn finish(mut self, outcome: Outcome) {
        self.complete(outcome);
    }

    fn complete(&mut self, outcome: Outcome) {
        self.open = false;
        let batch = self.batch.raw().id;
        self.batch.collector.finish(batch, self.index, outcome);
    }
}

impl Drop for PendingMessage {
    fn drop(&mut self) {
        if self.open {
            let outcome =
                if self.begun { Outcome::maybe_sent("dropped after it was begun") } else { Outcome::untouched() };
            self.complete(outcome);
        }
    }
}
