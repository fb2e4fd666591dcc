//! The events of a consent. Actor, time and proof of an event are in its [evidence](crate::evidence).

/// What an import can prove per person (SPEC §2.5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ImportClass {
    /// A full double opt-in record.
    A,
    /// One step, but proving itself: a chat transcript, a signed paper.
    B,
    /// A flag in another tool, or no text: quarantined.
    C,
    /// An existing customer with all fields of UWG §7(3).
    D,
    /// Bought or rented: refused.
    E,
}

/// An event of a consent (SPEC §2.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// The person signed up (form, START, operator on request): a confirmation request goes out.
    SignUp,
    /// JA on the very channel, or the button on the page.
    Confirm,
    /// NEIN, or "this was not me".
    Decline,
    /// The time to answer is over.
    RequestExpired,
    /// The confirmation request could not be delivered.
    RequestFailed,
    /// The person left this list: its link, one click, STOP with its name, an operator's entry for it.
    Stop,
    /// The person left everything of this sender: STOP, a complaint, the page's button for all lists, an operator's entry. It holds for every
    /// list, present and future, until the person signs up again, and then for that list alone.
    StopAll,
    /// A soft refusal, dispute or restriction: paused until a person looks.
    Hold,
    /// A hold was not answered in time.
    HoldExpired,
    /// The person said WEITER, or the operator closed a technical hold.
    Resume,
    /// Nothing was sent for too long.
    GoStale,
    /// The person renewed the consent.
    Renew,
    /// The consent was found defective.
    Invalidate,
    /// The list is closed.
    CloseList,
    /// The consent and its evidence are erased.
    Erase,
    /// Came with an import.
    Import(ImportClass),
    /// Two records of one person became one. About the person: it is never an event of a consent.
    Merge,
    /// Name, language or variables were changed. About the person: it is never an event of a consent.
    Edit,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::SignUp,
        Self::Confirm,
        Self::Decline,
        Self::RequestExpired,
        Self::RequestFailed,
        Self::Stop,
        Self::StopAll,
        Self::Hold,
        Self::HoldExpired,
        Self::Resume,
        Self::GoStale,
        Self::Renew,
        Self::Invalidate,
        Self::CloseList,
        Self::Erase,
        Self::Import(ImportClass::A),
        Self::Import(ImportClass::B),
        Self::Import(ImportClass::C),
        Self::Import(ImportClass::D),
        Self::Import(ImportClass::E),
        Self::Merge,
        Self::Edit,
    ];

    /// The word in evidence and APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Confirm => "confirm",
            Self::Decline => "decline",
            Self::RequestExpired => "request_expired",
            Self::RequestFailed => "request_failed",
            Self::Stop => "stop",
            Self::StopAll => "stop_all",
            Self::Hold => "hold",
            Self::HoldExpired => "hold_expired",
            Self::Resume => "resume",
            Self::GoStale => "go_stale",
            Self::Renew => "renew",
            Self::Invalidate => "invalidate",
            Self::CloseList => "close_list",
            Self::Erase => "erase",
            Self::Import(ImportClass::A) => "import_a",
            Self::Import(ImportClass::B) => "import_b",
            Self::Import(ImportClass::C) => "import_c",
            Self::Import(ImportClass::D) => "import_d",
            Self::Import(ImportClass::E) => "import_e",
            Self::Merge => "merge",
            Self::Edit => "edit",
        }
    }
}
