//! Strict JSON: no repeated key, at most 64 levels, no control characters in texts. serde_json alone accepts repeated keys and such characters,
//! and its own limit of 128 levels cannot be changed.

use crate::printable::is_unprintable;
use rundruf_lang::{Message, msg};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// Deepest nesting of values.
const DEEP: usize = 64;

/// Parses a whole text; the error names the fault, line and column.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Message> {
    let text = std::str::from_utf8(bytes).map_err(|e| msg!("host-manifest-not-utf8", byte = e.valid_up_to()))?;
    let fault = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value =
        StrictJson { deep: DEEP, fault: &fault }.deserialize(&mut reader).and_then(|v| reader.end().map(|()| v));
    value.map_err(|e| {
        let (line, column, what) = (e.line(), e.column(), e.to_string());
        let what = what.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&what);
        let what = fault.take().unwrap_or_else(|| what.into());
        msg!("host-manifest-not-json", line = line, column = column, what = what)
    })
}

struct StrictJson<'a> {
    deep: usize,
    /// What this reader itself refuses; an error of serde has a text only.
    fault: &'a Cell<Option<Message>>,
}

impl StrictJson<'_> {
    fn refused<E: Error>(&self, fault: Message) -> E {
        let error = E::custom(&fault);
        self.fault.set(Some(fault));
        error
    }

    fn plain<E: Error>(&self, text: String) -> Result<String, E> {
        if is_plain(&text) { Ok(text) } else { Err(self.refused(msg!("host-control-character"))) }
    }

    /// The reader of the values inside this one.
    fn inner<E: Error>(&self) -> Result<Self, E> {
        let deep = self.deep.checked_sub(1).ok_or_else(|| self.refused(msg!("host-json-too-deep")))?;
        Ok(Self { deep, fault: self.fault })
    }
}

impl<'de> DeserializeSeed<'de> for StrictJson<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

/// Whether a text can be shown on a terminal.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c != '\n' && c != '\t' && is_unprintable(c))
}

impl<'de> Visitor<'de> for StrictJson<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(n.into())
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(n.into())
    }

    fn visit_f64<E>(self, n: f64) -> Result<Value, E> {
        Ok(Number::from_f64(n).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.plain(text.to_owned()).map(Value::String)
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        self.plain(text).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(StrictJson { ..inner })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(key) = from.next_key::<String>()? {
            let key = self.plain(key)?;
            if object.contains_key(&key) {
                return Err(self.refused(msg!("host-key-twice", key = key)));
            }
            let value = from.next_value_seed(StrictJson { ..inner })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], words: &str) {
        let error = parse(bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn invalid_json_is_refused_with_fault_and_position() {
        check(b"{\"id\": \"a\", \"name\": \"\xff\"}", "not UTF-8 from byte 21 on");
        check(b"{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}}", "): the key `c` is there twice: keep one");
        check(b"{\"a\": 1} {}", "(line 1, column 10): trailing characters");
        check(b"{\"a\": ", "EOF while parsing");
        check(br#"{"a": "\u001b[2J"}"#, "a control character");
        check("{\"a\": \"x\u{202e}y\"}".as_bytes(), "a control character");
        check("{\"a\": \"x\u{2028}y\"}".as_bytes(), "a control character");
        check(br#"{"\u0007": 1}"#, "a control character");
        check(&[b"[".repeat(65), b"]".repeat(65)].concat(), "deeper than 64 levels");
        check(&b"[".repeat(200_000), "deeper than 64 levels");
        check(b"{\"a\": 1e999}", "number out of range");
    }

    #[test]
    fn valid_json_is_read_unchanged() {
        let text = r#"{"a": [1, -2, 0.5, null, true, "x\ny"], "b": {"c": {}}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert!(parse(&[b"[".repeat(64), b"]".repeat(64)].concat()).is_ok());
    }
}
