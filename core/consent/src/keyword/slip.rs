//! Words with slips of the finger.

use std::collections::HashMap;

/// Shorter words have too many neighbours for a tolerance.
const TYPO_FROM: usize = 6;
/// From this length two slips are tolerated.
const TWO_SLIPS_FROM: usize = 10;
/// Longest word that is compared letter by letter.
const LONGEST: usize = 24;

/// A word that is found with slips.
#[derive(Debug)]
pub(super) struct TypoWord {
    letters: Vec<char>,
    bag: u64,
    pub(super) entry: usize,
}

impl TypoWord {
    pub(super) fn text(&self) -> String {
        self.letters.iter().collect()
    }
}

/// The words that are found with slips, by first letter and length.
#[derive(Default, Debug)]
pub(super) struct TypoIndex(HashMap<(char, usize), Vec<TypoWord>>);

impl TypoIndex {
    /// Adds a word, if it is long enough.
    pub(super) fn add(&mut self, text: &str, entry: usize) {
        let letters: Vec<char> = text.chars().collect();
        if let Some(first) = letters.first().copied().filter(|_| letters.len() >= TYPO_FROM) {
            let bag = bag(&letters);
            self.0.entry((first, letters.len())).or_default().push(TypoWord { letters, bag, entry });
        }
    }

    /// The word that was probably meant: the one with the fewest slips between.
    pub(super) fn nearest(&self, word: &str) -> Option<&TypoWord> {
        let mut buffer = ['\0'; LONGEST];
        let mut length = 0;
        for c in word.chars() {
            *buffer.get_mut(length)? = c;
            length += 1;
        }
        let letters = buffer.get(..length).filter(|l| (TYPO_FROM - 1..=20).contains(&l.len()))?;
        let first = letters.first()?;
        let mine = bag(letters);
        let mut best: Option<(usize, &TypoWord)> = None;
        for other in length.saturating_sub(2)..=length + 2 {
            let most = if other >= TWO_SLIPS_FROM { 2 } else { 1 };
            if other.abs_diff(length) > most {
                continue;
            }
            for candidate in self.0.get(&(*first, other)).map_or(&[][..], Vec::as_slice) {
                if (candidate.bag ^ mine).count_ones() as usize > 2 * most {
                    continue;
                }
                let slips = slips(&candidate.letters, letters);
                if slips <= most && best.is_none_or(|(least, _)| slips < least) {
                    best = Some((slips, candidate));
                }
            }
        }
        best.map(|(_, word)| word)
    }
}

/// Which letters are in a word, roughly.
fn bag(letters: &[char]) -> u64 {
    letters.iter().fold(0, |bag, c| bag | 1 << (u32::from(*c) % 64))
}

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
    fn slips_are_counted() {
        let count = |a: &str, b: &str| slips(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(count("abmelden", "abmelden"), 0);
        assert_eq!(count("abmelden", "abmleden"), 1);
        assert_eq!(count("abmelden", "abmeden"), 1);
        assert_eq!(count("abmelden", "anmelden"), 1);
        assert_eq!(count("abc", ""), 3);
    }
}
