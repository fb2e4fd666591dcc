//! Texts that no author may change: the confirmation request bears neither logo nor welcome nor offer (R10; LG Stendal 22 S 87/20), the
//! others are short, free of advertising, and say who writes and how to stop. German and English.

use crate::Channel;

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

fn german(language: &str) -> bool {
    language.get(..2).is_some_and(|l| l.eq_ignore_ascii_case("de"))
}

/// The confirmation request (M1). On chat channels the answer JA is the single step; by e-mail, and where replies are not heard, the link leads to
/// one button.
#[must_use]
pub fn request(language: &str, channel: Channel, f: &LockedTextFields<'_>) -> LockedText {
    let LockedTextFields {
        controller, list, when, source, consent_text, privacy_url, imprint_url, link, hears, ..
    } = *f;
    let by_reply = channel.confirms_by_reply() && hears;
    let body = match (german(language), by_reply) {
        (true, true) => format!(
            "{controller}: Diese Kennung wurde am {when} über {source} für „{list}“ eingetragen.\n\nText: {consent_text}\n\n\
             Zum Bestätigen JA antworten. Nicht du? NEIN antworten oder nichts tun.\n\nDatenschutz: {privacy_url}\nImpressum: {imprint_url}"
        ),
        (true, false) => format!(
            "{controller}: Diese Adresse wurde am {when} über {source} für „{list}“ eingetragen.\n\nText: {consent_text}\n\n\
             Weiter zur Bestätigung (1 Klick): {link}\n\nNicht du? Dann nichts tun: Ohne Bestätigung kommt keine Nachricht.\n\n\
             Datenschutz: {privacy_url}\nImpressum: {imprint_url}"
        ),
        (false, true) => format!(
            "{controller}: This account was entered on {when} via {source} for “{list}”.\n\nText: {consent_text}\n\n\
             To confirm, reply YES. Not you? Reply NO or do nothing.\n\nPrivacy: {privacy_url}\nImprint: {imprint_url}"
        ),
        (false, false) => format!(
            "{controller}: This address was entered on {when} via {source} for “{list}”.\n\nText: {consent_text}\n\n\
             Go on to confirm (1 click): {link}\n\nNot you? Then do nothing: without your confirmation no message will come.\n\n\
             Privacy: {privacy_url}\nImprint: {imprint_url}"
        ),
    };
    let subject =
        if german(language) { format!("Bitte bestätigen: {list}") } else { format!("Please confirm: {list}") };
    LockedText { subject, body }
}

/// The receipt of a consent (M3): text, date, list, how to stop (R16). No advertising.
#[must_use]
pub fn welcome(language: &str, channel: Channel, f: &LockedTextFields<'_>) -> LockedText {
    let LockedTextFields { controller, list, when, consent_text, privacy_url, imprint_url, link, hears, .. } = *f;
    let by_reply = channel.confirms_by_reply() && hears;
    if german(language) {
        let leave = if by_reply { "Abmelden: STOP antworten.".to_owned() } else { format!("Abmelden: {link}") };
        LockedText {
            subject: format!("Bestätigt: {list}"),
            body: format!(
                "{controller}: Bestätigt am {when} für „{list}“.\n\nText: {consent_text}\n\n{leave}\n\nDatenschutz: {privacy_url}\nImpressum: {imprint_url}"
            ),
        }
    } else {
        let leave = if by_reply { "To leave, reply STOP.".to_owned() } else { format!("Leave: {link}") };
        LockedText {
            subject: format!("Confirmed: {list}"),
            body: format!(
                "{controller}: Confirmed on {when} for “{list}”.\n\nText: {consent_text}\n\n{leave}\n\nPrivacy: {privacy_url}\nImprint: {imprint_url}"
            ),
        }
    }
}

/// The one acknowledgement of a stop (M6, R22). Withdrawal needs no confirmation: this asks nothing.
#[must_use]
pub fn stop_ack(language: &str, f: &LockedTextFields<'_>) -> LockedText {
    let LockedTextFields { controller, list, .. } = *f;
    if german(language) {
        LockedText {
            subject: "Abgemeldet".to_owned(),
            body: format!(
                "Du bist abgemeldet: {list}. Es kommen keine weiteren Nachrichten von {controller} hier. Wieder anmelden: START."
            ),
        }
    } else {
        LockedText {
            subject: "You have left".to_owned(),
            body: format!(
                "You have left: {list}. No more messages from {controller} will come here. To join again: START."
            ),
        }
    }
}

/// The one question after a soft refusal (SPEC §3.5).
#[must_use]
pub fn soft_refusal(language: &str, f: &LockedTextFields<'_>) -> LockedText {
    let LockedTextFields { controller, is_read, .. } = *f;
    if german(language) {
        let reader = if is_read { " Ein Mensch liest mit." } else { "" };
        LockedText {
            subject: "Angehalten".to_owned(),
            body: format!(
                "{controller}: Wir haben Sendungen an dich gestoppt. Ganz abmelden: STOP. Doch weiter: WEITER.{reader}"
            ),
        }
    } else {
        let reader = if is_read { " A person reads this." } else { "" };
        LockedText {
            subject: "Paused".to_owned(),
            body: format!(
                "{controller}: We have paused messages to you. To leave for good: STOP. To go on: CONTINUE.{reader}"
            ),
        }
    }
}

/// The answer to HELP (M7): who writes, what, how to stop, where the notices are.
#[must_use]
pub fn help(language: &str, f: &LockedTextFields<'_>) -> LockedText {
    let LockedTextFields { controller, list, privacy_url, imprint_url, .. } = *f;
    if german(language) {
        LockedText {
            subject: "Hilfe".to_owned(),
            body: format!(
                "{controller} schreibt hier: {list}. Abmelden: STOP. Datenschutz: {privacy_url} Impressum: {imprint_url}"
            ),
        }
    } else {
        LockedText {
            subject: "Help".to_owned(),
            body: format!(
                "{controller} writes here: {list}. To leave: STOP. Privacy: {privacy_url} Imprint: {imprint_url}"
            ),
        }
    }
}

/// Asks again for the word after something that is nearly a yes (SPEC §3.3, tier 3).
#[must_use]
pub fn ask_again(language: &str, f: &LockedTextFields<'_>) -> LockedText {
    let LockedTextFields { controller, list, .. } = *f;
    if german(language) {
        LockedText {
            subject: "Bitte bestätigen".to_owned(),
            body: format!("{controller}: Für „{list}“ bitte genau JA antworten, sonst NEIN."),
        }
    } else {
        LockedText {
            subject: "Please confirm".to_owned(),
            body: format!("{controller}: for “{list}” please reply exactly YES, else NO."),
        }
    }
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
    };

    /// A text asks for a reply only where it is heard, and promises a reader only where somebody is told.
    #[test]
    fn nothing_is_promised_that_is_not_kept() {
        let deaf = LockedTextFields { hears: false, is_read: false, ..FACTS };
        for language in ["de", "en"] {
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
                body.contains("Mensch") || body.contains("person")
            };
            assert_eq!((reader(&FACTS), reader(&deaf)), (true, false));
        }
    }

    #[test]
    fn a_request_is_bare() {
        for language in ["de", "de-AT", "en", "fr"] {
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
}
