//! How a text is compared (SPEC §3.2): the same word in any case, accent, width or spelling becomes the same letters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Emoji that alone mean "stop".
const STOP_EMOJI: &str = "🛑✋⛔🚫❌👎🔕";

/// Whether nothing but stop emoji (and what decorates them) is there.
pub(super) fn is_stop_emoji(text: &str) -> bool {
    let mut bare = text.chars().filter(|c| !decorates(*c)).peekable();
    bare.peek().is_some() && bare.all(|c| STOP_EMOJI.contains(c))
}

/// Whether nothing but a raised thumb is there.
pub(super) fn is_thumb_up(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !decorates(*c)).collect();
    bare == "👍"
}

/// White space, variation selectors, joiners and skin tones.
fn decorates(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{200b}'..='\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}' | '!' | '.')
}

/// Letters that do not come apart into a base and an accent.
fn folded(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' => "l",
        'ø' | 'œ' => "o",
        'đ' => "d",
        'ı' => "i",
        'æ' => "a",
        'ß' => "ss",
        _ => return None,
    })
}

/// The normal form: lower-case letters and digits, single spaces.
pub(super) fn normal(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    for c in lower.nfd().filter(|c| !is_combining_mark(*c)) {
        match folded(c) {
            Some(letters) => bare.push_str(letters),
            // An apostrophe joins (don't), a zero-width character is nothing, everything else parts.
            None if matches!(c, '\'' | '’' | 'ʼ' | '`' | '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}') => {}
            None if c.is_alphanumeric() => bare.push(c),
            None => bare.push(' '),
        }
    }
    let words: Vec<&str> = bare.split_whitespace().collect();
    let spelled = words.len() > 2 && words.iter().all(|w| w.chars().count() == 1);
    let joined = if spelled { words.concat() } else { words.join(" ") };
    // kündigen, kuendigen and kundigen are one word.
    joined.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// Words that only make a message polite.
const COURTESY: &[&str] = &[
    "bitte", "danke", "please", "thanks", "thank", "you", "svp", "merci", "lutfen", "prosze", "lg", "mfg", "vg",
    "hallo", "hi", "hello", "grazie", "gracias",
];

/// The same without courtesy.
pub(super) fn without_courtesy(normal: &str) -> String {
    normal.split(' ').filter(|w| !COURTESY.contains(w)).collect::<Vec<_>>().join(" ")
}
