//! Replies without letters: what a lone emoji means.

/// Alone, they end everything.
const STOP: &str = "🛑✋⛔🚫❌👎🔕📵🔇";
/// Alone, they are a refusal that a person reads; as a reaction too.
const REFUSAL: &str = "🖕🙅🤮🗑🚮✖❎🤬";

/// What the emoji of a text say, if there is nothing else in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Emoji {
    Stop,
    Refusal,
    ThumbUp,
}

/// White space, variation selectors, joiners, skin tones, signs of gender, and punctuation.
fn decorates(c: char) -> bool {
    c.is_whitespace()
        || c.is_ascii_punctuation()
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{200b}'..='\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}' | '♀' | '♂' | '❗' | '‼')
}

/// Reads a text that has no letters.
pub(super) fn read(text: &str) -> Option<Emoji> {
    let mut bare = text.chars().filter(|c| !decorates(*c)).peekable();
    bare.peek()?;
    let all: Vec<char> = bare.take(64).collect();
    if all.iter().any(|c| c.is_alphanumeric()) {
        return None;
    }
    if all.iter().any(|c| STOP.contains(*c)) {
        Some(Emoji::Stop)
    } else if all.iter().any(|c| REFUSAL.contains(*c)) {
        Some(Emoji::Refusal)
    } else {
        all.iter().all(|c| "👍✅👌✔☑".contains(*c)).then_some(Emoji::ThumbUp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skin_tones_and_punctuation_change_nothing() {
        for text in ["👍", "👍 👍", "👍!", "👍\u{fe0f}", "👍🏽", "👍❗", "👍\u{200d}♂", "✅ 👌", "?👍"]
        {
            assert_eq!(read(text), Some(Emoji::ThumbUp), "{text}");
        }
        for (text, want) in [
            ("🛑", Some(Emoji::Stop)),
            ("👍🛑", Some(Emoji::Stop)),
            ("🖕🏽", Some(Emoji::Refusal)),
            ("🖕⛔", Some(Emoji::Stop)),
            ("🙂", None),
            ("👍🙂", None),
            ("🛑 a", None),
            ("🛑 1", None),
            ("!?", None),
            ("", None),
        ] {
            assert_eq!(read(text), want, "{text}");
        }
    }
}
