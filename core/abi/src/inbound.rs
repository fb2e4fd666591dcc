//! What comes back: messages from people and receipts.

use crate::View;

/// What kind of inbound message.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InboundKind(pub u32);

impl InboundKind {
    /// A message with text.
    pub const TEXT: Self = Self(0);
    /// A reaction to an earlier message; `text` is the emoji.
    pub const REACTION: Self = Self(1);
    /// A new wording of an earlier message.
    pub const EDIT: Self = Self(2);
    /// The channel itself says that the person wants nothing more (carrier opt-out, blocked, complaint).
    pub const OPT_OUT: Self = Self(3);
}

/// A message from outside. The remote side is told "received" only after the host has answered `OK`.
#[repr(C)]
#[derive(Debug)]
pub struct RawInbound<'a> {
    /// `size_of` as the writer sees it.
    pub size: u32,
    /// What it is.
    pub kind: InboundKind,
    /// 0 unsure, 1 the channel vouches for the sender, 2 proven by cryptography.
    pub sender_trust: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Kind of address: `threema`, `sms`, …
    pub channel: View<'a>,
    /// Sender's address.
    pub address: View<'a>,
    /// Text; at most 64 KiB.
    pub text: View<'a>,
    /// The remote side's id; equal on a repeat.
    pub remote_id: View<'a>,
    /// Our message that it answers, as 16 bytes, or empty.
    pub quoted_message_id: View<'a>,
    /// Unix time in milliseconds as the remote side says.
    pub at_ms: i64,
}

/// What became known later.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiptKind(pub u32);

impl ReceiptKind {
    /// It reached the device or mailbox.
    pub const DELIVERED: Self = Self(0);
    /// It was read.
    pub const READ: Self = Self(1);
    /// It came back for good.
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
    /// What happened.
    pub kind: ReceiptKind,
    /// The message.
    pub message_id: [u8; 16],
    /// Unix time in milliseconds.
    pub at_ms: i64,
    /// One line for the admin, without an address.
    pub detail: View<'a>,
}
