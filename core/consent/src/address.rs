//! One way to reach a contact: a spelling, which is shown and used for delivery, and a key, which is its identity (SPEC §2.4).

mod email; // spelling: local part as given, domain as A-label
mod error; // why a text is not an address
mod handle; // Threema, Signal, Matrix, XMPP
mod key; // case-folding, mailbox
mod phone; // E.164
mod typed; // what a person types to find an address

use crate::Channel;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

pub use error::AddressError;
pub use typed::search_texts;

/// A domain as the DNS has it, in A-labels; `None` if it has no such form.
#[must_use]
pub fn ascii_domain(domain: &str) -> Option<String> {
    email::host(domain)
}

/// An address: channel, spelling and key. Two addresses are equal if their keys are: `Anna@krume.example` is `anna@KRUME.example`.
/// `Debug` and [`Address::masked`] hide the person; only [`Address::value`] and [`Address::key`] tell.
#[derive(Clone)]
pub struct Address {
    channel: Channel,
    value: Box<str>,
    /// `None`: the spelling is the key.
    key: Option<Box<str>>,
}

/// No address of any channel is longer.
const MAX: usize = 512;

impl Address {
    /// Reads a text as an address of this channel: surrounding space goes, numbers become E.164, the domain of an e-mail address its A-label.
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
            Channel::Email => email::spelling(text)?,
            Channel::Sms => phone::normal(text, region)?,
            Channel::Threema => handle::threema(text)?,
            Channel::Signal => handle::signal(text, region)?,
            Channel::Matrix => handle::matrix(text)?,
            Channel::Xmpp => handle::xmpp(text)?,
        };
        Ok(Self::from_normal(channel, &value))
    }

    /// As [`Address::parse`], for an address that already exists somewhere: one that a provider reports, or that an earlier version stored.
    /// A number that is written in full is taken even if its country has no such number: a stop from it must be heard.
    ///
    /// # Errors
    /// What is wrong with the text, without the text.
    pub fn parse_existing(channel: Channel, text: &str, region: Option<&str>) -> Result<Self, AddressError> {
        Self::parse(channel, text, region).or_else(|error| {
            let digits = text.trim().strip_prefix('+').unwrap_or("");
            let is_full = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            let is_number = matches!(channel, Channel::Sms | Channel::Signal);
            if is_number && is_full { Ok(Self::from_normal(channel, text.trim())) } else { Err(error) }
        })
    }

    /// An address whose spelling is valid already, as read from the store.
    #[must_use]
    pub fn from_normal(channel: Channel, value: &str) -> Self {
        let key = match channel {
            Channel::Email => Some(key::email(value)).filter(|key| key != value),
            _ => None,
        };
        Self { channel, value: value.into(), key: key.map(String::into_boxed_str) }
    }

    /// The channel.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The spelling: shown, and used for delivery.
    #[must_use]
    pub const fn value(&self) -> &str {
        &self.value
    }

    /// The identity: uniqueness, consent, suppression, caps and look-ups go by it.
    #[must_use]
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.value)
    }

    /// The key of the mailbox behind a tag (`anna+brot@…` → `anna@…`); `None` if the address has no tag and is its own mailbox.
    /// It widens stops, suppression, caps and the limit of requests, never a yes.
    #[must_use]
    pub fn tagged_mailbox(&self) -> Option<String> {
        if self.channel == Channel::Email { key::untagged(self.key()) } else { None }
    }

    /// The key of the mailbox: that of [`Address::tagged_mailbox`], else the key itself.
    #[must_use]
    pub fn mailbox(&self) -> Cow<'_, str> {
        self.tagged_mailbox().map_or(Cow::Borrowed(self.key()), Cow::Owned)
    }

    /// Normal forms of this address in earlier versions, under which hashes may be stored.
    pub(crate) fn earlier_forms(&self) -> Vec<String> {
        let mut forms = Vec::new();
        match self.channel {
            // Lower case by other rules than folding, and not composed.
            Channel::Email if !self.value.is_ascii() => {
                forms.push(self.value.to_lowercase());
                forms.extend(key::untagged(&self.value.to_lowercase()));
            }
            Channel::Sms | Channel::Signal => forms.extend(phone::earlier_form(&self.value)),
            _ => {}
        }
        forms.retain(|form| form != self.key());
        forms
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

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.channel == other.channel && self.key() == other.key()
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        self.channel.cmp(&other.channel).then_with(|| self.key().cmp(other.key()))
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.channel.hash(state);
        self.key().hash(state);
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.masked())
    }
}

#[cfg(test)]
#[path = "../tests/unit/address.rs"]
mod tests; // spellings, keys, refusals, properties
