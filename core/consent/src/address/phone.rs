//! Normal form of a phone number: E.164, `+` and 8 to 15 digits.

use super::error::AddressError;
use crate::Channel;

/// Brings a text into normal form. A number that is written in full is taken as it is, whether or not it is assigned today.
pub(super) fn normal(text: &str, region: Option<&str>) -> Result<String, AddressError> {
    let form = AddressError::Form(Channel::Sms);
    let separator = |c: char| " -/().\u{a0}\u{2011}\u{2013}".contains(c);
    let bare: String = text.chars().filter(|c| !separator(*c)).collect();
    let bare = bare.strip_prefix("tel:").unwrap_or(&bare);
    let full = match bare.strip_prefix("00") {
        Some(rest) if !rest.starts_with('0') => format!("+{rest}"),
        _ => bare.to_owned(),
    };
    if let Some(digits) = full.strip_prefix('+') {
        let ok =
            digits.bytes().all(|b| b.is_ascii_digit()) && (8..=15).contains(&digits.len()) && !digits.starts_with('0');
        return if ok { Ok(full) } else { Err(form) };
    }
    if full.is_empty() || !full.bytes().all(|b| b.is_ascii_digit()) {
        return Err(form);
    }
    let region = region.ok_or(AddressError::NoRegion)?;
    let country = region.parse().map_err(|_| AddressError::Region)?;
    let number = phonenumber::parse(Some(country), &full).map_err(|_| form)?;
    let number = number.format().mode(phonenumber::Mode::E164).to_string();
    if (9..=16).contains(&number.len()) { Ok(number) } else { Err(form) }
}
