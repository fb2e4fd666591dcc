//! How much a message that no pattern decides sounds like a refusal. Patterns know what was foreseen; the weights, learnt from the replies in
//! `tests/corpus`, weigh all words of a message. They only ever hold a message for a person to read, or take back a pattern's mere doubt.

use super::vocabulary::{FNV_BEGIN, Vocabulary, WordHasher, fnv};
use super::words::SentWord;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

/// Lines `WEIGHT: feature feature ...`, the weight in tenths; a line that begins with a space goes on with the one before.
const WEIGHTS: &str = include_str!("doubt_weights.txt");
/// The feature that every message has.
const ALWAYS: &str = "always";
/// Words that are looked at.
const MOST_WORDS: usize = 60;
/// Classes before a word with which its own make pairs.
const MOST_PAIRED: usize = 6;
const COUNTS: [&str; 7] = ["0", "1", "2", "3", "4", "5", "6"];

/// Of one or two words the weights know too little.
pub(super) const LEAST_WORDS: usize = 3;
/// From here on a message is held that no pattern decided.
pub(super) const HOLDS: f32 = 1.2;
/// Below, what a pattern of the `doubt` kind says is not held.
pub(super) const HARMLESS: f32 = -0.3;

type WeightMap = HashMap<u64, f32, BuildHasherDefault<WordHasher>>;

static ALL: LazyLock<WeightMap> = LazyLock::new(|| {
    let mut all = WeightMap::default();
    let mut weight = 0.0;
    for line in WEIGHTS.lines().filter(|l| !l.starts_with('#')) {
        let features = match line.split_once(": ").filter(|_| !line.starts_with(' ')) {
            Some((tenths, features)) => {
                weight = tenths.parse::<i16>().map_or(0.0, |t| f32::from(t) / 10.0);
                features
            }
            None => line,
        };
        all.extend(features.split_whitespace().map(|f| (fnv(FNV_BEGIN, f.as_bytes()), weight)));
    }
    all
});

/// Above zero it sounds like a refusal, below like anything else.
pub(super) fn score(vocabulary: &Vocabulary, words: &[SentWord], has_question: bool) -> f32 {
    let mut found: Vec<u64> = Vec::with_capacity(128);
    each_feature(vocabulary, words, has_question, &mut |parts| {
        found.push(parts.iter().fold(FNV_BEGIN, |hash, part| fnv(hash, part.as_bytes())));
    });
    found.sort_unstable();
    found.dedup();
    let weight = |hash: u64| ALL.get(&hash).copied().unwrap_or_default();
    let sum: f32 = found.iter().map(|hash| weight(*hash)).sum();
    let count = u16::try_from(found.len().max(1)).unwrap_or(u16::MAX);
    weight(fnv(FNV_BEGIN, ALWAYS.as_bytes())) + sum / f32::from(count).sqrt()
}

/// What the weights are about, in parts: each word, its beginnings, its classes in any language, pairs of classes within a sentence.
fn each_feature(vocabulary: &Vocabulary, words: &[SentWord], has_question: bool, each: &mut impl FnMut(&[&str])) {
    let mut before: Vec<&str> = Vec::new();
    let mut sentence = 0;
    let mut classes: Vec<&str> = Vec::new();
    for word in words.iter().take(MOST_WORDS) {
        each(&["w:", &word.text]);
        for letters in [4, 6] {
            if let Some((end, _)) = word.text.char_indices().nth(letters) {
                each(&["p:", word.text.get(..end).unwrap_or_default()]);
            }
        }
        classes.clear();
        classes.extend(word.found.classes.iter().filter_map(|c| vocabulary.class_name(*c)));
        classes.sort_unstable();
        classes.dedup();
        if word.sentence != sentence {
            before.clear();
            sentence = word.sentence;
        }
        for class in &classes {
            each(&["c:", class]);
            for other in &before {
                each(&["d:", other, "_", class]);
            }
        }
        before.extend_from_slice(&classes);
        before.drain(..before.len().saturating_sub(MOST_PAIRED));
    }
    each(&["n:", COUNTS.get(words.len()).or(COUNTS.last()).copied().unwrap_or_default()]);
    each(&["q:", if has_question { "1" } else { "0" }]);
}

#[cfg(test)]
#[path = "../../tests/unit/doubt_weights.rs"]
mod tests;
