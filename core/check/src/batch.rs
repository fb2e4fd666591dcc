//! Batches as a plugin gets them, laid out in pages whose access can be taken away.

use crate::guard_pages::{ForbiddenAccess, GuardPages};
use crate::random::SeededRandom;
use rundruf_abi::{
    BatchPriority, MessageClass, NO_VAR, RawAttachment, RawBatch, RawContent, RawPair, RawRecipient, RawSegment,
    RawTemplate, View,
};
use std::marker::PhantomData;

/// One content for some recipients, and how it is laid out in memory.
#[derive(Clone, Debug)]
pub(crate) struct TestMessage {
    /// Kind of address.
    pub(crate) channel: String,
    /// A part of the text by which the message is found in what the fake server received.
    pub(crate) marker: String,
    pub(crate) extra_text: Vec<u8>,
    /// Whether subject and text are missing.
    pub(crate) empty: bool,
    pub(crate) addresses: Vec<Vec<u8>>,
    /// Bytes behind each element of each array, as if a later host had more fields.
    pub(crate) padding: usize,
    /// Seed of the bytes in the padding.
    pub(crate) seed: u64,
    /// Unix time in milliseconds after which no message may be begun; 0: none.
    pub(crate) deadline_ms: i64,
    /// The variable of each recipient; where there is none, `Name` and its number.
    pub(crate) names: Vec<String>,
    /// Whether [`ATTACHMENT`] is attached.
    pub(crate) has_attachment: bool,
}

/// What belongs to one recipient: a text that is nowhere else. `own` tells checks apart that run at the same time.
pub(crate) fn canary(own: u32, n: usize) -> String {
    format!("Zq{own}x{n:02}w")
}

/// Whether a text contains one of the first canaries of this check.
pub(crate) fn names_canary(own: u32, text: &str) -> bool {
    (0..16).any(|n| text.contains(&canary(own, n)))
}

/// The content of the attachment, and its SHA-256.
pub(crate) const ATTACHMENT: &[u8] =
    b"rundruf-check attachment canary: zq7f3a9c-4e21-anlage-b80d. rundruf-check attachment canary: zq7f3a9c-4e21-anlage-b80d. rundruf-check attachment canary: zq7f3a9c-4e21-anlage-b80d. rundruf-check attachment canary: zq7f3a9c-4e21-anlage-b80d. ";
const ATTACHMENT_DIGEST: [u8; 32] = [
    0x6b, 0xbd, 0xcd, 0x91, 0xa3, 0xf7, 0x94, 0x02, 0xfa, 0x95, 0x2e, 0xe9, 0x23, 0x7c, 0x7c, 0xa8, 0x50, 0x29, 0x57,
    0x2d, 0x10, 0x90, 0x07, 0x4d, 0x8b, 0xa9, 0x16, 0x51, 0x01, 0x14, 0xbc, 0x00,
];

/// A batch in memory. The memory stays mapped when the value is dropped.
pub(crate) struct TestBatch {
    raw: *const RawBatch<'static>,
    /// The id that outcomes name.
    pub(crate) id: u64,
    pub(crate) count: usize,
    pages: GuardPages,
}

// SAFETY: the batch owns the memory, which does not change once it is laid out.
unsafe impl Send for TestBatch {}
// SAFETY: as above.
unsafe impl Sync for TestBatch {}

impl TestBatch {
    pub(crate) const fn raw(&self) -> *const RawBatch<'static> {
        self.raw
    }

    /// Unmaps the memory.
    ///
    /// # Safety
    /// The last index was completed (clause *batch*), and no code of the check uses the batch any more.
    pub(crate) unsafe fn unmap(&self) {
        // SAFETY: the caller assures it.
        unsafe { self.pages.unmap() };
    }

    /// Takes the access away.
    pub(crate) fn guard(&self, what: ForbiddenAccess) {
        self.pages.guard(what);
    }
}

/// A valid address of a channel that belongs to no person and has no meaning for the transport `sandbox`.
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

/// Whether a text contains one of the first 64 test addresses.
pub(crate) fn names_test_recipient(channels: &[String], text: &str) -> bool {
    let channel = channels.first().map_or("", String::as_str);
    let all = (0..64).map(|n| String::from_utf8_lossy(&address(channel, n)).into_owned());
    all.filter(|address| address.len() > 5).any(|address| text.contains(&address))
}

struct BatchWriter {
    pages: GuardPages,
    padding: usize,
    random: SeededRandom,
}

impl BatchWriter {
    /// Writes an array, each element with its padding; returns the first element and the stride.
    fn array<T: Copy>(&mut self, elements: &[T]) -> (*const T, usize) {
        let stride = size_of::<T>() + self.padding;
        if elements.is_empty() {
            return (std::ptr::null(), stride);
        }
        let start = self.pages.reserve(stride * elements.len());
        for (n, element) in elements.iter().enumerate() {
            let padding = self.random.bytes(self.padding);
            // SAFETY: `stride` bytes for each element were reserved just now; the stride keeps an alignment of 8.
            unsafe {
                let at = start.add(n * stride);
                at.cast::<T>().write(*element);
                std::ptr::copy_nonoverlapping(padding.as_ptr(), at.add(size_of::<T>()), padding.len());
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

impl TestMessage {
    /// An ordinary message to the test addresses with these numbers.
    pub(crate) fn new(channel: &str, recipients: std::ops::Range<u64>) -> Self {
        Self {
            channel: channel.to_owned(),
            marker: "rundruf-check".to_owned(),
            extra_text: Vec::new(),
            empty: false,
            addresses: recipients.map(|n| address(channel, n)).collect(),
            padding: 0,
            seed: 0,
            deadline_ms: 0,
            names: Vec::new(),
            has_attachment: false,
        }
    }

    /// Lays the batch out in memory.
    pub(crate) fn to_batch(&self, id: u64) -> TestBatch {
        let each = 512 + 4 * self.padding;
        let bytes = 8 * 1024
            + 24 * self.padding
            + self.extra_text.len()
            + 1024
            + self.padding
            + self.addresses.iter().map(|a| a.len() + each).sum::<usize>();
        let mut w =
            BatchWriter { pages: GuardPages::new(bytes), padding: self.padding, random: SeededRandom::new(self.seed) };
        let text = [(b"Hallo ".as_slice(), 0), (b", frisches Brot: ", NO_VAR), (self.marker.as_bytes(), NO_VAR)];
        let more = [(b"\n".as_slice(), NO_VAR), (self.extra_text.as_slice(), NO_VAR)];
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
        let attachment = RawAttachment {
            name: w.pages.bytes(b"anlage.txt"),
            media_type: w.pages.bytes(b"text/plain"),
            bytes: w.pages.bytes(ATTACHMENT),
            url: w.pages.bytes(b"https://kit.example/f/T"),
            file: View::EMPTY,
            digest: ATTACHMENT_DIGEST,
            size: ATTACHMENT.len() as u64,
            flags: 0,
            reserved: 0,
        };
        let (attachments, attachment_stride) =
            w.array(if self.has_attachment { std::slice::from_ref(&attachment) } else { &[] });
        let content = RawContent {
            size: size_of::<RawContent<'static>>() as u32,
            class: MessageClass::TEST,
            flags: 0,
            reserved: 0,
            content_id: id,
            channel: w.pages.bytes(self.channel.as_bytes()),
            language: w.pages.bytes(b"de"),
            subject,
            text,
            html: RawTemplate { segments: std::ptr::null(), count: 0, stride: size_of::<RawSegment<'static>>() },
            attachments,
            attachment_count: usize::from(self.has_attachment),
            attachment_stride,
            meta,
            meta_count,
            meta_stride,
        };
        let content = w.pages.put(content);
        let recipients: Vec<_> = (0_usize..)
            .zip(&self.addresses)
            .map(|(n, address)| {
                let name = self.names.get(n).cloned().unwrap_or_else(|| format!("Name{n}"));
                recipient(&mut w, id, n as u64, address, &name)
            })
            .collect();
        let (first, stride) = w.array(&recipients);
        let raw = RawBatch {
            size: size_of::<RawBatch<'static>>() as u32,
            priority: BatchPriority::BULK,
            flags: 0,
            reserved: 0,
            id,
            content,
            recipients: first,
            count: recipients.len(),
            stride,
            deadline_ms: self.deadline_ms,
        };
        let raw = w.pages.put(raw);
        TestBatch { raw, id, count: recipients.len(), pages: w.pages }
    }
}

fn recipient(w: &mut BatchWriter, id: u64, n: u64, address: &[u8], name: &str) -> RawRecipient<'static> {
    let mut message_id = [0; 16];
    let (batch, index) = message_id.split_at_mut(8);
    batch.copy_from_slice(&id.to_be_bytes());
    index.copy_from_slice(&n.to_be_bytes());
    let name = w.pages.bytes(name.as_bytes());
    let vars = w.pages.put(View { ptr: name.ptr, len: name.len, life: PhantomData });
    RawRecipient {
        message_id,
        address: w.pages.bytes(address),
        unsubscribe_url: w.pages.bytes(b"https://kit.example/u/T"),
        vars,
        var_count: 1,
        permit: n + 1,
        attempt: 1,
        flags: 0,
    }
}
