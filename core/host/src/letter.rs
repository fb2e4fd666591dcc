//! What goes in: one recipient, one content, one permit.

use crate::MessageId;
use rundruf_consent::SendPermit;
use std::sync::Arc;

/// A text with holes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Template {
    /// Fixed text, then the number of the recipient's value that follows, if one does.
    pub segments: Vec<(String, Option<u32>)>,
}

impl Template {
    /// A text without holes.
    #[must_use]
    pub fn fixed(text: impl Into<String>) -> Self {
        Self { segments: vec![(text.into(), None)] }
    }
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
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
pub struct Content {
    /// Equal ids mean equal content.
    pub id: u64,
    /// Message class.
    pub class: u32,
    /// Kind of address.
    pub channel: String,
    /// BCP 47 tag.
    pub language: String,
    /// Subject.
    pub subject: Template,
    /// Plain text.
    pub text: Template,
    /// HTML.
    pub html: Template,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Named values.
    pub meta: Vec<(String, String)>,
}

impl Content {
    /// Bytes, roughly.
    #[must_use]
    pub fn size(&self) -> usize {
        let template = |t: &Template| t.segments.iter().map(|(s, _)| s.len() + 8).sum::<usize>();
        template(&self.subject)
            + template(&self.text)
            + template(&self.html)
            + self.attachments.iter().map(|a| a.bytes.len() + a.name.len() + 64).sum::<usize>()
            + self.meta.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>()
    }
}

/// One message to one recipient. It owns its permit: nobody can make one without the gate. Not `Clone`; `Debug` shows nobody.
pub struct Letter {
    permit: SendPermit,
    pub(crate) message_id: MessageId,
    pub(crate) address: Box<str>,
    pub(crate) unsubscribe_url: Box<str>,
    pub(crate) vars: Vec<Box<str>>,
    pub(crate) attempt: u32,
}

impl Letter {
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

    /// Its permit.
    pub const fn permit(&self) -> &SendPermit {
        &self.permit
    }

    /// Its name.
    #[must_use]
    pub const fn message_id(&self) -> MessageId {
        self.message_id
    }
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter").field("delivery", &self.permit.delivery()).finish_non_exhaustive()
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

/// Letters that were not taken: none of them.
#[derive(Debug)]
pub struct Rejected {
    /// All of them, untouched.
    pub letters: Vec<Letter>,
    /// Why.
    pub why: WhyRejected,
}

/// Why letters were not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhyRejected {
    /// The window is full: try again after `Ready` or an outcome.
    Busy,
    /// The transport drains, is down, or restarts.
    Closed,
    /// The content is larger than the plugin takes.
    TooLarge,
}
