//! The settings in force: written values with their position, and the defaults of the rest. Secrets are hidden.

use super::fault::{SettingsReport, without_passwords};
use super::json_schema::{self as rules, follow};
use super::read::{self, SettingsTree, dotted};
use super::visibility::ValueVisibility;
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
    let visibility = ValueVisibility::of(&tree.value, path.parent().unwrap_or(Path::new("")));
    Ok(entries(&tree, &tree.value, &visibility, &report))
}

/// The keys in force of settings that were read; `written` is the tree as it was written.
pub(super) fn entries(
    tree: &SettingsTree,
    written: &Value,
    visibility: &ValueVisibility,
    report: &SettingsReport,
) -> Vec<EffectiveSetting> {
    let mut entries = Vec::new();
    for (pointer, place) in &tree.values {
        let Some(value) = written.pointer(pointer).filter(|v| !v.is_object()) else { continue };
        let in_array = pointer.rsplit_once('/').and_then(|(p, _)| written.pointer(p)).is_some_and(Value::is_array);
        if in_array {
            continue;
        }
        let source = report.sources.get(place.file);
        let line = source.and_then(|s| s.text.get(..place.from)).map_or(0, |t| t.matches('\n').count() + 1);
        let origin = source.map(|s| (s.path.clone(), line));
        let value = if is_hidden(visibility, written, pointer) { "…".into() } else { printable(value) };
        let inside_secret = visibility.is_inside_secret(pointer);
        let key = match pointer.rsplit_once('/') {
            Some((above, _)) if inside_secret => format!("{}.…", dotted(above)),
            _ => dotted(pointer),
        };
        entries.push(EffectiveSetting { key, value, origin });
    }
    let schema = super::doc::schema();
    defaults(&schema, &schema, Some(written), "", &mut entries);
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

/// A value without the password of a URL.
fn printable(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| without_passwords(text).into())
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

/// Whether the value, or one inside of it, must not be printed.
fn is_hidden(visibility: &ValueVisibility, tree: &Value, pointer: &str) -> bool {
    match tree.pointer(pointer) {
        Some(Value::Array(items)) => (0..items.len()).any(|n| is_hidden(visibility, tree, &format!("{pointer}/{n}"))),
        Some(Value::Object(object)) => {
            object.keys().any(|key| is_hidden(visibility, tree, &format!("{pointer}/{}", read::escape(key))))
        }
        _ => !visibility.is_public(tree, pointer),
    }
}

/// The entries as one JSON object by key.
pub(crate) fn object(entries: &[EffectiveSetting], origin: bool) -> Map<String, Value> {
    entries.iter().map(|e| (e.key.clone(), if origin { e.json() } else { e.value.clone() })).collect()
}
