//! The content that all recipients of a batch get: texts with placeholders, named values, files.

use crate::recipient::Recipient;
use rundruf_abi::{Growing, MessageClass, NO_VAR, RawContent, RawSegment, RawTemplate, StridedView, View};
use std::borrow::Cow;
use std::path::PathBuf;

/// The content that all recipients of a batch get.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    pub(crate) raw: &'a RawContent<'static>,
}

impl std::fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl<'a> Content<'a> {
    /// Equal ids mean equal content: a transport may cache what it makes of it.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.raw.content_id
    }

    /// Why the message is sent.
    #[must_use]
    pub const fn class(&self) -> MessageClass {
        self.raw.class
    }

    /// Channel of all recipients, such as `email`.
    #[must_use]
    pub fn channel(&self) -> Cow<'a, str> {
        text(&self.raw.channel)
    }

    /// Language of the content, as a BCP 47 tag.
    #[must_use]
    pub fn language(&self) -> Cow<'a, str> {
        text(&self.raw.language)
    }

    /// Subject with placeholders; may be empty.
    #[must_use]
    pub const fn subject(&self) -> Template<'a> {
        Template { raw: &self.raw.subject }
    }

    /// Plain text with placeholders.
    #[must_use]
    pub const fn text(&self) -> Template<'a> {
        Template { raw: &self.raw.text }
    }

    /// HTML with placeholders; may be empty. Escape the values.
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

    /// A named value; [`RawContent`] lists the names.
    #[must_use]
    pub fn meta(&self, key: &str) -> Option<Cow<'a, str>> {
        let raw = self.raw;
        // SAFETY: clause *batch*: `meta_count` pairs lie `meta_stride` bytes apart.
        let pairs = unsafe { array(raw.meta, raw.meta_count, raw.meta_stride) };
        pairs
            .into_iter()
            .flat_map(StridedView::iter)
            .find_map(|pair| (text(&pair.key) == key).then(|| text(&pair.value)))
    }

    /// The files of the message.
    pub fn attachments(&self) -> impl Iterator<Item = Attachment<'a>> {
        let raw = self.raw;
        // SAFETY: clause *batch*: `attachment_count` attachments lie `attachment_stride` bytes apart.
        let files = unsafe { array(raw.attachments, raw.attachment_count, raw.attachment_stride) };
        files.into_iter().flat_map(StridedView::iter).map(|file| Attachment {
            name: text(&file.name),
            media_type: text(&file.media_type),
            // SAFETY: clause *batch*, as in `text`.
            bytes: unsafe { file.bytes.bytes() },
            url: text(&file.url),
            file: (file.file.len > 0).then(|| PathBuf::from(text(&file.file).into_owned())),
            digest: file.digest,
            size: file.size,
        })
    }
}

/// A file of a message.
#[derive(Clone, Debug)]
pub struct Attachment<'a> {
    /// File name without a folder.
    pub name: Cow<'a, str>,
    /// Media type, such as `image/jpeg`.
    pub media_type: Cow<'a, str>,
    /// Content of the file; empty if [`file`](Attachment::file) has it.
    pub bytes: &'a [u8],
    /// A link to the same file; may be empty.
    pub url: Cow<'a, str>,
    /// A file with the content, to be read only; `None` if [`bytes`](Attachment::bytes) has it.
    pub file: Option<PathBuf>,
    /// SHA-256 of the content: equal files have equal digests, also in other contents.
    pub digest: [u8; 32],
    /// Size in bytes.
    pub size: u64,
}

/// An array of a content; `None` if it is not a valid one.
unsafe fn array<'a, T: Growing>(first: *const T, count: usize, stride: usize) -> Option<StridedView<'a, T>> {
    // SAFETY: the caller assures it (clause *batch*).
    unsafe { StridedView::new(first, count, stride, MAX_ELEMENTS) }
}

/// More elements than any content has.
const MAX_ELEMENTS: usize = 1 << 20;

/// Whether every array of the content can be read.
///
/// # Safety
/// The content is one of the host's (clause *batch*).
pub(crate) unsafe fn is_readable(raw: &RawContent<'static>) -> bool {
    let texts = [&raw.subject, &raw.text, &raw.html];
    // SAFETY: the caller assures it.
    unsafe {
        texts.iter().all(|t| array(t.segments, t.count, t.stride).is_some())
            && array(raw.meta, raw.meta_count, raw.meta_stride).is_some()
            && array(raw.attachments, raw.attachment_count, raw.attachment_stride).is_some()
    }
}

/// A text with placeholders for the values of a recipient.
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

    /// The segments: fixed text, then the number of the recipient's value that follows, if any.
    pub fn segments(&self) -> impl Iterator<Item = (Cow<'a, str>, Option<u32>)> {
        let raw = self.raw;
        // SAFETY: clause *batch*: `count` segments lie `stride` bytes apart.
        let segments = unsafe { array(raw.segments, raw.count, raw.stride) };
        segments.into_iter().flat_map(StridedView::iter).map(|segment: RawSegment<'static>| {
            (text(&segment.literal), (segment.var != NO_VAR).then_some(segment.var))
        })
    }

    /// The text for one recipient; `escape`: HTML-escapes the values.
    #[must_use]
    pub fn fill(&self, to: &Recipient<'_>, escape: bool) -> String {
        let mut out = String::new();
        for (literal, var) in self.segments() {
            out.push_str(&literal);
            let value = var.map(|n| to.var(n)).unwrap_or_default();
            out.push_str(&if escape { escape_html(&value) } else { value });
        }
        out
    }
}

/// Escapes a value for HTML: element content and quoted attributes.
#[must_use]
pub fn escape_html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text.into();
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;").into()
}

/// The text of a view inside a batch.
pub(crate) fn text<'a>(view: &View<'a>) -> Cow<'a, str> {
    // SAFETY: clause *batch*: views inside a batch live as long as it does, which the borrow of the message assures.
    String::from_utf8_lossy(unsafe { view.bytes() })
}
