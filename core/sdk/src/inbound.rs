//! Messages and receipts that come back.

/// What kind of message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InboundKind {
    /// Text.
    Text,
    /// A reaction; the text is the emoji.
    Reaction,
    /// A new wording of an earlier message.
    Edit,
    /// The channel itself says that the person wants nothing more.
    OptOut,
}

/// How sure the channel is of the sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trust {
    /// Not at all.
    Unsure,
    /// The channel vouches for the sender.
    Vouched,
    /// Proven by cryptography.
    Proven,
}

/// A message from outside.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// What it is.
    pub kind: InboundKind,
    /// How sure the channel is of the sender.
    pub trust: Trust,
    /// Kind of address.
    pub channel: String,
    /// Sender.
    pub address: String,
    /// Text, at most 64 KiB.
    pub text: String,
    /// The remote side's id; equal on a repeat.
    pub remote_id: String,
    /// Unix time in milliseconds.
    pub at_ms: i64,
}

/// What became known later about a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiptKind {
    /// It arrived.
    Delivered,
    /// It was read.
    Read,
    /// It came back for good.
    Bounced,
    /// The person complained.
    Complained,
}

/// A receipt.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Which message.
    pub message_id: [u8; 16],
    /// What happened.
    pub kind: ReceiptKind,
    /// Unix time in milliseconds.
    pub at_ms: i64,
    /// One line, without an address.
    pub detail: String,
}
