//! The spellings of an address that is to be erased, and where they occur in texts and files.

use aho_corasick::AhoCorasick;
use rundruf_consent::{Address, Channel};

/// What replaces an address in the text of another person.
const REMOVED: &str = "[…]";
/// Shortest number whose digits alone are looked for: shorter ones are in every second text.
const DIGITS: usize = 8;

/// The spellings of some addresses. They are found whatever their case, and not inside of a longer address. `Debug` shows none.
#[derive(Clone)]
pub struct Spellings {
    finder: AhoCorasick,
    longest: usize,
}

impl std::fmt::Debug for Spellings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spellings({})", self.finder.patterns_len())
    }
}

/// The spellings of one address: as given, its domain in Unicode and as A-label, as part of a link, a number without its plus.
fn of(address: &Address, out: &mut Vec<String>) {
    let value = address.value();
    out.push(value.to_owned());
    if let Some((local, domain)) = value.rsplit_once('@') {
        let (letters, _) = idna::domain_to_unicode(domain);
        for domain in [domain, letters.as_str()] {
            for local in [local.to_owned(), local.to_lowercase()] {
                out.push(format!("{local}@{domain}"));
                out.push(format!("{local}%40{domain}"));
            }
        }
    }
    if address.channel() == Channel::Sms
        && let Some(digits) = value.strip_prefix('+').filter(|d| d.len() >= DIGITS)
    {
        out.push(digits.to_owned());
    }
}

impl Spellings {
    /// The spellings of these addresses; `None` if there are none, or too many to look for.
    #[must_use]
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Option<Self> {
        let mut all = Vec::new();
        addresses.into_iter().for_each(|address| of(address, &mut all));
        all.sort_unstable();
        all.dedup();
        let longest = all.iter().map(String::len).max()?;
        let finder = AhoCorasick::builder().ascii_case_insensitive(true).build(&all).ok()?;
        Some(Self { finder, longest })
    }

    /// Length of the longest one in bytes.
    #[must_use]
    pub const fn longest(&self) -> usize {
        self.longest
    }

    /// Where they occur, in order.
    pub fn places<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        let whole = move |place: &std::ops::Range<usize>| {
            let before = place.start.checked_sub(1).and_then(|at| bytes.get(at));
            let (next, behind) = (bytes.get(place.end), bytes.get(place.end + 1));
            let begins = before.is_none_or(|b| !(b.is_ascii_alphanumeric() || b".-_".contains(b)));
            let ends = next.is_none_or(|b| {
                !(b.is_ascii_alphanumeric() || (b".-".contains(b) && behind.is_some_and(u8::is_ascii_alphanumeric)))
            });
            begins && ends
        };
        self.finder.find_overlapping_iter(bytes).map(|m| m.start()..m.end()).filter(whole)
    }

    /// The text without them; `None` if none is in it.
    #[must_use]
    pub fn redact(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut from = 0;
        for place in self.places(text.as_bytes()) {
            if place.start >= from {
                out.push_str(text.get(from..place.start)?);
                out.push_str(REMOVED);
            }
            from = from.max(place.end);
        }
        if from == 0 {
            return None;
        }
        out.push_str(text.get(from..)?);
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: (Channel, &str), text: &str, want: Option<&str>) {
        let address = Address::parse(address.0, address.1, Some("DE")).unwrap();
        let got = Spellings::new([&address]).unwrap().redact(text);
        assert_eq!(got.as_deref(), want, "{text}");
    }

    #[test]
    fn every_spelling_and_nothing_else() {
        let erika = (Channel::Email, "Erika.Muster@bücher.example");
        check(erika, "an ERIKA.muster@BÜCHER.example, bitte", None);
        check(erika, "an ERIKA.muster@bücher.example, bitte", Some("an […], bitte"));
        check(erika, "<erika.muster@xn--bcher-kva.example>.", Some("<[…]>."));
        check(erika, "https://x/?a=erika.muster%40xn--bcher-kva.example", Some("https://x/?a=[…]"));
        check(erika, "email:erika.muster@xn--bcher-kva.example", Some("email:[…]"));
        check(erika, "frederika.muster@xn--bcher-kva.example", None);
        check(erika, "erika.muster@xn--bcher-kva.example.org", None);
        check(erika, "erika.muster@xn--bcher-kva.example. Danke", Some("[…]. Danke"));
        let number = (Channel::Sms, "+491711234567");
        check(number, "+491711234567 und 491711234567", Some("[…] und […]"));
        check(number, "+4917112345678", None);
    }
}
