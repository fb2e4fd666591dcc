//! Deliveries as people see them, and receipts.

use super::TransportId;
use rundruf_consent::{Address, BroadcastId, ContactId, DeliveryId, EventId, Time};

/// State of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DeliveryState {
    /// Not claimed yet.
    Queued = 0,
    /// Claimed, without an outcome.
    InFlight = 1,
    /// To be tried again.
    Retry = 2,
    /// Accepted by the provider.
    Sent = 3,
    /// Known to have arrived.
    Delivered = 4,
    /// Known to be read.
    Read = 5,
    /// Refused for good by the provider.
    Failed = 6,
    /// It may have arrived; a person or the transport's setting decides.
    Unknown = 7,
    /// Waits for a person.
    Held = 8,
    /// Not sent, with a reason.
    Skipped = 9,
}

impl DeliveryState {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::InFlight,
        Self::Retry,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
        Self::Unknown,
        Self::Held,
        Self::Skipped,
    ];

    /// Finds a state by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|s| *s as u8 == code)
    }

    /// The word in APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InFlight => "in_flight",
            Self::Retry => "retry",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Held => "held",
            Self::Skipped => "skipped",
        }
    }
}

/// A delivery or service message as people see it.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// Its number; negative for a service message.
    pub id: DeliveryId,
    /// The contact.
    pub contact: ContactId,
    /// The address it goes to; `None` once it was erased.
    pub address: Option<Address>,
    /// The transport; `None` if skipped before one was chosen.
    pub transport: Option<TransportId>,
    /// Its state now.
    pub state: DeliveryState,
    /// Word of the refusal, or outcome code with detail.
    pub reason: Option<String>,
    /// Attempts made so far.
    pub attempts: u32,
    /// The consent event that permitted it.
    pub evidence: Option<EventId>,
    /// The provider's id of the message.
    pub remote_id: Option<String>,
    /// When it last changed.
    pub at: Option<Time>,
}

/// What a person decides about a delivery in state `Unknown`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownResolution {
    /// It arrived.
    Sent,
    /// It did not arrive: send it again, with the same message id.
    Resend,
    /// It did not arrive and is not sent again.
    Failed,
}

/// An outcome that comes after the message counted as unknown: it corrects that.
#[derive(Clone, Debug)]
pub struct OutcomeCorrection {
    /// The message id that names the delivery.
    pub message_id: [u8; 16],
    /// The provider's id; `None`: it was never begun, and goes to the queue again.
    pub sent: Option<Box<str>>,
    /// Time of the outcome.
    pub at: Time,
}

/// What a provider says about a message that it accepted.
#[derive(Clone, Debug)]
pub struct SentDetail {
    /// The delivery; negative for a service message.
    pub delivery: DeliveryId,
    /// Its broadcast; `None` for a service message.
    pub broadcast: Option<BroadcastId>,
    /// The provider's ids by which receipts may name it.
    pub remote_ids: Vec<Box<str>>,
    /// Number of parts; 0 if the provider does not say.
    pub parts: u32,
    /// Cost in millionths of the currency; 0 if the provider does not say.
    pub cost_micro: u64,
    /// Currency as in ISO 4217; empty if the provider does not say.
    pub currency: Box<str>,
    /// Time of the outcome.
    pub at: Time,
}

/// Parts and cost of a broadcast in one currency.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CostTotal {
    /// Currency as in ISO 4217; empty where only parts are known.
    pub currency: String,
    /// Messages that the provider said something about.
    pub messages: u64,
    /// Their parts.
    pub parts: u64,
    /// Their cost in millionths.
    pub cost_micro: u64,
}

/// What a provider reports later about a message.
#[derive(Clone, Debug)]
pub struct ReceiptRow {
    /// The transport that reports it. Receipts about deliveries of other transports are ignored.
    pub transport: TransportId,
    /// The message id that names the delivery.
    pub message_id: [u8; 16],
    /// 0 delivered, 1 read, 2 bounced, 3 complained (as in the ABI).
    pub kind: u32,
    /// Time of the report.
    pub at: Time,
    /// One line of detail, without an address.
    pub detail: String,
}
