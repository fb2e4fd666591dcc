//! Valid form of an e-mail address: the local part as it was given (composed, NFC), the domain as A-label in lower case, because that is what
//! mail servers take (RFC 5321 §4.5.3.1 lengths).

use super::error::AddressError;
use super::key::composed;
use crate::Channel;
use unicode_normalization::char::is_combining_mark;

/// Longest local part, in octets.
const MAX_LOCAL: usize = 64;
/// Longest address, in octets.
const MAX_ADDRESS: usize = 254;

/// Brings a text into valid form. Quoted local parts are refused: hardly anybody has one, and they smuggle.
pub(super) fn spelling(text: &str) -> Result<String, AddressError> {
    let form = AddressError::Form(Channel::Email);
    let (local, domain) = text.rsplit_once('@').ok_or(form)?;
    let local = composed(local);
    if local.is_empty() || local.len() > MAX_LOCAL || !local_is_atoms(&local) {
        return Err(form);
    }
    let domain = host(domain).ok_or(AddressError::Domain)?;
    if !domain_is_host(&domain) {
        return Err(AddressError::Domain);
    }
    if local.len() + 1 + domain.len() > MAX_ADDRESS {
        return Err(AddressError::TooLong(MAX_ADDRESS));
    }
    Ok(format!("{local}@{domain}"))
}

/// A domain or a part of one as A-labels in lower case.
pub(super) fn host(domain: &str) -> Option<String> {
    // Nearly all domains are plain lower-case ASCII already: the tables of IDNA are for the others.
    let plain = domain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    if plain && !domain.contains("xn--") {
        return Some(domain.to_owned());
    }
    idna::domain_to_ascii_strict(domain).ok()
}

/// RFC 5322 dot-atom, with letters of all scripts (RFC 6531).
fn local_is_atoms(local: &str) -> bool {
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(c)
            || (!c.is_ascii() && (c.is_alphanumeric() || is_combining_mark(c)))
    };
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(allowed))
}

/// At least two labels of 1 to 63 letters, digits and inner hyphens.
fn domain_is_host(domain: &str) -> bool {
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label_ok)
}
