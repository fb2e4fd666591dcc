//! Inbound messages, and what a person does about those that a program does not decide.

use super::TransportId;
use rundruf_consent::{Address, AddressId, BroadcastId, ListId, Time};
use serde::{Deserialize, Serialize};

/// An inbound message.
#[derive(Clone, Debug)]
pub struct InboundRow {
    /// Number; 0 before it is stored.
    pub id: i64,
    /// The transport that received it.
    pub transport: TransportId,
    /// The sender.
    pub address: Address,
    /// Kind as in the ABI: 0 text, 1 reaction, 2 edit, 3 opt-out, …
    pub kind: u32,
    /// How sure the channel is of the sender: 0, 1, 2 as in the ABI.
    pub trust: u32,
    /// Text of the message; may be empty.
    pub text: String,
    /// The provider's id; a second message with the same id is dropped. Empty if there is none.
    pub remote_id: String,
    /// When it was received.
    pub at: Time,
    /// What it says beside its text.
    pub extras: InboundExtras,
}

/// What an inbound message says beside its text. Most say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InboundExtras {
    /// A program must not act on it: it comes from a group, or says something that this program does not know.
    pub for_people: bool,
    /// Whether it comes from a group.
    pub group: bool,
    /// Other addresses of the sender on the same channel.
    pub aliases: Vec<String>,
    /// The name that the sender has given themselves.
    pub display_name: String,
    /// The provider's id of the conversation.
    pub conversation: String,
    /// What the kind says it is, such as a place or the id of a button.
    pub payload: String,
    /// The provider's id of the message that this one is about.
    pub quoted_remote_id: String,
    /// Files that came with it; their contents are not kept.
    pub attachments: Vec<InboundFileRow>,
}

/// A file that came with an inbound message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InboundFileRow {
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
}

/// What a person did about an inbound message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InboxAction {
    /// Wrote to the sender.
    Reply,
    /// Named who takes care of it.
    Assign,
    /// Nothing more is to be done.
    Done,
    /// Let held consents go on.
    Continue,
    /// Ended the consents of the sender.
    Stop,
}

impl InboxAction {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Reply, Self::Assign, Self::Done, Self::Continue, Self::Stop];

    /// The word in the database and in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Assign => "assign",
            Self::Done => "done",
            Self::Continue => "continue",
            Self::Stop => "stop",
        }
    }

    /// Whether the message waits for nobody afterwards.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::Done | Self::Continue | Self::Stop)
    }
}

/// One line of what was done about an inbound message.
#[derive(Clone, Debug)]
pub struct InboxNote {
    /// What was done; `None` if this program does not know the word.
    pub action: Option<InboxAction>,
    /// Who did it: `operator:<id>`.
    pub actor: String,
    /// The reply, the name, or the reason.
    pub body: String,
    /// When.
    pub at: Time,
}

/// An inbound message with what became of it.
#[derive(Clone, Debug)]
pub struct InboxRow {
    /// The message.
    pub message: InboundRow,
    /// What the program did about it, in a few words; `None` if it was not handled yet.
    pub what: Option<String>,
    /// Whether it waits for a person.
    pub open: bool,
    /// What people did about it, oldest first.
    pub notes: Vec<InboxNote>,
}

/// What waits for a person, in numbers.
#[derive(Clone, Debug, Default)]
pub struct InboxCounts {
    /// Messages that wait.
    pub messages: u64,
    /// Number of the newest of them.
    pub newest: i64,
    /// When the oldest of them came.
    pub oldest: Option<Time>,
    /// Broadcasts with deliveries of unknown outcome, and how many.
    pub unknown: Vec<(BroadcastId, u64)>,
}

/// A consent that is held.
#[derive(Clone, Copy, Debug)]
pub struct HeldConsent {
    /// The address.
    pub address: AddressId,
    /// The list.
    pub list: ListId,
    /// Since when.
    pub since: Time,
}
