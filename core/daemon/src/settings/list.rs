//! Checks lists: their names, their transports, and the consent text.

use super::check::SettingsChecker;
use super::read::{SettingsTree, dotted, escape};
use super::suggest;
use super::types::{FrequencyCap, ListSettings};
use rundruf_consent::text::{lint, locked};
use rundruf_engine::{ListConfig, Localized};
use rundruf_lang::{Message, msg};
use std::collections::BTreeMap;
use std::time::Duration;

/// Whether this is a valid name of a list, which is used in links, file names and commands.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl SettingsChecker<'_> {
    pub(super) fn list(
        &mut self,
        tree: &SettingsTree,
        name: &str,
        list: &ListSettings,
        known: &[&str],
        sender: &str,
    ) -> ListConfig {
        let at = format!("/lists/{}", escape(name));
        if !is_name(name) {
            let shown = name.escape_debug();
            let message = msg!("daemon-not-a-list-name", shown = %shown);
            let help = msg!("daemon-list-name-rule");
            self.report.fault(tree.key(&at), &dotted(&at), message, help);
        }
        for (n, transport) in list.transports.iter().enumerate() {
            if !known.contains(&transport.as_str()) {
                let message = msg!("daemon-no-such-transport", name = %transport.escape_debug());
                let help = match suggest::similar(transport, known) {
                    Some(similar) => msg!("daemon-did-you-mean", name = similar),
                    None => msg!("daemon-add-transport", name = transport, known = known.join(", ")),
                };
                self.fault(tree, &format!("{at}/transports/{n}"), message, help);
            }
        }
        let (title, purpose) = (list.title.clone().by_language(), list.purpose.clone().by_language());
        let hears = list.transports.iter().any(|t| self.hearing.contains(t));
        let consent_text = match &list.consent_text {
            Some(text) => {
                let texts = text.clone().by_language();
                self.lint(tree, &format!("{at}/consent_text"), &texts, sender, &title);
                // Which plugin cannot be read is a fault of its own.
                let read = list.transports.iter().all(|t| self.channels.contains_key(t));
                if read && !hears && texts.values().any(|text| asks_for_stop(text)) {
                    let message = msg!("daemon-consent-text-stop-unheard");
                    let help = msg!("daemon-consent-text-stop-unheard-help");
                    self.warn(tree, &format!("{at}/consent_text"), message, help);
                }
                for language in texts.keys().filter(|tag| locked::frame_language(tag).is_none()) {
                    let message = msg!("daemon-no-frame-for-text", language = language);
                    self.warn(tree, &format!("{at}/consent_text"), message, frame_languages());
                }
                texts
            }
            None => made_consent(sender, &title, &purpose, hears),
        };
        ListConfig {
            name: name.to_owned(),
            title: Localized(title),
            purpose: Localized(purpose),
            consent_text: Localized(consent_text),
            text_is_made: list.consent_text.is_none(),
            transports: list.transports.clone(),
            frequency_cap: list.frequency_cap.map(|cap| self.cap(tree, &at, cap)),
        }
    }

    fn cap(&mut self, tree: &SettingsTree, at: &str, cap: FrequencyCap) -> (u32, Duration) {
        let year = Duration::from_secs(366 * 86_400);
        if cap.per.0.is_zero() || cap.per.0 > year {
            let message = msg!("daemon-frequency-cap-range");
            let help = msg!("daemon-frequency-cap-example");
            self.fault(tree, &format!("{at}/frequency_cap/per"), message, help);
        }
        (cap.messages, cap.per.0)
    }

    /// Warns if a consent text does not say who sends what and how to unsubscribe.
    fn lint(
        &mut self,
        tree: &SettingsTree,
        pointer: &str,
        texts: &BTreeMap<String, String>,
        sender: &str,
        titles: &BTreeMap<String, String>,
    ) {
        for (language, text) in texts {
            let title = titles.get(language).or_else(|| titles.values().next()).map_or("", String::as_str);
            for lint in lint::lint(text, lint::LintInput { controller: sender, title }) {
                let help = msg!("daemon-consent-text-rule");
                if lint.blocks {
                    self.fault(tree, pointer, lint.message, help);
                } else {
                    self.warn(tree, pointer, lint.message, help);
                }
            }
        }
    }
}

/// Advice: the languages that there are frames of locked texts for.
pub(super) fn frame_languages() -> Message {
    msg!("daemon-there-are", names = locked::frame_languages().collect::<Vec<_>>().join(", "))
}

/// Whether a text tells people to answer STOP.
fn asks_for_stop(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| ["stop", "stopp"].iter().any(|stop| word.eq_ignore_ascii_case(stop)))
}

/// A consent text made from the sender, title and purpose in the settings. STOP is in it only where a transport of the list hears it.
fn made_consent(
    sender: &str,
    title: &BTreeMap<String, String>,
    purpose: &BTreeMap<String, String>,
    hears: bool,
) -> BTreeMap<String, String> {
    let of = |texts: &BTreeMap<String, String>, tag: &str| {
        texts.get(tag).or_else(|| texts.get("de")).or_else(|| texts.values().next()).cloned().unwrap_or_default()
    };
    let (stop_de, stop_en) = if hears { ("STOP oder ", "STOP or ") } else { ("", "") };
    let de = format!(
        "Ja, {sender} darf mir „{}“ schicken: {}. Ich kann mich jederzeit abmelden, mit {stop_de}dem Link in jeder Nachricht.",
        of(title, "de"),
        of(purpose, "de")
    );
    let en = format!(
        "Yes, {sender} may send me “{}”: {}. I can leave at any time, with {stop_en}the link in each message.",
        of(title, "en"),
        of(purpose, "en")
    );
    BTreeMap::from([("de".to_owned(), de), ("en".to_owned(), en)])
}
