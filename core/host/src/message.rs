//! What goes in: one recipient, one content, one permit.

use crate::MessageId;
use rundruf_consent::SendPermit;
use std::sync::Arc;

/// A text with holes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MessageTemplate {
    /// Fixed text, then the number of the recipient's value that follows, if one does.
    pub segments: Vec<(String, Option<u32>)>,
}

impl MessageTemplate {
    /// A text without holes.
    #[must_use]
    pub fn fixed(text: impl Into<String>) -> Self {
        Self { segments: vec![(text.into(), None)] }
    }
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageAttachment {
    /// File name without a folder.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// A link to the same file; may be empty.
    pub url: String,
}

/// What all recipients of a batch get. See the fields of the same names in [`rundruf_abi::RawContent`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MessageContent {
    /// Equal ids mean equal content.
    pub id: u64,
    /// Message class.
    pub class: u32,
    /// Kind of address.
    pub channel: String,
    /// BCP 47 tag.
    pub language: String,
    /// Subject.
    pub subject: MessageTemplate,
    /// Plain text.
    pub text: MessageTemplate,
    /// HTML.
    pub html: MessageTemplate,
    /// Files.
    pub attachments: Vec<MessageAttachment>,
    /// FixedOrSetting values.
    pub meta: Vec<(String, String)>,
}

impl MessageContent {
    /// Bytes, roughly.
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

/// One message to one recipient. It owns its permit: nobody can make one without the gate. Not `Clone`; `Debug` shows nobody.
pub struct OutboundMessage {
    permit: SendPermit,
    message_id: MessageId,
    address: Box<str>,
    unsubscribe_url: Box<str>,
    vars: Vec<Box<str>>,
    attempt: u32,
}

impl OutboundMessage {
    /// Makes a letter of a permit.
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

/// MessageBatch of one content, side by side in one piece of memory: a batch is made, handed over and dropped as a whole. It owns the permit of each.
#[derive(Default)]
pub struct MessageBatch {
    pub(crate) heads: Vec<MessageHeader>,
    /// Length of each value, letter by letter.
    pub(crate) vars: Vec<u32>,
    /// Address, link and values of each letter, one after the other.
    pub(crate) texts: String,
}

/// A letter without its texts.
pub(crate) struct MessageHeader {
    pub(crate) permit: SendPermit,
    pub(crate) message_id: MessageId,
    pub(crate) attempt: u32,
    /// Bytes of the address.
    pub(crate) address: u32,
    /// Bytes of the link.
    pub(crate) unsubscribe_url: u32,
    /// Number of values.
    pub(crate) vars: u32,
}

impl MessageBatch {
    /// None, and room for so many.
    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        Self { heads: Vec::with_capacity(count), ..Self::default() }
    }

    /// Adds a letter.
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

    /// Adds a text; one of 4 GiB, which no frame could hold, counts as none.
    fn add(&mut self, text: &str) -> u32 {
        let Ok(length) = u32::try_from(text.len()) else { return 0 };
        self.texts.push_str(text);
        length
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Their permits.
    pub fn permits(&self) -> impl Iterator<Item = &SendPermit> {
        self.heads.iter().map(|h| &h.permit)
    }

    /// Their names, by index.
    pub(crate) fn ids(&self) -> Vec<MessageId> {
        self.heads.iter().map(|h| h.message_id).collect()
    }
}

impl FromIterator<OutboundMessage> for MessageBatch {
    fn from_iter<I: IntoIterator<Item = OutboundMessage>>(all: I) -> Self {
        let mut letters = Self::default();
        for l in all {
            letters.push(l.permit, l.message_id, &l.address, &l.unsubscribe_url, &l.vars, l.attempt);
        }
        letters
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

/// Whether letters go ahead of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// Broadcasts.
    Bulk,
    /// Confirmations, acknowledgements, service messages.
    Ahead,
}

/// MessageBatch that were not taken: none of them.
#[derive(Debug)]
pub struct SendRejection {
    /// All of them, untouched.
    pub letters: MessageBatch,
    /// Why.
    pub why: RejectionReason,
}

/// Why letters were not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RejectionReason {
    /// The window is full: try again after `Ready` or an outcome.
    Busy,
    /// The transport drains, is down, or restarts.
    Closed,
    /// The content is larger than the plugin takes.
    TooLarge,
}
