//! The settings in force: written values with their position, and the defaults of the rest. Secrets are hidden.

use super::fault::SettingsReport;
use super::json_schema::{self as rules, follow};
use super::read::{self, SettingsTree, dotted};
use rundruf_host::{Manifest, discover};
use rundruf_lang::Language;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// One key with its value in force.
pub(crate) struct EffectiveSetting {
    pub(crate) key: String,
    /// The value as written; `…` for a secret.
    pub(crate) value: Value,
    /// File and line; `None` for a default.
    pub(crate) origin: Option<(PathBuf, usize)>,
}

impl EffectiveSetting {
    /// As JSON, with its origin.
    pub(crate) fn json(&self) -> Value {
        let file = self.origin.as_ref().map(|(f, _)| f.display().to_string());
        json!({"value": self.value, "file": file, "line": self.origin.as_ref().map(|(_, l)| l)})
    }
}

/// Returns all keys in force in alphabetical order, or the text of all faults if the files cannot be read.
pub(crate) fn show(path: &Path, language: Language) -> Result<Vec<EffectiveSetting>, String> {
    let mut report = SettingsReport::default();
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let tree = read::read(&path, &mut report);
    if !report.faults.is_empty() {
        return Err(report.text(language).trim_end().to_owned());
    }
    let mut entries = Vec::new();
    for (pointer, place) in &tree.values {
        let Some(value) = tree.value.pointer(pointer).filter(|v| !v.is_object()) else { continue };
        let in_array = pointer.rsplit_once('/').and_then(|(p, _)| tree.value.pointer(p)).is_some_and(Value::is_array);
        if in_array {
            continue;
        }
        let source = report.sources.get(place.file);
        let line = source.and_then(|s| s.text.get(..place.from)).map_or(0, |t| t.matches('\n').count() + 1);
        let origin = source.map(|s| (s.path.clone(), line));
        let value = if is_secret(&tree, &path, pointer) { "…".into() } else { value.clone() };
        entries.push(EffectiveSetting { key: dotted(pointer), value, origin });
    }
    let schema = super::doc::schema();
    defaults(&schema, &schema, Some(&tree.value), "", &mut entries);
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(entries)
}

/// Adds the defaults of keys that are not written, also in inner tables.
fn defaults(root: &Value, table: &Value, written: Option<&Value>, at: &str, out: &mut Vec<EffectiveSetting>) {
    for (key, rules, _) in rules::keys(table) {
        let key_at = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
        let written = written.and_then(|w| w.get(key));
        let behind = follow(root, rules);
        if behind.get("properties").is_some() {
            // An optional table without a default is not in force.
            if written.is_some() || rules.get("default").is_some_and(|d| !d.is_null()) || at.is_empty() {
                defaults(root, behind, written, &key_at, out);
            }
        } else if let Some(of_each) = behind.get("additionalProperties").filter(|a| a.is_object() && at.is_empty()) {
            for (name, one) in written.and_then(Value::as_object).into_iter().flatten() {
                defaults(root, follow(root, of_each), Some(one), &format!("{key_at}.{name}"), out);
            }
        } else if let (None, Some(value)) = (written, rules.get("default"))
            && !value.is_null()
            && !value.is_object()
        {
            out.push(EffectiveSetting { key: key_at, value: value.clone(), origin: None });
        }
    }
}

/// Whether the value is a secret. If the plugin cannot be read, every value of its section counts as one.
fn is_secret(tree: &SettingsTree, path: &Path, pointer: &str) -> bool {
    let Some((name, inside)) = pointer.strip_prefix("/transports/").and_then(|p| p.split_once("/config/")) else {
        return false;
    };
    // `{ file = "…" }` only says where a secret is.
    let last = inside.rsplit('/').next().unwrap_or("");
    if inside.contains('/') && ["file", "env", "credential"].contains(&last) {
        return false;
    }
    let value = tree.value.pointer(pointer);
    if value.is_some_and(|v| v.is_boolean() || v.is_number()) {
        return false;
    }
    let at = |pointer: &str| tree.value.pointer(pointer).and_then(Value::as_str);
    let base = path.parent().unwrap_or(Path::new(""));
    let folders = super::plugin_folders(at("/plugin_dir").map(|d| base.join(d)));
    let plugin = at(&format!("/transports/{name}/plugin")).unwrap_or("");
    let plugin = if plugin.contains('/') { base.join(plugin).display().to_string() } else { plugin.to_owned() };
    let manifest = discover::find(&plugin, &folders).and_then(|p| Manifest::read(&p));
    let Ok(manifest) = manifest else { return true };
    let schema = &manifest.config_schema;
    let rules = rules::at(schema, &format!("/{inside}"));
    // An array of tables may have a secret in any of them.
    let whole = value.is_some_and(|v| v.is_array());
    rules.is_none_or(|r| {
        let text = if whole {
            r.to_string() + &rules::inside(r, "").map_or_else(String::new, |i| follow(schema, i).to_string())
        } else {
            follow(schema, r).to_string()
        };
        text.contains("\"x-secret\"") || (whole && text.contains("Secret"))
    })
}

/// The entries as one JSON object by key.
pub(crate) fn object(entries: &[EffectiveSetting], origin: bool) -> Map<String, Value> {
    entries.iter().map(|e| (e.key.clone(), if origin { e.json() } else { e.value.clone() })).collect()
}
