//! The language that a person reads, and the words for states and reasons.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rundruf_lang::{Language, Message};

/// The language of `--lang de|en` anywhere among the arguments, else of the locale.
pub(crate) fn from_arguments(args: &[std::ffi::OsString]) -> Language {
    let given = args.iter().enumerate().find_map(|(n, a)| {
        let a = a.to_str()?;
        if a == "--lang" {
            args.get(n + 1)?.to_str().map(str::to_owned)
        } else {
            a.strip_prefix("--lang=").map(str::to_owned)
        }
    });
    let locale =
        || ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|k| std::env::var(k).ok().filter(|v| !v.is_empty()));
    Language::from_tag(&given.or_else(locale).or_else(sys_locale::get_locale).unwrap_or_default())
}

/// A word of the local API (a state, a reason, the name of a field) as people read it; itself if it is not one.
pub(crate) fn word(language: Language, word: &str) -> String {
    let found = Message::find(&format!("daemon-word-{}", word.replace('_', "-")));
    found.map_or_else(|| word.to_owned(), |m| m.text(language))
}

/// A time of the local API as people read it: to the minute, where the sender is; itself if it is not a time.
pub(crate) fn local_time(language: Language, zone: &TimeZone, text: &str) -> String {
    let form = if language == Language::En { "%Y-%m-%d %H:%M" } else { "%d.%m.%Y %H:%M" };
    let local = |t: Timestamp| t.to_zoned_datetime(zone.clone()).strftime(form).to_string();
    text.parse().map_or_else(|_| text.to_owned(), local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_consent::{Refusal, State};

    #[test]
    fn times_are_local_and_in_the_readers_form() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(local_time(Language::De, &zone, "2026-07-01T22:30:00.123Z"), "02.07.2026 00:30");
        assert_eq!(local_time(Language::En, &zone, "2026-12-01T09:00:00Z"), "2026-12-01 10:00");
        assert_eq!(local_time(Language::De, &zone, "gestern"), "gestern");
    }

    /// Every state and every reason has its word.
    #[test]
    fn every_word_is_there() {
        let refusals = Refusal::ALL.iter().map(|r| r.word());
        let states = State::ALL.iter().filter(|s| **s != State::None).map(|s| s.word());
        for word in refusals.chain(states) {
            let key = format!("daemon-word-{}", word.replace('_', "-"));
            assert!(Message::find(&key).is_some(), "`{key}` is not in the catalogue");
        }
    }
}
