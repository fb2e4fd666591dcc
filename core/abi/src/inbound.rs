//! Inbound: messages from people, and receipts.

use crate::View;

/// The kind of an inbound message.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InboundKind(pub u32);

impl InboundKind {
    /// A message with text.
    pub const TEXT: Self = Self(0);
    /// A reaction to an earlier message; `text` is the emoji.
    pub const REACTION: Self = Self(1);
    /// A new version of an earlier message.
    pub const EDIT: Self = Self(2);
    /// The provider reports an opt-out of the person (carrier opt-out, blocked, complaint).
    pub const OPT_OUT: Self = Self(3);
}

/// An inbound message. The plugin acknowledges it to the provider only after the host has answered `OK`.
#[repr(C)]
#[derive(Debug)]
pub struct RawInbound<'a> {
    /// `size_of` as the writer sees it.
    pub size: u32,
    /// The kind of message.
    pub kind: InboundKind,
    /// How certain the sender is: 0 not, 1 guaranteed by the provider, 2 proven by cryptography.
    pub sender_trust: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Kind of address: `threema`, `sms`, …
    pub channel: View<'a>,
    /// Sender's address.
    pub address: View<'a>,
    /// Text; at most 64 KiB.
    pub text: View<'a>,
    /// The provider's id of the message; the same when it is handed over again.
    pub remote_id: View<'a>,
    /// Message id of the message that it answers, 16 bytes, or empty.
    pub quoted_message_id: View<'a>,
    /// When it was sent according to the provider, in Unix milliseconds.
    pub at_ms: i64,
}

/// What a receipt reports.
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
#[derive(Debug)]
pub struct RawReceipt<'a> {
    /// `size_of` as the writer sees it.
    pub size: u32,
    /// What the receipt reports.
    pub kind: ReceiptKind,
    /// Id of the message.
    pub message_id: [u8; 16],
    /// When it happened, in Unix milliseconds.
    pub at_ms: i64,
    /// One line for the admin, without an address.
    pub detail: View<'a>,
}
