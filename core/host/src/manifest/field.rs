//! Reads the fields of a JSON object; a fault names the key, what it must be and what it is.

use rundruf_lang::{Message, msg};
use serde_json::{Map, Value};

/// The fields of an object. Remembers which were read, to report unknown ones.
pub(super) struct Fields<'a> {
    /// Prefix of each key in messages: empty, or such as `label.`.
    prefix: &'static str,
    object: &'a Map<String, Value>,
    known: Vec<&'static str>,
}

/// The message for a field with a wrong value.
pub(super) fn fault(key: &str, must: Message, found: &Value) -> Message {
    msg!("host-field-wrong", key = key, must = must, found = shown(found))
}

/// A value in one short line.
fn shown(value: &Value) -> Message {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        Value::String(text) => format!("`{}`", text.chars().take(60).collect::<String>().escape_debug()).into(),
        Value::Array(items) => msg!("host-is-list", count = items.len()),
        Value::Object(_) => msg!("host-is-table"),
    }
}

impl<'a> Fields<'a> {
    pub(super) fn of(prefix: &'static str, value: &'a Value, must: Message) -> Result<Self, Message> {
        let object = value.as_object().ok_or_else(|| fault(prefix.trim_end_matches('.'), must, value))?;
        Ok(Self { prefix, object, known: Vec::new() })
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// An optional field; null counts as missing.
    pub(super) fn maybe(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.object.get(key).filter(|v| !v.is_null())
    }

    pub(super) fn must(&mut self, key: &'static str, must: Message) -> Result<&'a Value, Message> {
        self.known.push(key);
        self.object.get(key).ok_or_else(|| msg!("host-field-missing", key = self.name(key), must = must))
    }

    /// Reads a required field by `read`, which returns `None` for a wrong value.
    pub(super) fn get<T>(
        &mut self,
        key: &'static str,
        must: Message,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, Message> {
        let value = self.must(key, must.clone())?;
        read(value).ok_or_else(|| fault(&self.name(key), must, value))
    }

    /// Reads an optional field by `read`, which returns `None` for a wrong value.
    pub(super) fn opt<T>(
        &mut self,
        key: &'static str,
        must: Message,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Message> {
        let Some(value) = self.maybe(key) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| fault(&self.name(key), must, value))
    }

    /// Keys that were not read.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.object.keys().filter(|k| !self.known.contains(&k.as_str())).map(|k| self.name(k)).collect()
    }
}

/// A non-empty line of at most `most` characters.
pub(super) fn line(most: usize) -> impl Fn(&Value) -> Option<String> {
    move |value| {
        let text = value.as_str()?;
        let fits = !text.trim().is_empty() && text.chars().count() <= most && !text.contains(['\n', '\t']);
        fits.then(|| text.to_owned())
    }
}

/// A line of at most `most` characters; may be empty.
pub(super) fn line_or_empty(most: usize) -> impl Fn(&Value) -> Option<String> {
    move |value| if value.as_str() == Some("") { Some(String::new()) } else { line(most)(value) }
}

/// A list of at most `most` elements, each read by `read`.
pub(super) fn list<T>(most: usize, read: impl Fn(&Value) -> Option<T>) -> impl Fn(&Value) -> Option<Vec<T>> {
    move |value| {
        let items = value.as_array().filter(|a| a.len() <= most)?;
        items.iter().map(&read).collect()
    }
}

/// An integer in this range.
pub(super) fn number(range: std::ops::RangeInclusive<u64>) -> impl Fn(&Value) -> Option<u64> {
    move |value| value.as_u64().filter(|n| range.contains(n))
}

/// The warning about an unknown key.
pub(super) fn unknown(key: String) -> Message {
    msg!("host-field-unknown", key = %key.escape_debug())
}
