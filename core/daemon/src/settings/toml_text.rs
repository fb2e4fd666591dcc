//! What the TOML parser says, in the reader's language. It has no codes, only sentences; one that is not known is quoted.

use rundruf_lang::{Argument, Message, msg};

/// A sentence of the parser, such as ``unclosed array, expected `]` ``.
pub(crate) fn message(text: &str) -> Message {
    let (what, expected) = text.split_once(", expected ").map_or((text, None), |(what, rest)| (what, Some(rest)));
    let kind = what.strip_prefix("cannot extend value of type ").and_then(|t| t.strip_suffix(" with a dotted key"));
    let what = match kind {
        Some(kind) => {
            Message::find(&format!("daemon-toml-kind-{}", slug(kind))).map(|k| msg!("daemon-toml-extend", kind = k))
        }
        None => Message::find(&format!("daemon-toml-fault-{}", slug(what))),
    };
    let Some(what) = what else { return msg!("daemon-toml-other", text = text) };
    match expected.map(names) {
        Some(names) => msg!("daemon-toml-and-expected", what = what, expected = Argument::List(names)),
        None => what,
    }
}

/// What the parser expected: words, and characters between backticks.
fn names(list: &str) -> Vec<Message> {
    let mut names = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        // The character between backticks may be a comma.
        let from =
            if rest.starts_with('`') { rest.get(1..).and_then(|r| r.find('`')).map_or(0, |at| at + 2) } else { 0 };
        let end = rest.get(from..).and_then(|r| r.find(", ")).map_or(rest.len(), |at| from + at);
        let (name, tail) = rest.split_at(end);
        let known = Message::find(&format!("daemon-toml-expected-{}", slug(name))).filter(|_| !name.starts_with('`'));
        names.push(known.unwrap_or_else(|| name.into()));
        rest = tail.strip_prefix(", ").unwrap_or(tail);
    }
    names
}

/// A sentence as a part of a key: a to z and digits, one hyphen for everything between.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::message;
    use rundruf_lang::Language;

    /// The parser's sentence about a text, in German.
    fn german(text: &str) -> Vec<String> {
        let (_, errors) = toml::de::DeTable::parse_recoverable(text);
        assert!(!errors.is_empty(), "{text}");
        errors.iter().map(|e| message(e.message()).text(Language::De)).collect()
    }

    #[test]
    fn what_the_parser_says_is_said_in_german() {
        let slips = [
            "a = ",
            "a",
            "a = b",
            "a = \"b",
            "a = 'b",
            "a = [1, 2",
            "a = [1 2]",
            "a = [,]",
            "a = { b = 1",
            "a = { b 1 }",
            "a = { , }",
            "a = { b = 1 c = 2 }",
            "[a",
            "[[a]",
            "[[a",
            "a == 1",
            "= 1",
            "a = 1 b = 2",
            "a = 01",
            "a = +-1",
            "a = 1__0",
            "a = 0xG",
            "a = 0X1",
            "a = 0b2",
            "a = 0o9",
            "a = -0x1",
            "a = 1.",
            "a = 1e",
            "a = 1.e1",
            "a = tru",
            "a = 2026-13-01",
            "a = 2026-01-01T25:00:00",
            "a = \"\\q\"",
            "a = \"\\u12\"",
            "a = \"\"\"b",
            "a = '''b",
            "a.b = 1\na = 2",
            "a = 1\na.b = 2",
            "a = {}\n[a.b]",
            "a = [1]\na.b = 1",
            "a = 1\na = 2",
            "[a]\n[a]",
            "\"\"\"a\"\"\" = 1",
            "ä = 1",
            "a b = 1",
            "a. = 1",
            ".a = 1",
            "a = \"b\" c",
            "a = \u{1}",
            "# \u{1}",
            "]",
            "a = ]",
            "a = inf1",
            "[]",
            "a = [1, = 2]",
            "a = \"b\nc\"",
            "smtp.example = mail.example",
        ];
        for text in slips {
            for said in german(text) {
                assert!(!said.contains("sagt dazu"), "{text:?}: {said}");
                for english in
                    ["expected", "invalid", "missing", "unclosed", "key", "value", "string", "digits", "newline"]
                {
                    assert!(!said.contains(english), "{text:?}: {said}");
                }
            }
        }
        assert_eq!(german("a = [1, 2"), ["die Liste wird nicht geschlossen; erwartet: `]`"]);
        assert_eq!(german("a = 1\na = 2"), ["der Schlüssel steht zweimal da"]);
    }

    #[test]
    fn english_is_the_parsers_own_and_what_is_not_known_is_quoted() {
        for text in
            ["unclosed array, expected `]`", "key with no value, expected `=`", "extra comma in array, expected value"]
        {
            assert_eq!(message(text).to_string(), text);
        }
        assert_eq!(message("the moon is full").text(Language::De), "der Leser für TOML sagt dazu: „the moon is full“");
    }
}
