//! A batch as an author sees it: one content, letters that are finished one by one, never two recipients together.

use crate::Outcome;
use crate::collect::{Collector, raw};
use rundruf_abi::{NO_VAR, RawAttachment, RawBatch, RawContent, RawPair, RawRecipient, RawSegment, RawTemplate, View};
use std::borrow::Cow;
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

    /// Finishes all letters at once: for transports that need no time. The fastest way there is.
    pub fn finish_all(mut self, mut each: impl FnMut(&Recipient<'_>) -> Outcome) {
        const PIECE: usize = 256;
        let id = if self.is_empty() { return } else { self.held.raw().id };
        while !self.is_empty() {
            let from = self.next;
            let to = from.saturating_add(PIECE as u32).min(self.count);
            let outcomes: Vec<Outcome> = (from..to).map(|n| each(&Recipient { raw: self.held.recipient(n) })).collect();
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
        let deadline = self.held.raw().deadline_ms;
        deadline != 0 && deadline < crate::host::unix_ms()
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

fn text<'a>(view: &View<'a>) -> Cow<'a, str> {
    // SAFETY: clause *batch*: views inside a batch live as long as it does, which the borrow of the letter assures.
    String::from_utf8_lossy(unsafe { view.bytes() })
}

/// What all recipients of a batch get.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    raw: &'a RawContent<'static>,
}

impl std::fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl<'a> Content<'a> {
    /// Equal ids mean equal content: keep what you made of it.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.raw.content_id
    }

    /// 0 promotional, 1 confirmation request, 2 service message, 3 stop acknowledgement, 4 legal notice, 5 test.
    #[must_use]
    pub const fn class(&self) -> u32 {
        self.raw.class
    }

    /// Kind of address of all recipients.
    #[must_use]
    pub fn channel(&self) -> Cow<'a, str> {
        text(&self.raw.channel)
    }

    /// BCP 47 tag.
    #[must_use]
    pub fn language(&self) -> Cow<'a, str> {
        text(&self.raw.language)
    }

    /// Subject with holes; may be empty.
    #[must_use]
    pub const fn subject(&self) -> Template<'a> {
        Template { raw: &self.raw.subject }
    }

    /// Plain text with holes.
    #[must_use]
    pub const fn text(&self) -> Template<'a> {
        Template { raw: &self.raw.text }
    }

    /// HTML with holes; may be empty. Values must be escaped.
    #[must_use]
    pub const fn html(&self) -> Template<'a> {
        Template { raw: &self.raw.html }
    }

    /// The subject for one recipient.
    #[must_use]
    pub fn subject_for(&self, to: &Recipient<'_>) -> String {
        self.subject().fill(to, false)
    }

    /// The text for one recipient.
    #[must_use]
    pub fn text_for(&self, to: &Recipient<'_>) -> String {
        self.text().fill(to, false)
    }

    /// The HTML for one recipient, values escaped.
    #[must_use]
    pub fn html_for(&self, to: &Recipient<'_>) -> String {
        self.html().fill(to, true)
    }

    /// A named value, see [`RawContent`].
    #[must_use]
    pub fn meta(&self, key: &str) -> Option<Cow<'a, str>> {
        (0..self.raw.meta_count).find_map(|n| {
            // SAFETY: clause *batch*: `meta_count` pairs lie `meta_stride` bytes apart.
            let pair: &RawPair<'static> = unsafe { &*self.raw.meta.byte_add(n * self.raw.meta_stride) };
            (text(&pair.key) == key).then(|| text(&pair.value))
        })
    }

    /// Files that go with it.
    pub fn attachments(&self) -> impl Iterator<Item = Attachment<'a>> {
        let raw = self.raw;
        (0..raw.attachment_count).map(move |n| {
            // SAFETY: clause *batch*: `attachment_count` attachments lie `attachment_stride` bytes apart.
            let a: &RawAttachment<'static> = unsafe { &*raw.attachments.byte_add(n * raw.attachment_stride) };
            Attachment {
                name: text(&a.name),
                media_type: text(&a.media_type),
                // SAFETY: clause *batch*, as in `text`.
                bytes: unsafe { a.bytes.bytes() },
                url: text(&a.url),
            }
        })
    }
}

/// A file.
#[derive(Clone, Debug)]
pub struct Attachment<'a> {
    /// File name without a folder.
    pub name: Cow<'a, str>,
    /// Media type.
    pub media_type: Cow<'a, str>,
    /// The bytes.
    pub bytes: &'a [u8],
    /// A link to the same file; may be empty.
    pub url: Cow<'a, str>,
}

/// A text with holes.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    raw: &'a RawTemplate<'static>,
}

impl<'a> Template<'a> {
    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments().all(|(literal, var)| literal.is_empty() && var.is_none())
    }

    /// The pieces: fixed text, then the number of the recipient's value, if one follows.
    pub fn segments(&self) -> impl Iterator<Item = (Cow<'a, str>, Option<u32>)> {
        let raw = self.raw;
        (0..raw.count).map(move |n| {
            // SAFETY: clause *batch*: `count` segments lie `stride` bytes apart.
            let segment: &RawSegment<'static> = unsafe { &*raw.segments.byte_add(n * raw.stride) };
            (text(&segment.literal), (segment.var != NO_VAR).then_some(segment.var))
        })
    }

    /// The whole text for one recipient.
    #[must_use]
    pub fn fill(&self, to: &Recipient<'_>, escape: bool) -> String {
        let mut out = String::new();
        for (literal, var) in self.segments() {
            out.push_str(&literal);
            let value = var.map(|n| to.var(n)).unwrap_or_default();
            if escape {
                for c in value.chars() {
                    match c {
                        '&' => out.push_str("&amp;"),
                        '<' => out.push_str("&lt;"),
                        '>' => out.push_str("&gt;"),
                        '"' => out.push_str("&quot;"),
                        '\'' => out.push_str("&#39;"),
                        c => out.push(c),
                    }
                }
            } else {
                out.push_str(&value);
            }
        }
        out
    }
}

/// One recipient. `Debug` shows nobody.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    raw: &'a RawRecipient<'static>,
}

impl std::fmt::Debug for Recipient<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipient").field("message_id", &self.message_id_hex()).finish_non_exhaustive()
    }
}

impl<'a> Recipient<'a> {
    /// Names this message for ever: equal on a repeat.
    #[must_use]
    pub const fn message_id(&self) -> [u8; 16] {
        self.raw.message_id
    }

    /// The same as 32 hexadecimal digits.
    #[must_use]
    pub fn message_id_hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |n: u8| DIGITS.get(usize::from(n)).copied().map_or('0', char::from);
        self.raw.message_id.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
    }

    /// The address in the channel's normal form.
    #[must_use]
    pub fn address(&self) -> Cow<'a, str> {
        text(&self.raw.address)
    }

    /// Where one POST ends the subscription.
    #[must_use]
    pub fn unsubscribe_url(&self) -> Option<Cow<'a, str>> {
        let url = text(&self.raw.unsubscribe_url);
        (!url.is_empty()).then_some(url)
    }

    /// Value number `n`; empty if there is none.
    #[must_use]
    pub fn var(&self, n: u32) -> Cow<'a, str> {
        if n as usize >= self.raw.var_count {
            return Cow::Borrowed("");
        }
        // SAFETY: clause *batch*: `var_count` views lie side by side, and the number is below it.
        text(unsafe { &*self.raw.vars.add(n as usize) })
    }

    /// Number of values.
    #[must_use]
    pub const fn var_count(&self) -> usize {
        self.raw.var_count
    }

    /// Proof that it may leave: the number of the consent event.
    #[must_use]
    pub const fn permit(&self) -> u64 {
        self.raw.permit
    }

    /// 1 for the first attempt.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.raw.attempt
    }
}
