//! What a running plugin reports to the daemon.

use crate::id::{MessageId, SessionId};
use rundruf_abi::{OutcomeCode, RawInbound};
use rundruf_lang::{Message, msg};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Longest text of an inbound message, in bytes.
pub(crate) const MAX_TEXT: usize = 64 * 1024;
/// Longest message id of a provider, in bytes.
pub(crate) const MAX_ID: usize = 256;
/// Longest detail or log line, in bytes.
pub(crate) const MAX_LINE: usize = 512;

/// Longest payload of an inbound message, in bytes.
const MAX_PAYLOAD: usize = 4 * 1024;
/// Longest name of a sender and of a file, in bytes.
const MAX_NAME: usize = 200;
/// Longest address, in bytes.
const MAX_ADDRESS: usize = 512;
/// Most provider's ids of one message.
pub(crate) const MAX_PARTS: usize = 64;
/// Most aliases of a sender.
pub(crate) const MAX_ALIASES: usize = 8;
/// Most files of an inbound message.
pub(crate) const MAX_FILES: usize = 32;

/// What a provider says about the parts of a message, and its cost.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PartsAndCost {
    /// The provider's ids, one for each part; 64 of 256 bytes at most.
    pub remote_ids: Vec<String>,
    /// Number of parts that the provider counts; 0 if it does not say.
    pub parts: u32,
    /// Cost in millionths of the currency; 0 if the provider does not say.
    pub cost_micro: u64,
    /// Currency as in ISO 4217, filled with zeros.
    pub currency: [u8; 4],
}

impl PartsAndCost {
    /// Within the limits.
    pub(crate) fn bounded(mut self) -> Self {
        self.remote_ids.truncate(MAX_PARTS);
        self.remote_ids.iter_mut().for_each(|id| *id = cut(id, MAX_ID));
        if !self.currency.iter().all(|b| b.is_ascii_uppercase() || *b == 0) {
            self.currency = [0; 4];
        }
        self
    }

    /// The currency as a word; empty if there is none.
    #[must_use]
    pub fn currency(&self) -> &str {
        let end = self.currency.iter().position(|b| *b == 0).unwrap_or(4);
        self.currency.get(..end).and_then(|word| std::str::from_utf8(word).ok()).unwrap_or("")
    }
}

/// What became of one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageOutcome {
    /// Id of the message.
    pub message_id: MessageId,
    /// Code as reported by the plugin; unknown numbers are kept.
    pub code: OutcomeCode,
    /// Earliest time of the next try, if the plugin named one.
    pub retry_after: Option<Duration>,
    /// Status code of the provider; 0 for none.
    pub remote_code: i32,
    /// Message id of the provider, at most 256 bytes; may be empty.
    pub remote_id: Box<str>,
    /// Detail in one line, at most 512 bytes; may be empty.
    pub detail: Box<str>,
    /// Parts and cost, if the plugin told something about them.
    pub parts: Option<Box<PartsAndCost>>,
}

/// Classes of outcome codes. A code without a name of its own belongs to the class of its hundreds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutcomeClass {
    /// Accepted by the provider.
    Sent,
    /// Refused for now: try again.
    Retry,
    /// The plugin never began to send it.
    Untouched,
    /// Refused for good.
    Permanent,
    /// It may have been sent.
    Unknown,
    /// Refused because of the sender's account, not because of the recipient.
    Account,
}

impl MessageOutcome {
    /// An outcome that the host itself decides.
    #[must_use]
    pub fn of(message_id: MessageId, code: OutcomeCode, detail: &str) -> Self {
        let (retry_after, remote_id, detail) = (None, "".into(), detail.into());
        Self { message_id, code, retry_after, remote_code: 0, remote_id, detail, parts: None }
    }

    /// The detail of a message that the plugin's process held when it died. It is stored in English, as every detail is.
    pub(crate) fn lost_detail() -> Message {
        msg!("host-process-lost-message")
    }

    /// Whether two outcomes differ in nothing but the message.
    pub(crate) fn same_result(&self, other: &Self) -> bool {
        // Most texts are empty. Comparing empty boxed texts calls `memcmp` on dangling pointers, which costs a hundred times the rest.
        let same = |a: &str, b: &str| a.len() == b.len() && (a.is_empty() || a == b);
        (self.code, self.remote_code, self.retry_after) == (other.code, other.remote_code, other.retry_after)
            && same(&self.remote_id, &other.remote_id)
            && same(&self.detail, &other.detail)
            && self.parts == other.parts
    }

    /// The class of its code. A number outside of all classes counts as [`OutcomeClass::Unknown`].
    #[must_use]
    pub const fn class(&self) -> OutcomeClass {
        match (self.code, self.code.class()) {
            (OutcomeCode::UNTOUCHED, _) => OutcomeClass::Untouched,
            (_, 1) => OutcomeClass::Sent,
            (_, 2) => OutcomeClass::Retry,
            (_, 3) => OutcomeClass::Permanent,
            (_, 5) => OutcomeClass::Account,
            _ => OutcomeClass::Unknown,
        }
    }
}

/// Cuts a text to `most` bytes at a character boundary, as the plugin process does.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default().to_owned()
}

/// A file of an inbound message.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct InboundAttachment {
    /// File name, at most 200 bytes.
    pub name: String,
    /// Media type, such as `image/jpeg`.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
}

/// A message that the plugin received.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InboundMessage {
    /// Kind as numbered in the plugin contract: 0 text, 1 reaction, 2 edit, 3 opt-out, …
    pub kind: u32,
    /// How sure the sender is: 0 unsure, 1 vouched for by the provider, 2 proven.
    pub trust: u32,
    /// Flags as in the plugin contract.
    pub flags: u32,
    /// Kind of address, such as `email`.
    pub channel: String,
    /// Address of the sender.
    pub address: String,
    /// Other addresses of the sender, 8 at most.
    pub aliases: Vec<String>,
    /// Name that the sender has given themselves; may be empty.
    pub display_name: String,
    /// The provider's id of the conversation; may be empty.
    pub conversation: String,
    /// The text, at most 64 KiB.
    pub text: String,
    /// What the kind says it is, at most 4 KiB.
    pub payload: String,
    /// Message id of the provider; may be empty.
    pub remote_id: String,
    /// The provider's id of the message that this one is about; may be empty.
    pub quoted_remote_id: String,
    /// The same as our own id, if the plugin knows it.
    pub quoted_message_id: Option<MessageId>,
    /// Files, 32 at most.
    pub attachments: Vec<InboundAttachment>,
    /// When it happened, as Unix time in milliseconds.
    pub at_ms: i64,
}

impl InboundMessage {
    /// Within the limits, also if a process has written the frame itself.
    pub(crate) fn bounded(mut self) -> Self {
        let limit = |text: &mut String, most: usize| {
            if text.len() > most {
                *text = cut(text, most);
            }
        };
        limit(&mut self.channel, 64);
        limit(&mut self.address, MAX_ADDRESS);
        limit(&mut self.display_name, MAX_NAME);
        limit(&mut self.conversation, MAX_ID);
        limit(&mut self.text, MAX_TEXT);
        limit(&mut self.payload, MAX_PAYLOAD);
        limit(&mut self.remote_id, MAX_ID);
        limit(&mut self.quoted_remote_id, MAX_ID);
        self.aliases.truncate(MAX_ALIASES);
        self.aliases.iter_mut().for_each(|alias| limit(alias, MAX_ADDRESS));
        self.attachments.truncate(MAX_FILES);
        for file in &mut self.attachments {
            limit(&mut file.name, MAX_NAME);
            limit(&mut file.media_type, 100);
        }
        self
    }

    /// Whether several people read the conversation.
    #[must_use]
    pub const fn is_group(&self) -> bool {
        self.flags & RawInbound::GROUP != 0
    }

    /// Whether a program may act on it: not if it comes from a group, or says something that must be understood and is not.
    #[must_use]
    pub const fn may_decide(&self) -> bool {
        self.flags & rundruf_abi::MUST_UNDERSTAND == 0
    }

    /// Bytes that it takes in the database, about.
    pub(crate) fn weight(&self) -> usize {
        let files: usize = self.attachments.iter().map(|f| f.name.len() + f.media_type.len() + 16).sum();
        let aliases: usize = self.aliases.iter().map(String::len).sum();
        let texts = [&self.address, &self.display_name, &self.conversation, &self.text, &self.payload, &self.remote_id];
        files + aliases + texts.map(String::len).iter().sum::<usize>()
    }
}

impl std::fmt::Debug for InboundMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InboundMessage")
            .field("kind", &self.kind)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// A report on a sent message.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DeliveryReceipt {
    /// The message that was sent; zeros: `remote_id` names it.
    pub message_id: MessageId,
    /// The provider's id of the message, or of one of its parts; may be empty.
    pub remote_id: String,
    /// Kind as numbered in the plugin contract: 0 delivered, 1 read, 2 bounced, 3 complained.
    pub kind: u32,
    /// Why, as an outcome code; 0 if the provider does not say.
    pub code: u16,
    /// Status code of the provider; 0 for none.
    pub remote_code: i32,
    /// When it happened, as Unix time in milliseconds.
    pub at_ms: i64,
    /// Detail in one line; may be empty.
    pub detail: String,
}

impl DeliveryReceipt {
    /// Within the limits.
    pub(crate) fn bounded(mut self) -> Self {
        (self.remote_id, self.detail) = (cut(&self.remote_id, MAX_ID), cut(&self.detail, MAX_LINE));
        self
    }
}

/// The answer to an inbound message or receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Verdict {
    /// Stored durably: the plugin may acknowledge it to the provider.
    Stored,
    /// Not stored: the plugin keeps it and tries again later.
    Busy,
    /// It can never be stored: the plugin is told so, and goes on.
    Refused,
}

/// Something that happened at a transport. Events of one transport come one after the other, from threads of the host.
#[derive(Debug)]
pub enum HostEvent {
    /// Outcomes, in order. Acknowledge `last` when all outcomes up to and including these are stored.
    Outcomes {
        /// Number for [`acknowledge`](crate::TransportInstance::acknowledge).
        last: u64,
        /// The outcomes.
        outcomes: Vec<MessageOutcome>,
    },
    /// The process died with these messages open: the host decided their outcomes, not the plugin. [`HostEvent::Down`] follows.
    Lost {
        /// Number for [`acknowledge`](crate::TransportInstance::acknowledge).
        last: u64,
        /// Outcomes of the open messages: "may have been sent", or untouched if the batch never left the daemon.
        outcomes: Vec<MessageOutcome>,
    },
    /// The plugin received a message; answer with the token.
    Inbound {
        /// Token for [`answer`](crate::TransportInstance::answer).
        token: u64,
        /// The message.
        message: InboundMessage,
    },
    /// The plugin received a receipt; answer with the token.
    Receipt {
        /// Token for [`answer`](crate::TransportInstance::answer).
        token: u64,
        /// The receipt.
        receipt: DeliveryReceipt,
    },
    /// The plugin accepts batches again after it was busy.
    Ready,
    /// A log line of the plugin, sanitized.
    Log {
        /// Level from 1 (error) to 5 (trace).
        level: u32,
        /// Place in the plugin that logged it.
        target: String,
        /// Text of the line.
        message: String,
    },
    /// The process has died, or could not be started. Outcomes of all open messages came before.
    Down {
        /// Id of the start that ended.
        session: SessionId,
        /// Why, for the admin.
        reason: Message,
        /// Time until the next start; `None` if the transport was given up.
        restarts_in: Option<Duration>,
    },
    /// The process was started again.
    Up {
        /// Id of the new start.
        session: SessionId,
    },
}

/// Handles events. Called from threads of the host, one at a time; it must not block for long and must not call `stop`.
pub type EventHandler = Arc<dyn Fn(HostEvent) + Send + Sync>;
