//! Texts that a terminal can show: without control characters, line ends and changes of the writing direction.

/// Replaces everything unprintable by spaces; returns the text as it is if there is nothing to replace.
#[must_use]
pub fn one_line(text: Box<str>) -> Box<str> {
    if text.bytes().all(|b| (b' '..=b'~').contains(&b)) || !text.chars().any(is_unprintable) {
        return text;
    }
    text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect::<String>().into()
}

/// Whether a character controls a terminal: control characters, line separators, marks that change the writing direction.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
