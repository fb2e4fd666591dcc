//! Reads the text format of `languages/*.txt`.

use super::pattern::Sense;
use super::vocabulary::PhraseReach;

/// Patterns that every language has, as far as it has the classes.
pub(super) const COMMON: &str = include_str!("languages/common.txt");

/// All languages, by code.
pub(super) const FILES: &[(&str, &str)] = &[
    ("de", include_str!("languages/de.txt")),
    ("en", include_str!("languages/en.txt")),
    ("fr", include_str!("languages/fr.txt")),
    ("it", include_str!("languages/it.txt")),
    ("es", include_str!("languages/es.txt")),
    ("pt", include_str!("languages/pt.txt")),
    ("ro", include_str!("languages/ro.txt")),
    ("nl", include_str!("languages/nl.txt")),
    ("tr", include_str!("languages/tr.txt")),
    ("pl", include_str!("languages/pl.txt")),
    ("cs", include_str!("languages/cs.txt")),
    ("hr", include_str!("languages/hr.txt")),
    ("ru", include_str!("languages/ru.txt")),
    ("uk", include_str!("languages/uk.txt")),
    ("ar", include_str!("languages/ar.txt")),
    ("hu", include_str!("languages/hu.txt")),
    ("el", include_str!("languages/el.txt")),
    ("sv", include_str!("languages/sv.txt")),
    ("xx", include_str!("languages/xx.txt")),
];

/// One statement of a file.
#[derive(Debug)]
pub(super) enum Statement {
    Class { name: String, words: Vec<String>, typos: bool },
    Phrases { verdict: Sense, reach: PhraseReach, phrases: Vec<String> },
    Yes(Vec<String>),
    Rule { verdict: Sense, name: String, pattern: String },
}

/// The statements of a file, each with its place or its fault. A line that begins with white space goes on with the one before.
pub(super) fn read(text: &str) -> impl Iterator<Item = (String, Result<Statement, String>)> {
    let mut statements: Vec<(usize, String)> = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
        match statements.last_mut() {
            Some((_, last)) if line.starts_with(' ') => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => statements.push((n + 1, line.to_owned())),
        }
    }
    statements.into_iter().map(|(n, line)| {
        let parsed = statement(&line).ok_or_else(|| format!("line {n}: {line}"));
        (format!("line {n}"), parsed)
    })
}

fn statement(line: &str) -> Option<Statement> {
    let (head, body) = line.split_once(':')?;
    let head: Vec<&str> = head.split_whitespace().collect();
    let words = || body.split_whitespace().map(str::to_owned).collect();
    let phrases = || body.split('|').map(|p| p.trim().to_owned()).collect();
    Some(match head.as_slice() {
        ["yes"] => Statement::Yes(phrases()),
        ["class", name] => Statement::Class { name: (*name).to_owned(), words: words(), typos: false },
        ["typo", name] => Statement::Class { name: (*name).to_owned(), words: words(), typos: true },
        ["whole", verdict] => phrase_line(verdict, PhraseReach::Message, phrases())?,
        ["here", verdict] => phrase_line(verdict, PhraseReach::MessageHere, phrases())?,
        ["sentence", verdict] => phrase_line(verdict, PhraseReach::Sentence, phrases())?,
        ["keep", name] => rule(Sense::Keep, name, body),
        ["rule", verdict, name] => rule(Sense::parse(verdict)?, name, body),
        _ => return None,
    })
}

fn phrase_line(verdict: &str, reach: PhraseReach, phrases: Vec<String>) -> Option<Statement> {
    Some(Statement::Phrases { verdict: Sense::parse(verdict)?, reach, phrases })
}

fn rule(verdict: Sense, name: &str, body: &str) -> Statement {
    Statement::Rule { verdict, name: name.to_owned(), pattern: body.trim().to_owned() }
}
