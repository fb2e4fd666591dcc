//! A batch for authors: messages that are finished one by one, each with a single recipient.

use crate::Outcome;
use crate::content::Content;
use crate::outcome_collector::{OutcomeCollector, RawOutcomes};
use crate::recall::RecallMarks;
use crate::recipient::Recipient;
use rundruf_abi::{
    BatchPriority, Growing, MUST_UNDERSTAND, RawBatch, RawBegun, RawContent, RawRecipient, Status, StridedView,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A batch of the host, read into structs of this version. What they point to is valid while one of its messages is unfinished (clause *batch*): only
/// [`PendingMessage`] and [`Batch`] look there, and both have unfinished messages by construction.
pub(crate) struct ReadBatch {
    raw: RawBatch<'static>,
    content: RawContent<'static>,
    recipients: StridedView<'static, RawRecipient<'static>>,
}

impl ReadBatch {
    /// Reads and checks a batch.
    ///
    /// # Safety
    /// Null, or a batch under clause *batch*.
    ///
    /// # Errors
    /// The status for the host, if it breaks the contract or says something that must be understood and is not.
    pub(crate) unsafe fn read(batch: *const RawBatch<'_>) -> Result<Self, Status> {
        if batch.is_null() {
            return Err(Status::NULL_POINTER);
        }
        // SAFETY: the caller assures it, also of what the batch points to.
        unsafe {
            let raw = RawBatch::read_sized(batch.cast::<RawBatch<'static>>()).ok_or(Status::BAD_ARGUMENT)?;
            let content = RawContent::read_sized(raw.content).ok_or(Status::BAD_ARGUMENT)?;
            let recipients = StridedView::new(raw.recipients, raw.count, raw.stride, MAX_RECIPIENTS);
            let recipients = recipients.filter(|all| !all.is_empty()).ok_or(Status::BAD_ARGUMENT)?;
            if !crate::content::is_readable(&content) {
                return Err(Status::BAD_ARGUMENT);
            }
            if (raw.flags | content.flags) & MUST_UNDERSTAND != 0 {
                return Err(Status::UNSUPPORTED);
            }
            Ok(Self { raw, content, recipients })
        }
    }

    /// Number of recipients.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.recipients.len()).unwrap_or(u32::MAX)
    }
}

/// More than any manifest allows.
const MAX_RECIPIENTS: usize = 1 << 24;

struct SharedBatch {
    read: ReadBatch,
    collector: Arc<OutcomeCollector>,
    recalled: Arc<RecallMarks>,
}

// SAFETY: clause *batch*: the memory is shared and unchanged while an index is open.
unsafe impl Send for SharedBatch {}
// SAFETY: as above.
unsafe impl Sync for SharedBatch {}

impl SharedBatch {
    /// The recipient with this index. The borrow keeps an unfinished message, and so the memory behind the views.
    fn recipient(&self, index: u32) -> Recipient<'_> {
        // The index is below the count by construction; an empty recipient is sent nothing.
        Recipient::new(self.read.recipients.get(index as usize))
    }

    fn is_expired(&self) -> bool {
        let deadline = self.read.raw.deadline_ms;
        deadline != 0 && deadline < crate::host::unix_ms()
    }

    const fn content(&self) -> &RawContent<'static> {
        &self.read.content
    }

    const fn id(&self) -> u64 {
        self.read.raw.id
    }
}

impl Drop for SharedBatch {
    fn drop(&mut self) {
        self.collector.recalls.remove(self.id());
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
    /// A batch whose room is reserved in `collector`.
    pub(crate) fn new(read: ReadBatch, collector: Arc<OutcomeCollector>) -> Self {
        let (count, recalled) = (read.count(), collector.recalls.add(read.raw.id));
        Self { batch: Arc::new(SharedBatch { read, collector, recalled }), next: 0, count }
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
        self.batch.read.raw.priority.0 >= BatchPriority::AHEAD.0
    }

    /// What the host wants back of it.
    pub(crate) fn recalled(&self) -> Arc<RecallMarks> {
        Arc::clone(&self.batch.recalled)
    }

    /// The messages, one by one. One that the host wants back, or whose deadline has passed, is completed on the way and not given out.
    pub fn into_messages(self) -> impl Iterator<Item = PendingMessage> + Send {
        self
    }

    /// Finishes all messages at once; the fastest way for a transport that does not wait. A panic costs one message. Where the deadline has passed,
    /// `each` is not called.
    pub fn finish_all(mut self, mut each: impl FnMut(&Recipient<'_>) -> Outcome) {
        const CHUNK: usize = 256;
        let (id, expired) = if self.is_empty() { return } else { (self.batch.id(), self.batch.is_expired()) };
        while !self.is_empty() {
            let from = self.next;
            let to = from.saturating_add(CHUNK as u32).min(self.count);
            let mut outcomes: Vec<Outcome> = Vec::with_capacity(CHUNK);
            let mut rest = from..to;
            if expired {
                outcomes.extend(rest.by_ref().map(|_| Outcome::expired()));
            } else if self.batch.collector.tells_begun {
                let begun: Vec<_> = rest.clone().map(|index| RawBegun { batch: id, index, reserved: 0 }).collect();
                self.batch.collector.begun(&begun);
            }
            // One unwind guard for all: after a panic that message is over, and the rest run behind the next guard.
            while !rest.is_empty() {
                let called = catch_unwind(AssertUnwindSafe(|| {
                    for n in rest.by_ref() {
                        outcomes.push(each(&self.batch.recipient(n)));
                    }
                }));
                if called.is_err() {
                    outcomes.push(Outcome::panicked());
                }
            }
            let raws = RawOutcomes::new((from..to).zip(&outcomes).map(|(n, outcome)| (id, n, outcome)));
            // From here on the messages count as finished, so that no panic completes them again.
            self.next = to;
            self.batch.collector.finish_raw(raws.all());
        }
    }
}

impl Iterator for Batch {
    type Item = PendingMessage;

    fn next(&mut self) -> Option<PendingMessage> {
        while self.next < self.count {
            let index = self.next;
            self.next += 1;
            let message = PendingMessage { batch: Arc::clone(&self.batch), index, begun: false, open: true };
            // A transport that overrides `send_batch` keeps these guards: what is dropped here goes back to the queue.
            if message.is_recalled() {
                continue;
            }
            if message.is_expired() {
                message.finish(Outcome::expired());
                continue;
            }
            return Some(message);
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.len()))
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
        self.batch.recipient(self.index)
    }

    /// Call it before the first byte is sent: from now on a dropped message "may have been sent". The host hears of it where the transport
    /// [tells](crate::Transport::TELLS_BEGUN).
    pub fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) && self.batch.collector.tells_begun {
            self.batch.collector.begun(&[RawBegun { batch: self.batch.id(), index: self.index, reserved: 0 }]);
        }
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
        self.batch.collector.finish(self.batch.id(), self.index, outcome);
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
