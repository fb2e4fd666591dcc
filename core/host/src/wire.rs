//! What is said between daemon and child. Private: both are the same build.

pub(crate) mod batch; // the one frame that has a form of its own
pub(crate) mod content; // a content as a frame
pub(crate) mod framing; // length, then bytes
pub(crate) mod outcome_batch; // outcomes on their way to the daemon

use crate::confinement::Grant;
use serde::{Deserialize, Serialize};

/// Daemon → child. A [`batch`] is none of these.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToChild<'a> {
    /// The first frame.
    Open {
        name: &'a str,
        /// What the admin calls the library; its bytes come on a descriptor.
        library: &'a str,
        id: &'a str,
        grant: Grant,
        config: &'a str,
        state_dir: &'a str,
        window: u32,
        threads: u32,
        session: [u8; 16],
    },
    /// A content, before the first batch that names it.
    #[serde(borrow)]
    Content(ContentFrame<'a>),
    /// A content is not needed any more.
    DropContent(u64),
    /// Outcomes up to this number are stored.
    Ack(u64),
    /// Answer to an inbound message or receipt.
    Answer { token: u64, stored: bool },
    /// Begin nothing new.
    Drain { ms: u64 },
    /// End.
    Close,
    /// Can these addresses (channel, value) be reached?
    Lookup {
        id: u64,
        #[serde(borrow)]
        addresses: Vec<(&'a str, &'a str)>,
    },
    /// Are you there?
    Ping,
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
    /// Name, media type, link, bytes.
    pub(crate) attachments: Vec<(&'a str, &'a str, &'a str, &'a [u8])>,
    pub(crate) meta: Vec<(&'a str, &'a str)>,
}

/// Child → daemon.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum FromChild<'a> {
    /// The instance is open.
    Opened,
    /// It is not, and why.
    Failed(&'a str),
    /// Outcomes, at most [`OUTCOMES_AT_ONCE`](crate::wire::framing::OUTCOMES_AT_ONCE); `last` is the number of the last of them.
    Outcomes {
        last: u64,
        #[serde(borrow)]
        runs: Vec<OutcomeRun<'a>>,
    },
    /// A message from outside.
    Inbound {
        token: u64,
        kind: u32,
        trust: u32,
        channel: &'a str,
        address: &'a str,
        text: &'a str,
        remote_id: &'a str,
        at_ms: i64,
    },
    /// A receipt.
    Receipt { token: u64, message_id: [u8; 16], kind: u32, at_ms: i64, detail: &'a str },
    /// Room again.
    Ready,
    /// A line of the log.
    Log { level: u32, target: &'a str, message: &'a str },
    /// Begins nothing new any more.
    Draining,
    /// All is over.
    Closed,
    /// An address can be reached, or not.
    LookupAnswer { lookup: u64, index: u32, reach: u32, detail: &'a str },
    /// The plugin does not take a question: it has no such extension, or it is about to end.
    NoLookup { lookup: u64, offered: bool },
    /// I am.
    Pong,
}

/// Outcomes of letters in a row that all say the same: most of a batch is one of these.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OutcomeRun<'a> {
    pub(crate) batch: u64,
    pub(crate) first: u32,
    /// At least 1.
    pub(crate) count: u32,
    pub(crate) code: u16,
    pub(crate) retry_after_ms: u32,
    pub(crate) remote_code: i32,
    pub(crate) remote_id: &'a str,
    pub(crate) detail: &'a str,
}
