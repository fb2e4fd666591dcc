//! Kinds of address.

use serde::{Deserialize, Serialize};

/// The kind of an address. A transport serves one or more of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Channel {
    /// E-mail.
    Email = 1,
    /// Text message to a phone number.
    Sms = 2,
    /// Threema ID.
    Threema = 3,
    /// Signal account.
    Signal = 4,
    /// Matrix user.
    Matrix = 5,
    /// XMPP address.
    Xmpp = 6,
}

impl Channel {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Email, Self::Sms, Self::Threema, Self::Signal, Self::Matrix, Self::Xmpp];

    /// The word in settings, files and APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Threema => "threema",
            Self::Signal => "signal",
            Self::Matrix => "matrix",
            Self::Xmpp => "xmpp",
        }
    }

    /// Finds a channel by its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.word() == word)
    }

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Finds a channel by its number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }

    /// Whether the reply JA on this channel is the confirmation. By e-mail it is the button on a page.
    #[must_use]
    pub const fn confirms_by_reply(self) -> bool {
        !matches!(self, Self::Email)
    }
}
