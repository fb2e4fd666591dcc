//! Batches as a plugin gets them, in pages whose access can be taken away.

use crate::machine::Chance;
use crate::pages::{Forbidden, Pages};
use rundruf_abi::{NO_VAR, RawBatch, RawContent, RawPair, RawRecipient, RawSegment, RawTemplate, View};
use std::marker::PhantomData;

/// What is sent, and how it lies in memory.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// Kind of address.
    pub(crate) channel: String,
    /// Stands in the text, so that it is found again at the other side.
    pub(crate) mark: String,
    /// More text, for its length.
    pub(crate) more: Vec<u8>,
    /// No text at all.
    pub(crate) empty: bool,
    /// Who gets it.
    pub(crate) to: Vec<Vec<u8>>,
    /// Bytes behind each element of each array, as a later host would have them.
    pub(crate) tail: usize,
    /// Fills these.
    pub(crate) seed: u64,
    /// After this time nothing may be begun.
    pub(crate) deadline_ms: i64,
}

/// A batch in memory.
pub(crate) struct Batch {
    raw: *const RawBatch<'static>,
    /// Its id.
    pub(crate) id: u64,
    /// Its letters.
    pub(crate) count: usize,
    pages: Pages,
}

// SAFETY: the memory is the batch's own, and unchanged once it is made.
unsafe impl Send for Batch {}
// SAFETY: as above.
unsafe impl Sync for Batch {}

impl Batch {
    /// What the plugin gets.
    pub(crate) const fn raw(&self) -> *const RawBatch<'static> {
        self.raw
    }

    /// Gives its memory back.
    ///
    /// # Safety
    /// Its last index was completed long ago (clause *batch*), and nobody of ours looks at it any more.
    pub(crate) unsafe fn give_back(&self) {
        // SAFETY: the caller vouches for it.
        unsafe { self.pages.give_back() };
    }

    /// Takes access away.
    pub(crate) fn guard(&self, what: Forbidden) {
        self.pages.guard(what);
    }
}

/// An address of this channel that nobody has and that rehearses nothing.
pub(crate) fn address(channel: &str, n: u64) -> Vec<u8> {
    let text = match channel {
        "sms" | "signal" | "whatsapp" | "rcs" => format!("+4917{:07}7", n % 10_000_000),
        "threema" => format!("K{:07}", n % 10_000_000),
        "matrix" => format!("@kit-{n}:kit.example"),
        "email" | "xmpp" => format!("kit-{n}@kit.example"),
        _ => format!("kit-{n}"),
    };
    text.into_bytes()
}

/// Whether one of the first of these addresses stands in a text.
pub(crate) fn names_somebody(channels: &[String], text: &str) -> bool {
    let channel = channels.first().map_or("", String::as_str);
    let all = (0..64).map(|n| String::from_utf8_lossy(&address(channel, n)).into_owned());
    all.filter(|who| who.len() > 5).any(|who| text.contains(&who))
}

struct Writer {
    pages: Pages,
    tail: usize,
    chance: Chance,
}

impl Writer {
    /// An array, each element with its tail.
    fn array<T: Copy>(&mut self, elements: &[T]) -> (*const T, usize) {
        let stride = size_of::<T>() + self.tail;
        if elements.is_empty() {
            return (std::ptr::null(), stride);
        }
        let start = self.pages.room(stride * elements.len());
        for (n, element) in elements.iter().enumerate() {
            let tail = self.chance.bytes(self.tail);
            // SAFETY: room for `stride` bytes for each element was taken just now; the stride keeps an alignment of 8.
            unsafe {
                let at = start.add(n * stride);
                at.cast::<T>().write(*element);
                std::ptr::copy_nonoverlapping(tail.as_ptr(), at.add(size_of::<T>()), tail.len());
            }
        }
        (start.cast(), stride)
    }

    fn template(&mut self, parts: &[(&[u8], u32)]) -> RawTemplate<'static> {
        let segments: Vec<_> = parts
            .iter()
            .map(|(literal, var)| RawSegment { literal: self.pages.bytes(literal), var: *var, reserved: 0 })
            .collect();
        let (first, stride) = self.array(&segments);
        RawTemplate { segments: first, count: segments.len(), stride }
    }

    fn pairs(&mut self, pairs: &[(&str, &str)]) -> (*const RawPair<'static>, usize, usize) {
        let made: Vec<_> = pairs
            .iter()
            .map(|(k, v)| RawPair { key: self.pages.bytes(k.as_bytes()), value: self.pages.bytes(v.as_bytes()) })
            .collect();
        let (first, stride) = self.array(&made);
        (first, made.len(), stride)
    }
}

impl Mail {
    /// An ordinary message to so many people.
    pub(crate) fn new(channel: &str, people: std::ops::Range<u64>) -> Self {
        Self {
            channel: channel.to_owned(),
            mark: "rundruf-check".to_owned(),
            more: Vec::new(),
            empty: false,
            to: people.map(|n| address(channel, n)).collect(),
            tail: 0,
            seed: 0,
            deadline_ms: 0,
        }
    }

    /// Lays it out.
    pub(crate) fn lay(&self, id: u64) -> Batch {
        let each = 512 + 4 * self.tail;
        let bytes = 8 * 1024 + 24 * self.tail + self.more.len() + self.to.iter().map(|a| a.len() + each).sum::<usize>();
        let mut w = Writer { pages: Pages::new(bytes), tail: self.tail, chance: Chance::new(self.seed) };
        let text = [(b"Hallo ".as_slice(), 0), (b", frisches Brot: ", NO_VAR), (self.mark.as_bytes(), NO_VAR)];
        let more = [(b"\n".as_slice(), NO_VAR), (self.more.as_slice(), NO_VAR)];
        let (subject, text) = if self.empty {
            (w.template(&[]), w.template(&[]))
        } else {
            (w.template(&[(b"Hallo ", 0)]), w.template(&[text.as_slice(), more.as_slice()].concat()))
        };
        let (meta, meta_count, meta_stride) = w.pairs(&[
            ("sender-name", "Prüfstand"),
            ("imprint-url", "https://kit.example/imprint"),
            ("privacy-url", "https://kit.example/privacy"),
            ("list-name", "check"),
            ("list-title", "Check"),
            ("list-id-domain", "kit.example"),
            ("date", "2026-11-26T10:00:00Z"),
        ]);
        let content = RawContent {
            size: size_of::<RawContent<'static>>() as u32,
            class: 5,
            content_id: id,
            channel: w.pages.bytes(self.channel.as_bytes()),
            language: w.pages.bytes(b"de"),
            subject,
            text,
            html: RawTemplate { segments: std::ptr::null(), count: 0, stride: size_of::<RawSegment<'static>>() },
            attachments: std::ptr::null(),
            attachment_count: 0,
            attachment_stride: size_of::<rundruf_abi::RawAttachment<'static>>(),
            meta,
            meta_count,
            meta_stride,
        };
        let content = w.pages.put(content);
        let recipients: Vec<_> = (0_u64..).zip(&self.to).map(|(n, to)| recipient(&mut w, id, n, to)).collect();
        let (first, stride) = w.array(&recipients);
        let raw = RawBatch {
            size: size_of::<RawBatch<'static>>() as u32,
            priority: 0,
            id,
            content,
            recipients: first,
            count: recipients.len(),
            stride,
            deadline_ms: self.deadline_ms,
        };
        let raw = w.pages.put(raw);
        Batch { raw, id, count: recipients.len(), pages: w.pages }
    }
}

fn recipient(w: &mut Writer, id: u64, n: u64, to: &[u8]) -> RawRecipient<'static> {
    let mut message_id = [0; 16];
    let (batch, index) = message_id.split_at_mut(8);
    batch.copy_from_slice(&id.to_be_bytes());
    index.copy_from_slice(&n.to_be_bytes());
    let name = w.pages.bytes(format!("Name{n}").as_bytes());
    let vars = w.pages.put(View { ptr: name.ptr, len: name.len, life: PhantomData });
    RawRecipient {
        message_id,
        address: w.pages.bytes(to),
        unsubscribe_url: w.pages.bytes(b"https://kit.example/u/T"),
        vars,
        var_count: 1,
        permit: n + 1,
        attempt: 1,
        flags: 0,
    }
}
