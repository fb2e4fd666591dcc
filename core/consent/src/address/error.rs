//! Why a text is not an address.

use crate::Channel;
use rundruf_lang::{Message, msg};
use std::fmt;

/// Why a text is not an address. The text itself is not repeated: it may be a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AddressError {
    /// There is no text.
    Empty,
    /// Longer than this many bytes, the most that the channel allows.
    TooLong(usize),
    /// Contains a line break, NUL or another control character.
    Control,
    /// Not of this channel's form.
    Form(Channel),
    /// The domain of an e-mail address is not valid.
    Domain,
    /// A national number and no region to read it in.
    NoRegion,
    /// The region to read national numbers in does not exist.
    Region,
    /// It is a date, not a phone number.
    Date,
    /// No country has this code.
    NoCountry,
    /// Too short for a phone number of its country.
    NumberShort,
    /// Too long for a phone number of its country.
    NumberLong,
    /// Its country has no phone numbers of this length.
    NumberImpossible,
}

impl AddressError {
    /// What is wrong with the text, for a person.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Empty => msg!("consent-address-empty"),
            Self::TooLong(bytes) => msg!("consent-address-too-long", bytes = *bytes),
            Self::Control => msg!("consent-address-control"),
            Self::Form(Channel::Email) => msg!("consent-address-email"),
            Self::Form(Channel::Sms) => msg!("consent-address-sms"),
            Self::Form(Channel::Threema) => msg!("consent-address-threema"),
            Self::Form(Channel::Signal) => msg!("consent-address-signal"),
            Self::Form(Channel::Matrix) => msg!("consent-address-matrix"),
            Self::Form(Channel::Xmpp) => msg!("consent-address-xmpp"),
            Self::Domain => msg!("consent-address-domain"),
            Self::NoRegion => msg!("consent-address-no-region"),
            Self::Region => msg!("consent-address-region"),
            Self::Date => msg!("consent-address-date"),
            Self::NoCountry => msg!("consent-address-no-country"),
            Self::NumberShort => msg!("consent-address-number-short"),
            Self::NumberLong => msg!("consent-address-number-long"),
            Self::NumberImpossible => msg!("consent-address-number-impossible"),
        }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message())
    }
}

impl std::error::Error for AddressError {}
