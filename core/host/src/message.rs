//! What the engine hands to a plugin: contents, and messages to one recipient each, with their permits.

use crate::id::MessageId;
use rundruf_consent::SendPermit;
use std::sync::Arc;

/// A text with placeholders.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MessageTemplate {
    /// Literal text, each followed by the index of one of the recipient's values, if any.
    pub segments: Vec<(String, Option<u32>)>,
}

impl MessageTemplate {
    /// A text without placeholders.
    #[must_use]
    pub fn fixed(text: impl Into<String>) -> Self {
        Self { segments: vec![(text.into(), None)] }
    }
}

/// An attached file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageAttachment {
    /// File name without a folder.
    pub name: String,
    /// Media type, such as `application/pdf`.
    pub media_type: String,
    /// Content of the file.
    pub bytes: Arc<[u8]>,
    /// Link to the same file; may be empty.
    pub url: String,
}

/// What all recipients of a batch get. The fields are those of [`rundruf_abi::RawContent`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MessageContent {
    /// Id of the content; equal ids mean equal content.
    pub id: u64,
    /// Message class as numbered in the plugin contract.
    pub class: u32,
    /// Kind of address, such as `email`.
    pub channel: String,
    /// Language as a BCP 47 tag.
    pub language: String,
    /// Subject; empty for channels without one.
    pub subject: MessageTemplate,
    /// Text without markup.
    pub text: MessageTemplate,
    /// HTML; empty if the plugin does not support it.
    pub html: MessageTemplate,
    /// Attached files.
    pub attachments: Vec<MessageAttachment>,
    /// Further values by name, such as `sender-name`.
    pub meta: Vec<(String, String)>,
}

impl MessageContent {
    /// Approximate size in bytes, to compare with the plugin's `max_content`.
    #[must_use]
    pub fn size(&self) -> usize {
        let template = |t: &MessageTemplate| t.segments.iter().map(|(s, _)| s.len() + 8).sum::<usize>();
        template(&self.subject)
            + template(&self.text)
            + template(&self.html)
            + self.attachments.iter().map(|a| a.bytes.len() + a.name.len() + 64).sum::<usize>()
            + self.meta.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>()
    }
}

/// One message to one recipient. It owns the permit, so it cannot be built without `authorize`. Not `Clone`; `Debug` shows no address.
pub struct OutboundMessage {
    permit: SendPermit,
    message_id: MessageId,
    address: Box<str>,
    unsubscribe_url: Box<str>,
    vars: Vec<Box<str>>,
    attempt: u32,
}

impl OutboundMessage {
    /// Builds a message. `attempt` counts from 1.
    #[must_use]
    pub const fn new(
        permit: SendPermit,
        message_id: MessageId,
        address: Box<str>,
        unsubscribe_url: Box<str>,
        vars: Vec<Box<str>>,
        attempt: u32,
    ) -> Self {
        Self { permit, message_id, address, unsubscribe_url, vars, attempt }
    }
}

impl std::fmt::Debug for OutboundMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboundMessage").field("delivery", &self.permit.delivery()).finish_non_exhaustive()
    }
}

/// Messages of one content in contiguous memory, with their permits. Built, handed over and dropped as a whole.
#[derive(Default)]
pub struct MessageBatch {
    pub(crate) heads: Vec<MessageHeader>,
    /// Length of each value in bytes, message by message.
    pub(crate) vars: Vec<u32>,
    /// Address, link and values of each message, concatenated.
    pub(crate) texts: String,
}

/// The fields of a message except its texts.
pub(crate) struct MessageHeader {
    pub(crate) permit: SendPermit,
    pub(crate) message_id: MessageId,
    pub(crate) attempt: u32,
    /// Length of the address in bytes.
    pub(crate) address: u32,
    /// Length of the unsubscribe link in bytes.
    pub(crate) unsubscribe_url: u32,
    pub(crate) vars: u32,
}

impl MessageBatch {
    /// An empty batch with room for `count` elements.
    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        Self { heads: Vec::with_capacity(count), ..Self::default() }
    }

    /// Adds a message.
    pub fn push<T: AsRef<str>>(
        &mut self,
        permit: SendPermit,
        message_id: MessageId,
        address: &str,
        unsubscribe_url: &str,
        vars: &[T],
        attempt: u32,
    ) {
        let (address, unsubscribe_url) = (self.add(address), self.add(unsubscribe_url));
        for var in vars {
            let length = self.add(var.as_ref());
            self.vars.push(length);
        }
        let vars = u32::try_from(vars.len()).unwrap_or(u32::MAX);
        self.heads.push(MessageHeader { permit, message_id, attempt, address, unsubscribe_url, vars });
    }

    /// Appends a text and returns its length; a text of 4 GiB or more, which no frame could hold, is left out.
    fn add(&mut self, text: &str) -> u32 {
        let Ok(length) = u32::try_from(text.len()) else { return 0 };
        self.texts.push_str(text);
        length
    }

    /// Number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether the batch is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// The permits of all messages.
    pub fn permits(&self) -> impl Iterator<Item = &SendPermit> {
        self.heads.iter().map(|h| &h.permit)
    }

    pub(crate) fn ids(&self) -> Vec<MessageId> {
        self.heads.iter().map(|h| h.message_id).collect()
    }
}

impl FromIterator<OutboundMessage> for MessageBatch {
    fn from_iter<I: IntoIterator<Item = OutboundMessage>>(all: I) -> Self {
        let mut messages = Self::default();
        for l in all {
            messages.push(l.permit, l.message_id, &l.address, &l.unsubscribe_url, &l.vars, l.attempt);
        }
        messages
    }
}

impl From<Vec<OutboundMessage>> for MessageBatch {
    fn from(all: Vec<OutboundMessage>) -> Self {
        all.into_iter().collect()
    }
}

impl std::fmt::Debug for MessageBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageBatch").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// Whether messages overtake others in the plugin's queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// Messages of broadcasts.
    Bulk,
    /// Confirmations, acknowledgements and service messages: sent first.
    Ahead,
}

/// A batch that was not accepted; none of its messages were.
#[derive(Debug)]
pub struct SendRejection {
    /// All messages, untouched.
    pub messages: MessageBatch,
    /// Why it was not accepted.
    pub why: RejectionReason,
}

/// Why a batch was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RejectionReason {
    /// The window is full: try again after [`HostEvent::Ready`](crate::HostEvent::Ready) or an outcome.
    Busy,
    /// The transport drains, is down, or restarts.
    Closed,
    /// The content is larger than the plugin's `max_content`, or than a frame.
    TooLarge,
}
