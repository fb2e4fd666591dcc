//! Compares the manifest beside a plugin's `Cargo.toml` with the code.

use crate::Transport;
use std::path::Path;

/// Panics unless `manifest.json` agrees with the code: the schema of the settings, the version of the contract, and, in a test that cargo runs,
/// name and version of the crate as `id` and `version`. With `RUNDRUF_BLESS=1` in the environment it writes them there.
///
/// # Panics
/// If they differ, or the file is not a manifest.
pub fn manifest_is_current<T: Transport>(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut manifest: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let schema = serde_json::to_value(schemars::schema_for!(T::Config)).unwrap_or_default();
    let abi = serde_json::json!([rundruf_abi::ABI.major, rundruf_abi::ABI.minor]);
    // Cargo tells a test the folder of its crate.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").is_some_and(|folder| path.parent() == Some(Path::new(&folder)));
    let cargo = |name: &str| std::env::var(name).ok().filter(|_| own).map(serde_json::Value::from);
    let code = [
        ("config_schema", Some(schema)),
        ("abi", Some(abi)),
        ("id", cargo("CARGO_PKG_NAME")),
        ("version", cargo("CARGO_PKG_VERSION")),
    ];
    let code = code.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let other: Vec<_> = code.filter(|(key, value)| manifest.get(*key) != Some(value)).collect();
    if other.is_empty() {
        return;
    }
    let keys: Vec<String> = other.iter().map(|(key, _)| format!("`{key}`")).collect();
    assert!(
        std::env::var_os("RUNDRUF_BLESS").is_some(),
        "{} in {} is not what the code says: run this test with RUNDRUF_BLESS=1",
        keys.join(", "),
        path.display()
    );
    if let Some(object) = manifest.as_object_mut() {
        object.extend(other.into_iter().map(|(key, value)| (key.to_owned(), value)));
    }
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n";
    std::fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
