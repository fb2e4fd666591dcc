//! What the patterns of all languages say about one sentence.

use super::pattern::{ClassSet, Sense, Sentence, WordPattern, WordPlace};
use super::vocabulary::Vocabulary;
use super::words::SentWord;

/// A pattern that matched, and the words that did.
struct PatternMatch<'a> {
    pattern: &'a WordPattern,
    words: Vec<usize>,
}

/// The strongest pattern of any language that matches a sentence. `home`: the contact's language; `keeps`: whether one that keeps does.
pub(super) fn patterns(
    vocabulary: &'static Vocabulary,
    words: &[SentWord],
    home: Option<usize>,
    is_question: bool,
    keeps: bool,
) -> Option<(Sense, &'static str)> {
    let content = || words.iter().filter(|w| !w.found.role.is_courtesy);
    // A filler has the position of the word before it: a sentence begins with the first that is none.
    let begin = content().find(|w| !w.found.role.is_filler()).or_else(|| content().next())?;
    let mut sentence = Sentence {
        places: Vec::with_capacity(words.len()),
        present: ClassSet::new(vocabulary.classes()),
        first: begin.position,
        last: content().next_back()?.position,
        words: content().count(),
        is_question,
        has_other: words.iter().any(|w| w.found.role.is_other),
    };
    let mut candidates: Vec<usize> = Vec::with_capacity(64);
    for word in words {
        sentence.places.push(WordPlace { position: word.position, classes: &word.found.classes });
        for class in &word.found.classes {
            if sentence.present.insert(*class) {
                candidates.extend_from_slice(vocabulary.patterns_with(*class));
            }
        }
    }
    candidates.sort_unstable();
    candidates.dedup();
    let mut matches: Vec<PatternMatch<'_>> = Vec::new();
    // Words that are about something else, by language.
    let mut kept: Vec<(usize, usize)> = Vec::new();
    let mut language = 0;
    let mut matched: Vec<usize> = Vec::new();
    for pattern in candidates.iter().filter_map(|n| vocabulary.patterns.get(*n)) {
        if keeps && pattern.verdict != Sense::Keep {
            continue;
        }
        if pattern.language != language {
            // What the language before does not read may say something in this one.
            if kept.last().is_some_and(|k| k.0 == language) {
                hide(&mut sentence, words, &[]);
            }
            language = pattern.language;
        }
        if !pattern.matches(&sentence, &mut matched) {
            continue;
        }
        if pattern.verdict != Sense::Keep {
            matches.push(PatternMatch { pattern, words: matched.clone() });
        } else if keeps {
            return Some((Sense::Keep, &pattern.name));
        } else {
            kept.extend(matched.iter().map(|word| (language, *word)));
            let hidden: Vec<usize> = kept.iter().filter(|k| k.0 == language).map(|k| k.1).collect();
            hide(&mut sentence, words, &hidden);
        }
    }
    // What one language knows to be about something else, another that knows less of the sentence does not read either.
    let knows = |language: usize| {
        let is_known = |w: &&SentWord| w.found.classes.iter().any(|c| vocabulary.language_of(*c) == Some(language));
        words.iter().filter(is_known).count()
    };
    if !kept.is_empty() {
        matches.retain(|m| {
            let own = m.pattern.language;
            !kept.iter().any(|(by, word)| *by != own && m.words.contains(word) && knows(*by) >= knows(own))
        });
    }
    if matches.iter().any(|m| m.pattern.in_main_language) {
        let most = (0..vocabulary.languages.len()).map(knows).max().unwrap_or_default();
        // Of two that know as much of it, the contact's own.
        let home = home.filter(|home| knows(*home) == most);
        matches.retain(|m| {
            let own = m.pattern.language;
            !m.pattern.in_main_language || (knows(own) == most && home.is_none_or(|home| home == own))
        });
    }
    let best = matches.iter().rev().max_by_key(|m| m.pattern.verdict);
    best.map(|m| (m.pattern.verdict, m.pattern.name.as_str()))
}

/// Takes words out of the sentence, and puts all others in.
fn hide<'a>(sentence: &mut Sentence<'a>, words: &'a [SentWord], hidden: &[usize]) {
    sentence.present.clear();
    for (n, (place, word)) in sentence.places.iter_mut().zip(words).enumerate() {
        place.classes = if hidden.contains(&n) { &[] } else { &word.found.classes };
        for class in place.classes {
            sentence.present.insert(*class);
        }
    }
}
