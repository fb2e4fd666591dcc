//! Valid form of a phone number: E.164 without the national trunk prefix, of a length and range that its country has.

use super::error::AddressError;
use crate::Channel;
use phonenumber::metadata::{DATABASE, Metadata};
use std::borrow::Cow;

/// Shortest and longest number, in digits with the country code.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// Brings a text into valid form. `region` is where numbers without a country code belong.
pub(super) fn normal(text: &str, region: Option<&str>) -> Result<String, AddressError> {
    if is_date(text) {
        return Err(AddressError::Date);
    }
    let form = AddressError::Form(Channel::Sms);
    let text = text.strip_prefix("tel:").unwrap_or(text).trim_start();
    let (bare, trunk) = bare(text);
    if let Some(digits) = bare.strip_prefix("00").or_else(|| bare.strip_prefix('+')) {
        return full(digits, trunk);
    }
    // A trunk prefix in parentheses is how a national number begins: `(0)171`.
    let bare = match trunk {
        Some(at) => format!("{}0{}", bare.get(..at).unwrap_or(""), bare.get(at..).unwrap_or("")),
        None => bare,
    };
    if bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_digit()) {
        return Err(form);
    }
    let region = region.ok_or(AddressError::NoRegion)?;
    let country = region.parse().map_err(|_| AddressError::Region)?;
    let number = phonenumber::parse(Some(country), &bare).map_err(|_| form)?;
    let number = number.format().mode(phonenumber::Mode::E164).to_string();
    full(number.strip_prefix('+').ok_or(form)?, None)
}

/// The text without separators, and where a `(0)` stood in it.
fn bare(text: &str) -> (String, Option<usize>) {
    let separator = |c: char| " -/().\u{a0}\u{2007}\u{2009}\u{202f}\u{2010}\u{2011}\u{2012}\u{2013}".contains(c);
    let marks = ["(0)", "( 0 )", "[0]"];
    let cut = marks.iter().find_map(|mark| text.split_once(mark));
    let clean = |part: &str| part.chars().filter(|c| !separator(*c)).collect::<String>();
    match cut {
        Some((before, after)) => {
            let before = clean(before);
            let at = before.len();
            (before + &clean(after), Some(at))
        }
        None => (clean(text), None),
    }
}

/// A number with its country code. `trunk` says where a `(0)` stood, counted with the sign in front.
fn full(digits: &str, trunk: Option<usize>) -> Result<String, AddressError> {
    let form = AddressError::Form(Channel::Sms);
    if digits.is_empty() || digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(form);
    }
    let (code, national, regions) = split(digits).ok_or(AddressError::NoCountry)?;
    let mut national = Cow::Borrowed(national);
    match regions.first().and_then(|r| r.national_prefix()) {
        // The trunk prefix is for calls within the country: it is never part of the number.
        Some(prefix) if prefix.starts_with('0') => {
            if let Some(rest) = national.strip_prefix(prefix) {
                national = Cow::Owned(rest.to_owned());
            }
        }
        // Where there is no trunk prefix (Italy) the zero in parentheses belongs to the number.
        None if trunk.is_some() => national = Cow::Owned(format!("0{national}")),
        _ => {}
    }
    let number = format!("+{code}{national}");
    if !DIGITS.contains(&(number.len() - 1)) {
        return Err(if number.len() > 16 { AddressError::NumberLong } else { AddressError::NumberShort });
    }
    possible(&number, &national, &regions)?;
    Ok(number)
}

/// Country code, the rest, and the regions that share the code.
fn split(digits: &str) -> Option<(u16, &str, Vec<&'static Metadata>)> {
    (1..=3).find_map(|n| {
        let (code, national) = digits.split_at_checked(n)?;
        let code: u16 = code.parse().ok()?;
        let regions = DATABASE.by_code(&code).filter(|regions| !regions.is_empty())?;
        Some((code, national, regions))
    })
}

/// Whether the library knows a kind of number in one of these regions that this could be: by its pattern, or at least by the length of a mobile
/// number, because new ranges are handed out before tables know them.
fn possible(number: &str, national: &str, regions: &[&'static Metadata]) -> Result<(), AddressError> {
    let length = u16::try_from(national.len()).unwrap_or(u16::MAX);
    let lengths = |m: &'static Metadata| {
        let mobile = m.descriptors().mobile().map(|d| d.possible_length()).filter(|l| !l.is_empty());
        mobile.unwrap_or_else(|| m.descriptors().general().possible_length())
    };
    let is_mobile_length = regions.iter().any(|m| lengths(m).contains(&length));
    if is_mobile_length || phonenumber::parse(None, number).is_ok_and(|n| n.is_valid()) {
        return Ok(());
    }
    let shortest = regions.iter().filter_map(|m| lengths(m).first()).min();
    let longest = regions.iter().filter_map(|m| lengths(m).last()).max();
    Err(match (shortest, longest) {
        (Some(least), _) if length < *least => AddressError::NumberShort,
        (_, Some(most)) if length > *most => AddressError::NumberLong,
        _ => AddressError::NumberImpossible,
    })
}

/// How earlier versions may have written this number: with the trunk zero behind the country code. Their hashes are still looked up.
pub(super) fn earlier_form(number: &str) -> Option<String> {
    let (code, national, regions) = split(number.strip_prefix('+')?)?;
    let prefix = regions.first().and_then(|r| r.national_prefix()).filter(|p| p.starts_with('0'))?;
    Some(format!("+{code}{prefix}{national}"))
}

/// A date is not a number: `01.05.1580`, `1580-05-01`, `1/5/1580`.
fn is_date(text: &str) -> bool {
    let Some(separator) = text.chars().find(|c| "./-".contains(*c)) else { return false };
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = parts.as_slice() else { return false };
    let number = |part: &str, digits: std::ops::RangeInclusive<usize>, most: u16| {
        digits.contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse::<u16>().is_ok_and(|n| (1..=most).contains(&n))
    };
    let day_and_month = |a: &str, b: &str| {
        (number(a, 1..=2, 31) && number(b, 1..=2, 12)) || (number(a, 1..=2, 12) && number(b, 1..=2, 31))
    };
    let year = |part: &str| number(part, 4..=4, 2999);
    (day_and_month(first, second) && year(third)) || (year(first) && day_and_month(second, third))
}

#[cfg(test)]
#[path = "../../tests/unit/phone.rs"]
mod tests; // forms, reasons, dates
