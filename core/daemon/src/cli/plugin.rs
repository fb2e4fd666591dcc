//! `plugin …`: commands that need no daemon, one file per verb. Their arguments are in `cli/commands/plugin.rs`.

mod check; // checks whether a plugin keeps the contract
mod info; // shows a plugin's manifest
mod library; // finds a library and reads its manifest
mod list; // lists all plugins in the plugin folders
mod new; // writes a new plugin project
mod pin; // writes the digest of a transport's library into the settings
mod run; // sends one message without a daemon

use super::context::CommandContext;
use crate::client::CommandFailure;
use clap::ArgMatches;

/// Runs one verb; returns the exit code.
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
