//! The words of a text with what is known about each.

use super::normal::Tokens;
use super::vocabulary::{Vocabulary, WordMatch};

/// Words that are looked at, at the beginning and at the end of a longer text.
const MOST_WORDS: usize = 160;
const LAST_WORDS: usize = 40;
/// Most words after a closing that are the sender's name.
const NAME: usize = 6;

/// One word with what is known about it.
#[derive(Debug)]
pub(super) struct SentWord {
    pub(super) text: String,
    pub(super) position: u32,
    pub(super) sentence: u32,
    pub(super) found: WordMatch,
}

/// Looks the words of a text up, without the name below it.
pub(super) fn known(vocabulary: &Vocabulary, tokens: &mut Tokens) -> Vec<SentWord> {
    if tokens.list.len() > MOST_WORDS + LAST_WORDS {
        tokens.list.drain(MOST_WORDS..tokens.list.len() - LAST_WORDS);
    }
    let mut words = Vec::with_capacity(tokens.list.len());
    let mut fillers = 0;
    for token in tokens.list.drain(..) {
        for text in unglued(vocabulary, token.text) {
            let found = vocabulary.find(&text);
            fillers += u32::from(found.role.is_filler());
            let position = token.position - fillers;
            words.push(SentWord { text, position, sentence: token.sentence, found });
        }
    }
    cut_names(&mut words);
    words
}

/// The words with single spaces; the same word twice in a row counts once.
pub(super) fn joined<'w>(words: impl Iterator<Item = &'w SentWord>) -> String {
    let mut out = String::new();
    let mut last = "";
    for word in words.filter(|w| {
        let is_new = w.text != last;
        last = &w.text;
        is_new
    }) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word.text);
    }
    out
}

/// `stopplease`, `stopwerbung`: two words, if the second is one.
fn unglued(vocabulary: &Vocabulary, text: String) -> Vec<String> {
    if let Some(rest) = text.strip_prefix("stop").filter(|r| r.len() >= 3)
        && !vocabulary.find(&text).is_known
        && vocabulary.find(rest).is_known
        && vocabulary.find(rest).meant.is_none()
    {
        return vec!["stop".to_owned(), rest.to_owned()];
    }
    vec![text]
}

/// Drops the name that follows a closing in the same sentence.
fn cut_names(words: &mut Vec<SentWord>) {
    let mut at = 1;
    while at < words.len() {
        let end = |sentence: u32| words.iter().skip(at).take_while(|w| w.sentence == sentence).count();
        if let Some(word) = words.get(at)
            && word.found.role.is_closing
            && words.get(at - 1).is_some_and(|w| w.sentence == word.sentence)
        {
            let names = end(word.sentence);
            if names <= NAME {
                words.drain(at..at + names);
                continue;
            }
        }
        at += 1;
    }
}

/// `stopstopstop`
pub(super) fn is_repeated(text: &str) -> bool {
    ["stop", "stopp"].iter().any(|s| text.len() > s.len() && text.replace(s, "").is_empty())
}

/// `stoip`, `sropt`: the letters of "stop" and at most two more, in any order.
pub(super) fn is_slipped_stop(text: &str) -> bool {
    text.starts_with('s') && text.len() <= 6 && "stop".chars().all(|c| text.contains(c))
}

/// Letters with their accents, spaces, commas and apostrophes. Any other sign may turn what is said.
pub(super) fn belongs_to_a_yes(c: char) -> bool {
    c.is_alphabetic() || c.is_whitespace() || matches!(c, ',' | '\'' | '’' | '\u{300}'..='\u{36f}')
}

/// `jaaaa`: one letter three times or more.
pub(super) fn is_stretched(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(3).any(|w| matches!(w, [a, b, c] if a == b && b == c && a.is_alphabetic()))
}

#[cfg(test)]
#[path = "../../tests/unit/words.rs"]
mod tests; // names, glued words, limits
