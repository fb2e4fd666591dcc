//! Messages from people, and receipts.

use rundruf_abi as abi;

/// The kind of an inbound message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum InboundKind {
    /// A message with text.
    Text = abi::InboundKind::TEXT.0,
    /// A reaction; the text is the emoji.
    Reaction = abi::InboundKind::REACTION.0,
    /// A new version of an earlier message.
    Edit = abi::InboundKind::EDIT.0,
    /// The provider reports an opt-out of the person.
    OptOut = abi::InboundKind::OPT_OUT.0,
}

/// How certain the sender of an inbound message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Trust {
    /// Anyone could have written it.
    Unsure = 0,
    /// The provider guarantees the sender.
    Vouched = 1,
    /// The sender is proven by cryptography.
    Proven = 2,
}

/// A message from a person.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The kind of message.
    pub kind: InboundKind,
    /// How certain the sender is.
    pub trust: Trust,
    /// Channel of the address, such as `sms`.
    pub channel: String,
    /// Address of the sender.
    pub address: String,
    /// The text, 64 KiB at most.
    pub text: String,
    /// The provider's id of the message; the same when it is handed over again.
    pub remote_id: String,
    /// When it was sent, in Unix milliseconds.
    pub at_ms: i64,
}

/// What a receipt reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum ReceiptKind {
    /// The message reached the device or mailbox.
    Delivered = abi::ReceiptKind::DELIVERED.0,
    /// The person has read the message.
    Read = abi::ReceiptKind::READ.0,
    /// The message bounced permanently.
    Bounced = abi::ReceiptKind::BOUNCED.0,
    /// The person has complained to the provider.
    Complained = abi::ReceiptKind::COMPLAINED.0,
}

/// A receipt for a message that was sent earlier.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Id of the message, see [`Recipient::message_id`](crate::Recipient::message_id).
    pub message_id: [u8; 16],
    /// What the receipt reports.
    pub kind: ReceiptKind,
    /// When it was sent, in Unix milliseconds.
    pub at_ms: i64,
    /// One line for the admin, without an address.
    pub detail: String,
}
