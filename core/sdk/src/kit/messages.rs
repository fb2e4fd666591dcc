//! Compares the translations in a manifest with what the sources say.

use std::path::Path;

/// Panics unless each English sentence in `messages` of the manifest is one that the sources say: its words, with anything in its holes. A sentence
/// that was changed in the code alone would be quoted in English.
///
/// # Panics
/// If one is not said, or a file cannot be read.
pub fn messages_are_said(manifest: &Path, sources: &Path) {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let value: serde_json::Value = serde_json::from_str(&read(manifest)).unwrap_or_default();
    // Name and label are shown to people as well.
    let shown = ["name", "label"].iter().filter_map(|key| value.get(key));
    let mut said: String = shown.map(texts).collect();
    let mut folders = vec![sources.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                said.push_str(&read(&path).replace("\\\"", "\""));
            }
        }
    }
    let languages = value.get("messages").and_then(serde_json::Value::as_object).into_iter().flatten();
    for (language, sentences) in languages {
        for sentence in sentences.as_object().into_iter().flatten().map(|(english, _)| english) {
            let mut words = sentence.split('{').flat_map(|part| match part.split_once('}') {
                Some((name, rest)) if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => ["", rest],
                _ => [part, ""],
            });
            let missing = words.find(|words| !said.contains(words.trim()));
            assert!(missing.is_none(), "{language}: `{sentence}` is not said by the sources: {missing:?}");
        }
    }
}

/// The texts in a value, one a line.
fn texts(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => format!("{text}\n"),
        serde_json::Value::Array(items) => items.iter().map(texts).collect(),
        serde_json::Value::Object(object) => object.values().map(texts).collect(),
        _ => String::new(),
    }
}
