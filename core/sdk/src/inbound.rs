//! Messages from people, and receipts.

use rundruf_abi as abi;
use rundruf_abi::{OutcomeCode, RawInbound, RawInboundFile, RawReceipt, View};

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
    /// The person has deleted an earlier message.
    Delete = abi::InboundKind::DELETE.0,
    /// A place; the payload is `LATITUDE,LONGITUDE`.
    Location = abi::InboundKind::LOCATION.0,
    /// A button; the payload is its id, the text its label.
    Button = abi::InboundKind::BUTTON.0,
    /// A vote; the payload is the id of the poll and of each chosen answer, one in a line.
    Poll = abi::InboundKind::POLL.0,
}

/// How certain the sender of an inbound message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Trust {
    /// Anyone could have written it.
    Unsure = abi::SenderTrust::UNSURE.0,
    /// The provider guarantees the sender.
    Vouched = abi::SenderTrust::VOUCHED.0,
    /// The sender is proven by cryptography.
    Proven = abi::SenderTrust::PROVEN.0,
}

/// A message from a person.
///
/// ```
/// use rundruf_plugin::{Inbound, InboundKind, Trust};
///
/// let stop = Inbound {
///     text: "STOP".into(),
///     remote_id: "provider-id-1".into(),
///     aliases: vec!["b6f3d2ae-0000-4000-8000-000000000001".into()],
///     ..Inbound::new(InboundKind::Text, Trust::Proven, "signal", "+491701234567")
/// };
/// assert!(!stop.group);
/// ```
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The kind of message.
    pub kind: InboundKind,
    /// How certain the sender is.
    pub trust: Trust,
    /// Channel of the address, such as `sms`.
    pub channel: String,
    /// Address of the sender, in the channel's normal form.
    pub from: String,
    /// Other addresses of the same person on this channel, 8 at most: a stop reaches the person by each of them.
    pub aliases: Vec<String>,
    /// The name that the person has given themselves; may be empty.
    pub display_name: String,
    /// The provider's id of the conversation; may be empty.
    pub conversation: String,
    /// Whether several people read the conversation. Such a message decides nothing.
    pub group: bool,
    /// The text, 64 KiB at most.
    pub text: String,
    /// What the kind says it is, 4 KiB at most.
    pub payload: String,
    /// The provider's id of the message; the same when it is handed over again.
    pub remote_id: String,
    /// The provider's id of the message that this one answers, reacts to, edits or deletes; may be empty.
    pub quoted_remote_id: String,
    /// The same as the [`message_id`](crate::Recipient::message_id) under which it was sent, where the transport knows it.
    pub quoted_message_id: Option<[u8; 16]>,
    /// Files of the message, 32 at most.
    pub attachments: Vec<InboundFile>,
    /// When it was sent, in Unix milliseconds.
    pub at_ms: i64,
}

/// A file that a person sent.
#[derive(Clone, Debug, Default)]
pub struct InboundFile {
    /// File name as the sender gave it.
    pub name: String,
    /// Media type, such as `image/jpeg`.
    pub media_type: String,
    /// Content; empty if [`file`](InboundFile::file) has it, or if it was not fetched.
    pub bytes: Vec<u8>,
    /// Name of a file in the [state folder](crate::Host::state_dir) with the content; may be empty.
    pub file: String,
    /// Size in bytes, also if the content was not fetched.
    pub size: u64,
}

impl Inbound {
    /// A message without a text, sent now; set what else is known with `..`.
    pub fn new(kind: InboundKind, trust: Trust, channel: impl Into<String>, from: impl Into<String>) -> Self {
        let none = String::new;
        Self {
            kind,
            trust,
            channel: channel.into(),
            from: from.into(),
            aliases: Vec::new(),
            display_name: none(),
            conversation: none(),
            group: false,
            text: none(),
            payload: none(),
            remote_id: none(),
            quoted_remote_id: none(),
            quoted_message_id: None,
            attachments: Vec::new(),
            at_ms: crate::host::unix_ms(),
        }
    }
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
    /// Id of the message, see [`Recipient::message_id`](crate::Recipient::message_id); zeros: [`remote_id`](Receipt::remote_id) names it.
    pub message_id: [u8; 16],
    /// The provider's id of the message or of one of its parts, as in its outcome; may be empty if the message id is known.
    pub remote_id: String,
    /// What the receipt reports.
    pub kind: ReceiptKind,
    /// Why, in the terms of outcomes, if the provider says it. [`OutcomeCode::OPTED_OUT`] is recorded as a withdrawal.
    pub code: Option<OutcomeCode>,
    /// The provider's own code; 0 if there is none.
    pub remote_code: i32,
    /// When it was sent, in Unix milliseconds.
    pub at_ms: i64,
    /// One line for the admin, without an address.
    pub detail: String,
}

impl Receipt {
    /// A receipt about the message with this id, of now.
    #[must_use]
    pub fn new(message_id: [u8; 16], kind: ReceiptKind) -> Self {
        let (remote_id, detail) = (String::new(), String::new());
        Self { message_id, remote_id, kind, code: None, remote_code: 0, at_ms: crate::host::unix_ms(), detail }
    }

    /// A receipt about the message that the provider knows by this id, of now: for a transport that keeps no message ids.
    pub fn by_remote_id(remote_id: impl Into<String>, kind: ReceiptKind) -> Self {
        Self { remote_id: remote_id.into(), ..Self::new([0; 16], kind) }
    }

    pub(crate) fn raw(&self) -> RawReceipt<'_> {
        RawReceipt {
            kind: abi::ReceiptKind(self.kind as u32),
            code: self.code.unwrap_or(OutcomeCode(0)),
            flags: 0,
            message_id: self.message_id,
            remote_id: View::text(&self.remote_id),
            at_ms: self.at_ms,
            remote_code: self.remote_code,
            reserved: 0,
            detail: View::text(&self.detail),
        }
    }
}

/// Inbound messages in the layout of the contract.
pub(crate) struct RawInbounds<'a> {
    all: Vec<RawInbound<'a>>,
    /// What they point to, on the heap: the lists of lists may grow.
    _aliases: Vec<Box<[View<'a>]>>,
    _files: Vec<Box<[RawInboundFile<'a>]>>,
}

impl<'a> RawInbounds<'a> {
    pub(crate) fn new(messages: &'a [Inbound]) -> Self {
        let mut all = Vec::with_capacity(messages.len());
        let (mut all_aliases, mut all_files) = (Vec::new(), Vec::new());
        for m in messages {
            let file = |f: &'a InboundFile| RawInboundFile {
                name: View::text(&f.name),
                media_type: View::text(&f.media_type),
                bytes: View::new(&f.bytes),
                file: View::text(&f.file),
                size: f.size.max(f.bytes.len() as u64),
                flags: 0,
                reserved: 0,
            };
            let aliases: Box<[View<'a>]> = m.aliases.iter().map(|alias| View::text(alias)).collect();
            let files: Box<[RawInboundFile<'a>]> = m.attachments.iter().map(file).collect();
            all.push(RawInbound {
                kind: abi::InboundKind(m.kind as u32),
                sender_trust: abi::SenderTrust(m.trust as u32),
                flags: if m.group { RawInbound::GROUP } else { 0 },
                reserved: 0,
                channel: View::text(&m.channel),
                from: View::text(&m.from),
                aliases: aliases.as_ptr(),
                alias_count: aliases.len(),
                display_name: View::text(&m.display_name),
                conversation: View::text(&m.conversation),
                text: View::text(&m.text),
                payload: View::text(&m.payload),
                remote_id: View::text(&m.remote_id),
                quoted_remote_id: View::text(&m.quoted_remote_id),
                quoted_message_id: m.quoted_message_id.as_ref().map_or(View::EMPTY, |id| View::new(id)),
                attachments: files.as_ptr(),
                attachment_count: files.len(),
                attachment_stride: size_of::<RawInboundFile<'_>>(),
                at_ms: m.at_ms,
            });
            all_aliases.push(aliases);
            all_files.push(files);
        }
        Self { all, _aliases: all_aliases, _files: all_files }
    }

    pub(crate) fn all(&self) -> &[RawInbound<'a>] {
        &self.all
    }
}
