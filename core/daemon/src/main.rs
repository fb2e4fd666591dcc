//! The binary `rundruf`: settings, command line, service daemon cycle.
#![forbid(unsafe_code)]

mod cli; // the table of commands
mod client; // the local API, asked
mod daemon; // start order, signals, ready, stop
mod logging; // format and levels
mod settings; // TOML → what the program uses, or all faults
mod speech; // German or English

use std::process::ExitCode;

fn main() -> ExitCode {
    // First of all: a plugin's process has no settings, no log and no runtime of ours.
    if std::env::args_os().nth(1).is_some_and(|a| a == "plugin-host") {
        return ExitCode::from(u8::try_from(rundruf_host::child::main()).unwrap_or(1));
    }
    if std::env::args_os().nth(1).is_some_and(|a| a == "plugin-check") {
        return ExitCode::from(u8::try_from(rundruf_check::child()).unwrap_or(1));
    }
    ExitCode::from(cli::run(std::env::args_os()))
}
