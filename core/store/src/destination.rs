//! Two small numbers about an address, for the hot path: where its messages go, and whose mailbox it is. They are made with a secret of this
//! process, are never stored and name nobody.

use rundruf_consent::{Address, Channel};
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::OnceLock;

/// Hashes with the secret of this process, so that nobody can choose addresses that share a number.
fn number(of: impl Hash) -> u64 {
    static SECRET: OnceLock<RandomState> = OnceLock::new();
    SECRET.get_or_init(RandomState::new).hash_one(of)
}

/// Where messages to an address go: the domain of a mailbox, the country of a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Destination(u64);

impl Destination {
    /// The destination of an address in its normal form; `None` on channels where all addresses go to one place.
    #[must_use]
    pub fn of(channel: Channel, value: &str) -> Option<Self> {
        let place = match value.rsplit_once('@') {
            Some((_, domain)) if channel == Channel::Email => domain,
            _ => calling_code(value)?,
        };
        Some(Self(number((channel.code(), place))))
    }
}

/// Whose mailbox an address is: spellings that differ in case, or behind a `+`, are one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Mailbox(u64);

impl Mailbox {
    /// The mailbox of an address as it is spelled.
    #[must_use]
    pub fn of(channel: Channel, value: &str) -> Self {
        if value.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
            return Self::of_plain(channel, value);
        }
        Self::of_plain(channel, &Address::from_normal(channel, value).mailbox())
    }

    /// Most addresses are plain: this allocates nothing.
    fn of_plain(channel: Channel, value: &str) -> Self {
        Self(match value.rsplit_once('@').filter(|_| channel == Channel::Email) {
            Some((local, domain)) => {
                let local = local.split('+').next().filter(|l| !l.is_empty()).unwrap_or(local);
                number((channel.code(), local, domain))
            }
            None => number((channel.code(), value)),
        })
    }
}

/// The country's digits at the beginning of an international number, with the plus sign (ITU-T E.164, annex D).
fn calling_code(value: &str) -> Option<&str> {
    let digits = value.strip_prefix('+').filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
    let length = match digits.get(..2)? {
        two if two.starts_with('1') || two.starts_with('7') => 1,
        "20" | "27" | "28" | "30" | "31" | "32" | "33" | "34" | "36" | "39" | "40" | "41" | "43" | "44" | "45"
        | "46" | "47" | "48" | "49" | "51" | "52" | "53" | "54" | "55" | "56" | "57" | "58" | "60" | "61" | "62"
        | "63" | "64" | "65" | "66" | "81" | "82" | "83" | "84" | "86" | "89" | "90" | "91" | "92" | "93" | "94"
        | "95" | "98" => 2,
        _ => 3,
    };
    value.get(..=length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        let of = |channel, value| Destination::of(channel, value);
        let mail = |value| of(Channel::Email, value);
        assert_eq!(mail("a@x.example"), mail("b@x.example"));
        assert_ne!(mail("a@x.example"), mail("a@y.example"));
        assert_eq!(of(Channel::Sms, "+491701234567"), of(Channel::Sms, "+4930123456"));
        assert_ne!(of(Channel::Sms, "+491701234567"), of(Channel::Sms, "+43664123456"));
        assert_eq!(of(Channel::Threema, "ABCD1234"), None);
        assert_eq!(of(Channel::Xmpp, "a@x.example"), None, "of an XMPP server nothing is known");
        for (value, code) in [("+12125550100", "+1"), ("+35799123456", "+357"), ("+4930", "+49"), ("+79", "+7")] {
            assert_eq!(calling_code(value), Some(code));
        }
        assert_eq!(calling_code("+4"), None);
    }

    #[test]
    fn mailboxes() {
        let of = |value| Mailbox::of(Channel::Email, value);
        assert_eq!(of("karla@x.example"), of("Karla+alt@x.example"));
        assert_eq!(of("jörg@x.example"), of("JÖRG@x.example"));
        assert_ne!(of("karla@x.example"), of("karl@x.example"));
        assert_ne!(of("+a@x.example"), of("+b@x.example"));
    }
}
