//! The smallest settings with which a plugin opens: the admin's own, or made from the schema: `x-check`, `examples`, defaults, and
//! what the keys' types allow.

use crate::remote::Speaks;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Settings with holes: `{port}`, `{folder}`, `{host}`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    value: Value,
    /// What the other side speaks, if there is one.
    pub(crate) speaks: Option<Speaks>,
    /// Keys that switch TLS on.
    pub(crate) tls: Option<Value>,
    /// How a message from outside is made: the file to write.
    pub(crate) inbound: Option<String>,
    /// Whether the author or the admin gave them, so that a refusal is a fault.
    pub(crate) given: bool,
}

/// What a hole is filled with.
#[derive(Clone, Debug)]
pub(crate) struct Filling<'a> {
    pub(crate) port: u16,
    pub(crate) folder: &'a Path,
}

impl Settings {
    /// Of a plugin: `given` by the admin, else made from the schema. The reason if that is impossible.
    pub(crate) fn find(schema: &Value, channels: &[String], given: Option<&Value>) -> Result<Self, String> {
        let hints = schema.get("x-check").cloned().unwrap_or_default();
        let own = hints.get("config").or_else(|| schema.pointer("/examples/0")).filter(|v| v.is_object());
        let value = match given.or(own) {
            Some(value) => value.clone(),
            None => object(schema, schema, 0)?,
        };
        let has_port = value.to_string().contains("{port}");
        let speaks = match hints.get("remote").and_then(Value::as_str) {
            Some("smtp") => Some(Speaks::Smtp),
            Some("http") => Some(Speaks::Http),
            Some(other) => return Err(format!("`x-check.remote` is `{other}`: the kit speaks `http` and `smtp`")),
            None if !has_port => None,
            None if channels == ["email"] => Some(Speaks::Smtp),
            None => Some(Speaks::Http),
        };
        Ok(Self {
            speaks: speaks.filter(|_| has_port),
            tls: hints.get("tls").cloned(),
            inbound: hints.pointer("/inbound/file").and_then(Value::as_str).map(str::to_owned),
            given: given.or(own).is_some(),
            value,
        })
    }

    /// Whether they name a folder of the kit.
    pub(crate) fn has_folder(&self) -> bool {
        self.value.to_string().contains("{folder}")
    }

    /// Without holes.
    pub(crate) fn filled(&self, with: &Filling<'_>) -> Value {
        fill(&self.value, with)
    }

    /// The same with TLS.
    pub(crate) fn filled_with_tls(&self, with: &Filling<'_>) -> Option<Value> {
        let (mut value, more) = (self.filled(with), fill(self.tls.as_ref()?, with));
        if let (Some(into), Value::Object(more)) = (value.as_object_mut(), more) {
            into.extend(more);
        }
        Some(value)
    }
}

/// A text without holes.
pub(crate) fn fill_text(text: &str, with: &Filling<'_>) -> String {
    let folder = with.folder.display().to_string();
    text.replace("{port}", &with.port.to_string()).replace("{folder}", &folder).replace("{host}", "127.0.0.1")
}

fn fill(value: &Value, with: &Filling<'_>) -> Value {
    match value {
        Value::String(s) if s == "{port}" => json!(with.port),
        Value::String(s) => json!(fill_text(s, with)),
        Value::Array(a) => a.iter().map(|v| fill(v, with)).collect(),
        Value::Object(o) => Value::Object(o.iter().map(|(k, v)| (k.clone(), fill(v, with))).collect()),
        other => other.clone(),
    }
}

/// Follows `$ref` within the schema.
fn follow<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut at = schema;
    for _ in 0..16 {
        let Some(to) = at.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#')) else { break };
        let Some(found) = root.pointer(to) else { break };
        at = found;
    }
    at
}

fn object(root: &Value, schema: &Value, depth: u8) -> Result<Value, String> {
    let schema = follow(root, schema);
    let mut out = Map::new();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    for (key, property) in &properties {
        let wanted = required.iter().any(|r| r == key.as_str());
        if wanted || property.get("x-check").is_some() {
            out.insert(key.clone(), value(root, key, property, depth)?);
        }
    }
    Ok(Value::Object(out))
}

fn value(root: &Value, key: &str, property: &Value, depth: u8) -> Result<Value, String> {
    let inner = follow(root, property);
    let of = |name: &str| property.get(name).or_else(|| inner.get(name)).cloned();
    let first = |name: &str| of(name).and_then(|v| v.get(0).cloned());
    let known = of("x-check").or_else(|| first("examples")).or_else(|| of("default")).or_else(|| of("const"));
    if let Some(known) = known.or_else(|| first("enum")) {
        return Ok(known);
    }
    if matches!(of("x-path").as_ref().and_then(Value::as_str), Some("folder")) {
        return Ok(json!("{folder}"));
    }
    if let Some(one) = first("oneOf").or_else(|| first("anyOf")).filter(|_| depth < 8) {
        return value(root, key, &one, depth + 1);
    }
    let kind = match of("type") {
        Some(Value::Array(kinds)) => kinds.first().cloned(),
        other => other,
    };
    let has_form = of("pattern").is_some() || of("format").is_some_and(|f| f == "uri" || f == "email");
    match kind.as_ref().and_then(Value::as_str) {
        Some("integer" | "number") if key == "port" => Ok(json!("{port}")),
        Some("integer" | "number") => Ok(of("minimum").unwrap_or_else(|| json!(1))),
        Some("boolean") => Ok(json!(false)),
        Some("array") if of("minItems").is_none() => Ok(json!([])),
        Some("object") if depth < 8 => object(root, inner, depth + 1),
        Some("string") if key == "host" => Ok(json!("{host}")),
        Some("string") if !has_form => {
            let least = of("minLength").and_then(|n| n.as_u64()).unwrap_or(1).clamp(1, 256);
            Ok(json!("check".repeat(usize::try_from(least).unwrap_or(1).div_ceil(5))))
        }
        _ => Err(format!("no value for the key `{key}` can be made from the schema")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(schema: Value) -> Result<Value, String> {
        let settings = Settings::find(&schema, &["sms".to_owned()], None)?;
        Ok(settings.filled(&Filling { port: 7, folder: Path::new("/f") }))
    }

    #[test]
    fn from_the_schema() {
        let many = json!({"properties": {
            "folder": {"type": "string", "x-path": "folder"}, "port": {"type": "integer"}, "host": {"type": "string"},
            "token": {"$ref": "#/$defs/Secret"}, "mode": {"enum": ["a", "b"]}, "url": {"type": "string", "pattern": "^http", "examples": ["http://{host}:{port}/x"]},
            "optional": {"type": "string"}, "n": {"type": "integer", "minimum": 3}, "either": {"oneOf": [{"const": "x"}]},
        }, "required": ["folder", "port", "host", "token", "mode", "url", "n", "either"],
           "$defs": {"Secret": {"type": "string", "minLength": 12}}});
        assert_eq!(
            made(many).unwrap(),
            json!({"folder": "/f", "port": 7, "host": "127.0.0.1", "token": "checkcheckcheck", "mode": "a",
                   "url": "http://127.0.0.1:7/x", "n": 3, "either": "x"})
        );
        let own = json!({"x-check": {"config": {"where": "{folder}/x", "port": "{port}"}}, "required": ["y"]});
        assert_eq!(made(own).unwrap(), json!({"where": "/f/x", "port": 7}));
        let patterned = json!({"properties": {"from": {"type": "string", "pattern": "@"}}, "required": ["from"]});
        assert_eq!(made(patterned).unwrap_err(), "no value for the key `from` can be made from the schema");
        let endless = json!({"properties": {"a": {"$ref": "#"}}, "required": ["a"], "type": "object"});
        assert!(made(endless).is_err());
    }

    #[test]
    fn the_other_side_is_known() {
        let of = |schema: Value, channel: &str| Settings::find(&schema, &[channel.to_owned()], None).map(|s| s.speaks);
        let port = json!({"properties": {"port": {"type": "integer"}}, "required": ["port"]});
        assert_eq!(of(port.clone(), "sms"), Ok(Some(Speaks::Http)));
        assert_eq!(of(port, "email"), Ok(Some(Speaks::Smtp)));
        assert_eq!(of(json!({}), "email"), Ok(None));
        assert!(of(json!({"x-check": {"remote": "xmpp"}}), "xmpp").is_err());
    }
}
