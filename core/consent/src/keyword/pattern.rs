//! Patterns over the words of one sentence.

use std::collections::HashMap;

/// A set of word classes of one language.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Classes([u64; Self::WORDS]);

impl Classes {
    const WORDS: usize = 8;
    /// Most classes of one language; each word that stands in a pattern is one.
    pub(super) const MOST: usize = Self::WORDS * 64;

    /// The set with this class alone.
    pub(super) fn one(bit: usize) -> Self {
        let mut set = Self::default();
        if let Some(word) = set.0.get_mut(bit / 64) {
            *word = 1 << (bit % 64);
        }
        set
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|w| *w == 0)
    }

    /// One word that meets another's if the sets do, and seldom else.
    pub(super) fn folded(&self) -> u64 {
        self.0.iter().fold(0, |all, w| all | w)
    }
}

/// Makes a word of a pattern a word of the class of its place: gets the place, the word and the classes; returns the class.
type LiteralClass<'a> = dyn FnMut(&str, &str, &mut HashMap<String, usize>) -> usize + 'a;

/// How far apart two words of a pattern may be, in words.
const NEAR: u32 = 3;
const FAR: u32 = 10;
const BESIDE: u32 = 8;

/// What a phrase or a pattern says. Later ones are stronger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Sense {
    /// The words are about something else: they are out of the sentence for the patterns that follow.
    Keep,
    Help,
    Start,
    Resume,
    No,
    Data,
    Soft,
    StopList,
    Stop,
    StopAll,
}

impl Sense {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "help" => Self::Help,
            "start" => Self::Start,
            "continue" => Self::Resume,
            "no" => Self::No,
            "data" => Self::Data,
            "soft" => Self::Soft,
            "list" => Self::StopList,
            "stop" => Self::Stop,
            "all" => Self::StopAll,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum WordDistance {
    /// After the one before, at most this far.
    After(u32),
    /// Before or after the first one.
    Beside,
}

#[derive(Clone, Copy, Debug)]
struct PatternElement {
    classes: Classes,
    folded: u64,
    distance: WordDistance,
}

/// One pattern.
#[derive(Debug)]
pub(super) struct WordPattern {
    pub(super) name: String,
    pub(super) verdict: Sense,
    elements: Vec<PatternElement>,
    never: Classes,
    never_other: bool,
    at_start: bool,
    at_end: bool,
    most_words: usize,
    question: Option<bool>,
}

/// A word of the sentence, as one language sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordPlace {
    pub(super) token: usize,
    pub(super) position: u32,
    pub(super) classes: Classes,
}

/// One sentence, as one language sees it.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    pub(super) places: &'a [WordPlace],
    /// First and last word that is not courtesy.
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) words: usize,
    pub(super) is_question: bool,
    /// Something of daily life is named, in any language.
    pub(super) has_other: bool,
}

impl WordPattern {
    /// Reads `^ not + (leave|stop) .. me & list !other <=6 ?`. A class that the language lacks is an error.
    pub(super) fn parse(
        name: &str,
        verdict: Sense,
        text: &str,
        classes: &mut HashMap<String, usize>,
        literal: &mut LiteralClass<'_>,
    ) -> Result<Self, String> {
        let mut pattern = Self {
            name: name.to_owned(),
            verdict,
            elements: Vec::new(),
            never: Classes::default(),
            never_other: false,
            at_start: false,
            at_end: false,
            most_words: usize::MAX,
            question: None,
        };
        let mut distance = WordDistance::After(NEAR);
        for item in text.split_whitespace() {
            match item {
                "^" => pattern.at_start = true,
                "$" => pattern.at_end = true,
                "?" => pattern.question = Some(true),
                "!?" => pattern.question = Some(false),
                ".." => distance = WordDistance::After(FAR),
                "+" => distance = WordDistance::After(1),
                "&" => distance = WordDistance::Beside,
                _ => {
                    if let Some(most) = item.strip_prefix("<=") {
                        pattern.most_words = most.parse().map_err(|_| format!("no number: {item}"))?;
                        continue;
                    }
                    let (never, names) = item.strip_prefix('!').map_or((false, item), |rest| (true, rest));
                    let mut set = Classes::default();
                    for name in names.trim_matches(['(', ')']).split('|') {
                        let bit = match name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')) {
                            // The words of one place are one class.
                            Some(text) => Some(literal(names, text, classes)),
                            None => classes.get(name).copied(),
                        };
                        set.add(bit.map(Classes::one).unwrap_or_default());
                    }
                    if never && names == "other" {
                        pattern.never_other = true;
                    } else if never {
                        pattern.never.add(set);
                    } else if set.is_empty() {
                        return Err(format!("no such class: {item}"));
                    } else {
                        pattern.elements.push(PatternElement { classes: set, folded: set.folded(), distance });
                        distance = WordDistance::After(NEAR);
                    }
                }
            }
        }
        if pattern.elements.is_empty() { Err("a pattern without words".to_owned()) } else { Ok(pattern) }
    }

    /// Whether a sentence with these folded classes can match: most patterns end here.
    pub(super) fn may_match(&self, folded: u64) -> bool {
        self.elements.iter().all(|e| e.folded & folded != 0)
    }

    /// The words that match, if the pattern does. `all` are the classes of the whole sentence.
    pub(super) fn matches(&self, sentence: &Sentence<'_>, all: &Classes) -> Option<Vec<usize>> {
        let fits = self.elements.iter().all(|e| e.classes.meets(all))
            && !self.never.meets(all)
            && !(self.never_other && sentence.has_other)
            && sentence.words <= self.most_words
            && self.question.is_none_or(|q| q == sentence.is_question);
        if !fits {
            return None;
        }
        let first = self.elements.first()?;
        for (n, place) in sentence.places.iter().enumerate() {
            if !place.classes.meets(&first.classes) || (self.at_start && place.position > sentence.first) {
                continue;
            }
            let mut tokens = vec![place.token];
            if self.rest(1, n, place.position, sentence, &mut tokens) {
                return Some(tokens);
            }
        }
        None
    }

    fn rest(&self, element: usize, at: usize, first: u32, sentence: &Sentence<'_>, tokens: &mut Vec<usize>) -> bool {
        let Some(next) = self.elements.get(element) else {
            let last = sentence.places.get(at).map_or(0, |p| p.position);
            return !self.at_end || last >= sentence.last;
        };
        let here = sentence.places.get(at).map_or(0, |p| p.position);
        match next.distance {
            WordDistance::After(most) => {
                for (n, place) in sentence.places.iter().enumerate().skip(at + 1) {
                    if place.position > here + most {
                        return false;
                    }
                    if place.classes.meets(&next.classes) {
                        tokens.push(place.token);
                        if self.rest(element + 1, n, first, sentence, tokens) {
                            return true;
                        }
                        tokens.pop();
                    }
                }
                false
            }
            WordDistance::Beside => {
                let near = |p: &&WordPlace| {
                    p.classes.meets(&next.classes) && p.position.abs_diff(first) <= BESIDE && !tokens.contains(&p.token)
                };
                let Some(found) = sentence.places.iter().find(near).copied() else { return false };
                tokens.push(found.token);
                self.rest(element + 1, at, first, sentence, tokens)
            }
        }
    }
}
