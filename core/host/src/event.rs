//! What comes out.

use crate::{MessageId, SessionId};
use rundruf_abi::OutcomeCode;
use std::time::Duration;

/// What became of one letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageOutcome {
    /// Which.
    pub message_id: MessageId,
    /// Code as the plugin said it; unknown numbers are kept.
    pub code: OutcomeCode,
    /// Not before.
    pub retry_after: Option<Duration>,
    /// The other side's number.
    pub remote_code: i32,
    /// The other side's id, at most 256 bytes.
    pub remote_id: Box<str>,
    /// One line, at most 512 bytes.
    pub detail: Box<str>,
}

/// The classes of outcome. Unknown numbers go by their hundreds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutcomeClass {
    /// Taken by the other side.
    Sent,
    /// Try again.
    Retry,
    /// Never begun.
    Untouched,
    /// Never.
    Permanent,
    /// It may have arrived.
    Unknown,
    /// The account, not the recipient.
    Account,
}

/// An outcome code by its number.
#[must_use]
pub const fn code(number: u16) -> OutcomeCode {
    OutcomeCode(number)
}

impl MessageOutcome {
    /// An outcome that the host makes itself.
    #[must_use]
    pub fn of(message_id: MessageId, code: OutcomeCode, detail: &str) -> Self {
        Self { message_id, code, retry_after: None, remote_code: 0, remote_id: "".into(), detail: detail.into() }
    }

    /// Whether it says of its letter what another says of its own.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        // Most say nothing. Comparing two texts without a byte costs a hundred times the rest: they lie nowhere, and a processor that
        // looks there all the same has to take that back.
        let same = |a: &str, b: &str| a.len() == b.len() && (a.is_empty() || a == b);
        (self.code, self.remote_code, self.retry_after) == (other.code, other.remote_code, other.retry_after)
            && same(&self.remote_id, &other.remote_id)
            && same(&self.detail, &other.detail)
    }

    /// Its class. A number of no known class may mean anything, so it counts as unknown.
    #[must_use]
    pub const fn class(&self) -> OutcomeClass {
        match self.code.0 {
            201 => OutcomeClass::Untouched,
            100..=199 => OutcomeClass::Sent,
            200..=299 => OutcomeClass::Retry,
            300..=399 => OutcomeClass::Permanent,
            500..=599 => OutcomeClass::Account,
            _ => OutcomeClass::Unknown,
        }
    }
}

/// At most so many bytes, as the honest child would have cut it.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default().to_owned()
}

/// A message from outside.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// 0 text, 1 reaction, 2 edit, 3 opt-out.
    pub kind: u32,
    /// 0 unsure, 1 vouched, 2 proven.
    pub trust: u32,
    /// Kind of address.
    pub channel: String,
    /// Sender.
    pub address: String,
    /// Text, at most 64 KiB.
    pub text: String,
    /// The other side's id.
    pub remote_id: String,
    /// Unix time in milliseconds.
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

/// A receipt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeliveryReceipt {
    /// Which message.
    pub message_id: MessageId,
    /// 0 delivered, 1 read, 2 bounced, 3 complained.
    pub kind: u32,
    /// Unix time in milliseconds.
    pub at_ms: i64,
    /// One line.
    pub detail: String,
}

/// The answer to an inbound message or receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Stored durably: the plugin may tell the other side.
    Stored,
    /// Not now: the plugin keeps it and tries again.
    Busy,
}

/// Something happened at a transport. EventHandler come from threads of the host, one after the other for one transport.
#[derive(Debug)]
pub enum HostEvent {
    /// Outcomes, in order. When all up to and including this array are stored, say so with `last`.
    Outcomes {
        /// Number to acknowledge.
        last: u64,
        /// What came.
        outcomes: Vec<MessageOutcome>,
    },
    /// The process has gone while it held these letters: it is the death that says what became of them, not the plugin. [`HostEvent::Down`]
    /// follows.
    Lost {
        /// Number to acknowledge.
        last: u64,
        /// What it held: may have been sent, or untouched if it never left us.
        outcomes: Vec<MessageOutcome>,
    },
    /// A message from outside; answer with the token.
    Inbound {
        /// For [`answer`](crate::TransportInstance::answer).
        token: u64,
        /// The message.
        message: InboundMessage,
    },
    /// A receipt; answer with the token.
    Receipt {
        /// For [`answer`](crate::TransportInstance::answer).
        token: u64,
        /// The receipt.
        receipt: DeliveryReceipt,
    },
    /// There is room again after a refusal.
    Ready,
    /// A line of the plugin's log.
    Log {
        /// 1 error … 5 trace.
        level: u32,
        /// Where in the plugin.
        target: String,
        /// The line.
        message: String,
    },
    /// The process has gone. Outcomes for everything it held have come before this event.
    Down {
        /// Which start it was.
        session: SessionId,
        /// Why, in words.
        reason: String,
        /// When it is started again; `None`: given up.
        restarts_in: Option<Duration>,
    },
    /// It runs again.
    Up {
        /// The new start.
        session: SessionId,
    },
}
