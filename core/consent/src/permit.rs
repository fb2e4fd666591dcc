//! The gate's answer.

use crate::{DeliveryId, EventId};

/// "This delivery may leave now." Made by the [gate](crate::gate) alone, used once, cannot be copied.
#[must_use = "a permit that is not handed over must be given back"]
#[derive(Debug, PartialEq, Eq)]
pub struct SendPermit {
    delivery: DeliveryId,
    evidence: EventId,
}

impl SendPermit {
    pub(crate) const fn new(delivery: DeliveryId, evidence: EventId) -> Self {
        Self { delivery, evidence }
    }

    /// The delivery that may leave.
    #[must_use]
    pub const fn delivery(&self) -> DeliveryId {
        self.delivery
    }

    /// The consent event that permits it. The delivery's row keeps it. 0 where no consent is needed (an answer to a question).
    #[must_use]
    pub const fn evidence(&self) -> EventId {
        self.evidence
    }
}

/// Why a message must not leave.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no consent: the person was never asked for this list.
    NotAsked = 1,
    /// Asked, not confirmed yet.
    Unconfirmed = 2,
    /// The consent is paused.
    Held = 3,
    /// The consent was not used for too long.
    Stale = 4,
    /// The person said no.
    Declined = 5,
    /// Did not answer in time.
    RequestExpired = 6,
    /// The person took the consent back.
    Withdrawn = 7,
    /// The consent was found defective.
    Invalidated = 8,
    /// The list is closed.
    Terminated = 9,
    /// The consent was imported without proof.
    Quarantined = 10,
    /// The customer objected.
    Objected = 11,
    /// The consent was erased.
    Erased = 12,
    /// The address is suppressed.
    Suppressed = 13,
    /// The provider reported the address as permanently undeliverable.
    Undeliverable = 14,
    /// The address may belong to another person.
    Reassigned = 15,
    /// This kind of message is not permitted in this state, or was sent already.
    NotPermitted = 16,
    /// The consent, its evidence or the message class in the database cannot be read. A no for every class.
    Unreadable = 17,
    /// Not by the gate: no address on any transport of the list.
    NoAddress = 32,
    /// Not by the gate: the broadcast's time is over.
    BroadcastExpired = 33,
    /// Not by the gate: the contact has had enough messages in this period.
    FrequencyCap = 34,
    /// Not by the gate: the broadcast was cancelled.
    Cancelled = 35,
    /// Not by the gate: the message could not be made for this person.
    NotRendered = 36,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::NotAsked,
        Self::Unconfirmed,
        Self::Held,
        Self::Stale,
        Self::Declined,
        Self::RequestExpired,
        Self::Withdrawn,
        Self::Invalidated,
        Self::Terminated,
        Self::Quarantined,
        Self::Objected,
        Self::Erased,
        Self::Suppressed,
        Self::Undeliverable,
        Self::Reassigned,
        Self::NotPermitted,
        Self::Unreadable,
        Self::NoAddress,
        Self::BroadcastExpired,
        Self::FrequencyCap,
        Self::Cancelled,
        Self::NotRendered,
    ];

    /// The word in APIs and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Unconfirmed => "unconfirmed",
            Self::Held => "held",
            Self::Stale => "stale",
            Self::Declined => "declined",
            Self::RequestExpired => "request_expired",
            Self::Withdrawn => "withdrawn",
            Self::Invalidated => "invalidated",
            Self::Terminated => "terminated",
            Self::Quarantined => "quarantined",
            Self::Objected => "objected",
            Self::Erased => "erased",
            Self::Suppressed => "suppressed",
            Self::Undeliverable => "undeliverable",
            Self::Reassigned => "reassigned",
            Self::NotPermitted => "not_permitted",
            Self::Unreadable => "unreadable",
            Self::NoAddress => "no_address",
            Self::BroadcastExpired => "expired",
            Self::FrequencyCap => "frequency_cap",
            Self::Cancelled => "cancelled",
            Self::NotRendered => "not_rendered",
        }
    }

    /// Why a state forbids it.
    #[must_use]
    pub const fn from_state(state: crate::State) -> Self {
        use crate::State as S;
        match state {
            S::None => Self::NotAsked,
            S::Requested => Self::Unconfirmed,
            S::Confirmed | S::Customer => Self::NotPermitted,
            S::Held => Self::Held,
            S::Stale => Self::Stale,
            S::Declined => Self::Declined,
            S::Expired => Self::RequestExpired,
            S::Withdrawn => Self::Withdrawn,
            S::Invalidated => Self::Invalidated,
            S::Terminated => Self::Terminated,
            S::Quarantined => Self::Quarantined,
            S::Objected => Self::Objected,
            S::Erased => Self::Erased,
        }
    }

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Finds a refusal by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.code() == code)
    }
}
