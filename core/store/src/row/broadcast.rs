//! Broadcasts and their counters.

use rundruf_consent::{BroadcastId, ListId, Refusal, Time};
use std::collections::BTreeMap;

/// A broadcast to add.
#[derive(Clone, Debug)]
pub struct NewBroadcast {
    /// The list whose confirmed contacts are the audience.
    pub list: ListId,
    /// First half of the message ids of its deliveries; random, drawn by the engine.
    pub key: [u8; 8],
    /// The content as the engine serialized it; the store does not read it.
    pub content: String,
    /// When to start; `None` starts at once.
    pub start_at: Option<Time>,
    /// No delivery is claimed after this time; `None` never expires.
    pub expires_at: Option<Time>,
    /// Who sends it, `operator:<uid>`; empty if nobody is known.
    pub actor: String,
}

/// State of a broadcast. Deliveries are claimed in `Running` alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BroadcastState {
    /// Waits for `start_at`.
    Scheduled = 0,
    /// Its deliveries are claimed and sent.
    Running = 1,
    /// Paused by a person or by an account error of the provider; can be resumed.
    Paused = 2,
    /// No delivery is queued, in flight or to be retried.
    Done = 3,
    /// Ended by a person; what was not sent is skipped.
    Cancelled = 4,
    /// Ended at `expires_at`; what was not sent is skipped.
    Expired = 5,
}

impl BroadcastState {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Scheduled, Self::Running, Self::Paused, Self::Done, Self::Cancelled, Self::Expired];

    /// Finds a state by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|s| *s as u8 == code)
    }

    /// The word in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// Running counters: the eight from `queued` to `skipped` add up to `total`; `delivered` and `read` lie within `sent`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Deliveries written so far.
    pub total: u64,
    /// Deliveries not yet claimed.
    pub queued: u64,
    /// Deliveries claimed, without an outcome.
    pub in_flight: u64,
    /// Deliveries to be tried again.
    pub retry: u64,
    /// Deliveries that the provider accepted.
    pub sent: u64,
    /// Deliveries refused for good.
    pub failed: u64,
    /// Deliveries that may have arrived.
    pub unknown: u64,
    /// Deliveries that wait for a person.
    pub held: u64,
    /// Deliveries not sent, each with a reason.
    pub skipped: u64,
    /// How many of `sent` are known to have arrived.
    pub delivered: u64,
    /// How many of `sent` are known to be read.
    pub read: u64,
    /// How many of `skipped` have which reason.
    pub skipped_by: BTreeMap<RefusalKey, u64>,
}

/// A refusal that can be a key of a sorted map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RefusalKey(pub Refusal);

impl PartialOrd for RefusalKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RefusalKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.word().cmp(other.0.word())
    }
}

/// A broadcast with its counters, read back.
#[derive(Clone, Debug)]
pub struct BroadcastRow {
    /// Its number; never used again.
    pub id: BroadcastId,
    /// The list whose confirmed contacts are the audience.
    pub list: ListId,
    /// First half of its message ids.
    pub key: [u8; 8],
    /// The content as the engine serialized it.
    pub content: String,
    /// Its state at the moment of reading.
    pub state: BroadcastState,
    /// When it was added.
    pub created: Time,
    /// When to start; `None` started at once.
    pub start_at: Option<Time>,
    /// No delivery is claimed after this time.
    pub expires_at: Option<Time>,
    /// Whether all deliveries are written.
    pub fanned_out: bool,
    /// Whether it is paused because its list is held; it goes on by itself when the list does.
    pub waits: bool,
    /// Who sent it, `operator:<uid>`; empty if nobody is known.
    pub actor: String,
    /// Its counters, updated in the same transaction as the deliveries.
    pub tally: Tally,
}

/// What a person or the clock does to a broadcast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BroadcastAction {
    /// Starts a scheduled broadcast: `start_at` has come.
    Start,
    /// Stops claims until `Resume`.
    Pause,
    /// Continues a paused broadcast.
    Resume,
    /// Ends it for good: deliveries queued or to be retried become skipped.
    Cancel,
    /// Ends it at `expires_at`: deliveries queued or to be retried become skipped.
    Expire,
}
