//! Owned values → the contract's views. What is made here lives in a box until the last outcome of a batch has come (clause *batch*).

use crate::letter::{Content, Letter, Template};
use crate::wire::{Down, WireBatch, WireContent};
use rundruf_abi::{NO_VAR, RawAttachment, RawBatch, RawContent, RawPair, RawRecipient, RawSegment, RawTemplate, View};
use std::marker::PhantomData;
use std::sync::Arc;

/// A view without a lifetime: whoever makes one keeps what it points to beside it.
fn view(bytes: &[u8]) -> View<'static> {
    View { ptr: bytes.as_ptr(), len: bytes.len(), life: PhantomData }
}

/// A content and its views.
pub(crate) struct ContentMemory {
    raw: Box<RawContent<'static>>,
    _segments: [Vec<RawSegment<'static>>; 3],
    _attachments: Vec<RawAttachment<'static>>,
    _meta: Vec<RawPair<'static>>,
    _bytes: Keep,
}

/// What the views point to.
enum Keep {
    /// A frame of the pipe.
    Frame { _bytes: Vec<u8> },
    /// A content of this process.
    Owned { _content: Arc<Content> },
}

// SAFETY: the views point into memory that the same value owns and never changes.
unsafe impl Send for ContentMemory {}
// SAFETY: as above.
unsafe impl Sync for ContentMemory {}

impl ContentMemory {
    /// Of a content of this process.
    pub(crate) fn owned(content: &Arc<Content>) -> Self {
        let pairs = |t: &Template| t.segments.iter().map(|(s, v)| segment(s, v.unwrap_or(NO_VAR))).collect::<Vec<_>>();
        let segments = [pairs(&content.subject), pairs(&content.text), pairs(&content.html)];
        let attachments = content
            .attachments
            .iter()
            .map(|a| RawAttachment {
                name: view(a.name.as_bytes()),
                media_type: view(a.media_type.as_bytes()),
                bytes: view(&a.bytes),
                url: view(a.url.as_bytes()),
            })
            .collect();
        let meta =
            content.meta.iter().map(|(k, v)| RawPair { key: view(k.as_bytes()), value: view(v.as_bytes()) }).collect();
        let head = (content.id, content.class, view(content.channel.as_bytes()), view(content.language.as_bytes()));
        Self::of(head, segments, attachments, meta, Keep::Owned { _content: Arc::clone(content) })
    }

    /// Of a frame that holds [`Down::Content`]; `None` if it does not.
    pub(crate) fn frame(bytes: Vec<u8>) -> Option<Self> {
        // The views outlive this borrow: they point into the vector's heap memory, which moves into `_bytes` without changing.
        let Ok(Down::Content(wire)) = postcard::from_bytes::<Down<'_>>(&bytes) else { return None };
        let WireContent { id, class, channel, language, subject, text, html, attachments, meta } = wire;
        let pairs = |t: Vec<(&str, u32)>| t.into_iter().map(|(s, v)| segment(s, v)).collect::<Vec<_>>();
        let segments = [pairs(subject), pairs(text), pairs(html)];
        let attachments = attachments
            .into_iter()
            .map(|(name, media_type, url, data)| RawAttachment {
                name: view(name.as_bytes()),
                media_type: view(media_type.as_bytes()),
                bytes: view(data),
                url: view(url.as_bytes()),
            })
            .collect();
        let meta =
            meta.into_iter().map(|(k, v)| RawPair { key: view(k.as_bytes()), value: view(v.as_bytes()) }).collect();
        let head = (id, class, view(channel.as_bytes()), view(language.as_bytes()));
        Some(Self::of(head, segments, attachments, meta, Keep::Frame { _bytes: bytes }))
    }

    fn of(
        (id, class, channel, language): (u64, u32, View<'static>, View<'static>),
        segments: [Vec<RawSegment<'static>>; 3],
        attachments: Vec<RawAttachment<'static>>,
        meta: Vec<RawPair<'static>>,
        keep: Keep,
    ) -> Self {
        let [subject, text, html] = &segments;
        let raw = Box::new(RawContent {
            size: size_of::<RawContent<'static>>() as u32,
            class,
            content_id: id,
            channel,
            language,
            subject: template(subject),
            text: template(text),
            html: template(html),
            attachments: attachments.as_ptr(),
            attachment_count: attachments.len(),
            attachment_stride: size_of::<RawAttachment<'static>>(),
            meta: meta.as_ptr(),
            meta_count: meta.len(),
            meta_stride: size_of::<RawPair<'static>>(),
        });
        Self { raw, _segments: segments, _attachments: attachments, _meta: meta, _bytes: keep }
    }

    /// Its id.
    pub(crate) const fn id(&self) -> u64 {
        self.raw.content_id
    }
}

fn segment(literal: &str, var: u32) -> RawSegment<'static> {
    RawSegment { literal: view(literal.as_bytes()), var, reserved: 0 }
}

fn template(segments: &[RawSegment<'static>]) -> RawTemplate<'static> {
    RawTemplate { segments: segments.as_ptr(), count: segments.len(), stride: size_of::<RawSegment<'static>>() }
}

/// A batch and everything it reaches.
pub(crate) struct BatchMemory {
    raw: Box<RawBatch<'static>>,
    recipients: Vec<RawRecipient<'static>>,
    _vars: Vec<View<'static>>,
    _content: Arc<ContentMemory>,
    keep: KeepLetters,
}

enum KeepLetters {
    Frame { _bytes: Vec<u8> },
    Owned { letters: Vec<Letter> },
}

// SAFETY: the views point into memory that the same value owns and never changes.
unsafe impl Send for BatchMemory {}
// SAFETY: as above.
unsafe impl Sync for BatchMemory {}

impl BatchMemory {
    /// Of letters of this process.
    pub(crate) fn owned(
        id: u64,
        content: Arc<ContentMemory>,
        letters: Vec<Letter>,
        priority: u32,
        deadline_ms: i64,
    ) -> Self {
        let vars: Vec<_> = letters.iter().flat_map(|l| l.vars.iter().map(|v| view(v.as_bytes()))).collect();
        let mut from = 0;
        let recipients = letters
            .iter()
            .map(|l| {
                let raw = RawRecipient {
                    message_id: l.message_id,
                    address: view(l.address.as_bytes()),
                    unsubscribe_url: view(l.unsubscribe_url.as_bytes()),
                    vars: vars.as_ptr().wrapping_add(from),
                    var_count: l.vars.len(),
                    permit: l.permit().evidence().0.cast_unsigned(),
                    attempt: l.attempt,
                    flags: 0,
                };
                from += l.vars.len();
                raw
            })
            .collect();
        Self::of(id, content, recipients, vars, priority, deadline_ms, KeepLetters::Owned { letters })
    }

    /// Of a frame that holds [`Down::Batch`] whose content is known to `find`; `None` if it does not fit together.
    pub(crate) fn frame(bytes: Vec<u8>, find: impl FnOnce(u64) -> Option<Arc<ContentMemory>>) -> Option<Self> {
        // As in `ContentMemory::frame`: the views point into the heap memory of `bytes`, which is kept unchanged.
        let Ok(Down::Batch(WireBatch { id, content, priority, deadline_ms, letters, vars })) =
            postcard::from_bytes::<Down<'_>>(&bytes)
        else {
            return None;
        };
        let content = find(content)?;
        let total: usize = letters.iter().map(|l| l.vars as usize).sum();
        if letters.is_empty() || total != vars.len() {
            return None;
        }
        let vars: Vec<_> = vars.into_iter().map(|v| view(v.as_bytes())).collect();
        let mut from = 0;
        let recipients = letters
            .into_iter()
            .map(|l| {
                let raw = RawRecipient {
                    message_id: l.message_id,
                    address: view(l.address.as_bytes()),
                    unsubscribe_url: view(l.unsubscribe_url.as_bytes()),
                    vars: vars.as_ptr().wrapping_add(from),
                    var_count: l.vars as usize,
                    permit: l.permit,
                    attempt: l.attempt,
                    flags: 0,
                };
                from += l.vars as usize;
                raw
            })
            .collect();
        Some(Self::of(id, content, recipients, vars, priority, deadline_ms, KeepLetters::Frame { _bytes: bytes }))
    }

    fn of(
        id: u64,
        content: Arc<ContentMemory>,
        recipients: Vec<RawRecipient<'static>>,
        vars: Vec<View<'static>>,
        priority: u32,
        deadline_ms: i64,
        keep: KeepLetters,
    ) -> Self {
        let raw = Box::new(RawBatch {
            size: size_of::<RawBatch<'static>>() as u32,
            priority,
            id,
            content: &raw const *content.raw,
            recipients: recipients.as_ptr(),
            count: recipients.len(),
            stride: size_of::<RawRecipient<'static>>(),
            deadline_ms,
        });
        Self { raw, recipients, _vars: vars, _content: content, keep }
    }

    /// What the plugin gets. Valid while this value lives.
    pub(crate) fn raw(&self) -> *const RawBatch<'static> {
        &raw const *self.raw
    }

    /// Its id.
    pub(crate) const fn id(&self) -> u64 {
        self.raw.id
    }

    /// The letters it was made of; none if it came through the pipe.
    pub(crate) fn into_letters(self) -> Vec<Letter> {
        match self.keep {
            KeepLetters::Owned { letters } => letters,
            KeepLetters::Frame { .. } => Vec::new(),
        }
    }

    /// Message ids, by index.
    pub(crate) fn ids(&self) -> Vec<[u8; 16]> {
        self.recipients.iter().map(|r| r.message_id).collect()
    }
}
