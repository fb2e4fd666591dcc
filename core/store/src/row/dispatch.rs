//! The hot path: claims, settlements, what is in doubt.

use super::{LeaseId, Session, TransportId};
use crate::{Destination, Mailbox};
use rundruf_consent::{AddressId, BroadcastId, Channel, Class, DeliveryId, EventId, ListId, Refusal, SendPermit, Time};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Hears, after the commit, whose consent has ended: what is on its way to them is to come back.
pub type StopListener = Arc<dyn Fn(&[Mailbox]) + Send + Sync>;

/// When a destination that only postpones may be tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DestinationRest {
    /// Not before this time.
    pub until: Time,
    /// Its messages are spread over this time then.
    pub spread: Duration,
}

/// The frequency cap of a list, as it is now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrequencyLimit {
    /// The list.
    pub list: ListId,
    /// Most messages of it for one person.
    pub most: u32,
    /// What was sent before this time does not count.
    pub since: Time,
}

/// How much a transport can take now.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// Upper bound of rows in this claim, service messages included.
    pub at_most: u32,
    /// True claims deliveries of broadcasts too; false claims service messages alone.
    pub bulk: bool,
    /// Round robin between broadcasts: start with the one after this.
    pub after: Option<BroadcastId>,
    /// Time of the claim; decides what is due and what has expired.
    pub now: Time,
    /// Upper bound of retries while rows that were never tried wait: what these leave free goes to further retries.
    pub retries: u32,
    /// Destinations that rest: a row for one of them is postponed and not claimed.
    pub resting: HashMap<Destination, DestinationRest>,
    /// Frequency caps of lists: who has got enough is skipped.
    pub limits: Vec<FrequencyLimit>,
}

impl ClaimRequest {
    /// A claim of deliveries and service messages, at least half of it for rows that were never tried.
    #[must_use]
    pub fn new(at_most: u32, now: Time) -> Self {
        Self {
            at_most,
            bulk: true,
            after: None,
            now,
            retries: at_most / 2,
            resting: HashMap::new(),
            limits: Vec::new(),
        }
    }
}

/// Whether a claimed row belongs to a broadcast or is a service message.
#[derive(Clone, Debug)]
pub enum ClaimKind {
    /// A delivery of a broadcast.
    Broadcast {
        /// The broadcast it belongs to.
        broadcast: BroadcastId,
        /// First half of the message id.
        key: [u8; 8],
        /// The lease it was claimed from; `None` for a retry.
        lease: Option<LeaseId>,
    },
    /// A message outside of broadcasts.
    Service {
        /// Its message class; the gate has judged it.
        class: Class,
        /// What the engine needs to make the message, as the engine wrote it.
        payload: Box<str>,
    },
}

/// A row that may leave now. The permit is its proof.
#[derive(Debug)]
pub struct Claimed {
    /// The permit of the gate; consumed when the message is handed to the host.
    pub permit: SendPermit,
    /// Broadcast or service message, with what belongs to it.
    pub work: ClaimKind,
    /// The list the message is about; `None` for an answer that is about none.
    pub list: Option<ListId>,
    /// Number of the address.
    pub address_id: AddressId,
    /// Random part of the address's links; 0 if the address is older than such links.
    pub link: i64,
    /// Channel of the address.
    pub channel: Channel,
    /// Normal form of the address.
    pub address: Box<str>,
    /// Language of the contact as a BCP 47 tag.
    pub language: Option<Box<str>>,
    /// The contact's variables as a JSON object; empty text for none.
    pub vars: Box<str>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When the first attempt was made (this one's time, if it is the first).
    pub first_try: Time,
}

/// How a claimed row ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeliveryOutcome {
    /// The provider accepted it.
    Sent {
        /// The provider's id of the message; may be empty.
        remote_id: Box<str>,
    },
    /// The provider postponed it: try again.
    Retry {
        /// Not before this time.
        due: Time,
        /// Outcome code and detail.
        code: u16,
        /// One line, no address.
        detail: Box<str>,
    },
    /// It was never begun: back to the queue, no attempt counted.
    Untouched,
    /// The provider refused it for good.
    Failed {
        /// Outcome code of the ABI.
        code: u16,
        /// One line, no address.
        detail: Box<str>,
    },
    /// It may have arrived: never retried without a decision.
    Unknown {
        /// One line, no address.
        detail: Box<str>,
    },
    /// Not handed over, for this reason.
    Skipped(Refusal),
}

/// An outcome to store.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The delivery; negative for a service message.
    pub delivery: DeliveryId,
    /// The evidence of its permit; stored with the row.
    pub evidence: EventId,
    /// Its broadcast; `None` for service messages.
    pub broadcast: Option<BroadcastId>,
    /// Its lease; `None` for retries and service messages.
    pub lease: Option<LeaseId>,
    /// How it ended.
    pub to: DeliveryOutcome,
    /// Time of the outcome.
    pub at: Time,
}

/// What a dispatch call settled and claimed.
#[derive(Debug, Default)]
pub struct DispatchResult {
    /// Rows that may leave now, each with its permit.
    pub claimed: Vec<Claimed>,
    /// Rows that were postponed because their destination rests.
    pub postponed: u32,
    /// Whether more bulk is ready for this transport now.
    pub more: bool,
    /// When the next retry of this transport is due.
    pub next_due: Option<Time>,
    /// Rows that the gate refused in this call; they are skipped.
    pub refused: u32,
    /// Settlements that found no open row, such as a second outcome; the caller logs them.
    pub strays: u32,
}

/// A transport that is not in the settings any more and has messages open.
#[derive(Clone, Debug)]
pub struct LeftTransport {
    /// Its number.
    pub id: TransportId,
    /// Its name.
    pub name: String,
    /// Messages that have no end yet.
    pub open: u64,
}

/// A claimed row without an outcome, found at start.
#[derive(Clone, Debug)]
pub struct InDoubt {
    /// The delivery; negative for a service message.
    pub delivery: DeliveryId,
    /// Its message id, as handed to the plugin.
    pub message_id: [u8; 16],
    /// Its broadcast; `None` for service messages.
    pub broadcast: Option<BroadcastId>,
    /// The lease it was claimed from; `None` for retries and service messages.
    pub lease: Option<LeaseId>,
    /// The evidence of its permit; 0 if the row does not have it.
    pub evidence: EventId,
    /// Session of the transport's process that claimed it.
    pub session: Session,
    /// Attempts before the claim in doubt.
    pub attempts: u32,
}
