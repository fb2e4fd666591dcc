//! The words and patterns of all languages, compiled once from `languages/*.txt` (the format: `languages/README.md`).

use super::language_file::{self, Statement};
use super::normal;
use super::pattern::{ClassId, ClassName, Sense, WordPattern};
use super::slip::TypoIndex;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// Most letters that may follow a stem, so that a stem inside of a compound says nothing: `losch*` is not `loschpapierhalter`.
const STEM_TAIL: usize = 5;

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

/// One language.
#[derive(Debug)]
pub(super) struct LanguageTable {
    pub(super) code: String,
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
    classes: Vec<ClassId>,
    role: WordRole,
}

/// A word or stem with its entry.
#[derive(Debug)]
struct WordKey {
    text: String,
    entry: usize,
    /// Whether any tail may follow a stem.
    any_tail: bool,
}

/// FNV-1a, letter by letter: the hash of a word is that of its last stem. Short keys that are compiled in need no protection against
/// chosen collisions.
pub(super) const FNV_BEGIN: u64 = 0xcbf2_9ce4_8422_2325;

pub(super) fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[derive(Debug)]
pub(super) struct WordHasher(u64);

impl Default for WordHasher {
    fn default() -> Self {
        Self(FNV_BEGIN)
    }
}

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = fnv(self.0, bytes);
    }

    /// A key that is a hash already.
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type PhraseMap = HashMap<String, Vec<Phrase>, BuildHasherDefault<WordHasher>>;
type WordMap = HashMap<u64, WordKey, BuildHasherDefault<WordHasher>>;

/// Everything that is known about words.
#[derive(Default, Debug)]
pub(super) struct Vocabulary {
    pub(super) languages: Vec<LanguageTable>,
    /// The patterns of all languages, one language after the other, in the order in which they are tried.
    pub(super) patterns: Vec<WordPattern>,
    /// For each class the patterns that cannot match without one like it.
    patterns_by_class: Vec<Vec<usize>>,
    /// For each class its language.
    class_languages: Vec<usize>,
    /// For each class its name; empty for words that a pattern names itself.
    class_names: Vec<String>,
    entries: Vec<KnownWord>,
    words: WordMap,
    stems: WordMap,
    shortest_stem: usize,
    longest_stem: usize,
    typos: TypoIndex,
    phrases: PhraseMap,
    /// Faults of the files, for the test.
    pub(super) faults: Vec<String>,
}

/// What was found for one word.
#[derive(Clone, Default, Debug)]
pub(super) struct WordMatch {
    pub(super) classes: Vec<ClassId>,
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
            all.languages.push(LanguageTable { code: (*code).to_owned(), yes: Vec::new() });
            let mut classes: HashMap<String, ClassId> = HashMap::new();
            let mut rules: Vec<(String, Statement)> = Vec::new();
            for (place, line) in language_file::read(text) {
                match line {
                    Ok(line @ Statement::Rule { .. }) => rules.push((place, line)),
                    Ok(line) => all.add(language, &mut classes, line),
                    Err(error) => all.faults.push(format!("{code}: {error}")),
                }
            }
            // What says that the words are about something else comes first; then a language's own patterns, then those that all share.
            let is_keep = |r: &(String, Statement)| matches!(r.1, Statement::Rule { verdict: Sense::Keep, .. });
            let keeps = shared.iter().rposition(is_keep).map_or(0, |n| n + 1);
            let (before, after) = shared.split_at_checked(keeps).unwrap_or((&[], &shared));
            let own = |keeps: bool| rules.iter().filter(move |r| is_keep(r) == keeps).map(|r| (false, r));
            let common = |part| <[(String, Statement)]>::iter(part).map(|r| (true, r));
            let ordered = own(true).chain(common(before)).chain(own(false)).chain(common(after));
            for (is_shared, (place, line)) in ordered {
                let Statement::Rule { verdict, name, pattern } = line else { continue };
                let mut class = |name: ClassName<'_>| match name {
                    ClassName::Named(name) => classes.get(name).copied(),
                    ClassName::WordAt { place, word } => {
                        Some(all.class_word(language, &mut classes, &format!("({place})"), word, false))
                    }
                };
                match WordPattern::parse(&format!("{code}.{name}"), *verdict, language, pattern, &mut class) {
                    Ok(pattern) => all.patterns.push(pattern),
                    Err(_) if is_shared => {}
                    Err(error) => all.faults.push(format!("{code}: {place}: {error}")),
                }
            }
        }
        all.index_patterns();
        all
    }

    fn index_patterns(&mut self) {
        let mut words = vec![0_usize; self.class_languages.len()];
        for class in self.entries.iter().flat_map(|e| &e.classes) {
            if let Some(words) = words.get_mut(usize::from(*class)) {
                *words += 1;
            }
        }
        self.patterns_by_class = vec![Vec::new(); words.len()];
        for (number, pattern) in self.patterns.iter().enumerate() {
            for class in pattern.key(|c| words.get(usize::from(c)).copied().unwrap_or_default()) {
                if let Some(patterns) = self.patterns_by_class.get_mut(usize::from(*class)) {
                    patterns.push(number);
                }
            }
        }
    }

    /// How many classes there are.
    pub(super) fn classes(&self) -> usize {
        self.class_languages.len()
    }

    /// The name of a class, the same in all languages.
    pub(super) fn class_name(&self, class: ClassId) -> Option<&str> {
        self.class_names.get(usize::from(class)).map(String::as_str).filter(|n| !n.is_empty())
    }

    /// The language of a class.
    pub(super) fn language_of(&self, class: ClassId) -> Option<usize> {
        self.class_languages.get(usize::from(class)).copied()
    }

    /// The patterns that cannot match without this class or one like it.
    pub(super) fn patterns_with(&self, class: ClassId) -> &[usize] {
        self.patterns_by_class.get(usize::from(class)).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, language: usize, classes: &mut HashMap<String, ClassId>, line: Statement) {
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

    /// Adds a word to a class; returns the number of the class.
    fn class_word(
        &mut self,
        language: usize,
        classes: &mut HashMap<String, ClassId>,
        class: &str,
        word: &str,
        typos: bool,
    ) -> ClassId {
        let number = match classes.get(class) {
            Some(number) => *number,
            None => {
                let number = ClassId::try_from(self.class_languages.len()).unwrap_or(ClassId::MAX);
                if number == ClassId::MAX {
                    self.faults.push(format!("too many classes: {class}"));
                }
                self.class_languages.push(language);
                self.class_names.push(if class.starts_with('(') { String::new() } else { class.to_owned() });
                classes.insert(class.to_owned(), number);
                number
            }
        };
        let any_tail = word.ends_with("**");
        let text = normal::word(word.trim_end_matches('*'));
        if text.is_empty() || text.contains(char::is_whitespace) {
            self.faults.push(format!("not a word: {word}"));
            return number;
        }
        let fresh = self.entries.len();
        let map = if word.ends_with('*') {
            self.shortest_stem = self.shortest_stem.min(text.len());
            self.longest_stem = self.longest_stem.max(text.len());
            &mut self.stems
        } else {
            &mut self.words
        };
        let hash = fnv(FNV_BEGIN, text.as_bytes());
        let key = map.entry(hash).or_insert_with(|| WordKey { text: text.clone(), entry: fresh, any_tail });
        key.any_tail |= any_tail;
        if key.text != text {
            self.faults.push(format!("two words with one hash: {text}"));
        }
        let entry = key.entry;
        if entry == fresh {
            self.entries.push(KnownWord::default());
        }
        let Some(kept) = self.entries.get_mut(entry) else { return number };
        match class {
            "filler" => kept.role.filler_of |= 1_u32.checked_shl(u32::try_from(language).unwrap_or(32)).unwrap_or(0),
            "courtesy" | "particle" => kept.role.is_courtesy = true,
            "closing" => kept.role.is_closing = true,
            "core" => kept.role.is_core = true,
            "everything" => kept.role.is_everything = true,
            "other" => kept.role.is_other = true,
            _ => {}
        }
        if !kept.classes.contains(&number) {
            kept.classes.push(number);
        }
        if typos {
            self.typos.add(&text, entry);
        }
        number
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
        if !found.is_known
            && let Some(meant) = self.typos.nearest(word)
        {
            self.take(meant.entry, &mut found);
            found.meant = Some(meant.text());
        }
        found
    }

    fn exactly(&self, word: &str, found: &mut WordMatch) {
        let mut hash = FNV_BEGIN;
        for (begin, c) in word.char_indices() {
            let end = begin + c.len_utf8();
            hash = fnv(hash, word.get(begin..end).unwrap_or_default().as_bytes());
            if end < self.shortest_stem || end > self.longest_stem {
                continue;
            }
            let Some(stem) = self.stems.get(&hash) else { continue };
            let tail = word.get(end..).unwrap_or_default();
            if (stem.any_tail || tail.chars().nth(STEM_TAIL).is_none()) && word.starts_with(&stem.text) {
                self.take(stem.entry, found);
            }
        }
        if let Some(key) = self.words.get(&hash).filter(|key| key.text == word) {
            self.take(key.entry, found);
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
        found.classes.extend(entry.classes.iter().filter(|c| !found.classes.contains(c)).copied().collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_have_no_faults() {
        assert_eq!(Vocabulary::get().faults, Vec::<String>::new());
    }
}
