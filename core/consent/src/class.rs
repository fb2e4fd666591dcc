//! Kinds of message, and which state permits which (SPEC §2.3).

/// A kind of message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// M1: confirmation request.
    Request = 1,
    /// M2: its one reminder.
    Reminder = 2,
    /// M3: welcome, the receipt of a consent.
    Welcome = 3,
    /// M4: promotional.
    Promotion = 4,
    /// M5: contract or service, free of advertising.
    Service = 5,
    /// M6: acknowledgement of a stop.
    StopAck = 6,
    /// M7: answer to a question.
    Answer = 7,
    /// M8: "still interested?".
    StillInterested = 8,
    /// M9: legal notice.
    Legal = 9,
    /// M10: answer to a data-protection request.
    PrivacyAnswer = 10,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Request,
        Self::Reminder,
        Self::Welcome,
        Self::Promotion,
        Self::Service,
        Self::StopAck,
        Self::Answer,
        Self::StillInterested,
        Self::Legal,
        Self::PrivacyAnswer,
    ];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Finds a class by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }
}

/// What a cell of the matrix says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClassRule {
    /// As often as it makes sense.
    Yes,
    /// At most once in this state.
    Once,
    /// Never.
    No,
}

/// The matrix of SPEC §2.3: what may be sent in which state, before flags.
#[must_use]
pub const fn rule(class: Class, state: crate::State) -> ClassRule {
    use crate::State as S;
    match class {
        // The request belongs to the sign-up that made the state `requested`; nothing else may carry one.
        Class::Request => match state {
            S::Requested => ClassRule::Once,
            _ => ClassRule::No,
        },
        // Default 0, hard maximum 1: the settings decide whether one is queued at all.
        Class::Reminder => match state {
            S::Requested => ClassRule::Once,
            _ => ClassRule::No,
        },
        Class::Welcome => match state {
            S::Confirmed => ClassRule::Once,
            _ => ClassRule::No,
        },
        Class::Promotion => match state {
            S::Confirmed | S::Customer => ClassRule::Yes,
            _ => ClassRule::No,
        },
        // They have a legal basis of their own (GDPR Art. 6(1)(b)); answers go to the person who asked.
        Class::Service | Class::Answer | Class::PrivacyAnswer => ClassRule::Yes,
        Class::StopAck => match state {
            S::Declined | S::Expired | S::None | S::Erased => ClassRule::No,
            _ => ClassRule::Once,
        },
        Class::StillInterested => match state {
            S::Confirmed => ClassRule::Once,
            _ => ClassRule::No,
        },
        Class::Legal => match state {
            S::Confirmed | S::Held | S::Stale | S::Customer => ClassRule::Yes,
            S::Terminated => ClassRule::Once,
            _ => ClassRule::No,
        },
    }
}
