//! The words and patterns of all languages, compiled once from `languages/*.txt` (the format: `languages/README.md`).

use super::language_file::{self, Statement};
use super::normal;
use super::pattern::{Classes, Sense, WordPattern};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// Most letters that may follow a stem, so that a stem inside of a compound says nothing: `losch*` is not `loschpapierhalter`.
const STEM_TAIL: usize = 5;
/// Shorter words have too many neighbours for a tolerance.
const TYPO_FROM: usize = 6;
/// From this length two slips are tolerated.
const TWO_SLIPS_FROM: usize = 10;

/// The classes of one language that a word belongs to.
pub(super) type Meaning = (usize, Classes);

/// A phrase that is a whole message or sentence.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Phrase {
    pub(super) language: usize,
    pub(super) verdict: Sense,
    pub(super) reach: PhraseReach,
}

/// Where a phrase counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PhraseReach {
    /// As the whole message.
    Message,
    /// As the whole message of a contact of this language: `fine` means two things.
    MessageHere,
    /// As a whole sentence too.
    Sentence,
}

/// One language: its name and its patterns.
#[derive(Debug)]
pub(super) struct LanguageTable {
    pub(super) code: String,
    pub(super) patterns: Vec<WordPattern>,
    pub(super) yes: Vec<String>,
}

/// What a word is beside its classes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct WordRole {
    /// The languages in which it takes no room in a pattern: `mir`, `bitte`, `just`.
    pub(super) filler_of: u32,
    /// Only makes a message polite, or says nothing.
    pub(super) is_courtesy: bool,
    /// The name of the sender follows.
    pub(super) is_closing: bool,
    /// A verb that ends a subscription if it begins a short message.
    pub(super) is_core: bool,
    /// All lists.
    pub(super) is_everything: bool,
    /// A thing of daily life that can be cancelled, too.
    pub(super) is_other: bool,
}

#[derive(Default, Debug)]
struct KnownWord {
    meanings: Vec<Meaning>,
    role: WordRole,
}

#[derive(Debug)]
struct TypoWord {
    letters: Vec<char>,
    bag: u64,
    entry: usize,
}

/// FNV-1a: short keys that are compiled in need no protection against chosen collisions.
#[derive(Debug)]
struct WordHasher(u64);

impl Default for WordHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

type WordMap<V> = HashMap<String, V, BuildHasherDefault<WordHasher>>;

/// Everything that is known about words.
#[derive(Default, Debug)]
pub(super) struct Vocabulary {
    pub(super) languages: Vec<LanguageTable>,
    entries: Vec<KnownWord>,
    words: WordMap<usize>,
    /// The entry, and whether any tail may follow.
    stems: WordMap<(usize, bool)>,
    shortest_stem: usize,
    longest_stem: usize,
    typos: HashMap<char, Vec<TypoWord>>,
    phrases: WordMap<Vec<Phrase>>,
    /// Faults of the files, for the test.
    pub(super) faults: Vec<String>,
}

/// What was found for one word.
#[derive(Clone, Default, Debug)]
pub(super) struct WordMatch {
    pub(super) meanings: Vec<Meaning>,
    pub(super) role: WordRole,
    pub(super) is_known: bool,
    /// The word that was probably meant.
    pub(super) meant: Option<String>,
}

impl WordRole {
    pub(super) const fn is_filler(self) -> bool {
        self.filler_of != 0
    }
}

impl Vocabulary {
    /// The one vocabulary.
    pub(super) fn get() -> &'static Self {
        static ALL: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::compile(language_file::FILES));
        &ALL
    }

    fn compile(files: &[(&str, &str)]) -> Self {
        let mut all = Self { shortest_stem: usize::MAX, ..Self::default() };
        let shared: Vec<(String, Statement)> = language_file::read(language_file::COMMON)
            .filter_map(|(n, line)| line.map(|l| (n, l)).map_err(|e| all.faults.push(format!("common: {e}"))).ok())
            .collect();
        for (code, text) in files {
            let language = all.languages.len();
            all.languages.push(LanguageTable { code: (*code).to_owned(), patterns: Vec::new(), yes: Vec::new() });
            let mut classes: HashMap<String, usize> = HashMap::new();
            let mut rules: Vec<(String, Statement)> = Vec::new();
            for (place, line) in language_file::read(text) {
                match line {
                    Ok(line @ Statement::Rule { .. }) => rules.push((place, line)),
                    Ok(line) => all.add(language, &mut classes, line),
                    Err(error) => all.faults.push(format!("{code}: {error}")),
                }
            }
            // A language's own patterns come before those that all share.
            for (is_shared, (place, line)) in rules.iter().map(|r| (false, r)).chain(shared.iter().map(|r| (true, r))) {
                let Statement::Rule { verdict, name, pattern } = line else { continue };
                let mut literal = |names: &str, text: &str, classes: &mut HashMap<String, usize>| {
                    all.class_word(language, classes, &format!("({names})"), text, false)
                };
                match WordPattern::parse(&format!("{code}.{name}"), *verdict, pattern, &mut classes, &mut literal) {
                    Ok(pattern) => {
                        if let Some(table) = all.languages.get_mut(language) {
                            table.patterns.push(pattern);
                        }
                    }
                    Err(_) if is_shared => {}
                    Err(error) => all.faults.push(format!("{code}: {place}: {error}")),
                }
            }
            if classes.len() > Classes::MOST {
                all.faults.push(format!("{code}: {} classes", classes.len()));
            }
        }
        all
    }

    fn add(&mut self, language: usize, classes: &mut HashMap<String, usize>, line: Statement) {
        match line {
            Statement::Class { name, words, typos } => {
                for word in words {
                    self.class_word(language, classes, &name, &word, typos);
                }
            }
            Statement::Phrases { verdict, reach, phrases } => {
                for phrase in phrases {
                    let key = normal::plain(&phrase);
                    if key.is_empty() {
                        self.faults.push(format!("an empty phrase: {phrase}"));
                    }
                    self.phrases.entry(key).or_default().push(Phrase { language, verdict, reach });
                }
            }
            Statement::Yes(words) => {
                if let Some(table) = self.languages.get_mut(language) {
                    table.yes.extend(words.iter().map(|w| normal::plain(w)));
                }
            }
            Statement::Rule { .. } => {}
        }
    }

    /// Adds a word to a class; returns the bit of the class.
    fn class_word(
        &mut self,
        language: usize,
        classes: &mut HashMap<String, usize>,
        class: &str,
        word: &str,
        typos: bool,
    ) -> usize {
        let next = classes.len();
        let bit = *classes.entry(class.to_owned()).or_insert(next);
        let any_tail = word.ends_with("**");
        let is_stem = word.ends_with('*');
        let text = normal::word(word.trim_end_matches('*'));
        if text.is_empty() || text.contains(char::is_whitespace) {
            self.faults.push(format!("not a word: {word}"));
            return bit;
        }
        let fresh = self.entries.len();
        let entry = if is_stem {
            let length = text.len();
            self.shortest_stem = self.shortest_stem.min(length);
            self.longest_stem = self.longest_stem.max(length);
            let (entry, tail) = self.stems.entry(text.clone()).or_insert((fresh, any_tail));
            *tail |= any_tail;
            *entry
        } else {
            *self.words.entry(text.clone()).or_insert(fresh)
        };
        if entry == fresh {
            self.entries.push(KnownWord::default());
        }
        let Some(kept) = self.entries.get_mut(entry) else { return bit };
        match class {
            "filler" => kept.role.filler_of |= 1_u32.checked_shl(u32::try_from(language).unwrap_or(32)).unwrap_or(0),
            "courtesy" | "particle" => kept.role.is_courtesy = true,
            "closing" => kept.role.is_closing = true,
            "core" => kept.role.is_core = true,
            "everything" => kept.role.is_everything = true,
            "other" => kept.role.is_other = true,
            _ => {}
        }
        let class = Classes::one(bit);
        match kept.meanings.iter_mut().find(|(l, _)| *l == language) {
            Some((_, classes)) => classes.add(class),
            None => kept.meanings.push((language, class)),
        }
        let letters: Vec<char> = text.chars().collect();
        if typos
            && letters.len() >= TYPO_FROM
            && let Some(first) = letters.first().copied()
        {
            let bag = bag(&letters);
            self.typos.entry(first).or_default().push(TypoWord { letters, bag, entry });
        }
        bit
    }

    /// The phrases that are exactly this text.
    pub(super) fn phrases(&self, text: &str) -> &[Phrase] {
        self.phrases.get(text).map_or(&[], Vec::as_slice)
    }

    /// Looks a word up: as it is, with its look-alikes in Latin letters, with slips.
    pub(super) fn find(&self, word: &str) -> WordMatch {
        let mut found = WordMatch::default();
        self.exactly(word, &mut found);
        if found.is_known {
            return found;
        }
        if let Some(latin) = normal::unmasked(word) {
            self.exactly(&latin, &mut found);
            found.meant = found.is_known.then_some(latin);
        }
        if !found.is_known {
            self.nearly(word, &mut found);
        }
        found
    }

    fn exactly(&self, word: &str, found: &mut WordMatch) {
        if let Some(entry) = self.words.get(word) {
            self.take(*entry, found);
        }
        for (end, c) in word.char_indices() {
            let end = end + c.len_utf8();
            if end < self.shortest_stem {
                continue;
            }
            if end > self.longest_stem {
                break;
            }
            if let Some((entry, any_tail)) = self.stems.get(&word[..end])
                && (*any_tail || word[end..].chars().count() <= STEM_TAIL)
            {
                self.take(*entry, found);
            }
        }
    }

    fn nearly(&self, word: &str, found: &mut WordMatch) {
        let letters: Vec<char> = word.chars().take(24).collect();
        if letters.len() < TYPO_FROM - 1 || letters.len() > 20 {
            return;
        }
        let Some(first) = letters.first() else { return };
        let mine = bag(&letters);
        let mut best: Option<(usize, &TypoWord)> = None;
        for candidate in self.typos.get(first).map_or(&[][..], Vec::as_slice) {
            let most = if candidate.letters.len() >= TWO_SLIPS_FROM { 2 } else { 1 };
            if candidate.letters.len().abs_diff(letters.len()) > most
                || (candidate.bag ^ mine).count_ones() as usize > 2 * most
            {
                continue;
            }
            let slips = slips(&candidate.letters, &letters);
            if slips <= most && best.is_none_or(|(least, _)| slips < least) {
                best = Some((slips, candidate));
            }
        }
        if let Some((_, meant)) = best {
            self.take(meant.entry, found);
            found.meant = Some(meant.letters.iter().collect());
        }
    }

    fn take(&self, entry: usize, found: &mut WordMatch) {
        let Some(entry) = self.entries.get(entry) else { return };
        found.is_known = true;
        let (into, from) = (&mut found.role, entry.role);
        into.filler_of |= from.filler_of;
        into.is_courtesy |= from.is_courtesy;
        into.is_closing |= from.is_closing;
        into.is_core |= from.is_core;
        into.is_everything |= from.is_everything;
        into.is_other |= from.is_other;
        found.meanings.extend_from_slice(&entry.meanings);
    }
}

/// Which letters are in a word, roughly.
fn bag(letters: &[char]) -> u64 {
    letters.iter().fold(0, |bag, c| bag | 1 << (u32::from(*c) % 64))
}

/// Longest word that is compared letter by letter.
const LONGEST: usize = 24;

/// Insertions, deletions, replacements and swaps of neighbours that make one word of the other.
fn slips(a: &[char], b: &[char]) -> usize {
    if a.len().max(b.len()) > LONGEST {
        return usize::MAX;
    }
    let mut before = [0_usize; LONGEST + 1];
    let mut last: [usize; LONGEST + 1] = std::array::from_fn(|n| n);
    for (i, x) in a.iter().enumerate() {
        let mut row = [i + 1; LONGEST + 1];
        for (j, y) in b.iter().enumerate() {
            let get = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(LONGEST);
            let mut least = (get(&last, j) + usize::from(x != y)).min(get(&last, j + 1) + 1).min(get(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(get(&before, j - 1) + 1);
            }
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = least;
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last.get(b.len()).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_have_no_faults() {
        assert_eq!(Vocabulary::get().faults, Vec::<String>::new());
    }

    #[test]
    fn slips_are_counted() {
        let count = |a: &str, b: &str| slips(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(count("abmelden", "abmelden"), 0);
        assert_eq!(count("abmelden", "abmleden"), 1);
        assert_eq!(count("abmelden", "abmeden"), 1);
        assert_eq!(count("abmelden", "anmelden"), 1);
        assert_eq!(count("abc", ""), 3);
    }
}
