//! Schema, sample file and explanations, made from the settings types, so that they cannot differ from what the program accepts.

use super::json_schema::{self as rules, description, follow};
use super::types::AllSettings;
use rundruf_host::Manifest;
use rundruf_lang::{Language, msg};
use serde_json::Value;
use std::fmt::Write;

/// The JSON Schema of `rundruf.toml`.
pub(crate) fn schema() -> Value {
    serde_json::to_value(schemars::schema_for!(AllSettings)).unwrap_or_default()
}

/// A JSON value as TOML.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let inner: Vec<String> = object.iter().map(|(k, v)| format!("{k} = {}", toml(v))).collect();
            format!("{{ {} }}", inner.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The example of a key as TOML.
fn example(root: &Value, rules: &Value) -> String {
    rules::example(root, rules).map_or_else(|| "\"…\"".to_owned(), |v| toml(&v))
}

/// Writes one line per key of a table; keys that are neither required nor recommended (`x-recommended`) are commented out.
fn keys(out: &mut String, root: &Value, table: &Value, skip: &[&str], language: Language) {
    for (key, rules, required) in rules::keys(table) {
        if skip.contains(&key) || rules.get("deprecated").is_some() {
            continue;
        }
        for line in description(root, rules, language).lines() {
            let _ = writeln!(out, "# {line}");
        }
        let is_set = required || rules.get("x-recommended").is_some();
        let mark = if is_set { "" } else { "# " };
        let _ = writeln!(out, "{mark}{key} = {}", example(root, rules));
    }
}

/// The plugin that the sample file shows: the example of a transport's key `plugin`.
pub(crate) fn sample_plugin() -> String {
    let root = schema();
    let rules = rules::at(&root, "/transports/NAME/plugin").and_then(|r| rules::example(&root, r));
    rules.and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Prints `config/rundruf.toml`: every key with its explanation. A plugin's keys come from the given manifest.
pub(crate) fn sample(language: Language, plugin: Option<&Manifest>) -> String {
    let root = schema();
    let mut out = format!("#:schema ./rundruf.schema.json\n{}\n\n", msg!("daemon-sample-head").text(language));
    let tables = ["sender", "store", "daemon", "web", "optin", "consent", "inbox", "retention", "retry", "admin"];
    keys(
        &mut out,
        &root,
        &root,
        &[
            "sender",
            "store",
            "daemon",
            "web",
            "optin",
            "consent",
            "inbox",
            "retention",
            "retry",
            "admin",
            "lists",
            "transports",
        ],
        language,
    );
    for table in tables {
        let Some(rules) = rules::inside(&root, table) else { continue };
        let _ = writeln!(out, "\n# {}\n[{table}]", description(&root, rules, language));
        keys(&mut out, &root, follow(&root, rules), &[], language);
    }
    for (table, name) in [("lists", "angebote"), ("transports", sample_plugin().as_str())] {
        let Some(rules) = rules::inside(&root, table) else { continue };
        let _ = writeln!(out, "\n# {}\n[{table}.{name}]", description(&root, rules, language));
        let one = rules.get("additionalProperties").map_or(&Value::Null, |r| follow(&root, r));
        keys(&mut out, &root, one, &["config"], language);
        if let Some(config) = rules::inside(one, "config") {
            let _ = writeln!(out, "\n# {}\n[{table}.{name}.config]", description(&root, config, language));
            if let Some(schema) = plugin.map(|p| &p.config_schema) {
                keys(&mut out, schema, schema, &[], language);
            }
        }
    }
    out
}

/// Explains a key such as `lists.angebote.title` or `lists.*.title`. `inside` is the key's path within the schema `root`.
pub(crate) fn explain(root: &Value, key: &str, inside: &str, language: Language) -> Option<String> {
    let mut rules = root;
    for step in inside.split('.') {
        rules = rules::inside(follow(root, rules), step)?;
    }
    let behind = follow(root, rules);
    let mut out = format!("{key}\n  {}\n", description(root, rules, language));
    if let Some(hint) = rules::hint(root, rules, language) {
        let _ = writeln!(out, "  {hint}");
    }
    let each = behind.get("additionalProperties").filter(|a| a.is_object());
    let table = each.map_or(behind, |e| follow(root, e));
    if table.get("properties").is_some() {
        let names: Vec<&str> = rules::keys(table).into_iter().map(|(k, ..)| k).collect();
        let _ = writeln!(out, "  {} {}", msg!("daemon-keys-label").text(language), names.join(", "));
    } else {
        if let Some(default) = rules.get("default").filter(|d| !d.is_null() && !d.is_object()) {
            let _ = writeln!(out, "  {} {}", msg!("daemon-default-label").text(language), toml(default));
        }
        let _ = writeln!(
            out,
            "  {} {}",
            msg!("daemon-example-label").text(language),
            format_args!("{} = {}", key.rsplit('.').next().unwrap_or(key), example(root, rules))
        );
    }
    Some(out)
}

/// One key of a plugin's own section.
#[derive(Clone, Debug)]
pub(crate) struct PluginKey {
    pub(crate) key: String,
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
    /// The plugin's description of the key.
    pub(crate) sentence: String,
}

/// The keys of a plugin's own section, the required ones first.
pub(crate) fn plugin_keys(schema: &Value, language: Language) -> Vec<PluginKey> {
    let default = |rules: &Value| {
        let found = rules.get("default").or_else(|| follow(schema, rules).get("default"));
        found.filter(|d| !d.is_null()).map(toml)
    };
    let all = rules::keys(schema).into_iter();
    all.map(|(key, rules, required)| PluginKey {
        key: key.to_owned(),
        required,
        default: default(rules),
        sentence: description(schema, rules, language).to_owned(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key has a description in both languages and an example that the schema accepts.
    #[test]
    fn every_key_is_documented_in_both_languages() {
        let root = schema();
        let mut tables = vec![("", &root)];
        tables.extend(root.get("$defs").unwrap().as_object().unwrap().iter().map(|(n, t)| (n.as_str(), t)));
        for (table, rules) in tables {
            for (key, rules, _) in rules::keys(rules) {
                for word in ["description", "x-de"] {
                    assert!(rules.get(word).is_some(), "{table}.{key} has no `{word}`");
                }
                let is_table = follow(&root, rules).get("properties").is_some()
                    || follow(&root, rules).get("type") == Some(&"object".into());
                assert!(is_table || rules::example(&root, rules).is_some(), "{table}.{key} has no example");
            }
        }
    }

    #[test]
    fn explained() {
        let explained = |key: &str, language| explain(&schema(), key, key, language);
        let text = explained("lists.*.frequency_cap", Language::En).unwrap();
        assert!(text.contains("Most messages of this list") && text.contains("messages, per"), "{text}");
        assert!(explained("retry.give_up", Language::De).unwrap().contains("Vorgabe: \"48h\""));
        assert!(explained("lists", Language::En).unwrap().contains("title"));
        assert_eq!(explained("web.nothing", Language::En), None);
    }
}
