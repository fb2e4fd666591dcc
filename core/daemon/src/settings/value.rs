//! Types for values with a form of their own: durations, sizes, texts in several languages.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// The whole number in front, multiplied by the unit after it; `None` if the text has another form or is too large. `core/sdk` has the same rule for
/// settings of plugins: a test holds both to one table.
fn parse(text: &str, unit_if_none: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let unit = Some(text.get(digits..)?.trim()).filter(|unit| !unit.is_empty()).unwrap_or(unit_if_none);
    let (_, factor) = units.iter().find(|(word, _)| *word == unit)?;
    number.checked_mul(*factor)
}

/// A duration, written `500ms`, `30s`, `15m`, `48h` or `7d`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DurationValue(pub(crate) Duration);

/// Units of durations in milliseconds, largest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl DurationValue {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        parse(text, "", &UNITS).map(|ms| Self(Duration::from_millis(ms)))
    }
}

impl Serialize for DurationValue {
    /// Prints a duration with the unit in which defaults are documented: 48h, not 2d.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let ms = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let fits =
            |(word, unit): &&(&str, u64)| ms.is_multiple_of(*unit) && (ms / unit > 2 || *word != "d") && ms >= *unit;
        let (word, unit) = UNITS.iter().find(fits).copied().unwrap_or(("ms", 1));
        s.serialize_str(&format!("{}{word}", ms / unit))
    }
}

impl<'de> Deserialize<'de> for DurationValue {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a duration"))
    }
}

impl JsonSchema for DurationValue {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[0-9]{1,9} ?(ms|s|m|h|d)$",
            "x-hint": "a duration such as \"30s\", \"15m\", \"48h\" or \"7d\"",
            "x-hint-de": "eine Dauer wie \"30s\", \"15m\", \"48h\" oder \"7d\""
        })
    }
}

/// A size, written `10 MiB`, `512 KiB` or as bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SizeValue(pub(crate) u64);

/// Units of sizes in bytes, largest first.
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl SizeValue {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        parse(text, "B", &SIZES).map(Self)
    }
}

impl Serialize for SizeValue {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let (word, unit) =
            SIZES.iter().find(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit)).unwrap_or(&("B", 1));
        s.serialize_str(&format!("{} {word}", self.0 / unit))
    }
}

impl<'de> Deserialize<'de> for SizeValue {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a size"))
    }
}

impl JsonSchema for SizeValue {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^[0-9]{1,12} ?(B|KiB|MiB|GiB)?$",
            "x-hint": "a size such as \"512 KiB\" or \"10 MiB\"",
            "x-hint-de": "eine Größe wie \"512 KiB\" oder \"10 MiB\""
        })
    }
}

/// One text, or one per language: `"…"` or `{ de = "…", en = "…" }`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum LocalizedText {
    One(String),
    Each(BTreeMap<String, String>),
}

impl LocalizedText {
    /// The texts by language; a single text is German.
    pub(crate) fn by_language(self) -> BTreeMap<String, String> {
        match self {
            Self::One(text) => BTreeMap::from([("de".to_owned(), text)]),
            Self::Each(texts) => texts,
        }
    }
}

impl JsonSchema for LocalizedText {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "object"], "minLength": 1, "pattern": "\\S", "minProperties": 1,
            "additionalProperties": { "type": "string", "minLength": 1, "pattern": "\\S" },
            "propertyNames": { "pattern": "^[a-z]{2,3}$" },
            "x-hint": "a text that is not empty, or one for each language: { de = \"…\", en = \"…\" }",
            "x-hint-de": "ein Text, der nicht leer ist, oder einer für jede Sprache: { de = \"…\", en = \"…\" }"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn durations_and_sizes_are_those_of_the_sdk() {
        let table: Value = serde_json::from_str(include_str!("../../../sdk/src/settings/units.json")).unwrap();
        let duration = |text: &str| DurationValue::parse(text).map(|d| d.0.as_millis());
        let size = |text: &str| SizeValue::parse(text).map(|s| s.0);
        for (text, want) in table["milliseconds"].as_object().unwrap() {
            assert_eq!(duration(text), want.as_u64().map(u128::from), "{text}");
        }
        for (text, want) in table["bytes"].as_object().unwrap() {
            assert_eq!(size(text), want.as_u64(), "{text}");
        }
        assert!(table["no_duration"].as_array().unwrap().iter().all(|text| duration(text.as_str().unwrap()).is_none()));
        assert!(table["no_size"].as_array().unwrap().iter().all(|text| size(text.as_str().unwrap()).is_none()));
        let generator = &mut SchemaGenerator::default();
        assert_eq!(DurationValue::json_schema(generator).as_value(), &table["duration_schema"]);
        assert_eq!(SizeValue::json_schema(generator).as_value(), &table["size_schema"]);
    }

    #[test]
    fn written_as_they_are_read() {
        for text in ["30s", "1h", "48h", "7d", "500ms", "90s"] {
            assert_eq!(serde_json::to_value(DurationValue::parse(text)).unwrap(), text);
        }
        for text in ["10 MiB", "512 KiB", "1500 B"] {
            assert_eq!(serde_json::to_value(SizeValue::parse(text)).unwrap(), text);
        }
    }
}
