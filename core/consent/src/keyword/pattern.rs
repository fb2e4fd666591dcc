//! Patterns over the words of one sentence.

/// A class of words of one language, by its number among those of all languages.
pub(super) type ClassId = u16;

/// A set of classes of all languages.
#[derive(Debug)]
pub(super) struct ClassSet(Vec<u64>);

impl ClassSet {
    pub(super) fn new(classes: usize) -> Self {
        Self(vec![0; classes.div_ceil(64)])
    }

    /// Whether the class was not in the set.
    pub(super) fn insert(&mut self, class: ClassId) -> bool {
        let bit = 1 << (class % 64);
        let Some(word) = self.0.get_mut(usize::from(class / 64)) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub(super) fn clear(&mut self) {
        self.0.fill(0);
    }

    fn has(&self, class: ClassId) -> bool {
        self.0.get(usize::from(class / 64)).is_some_and(|word| word & (1 << (class % 64)) != 0)
    }

    fn meets(&self, classes: &[ClassId]) -> bool {
        classes.iter().any(|c| self.has(*c))
    }
}

/// Gives the number of a class by its name, or of the words `'a'|'b'` of one place of a pattern.
pub(super) type ClassLookup<'a> = dyn FnMut(ClassName<'_>) -> Option<ClassId> + 'a;

/// A class as a pattern names it.
#[derive(Clone, Copy, Debug)]
pub(super) enum ClassName<'a> {
    Named(&'a str),
    /// A word of a place: the words of one place are one class.
    WordAt {
        place: &'a str,
        word: &'a str,
    },
}

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

#[derive(Debug)]
struct PatternElement {
    classes: Vec<ClassId>,
    distance: WordDistance,
}

/// One pattern.
#[derive(Debug)]
pub(super) struct WordPattern {
    pub(super) name: String,
    pub(super) verdict: Sense,
    pub(super) language: usize,
    elements: Vec<PatternElement>,
    never: Vec<ClassId>,
    never_other: bool,
    at_start: bool,
    at_end: bool,
    most_words: usize,
    question: Option<bool>,
    /// Counts only in the language that knows most words of the sentence.
    pub(super) in_main_language: bool,
}

/// A word of the sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordPlace<'a> {
    pub(super) position: u32,
    /// None for a word that is about something else.
    pub(super) classes: &'a [ClassId],
}

impl WordPlace<'_> {
    fn is_any(&self, classes: &[ClassId]) -> bool {
        self.classes.iter().any(|c| classes.contains(c))
    }
}

/// One sentence.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    pub(super) places: Vec<WordPlace<'a>>,
    /// The classes of all its words.
    pub(super) present: ClassSet,
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
        language: usize,
        text: &str,
        class: &mut ClassLookup<'_>,
    ) -> Result<Self, String> {
        let mut pattern = Self {
            name: name.to_owned(),
            verdict,
            language,
            elements: Vec::new(),
            never: Vec::new(),
            never_other: false,
            at_start: false,
            at_end: false,
            most_words: usize::MAX,
            question: None,
            in_main_language: false,
        };
        let mut distance = WordDistance::After(NEAR);
        for item in text.split_whitespace() {
            match item {
                "^" => pattern.at_start = true,
                "$" => pattern.at_end = true,
                "?" => pattern.question = Some(true),
                "~" => pattern.in_main_language = true,
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
                    let place = names.trim_matches(['(', ')']);
                    let mut classes: Vec<ClassId> = Vec::new();
                    for name in place.split('|') {
                        let found = match name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')) {
                            Some(word) => class(ClassName::WordAt { place, word }),
                            None => class(ClassName::Named(name)),
                        };
                        classes.extend(found.filter(|c| !classes.contains(c)));
                    }
                    if never && names == "other" {
                        pattern.never_other = true;
                    } else if never {
                        pattern.never.append(&mut classes);
                    } else if classes.is_empty() {
                        return Err(format!("no such class: {item}"));
                    } else {
                        pattern.elements.push(PatternElement { classes, distance });
                        distance = WordDistance::After(NEAR);
                    }
                }
            }
        }
        if pattern.elements.is_empty() { Err("a pattern without words".to_owned()) } else { Ok(pattern) }
    }

    /// The classes of the place that is seldom met, by the number of words of each class: without one of them the pattern cannot match.
    pub(super) fn key(&self, words_of: impl Fn(ClassId) -> usize) -> &[ClassId] {
        let words = |e: &&PatternElement| e.classes.iter().map(|c| words_of(*c)).sum::<usize>();
        self.elements.iter().min_by_key(words).map_or(&[], |e| &e.classes)
    }

    /// Fills in the words that match, if the pattern does.
    pub(super) fn matches(&self, sentence: &Sentence<'_>, tokens: &mut Vec<usize>) -> bool {
        let fits = self.elements.iter().all(|e| sentence.present.meets(&e.classes))
            && !sentence.present.meets(&self.never)
            && !(self.never_other && sentence.has_other)
            && sentence.words <= self.most_words
            && self.question.is_none_or(|q| q == sentence.is_question);
        let Some(first) = self.elements.first().filter(|_| fits) else { return false };
        sentence.places.iter().enumerate().any(|(n, place)| {
            if !place.is_any(&first.classes) || (self.at_start && place.position > sentence.first) {
                return false;
            }
            tokens.clear();
            tokens.push(n);
            self.rest(1, n, place.position, sentence, tokens)
        })
    }

    fn rest(&self, element: usize, at: usize, first: u32, sentence: &Sentence<'_>, tokens: &mut Vec<usize>) -> bool {
        let here = sentence.places.get(at).map_or(0, |p| p.position);
        let Some(next) = self.elements.get(element) else { return !self.at_end || here >= sentence.last };
        match next.distance {
            WordDistance::After(most) => {
                for (n, place) in sentence.places.iter().enumerate().skip(at + 1) {
                    if place.position > here + most {
                        return false;
                    }
                    if place.is_any(&next.classes) {
                        tokens.push(n);
                        if self.rest(element + 1, n, first, sentence, tokens) {
                            return true;
                        }
                        tokens.pop();
                    }
                }
                false
            }
            WordDistance::Beside => {
                let near = |(n, p): &(usize, &WordPlace<'_>)| {
                    p.position.abs_diff(first) <= BESIDE && p.is_any(&next.classes) && !tokens.contains(n)
                };
                let Some((found, _)) = sentence.places.iter().enumerate().find(near) else { return false };
                tokens.push(found);
                self.rest(element + 1, at, first, sentence, tokens)
            }
        }
    }
}
