//! The content that all recipients of a batch get: texts with placeholders, named values, files.

use crate::recipient::Recipient;
use rundruf_abi::{NO_VAR, RawAttachment, RawContent, RawPair, RawSegment, RawTemplate, View};
use std::borrow::Cow;

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

    /// 0 promotional, 1 confirmation request, 2 service message, 3 stop acknowledgement, 4 legal notice, 5 test.
    #[must_use]
    pub const fn class(&self) -> u32 {
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
        (0..self.raw.meta_count).find_map(|n| {
            // SAFETY: clause *batch*: `meta_count` pairs lie `meta_stride` bytes apart.
            let pair: &RawPair<'static> = unsafe { &*self.raw.meta.byte_add(n * self.raw.meta_stride) };
            (text(&pair.key) == key).then(|| text(&pair.value))
        })
    }

    /// The files of the message.
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

/// A file of a message.
#[derive(Clone, Debug)]
pub struct Attachment<'a> {
    /// File name without a folder.
    pub name: Cow<'a, str>,
    /// Media type, such as `image/jpeg`.
    pub media_type: Cow<'a, str>,
    /// Content of the file.
    pub bytes: &'a [u8],
    /// A link to the same file; may be empty.
    pub url: Cow<'a, str>,
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
        (0..raw.count).map(move |n| {
            // SAFETY: clause *batch*: `count` segments lie `stride` bytes apart.
            let segment: &RawSegment<'static> = unsafe { &*raw.segments.byte_add(n * raw.stride) };
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
