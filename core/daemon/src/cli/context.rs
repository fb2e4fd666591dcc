//! What every command gets from the command line.

use super::output::Output;
use crate::client::{ApiClient, CommandFailure};
use crate::settings;
use rundruf_lang::{Language, msg};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What every command gets from the command line: language, settings file, output.
pub(crate) struct CommandContext {
    pub(crate) language: Language,
    pub(crate) output: Output,
    /// The option `--config`.
    pub(crate) config: Option<String>,
}

impl CommandContext {
    /// Path of the settings file.
    pub(crate) fn settings(&self) -> PathBuf {
        settings::find(self.config.as_deref())
    }

    /// A client for the daemon that these settings belong to.
    pub(crate) fn client(&self) -> Result<ApiClient, CommandFailure> {
        let path = self.settings();
        let socket = settings::socket(&path).map_err(|message| {
            let help = msg!("daemon-settings-places");
            CommandFailure::new("no_settings", message, help)
        })?;
        Ok(ApiClient { socket, language: self.language })
    }
}

/// The folders where plugins are looked for.
pub(super) fn folders(context: &CommandContext) -> Vec<PathBuf> {
    let mut report = settings::fault::SettingsReport::default();
    let path = context.settings();
    let tree = settings::read::read(&path, &mut report);
    let given = tree.value.get("plugin_dir").and_then(Value::as_str);
    settings::plugin_folders(given.map(|d| path.parent().unwrap_or(Path::new("")).join(d)))
}
