//! What a person types to find an address, in the forms in which addresses are stored.

use super::{email, key};
use crate::{Address, Channel};

/// The text itself and the forms in which it may stand in a stored key: domain as A-label, case-folded, number as E.164 or without its trunk
/// zero. `region` is where numbers without a country code belong.
#[must_use]
pub fn search_texts(text: &str, region: Option<&str>) -> Vec<String> {
    let text = text.trim();
    let mut out = vec![text.to_owned()];
    let mut add = |form: String| {
        if !form.is_empty() && !out.contains(&form) {
            out.push(form);
        }
    };
    let word = |word: &str| Channel::parse(&word.to_ascii_lowercase());
    let (channel, value) = match text.split_once(':') {
        Some((before, value)) if word(before).is_some() => (word(before), value),
        _ => (None, text),
    };
    if channel.is_some() {
        add(value.to_owned());
    }
    for channel in channel.map_or_else(|| Channel::ALL.to_vec(), |channel| vec![channel]) {
        if let Ok(address) = Address::parse(channel, value, region) {
            add(address.key().to_owned());
        }
    }
    match value.rsplit_once('@') {
        Some((local, domain)) => {
            if let Some(domain) = email::host(domain) {
                add(format!("{}@{domain}", key::fold(local)));
            }
        }
        // A domain alone, or a part of one.
        None if !value.is_ascii() => {
            add(key::fold(value));
            email::host(value).into_iter().for_each(&mut add);
        }
        None => {}
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let is_number = value.chars().all(|c| c.is_ascii_digit() || " +-/().".contains(c));
    if is_number && digits.len() >= 5 {
        add(digits.trim_start_matches('0').to_owned());
    }
    out
}
