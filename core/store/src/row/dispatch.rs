//! The hot path: claims, settlements, what is in doubt.

use super::{LeaseId, Session};
use rundruf_consent::{AddressId, BroadcastId, Channel, Class, DeliveryId, EventId, ListId, Refusal, SendPermit, Time};

/// How much a transport can take now.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest {
    /// Most rows altogether.
    pub at_most: u32,
    /// Whether bulk (broadcasts) may be claimed, or only service messages.
    pub bulk: bool,
    /// Round robin between broadcasts: begin after this one.
    pub after: Option<BroadcastId>,
    /// Time of the claim.
    pub now: Time,
}

/// What a claimed row is.
#[derive(Clone, Debug)]
pub enum ClaimKind {
    /// A delivery of a broadcast.
    Broadcast {
        /// Which.
        broadcast: BroadcastId,
        /// First half of the message id.
        key: [u8; 8],
        /// Its lease; `None` for a retry.
        lease: Option<LeaseId>,
    },
    /// A service message.
    Service {
        /// Kind.
        class: Class,
        /// As the engine wrote it.
        payload: Box<str>,
    },
}

/// A row that may leave now. The permit is its proof.
#[derive(Debug)]
pub struct Claimed {
    /// The gate's answer.
    pub permit: SendPermit,
    /// What it is.
    pub work: ClaimKind,
    /// The list, if it is about one.
    pub list: Option<ListId>,
    /// The address.
    pub address_id: AddressId,
    /// Its kind.
    pub channel: Channel,
    /// Its normal form.
    pub address: Box<str>,
    /// The contact's language.
    pub language: Option<Box<str>>,
    /// The contact's variables as a JSON object; empty text for none.
    pub vars: Box<str>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When the first attempt was made (this one's time, if it is the first).
    pub first_try: Time,
}

/// What became of a claimed row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeliveryOutcome {
    /// The other side took it.
    Sent {
        /// Its id there; may be empty.
        remote_id: Box<str>,
    },
    /// Try again.
    Retry {
        /// When.
        due: Time,
        /// Outcome code and detail.
        code: u16,
        /// One line, no address.
        detail: Box<str>,
    },
    /// It was never begun: back to the queue, no attempt counted.
    Untouched,
    /// Never.
    Failed {
        /// Outcome code.
        code: u16,
        /// One line, no address.
        detail: Box<str>,
    },
    /// It may have arrived.
    Unknown {
        /// One line, no address.
        detail: Box<str>,
    },
    /// Not sent, for this reason (it could not be made, its time was over).
    Skipped(Refusal),
}

/// An outcome to store.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// Which.
    pub delivery: DeliveryId,
    /// The evidence of its permit. The row keeps it.
    pub evidence: EventId,
    /// Its broadcast; `None` for service messages.
    pub broadcast: Option<BroadcastId>,
    /// Its lease; `None` for retries and service messages.
    pub lease: Option<LeaseId>,
    /// What became of it.
    pub to: DeliveryOutcome,
    /// When.
    pub at: Time,
}

/// What a dispatch step brought.
#[derive(Debug, Default)]
pub struct DispatchResult {
    /// Rows that may leave now.
    pub claimed: Vec<Claimed>,
    /// Whether more bulk waits for this transport right now.
    pub more: bool,
    /// When the next retry is due, if there is one.
    pub next_due: Option<Time>,
    /// Rows that the gate refused in this step.
    pub refused: u32,
    /// Settlements that found no open row (a double outcome): logged by the caller.
    pub strays: u32,
}

/// A claimed row without an outcome, found at a start.
#[derive(Clone, Debug)]
pub struct InDoubt {
    /// Which.
    pub delivery: DeliveryId,
    /// Its message id.
    pub message_id: [u8; 16],
    /// Its broadcast; `None` for service messages.
    pub broadcast: Option<BroadcastId>,
    /// Its lease.
    pub lease: Option<LeaseId>,
    /// Evidence as far as known.
    pub evidence: EventId,
    /// Under which session it was claimed.
    pub session: Session,
    /// Attempts before.
    pub attempts: u32,
}
