//! Deliveries as people see them, and receipts.

use super::TransportId;
use rundruf_consent::{Address, ContactId, DeliveryId, EventId, Time};

/// State of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DeliveryState {
    /// Not yet claimed.
    Queued = 0,
    /// Claimed, no outcome yet.
    InFlight = 1,
    /// To be tried again.
    Retry = 2,
    /// Taken by the other side.
    Sent = 3,
    /// Known to have arrived.
    Delivered = 4,
    /// Known to be read.
    Read = 5,
    /// Refused for good.
    Failed = 6,
    /// May have arrived.
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

/// A delivery, for people.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// Number.
    pub id: DeliveryId,
    /// Who.
    pub contact: ContactId,
    /// Where.
    pub address: Address,
    /// By which transport; `None` if skipped before one was chosen.
    pub transport: Option<TransportId>,
    /// State.
    pub state: DeliveryState,
    /// Word of the refusal, or outcome code and detail.
    pub reason: Option<String>,
    /// Attempts made.
    pub attempts: u32,
    /// The consent event that permitted it.
    pub evidence: Option<EventId>,
    /// The other side's id.
    pub remote_id: Option<String>,
    /// When it last changed.
    pub at: Option<Time>,
}

/// What a person decides about an unknown delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownResolution {
    /// It arrived.
    Sent,
    /// It did not: send it again, with the same message id.
    Resend,
    /// It did not, and shall not.
    Failed,
}

/// A receipt to store.
#[derive(Clone, Debug)]
pub struct ReceiptRow {
    /// Who says so: about what another transport carried it has no say.
    pub transport: TransportId,
    /// Which delivery, from the message id.
    pub message_id: [u8; 16],
    /// 0 delivered, 1 read, 2 bounced, 3 complained (as in the ABI).
    pub kind: u32,
    /// When.
    pub at: Time,
    /// One line.
    pub detail: String,
}
