//! Frames between the daemon and a plugin process. Both run the same build, so the format promises no compatibility.

pub(crate) mod batch; // batches of messages, in a fixed layout
pub(crate) mod content; // encodes a content
pub(crate) mod framing; // a length, then bytes
pub(crate) mod outcome_batch; // outcomes on their way to the daemon

use crate::claims::PluginClaims;
use crate::confinement::Grant;
use crate::event::{DeliveryReceipt, InboundMessage, PartsAndCost, Verdict};
use crate::extension_call::{ExtensionAnswer, ExtensionRequest};
use crate::id::SessionId;
use rundruf_lang::Message;
use serde::{Deserialize, Serialize};

/// Daemon → plugin process, beside [`batch`] frames.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToChild<'a> {
    /// The first frame: open the plugin.
    Open {
        name: &'a str,
        /// Path of the library, for messages; its bytes come on a descriptor.
        library: &'a str,
        id: &'a str,
        claims: PluginClaims,
        grant: Grant,
        config: &'a str,
        state_dir: &'a str,
        window: u32,
        threads: u32,
        /// Flags of `OpenArgs`.
        flags: u32,
        session: SessionId,
    },
    /// A content; sent before the first batch that refers to it.
    #[serde(borrow)]
    Content(ContentFrame<'a>),
    /// The content with this id is no longer needed.
    DropContent(u64),
    /// Outcomes up to this number are stored.
    Ack(u64),
    /// Verdict on an inbound message or receipt.
    Answer {
        token: u64,
        verdict: Verdict,
    },
    /// Accept nothing new, and finish within this time.
    Drain {
        ms: u64,
    },
    /// Finish, and close the plugin within this time.
    Close {
        ms: u64,
    },
    /// Ask whether these addresses (channel, value) can be reached.
    Lookup {
        id: u64,
        #[serde(borrow)]
        addresses: Vec<(&'a str, &'a str)>,
    },
    /// A request to an extension.
    Request {
        id: u64,
        request: ExtensionRequest,
    },
    Ping,
    /// Give back what was not begun: batches with their indices, or whole.
    Recall {
        batches: Vec<(u64, Option<Vec<u32>>)>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ContentFrame<'a> {
    pub(crate) id: u64,
    pub(crate) class: u32,
    #[serde(borrow)]
    pub(crate) channel: &'a str,
    pub(crate) language: &'a str,
    pub(crate) subject: Vec<(&'a str, u32)>,
    pub(crate) text: Vec<(&'a str, u32)>,
    pub(crate) html: Vec<(&'a str, u32)>,
    pub(crate) attachments: Vec<AttachmentFrame<'a>>,
    pub(crate) meta: Vec<(&'a str, &'a str)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AttachmentFrame<'a> {
    pub(crate) name: &'a str,
    pub(crate) media_type: &'a str,
    pub(crate) url: &'a str,
    pub(crate) bytes: &'a [u8],
    /// SHA-256 of the bytes.
    pub(crate) digest: [u8; 32],
}

/// Plugin process → daemon.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum FromChild<'a> {
    /// The plugin has opened; whether it gives messages back that it has not begun, and tells what it begins.
    Opened {
        recalls: bool,
        tells_begun: bool,
    },
    /// The plugin did not open; why.
    Failed(Message),
    /// At most [`OUTCOMES_AT_ONCE`](crate::wire::framing::OUTCOMES_AT_ONCE) outcomes; `last` is the number of the last one.
    Outcomes {
        last: u64,
        #[serde(borrow)]
        runs: Vec<OutcomeRun<'a>>,
    },
    /// A message that the plugin received.
    Inbound {
        token: u64,
        message: InboundMessage,
    },
    /// A report on a sent message.
    Receipt {
        token: u64,
        receipt: DeliveryReceipt,
    },
    Ready,
    Log {
        level: u32,
        target: &'a str,
        message: &'a str,
    },
    /// The process drains after SIGTERM.
    Draining,
    Closed,
    /// The answer about one address of a lookup.
    LookupAnswer {
        lookup: u64,
        index: u32,
        reach: u32,
        detail: &'a str,
    },
    /// The plugin refused a lookup: `offered` is false if it has no such extension, true if it is about to end.
    NoLookup {
        lookup: u64,
        offered: bool,
    },
    /// The answer to a request.
    Response {
        id: u64,
        answer: ExtensionAnswer,
    },
    /// The plugin refused a request: `offered` is false if it does not have the extension, true if it is about to end.
    NoResponse {
        id: u64,
        offered: bool,
    },
    Pong,
    /// Messages of one batch that are begun: the first index and the number of each run.
    Begun {
        batch: u64,
        runs: Vec<(u32, u32)>,
    },
}

/// Consecutive messages of one batch with equal outcomes. Most batches are a single run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OutcomeRun<'a> {
    pub(crate) batch: u64,
    pub(crate) first: u32,
    /// Number of messages, at least 1.
    pub(crate) count: u32,
    pub(crate) code: u16,
    pub(crate) retry_after_ms: u32,
    pub(crate) remote_code: i32,
    pub(crate) remote_id: &'a str,
    pub(crate) detail: &'a str,
    pub(crate) parts: Option<PartsAndCost>,
}
