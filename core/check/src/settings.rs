//! The smallest settings with which a plugin opens: those of the admin, or settings made from the schema by `x-check`, `examples`, defaults and
//! the types of the keys.

use crate::fake_server::{CannedAnswer, ServerProtocol};
use rundruf_lang::{Message, msg};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Settings with the placeholders `{port}`, `{folder}` and `{host}`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TestSettings {
    value: Value,
    /// Protocol of the fake server; `None` if the plugin connects to no port of the check.
    pub(crate) protocol: Option<ServerProtocol>,
    /// What the fake server answers to some paths.
    pub(crate) answers: Vec<CannedAnswer>,
    /// Keys that switch TLS on.
    pub(crate) tls: Option<Value>,
    /// The file to write, with `{n}`, so that the plugin receives a message.
    pub(crate) inbound: Option<String>,
    /// How the plugin is made to report a receipt.
    pub(crate) receipts: Option<ReceiptHint>,
    /// Whether the author says that the plugin sends to nobody.
    pub(crate) sends_to_nobody: bool,
    /// Whether author or admin wrote them: then it is a fault if the plugin refuses them.
    pub(crate) given: bool,
}

/// How a plugin is made to report a receipt (`x-check.receipt`).
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub(crate) struct ReceiptHint {
    /// A file to write, with `{id}`, the provider's id.
    pub(crate) file: Option<String>,
    /// A path at which it asks for receipts, and what is answered there, with `{ids}`.
    pub(crate) path: Option<String>,
    pub(crate) body: Option<String>,
}

/// Values of the placeholders.
#[derive(Clone, Debug)]
pub(crate) struct Placeholders<'a> {
    pub(crate) port: u16,
    pub(crate) folder: &'a Path,
}

impl TestSettings {
    /// The settings `given` by the admin, else settings made from the schema.
    ///
    /// # Errors
    /// The reason, if the schema does not say enough.
    pub(crate) fn find(schema: &Value, channels: &[String], given: Option<&Value>) -> Result<Self, Message> {
        let hints = schema.get("x-check").cloned().unwrap_or_default();
        let own = hints.get("config").or_else(|| schema.pointer("/examples/0")).filter(|v| v.is_object());
        let value = match given.or(own) {
            Some(value) => value.clone(),
            None => object(schema, schema, 0)?,
        };
        let has_port = value.to_string().contains("{port}");
        let protocol = match hints.get("remote").and_then(Value::as_str) {
            Some("smtp") => Some(ServerProtocol::Smtp),
            Some("http") => Some(ServerProtocol::Http),
            Some("raw") => Some(ServerProtocol::Raw),
            Some("none") => None,
            Some(other) => return Err(msg!("check-unknown-remote", remote = other)),
            None if !has_port => None,
            None if channels == ["email"] => Some(ServerProtocol::Smtp),
            None => Some(ServerProtocol::Http),
        };
        let answers = hints.get("answers").map_or_else(|| Ok(Vec::new()), |a| serde_json::from_value(a.clone()));
        Ok(Self {
            answers: answers.map_err(|why| msg!("check-bad-answers", why = why.to_string()))?,
            protocol: protocol.filter(|_| has_port),
            tls: hints.get("tls").cloned(),
            inbound: hints.pointer("/inbound/file").and_then(Value::as_str).map(str::to_owned),
            receipts: hints.get("receipt").cloned().and_then(|hint| serde_json::from_value(hint).ok()),
            sends_to_nobody: hints.get("remote").and_then(Value::as_str) == Some("none"),
            given: given.or(own).is_some(),
            value,
        })
    }

    /// Whether the settings name a folder of the check.
    pub(crate) fn has_folder(&self) -> bool {
        self.value.to_string().contains("{folder}")
    }

    /// The settings with the placeholders replaced.
    pub(crate) fn resolved(&self, with: &Placeholders<'_>) -> Value {
        replace_placeholders(&self.value, with)
    }

    /// The same with TLS switched on; `None` if the schema does not say how.
    pub(crate) fn resolved_with_tls(&self, with: &Placeholders<'_>) -> Option<Value> {
        let (mut value, more) = (self.resolved(with), replace_placeholders(self.tls.as_ref()?, with));
        if let (Some(into), Value::Object(more)) = (value.as_object_mut(), more) {
            into.extend(more);
        }
        Some(value)
    }
}

/// A text with the placeholders replaced.
pub(crate) fn resolve_text(text: &str, with: &Placeholders<'_>) -> String {
    let folder = with.folder.display().to_string();
    text.replace("{port}", &with.port.to_string()).replace("{folder}", &folder).replace("{host}", "127.0.0.1")
}

fn replace_placeholders(value: &Value, with: &Placeholders<'_>) -> Value {
    match value {
        Value::String(s) if s == "{port}" => json!(with.port),
        Value::String(s) => json!(resolve_text(s, with)),
        Value::Array(a) => a.iter().map(|v| replace_placeholders(v, with)).collect(),
        Value::Object(o) => Value::Object(o.iter().map(|(k, v)| (k.clone(), replace_placeholders(v, with))).collect()),
        other => other.clone(),
    }
}

/// Resolves `$ref` within the schema.
fn follow<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut at = schema;
    for _ in 0..16 {
        let Some(to) = at.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#')) else { break };
        let Some(found) = root.pointer(to) else { break };
        at = found;
    }
    at
}

fn object(root: &Value, schema: &Value, depth: u8) -> Result<Value, Message> {
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

fn value(root: &Value, key: &str, property: &Value, depth: u8) -> Result<Value, Message> {
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
        _ => Err(msg!("check-no-value-for-key", key = key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(schema: Value) -> Result<Value, Message> {
        let settings = TestSettings::find(&schema, &["sms".to_owned()], None)?;
        Ok(settings.resolved(&Placeholders { port: 7, folder: Path::new("/f") }))
    }

    #[test]
    fn settings_are_made_from_the_schema() {
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
        assert_eq!(made(patterned).unwrap_err().to_string(), "no value for the key `from` can be made from the schema");
        let endless = json!({"properties": {"a": {"$ref": "#"}}, "required": ["a"], "type": "object"});
        assert!(made(endless).is_err());
    }

    #[test]
    fn the_protocol_of_the_server_is_found() {
        let of =
            |schema: Value, channel: &str| TestSettings::find(&schema, &[channel.to_owned()], None).map(|s| s.protocol);
        let port = json!({"properties": {"port": {"type": "integer"}}, "required": ["port"]});
        assert_eq!(of(port.clone(), "sms"), Ok(Some(ServerProtocol::Http)));
        assert_eq!(of(port, "email"), Ok(Some(ServerProtocol::Smtp)));
        assert_eq!(of(json!({}), "email"), Ok(None));
        assert!(of(json!({"x-check": {"remote": "xmpp"}}), "xmpp").is_err());
    }
}
