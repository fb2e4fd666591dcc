//! `plugin …`: none of these needs a daemon. One file for each verb; `cli/table/plugin.rs` has their arguments.

mod check; // whether it keeps the contract
mod info; // what a library is, for a person
mod list; // all that are found
mod new; // a project to begin with
mod pin; // the digest of a transport's library, into the settings
mod run; // one message, without a daemon

use super::CommandContext;
use super::local::folders;
use crate::client::CommandFailure;
use crate::settings;
use clap::ArgMatches;
use rundruf_host::{HostError, Manifest, discover};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// One of the verbs.
pub(super) fn run(context: &CommandContext, verb: &str, m: &ArgMatches) -> Result<u8, CommandFailure> {
    match verb {
        "list" => list::run(context),
        "new" => new::run(context, m),
        "run" => run::run(context, m),
        "check" => check::run(context, m),
        "pin" => pin::run(context, m),
        _ => info::run(context, m),
    }
}

/// What a library's fault is, and what can be done.
fn failed(error: &HostError) -> CommandFailure {
    CommandFailure::new("plugin", crate::daemon::chain(error), "")
}

/// The library that a name or path means.
fn find(context: &CommandContext, name: &str) -> Result<PathBuf, CommandFailure> {
    discover::find(name, &folders(context))
        .map_err(|e| CommandFailure { help: settings::not_found(&e, Path::new("")), ..failed(&e) })
}

/// The library that a name or path means, and what it says of itself.
fn named(context: &CommandContext, m: &ArgMatches) -> Result<(PathBuf, Manifest), CommandFailure> {
    let name = m.get_one::<String>("path").map_or("", String::as_str);
    let path = find(context, name)?;
    let manifest = Manifest::read(&path).map_err(|e| failed(&e))?;
    Ok((path, manifest))
}

/// The manifest for programs.
fn view(path: &Path, m: &Manifest) -> Value {
    json!({
        "path": path.display().to_string(), "id": m.id, "name": m.name, "version": m.version, "abi": m.abi, "channels": m.channels,
        "max_batch": m.max_batch, "max_in_flight": m.max_in_flight, "max_content": m.max_content, "rate_per_s": m.rate_per_s,
        "repeat_is_safe": m.repeat_is_safe, "capabilities": m.capabilities, "hosts": info::hosts_view(m), "config_schema": m.config_schema,
        "in_process": m.in_process, "label": m.label.as_json(), "sha256": rundruf_consent::text::hex(&m.sha256),
        "warnings": m.review_notes(now_ms(), &Value::Null),
    })
}

/// Now, in milliseconds since 1970.
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
