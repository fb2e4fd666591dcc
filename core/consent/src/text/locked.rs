//! Texts that no author may change: the confirmation request bears neither logo nor welcome nor offer (R10; LG Stendal 22 S 87/20), the
//! others are short, free of advertising, and say who writes and how to stop. In each language that there is a frame for.

mod frames; // by language

use crate::Channel;
use frames::{FRAMES, Frame, GERMAN_FORMAL};

/// What a locked text may name. Nothing else gets in.
#[derive(Clone, Copy, Debug)]
pub struct LockedTextFields<'a> {
    /// Legal name of the controller.
    pub controller: &'a str,
    /// Title of the list.
    pub list: &'a str,
    /// When the address was entered, as people read it.
    pub when: &'a str,
    /// Where it was entered.
    pub source: &'a str,
    /// The consent text that the person agrees to.
    pub consent_text: &'a str,
    /// URL of the privacy notice.
    pub privacy_url: &'a str,
    /// URL of the imprint.
    pub imprint_url: &'a str,
    /// The confirm or leave link, where there is one.
    pub link: &'a str,
    /// Whether the transport takes replies: without that no text may ask for one.
    pub hears: bool,
    /// Whether German says „Sie“. Other languages have one form.
    pub formal: bool,
    /// Whether a person is told of messages that wait: without that no text may promise a reader.
    pub is_read: bool,
}

/// A text ready to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LockedText {
    /// Subject, for channels that have one.
    pub subject: String,
    /// Body of the message, plain text.
    pub body: String,
}

/// The tag of the frame for a language, `de` for `de-AT`; `None` if there is none.
#[must_use]
pub fn frame_language(language: &str) -> Option<&'static str> {
    let primary = language.split(['-', '_']).next().unwrap_or(language);
    FRAMES.iter().map(|frame| frame.tag).find(|tag| tag.eq_ignore_ascii_case(primary))
}

/// The languages that there are frames for.
pub fn frame_languages() -> impl Iterator<Item = &'static str> {
    FRAMES.iter().map(|frame| frame.tag)
}

/// The frame of a language; English if there is none.
fn frame(language: &str) -> &'static Frame {
    const ENGLISH: usize = 1;
    let tag = frame_language(language);
    let [first, ..] = &FRAMES;
    FRAMES.iter().find(|frame| Some(frame.tag) == tag).or_else(|| FRAMES.get(ENGLISH)).unwrap_or(first)
}

/// The frame of a language in the form that customers are addressed in.
fn addressed(language: &str, f: &LockedTextFields<'_>) -> &'static Frame {
    let frame = frame(language);
    if f.formal && frame.tag == GERMAN_FORMAL.tag { &GERMAN_FORMAL } else { frame }
}

/// The word between a date and a time of day.
#[must_use]
pub fn at(language: &str) -> &'static str {
    frame(language).at
}

/// Where a person signed up, as people read it: `form`, `inbound` or anybody of ours.
#[must_use]
pub fn source(language: &str, source: &str) -> &'static str {
    let [form, inbound, team] = frame(language).sources;
    match source {
        "form" => form,
        "inbound" => inbound,
        _ => team,
    }
}

/// Fills the fields into a frame. What a field says is not looked into again.
fn fill(template: &str, f: &LockedTextFields<'_>, leave: &str) -> String {
    let mut out = String::with_capacity(template.len() + f.consent_text.len() + 256);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = behind.split_once('}') else { break };
        out.push_str(match name {
            "controller" => f.controller,
            "list" => f.list,
            "when" => f.when,
            "source" => f.source,
            "consent_text" => f.consent_text,
            "privacy_url" => f.privacy_url,
            "imprint_url" => f.imprint_url,
            "link" => f.link,
            "leave" => leave,
            _ => "",
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn filled(subject: &str, body: &str, f: &LockedTextFields<'_>) -> LockedText {
    LockedText { subject: fill(subject, f, ""), body: fill(body, f, "") }
}

/// The confirmation request (M1). On chat channels the answer JA is the single step; by e-mail, and where replies are not heard, the link leads to
/// one button.
#[must_use]
pub fn request(language: &str, channel: Channel, f: &LockedTextFields<'_>) -> LockedText {
    let frame = addressed(language, f);
    let by_reply = channel.confirms_by_reply() && f.hears;
    let body = if by_reply { frame.request_by_reply } else { frame.request_by_link };
    filled(frame.request_subject, body, f)
}

/// The receipt of a consent (M3): text, date, list, how to stop (R16). No advertising.
#[must_use]
pub fn welcome(language: &str, channel: Channel, f: &LockedTextFields<'_>) -> LockedText {
    let frame = addressed(language, f);
    let by_reply = channel.confirms_by_reply() && f.hears;
    let leave = fill(if by_reply { frame.leave_by_reply } else { frame.leave_by_link }, f, "");
    LockedText { subject: fill(frame.welcome_subject, f, ""), body: fill(frame.welcome, f, &leave) }
}

/// The one acknowledgement of a stop (M6, R22). Withdrawal needs no confirmation: this asks nothing.
#[must_use]
pub fn stop_ack(language: &str, f: &LockedTextFields<'_>) -> LockedText {
    let frame = addressed(language, f);
    filled(frame.stop_ack_subject, frame.stop_ack, f)
}

/// The one question after a soft refusal (SPEC §3.5).
#[must_use]
pub fn soft_refusal(language: &str, f: &LockedTextFields<'_>) -> LockedText {
    let frame = addressed(language, f);
    let body = if f.is_read { frame.soft_refusal_read } else { frame.soft_refusal };
    filled(frame.soft_refusal_subject, body, f)
}

/// The answer to HELP (M7): who writes, what, how to stop, where the notices are.
#[must_use]
pub fn help(language: &str, f: &LockedTextFields<'_>) -> LockedText {
    let frame = addressed(language, f);
    filled(frame.help_subject, frame.help, f)
}

/// Asks again for the word after something that is nearly a yes (SPEC §3.3, tier 3).
#[must_use]
pub fn ask_again(language: &str, f: &LockedTextFields<'_>) -> LockedText {
    let frame = addressed(language, f);
    filled(frame.ask_again_subject, frame.ask_again, f)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: LockedTextFields<'_> = LockedTextFields {
        controller: "Bäckerei Krume GmbH",
        list: "Angebote",
        when: "25.11.2026, 10:00",
        source: "Formular",
        consent_text: "Ja, …",
        privacy_url: "https://k.example/d",
        imprint_url: "https://k.example/i",
        link: "https://n.example/c/T",
        hears: true,
        is_read: true,
        formal: false,
    };

    /// A text asks for a reply only where it is heard, and promises a reader only where somebody is told.
    #[test]
    fn nothing_is_promised_that_is_not_kept() {
        let deaf = LockedTextFields { hears: false, is_read: false, ..FACTS };
        for language in frame_languages() {
            for channel in Channel::ALL {
                let asks = |f: &LockedTextFields<'_>| request(language, channel, f).body.contains(FACTS.link);
                assert_eq!((asks(&FACTS), asks(&deaf)), (!channel.confirms_by_reply(), true), "{language} {channel:?}");
                let stops = |f: &LockedTextFields<'_>| welcome(language, channel, f).body.contains("STOP");
                assert_eq!(
                    (stops(&FACTS), stops(&deaf)),
                    (channel.confirms_by_reply(), false),
                    "{language} {channel:?}"
                );
            }
            let reader = |f: &LockedTextFields<'_>| {
                let body = soft_refusal(language, f).body;
                let people = ["Mensch", "person", "Une personne", "Una persona", "medewerker", "człowiek", "insan"];
                people.iter().any(|word| body.contains(word))
            };
            assert_eq!((reader(&FACTS), reader(&deaf)), (true, false), "{language}");
        }
    }

    #[test]
    fn when_and_where_are_said_in_each_language() {
        let mut all = std::collections::HashSet::new();
        for language in frame_languages() {
            let places = ["form", "inbound", "command", "file"].map(|word| source(language, word));
            assert_eq!(places[2], places[3], "anybody of ours");
            for text in &places[..3] {
                assert!(text.chars().count() > 5 && all.insert(*text), "{language}: {text}");
            }
            assert!((1..=6).contains(&at(language).chars().count()), "{language}");
        }
        assert_eq!(
            ["form", "inbound", "command"].map(|w| source("de-AT", w)),
            ["das Anmeldeformular", "eine Nachricht an uns", "unser Team"]
        );
        assert_eq!(["de", "en", "fr", "ja"].map(at), ["um", "at", "à", "at"]);
    }

    #[test]
    fn a_request_is_bare() {
        for language in frame_languages().chain(["de-AT", "ja"]) {
            for channel in Channel::ALL {
                let r = request(language, channel, &FACTS);
                for must in [
                    FACTS.controller,
                    FACTS.list,
                    FACTS.when,
                    FACTS.source,
                    FACTS.consent_text,
                    FACTS.privacy_url,
                    FACTS.imprint_url,
                ] {
                    assert!(r.body.contains(must), "{language} {channel:?} lacks {must}");
                }
                let lower = r.body.to_lowercase();
                for never in [
                    "willkommen",
                    "welcome",
                    "fragen",
                    "questions",
                    "rabatt",
                    "discount",
                    "!",
                    "<img",
                    "danke",
                    "thank",
                ] {
                    assert!(!lower.contains(never), "{language} {channel:?} says {never}");
                }
                let links = r.body.matches("https://").count();
                assert_eq!(links, if channel.confirms_by_reply() { 2 } else { 3 }, "{language} {channel:?}");
                assert_eq!(r.body.contains(FACTS.link), !channel.confirms_by_reply());
            }
        }
    }

    #[test]
    fn a_frame_is_whole_in_its_own_language() {
        let all = |language| {
            let (mail, chat) = (Channel::Email, Channel::Threema);
            let two =
                [request(language, mail, &FACTS), request(language, chat, &FACTS), welcome(language, mail, &FACTS)];
            let texts = [welcome(language, chat, &FACTS), stop_ack(language, &FACTS), soft_refusal(language, &FACTS)];
            let more = [help(language, &FACTS), ask_again(language, &FACTS)];
            two.into_iter().chain(texts).chain(more).collect::<Vec<_>>()
        };
        let english = all("en");
        for language in frame_languages() {
            for (text, other) in all(language).iter().zip(&english) {
                assert!(!text.body.contains(['{', '}']) && !text.subject.contains(['{', '}']), "{language}: {text:?}");
                assert!(text.body.contains(FACTS.controller), "{language}: {text:?}");
                assert_eq!(text.body == other.body, language == "en", "{language}");
                assert_eq!(text.body.contains("STOP"), other.body.contains("STOP"), "{language}: {text:?}");
            }
        }
        assert_eq!(frame_language("FR-ch"), Some("fr"));
        assert_eq!((frame_language("ja"), frame_language("")), (None, None));
        assert_eq!(all("ja"), english);
    }

    /// Every German frame exists in both forms; other languages keep theirs.
    #[test]
    fn german_addresses_customers_in_two_forms() {
        let formal = LockedTextFields { formal: true, ..FACTS };
        let all = |language: &str, f: &LockedTextFields<'_>| {
            let mut all = Vec::new();
            for channel in Channel::ALL {
                for hears in [true, false] {
                    for is_read in [true, false] {
                        let f = &LockedTextFields { hears, is_read, ..*f };
                        all.push(request(language, channel, f));
                        all.push(welcome(language, channel, f));
                        all.extend([
                            stop_ack(language, f),
                            soft_refusal(language, f),
                            help(language, f),
                            ask_again(language, f),
                        ]);
                    }
                }
            }
            all
        };
        let says = |text: &LockedText, words: &[&str]| {
            let text = format!("{} {}", text.subject, text.body);
            text.split(|c: char| !c.is_alphabetic()).any(|word| words.contains(&word))
        };
        let familiar = ["du", "Du", "dich", "Dich", "dir", "Dir", "dein", "deine"];
        assert!(all("de", &FACTS).iter().any(|text| says(text, &familiar)));
        for language in ["de", "de-AT"] {
            for (formal, familiar_text) in all(language, &formal).iter().zip(all(language, &FACTS)) {
                assert!(!says(formal, &familiar), "{formal:?}");
                assert_eq!(says(&familiar_text, &familiar), says(formal, &["Sie", "Ihnen"]), "{formal:?}");
            }
        }
        for language in frame_languages().filter(|tag| *tag != "de") {
            assert_eq!(all(language, &formal), all(language, &FACTS), "{language}");
        }
    }
}
