//! Texts: long ones are cut between what people see as characters, and values of a recipient cannot become markup.

use rundruf_plugin::{Content, Recipient};
use unicode_segmentation::UnicodeSegmentation;

/// Cuts a text into parts of at most `limit` bytes: after a paragraph if there is one in the second half of a part, else after a line, else after a
/// word, else between two graphemes. White space around a cut is dropped.
#[must_use]
pub fn split(text: &str, limit: usize) -> Vec<&str> {
    let limit = limit.max(4);
    let (mut parts, mut rest) = (Vec::new(), text.trim_end());
    while rest.len() > limit {
        let cut = cut(rest, limit);
        let (part, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        let part = part.trim_end();
        if !part.is_empty() {
            parts.push(part);
        }
        rest = after.trim_start();
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(rest);
    }
    parts
}

/// Where to cut a text that is longer than `limit`; more than 0, a character's boundary.
fn cut(text: &str, limit: usize) -> usize {
    let window = text.get(..text.floor_char_boundary(limit)).unwrap_or(text);
    let fits = |at: usize| at * 2 >= window.len();
    let after = |mark: &str| window.rfind(mark).map(|at| at + mark.len()).filter(|at| fits(*at));
    let word = || {
        let (at, space) = window.char_indices().rfind(|(_, c)| c.is_whitespace())?;
        let end = at + space.len_utf8();
        fits(end).then_some(end)
    };
    let grapheme = || {
        let mut ends = text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
        ends.by_ref().take_while(|end| *end <= limit).last()
    };
    after("\n\n").or_else(|| after("\n")).or_else(word).or_else(grapheme).unwrap_or(window.len())
}

/// The text for one recipient. The author's `*bold*`, `_italic_` and `~struck~` are markup, those in the recipient's values are not.
#[must_use]
pub fn text_for(content: &Content<'_>, to: &Recipient<'_>) -> String {
    let mut out = String::new();
    for (literal, var) in content.text().segments() {
        out.push_str(&literal);
        if let Some(n) = var {
            plain(&to.var(n), &mut out);
        }
    }
    out
}

/// Appends a value so that it shows as it is: an app takes a mark for markup only beside a space or punctuation, so an invisible word joiner is put
/// around each. Control characters and line breaks become spaces.
fn plain(value: &str, out: &mut String) {
    const JOINER: char = '\u{2060}';
    for c in value.chars() {
        match c {
            '*' | '_' | '~' => out.extend([JOINER, c, JOINER]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_stay_whole() {
        for text in ["", "Servus", &"ä".repeat(1_750)] {
            assert_eq!(split(text, 3_500), [text]);
        }
        assert_eq!(split(&"ä".repeat(1_751), 3_500).len(), 2);
    }

    #[test]
    fn cuts_are_where_people_would_make_them() {
        assert_eq!(split("Erster Absatz.\n\nZweiter Absatz.", 20), ["Erster Absatz.", "Zweiter Absatz."]);
        assert_eq!(split("eins zwei drei vier", 10), ["eins zwei", "drei vier"]);
        assert_eq!(
            split("a\nzeile zwei ist lang", 18),
            ["a\nzeile zwei ist", "lang"],
            "a break in the first half is too early"
        );
        assert_eq!(split("https://krume.example/brot", 10), ["https://kr", "ume.exampl", "e/brot"]);
        assert_eq!(split("   \n   \n   ", 5), [""]);
    }

    #[test]
    fn no_grapheme_is_torn() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(split(&family.repeat(3), family.len() * 2 + 3), [&*family.repeat(2), family]);
        let flags = "🇩🇪".repeat(4);
        assert_eq!(split(&flags, 13), ["🇩🇪", "🇩🇪", "🇩🇪", "🇩🇪"]);
        assert_eq!(split("e\u{301}e\u{301}e\u{301}e\u{301}", 7), ["e\u{301}e\u{301}", "e\u{301}e\u{301}"]);
        let zalgo = format!("a{}", "\u{301}".repeat(50));
        assert!(
            split(&zalgo, 20).iter().all(|part| part.len() <= 20),
            "one that fits nowhere is cut between characters"
        );
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_too_long() {
        let mut seed = 7_u64;
        let mut next = move |most: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % most
        };
        let alphabet = ["a", "ß", " ", "\n", "\n\n", "👨‍👩‍👧", "🇦🇹", "e\u{301}", "。"];
        for _ in 0..400 {
            let text: String = (0..next(300)).map(|_| alphabet[next(9) as usize]).collect();
            let limit = 30 + next(60) as usize;
            let parts = split(&text, limit);
            let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert!(parts.iter().all(|part| part.len() <= limit), "{text:?}");
            assert_eq!(visible(&parts.concat()), visible(&text));
        }
    }

    #[test]
    fn values_are_no_markup() {
        let mut out = String::new();
        plain("A*n_n~a\0<b>\n", &mut out);
        assert_eq!(out, "A\u{2060}*\u{2060}n\u{2060}_\u{2060}n\u{2060}~\u{2060}a <b> ");
    }
}
