//! The states of one (address, list) pair and the one table of transitions (SPEC §2.1, SPEC §2.2).

use crate::{Event, ImportClass, Time};
use rundruf_lang::{Message, msg};

/// State of one consent (SPEC §2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    /// The person was never asked.
    None = 0,
    /// Asked, not answered yet.
    Requested = 1,
    /// The person said yes: promotion is permitted.
    Confirmed = 2,
    /// Valid but paused until a person decides.
    Held = 3,
    /// Not used for too long: needs a renewal.
    Stale = 4,
    /// The person answered no.
    Declined = 5,
    /// The request was not answered in time.
    Expired = 6,
    /// The person took the yes back.
    Withdrawn = 7,
    /// Found defective.
    Invalidated = 8,
    /// The list was closed.
    Terminated = 9,
    /// Imported without proof: nothing is sent.
    Quarantined = 10,
    /// An existing customer, on another basis than consent.
    Customer = 11,
    /// An existing customer who objected.
    Objected = 12,
    /// Erased at the person's request.
    Erased = 13,
}

impl State {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::None,
        Self::Requested,
        Self::Confirmed,
        Self::Held,
        Self::Stale,
        Self::Declined,
        Self::Expired,
        Self::Withdrawn,
        Self::Invalidated,
        Self::Terminated,
        Self::Quarantined,
        Self::Customer,
        Self::Objected,
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

/// What holds for an address on every list. Any flag forbids promotional messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct AddressFlags(pub u8);

impl AddressFlags {
    /// Suppressed on every list.
    pub const SUPPRESSED: Self = Self(1);
    /// The provider reported it as permanently undeliverable.
    pub const UNDELIVERABLE: Self = Self(2);
    /// It may belong to another person by now.
    pub const REASSIGNED: Self = Self(4);

    /// The flags that these bits stand for; `None` if one of them is unknown to this program.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        let known = Self::SUPPRESSED.0 | Self::UNDELIVERABLE.0 | Self::REASSIGNED.0;
        if bits & !known == 0 { Some(Self(bits)) } else { None }
    }

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

/// A transition that the table allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transition {
    /// The state after it.
    pub to: State,
    /// Whether the address goes on the suppression list, and how far.
    pub suppress: Suppress,
    /// Whether an earlier suppression for this list is lifted (a new yes).
    pub lift: bool,
}

/// How far an event suppresses an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suppress {
    /// Not at all.
    Nothing,
    /// For the list of the consent.
    List,
    /// For every list of the sender, present and future.
    Sender,
}

/// A transition that the table does not allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IllegalTransition {
    /// The state of the consent.
    pub from: State,
    /// The event that the state does not allow.
    pub event: Event,
}

impl IllegalTransition {
    /// What the state does not allow, for a person.
    #[must_use]
    pub fn message(&self) -> Message {
        msg!("consent-illegal-transition", state = self.from.word(), event = self.event.word())
    }
}

impl std::fmt::Display for IllegalTransition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.message())
    }
}

impl std::error::Error for IllegalTransition {}

/// How long a "no" to a request holds before the person may be asked again (T_decl).
pub const DECLINED_FOR: std::time::Duration = std::time::Duration::from_secs(30 * 86_400);

/// The one table of transitions (SPEC §2.2). `since` is when the state was entered.
///
/// # Errors
/// [`IllegalTransition`] for a pair that the table does not know. A repeat that changes nothing (a second JA, a second STOP) is a step to the
/// same state, not an error.
pub fn transition(from: State, event: Event, since: Time, now: Time) -> Result<Transition, IllegalTransition> {
    use State as S;
    let stay = |to| Ok(Transition { to, suppress: Suppress::Nothing, lift: false });
    let suppress = |to, suppress| Ok(Transition { to, suppress, lift: false });
    match (from, event) {
        // Nothing comes back from erasure but a new sign-up, which is a new consent.
        (_, Event::Erase) => stay(S::Erased),
        (S::Erased, _) => Err(IllegalTransition { from, event }),
        (_, Event::Invalidate) => suppress(S::Invalidated, Suppress::List),
        (_, Event::CloseList) => stay(S::Terminated),
        (S::Terminated, _) => Err(IllegalTransition { from, event }),

        // Asking.
        (S::Declined, Event::SignUp) if now.since(since) <= DECLINED_FOR => Err(IllegalTransition { from, event }),
        (
            S::None
            | S::Expired
            | S::Declined
            | S::Withdrawn
            | S::Stale
            | S::Invalidated
            | S::Quarantined
            | S::Requested
            | S::Customer
            | S::Objected,
            Event::SignUp,
        ) => stay(S::Requested),
        // Somebody who said yes already keeps it: the new request only refreshes the proof when it is answered.
        (S::Confirmed | S::Held, Event::SignUp) => stay(from),

        // Answering. A yes on the very channel lifts an earlier stop for this list only (R25).
        (S::Requested, Event::Confirm) => Ok(Transition { to: S::Confirmed, suppress: Suppress::Nothing, lift: true }),
        (S::Confirmed, Event::Confirm | Event::Renew) => stay(S::Confirmed),
        (S::Requested, Event::Decline) => stay(S::Declined),
        (S::Declined, Event::Decline) => stay(S::Declined),
        (S::Requested, Event::RequestExpired | Event::RequestFailed) => stay(S::Expired),

        // Stopping: generous. A customer objects, everybody else withdraws; a repeat changes nothing.
        (S::Customer | S::Objected, Event::Stop) => suppress(S::Objected, Suppress::List),
        (_, Event::Stop) => suppress(S::Withdrawn, Suppress::List),
        (S::Customer | S::Objected, Event::StopAll) => suppress(S::Objected, Suppress::Sender),
        (_, Event::StopAll) => suppress(S::Withdrawn, Suppress::Sender),

        // Pausing.
        (S::Confirmed | S::Held, Event::Hold) => stay(S::Held),
        (S::Customer, Event::Hold) => suppress(S::Objected, Suppress::List),
        (S::Held, Event::HoldExpired) => suppress(S::Withdrawn, Suppress::List),
        (S::Held | S::Confirmed, Event::Resume) => stay(S::Confirmed),
        (S::Confirmed, Event::GoStale) => stay(S::Stale),

        // Importing: strictest wins, so that an import never reopens what a person has closed.
        (S::None | S::Expired | S::Quarantined, Event::Import(ImportClass::A | ImportClass::B)) => stay(S::Confirmed),
        (S::Confirmed, Event::Import(_)) => stay(S::Confirmed),
        (S::None | S::Quarantined, Event::Import(ImportClass::C)) => stay(S::Quarantined),
        (S::None | S::Quarantined | S::Customer, Event::Import(ImportClass::D)) => stay(S::Customer),
        _ => Err(IllegalTransition { from, event }),
    }
}

/// The stricter of two states of the same (address, list) pair, for merging two records of one address (SPEC §2.4).
#[must_use]
pub const fn stricter(a: State, b: State) -> State {
    if strictness(a) >= strictness(b) { a } else { b }
}

const fn strictness(state: State) -> u8 {
    match state {
        State::Erased => 13,
        State::Terminated => 12,
        State::Invalidated => 11,
        State::Objected => 10,
        State::Withdrawn => 9,
        State::Declined => 8,
        State::Held => 7,
        State::Stale => 6,
        State::Quarantined => 5,
        State::Expired => 4,
        State::Requested => 3,
        State::Customer => 2,
        State::Confirmed => 1,
        State::None => 0,
    }
}

/// The table as Markdown: one row for each state, one column for each event. The README shows exactly this.
#[must_use]
pub fn table() -> String {
    let long_ago = Time(0);
    let now = Time(0).plus(DECLINED_FOR * 2);
    let mut out = String::from("| from \\ event |");
    for event in Event::ALL {
        out.push_str(&format!(" {} |", event.word()));
    }
    out.push_str("\n|");
    out.push_str(&" --- |".repeat(Event::ALL.len() + 1));
    out.push('\n');
    for from in State::ALL {
        out.push_str(&format!("| {} |", from.word()));
        for event in Event::ALL {
            match transition(from, event, long_ago, now) {
                Ok(step) if step.to == from => out.push_str(" = |"),
                Ok(step) => out.push_str(&format!(" {} |", step.to.word())),
                Err(_) => out.push_str(" · |"),
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_the_table() {
        let readme = include_str!("../README.md");
        assert_eq!(table().lines().count(), State::ALL.len() + 2, "a heading, a rule, and each state");
        assert!(readme.contains(&table()), "core/consent/README.md must contain:\n{}", table());
    }

    #[test]
    fn numbers_and_words_name_one_state_each() {
        for state in State::ALL {
            assert_eq!(State::from_code(state.code()), Some(state));
            assert_eq!(State::ALL.iter().filter(|s| s.word() == state.word()).count(), 1);
        }
        assert_eq!(State::from_code(14), None);
    }

    #[test]
    fn a_no_holds_for_thirty_days() {
        let said_no = Time(0);
        let later = said_no.plus(DECLINED_FOR);
        assert!(transition(State::Declined, Event::SignUp, said_no, later).is_err());
        assert!(transition(State::Declined, Event::SignUp, said_no, Time(later.0 + 1)).is_ok());
    }

    #[test]
    fn a_stop_ends_every_state_that_permits_advertising() {
        for state in [State::Confirmed, State::Customer, State::Held] {
            for (event, far) in [(Event::Stop, Suppress::List), (Event::StopAll, Suppress::Sender)] {
                let step = transition(state, event, Time(0), Time(1)).unwrap();
                assert!(matches!(step.to, State::Withdrawn | State::Objected), "{state:?}");
                assert_eq!(step.suppress, far, "{state:?}");
            }
        }
    }

    #[test]
    fn only_the_yes_of_a_person_lifts_a_stop() {
        for from in State::ALL {
            for event in Event::ALL {
                let lifts = transition(from, event, Time(0), Time(1)).is_ok_and(|step| step.lift);
                assert_eq!(lifts, (from, event) == (State::Requested, Event::Confirm), "{from:?} {event:?}");
            }
        }
    }

    #[test]
    fn an_import_never_reopens_what_a_person_has_closed() {
        for state in [State::Withdrawn, State::Objected, State::Declined, State::Invalidated, State::Erased] {
            for class in [ImportClass::A, ImportClass::B, ImportClass::C, ImportClass::D, ImportClass::E] {
                assert!(transition(state, Event::Import(class), Time(0), Time(1)).is_err(), "{state:?} {class:?}");
            }
        }
    }
}
