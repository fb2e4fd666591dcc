//! The manifest beside a plugin's `Cargo.toml` says what the code says.

use crate::Transport;
use std::path::Path;

/// Insists that `manifest.json` says what the code says: the schema of the settings and the version of the contract. With `RUNDRUF_BLESS=1` in
/// the environment it writes both there.
///
/// # Panics
/// If they differ, or the file is no manifest.
pub fn manifest_is_current<T: Transport>(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut manifest: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let schema = serde_json::to_value(schemars::schema_for!(T::Config)).unwrap_or_default();
    let abi = serde_json::json!([rundruf_abi::ABI.major, rundruf_abi::ABI.minor]);
    if manifest.get("config_schema") == Some(&schema) && manifest.get("abi") == Some(&abi) {
        return;
    }
    assert!(
        std::env::var_os("RUNDRUF_BLESS").is_some(),
        "the settings' schema or the contract's version in {} is not that of the code: run this test with RUNDRUF_BLESS=1",
        path.display()
    );
    if let Some(object) = manifest.as_object_mut() {
        object.insert("config_schema".into(), schema);
        object.insert("abi".into(), abi);
    }
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default() + "\n";
    std::fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
