//! How a text becomes words (SPEC §3.2): the same word in any case, accent, width, script look-alike or spelling becomes the same letters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A comma parts as much as this many words; the end of a sentence more than any pattern spans.
const COMMA: u32 = 3;
const SENTENCE: u32 = 100;

/// One word of a text in normal form.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) text: String,
    /// Where it is, in words; punctuation counts as several.
    pub(super) position: u32,
    pub(super) sentence: u32,
}

/// A text as words.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) list: Vec<Token>,
    /// The sentences that end with a question mark.
    questions: Vec<u32>,
}

impl Tokens {
    pub(super) fn is_question(&self, sentence: u32) -> bool {
        self.questions.contains(&sentence)
    }
}

/// A full stop after them ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "art", "abs", "nr", "no", "str", "dr", "hr", "fr", "ca", "bzw", "ggf", "evtl", "tel", "mr", "mrs", "ms", "usw",
    "gem", "par",
];

/// Letters that do not come apart into a base and an accent, or of which two spellings are in use.
fn folded(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'ø' | 'œ' => "o",
        'đ' => "d",
        'ı' => "i",
        'æ' => "a",
        'ß' => "ss",
        'ς' => "σ",
        'ة' => "ه",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ـ' => "",
        _ => return None,
    })
}

/// What is not there for the eye, and apostrophes: both join.
const fn is_nothing(c: char) -> bool {
    matches!(
        c,
        '\'' | '’' | 'ʼ' | '`' | '´' | '‘' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{202a}'..='\u{202e}'
            | '\u{feff}' | '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{fe00}'..='\u{fe0f}'
    )
}

/// The normal form of one word: lower-case letters without accents, `ae oe ue` folded, letters said three times said once.
pub(super) fn word(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase).nfd().filter(|c| !is_combining_mark(*c) && !is_nothing(*c)) {
        match folded(c) {
            Some(letters) => out.push_str(letters),
            None => out.push(c),
        }
    }
    fold_digraphs(&mut out);
    squeeze(&mut out);
    out
}

/// kündigen, kuendigen and kundigen are one word.
fn fold_digraphs(text: &mut String) {
    if text.contains("ae") || text.contains("oe") || text.contains("ue") {
        *text = text.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    }
}

/// `stoooop` → `stop`. Two letters stay: they are spelling.
fn squeeze(text: &mut String) {
    let bytes = text.as_bytes();
    let thrice = bytes.windows(3).any(|w| matches!(w, [a, b, c] if a == b && b == c && !a.is_ascii_digit()));
    let wide = !text.is_ascii();
    if !thrice && !wide {
        return;
    }
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for run in chars.chunk_by(|a, b| a == b) {
        let [first, ..] = run else { continue };
        let times = if run.len() >= 3 && !first.is_numeric() { 1 } else { run.len() };
        out.extend(std::iter::repeat_n(*first, times));
    }
    *text = out;
}

/// Letters of other scripts that look like Latin ones, and digits that stand for letters.
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' | '4' => 'a',
        'е' | 'ε' | '3' => 'e',
        'о' | 'ο' | '0' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'ѕ' | '5' => 's',
        'т' | 'τ' | '7' => 't',
        'х' | 'χ' => 'x',
        'і' | 'ι' | '1' => 'i',
        'у' => 'y',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'н' => 'h',
        'в' => 'b',
        _ => return None,
    })
}

/// A word in which Latin letters are mixed with look-alikes, in Latin letters. `None` if it is not mixed.
pub(super) fn unmasked(text: &str) -> Option<String> {
    let latin = text.chars().any(|c| c.is_ascii_alphabetic());
    if !latin || text.chars().all(|c| c.is_ascii_alphabetic()) || text.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.chars().map(|c| if c.is_ascii_alphabetic() { Some(c) } else { look_alike(c) }).collect()
}

/// An address or a link: its words say nothing about what the person wants.
fn is_link(chunk: &str) -> bool {
    chunk.contains("://") || chunk.starts_with("www.") || chunk.find('@').is_some_and(|at| chunk[at..].contains('.'))
}

/// Splits a text into words, with sentences and commas.
pub(super) fn tokens(text: &str) -> Tokens {
    let mut cutter = Cutter::default();
    let mut lines_end = 0;
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            lines_end += 1;
            cutter.end_word();
            if line.trim().is_empty() || lines_end > 1 {
                cutter.end_sentence(false);
            } else {
                cutter.gap(COMMA);
            }
        }
        for chunk in line.split_whitespace() {
            lines_end = 0;
            cutter.end_word();
            if !is_link(chunk) {
                cutter.chunk(chunk);
            }
        }
    }
    cutter.end_word();
    join_spelled(&mut cutter.out.list);
    cutter.out
}

#[derive(Default)]
struct Cutter {
    out: Tokens,
    current: String,
    position: u32,
    sentence: u32,
}

impl Cutter {
    fn end_word(&mut self) {
        if self.current.is_empty() {
            return;
        }
        let mut text = std::mem::take(&mut self.current);
        fold_digraphs(&mut text);
        squeeze(&mut text);
        self.position += 1;
        self.out.list.push(Token { text, position: self.position, sentence: self.sentence });
    }

    const fn gap(&mut self, words: u32) {
        self.position += words;
    }

    fn end_sentence(&mut self, question: bool) {
        self.end_word();
        if self.out.list.last().is_some_and(|t| t.sentence == self.sentence) {
            if question {
                self.out.questions.push(self.sentence);
            }
            self.sentence += 1;
            self.position += SENTENCE;
        } else if question && self.sentence > 0 && !self.out.questions.contains(&(self.sentence - 1)) {
            self.out.questions.push(self.sentence - 1);
        }
    }

    fn chunk(&mut self, chunk: &str) {
        let chars: Vec<char> = chunk.nfkc().collect();
        let lower = |i: usize| chars.get(i).is_some_and(|c| c.is_lowercase());
        for (i, c) in chars.iter().copied().enumerate() {
            // BitteAbmelden are two words; StOp, iPhone and WhatsApp are one.
            if c.is_uppercase()
                && i >= 3
                && lower(i - 1)
                && lower(i - 2)
                && lower(i - 3)
                && lower(i + 1)
                && lower(i + 2)
                && self.current != "whats"
            {
                self.end_word();
            }
            if c.is_alphanumeric() || is_combining_mark(c) {
                self.letters(c);
                continue;
            }
            let beside = |i: usize| chars.get(i).is_some_and(|c| c.is_alphabetic());
            match c {
                '$' if beside(i + 1) => self.current.push('s'),
                '@' if beside(i + 1) => self.current.push('a'),
                // l'arrêt, d'où, n'écrivez: two words. don't, geht's: one.
                '\'' | '’' | '´' | '`'
                    if matches!(self.current.as_str(), "l" | "d" | "j" | "m" | "n" | "s" | "t" | "c" | "qu") =>
                {
                    self.end_word();
                }
                c if is_nothing(c) => {}
                '.' | '!' | '?' | ';' | '…' | '؟' | '。' | '！' | '？' | '¡' | '¿' | '؛' | '|' => {
                    // 3.4., z.B., s.t.o.p: no sentence ends inside of a word.
                    // Nr. 3, the 4. message.
                    let is_ordinal =
                        matches!(self.current.len(), 1..=2) && self.current.bytes().all(|b| b.is_ascii_digit());
                    let abbreviated = c == '.' && (is_ordinal || ABBREVIATIONS.contains(&self.current.as_str()));
                    if !abbreviated && (c != '.' || chars.get(i + 1).is_none_or(|n| !n.is_alphanumeric())) {
                        self.end_sentence(matches!(c, '?' | '؟' | '？'));
                    } else {
                        self.end_word();
                        self.gap(1);
                    }
                }
                ',' | ':' | '،' | '(' | ')' | '–' | '—' | '、' | '/' => {
                    self.end_word();
                    self.gap(COMMA);
                }
                '-' if self.current.is_empty() => self.gap(COMMA),
                // e-mail and email are one word.
                '-' if self.current == "e" => {}
                // Emoji part sentences as a full stop does, if a word begins after them.
                c if u32::from(c) >= 0x2190 => {
                    self.end_word();
                    self.gap(COMMA);
                }
                _ => self.end_word(),
            }
        }
    }

    fn letters(&mut self, c: char) {
        if c.is_ascii() {
            self.current.push(c.to_ascii_lowercase());
            return;
        }
        for c in c.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)) {
            match folded(c) {
                Some(letters) => self.current.push_str(letters),
                None => self.current.push(c),
            }
        }
    }
}

/// Three or more single letters in a row are one spelled word: S T O P, s.t.o.p.
fn join_spelled(list: &mut Vec<Token>) {
    let single = |t: &Token| t.text.chars().count() == 1 && t.text.chars().all(char::is_alphabetic);
    if list.iter().filter(|t| single(t)).count() < 3 {
        return;
    }
    let mut joined: Vec<Token> = Vec::with_capacity(list.len());
    let mut run = 0;
    for token in list.drain(..) {
        let is_single = single(&token);
        if is_single
            && run > 0
            && let Some(last) = joined.last_mut()
        {
            last.text.push_str(&token.text);
        } else {
            joined.push(token);
        }
        run = if is_single { run + 1 } else { 0 };
    }
    *list = joined;
}

/// The form in which names are compared: words with single spaces.
pub(super) fn plain(text: &str) -> String {
    let tokens = tokens(text);
    tokens.list.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "../../tests/unit/normal.rs"]
mod tests; // letters, words, sentences
