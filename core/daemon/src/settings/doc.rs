//! Schema, sample file and explanations: made from the types, so that they cannot differ from what the program does.

use super::types::Settings;
use serde_json::Value;
use std::fmt::Write;

/// The schema of `rundruf.toml`.
pub(crate) fn schema() -> Value {
    serde_json::to_value(schemars::schema_for!(Settings)).unwrap_or_default()
}

fn follow<'a>(root: &'a Value, rules: &'a Value) -> &'a Value {
    if let Some(name) = rules.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/")) {
        return root.get("$defs").and_then(|d| d.get(name)).unwrap_or(rules);
    }
    let some = rules.get("anyOf").and_then(Value::as_array).and_then(|a| a.iter().find(|r| r.get("$ref").is_some()));
    some.map_or(rules, |r| follow(root, r))
}

/// A key's own words: beside the reference, else behind it.
fn described<'a>(root: &'a Value, rules: &'a Value) -> &'a str {
    let own = rules.get("description").and_then(Value::as_str);
    own.or_else(|| follow(root, rules).get("description").and_then(Value::as_str)).unwrap_or("")
}

/// The example of a key as TOML.
fn example(root: &Value, rules: &Value) -> String {
    let given = rules.get("examples").and_then(|e| e.get(0)).or_else(|| rules.get("default")).filter(|v| !v.is_null());
    let behind = follow(root, rules);
    let value = given.cloned().or_else(|| {
        let first = behind.get("oneOf").and_then(|o| o.get(0)).and_then(|o| o.get("const"));
        behind.get("enum").and_then(|e| e.get(0)).or(first).cloned()
    });
    let is_array = rules.get("type").is_some_and(|t| t == "array");
    match value {
        Some(v) if is_array && !v.is_array() => format!("[{v}]"),
        Some(v) => v.to_string(),
        None => "\"…\"".to_owned(),
    }
}

/// One line for each key of a table; what is not required is commented out.
fn keys(out: &mut String, root: &Value, table: &Value, skip: &[&str]) {
    let required =
        |key: &str| table.get("required").and_then(Value::as_array).is_some_and(|r| r.iter().any(|k| k == key));
    let properties = table.get("properties").and_then(Value::as_object);
    for (key, rules) in properties.into_iter().flatten() {
        if skip.contains(&key.as_str()) {
            continue;
        }
        for line in described(root, rules).lines() {
            let _ = writeln!(out, "# {line}");
        }
        let mark = if required(key) { "" } else { "# " };
        let _ = writeln!(out, "{mark}{key} = {}", example(root, rules));
    }
}

/// `config/rundruf.toml`: every key, explained.
pub(crate) fn sample() -> String {
    let root = schema();
    let mut out = String::from(
        "# Rundruf: every key, explained. Made from the program; `rundruf config explain KEY` prints the same.\n\
         # What begins with a # and a key shows the default or an example. Durations: \"30s\", \"15m\", \"48h\", \"7d\". Sizes: \"10 MiB\".\n\
         # Secrets: { file = \"…\" }, { env = \"…\" } or { credential = \"…\" } (systemd). Relative paths start at this file.\n\
         # More files: conf.d/*.toml beside this one, in the order of their names.\n\n",
    );
    let tables = ["sender", "store", "daemon", "web", "optin", "retry"];
    keys(&mut out, &root, &root, &["sender", "store", "daemon", "web", "optin", "retry", "lists", "transports"]);
    for table in tables {
        let Some(rules) = root.get("properties").and_then(|p| p.get(table)) else { continue };
        let _ = writeln!(out, "\n# {}\n[{table}]", described(&root, rules));
        keys(&mut out, &root, follow(&root, rules), &[]);
    }
    for (table, name) in [("lists", "angebote"), ("transports", "email")] {
        let Some(rules) = root.get("properties").and_then(|p| p.get(table)) else { continue };
        let _ = writeln!(out, "\n# {}\n[{table}.{name}]", described(&root, rules));
        let one = rules.get("additionalProperties").map(|r| follow(&root, r));
        keys(&mut out, &root, one.unwrap_or(&Value::Null), &["config"]);
        if table == "transports" {
            out.push_str(
                "# The plugin's own settings: `rundruf plugin info email` shows which there are.\n[transports.email.config]\nhost = \"127.0.0.1\"\nport = 587\n\
                 username = \"krume\"\npassword = { credential = \"smtp-password\" }\nfrom = \"news@krume.example\"\n",
            );
        }
    }
    out
}

/// What a key means: `lists.angebote.title`, or `lists.*.title`.
pub(crate) fn explain(key: &str) -> Option<String> {
    let root = schema();
    let mut at = &root;
    let mut rules = at;
    for step in key.split('.') {
        at = follow(&root, at);
        rules = at
            .get("properties")
            .and_then(|p| p.get(step))
            .or_else(|| at.get("additionalProperties").filter(|a| a.is_object()))?;
        at = rules;
    }
    let behind = follow(&root, rules);
    let mut out = format!("{key}\n  {}\n", described(&root, rules));
    if let Some(hint) = behind.get("x-hint").and_then(Value::as_str) {
        let _ = writeln!(out, "  {hint}");
    }
    if behind.get("properties").is_none() {
        let _ = writeln!(out, "  {} = {}", key.rsplit('.').next().unwrap_or(key), example(&root, rules));
    } else {
        let names: Vec<&str> = behind
            .get("properties")
            .and_then(Value::as_object)
            .map(|p| p.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let _ = writeln!(out, "  {}", names.join(", "));
    }
    Some(out)
}
