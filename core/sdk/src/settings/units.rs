//! Durations and sizes in settings, written as in the daemon's own settings: `units.json` holds both to one rule, because a plugin does not
//! depend on the daemon, nor the daemon on this crate.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::time::Duration;

/// A duration, written `500ms`, `30s`, `15m`, `48h` or `7d`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HumanDuration(pub Duration);

/// A size in bytes, written `10 MiB`, `512 KiB`, `2 GiB` or `1500`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ByteSize(pub u64);

/// The whole number in front and the unit after it, multiplied; `None` if the text has another form or is too large.
fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let unit = text.get(digits..)?.trim();
    let (_, factor) = units.iter().find(|(word, _)| *word == unit)?;
    number.checked_mul(*factor)
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        const MS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
        let ms = parse(&String::deserialize(d)?, &MS);
        ms.map(|ms| Self(Duration::from_millis(ms))).ok_or_else(|| D::Error::custom("not a duration such as \"30s\""))
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        const BYTES: [(&str, u64); 5] = [("", 1), ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
        let bytes = parse(&String::deserialize(d)?, &BYTES);
        bytes.map(Self).ok_or_else(|| D::Error::custom("not a size such as \"10 MiB\""))
    }
}

impl JsonSchema for HumanDuration {
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

impl JsonSchema for ByteSize {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The daemon's own durations and sizes are held to the same table (`core/daemon/src/settings/value.rs`).
    const TABLE: &str = include_str!("units.json");

    #[test]
    fn durations_and_sizes_are_those_of_the_table() {
        let table: Value = serde_json::from_str(TABLE).unwrap();
        let duration = |text: &Value| HumanDuration::deserialize(text).ok().map(|d| d.0.as_millis());
        let size = |text: &Value| ByteSize::deserialize(text).ok().map(|s| u128::from(s.0));
        for (text, want) in table["milliseconds"].as_object().unwrap() {
            assert_eq!(duration(&text.as_str().into()), want.as_u64().map(u128::from), "{text}");
        }
        for (text, want) in table["bytes"].as_object().unwrap() {
            assert_eq!(size(&text.as_str().into()), want.as_u64().map(u128::from), "{text}");
        }
        assert!(table["no_duration"].as_array().unwrap().iter().all(|text| duration(text).is_none()));
        assert!(table["no_size"].as_array().unwrap().iter().all(|text| size(text).is_none()));
        let generator = &mut SchemaGenerator::default();
        assert_eq!(HumanDuration::json_schema(generator).as_value(), &table["duration_schema"]);
        assert_eq!(ByteSize::json_schema(generator).as_value(), &table["size_schema"]);
    }
}
