//! One line of a settings file as a report quotes it: what may be a secret is `…`.

use super::fault::FileMask;
use super::suggest;
use std::collections::BTreeSet;

/// A quoted line: its text, and for each of its characters in the file the column in that text.
pub(super) struct QuotedLine {
    pub(super) text: String,
    columns: Vec<usize>,
}

impl QuotedLine {
    /// The column, from 0, under which a character of the file's line is shown.
    pub(super) fn column(&self, of: usize) -> usize {
        self.columns.get(of).copied().unwrap_or_else(|| self.text.chars().count())
    }

    /// Quotes a line that begins at byte `begin` of its file.
    pub(super) fn of(line: &str, begin: usize, mask: &FileMask) -> Self {
        match mask {
            FileMask::Words(words) => {
                let shown = known_part(line, words);
                Self::shown(line, |at| at < shown)
            }
            FileMask::Values(values) => {
                let around = |at: usize| values.iter().find(|(from, to, _)| (*from..*to).contains(&at));
                let is_comment = |(at, c): &(usize, char)| *c == '#' && around(begin + at).is_none();
                let comment = line.char_indices().find(is_comment).map_or(line.len(), |(at, _)| at + 1);
                Self::shown(line, |at| at < comment && around(begin + at).is_none_or(|(.., public)| *public))
            }
        }
    }

    fn shown(line: &str, is_shown: impl Fn(usize) -> bool) -> Self {
        let (mut text, mut columns, mut length, mut masking) = (String::new(), Vec::new(), 0, false);
        for (at, c) in line.char_indices() {
            let shown = is_shown(at);
            if shown {
                text.push(c);
            } else if !masking {
                text.push('…');
            }
            if shown || !masking {
                length += 1;
            }
            columns.push(length - 1);
            masking = !shown;
        }
        Self { text, columns }
    }
}

/// How many bytes of a line may be quoted where the file is not TOML: a heading, or the key before a `=`, if it is one that is known or nearly so.
fn known_part(line: &str, words: &BTreeSet<String>) -> usize {
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    let bare = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_- .".contains(c));
    let nearly = |word: &str| {
        let word = word.trim();
        words.contains(word) || (word.len() >= 5 && suggest::similar(word, &known).is_some())
    };
    let trimmed = line.trim();
    let heading = trimmed.trim_start_matches('[').trim_end_matches(']');
    if trimmed.starts_with('[') && trimmed.ends_with(']') && bare(heading) {
        return if nearly(heading.split('.').next().unwrap_or("")) { line.len() } else { 0 };
    }
    let Some((key, rest)) = line.split_once('=') else { return 0 };
    let last = key.rsplit('.').next().unwrap_or("");
    if !bare(key.trim()) || !nearly(last) || !key.split('.').all(|part| nearly(part) || part.trim().len() < 3) {
        return 0;
    }
    key.len() + 1 + (rest.len() - rest.trim_start().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_of_a_damaged_file_are_quoted() {
        let words: BTreeSet<String> =
            ["password", "transports", "config", "host", "de"].map(str::to_owned).into_iter().collect();
        for (line, want) in [
            ("password = \"Geheim", "password = …"),
            ("  passwort = Geheim", "  passwort = …"),
            ("Geheim-4711==", "…"),
            ("MIIEvQ=", "…"),
            ("\"Geheim-4711\",", "…"),
            ("[transports.post.config]", "[transports.post.config]"),
            ("[transprots.post]", "[transprots.post]"),
            ("[Geheim-4711]", "…"),
            ("password \"Geheim\" = 1", "…"),
            ("password.Geheim-4711 = 1", "…"),
            ("", ""),
        ] {
            let quoted = QuotedLine::of(line, 0, &FileMask::Words(words.clone()));
            assert_eq!(quoted.text, want, "{line}");
        }
    }

    #[test]
    fn values_and_comments_are_masked_and_carets_stay_in_place() {
        let line = "a = \"Geheim\", b = 1 # Kennwort";
        let quoted = QuotedLine::of(line, 100, &FileMask::Values(vec![(104, 112, false), (118, 119, true)]));
        assert_eq!(quoted.text, "a = …, b = 1 #…");
        assert_eq!([0, 4, 9, 14, 18].map(|at| quoted.column(at)), [0, 4, 4, 7, 11]);
    }
}
