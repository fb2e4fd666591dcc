//! Broadcasts and their counters.

use rundruf_consent::{BroadcastId, ListId, Refusal, Time};
use std::collections::BTreeMap;

/// A broadcast to add.
#[derive(Clone, Debug)]
pub struct NewBroadcast {
    /// To whom.
    pub list: ListId,
    /// First half of its message ids, random.
    pub key: [u8; 8],
    /// What, as the engine wrote it; opaque here.
    pub content: String,
    /// When to begin.
    pub start_at: Option<Time>,
    /// After which nothing is begun any more.
    pub expires_at: Option<Time>,
}

/// State of a broadcast.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BroadcastState {
    /// Waits for its time.
    Scheduled = 0,
    /// Is being sent.
    Running = 1,
    /// Stopped by a person or an account error, to go on later.
    Paused = 2,
    /// Nothing is queued, in flight or to be retried.
    Done = 3,
    /// Stopped for good by a person.
    Cancelled = 4,
    /// Its time is over.
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
    /// Rows written.
    pub total: u64,
    /// Not yet claimed.
    pub queued: u64,
    /// Claimed, no outcome yet.
    pub in_flight: u64,
    /// To be tried again.
    pub retry: u64,
    /// Taken by the other side.
    pub sent: u64,
    /// Refused for good.
    pub failed: u64,
    /// May have arrived.
    pub unknown: u64,
    /// Waits for a person.
    pub held: u64,
    /// Not sent, with a reason.
    pub skipped: u64,
    /// Of the sent: known to have arrived.
    pub delivered: u64,
    /// Of the sent: known to be read.
    pub read: u64,
    /// The skipped by reason.
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

/// A broadcast.
#[derive(Clone, Debug)]
pub struct BroadcastRow {
    /// Number.
    pub id: BroadcastId,
    /// To whom.
    pub list: ListId,
    /// First half of its message ids.
    pub key: [u8; 8],
    /// What, opaque.
    pub content: String,
    /// State.
    pub state: BroadcastState,
    /// When it was added.
    pub created: Time,
    /// When to begin.
    pub start_at: Option<Time>,
    /// After which nothing is begun.
    pub expires_at: Option<Time>,
    /// Whether all deliveries are written.
    pub fanned_out: bool,
    /// Counters.
    pub tally: Tally,
}

/// What a person or the clock does to a broadcast.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BroadcastAction {
    /// Its time has come.
    Start,
    /// Stop for now.
    Pause,
    /// Go on.
    Resume,
    /// Stop for good: what is queued or to be retried becomes skipped.
    Cancel,
    /// Its time is over: what is queued or to be retried becomes skipped.
    Expire,
}
