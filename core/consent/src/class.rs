//! Kinds of message, and which state permits which (§2.3 of the specification).

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
    Subject = 10,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Request, Self::Reminder, Self::Welcome, Self::Promotion, Self::Service, Self::StopAck, Self::Answer,
        Self::StillInterested, Self::Legal, Self::Subject,
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
