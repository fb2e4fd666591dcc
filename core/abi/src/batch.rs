//! A batch: one content, many recipients. Nothing here names a list, a consent or a contact by an id of the database.

use crate::View;

/// In [`RawSegment::var`]: nothing follows the literal.
pub const NO_VAR: u32 = u32::MAX;

/// A piece of text: the literal, then the recipient's value number `var` (if it is not [`NO_VAR`]).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawSegment<'a> {
    /// Fixed text.
    pub literal: View<'a>,
    /// Index into the recipient's `vars`, or [`NO_VAR`].
    pub var: u32,
    /// Reserved, 0.
    pub reserved: u32,
}

/// A text with placeholders: the segments, one after the other.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawTemplate<'a> {
    /// First segment; may be null when `count` is 0.
    pub segments: *const RawSegment<'a>,
    /// Number of segments.
    pub count: usize,
    /// Bytes from one segment to the next.
    pub stride: usize,
}

/// A file of the content.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawAttachment<'a> {
    /// File name, without any folder.
    pub name: View<'a>,
    /// Media type, such as `image/jpeg`.
    pub media_type: View<'a>,
    /// Content of the file.
    pub bytes: View<'a>,
    /// A link to the same file, for transports that cannot carry it; may be empty.
    pub url: View<'a>,
}

/// A named value.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawPair<'a> {
    /// Name, such as `list-id`.
    pub key: View<'a>,
    /// Value that belongs to the name.
    pub value: View<'a>,
}

/// The content that all recipients of a batch get.
///
/// Known names in `meta`: `sender-name`, `imprint-url`, `privacy-url`, `list-name` (the list's label, `[a-z0-9-]`),
/// `list-title` (as people read it), `list-id-domain` (a domain of the sender), `date` (RFC 3339), `auto-submitted` (`1` for
/// messages that a program wrote, such as a confirmation request).
#[repr(C)]
#[derive(Debug)]
pub struct RawContent<'a> {
    /// `size_of` as the writer sees it.
    pub size: u32,
    /// 0 promotional, 1 confirmation request, 2 service message, 3 stop acknowledgement, 4 legal notice, 5 test.
    pub class: u32,
    /// Equal ids mean equal content: a plugin may cache what it makes of it.
    pub content_id: u64,
    /// Kind of address of all recipients: `email`, `threema`, `sms`, …
    pub channel: View<'a>,
    /// BCP 47 tag, such as `de`.
    pub language: View<'a>,
    /// Subject, for channels that have one; may be empty.
    pub subject: RawTemplate<'a>,
    /// Plain text, in the channel's own style, imprint and stop hint included.
    pub text: RawTemplate<'a>,
    /// HTML, for channels that show it; may be empty. The plugin escapes the values.
    pub html: RawTemplate<'a>,
    /// First attachment; may be null when the count is 0.
    pub attachments: *const RawAttachment<'a>,
    /// Number of attachments.
    pub attachment_count: usize,
    /// Bytes from one attachment to the next.
    pub attachment_stride: usize,
    /// First pair; may be null when the count is 0.
    pub meta: *const RawPair<'a>,
    /// Number of pairs.
    pub meta_count: usize,
    /// Bytes from one pair to the next.
    pub meta_stride: usize,
}

/// One recipient. Nothing in a message for one recipient may come from another.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawRecipient<'a> {
    /// Id of the message to this recipient: the same when it is sent again, so that the provider can drop a duplicate.
    pub message_id: [u8; 16],
    /// Address in the channel's normal form.
    pub address: View<'a>,
    /// URL where a POST ends the subscription; empty where there is no subscription.
    pub unsubscribe_url: View<'a>,
    /// Values for the placeholders, side by side: a view never grows. May be null when the count is 0.
    pub vars: *const View<'a>,
    /// Number of values.
    pub var_count: usize,
    /// Number of the consent event that permits this message.
    pub permit: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Reserved, 0.
    pub flags: u32,
}

/// A batch. Valid until its last index is completed or `close` has returned (clause *batch*).
#[repr(C)]
#[derive(Debug)]
pub struct RawBatch<'a> {
    /// `size_of` as the writer sees it.
    pub size: u32,
    /// 0 bulk, 1 ahead of bulk.
    pub priority: u32,
    /// Id of the batch, for its outcomes.
    pub id: u64,
    /// The content that all recipients get.
    pub content: *const RawContent<'a>,
    /// First recipient.
    pub recipients: *const RawRecipient<'a>,
    /// Number of recipients, at least 1.
    pub count: usize,
    /// Bytes from one recipient to the next.
    pub stride: usize,
    /// Unix time in milliseconds after which nothing of this batch may be begun; 0 = none.
    pub deadline_ms: i64,
}

// SAFETY: a batch and all it reaches are shared and unchanged while it lives (clause *batch*).
unsafe impl Send for RawBatch<'_> {}
// SAFETY: as above.
unsafe impl Sync for RawBatch<'_> {}
// SAFETY: as above.
unsafe impl Send for RawContent<'_> {}
// SAFETY: as above.
unsafe impl Sync for RawContent<'_> {}
// SAFETY: as above.
unsafe impl Send for RawRecipient<'_> {}
// SAFETY: as above.
unsafe impl Sync for RawRecipient<'_> {}
// SAFETY: as above.
unsafe impl Send for RawTemplate<'_> {}
// SAFETY: as above.
unsafe impl Sync for RawTemplate<'_> {}
