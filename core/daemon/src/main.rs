//! The binary `rundruf`: settings, command line, and the daemon from its start to its stop.
#![forbid(unsafe_code)]

mod cli; // the command line
mod client; // the client of the local API
mod daemon; // start order, signals, readiness, stop
mod lang;
mod logging; // format and level of log lines
mod settings; // reads and checks settings: the result, or all faults // the reader's language

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: a plugin's process has no settings, logger or runtime of the daemon.
    if std::env::args_os().nth(1).is_some_and(|a| a == "plugin-host") {
        return ExitCode::from(u8::try_from(rundruf_host::child::main()).unwrap_or(1));
    }
    if std::env::args_os().nth(1).is_some_and(|a| a == "plugin-check") {
        return ExitCode::from(u8::try_from(rundruf_check::child()).unwrap_or(1));
    }
    ExitCode::from(cli::run(std::env::args_os()))
}
