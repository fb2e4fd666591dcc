//! Settings for the set-up of a transport: what the set-up is to make may be missing.

use super::ResolvedSettings;
use super::check::checked;
use super::fault::SettingsReport;
use super::read::{self, dotted};
use rundruf_host::Manifest;
use rundruf_host::manifest::settings_walk::{self, PathKind};
use rundruf_lang::{Language, msg};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The settings for the set-up of a transport.
pub(crate) struct SetupSettings {
    pub(crate) resolved: ResolvedSettings,
    /// Files that settings of the plugin name: key → path. They may be missing.
    pub(crate) files: BTreeMap<String, PathBuf>,
}

/// Checks the settings for the set-up of a transport: files that its settings name may be missing, because the set-up is to make them.
///
/// # Errors
/// The faults.
pub(crate) fn for_setup(path: &Path, language: Language, name: &str) -> Result<SetupSettings, SettingsReport> {
    let (mut report, resolved) = checked(path, language, false, Some(name));
    let Some(resolved) = resolved else { return Err(report) };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let tree = read::read(&path, &mut SettingsReport::default());
    let pointer = format!("/transports/{}/config", read::escape(name));
    let written = tree.value.pointer(&pointer).cloned().unwrap_or_default();
    let Some(transport) = resolved.engine.transports.iter().find(|t| t.name == name) else {
        return Ok(SetupSettings { resolved, files: BTreeMap::new() });
    };
    let manifest = match Manifest::read(&transport.library) {
        Ok(manifest) => manifest,
        Err(error) => {
            report.fault(None, &dotted(&pointer), error.with_cause(), msg!("daemon-plugin-info-shows-file"));
            return Err(report);
        }
    };
    let config = serde_json::from_str(&transport.config).unwrap_or_default();
    let base = path.parent().unwrap_or(Path::new("/"));
    let files = named_files(&written, &config, &manifest.config_schema, base).into_iter().collect();
    Ok(SetupSettings { resolved, files })
}

/// The files that settings of a transport name: those that its schema marks, and those of secrets.
fn named_files(written: &Value, resolved: &Value, schema: &Value, base: &Path) -> Vec<(String, PathBuf)> {
    let texts = settings_walk::texts(schema, resolved);
    let marked = texts.iter().filter(|text| text.path_kind() == Some(PathKind::File));
    let marked = marked.map(|text| (text.pointer.trim_start_matches('/').replace('/', "."), PathBuf::from(text.text)));
    let secrets = written.as_object().into_iter().flatten().filter_map(|(key, value)| {
        let file = value.as_object().filter(|table| table.len() == 1)?.get("file")?.as_str()?;
        Some((key.clone(), base.join(file)))
    });
    marked.chain(secrets).collect()
}
