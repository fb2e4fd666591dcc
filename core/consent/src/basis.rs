//! What the consents of a list were given for (R30): sender, purpose and consent text, in each language. Another one is another consent, until
//! the admin says that it is the same in other words.

use rundruf_lang::{Message, msg};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sender, purpose and text that people have said yes to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ConsentBasis {
    /// Legal name of the sender.
    pub sender: String,
    /// The purpose, by language.
    pub purpose: BTreeMap<String, String>,
    /// The text of the admin, by language; the title of the list where the text is made from it.
    pub text: BTreeMap<String, String>,
}

/// One thing that is not what the consents were given for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BasisChange {
    /// What: `sender`, `purpose` or `text`.
    pub what: &'static str,
    /// Language of the purpose or text; empty for the sender.
    pub language: String,
    /// What the consents were given for.
    pub before: String,
    /// What the settings say.
    pub now: String,
}

impl BasisChange {
    /// What has changed, for the admin.
    #[must_use]
    pub fn message(&self) -> Message {
        let (before, now) = (&self.before, &self.now);
        match self.what {
            "sender" => msg!("consent-basis-sender", before = before, now = now),
            "purpose" => msg!("consent-basis-purpose", before = before, now = now),
            _ => msg!("consent-basis-text", before = before, now = now),
        }
    }
}

/// Alphanumeric characters alone: case, white space and punctuation are not material.
fn material(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

impl ConsentBasis {
    /// What differs between this, which consents were given for, and the settings of now. A further language changes nothing for those who
    /// read another one, and one that is missing neither.
    #[must_use]
    pub fn changes(&self, now: &Self) -> Vec<BasisChange> {
        let mut changes = Vec::new();
        let mut compare = |what, language: &str, before: &str, now: &str| {
            if material(before) != material(now) {
                let (before, now) = (before.to_owned(), now.to_owned());
                changes.push(BasisChange { what, language: language.to_owned(), before, now });
            }
        };
        compare("sender", "", &self.sender, &now.sender);
        for (what, before, now) in [("purpose", &self.purpose, &now.purpose), ("text", &self.text, &now.text)] {
            for (language, before) in before {
                if let Some(now) = now.get(language) {
                    compare(what, language, before, now);
                }
            }
        }
        // Nothing in common at all: the same words cannot have been read by anybody.
        let shares = |before: &BTreeMap<String, String>, now: &BTreeMap<String, String>| {
            before.is_empty() || before.keys().any(|language| now.contains_key(language))
        };
        for (what, before, now) in [("purpose", &self.purpose, &now.purpose), ("text", &self.text, &now.text)] {
            if !shares(before, now)
                && let (Some((language, before)), Some((_, now))) = (before.iter().next(), now.iter().next())
            {
                let (before, now) = (before.clone(), now.clone());
                changes.push(BasisChange { what, language: language.clone(), before, now });
            }
        }
        changes
    }

    /// The same with the languages and the spelling of now; languages that are missing now stay, because consents were given in them.
    #[must_use]
    pub fn with(&self, now: &Self) -> Self {
        let both = |before: &BTreeMap<String, String>, now: &BTreeMap<String, String>| {
            before.iter().chain(now).map(|(language, text)| (language.clone(), text.clone())).collect()
        };
        Self {
            sender: now.sender.clone(),
            purpose: both(&self.purpose, &now.purpose),
            text: both(&self.text, &now.text),
        }
    }

    /// As it is stored.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what was stored; `None` if it cannot be read.
    #[must_use]
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basis(sender: &str, purpose: &[(&str, &str)], text: &[(&str, &str)]) -> ConsentBasis {
        let map = |all: &[(&str, &str)]| all.iter().map(|(l, t)| ((*l).to_owned(), (*t).to_owned())).collect();
        ConsentBasis { sender: sender.to_owned(), purpose: map(purpose), text: map(text) }
    }

    #[track_caller]
    fn check(now: &ConsentBasis, want: &[&str]) {
        let given = basis(
            "Bäckerei Krume GmbH",
            &[("de", "Angebote der Bäckerei, einmal in der Woche")],
            &[("de", "Ja, die Bäckerei Krume GmbH darf schreiben."), ("en", "Yes.")],
        );
        let changes = given.changes(now);
        let got: Vec<_> = changes.iter().map(|c| c.what).collect();
        assert_eq!(got, want, "{now:?}");
        for change in &changes {
            let said = change.message().to_string();
            for part in [if change.what == "text" { "agreed to" } else { change.what }, &change.before, &change.now] {
                assert!(said.contains(part), "{said}");
            }
        }
        assert_eq!(ConsentBasis::from_json(&given.with(now).to_json()), Some(given.with(now)));
        assert!(given.with(now).changes(now).is_empty(), "after the admin's word it is the same");
    }

    #[test]
    fn what_is_material() {
        let purpose = [("de", "Angebote der Bäckerei, einmal in der Woche")];
        let text = [("de", "Ja, die Bäckerei Krume GmbH darf schreiben."), ("en", "Yes.")];
        check(&basis("Bäckerei Krume GmbH", &purpose, &text), &[]);
        check(&basis("BÄCKEREI  Krume GmbH", &[("de", "Angebote der Bäckerei – einmal in der Woche!")], &text), &[]);
        check(&basis("Casino Royal Ltd.", &purpose, &text), &["sender"]);
        check(&basis("Bäckerei Krume GmbH", &[("de", "Angebote des Casinos")], &text), &["purpose"]);
        check(
            &basis("Bäckerei Krume GmbH", &purpose, &[("de", "Ja, alle dürfen schreiben."), ("en", "Yes.")]),
            &["text"],
        );
        let more = [text[0], text[1], ("fr", "Oui, la boulangerie peut m'écrire.")];
        check(&basis("Bäckerei Krume GmbH", &purpose, &more), &[]);
        check(&basis("Bäckerei Krume GmbH", &purpose, &text[..1]), &[]);
        check(&basis("Bäckerei Krume GmbH", &purpose, &more[2..]), &["text"]);
    }
}
