//! A batch: one content, many recipients. Nothing here names a list, a consent or a contact by an id of the database.
//!
//! Limits: a batch has at most `max_batch` recipients, as the manifest says. The messages without an outcome are at most the `window` that the
//! instance was opened with; but a plugin that holds nothing accepts a batch of any size up to `max_batch`, so that a small window never blocks for ever.
//! A content is at most `max_content` bytes, counted over texts, names and attachments.
//!
//! Addresses are in the normal form of their channel: `email` `local@domain` (domain in A-labels, at most 320 bytes), `sms` E.164 such as
//! `+491701234567`, `threema` eight of `A-Z0-9`, `signal` E.164 or the account's UUID in lower case, `matrix` `@user:server`, `xmpp` a bare
//! address in lower case. The same forms are expected in inbound messages. An address is at most 512 bytes.

use crate::View;
use core::mem::offset_of;

/// In [`RawSegment::var`]: nothing follows the literal.
pub const NO_VAR: u32 = u32::MAX;

/// The bits of `flags` in a content or a batch that a reader must understand. If one of them is set that it does not know, it answers
/// `UNSUPPORTED` and accepts nothing: an edit, a deletion, a poll or buttons never arrive as plain new text. The upper 16 bits may be ignored.
pub const MUST_UNDERSTAND: u32 = 0x0000_FFFF;

/// Why a message is sent. A plugin sends an unknown number like a service message.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessageClass(pub u32);

impl MessageClass {
    /// Part of a broadcast.
    pub const PROMOTIONAL: Self = Self(0);
    /// Asks whether somebody really wants to subscribe.
    pub const CONFIRMATION: Self = Self(1);
    /// A welcome, an answer, an alert.
    pub const SERVICE: Self = Self(2);
    /// Says that a stop was understood.
    pub const STOP_ACKNOWLEDGEMENT: Self = Self(3);
    /// Something that must be told by law.
    pub const LEGAL: Self = Self(4);
    /// An operator tries the transport.
    pub const TEST: Self = Self(5);
}

/// Which batch goes first. A higher number goes before a lower one.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchPriority(pub u32);

impl BatchPriority {
    /// Broadcasts.
    pub const BULK: Self = Self(0);
    /// Confirmations, acknowledgements, answers: ahead of bulk.
    pub const AHEAD: Self = Self(1);
}

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

impl RawSegment<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, reserved) + size_of::<u32>();
}

/// A file of the content. Either `bytes` has its content, or `file` names it.
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
    /// Absolute path of a file with the same content that may be read only; empty where `bytes` has it.
    pub file: View<'a>,
    /// SHA-256 of the content: equal digests mean equal files, also across contents, so that one upload serves a whole broadcast.
    pub digest: [u8; 32],
    /// Size of the content in bytes.
    pub size: u64,
    /// Reserved, 0.
    pub flags: u32,
    /// Reserved, 0.
    pub reserved: u32,
}

impl RawAttachment<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, reserved) + size_of::<u32>();
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

impl RawPair<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, value) + size_of::<View<'_>>();
}

/// The content that all recipients of a batch get.
///
/// Known names in `meta`: `sender-name`, `imprint-url`, `privacy-url`, `list-name` (the list's label, `[a-z0-9-]`),
/// `list-title` (as people read it), `list-id-domain` (a domain of the sender), `date` (RFC 3339), `auto-submitted` (`1` for
/// messages that a program wrote, such as a confirmation request), `quoted-remote-id` (the provider's id of the inbound message that this one
/// answers). An unknown name is ignored.
#[repr(C)]
#[derive(Debug)]
pub struct RawContent<'a> {
    /// `size_of` as the writer sees it.
    pub size: u32,
    /// Why the message is sent.
    pub class: MessageClass,
    /// What the content is beside plain text; see [`MUST_UNDERSTAND`]. No bit has a meaning yet.
    pub flags: u32,
    /// Reserved, 0.
    pub reserved: u32,
    /// Equal ids mean equal content as long as this instance is open: a plugin may cache what it makes of it, a few at a time. After `close` the same
    /// id may be another content; for what is kept longer, such as an upload, use `digest` of the attachment.
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

impl RawContent<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, meta_stride) + size_of::<usize>();
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

impl RawRecipient<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, flags) + size_of::<u32>();
}

/// A batch. Valid until its last index is completed or `close` has returned (clause *batch*).
#[repr(C)]
#[derive(Debug)]
pub struct RawBatch<'a> {
    /// `size_of` as the writer sees it.
    pub size: u32,
    /// Which batch goes first.
    pub priority: BatchPriority,
    /// How the batch is to be treated; see [`MUST_UNDERSTAND`]. No bit has a meaning yet.
    pub flags: u32,
    /// Reserved, 0.
    pub reserved: u32,
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

impl RawBatch<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, deadline_ms) + size_of::<i64>();
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
