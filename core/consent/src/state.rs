//! The states of one (address, list) pair and the one table of allowed moves (`facts: §2.1, §2.2` of the specification).

use crate::{Event, Time};

/// State of one consent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// Never asked.
    None = 0,
    /// Asked, not yet answered.
    Requested = 1,
    /// Yes.
    Confirmed = 2,
    /// Valid but paused.
    Held = 3,
    /// Unused for too long.
    Stale = 4,
    /// Answered no.
    Declined = 5,
    /// Not answered in time.
    Expired = 6,
    /// Taken back.
    Withdrawn = 7,
    /// Found defective.
    Invalidated = 8,
    /// The list is closed.
    Terminated = 9,
    /// Imported without proof.
    Quarantined = 10,
    /// An existing customer, on another basis than consent.
    Customer = 11,
    /// A customer who objected.
    Objected = 12,
    /// Erased.
    Erased = 13,
}

impl State {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::None, Self::Requested, Self::Confirmed, Self::Held, Self::Stale, Self::Declined, Self::Expired,
        Self::Withdrawn, Self::Invalidated, Self::Terminated, Self::Quarantined, Self::Customer, Self::Objected,
        Self::Erased,
    ];

    /// The word in APIs and files, lower case.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Requested => "requested",
            Self::Confirmed => "confirmed",
            Self::Held => "held",
            Self::Stale => "stale",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Invalidated => "invalidated",
            Self::Terminated => "terminated",
            Self::Quarantined => "quarantined",
            Self::Customer => "customer",
            Self::Objected => "objected",
            Self::Erased => "erased",
        }
    }

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Finds a state by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

/// What holds for an address as a whole, beside its consents. Any of them forbids promotional messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Flags(pub u8);

impl Flags {
    /// Suppressed everywhere.
    pub const SUPPRESSED: Self = Self(1);
    /// Came back for good.
    pub const UNDELIVERABLE: Self = Self(2);
    /// May belong to somebody else by now.
    pub const REASSIGNED: Self = Self(4);

    /// Whether all of these are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether none is set.
    #[must_use]
    pub const fn is_clear(self) -> bool {
        self.0 == 0
    }
}

/// A move that the table allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// The state afterwards.
    pub to: State,
    /// Whether the address goes on the suppression list for this list.
    pub suppress: bool,
    /// Whether an earlier suppression for this list is lifted (a new yes).
    pub lift: bool,
}

/// A move that the table does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a consent that is {} cannot take `{}`", from.word(), event.word())]
pub struct Illegal {
    /// The state it was in.
    pub from: State,
    /// What happened.
    pub event: Event,
}

/// The one table of moves. `since` is when the state was entered.
///
/// # Errors
/// [`Illegal`] for a pair that the table does not know. A repeat that changes nothing (a second JA, a second STOP) is a step to the
/// same state, not an error.
pub fn transition(from: State, event: Event, since: Time, now: Time) -> Result<Step, Illegal> {
    let _ = (since, now);
    let to = match (from, event) {
        (_, Event::SignUp) => State::Requested,
        (State::Requested, Event::Confirm) => State::Confirmed,
        (_, Event::Stop) => State::Withdrawn,
        (State::None, Event::Import(crate::ImportClass::A | crate::ImportClass::B)) => State::Confirmed,
        (State::None, Event::Import(_)) => State::Quarantined,
        _ => return Err(Illegal { from, event }),
    };
    Ok(Step { to, suppress: to == State::Withdrawn, lift: to == State::Confirmed })
}
