//! Checks a plugin's own section outside the daemon's settings (a file and arguments), by the same rules.

use super::check::SettingsChecker;
use super::fault::{SettingsReport, SourceSpan};
use super::read::{self, SettingsTree, escape};
use super::visibility::ValueVisibility;
use rundruf_host::Manifest;
use rundruf_lang::Language;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The section's path in the daemon's settings, used to name faults.
const AT: &str = "/transports/run/config";

type SpanByPointer = BTreeMap<String, SourceSpan>;

/// Returns the section as JSON with secrets filled in, or all faults.
pub(crate) fn read(
    file: Option<&Path>,
    set: &[(String, Value)],
    manifest: &Manifest,
    language: Language,
) -> Result<String, SettingsReport> {
    let mut report = SettingsReport::default();
    let file = file.map(|f| std::path::absolute(f).unwrap_or_else(|_| f.to_owned()));
    let read = file.as_deref().map(|file| read::read(file, &mut report)).unwrap_or_default();
    let moved = |places: SpanByPointer| -> SpanByPointer {
        places.into_iter().map(|(pointer, place)| (format!("{AT}{pointer}"), place)).collect()
    };
    let mut own = match read.value {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    let (mut keys, mut values) = (moved(read.keys), moved(read.values));
    for (key, value) in set {
        // A value from an argument has no position in the file.
        keys.remove(&format!("{AT}/{}", escape(key)));
        values.remove(&format!("{AT}/{}", escape(key)));
        own.insert(key.clone(), value.clone());
    }
    let value = json!({ "transports": { "run": { "config": own } } });
    let mut tree = SettingsTree { value, keys, values, damaged: read.damaged, unclear: read.unclear };
    let here = std::env::current_dir().unwrap_or_default();
    let base = file.as_deref().and_then(Path::parent).unwrap_or(&here).to_owned();
    let mut checker = SettingsChecker::new(&mut report, language, base, file.unwrap_or_default(), !tree.damaged);
    let visibility = ValueVisibility::of_plugin("run", manifest);
    checker.report.masks = visibility.masks(&tree, &tree.value, checker.report.sources.len());
    checker.secrets(&mut tree);
    let own = tree.value.pointer(AT).cloned().unwrap_or_default();
    let config = checker.section(&tree, AT, own, manifest);
    report.sort();
    if report.faults.is_empty() { Ok(config) } else { Err(report) }
}
