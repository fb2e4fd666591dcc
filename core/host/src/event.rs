//! What a running plugin reports to the daemon.

use crate::id::{MessageId, SessionId};
use rundruf_abi::OutcomeCode;
use rundruf_lang::{Message, msg};
use std::sync::Arc;
use std::time::Duration;

/// Longest text of an inbound message, in bytes.
pub(crate) const MAX_TEXT: usize = 64 * 1024;
/// Longest message id of a provider, in bytes.
pub(crate) const MAX_ID: usize = 256;
/// Longest detail or log line, in bytes.
pub(crate) const MAX_LINE: usize = 512;

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
        Self { message_id, code, retry_after: None, remote_code: 0, remote_id: "".into(), detail: detail.into() }
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

/// A message that the plugin received.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// Kind: 0 text, 1 reaction, 2 edit, 3 opt-out.
    pub kind: u32,
    /// How sure the sender is: 0 unsure, 1 vouched for by the provider, 2 proven.
    pub trust: u32,
    /// Kind of address, such as `email`.
    pub channel: String,
    /// Address of the sender.
    pub address: String,
    /// The text, at most 64 KiB.
    pub text: String,
    /// Message id of the provider; may be empty.
    pub remote_id: String,
    /// When it happened, as Unix time in milliseconds.
    pub at_ms: i64,
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeliveryReceipt {
    /// The message that was sent.
    pub message_id: MessageId,
    /// Kind: 0 delivered, 1 read, 2 bounced, 3 complained.
    pub kind: u32,
    /// When it happened, as Unix time in milliseconds.
    pub at_ms: i64,
    /// Detail in one line; may be empty.
    pub detail: String,
}

/// The answer to an inbound message or receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Stored durably: the plugin may acknowledge it to the provider.
    Stored,
    /// Not stored: the plugin keeps it and tries again later.
    Busy,
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
