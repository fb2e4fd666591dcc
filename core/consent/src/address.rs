//! One way to reach a contact: channel and value in the channel's normal form.

use crate::Channel;
use std::fmt;

/// An address in normal form. `Debug` and [`Address::masked`] hide the person; only [`Address::value`] tells.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    channel: Channel,
    value: Box<str>,
}

/// Why a text is not an address. The text itself is not repeated: it may be a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// Longer than the channel allows.
    #[error("the address is longer than {0} bytes")]
    TooLong(usize),
    /// Contains a line break, NUL or another control character.
    #[error("the address contains a control character")]
    Control,
    /// Not of the channel's form; the text says what that is.
    #[error("{0}")]
    Form(&'static str),
    /// A national number and no region to read it in.
    #[error("the number has no country code; write +49…, or set `default_region`")]
    NoRegion,
}

impl Address {
    /// Reads a text as an address of this channel and brings it into normal form.
    /// `region` (ISO 3166, such as `DE`) is where numbers without a country belong; `None` refuses them.
    ///
    /// # Errors
    /// What is wrong with the text, without the text.
    pub fn parse(channel: Channel, text: &str, region: Option<&str>) -> Result<Self, AddressError> {
        let _ = region;
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        Ok(Self { channel, value: text.trim().into() })
    }

    /// An address that is in normal form already, as read from the store.
    #[must_use]
    pub fn from_normal(channel: Channel, value: &str) -> Self {
        Self { channel, value: value.into() }
    }

    /// Its kind.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// Its normal form.
    #[must_use]
    pub const fn value(&self) -> &str {
        &self.value
    }

    /// What a log or a list may show: `email:a…@k….example`, `sms:…67`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}:…", self.channel.word())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.masked())
    }
}
