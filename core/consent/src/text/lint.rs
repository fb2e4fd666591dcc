//! What a consent text must say before anybody may agree to it (R4; BGH VI ZR 721/15: which products of which company).

use rundruf_lang::{Message, msg};

/// Something the text lacks (it blocks) or should not say (it warns).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lint {
    /// Whether the text must not be used like this.
    pub blocks: bool,
    /// Stable word for programs, such as `no_controller`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: Message,
}

/// What the text is checked against.
#[derive(Clone, Copy, Debug)]
pub struct LintInput<'a> {
    /// Legal name of the controller.
    pub controller: &'a str,
    /// Title of the list.
    pub title: &'a str,
}

/// Words that open a consent to anybody.
const VAGUE_WORDS: &[&str] =
    &["partner", "sponsor", "u. a.", "u.a.", "usw.", "etc", "und andere", "and others", "dritte", "third part"];

/// Words of which one tells how to withdraw.
const WITHDRAWAL_WORDS: &[&str] = &[
    "abmeld",
    "widerruf",
    "widerrufen",
    "stop",
    "abbestell",
    "unsubscribe",
    "withdraw",
    "leave",
    "jederzeit",
    "any time",
    "anytime",
    // French, Italian, Spanish, Dutch, Polish, Turkish.
    "désinscri",
    "désabonn",
    "cancell",
    "disiscri",
    "revoc",
    "de baja",
    "afmeld",
    "uitschrijv",
    "wypis",
    "zrezygn",
    "ayrıl",
    "iptal",
];

/// Checks a consent text. Empty means that nothing was found.
#[must_use]
pub fn lint(text: &str, expect: LintInput<'_>) -> Vec<Lint> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    let mut add = |blocks, code, message| found.push(Lint { blocks, code, message });
    if text.trim().chars().count() < 20 {
        add(true, "too_short", msg!("consent-lint-too-short"));
    }
    if !lower.contains(&expect.controller.to_lowercase()) {
        add(true, "no_controller", msg!("consent-lint-no-controller", name = expect.controller));
    }
    if !WITHDRAWAL_WORDS.iter().any(|word| lower.contains(word)) {
        add(true, "no_withdrawal", msg!("consent-lint-no-withdrawal"));
    }
    if !lower.contains(&expect.title.to_lowercase()) {
        add(false, "no_title", msg!("consent-lint-no-title", title = expect.title));
    }
    for word in VAGUE_WORDS.iter().filter(|word| lower.contains(*word)) {
        add(false, "vague", msg!("consent-lint-vague", word = *word));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let expect = LintInput { controller: "Bäckerei Krume GmbH", title: "Angebote der Woche" };
        let got: Vec<_> = lint(text, expect).iter().map(|l| l.code).collect();
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn texts() {
        check(
            "Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit mit STOP.",
            &[],
        );
        // Twenty characters are enough to say something, nineteen are not.
        check("stop ".repeat(4).as_str().trim_end(), &["too_short", "no_controller", "no_title"]);
        check("stopp stop stop stop", &["no_controller", "no_title"]);
        check("Ja", &["too_short", "no_controller", "no_withdrawal", "no_title"]);
        check(
            "Die Bäckerei Krume GmbH und ihre Partner schicken die Angebote der Woche, abmelden jederzeit.",
            &["vague"],
        );
        check("Die Bäckerei Krume GmbH schickt mir die Angebote der Woche für immer und ewig.", &["no_withdrawal"]);
    }
}
