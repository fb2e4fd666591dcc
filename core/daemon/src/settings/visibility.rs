//! Which values of the settings a report, a log or `config show` may print: those of known keys that are not secret, and nothing else.

use super::fault::{FileMask, SourceSpan};
use super::json_schema::{self as rules, follow};
use super::read::SettingsTree;
use rundruf_host::manifest::settings_walk::sounds_secret;
use rundruf_host::{Manifest, discover};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Keys of a reference to a secret: where it is, not what it is.
const REFERENCE: [&str; 3] = ["file", "env", "credential"];

/// The schemas by which a value is judged.
pub(super) struct ValueVisibility {
    daemon: Value,
    /// Schema of a plugin's own section, by transport; a transport whose plugin cannot be read has none.
    plugins: BTreeMap<String, Value>,
}

impl ValueVisibility {
    /// By the plugins that the settings name; relative paths start at `base`.
    pub(super) fn of(value: &Value, base: &Path) -> Self {
        let folder = value.get("plugin_dir").and_then(Value::as_str).map(|d| base.join(d));
        let folders = super::plugin_folders(folder);
        let transports = value.get("transports").and_then(Value::as_object);
        let plugins = transports.into_iter().flatten().filter_map(|(name, transport)| {
            let plugin = transport.get("plugin")?.as_str()?;
            let plugin = if plugin.contains('/') { base.join(plugin).display().to_string() } else { plugin.to_owned() };
            let manifest = discover::find(&plugin, &folders).and_then(|path| Manifest::read(&path)).ok()?;
            Some((name.clone(), manifest.config_schema))
        });
        Self { daemon: super::doc::schema(), plugins: plugins.collect() }
    }

    /// By schemas that were read already, by transport.
    pub(super) fn by(plugins: BTreeMap<String, Value>) -> Self {
        Self { daemon: super::doc::schema(), plugins }
    }

    /// By one plugin's schema, as the section of the transport `name`.
    pub(super) fn of_plugin(name: &str, manifest: &Manifest) -> Self {
        Self {
            daemon: super::doc::schema(),
            plugins: BTreeMap::from([(name.to_owned(), manifest.config_schema.clone())]),
        }
    }

    /// Whether the value at this pointer may be printed.
    pub(super) fn is_public(&self, tree: &Value, pointer: &str) -> bool {
        if let Some((name, inside)) = plugin_section(pointer) {
            return self.plugins.get(name).is_some_and(|schema| is_public_in_plugin(schema, tree, pointer, inside));
        }
        is_known(&self.daemon, pointer, Some(tree))
    }

    /// Whether this pointer is inside a value that is secret as a whole: then its keys are secret as well.
    pub(super) fn is_inside_secret(&self, pointer: &str) -> bool {
        let Some((name, inside)) = plugin_section(pointer) else { return false };
        let Some(schema) = self.plugins.get(name) else { return false };
        let mut above = inside;
        while let Some((parent, _)) = above.rsplit_once('/') {
            if !parent.is_empty() && is_secret(schema, parent) {
                return !REFERENCE.contains(&pointer.rsplit('/').next().unwrap_or(""));
            }
            above = parent;
        }
        false
    }

    /// The names of all keys that are known, at any depth.
    fn words(&self) -> BTreeSet<String> {
        let mut words = REFERENCE.map(str::to_owned).into_iter().collect();
        for schema in self.plugins.values().chain([&self.daemon]) {
            collect(schema, &mut words);
        }
        words
    }

    /// What may be quoted of each file. Where a file could not be read to its end, or has a table that another has, only known words in front
    /// of a `=` are quoted. `value` is the tree as it was written, without secrets from elsewhere.
    pub(super) fn masks(&self, tree: &SettingsTree, value: &Value, files: usize) -> Vec<FileMask> {
        let words = self.words();
        let mut masks: Vec<FileMask> = (0..files)
            .map(|file| {
                let unclear = tree.unclear.contains(&file);
                if unclear { FileMask::Words(words.clone()) } else { FileMask::Values(Vec::new()) }
            })
            .collect();
        let mut add = |span: SourceSpan, public: bool| {
            if let Some(FileMask::Values(values)) = masks.get_mut(span.file) {
                values.push((span.from, span.to, public));
            }
        };
        for (pointer, span) in &tree.values {
            if value.pointer(pointer).is_none_or(|v| !v.is_object() && !v.is_array()) {
                add(*span, self.is_public(value, pointer));
            }
        }
        for (_, span) in tree.keys.iter().filter(|(pointer, _)| self.is_inside_secret(pointer)) {
            add(*span, false);
        }
        masks
    }
}

/// `/transports/NAME/config/KEY…` → the name and `/KEY…`.
fn plugin_section(pointer: &str) -> Option<(&str, &str)> {
    let (name, rest) = pointer.strip_prefix("/transports/")?.split_once('/')?;
    let inside = rest.strip_prefix("config")?;
    inside.starts_with('/').then_some((name, inside))
}

fn is_public_in_plugin(schema: &Value, tree: &Value, pointer: &str, inside: &str) -> bool {
    if let Some((parent, last)) = inside.rsplit_once('/')
        && !parent.is_empty()
        && REFERENCE.contains(&last)
        && rules::at(schema, parent).is_some()
    {
        // A table with this one key says where a value is kept.
        let above = pointer.rsplit_once('/').and_then(|(above, _)| tree.pointer(above)).and_then(Value::as_object);
        if above.is_some_and(|table| table.len() == 1) {
            let value = tree.pointer(pointer).and_then(Value::as_str).unwrap_or("");
            return last != "env" || is_variable_name(value);
        }
    }
    let section = pointer.strip_suffix(inside).and_then(|section| tree.pointer(section));
    if !is_known(schema, inside, section) {
        return false;
    }
    let mut at = inside;
    loop {
        if is_secret(schema, at) {
            return false;
        }
        match at.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => at = parent,
            _ => return true,
        }
    }
}

/// Whether a schema describes the value at this pointer: a table's value by its key, a list's by its items.
fn is_known(schema: &Value, pointer: &str, value: Option<&Value>) -> bool {
    let (mut rules, mut value) = (schema, value);
    for step in pointer.split('/').skip(1) {
        let behind = follow(schema, rules);
        let in_list = value.is_some_and(Value::is_array);
        if in_list != behind.get("items").is_some() {
            return false;
        }
        let Some(inner) = rules::inside(behind, &step.replace("~1", "/").replace("~0", "~")) else { return false };
        (rules, value) = (inner, value.and_then(|v| v.pointer(&format!("/{step}"))));
    }
    true
}

/// Whether this is a usual name of an environment variable, and not the secret itself in its place.
pub(super) fn is_variable_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether a plugin's key is secret: by its schema, else by its name.
fn is_secret(schema: &Value, inside: &str) -> bool {
    let Some(rules) = rules::at(schema, inside) else { return false };
    let behind = follow(schema, rules);
    if rules.get("x-secret").or_else(|| behind.get("x-secret")).is_some() {
        return true;
    }
    let text = |rules: &Value| match rules.get("type") {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
        _ => false,
    };
    let is_path = rules.get("x-path").or_else(|| behind.get("x-path")).is_some();
    !is_path && (text(rules) || text(behind)) && sounds_secret(inside.rsplit('/').next().unwrap_or(""))
}

/// The names of all properties in a schema.
fn collect(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (key, inner) in object {
                if let (true, Value::Object(properties)) = (key == "properties", inner) {
                    words.extend(properties.keys().cloned());
                }
                collect(inner, words);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_may_be_printed() {
        let schema = json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "host": {"type": "string"}, "password": {"anyOf": [{"$ref": "#/$defs/Secret"}, {"type": "null"}]},
                "api_token": {"type": "string"}, "token_file": {"type": "string", "x-path": "file"},
                "keys": {"type": "array", "items": {"$ref": "#/$defs/Key"}},
            },
            "$defs": {
                "Secret": {"type": "string", "x-secret": true},
                "Key": {"type": "object", "properties": {"domain": {"type": "string"}, "key": {"$ref": "#/$defs/Secret"}}},
            },
        });
        let visibility = ValueVisibility {
            daemon: super::super::doc::schema(),
            plugins: BTreeMap::from([("p".to_owned(), schema)]),
        };
        let tree = json!({"transports": {"p": {"config": {
            "password": {"env": "Geheim-4711"}, "keys": [{"key": {"file": "x"}}, {"key": {"env": "SMTP_KEY"}}],
        }}}});
        for (pointer, public) in [
            ("/sender/name", true),
            ("/lists/a/title/de", true),
            ("/lists/a/titel", false),
            ("/retri/first", false),
            ("/transports/p/plugin", true),
            ("/transports/p/password", false),
            ("/transports/p/config/host", true),
            ("/transports/p/config/hots", false),
            ("/transports/p/config/password", false),
            ("/transports/p/config/password/0", false),
            ("/transports/p/config/password/env", false),
            ("/transports/p/config/api_token", false),
            ("/transports/p/config/token_file", true),
            ("/transports/p/config/keys/0/domain", true),
            ("/transports/p/config/keys/0/key", false),
            ("/transports/p/config/keys/0/key/file", true),
            ("/transports/p/config/keys/1/key/env", true),
            ("/transports/q/config/host", false),
        ] {
            assert_eq!(visibility.is_public(&tree, pointer), public, "{pointer}");
        }
        assert!(visibility.words().contains("password") && visibility.words().contains("imprint_url"));
    }
}
