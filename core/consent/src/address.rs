//! One way to reach a contact: channel and value in the channel's normal form (SPEC §2.4).

mod email; // local part as typed, domain as A-label
mod error; // why a text is not an address
mod handle; // Threema, Signal, Matrix, XMPP
mod phone; // E.164

use crate::Channel;
use std::fmt;

pub use error::AddressError;

/// An address in normal form. `Debug` and [`Address::masked`] hide the person; only [`Address::value`] tells.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    channel: Channel,
    value: Box<str>,
}

/// No address of any channel is longer.
const MAX: usize = 512;

impl Address {
    /// Reads a text as an address of this channel and brings it into normal form.
    /// `region` (ISO 3166, such as `DE`) is where numbers without a country belong; `None` refuses them.
    ///
    /// # Errors
    /// What is wrong with the text, without the text.
    pub fn parse(channel: Channel, text: &str, region: Option<&str>) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.len() > MAX {
            return Err(AddressError::TooLong(MAX));
        }
        if text.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        let value = match channel {
            Channel::Email => email::normal(text)?,
            Channel::Sms => phone::normal(text, region)?,
            Channel::Threema => handle::threema(text)?,
            Channel::Signal => handle::signal(text, region)?,
            Channel::Matrix => handle::matrix(text)?,
            Channel::Xmpp => handle::xmpp(text)?,
        };
        Ok(Self { channel, value: value.into_boxed_str() })
    }

    /// An address that is in normal form already, as read from the store.
    #[must_use]
    pub fn from_normal(channel: Channel, value: &str) -> Self {
        Self { channel, value: value.into() }
    }

    /// The channel.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The normal form.
    #[must_use]
    pub const fn value(&self) -> &str {
        &self.value
    }

    /// What a log or a list may show: `email:a…@k….example`, `sms:…67`.
    #[must_use]
    pub fn masked(&self) -> String {
        let word = self.channel.word();
        match self.value.rsplit_once('@') {
            Some((local, domain)) if self.channel == Channel::Email || self.channel == Channel::Xmpp => {
                let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
                let (name, top) = domain.rsplit_once('.').unwrap_or((domain, ""));
                let dot = if top.is_empty() { "" } else { "." };
                format!("{word}:{}…@{}…{dot}{top}", first(local), first(name))
            }
            _ => {
                let mut tail: Vec<char> = self.value.chars().rev().take(2).collect();
                tail.reverse();
                format!("{word}:…{}", tail.into_iter().collect::<String>())
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(channel: Channel, text: &str, region: Option<&str>, want: Result<&str, ()>) {
        let got = Address::parse(channel, text, region);
        assert_eq!(got.as_ref().map(Address::value).map_err(|_| ()), want, "{text:?}: {got:?}");
    }

    #[test]
    fn normal_forms() {
        use Channel::{Email, Matrix, Signal, Sms, Threema, Xmpp};
        check(Email, " Anna.B+x@Krume.EXAMPLE ", None, Ok("Anna.B+x@krume.example"));
        check(Email, "a@bücher.example", None, Ok("a@xn--bcher-kva.example"));
        for bad in [
            "",
            "a",
            "a@",
            "@b.example",
            "a@b@c.example",
            "a b@c.example",
            "a@b.example\r\nBcc: c@d.example",
            "a@-b.example",
            "\"a b\"@c.example",
            "a..b@c.example",
            ".a@c.example",
            "a@c",
            "a,b@c.example",
            "<a@c.example>",
        ] {
            check(Email, bad, None, Err(()));
        }
        check(Email, &format!("{}@c.example", "a".repeat(65)), None, Err(()));
        check(Sms, "+49 170 1234567", None, Ok("+491701234567"));
        check(Sms, "0170 / 123 45 67", Some("DE"), Ok("+491701234567"));
        check(Sms, "+491700000001", None, Ok("+491700000001"));
        check(Sms, "0049 170 1234567", Some("DE"), Ok("+491701234567"));
        check(Sms, "0170 1234567", None, Err(()));
        check(Sms, "abc", Some("DE"), Err(()));
        check(Sms, "+1", None, Err(()));
        check(Threema, "anna2345", None, Ok("ANNA2345"));
        check(Threema, "*KRUME01", None, Ok("*KRUME01"));
        check(Threema, "ANNA", None, Err(()));
        check(Signal, "2F1C0A7E-1111-4222-8333-444455556666", None, Ok("2f1c0a7e-1111-4222-8333-444455556666"));
        check(Signal, "+491701234567", None, Ok("+491701234567"));
        check(Matrix, "@anna:krume.example", None, Ok("@anna:krume.example"));
        check(Matrix, "anna:krume.example", None, Err(()));
        check(Xmpp, "Anna@Krume.example/phone", None, Ok("anna@krume.example"));
    }

    #[test]
    fn masks() {
        let shown = |c, t| format!("{:?}", Address::parse(c, t, None).unwrap());
        assert_eq!(shown(Channel::Email, "anna@krume.example"), "Address(email:a…@k….example)");
        assert_eq!(shown(Channel::Sms, "+491701234567"), "Address(sms:…67)");
    }
}
