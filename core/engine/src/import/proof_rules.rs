//! What class A takes as proof (SPEC §2.5): only what could be one. README.md explains the classes; each refusal names its rule.

use rundruf_consent::text::lint::{self, LintInput};
use rundruf_lang::{Message, msg};

/// Shortest name of a document, in characters.
const SHORTEST_NAME: usize = 8;

/// Who and what a consent text must name.
pub(super) struct ProofRules {
    /// Legal name of the sender.
    pub(super) sender: String,
    /// Titles of the list, in all languages.
    pub(super) titles: Vec<String>,
}

impl ProofRules {
    /// The text passes the check of the settings' texts, and names the sender or the list.
    pub(super) fn check_text(&self, words: &str) -> Result<(), Message> {
        let lower = words.to_lowercase();
        let names = |name: &String| !name.trim().is_empty() && lower.contains(&name.trim().to_lowercase());
        let title = self.titles.iter().find(|title| names(title)).or(self.titles.first()).map_or("", String::as_str);
        if !names(&self.sender) && !self.titles.iter().any(names) {
            return Err(msg!("engine-row-text-names-nobody", sender = &self.sender));
        }
        // A text that names the list without the legal name of its sender is a proof too, if the rest of it is one.
        let faults = lint::lint(words, LintInput { controller: &self.sender, title });
        match faults.into_iter().find(|fault| fault.blocks && fault.code != "no_controller") {
            Some(fault) => Err(msg!("engine-row-text-lint", why = fault.message)),
            None => Ok(()),
        }
    }
}

/// The source is a URL, or a document that can be looked for: the name of a file, or at least two words.
pub(super) fn check_source(source: &str) -> Result<(), Message> {
    let is_known = if source.contains("://") { is_url(source) } else { is_file(source) || is_named_document(source) };
    if is_known { Ok(()) } else { Err(msg!("engine-row-source-vague")) }
}

fn is_url(source: &str) -> bool {
    let rest = source.strip_prefix("https://").or_else(|| source.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
        host.split('.').filter(|label| !label.is_empty()).count() >= 2 && !rest.contains(char::is_whitespace)
    })
}

fn is_file(source: &str) -> bool {
    let Some((name, extension)) = source.rsplit_once('.') else { return false };
    let is_extension = (2..=5).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    is_extension && name.chars().filter(|c| c.is_alphanumeric()).count() >= 3
}

fn is_named_document(source: &str) -> bool {
    let words = source.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    let has_word = source.split_whitespace().any(|word| word.chars().filter(|c| c.is_alphabetic()).count() >= 3);
    words >= 2 && has_word && source.chars().count() >= SHORTEST_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        let titles = vec!["Angebote der Woche".to_owned(), "Weekly offers".to_owned()];
        let rules = ProofRules { sender: "Bäckerei Krume GmbH".to_owned(), titles };
        let got = rules.check_text(text).map_err(|why| why.to_string());
        match want {
            "" => assert_eq!(got, Ok(()), "{text}"),
            want => assert!(got.as_ref().is_err_and(|why| why.contains(want)), "{text}: {got:?}"),
        }
    }

    #[test]
    fn what_could_be_a_consent_text() {
        check("Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.", "");
        check("Ich möchte die Angebote der Woche erhalten, abmelden mit STOP.", "");
        check("Yes, send me the weekly offers. I can leave at any time.", "");
        for no in ["x", "ja", "Ja gern", "Newsletter ja, jederzeit widerrufbar, von wem auch immer"] {
            check(no, "names neither the sender");
        }
        check("Bäckerei Krume GmbH", "too short");
        check("Die Bäckerei Krume GmbH schickt mir die Angebote der Woche.", "how to leave");
    }

    #[test]
    fn what_could_be_a_source() {
        for yes in [
            "https://krume.example/news",
            "http://krume.example",
            "https://krume.example:8443/a?b=c",
            "Aushang im Laden",
            "Anmeldeformular vom 3. Mai 2026",
            "liste-2026-05.pdf",
            "Scan 2026/17",
        ] {
            assert_eq!(check_source(yes), Ok(()), "{yes}");
        }
        for no in [
            "x",
            "ja",
            "web",
            "form",
            "Laden",
            "https://",
            "https://krume",
            "https:// krume.example",
            "1 2 3 4 5 6",
            "a b",
            "..",
            "x.y",
        ] {
            assert!(check_source(no).is_err(), "{no}");
        }
    }
}
