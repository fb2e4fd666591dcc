//! Finds a plugin's library and reads its manifest.

use crate::cli::context::{CommandContext, folders};
use crate::client::CommandFailure;
use crate::settings;
use clap::ArgMatches;
use rundruf_host::manifest::DeclaredHost;
use rundruf_host::{HostError, Manifest, discover};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A plugin's error as a failure of the command.
pub(super) fn failed(error: &HostError) -> CommandFailure {
    CommandFailure::new("plugin", error.with_cause(), "")
}

/// Finds the library by its name or path.
fn find(context: &CommandContext, name: &str) -> Result<PathBuf, CommandFailure> {
    discover::find(name, &folders(context))
        .map_err(|e| CommandFailure { help: settings::not_found(&e, Path::new("")), ..failed(&e) })
}

/// Finds the library that the argument names and reads its manifest.
pub(super) fn named(context: &CommandContext, m: &ArgMatches) -> Result<(PathBuf, Manifest), CommandFailure> {
    let name = m.get_one::<String>("path").map_or("", String::as_str);
    let path = find(context, name)?;
    let manifest = Manifest::read(&path).map_err(|e| failed(&e))?;
    Ok((path, manifest))
}

/// The manifest as JSON for programs.
pub(super) fn view(path: &Path, m: &Manifest) -> Value {
    json!({
        "path": path.display().to_string(), "id": m.id, "name": m.name, "version": m.version, "abi": m.abi, "channels": m.channels,
        "max_batch": m.max_batch, "max_in_flight": m.max_in_flight, "max_content": m.max_content, "rate_per_s": m.rate_per_s,
        "repeat_is_safe": m.repeat_is_safe, "capabilities": m.capabilities, "hosts": m.hosts.iter().map(DeclaredHost::as_json).collect::<Vec<_>>(), "config_schema": m.config_schema,
        "in_process": m.in_process, "label": m.label.as_json(), "sha256": rundruf_consent::text::hex(&m.sha256),
        "warnings": m.review_notes(now_ms(), &Value::Null).iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// The current time in milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
