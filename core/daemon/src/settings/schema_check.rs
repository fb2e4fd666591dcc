//! Checks a tree by a JSON Schema, with advice for each fault; and replaces faulty values by examples, so that one fault hides no other.

use super::check::SettingsChecker;
use super::json_schema::{self as rules, follow};
use super::read::{SettingsTree, dotted, escape};
use super::suggest;
use jsonschema::error::ValidationErrorKind;
use rundruf_host::manifest::settings_walk::sounds_secret;
use rundruf_lang::{Language, Message, msg};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

impl SettingsChecker<'_> {
    /// Checks a value by a schema; `prefix` is the value's place in the whole tree.
    pub(super) fn schema_check(&mut self, tree: &SettingsTree, value: &Value, schema: &Value, prefix: &str) {
        let validator = match jsonschema::validator_for(schema) {
            Ok(validator) => validator,
            Err(error) => {
                let message = msg!("daemon-schema-faulty", error = %error);
                self.fault(tree, prefix, message, msg!("daemon-ask-who-built-it"));
                return;
            }
        };
        let mut told = BTreeSet::new();
        for error in validator.iter_errors(value) {
            let pointer = format!("{prefix}{}", error.instance_path());
            // An empty text is both too short and of the wrong form: one report is enough.
            let of_keys = matches!(
                error.kind(),
                ValidationErrorKind::AdditionalProperties { .. } | ValidationErrorKind::Required { .. }
            );
            if !of_keys && !told.insert(pointer.clone()) {
                continue;
            }
            let rules = rules::at(schema, error.instance_path().as_str()).unwrap_or(&Value::Null);
            self.one(tree, &pointer, error.kind(), error.instance(), (schema, rules));
        }
    }

    fn one(
        &mut self,
        tree: &SettingsTree,
        pointer: &str,
        kind: &ValidationErrorKind,
        instance: &Value,
        (root, rules): (&Value, &Value),
    ) {
        let name = dotted(pointer);
        let language = self.language;
        let hint = rules::hint(root, rules, language);
        match kind {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known: Vec<&str> = rules::keys(follow(root, rules)).into_iter().map(|(k, ..)| k).collect();
                for key in unexpected {
                    // In a file that is not TOML anything may have become a key, a secret too.
                    let is_word = self.whole || suggest::similar(key, &known).is_some();
                    let shown = if is_word { key.as_str() } else { "…" };
                    let at = format!("{pointer}/{}", escape(key));
                    let around = if name.is_empty() { String::new() } else { format!(" in [{name}]") };
                    let message = msg!("daemon-unknown-key", key = shown, around = %around);
                    let full = if is_word { dotted(&at) } else { name.clone() };
                    let mut help = suggest::help(key, &known);
                    // A frequent mistake: a key of the plugin's own section is beside the daemon's keys.
                    let is_transport = pointer.strip_prefix("/transports/").is_some_and(|name| !name.contains('/'));
                    if is_transport && suggest::similar(key, &known).is_none() {
                        help = msg!("daemon-keys-of-plugin", help = help, name = &name);
                    }
                    self.report.fault(tree.key(&at), &full, message, help);
                }
            }
            ValidationErrorKind::Required { property } if self.whole => {
                let property = property.as_str().unwrap_or("");
                let full = if name.is_empty() { property.to_owned() } else { format!("{name}.{property}") };
                let message = msg!("daemon-key-missing", full = %full);
                let about = rules::inside(follow(root, rules), property).unwrap_or(&Value::Null);
                let what = rules::description(root, about, language);
                let place = tree.key(pointer);
                let file = place.is_none().then(|| self.main.clone());
                self.report.fault(place, &full, message, what);
                self.report.at_file(file);
            }
            // The key may be in the part of a file that cannot be read.
            ValidationErrorKind::Required { .. } => {}
            // Also if the type is behind a reference or beside a null.
            _ if mismatch(root, rules, instance).is_some() => {
                let wanted = mismatch(root, rules, instance).map_or_else(|| "".into(), type_word);
                let hint_first = hint.filter(|_| follow(root, rules).get("type").is_some_and(Value::is_array));
                let wanted = hint_first.map_or(wanted, Message::from);
                let got = type_word(kind_of(instance));
                let message = msg!("daemon-type-needed", name = &name, got = got, wanted = wanted);
                let help = if is_secret(root, rules) {
                    msg!("daemon-secret-needs-reference")
                } else {
                    hint.unwrap_or_else(|| rules::description(root, rules, language)).into()
                };
                self.report.fault(tree.place(pointer), &name, message, help);
            }
            // An optional value is a choice between null and its type: report what its type says.
            ValidationErrorKind::AnyOf { .. } if rules.get("anyOf").is_some() => {
                let mut inside = follow(root, rules).clone();
                if let (Value::Object(inside), Some(defs)) = (&mut inside, root.get("$defs")) {
                    inside.insert("$defs".to_owned(), defs.clone());
                }
                self.schema_check(tree, instance, &inside, pointer);
            }
            kind => {
                let shown = self.printable(pointer, instance, is_secret(root, rules));
                let message = msg!("daemon-value-refused", name = %name, shown = %shown);
                let help = hint.map_or_else(|| limit(kind, (root, rules), language), Message::from);
                self.report.fault(tree.place(pointer), &name, message, help);
            }
        }
    }

    /// The value as a report shows it: without secrets, and without what a reference to a secret led to.
    fn printable(&self, pointer: &str, instance: &Value, secret: bool) -> String {
        let filled = match instance {
            Value::Object(object) => !object.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        };
        let in_plugin = pointer.starts_with("/transports/") && pointer.contains("/config/");
        let sounds_secret = in_plugin && sounds_secret(pointer.rsplit('/').next().unwrap_or(""));
        let hidden = secret || filled || sounds_secret || self.referred.contains(pointer);
        if hidden { "…".to_owned() } else { instance.to_string() }
    }

    /// Replaces faulty values by examples and removes unknown keys, so that the rest can be checked as well.
    pub(super) fn substitute(&mut self, tree: &mut SettingsTree, schema: &Value) {
        let Ok(validator) = jsonschema::validator_for(schema) else { return };
        // The second round fixes what was wrong inside a value of the first; four rounds are enough.
        for _ in 0..4 {
            let mut fixes = Vec::new();
            for error in validator.iter_errors(&tree.value) {
                let pointer = error.instance_path().as_str().to_owned();
                let rules = rules::at(schema, &pointer).unwrap_or(&Value::Null);
                match error.kind() {
                    ValidationErrorKind::AdditionalProperties { unexpected } => {
                        fixes.extend(unexpected.iter().map(|k| (format!("{pointer}/{}", escape(k)), None)));
                    }
                    ValidationErrorKind::Required { property } => {
                        let key = property.as_str().unwrap_or("");
                        let inside = rules::inside(follow(schema, rules), key).unwrap_or(&Value::Null);
                        fixes.push((format!("{pointer}/{}", escape(key)), Some(placeholder(schema, inside))));
                    }
                    _ => fixes.push((pointer, Some(placeholder(schema, rules)))),
                }
            }
            if fixes.is_empty() {
                return;
            }
            for (pointer, value) in fixes {
                set_value(&mut tree.value, &pointer, value);
                self.substituted.insert(pointer);
            }
        }
    }
}

/// Sets the value at this pointer, or removes it.
fn set_value(tree: &mut Value, pointer: &str, value: Option<Value>) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    let key = key.replace("~1", "/").replace("~0", "~");
    match (tree.pointer_mut(parent), value) {
        (Some(Value::Object(object)), Some(value)) => drop(object.insert(key, value)),
        (Some(Value::Object(object)), None) => drop(object.remove(&key)),
        (Some(Value::Array(items)), Some(value)) => {
            if let Some(slot) = key.parse::<usize>().ok().and_then(|n| items.get_mut(n)) {
                *slot = value;
            }
        }
        _ => {}
    }
}

/// A value that this schema accepts.
fn placeholder(root: &Value, rules: &Value) -> Value {
    let behind = follow(root, rules);
    if let Some(example) = rules::example(root, rules) {
        return example;
    }
    if behind.get("properties").is_some() {
        let required = rules::keys(behind).into_iter().filter(|(.., required)| *required);
        return Value::Object(required.map(|(k, r, _)| (k.to_owned(), placeholder(root, r))).collect());
    }
    match behind.get("type").and_then(|t| t.as_str().or_else(|| t.get(0)?.as_str())) {
        Some("string") => Value::String("-".to_owned()),
        Some("array") => Value::Array(Vec::new()),
        Some("boolean") => Value::Bool(false),
        Some("integer" | "number") => Value::from(behind.get("minimum").and_then(Value::as_i64).unwrap_or(1)),
        _ => Value::Object(Map::new()),
    }
}

fn is_secret(root: &Value, rules: &Value) -> bool {
    follow(root, rules).get("x-secret").is_some() || rules.get("x-secret").is_some()
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The required type in words, if the value has another.
fn mismatch<'a>(root: &'a Value, rules: &'a Value, instance: &Value) -> Option<&'a str> {
    let behind = follow(root, rules);
    let types = behind.get("type").or_else(|| rules.get("type"));
    let types: Vec<&str> = match types {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).filter(|t| *t != "null").collect(),
        // An enumeration.
        _ if behind.get("oneOf").or_else(|| behind.get("enum")).is_some() => vec!["string"],
        _ => return None,
    };
    let kind = kind_of(instance);
    let is = |t: &&str| *t == kind || (*t == "integer" && instance.is_i64()) || (*t == "integer" && instance.is_u64());
    if types.iter().any(is) { None } else { types.first().copied() }
}

fn type_word(name: &str) -> Message {
    match name.trim_matches('"') {
        "boolean" => msg!("daemon-type-boolean"),
        "number" => msg!("daemon-type-number"),
        "integer" => msg!("daemon-type-integer"),
        "string" => msg!("daemon-type-string"),
        "array" => msg!("daemon-type-array"),
        "object" => msg!("daemon-type-object"),
        _ => msg!("daemon-nothing"),
    }
}

/// The limit that a value exceeds, in words.
fn limit(kind: &ValidationErrorKind, (root, rules): (&Value, &Value), language: Language) -> Message {
    use ValidationErrorKind as K;
    let rule = |name: &str| follow(root, rules).get(name).or_else(|| rules.get(name)).cloned().unwrap_or_default();
    match kind {
        K::Minimum { limit } | K::ExclusiveMinimum { limit } => msg!("daemon-at-least", limit = %limit),
        K::Maximum { limit } | K::ExclusiveMaximum { limit } => msg!("daemon-at-most", limit = %limit),
        K::MinLength { limit: 1 } => msg!("daemon-not-empty"),
        K::MinLength { limit } => msg!("daemon-min-characters", limit = *limit),
        K::MaxLength { limit } => msg!("daemon-max-characters", limit = *limit),
        K::MinItems { limit } => msg!("daemon-min-entries", limit = *limit),
        K::MaxItems { limit } => msg!("daemon-max-entries", limit = *limit),
        K::Pattern { pattern } => msg!("daemon-needed-form", pattern = %Value::from(pattern.as_str())),
        _ => {
            let options = rule("enum").as_array().cloned().unwrap_or_else(|| {
                let consts = rule("oneOf").as_array().cloned().unwrap_or_default();
                consts.iter().filter_map(|o| o.get("const").cloned()).collect()
            });
            let shown: Vec<String> = options.iter().filter(|o| !o.is_null()).map(ToString::to_string).collect();
            if shown.is_empty() {
                return rules::description(root, rules, language).into();
            }
            let shown = shown.join(", ");
            msg!("daemon-one-of", names = shown)
        }
    }
}
