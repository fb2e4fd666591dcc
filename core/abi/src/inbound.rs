//! Inbound: messages from people, and receipts.
//!
//! Both come in arrays. The host stores them in order and says in `stored` how many of the first ones it has: exactly these may be acknowledged to the
//! provider. The plugin keeps the others and hands them over again; a message with the same `remote_id`, and a receipt that says the same, is stored
//! once.
//!
//! Both are in the core, and not extensions: every channel has them, and a stop that is not heard is the worst fault of a transport.

use crate::{OutcomeCode, View};
use core::mem::offset_of;

/// The kind of an inbound message. A message of an unknown kind is stored, decides nothing, and is read by a person.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InboundKind(pub u32);

impl InboundKind {
    /// A message with text.
    pub const TEXT: Self = Self(0);
    /// A reaction to an earlier message; `text` is the emoji, empty if a reaction was taken back.
    pub const REACTION: Self = Self(1);
    /// A new version of an earlier message; `text` is the new text.
    pub const EDIT: Self = Self(2);
    /// The provider reports an opt-out of the person (carrier opt-out, blocked, complaint).
    pub const OPT_OUT: Self = Self(3);
    /// The person has deleted an earlier message.
    pub const DELETE: Self = Self(4);
    /// A place. `payload` is `LATITUDE,LONGITUDE` in decimal degrees, `text` its name or address.
    pub const LOCATION: Self = Self(5);
    /// A button was pressed. `payload` is the id that was sent with the button, `text` its label.
    pub const BUTTON: Self = Self(6);
    /// A vote. `payload` is the id of the poll, then the id of each chosen answer, one in a line; `text` is what a person reads.
    pub const POLL: Self = Self(7);
}

/// How certain the sender of an inbound message is. An unknown number means `UNSURE`.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SenderTrust(pub u32);

impl SenderTrust {
    /// Anyone could have written it.
    pub const UNSURE: Self = Self(0);
    /// The provider guarantees the sender.
    pub const VOUCHED: Self = Self(1);
    /// The sender is proven by cryptography.
    pub const PROVEN: Self = Self(2);
}

/// A file that a person sent. Either `bytes` has its content, or `file` names it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawInboundFile<'a> {
    /// File name as the sender gave it; at most 255 bytes are kept.
    pub name: View<'a>,
    /// Media type, such as `image/jpeg`.
    pub media_type: View<'a>,
    /// Content of the file; empty if `file` names it, or if the plugin did not fetch it.
    pub bytes: View<'a>,
    /// Name of a file in the state folder, without a folder: the plugin may remove it once the message is stored.
    pub file: View<'a>,
    /// Size in bytes, also if the content is missing.
    pub size: u64,
    /// Reserved, 0.
    pub flags: u32,
    /// Reserved, 0.
    pub reserved: u32,
}

impl RawInboundFile<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, reserved) + size_of::<u32>();
}

/// An inbound message. The plugin acknowledges it to the provider only after the host has stored it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawInbound<'a> {
    /// The kind of message.
    pub kind: InboundKind,
    /// How certain the sender is.
    pub sender_trust: SenderTrust,
    /// See [`RawInbound::GROUP`]. A message with an unknown bit among the lower 16 is stored, decides nothing, and is read by a person.
    pub flags: u32,
    /// Reserved, 0.
    pub reserved: u32,
    /// Kind of address: `threema`, `sms`, …; one that the manifest names.
    pub channel: View<'a>,
    /// Sender's address, in the channel's normal form. A message without a valid sender is refused with `BAD_ARGUMENT`.
    pub from: View<'a>,
    /// Other addresses of the same person on this channel, such as the UUID beside the number, side by side: a stop reaches each person who is known by
    /// one of them. Null when the count is 0; at most 8 are looked at.
    pub aliases: *const View<'a>,
    /// Number of these addresses.
    pub alias_count: usize,
    /// The name that the person has given themselves; may be empty, at most 200 bytes are kept.
    pub display_name: View<'a>,
    /// The provider's id of the conversation; empty where there is none but that with the sender.
    pub conversation: View<'a>,
    /// Text; at most 64 KiB are kept.
    pub text: View<'a>,
    /// What the kind says it is; at most 4 KiB are kept.
    pub payload: View<'a>,
    /// The provider's id of the message; the same when it is handed over again. At most 256 bytes are kept.
    pub remote_id: View<'a>,
    /// The provider's id of the message that this one answers, reacts to, edits or deletes; may be empty.
    pub quoted_remote_id: View<'a>,
    /// The same as a message id of the host, 16 bytes, where the plugin knows it; may be empty.
    pub quoted_message_id: View<'a>,
    /// First file; may be null when the count is 0.
    pub attachments: *const RawInboundFile<'a>,
    /// Number of files; 32 are looked at.
    pub attachment_count: usize,
    /// Bytes from one file to the next.
    pub attachment_stride: usize,
    /// When it was sent according to the provider, in Unix milliseconds.
    pub at_ms: i64,
}

impl RawInbound<'_> {
    /// Several people read the conversation: the message never decides anything, and a person reads it.
    pub const GROUP: u32 = 1;
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, at_ms) + size_of::<i64>();
}

/// What a receipt reports. A receipt of an unknown kind is answered `OK` and ignored.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiptKind(pub u32);

impl ReceiptKind {
    /// The message reached the device or mailbox.
    pub const DELIVERED: Self = Self(0);
    /// The person has read the message.
    pub const READ: Self = Self(1);
    /// The message bounced permanently.
    pub const BOUNCED: Self = Self(2);
    /// The person complained to the provider.
    pub const COMPLAINED: Self = Self(3);
}

/// A receipt for a message sent earlier.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawReceipt<'a> {
    /// What the receipt reports.
    pub kind: ReceiptKind,
    /// Why, in the terms of outcomes; 0 if the provider does not say. `OPTED_OUT` is recorded as a withdrawal.
    pub code: OutcomeCode,
    /// Reserved, 0.
    pub flags: u16,
    /// Id of the message; all zero: `remote_id` names it.
    pub message_id: [u8; 16],
    /// The provider's id of the message or of one of its parts, as in its outcome: for a plugin that does not keep message ids, and after a restart.
    pub remote_id: View<'a>,
    /// When it happened, in Unix milliseconds.
    pub at_ms: i64,
    /// The provider's own code, 0 if there is none.
    pub remote_code: i32,
    /// Reserved, 0.
    pub reserved: u32,
    /// One line for the admin, without an address; at most 512 bytes are kept.
    pub detail: View<'a>,
}

impl RawReceipt<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, detail) + size_of::<View<'_>>();
}
