//! What a plugin says, in German: its manifest has the German of its own English sentences (`messages.de`), so that the daemon knows none of them.

use rundruf_lang::Message;
use serde_json::Value;

/// Most sentences in a manifest.
const MOST: usize = 1_000;
/// Longest sentence, in bytes.
const LONGEST: usize = 1_000;
/// How deep a sentence may be inside of another.
const DEEPEST: u32 = 3;

/// A sentence with holes: `cannot reach {host}: {error}`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct MessagePattern {
    /// The words around the holes; one more than there are holes.
    words: Vec<String>,
    holes: Vec<String>,
}

impl MessagePattern {
    /// A `{` that no name follows is itself. `None` if two holes have one name, or nothing between them.
    fn parse(text: &str) -> Option<Self> {
        let (mut words, mut holes, mut rest) = (vec![String::new()], Vec::new(), text);
        while let Some((before, behind)) = rest.split_once('{') {
            let word = words.last_mut()?;
            word.push_str(before);
            let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            match behind.split_once('}').filter(|(name, _)| is_name(name)) {
                Some((name, after)) => {
                    if holes.iter().any(|hole| hole == name) || (word.is_empty() && !holes.is_empty()) {
                        return None;
                    }
                    holes.push(name.to_owned());
                    words.push(String::new());
                    rest = after;
                }
                None => {
                    word.push('{');
                    rest = behind;
                }
            }
        }
        words.last_mut()?.push_str(rest);
        Some(Self { words, holes })
    }

    /// What is in the holes, if `text` is this sentence.
    fn matched<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.words.split_first()?;
        let mut rest = text.strip_prefix(first.as_str())?;
        let Some((last, between)) = others.split_last() else { return rest.is_empty().then(Vec::new) };
        let mut found = Vec::new();
        for words in between {
            let (hole, after) = rest.split_once(words.as_str())?;
            found.push(hole);
            rest = after;
        }
        found.push(rest.strip_suffix(last.as_str())?);
        Some(found)
    }

    /// How many bytes are the sentence's own: of several that fit, the one with most is meant.
    fn own(&self) -> usize {
        self.words.iter().map(String::len).sum()
    }

    fn fill(&self, of: impl Fn(&str) -> String) -> String {
        let mut out = String::new();
        for (n, words) in self.words.iter().enumerate() {
            out.push_str(words);
            if let Some(hole) = self.holes.get(n) {
                out.push_str(&of(hole));
            }
        }
        out
    }
}

/// The sentences of a manifest: English and German.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct GermanMessages(Vec<(MessagePattern, MessagePattern)>);

impl GermanMessages {
    /// Reads `messages` of a manifest; sentences in other languages are left alone. `None` if it has another form.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let all = value.as_object()?;
        let Some(german) = all.get("de") else { return Some(Self::default()) };
        let german = german.as_object().filter(|g| g.len() <= MOST)?;
        let pair = |(english, german): (&String, &Value)| {
            let text = german.as_str().filter(|text| text.len() <= LONGEST && english.len() <= LONGEST)?;
            let (english, german) = (MessagePattern::parse(english)?, MessagePattern::parse(text)?);
            let is_whole = english.own() > 0 && german.holes.iter().all(|hole| english.holes.contains(hole));
            is_whole.then_some((english, german))
        };
        german.iter().map(pair).collect::<Option<Vec<_>>>().map(Self)
    }

    fn german(&self, text: &str, depth: u32) -> Option<String> {
        let fits = |(english, german): &'_ (MessagePattern, MessagePattern)| {
            let found: Vec<String> = english.matched(text)?.into_iter().map(str::to_owned).collect();
            Some((english.own(), english.holes.clone(), german.clone(), found))
        };
        let (_, names, german, found) = self.0.iter().filter_map(fits).max_by_key(|(own, ..)| *own)?;
        Some(german.fill(|hole| {
            let said = names.iter().position(|name| name == hole).and_then(|n| found.get(n)).map_or("", String::as_str);
            let inner = if depth < DEEPEST { self.german(said, depth + 1) } else { None };
            inner
                .or_else(|| Message::system_error(said).map(|m| m.text(rundruf_lang::Language::De)))
                .unwrap_or_else(|| said.to_owned())
        }))
    }

    /// A text of the manifest for a reader of either language: as it is, where there is no German of it.
    pub(super) fn own_text(&self, text: &str) -> Message {
        self.german(text, 0).map_or_else(|| Message::verbatim(text), |german| Message::translated(text, german))
    }

    /// What the plugin said, for a reader of either language. What it has no German for is quoted.
    pub(super) fn message(&self, text: &str) -> Message {
        if text.is_empty() {
            return Message::verbatim("");
        }
        match self.german(text, 0) {
            Some(german) => Message::translated(text, german),
            None => Message::system_error(text).unwrap_or_else(|| Message::quoted(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GermanMessages;
    use rundruf_lang::Language;
    use serde_json::json;

    fn of(value: serde_json::Value) -> GermanMessages {
        GermanMessages::read(&value).unwrap()
    }

    #[test]
    fn a_sentence_is_found_with_what_is_in_its_holes() {
        let all = of(json!({"de": {
            "no answer": "keine Antwort",
            "`{key}`: write { file = \"x\" }": "`{key}`: schreiben Sie { file = \"x\" }",
            "{what}: {why}": "{what} ({why})",
            "cannot write {file}: {error}": "{file} lässt sich nicht schreiben: {error}",
            "the relay says {reply}": "das Relay sagt „{reply}“",
        }}));
        for (text, want) in [
            ("no answer", "keine Antwort"),
            (
                "cannot write a.txt: No such file or directory (os error 2)",
                "a.txt lässt sich nicht schreiben: gibt es nicht (Systemfehler 2)",
            ),
            ("the relay says 550 no", "das Relay sagt „550 no“"),
            ("yesterday: no answer", "yesterday (keine Antwort)"),
            ("`key`: write { file = \"x\" }", "`key`: schreiben Sie { file = \"x\" }"),
            ("who knows", "„who knows“"),
            ("", ""),
        ] {
            assert_eq!(all.message(text).text(Language::De), want);
            assert_eq!(all.message(text).to_string(), text, "English is the plugin's own");
        }
    }

    #[test]
    fn a_table_of_another_form_is_refused() {
        for value in [
            json!([]),
            json!({"de": []}),
            json!({"de": {"a": 1}}),
            json!({"de": {"{a}": "x"}}),
            json!({"de": {"a {b}": "{c}"}}),
            json!({"de": {"a {b} {b}": "c"}}),
            json!({"de": {"a {b}{c}": "d"}}),
        ] {
            assert!(GermanMessages::read(&value).is_none(), "{value}");
        }
        assert_eq!(of(json!({"fr": 5})), GermanMessages::default());
    }
}
