//! What is said: a key of the catalogue and its arguments. The language is chosen where a person reads it.

use crate::catalogue;
use crate::language::Language;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// How deep messages may be nested that come from another process: deeper ones are a fault, not a full stack.
const MAX_DEPTH: u32 = 16;

/// A sentence, language not yet chosen. `Display` prints the English text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Message {
    key: Cow<'static, str>,
    arguments: Vec<(Cow<'static, str>, Argument)>,
}

/// What stands for `{ $name }` in a message's text. Printed as it is: no thousands separators, no isolation marks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Argument {
    /// The same text in each language: a name, a path, somebody else's words.
    Text(String),
    /// A whole number; a text can choose its words by it (`{ $n -> [one] … *[other] … }`).
    Number(i64),
    /// Another message, in the language of the message around it.
    Message(Message),
    /// Messages with a comma between them.
    List(Vec<Message>),
}

impl Message {
    /// A message without arguments so far. `msg!` is shorter, and a test checks its arguments.
    #[must_use]
    pub const fn new(key: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), arguments: Vec::new() }
    }

    /// The message of a key that is put together at run time, if the catalogue has it.
    #[must_use]
    pub fn find(key: &str) -> Option<Self> {
        catalogue::contains(key).then(|| Self { key: Cow::Owned(key.to_owned()), arguments: Vec::new() })
    }

    /// A text that no catalogue has, the same in each language: what a plugin, a provider or a library said.
    #[must_use]
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self::new("lang-verbatim").with("text", text.into())
    }

    /// What somebody else said, the same in each language; in German between quotation marks.
    #[must_use]
    pub fn quoted(text: impl Into<String>) -> Self {
        Self::new("lang-quoted").with("text", text.into())
    }

    /// What somebody else said, with their German of it.
    #[must_use]
    pub fn translated(english: impl Into<String>, german: impl Into<String>) -> Self {
        Self::new("lang-translated").with("english", english.into()).with("german", german.into())
    }

    /// This message with every text in it put through `change`.
    #[must_use]
    pub fn each_text(mut self, change: &dyn Fn(&str) -> String) -> Self {
        for (_, argument) in &mut self.arguments {
            match argument {
                Argument::Text(text) => *text = change(text),
                Argument::Number(_) => {}
                Argument::Message(message) => *message = message.clone().each_text(change),
                Argument::List(list) => {
                    list.iter_mut().for_each(|message| *message = message.clone().each_text(change))
                }
            }
        }
        self
    }

    /// This message with every [verbatim](Self::verbatim) text in it replaced.
    #[must_use]
    pub fn each_verbatim(mut self, replace: &dyn Fn(&str) -> Self) -> Self {
        if let ("lang-verbatim", [(_, Argument::Text(text))]) = (&*self.key, self.arguments.as_slice()) {
            return replace(text);
        }
        for (_, argument) in &mut self.arguments {
            match argument {
                Argument::Text(_) | Argument::Number(_) => {}
                Argument::Message(message) => *message = message.clone().each_verbatim(replace),
                Argument::List(list) => {
                    list.iter_mut().for_each(|message| *message = message.clone().each_verbatim(replace));
                }
            }
        }
        self
    }

    /// This message and why: `cannot read …: permission denied`.
    #[must_use]
    pub fn caused_by(self, cause: impl Into<Self>) -> Self {
        Self::new("lang-caused-by").with("text", self).with("cause", cause.into())
    }

    /// With one argument more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.arguments.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// The key in the catalogue.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn arguments(&self) -> &[(Cow<'static, str>, Argument)] {
        &self.arguments
    }

    /// The text in a language. If key or an argument is missing, the key and the arguments; never a panic.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        catalogue::text(self, language)
    }
}

/// A message: `msg!("engine-no-list", name = name, count = 3)`.
///
/// A value is anything that turns into an [`Argument`]; `name = %value` takes whatever implements `Display`, as text.
#[macro_export]
macro_rules! msg {
    ($key:literal $(,)?) => { $crate::Message::new($key) };
    ($key:literal, $($rest:tt)+) => { $crate::msg!(@ $crate::Message::new($key); $($rest)+) };
    (@ $message:expr;) => { $message };
    (@ $message:expr; $name:ident = % $value:expr $(, $($rest:tt)*)?) => {
        $crate::msg!(@ $message.with(stringify!($name), ::std::string::ToString::to_string(&$value)); $($($rest)*)?)
    };
    (@ $message:expr; $name:ident = $value:expr $(, $($rest:tt)*)?) => {
        $crate::msg!(@ $message.with(stringify!($name), $value); $($($rest)*)?)
    };
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

/// [`Message::verbatim`].
impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::verbatim(text)
    }
}

/// [`Message::verbatim`].
impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::verbatim(text)
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Argument {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Cow<'_, str>> for Argument {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
    }
}

impl From<char> for Argument {
    fn from(text: char) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl From<&Message> for Argument {
    fn from(message: &Message) -> Self {
        Self::Message(message.clone())
    }
}

impl From<Vec<Message>> for Argument {
    fn from(messages: Vec<Message>) -> Self {
        Self::List(messages)
    }
}

macro_rules! numbers {
    ($($number:ty)*) => { $(
        impl From<$number> for Argument {
            fn from(n: $number) -> Self {
                i64::try_from(n).map_or_else(|_| Self::Text(n.to_string()), Self::Number)
            }
        }
    )* };
}
numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

thread_local! {
    /// How many messages around this one are being read on this thread.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

struct DepthGuard;

impl Drop for DepthGuard {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DEPTH.set(DEPTH.get() + 1);
        let _guard = DepthGuard;
        if DEPTH.get() > MAX_DEPTH {
            return Err(serde::de::Error::custom("messages are nested too deep"));
        }
        Self::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: u32) -> Message {
        (1..depth).fold(Message::verbatim("x"), |inner, _| Message::new("lang-verbatim").with("text", inner))
    }

    #[test]
    fn the_words_of_others_are_found_inside() {
        let why = Message::quoted("no").caused_by(Message::verbatim("secret a"));
        let said = why.each_text(&|t| t.replace("secret", "…")).each_verbatim(&|t| Message::translated(t, "B"));
        assert_eq!((said.text(Language::En), said.text(Language::De)), ("no: … a".to_owned(), "„no“: B".to_owned()));
    }

    #[test]
    fn arguments_are_printed_as_they_are() {
        for text in ["`{ $x }`", "\u{2068}a\u{2069}", "1000000", "a\nb", "-term", "<b>&amp;</b>", ""] {
            assert_eq!(Message::verbatim(text).text(Language::De), text);
        }
        let number = |n: i64| Message::new("lang-verbatim").with("text", n).to_string();
        for n in [0, -1, 1_234_567, i64::MAX, i64::MIN, (1 << 53) + 1] {
            assert_eq!(number(n), n.to_string());
        }
        assert_eq!(Message::new("lang-verbatim").with("text", u64::MAX).to_string(), u64::MAX.to_string());
    }

    #[test]
    fn nested_messages_and_lists() {
        let inner = || Message::verbatim("b");
        assert_eq!(msg!("lang-verbatim", text = inner()).to_string(), "b");
        assert_eq!(msg!("lang-verbatim", text = vec![inner(), inner()]).to_string(), "b, b");
        assert_eq!(Message::verbatim("a").caused_by(inner()).caused_by("c").to_string(), "a: b: c");
        assert_eq!(msg!("lang-caused-by", text = %1.5, cause = "x",).text(Language::De), "1.5: x");
    }

    #[test]
    fn what_is_missing_is_shown_and_does_not_panic() {
        let unknown = Message::new("lang-no-such-key").with("name", "a").with("count", 2);
        assert_eq!(unknown.to_string(), "lang-no-such-key (name = a, count = 2)");
        assert_eq!(Message::new("lang-verbatim").to_string(), "lang-verbatim");
        assert_eq!(Message::find("lang-no-such-key"), None);
        assert_eq!(Message::find(""), None);
        assert!(Message::find("lang-verbatim").is_some());
    }

    #[test]
    fn crosses_borders_unless_it_is_nested_too_deep() {
        let message = nested(4).caused_by("why").with("n", 7).with("all", vec![nested(2)]);
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
        let bytes = postcard::to_stdvec(&message).unwrap();
        assert_eq!(postcard::from_bytes::<Message>(&bytes).unwrap(), message);

        assert!(postcard::from_bytes::<Message>(&postcard::to_stdvec(&nested(16)).unwrap()).is_ok());
        for deep in [nested(17), nested(500)] {
            assert!(postcard::from_bytes::<Message>(&postcard::to_stdvec(&deep).unwrap()).is_err());
        }
        // A failed reading leaves nothing behind.
        assert!(postcard::from_bytes::<Message>(&postcard::to_stdvec(&nested(16)).unwrap()).is_ok());
    }
}
