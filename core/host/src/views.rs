//! The contract's views of contents and batches, together with the memory that they point into. They live until the last outcome of a batch
//! (clause *batch*).

use crate::id::MessageId;
use crate::message::{MessageBatch, MessageContent};
use crate::wire::batch::{BatchFrame, BatchHeader, RecipientHeader};
use crate::wire::{self, AttachmentFrame, ContentFrame, ToChild};
use rundruf_abi::{
    BatchPriority, MessageClass, RawAttachment, RawBatch, RawContent, RawPair, RawRecipient, RawSegment, RawTemplate,
    View,
};
use std::marker::PhantomData;
use std::sync::Arc;

/// A view without a lifetime; the caller must keep the bytes alive beside it.
fn view(bytes: &[u8]) -> View<'static> {
    View { ptr: bytes.as_ptr(), len: bytes.len(), life: PhantomData }
}

/// The view of a content, and what it points into.
pub(crate) struct ContentViews {
    raw: Box<RawContent<'static>>,
    _segments: [Vec<RawSegment<'static>>; 3],
    _attachments: Vec<RawAttachment<'static>>,
    _meta: Vec<RawPair<'static>>,
    _bytes: ContentBacking,
}

/// The memory that the views point into.
enum ContentBacking {
    Frame {
        _bytes: Vec<u8>,
    },
    /// A content of this process, shared with the engine.
    Owned {
        _content: Arc<MessageContent>,
    },
}

// SAFETY: the views point into memory that this value owns and never changes.
unsafe impl Send for ContentViews {}
// SAFETY: as above.
unsafe impl Sync for ContentViews {}

impl ContentViews {
    /// Views of a content of this process.
    pub(crate) fn owned(content: &Arc<MessageContent>) -> Self {
        Self::of(wire::content::frame(content), ContentBacking::Owned { _content: Arc::clone(content) })
    }

    /// Views of a frame with [`ToChild::Content`]; `None` if it cannot be decoded.
    pub(crate) fn frame(bytes: Vec<u8>) -> Option<Self> {
        let Ok(ToChild::Content(frame)) = postcard::from_bytes::<ToChild<'_>>(&bytes) else { return None };
        let mut views = Self::of(frame, ContentBacking::Frame { _bytes: Vec::new() });
        // The views point into the heap memory of the vector, which moves without changing.
        views._bytes = ContentBacking::Frame { _bytes: bytes };
        Some(views)
    }

    /// Views of what the frame borrows, which is kept alive by `bytes` or by what replaces it.
    fn of(frame: ContentFrame<'_>, bytes: ContentBacking) -> Self {
        let pairs = |t: &[(&str, u32)]| t.iter().map(|(s, v)| segment(s, *v)).collect::<Vec<_>>();
        let segments = [&frame.subject, &frame.text, &frame.html].map(|t| pairs(t));
        let [subject, text, html] = segments.each_ref().map(|t| template(t));
        let attachment = |file: &AttachmentFrame<'_>| RawAttachment {
            name: view(file.name.as_bytes()),
            media_type: view(file.media_type.as_bytes()),
            bytes: view(file.bytes),
            url: view(file.url.as_bytes()),
            file: view(&[]),
            digest: file.digest,
            size: file.bytes.len() as u64,
            flags: 0,
            reserved: 0,
        };
        let attachments: Vec<_> = frame.attachments.iter().map(attachment).collect();
        let pair = |(k, v): &(&str, &str)| RawPair { key: view(k.as_bytes()), value: view(v.as_bytes()) };
        let meta: Vec<_> = frame.meta.iter().map(pair).collect();
        let raw = Box::new(RawContent {
            size: size_of::<RawContent<'static>>() as u32,
            class: MessageClass(frame.class),
            flags: 0,
            reserved: 0,
            content_id: frame.id,
            channel: view(frame.channel.as_bytes()),
            language: view(frame.language.as_bytes()),
            subject,
            text,
            html,
            attachments: attachments.as_ptr(),
            attachment_count: attachments.len(),
            attachment_stride: size_of::<RawAttachment<'static>>(),
            meta: meta.as_ptr(),
            meta_count: meta.len(),
            meta_stride: size_of::<RawPair<'static>>(),
        });
        Self { raw, _segments: segments, _attachments: attachments, _meta: meta, _bytes: bytes }
    }

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

/// The view of a batch, and what it points into.
pub(crate) struct BatchViews {
    raw: Box<RawBatch<'static>>,
    recipients: Vec<RawRecipient<'static>>,
    _vars: Vec<View<'static>>,
    _content: Arc<ContentViews>,
    keep: BatchBacking,
}

enum BatchBacking {
    Frame { _bytes: Vec<u8> },
    Owned { messages: Box<MessageBatch> },
}

// SAFETY: the views point into memory that this value owns and never changes.
unsafe impl Send for BatchViews {}
// SAFETY: as above.
unsafe impl Sync for BatchViews {}

impl BatchViews {
    /// Views of messages of this process; returns the messages if their lengths are inconsistent, which `MessageBatch::push` rules out.
    pub(crate) fn owned(
        header: BatchHeader,
        content: Arc<ContentViews>,
        messages: MessageBatch,
    ) -> Result<Self, MessageBatch> {
        let (heads, vars) = (messages.heads.iter().map(RecipientHeader::from), messages.vars.iter().copied());
        match lay_out(messages.len(), heads, vars, messages.texts.as_bytes()) {
            Some((recipients, vars)) => {
                Ok(Self::of(header, content, recipients, vars, BatchBacking::Owned { messages: Box::new(messages) }))
            }
            None => Err(messages),
        }
    }

    /// Views of a frame with a batch; `find` returns its content. `None` if the frame is inconsistent or the content unknown.
    pub(crate) fn frame(bytes: Vec<u8>, find: impl FnOnce(u64) -> Option<Arc<ContentViews>>) -> Option<Self> {
        // As in `ContentViews::frame`: the views point into the heap memory of `bytes`, which is kept unchanged.
        let frame = BatchFrame::read(&bytes)?;
        let (recipients, vars) = lay_out(frame.count(), frame.recipients(), frame.vars(), frame.texts)?;
        let (header, content) = (frame.header, find(frame.header.content)?);
        Some(Self::of(header, content, recipients, vars, BatchBacking::Frame { _bytes: bytes }))
    }

    fn of(
        header: BatchHeader,
        content: Arc<ContentViews>,
        recipients: Vec<RawRecipient<'static>>,
        vars: Vec<View<'static>>,
        keep: BatchBacking,
    ) -> Self {
        let BatchHeader { id, priority, deadline_ms, .. } = header;
        let raw = Box::new(RawBatch {
            size: size_of::<RawBatch<'static>>() as u32,
            priority: BatchPriority(priority),
            flags: 0,
            reserved: 0,
            id,
            content: &raw const *content.raw,
            recipients: recipients.as_ptr(),
            count: recipients.len(),
            stride: size_of::<RawRecipient<'static>>(),
            deadline_ms,
        });
        Self { raw, recipients, _vars: vars, _content: content, keep }
    }

    /// The batch for the plugin; valid while this value lives.
    pub(crate) fn raw(&self) -> *const RawBatch<'static> {
        &raw const *self.raw
    }

    pub(crate) const fn id(&self) -> u64 {
        self.raw.id
    }

    /// The messages it was made of; an empty batch if it came through the pipe.
    pub(crate) fn into_messages(self) -> MessageBatch {
        match self.keep {
            BatchBacking::Owned { messages } => *messages,
            BatchBacking::Frame { .. } => MessageBatch::default(),
        }
    }

    pub(crate) fn ids(&self) -> Vec<MessageId> {
        self.recipients.iter().map(|r| MessageId(r.message_id)).collect()
    }
}

/// Views of recipients whose texts are concatenated; `None` if there is no recipient, or if lengths and texts are inconsistent.
fn lay_out(
    count: usize,
    headers: impl Iterator<Item = RecipientHeader>,
    mut lengths: impl ExactSizeIterator<Item = u32>,
    texts: &[u8],
) -> Option<(Vec<RawRecipient<'static>>, Vec<View<'static>>)> {
    let (mut recipients, mut vars) = (Vec::with_capacity(count), Vec::<View<'static>>::with_capacity(lengths.len()));
    let mut rest = texts;
    let mut take = |length: u32| {
        let (text, after) = rest.split_at_checked(length as usize)?;
        rest = after;
        Some(view(text))
    };
    for l in headers {
        let (address, unsubscribe_url) = (take(l.address)?, take(l.unsubscribe_url)?);
        // The capacity suffices for all values, so the vector never moves.
        let first = vars.as_ptr().wrapping_add(vars.len());
        for _ in 0..l.vars {
            vars.push(take(lengths.next()?)?);
        }
        recipients.push(RawRecipient {
            message_id: l.message_id.0,
            address,
            unsubscribe_url,
            vars: first,
            var_count: l.vars as usize,
            permit: l.permit,
            attempt: l.attempt,
            flags: 0,
        });
    }
    (rest.is_empty() && lengths.next().is_none() && !recipients.is_empty()).then_some((recipients, vars))
}
