//! Runs a command line: parses it, calls the command, prints a failure. Help and examples are in German and English.

mod api; // commands that send a request to the daemon
mod backup; // `backup`, `restore`, `log fork`
mod commands; // the table of commands, arguments and help texts
mod context; // what every command gets from the command line
mod inbox_try; // `inbox try`: what replies mean
mod local; // commands that need no daemon
mod offline_audit; // entries in the audit log about commands that work on files
mod output; // how results, remarks and failures are printed
mod plugin; // `plugin …`, one file per verb
mod quickstart; // `quickstart`: the first of two commands on a fresh machine
mod text_file; // texts as people save them
mod transport_setup; // `transport setup`: linking, registering, making keys
mod usage; // errors of a mistyped command line

use crate::client::CommandFailure;
use crate::lang;
use clap::ArgMatches;
use context::CommandContext;
use output::Output;
use std::ffi::OsString;

/// Runs a command line; returns the exit code: 0 done, 1 refused or failed, 2 wrong usage.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> u8 {
    let mut args: Vec<OsString> = args.collect();
    let language = lang::from_arguments(&args);
    // `rundruf help import` is `rundruf import --help`.
    let option =
        |n: usize| n.checked_sub(1).and_then(|n| args.get(n)).is_some_and(|a| a == "--lang" || a == "--config");
    let first =
        (1..args.len()).find(|n| !args.get(*n).is_some_and(|a| a.as_encoded_bytes().starts_with(b"-")) && !option(*n));
    if let Some(at) = first.filter(|n| args.get(*n).is_some_and(|a| a == "help")) {
        args.remove(at);
        args.push("--help".into());
    }
    let json = args.iter().any(|a| a == "--json");
    let matches = match commands::command(language).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return usage::tell(&error, Output::new(json, false, language), language),
    };
    let context = CommandContext {
        language,
        output: Output::new(matches.get_flag("json"), matches.get_flag("quiet"), language),
        config: matches.get_one::<String>("config").cloned(),
    };
    let Some((name, matches)) = matches.subcommand() else { return 2 };
    match dispatch(&context, name, matches) {
        Ok(code) => code,
        Err(failure) => {
            context.output.failure(&failure);
            if failure.code == "usage" { 2 } else { 1 }
        }
    }
}

fn dispatch(context: &CommandContext, name: &str, matches: &ArgMatches) -> Result<u8, CommandFailure> {
    let sub = matches.subcommand();
    // What a command writes holds people's data, and only its user may read it; these write what others are to read.
    let is_for_others =
        matches!(name, "man" | "completions" | "plugin") || matches!((name, sub), ("list", Some(("create", _))));
    if !is_for_others {
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    }
    match (name, sub) {
        ("serve", _) => crate::daemon::serve(&context.settings(), context.language),
        ("quickstart", _) => quickstart::run(context, matches),
        ("config", Some((verb, m))) => local::config(context, verb, m),
        ("plugin", Some((verb, m))) => plugin::run(context, verb, m),
        ("transport", Some(("setup", m))) => transport_setup::run(context, m),
        ("log", Some(("verify", m))) if m.contains_id("file") => local::log_verify(context, m),
        ("inbox", Some(("try", m))) => inbox_try::run(context, m),
        ("log", Some(("fork", m))) => backup::fork(context, m),
        ("backup", _) => backup::backup(context, matches),
        ("restore", _) => backup::restore(context, matches),
        ("completions", _) => local::completions(context, matches),
        ("man", _) => local::man(context, matches),
        _ => {
            let runtime = crate::daemon::runtime().map_err(|e| CommandFailure::new("runtime", e.to_string(), ""))?;
            let code = runtime.block_on(api::run(context, name, matches));
            runtime.shutdown_background();
            code
        }
    }
}
