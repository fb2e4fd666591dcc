//! The two .ftl files, compiled in and parsed once each when the first message is shown.

use crate::language::Language;
use crate::message::{Argument, Message};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::fmt::Write as _;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// Largest whole number that Fluent, which counts in `f64`, prints exactly. Larger ones are printed as text.
const EXACT: u64 = 1 << 53;

type Bundle = FluentBundle<FluentResource>;

static GERMAN: LazyLock<Bundle> = LazyLock::new(|| parse(Language::De, include_str!("../de.ftl")));
static FORMAL: LazyLock<Bundle> = LazyLock::new(|| {
    let mut bundle = parse(Language::De, include_str!("../de.ftl"));
    bundle.add_resource_overriding(resource(include_str!("../de_formal.ftl")));
    bundle
});
static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| parse(Language::En, include_str!("../en.ftl")));

/// A file with faults gives what can be read of it; a test keeps both free of faults.
fn parse(language: Language, source: &str) -> Bundle {
    let locale: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![locale]);
    // Isolation marks would end up in files, logs and terminals, where people copy names and paths from.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource(source));
    bundle
}

fn resource(source: &str) -> FluentResource {
    FluentResource::try_new(source.to_owned()).unwrap_or_else(|(readable, _)| readable)
}

fn bundle(language: Language) -> &'static Bundle {
    match language {
        Language::De => &GERMAN,
        Language::DeFormal => &FORMAL,
        Language::En => &ENGLISH,
    }
}

/// Whether the catalogue has this key.
pub(crate) fn contains(key: &str) -> bool {
    ENGLISH.has_message(key)
}

/// The text of a message. Without such a key, or with an argument missing, the key and the arguments.
pub(crate) fn text(message: &Message, language: Language) -> String {
    let bundle = bundle(language);
    let Some(pattern) = bundle.get_message(message.key()).and_then(|m| m.value()) else {
        return raw(message, language);
    };
    let mut arguments = FluentArgs::with_capacity(message.arguments().len());
    for (name, argument) in message.arguments() {
        arguments.set(name.as_ref(), value(argument, language));
    }
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
    if errors.is_empty() { text.into_owned() } else { raw(message, language) }
}

fn value(argument: &Argument, language: Language) -> FluentValue<'_> {
    match argument {
        Argument::Text(text) => FluentValue::String(text.as_str().into()),
        Argument::Number(n) if n.unsigned_abs() <= EXACT => FluentValue::from(*n),
        Argument::Number(n) => FluentValue::String(n.to_string().into()),
        Argument::Message(message) => FluentValue::String(message.text(language).into()),
        Argument::List(messages) => {
            let texts: Vec<_> = messages.iter().map(|m| m.text(language)).collect();
            FluentValue::String(texts.join(", ").into())
        }
    }
}

fn raw(message: &Message, language: Language) -> String {
    let mut out = message.key().to_owned();
    for (n, (name, argument)) in message.arguments().iter().enumerate() {
        let value = match value(argument, language) {
            FluentValue::String(text) => text.into_owned(),
            FluentValue::Number(number) => number.as_string().into_owned(),
            _ => String::new(),
        };
        let _ = write!(out, "{}{name} = {value}", if n == 0 { " (" } else { ", " });
    }
    if !message.arguments().is_empty() {
        out.push(')');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// A million refused rows of an import have a sentence each.
    #[test]
    fn printing_is_cheap() {
        let message = Message::new("lang-caused-by").with("text", Message::verbatim("line 7")).with("cause", 7);
        let start = Instant::now();
        for _ in 0..10_000 {
            assert_eq!(text(&message, Language::De), "line 7: 7");
        }
        let each = start.elapsed() / 10_000;
        println!("{each:?} for a message in a message");
        assert!(each < Duration::from_micros(200), "{each:?}");
    }
}
