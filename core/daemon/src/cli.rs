//! The table of commands, with help and examples in German and English.

mod ask; // commands that ask the daemon
mod local; // commands that need no daemon
mod plugin; // `plugin …`, one file for each verb
mod quickstart; // two commands on a fresh machine: this is the first
mod table; // the commands themselves
mod term; // what is printed, and how
mod usage; // what a mistyped command line is told

use crate::client::{Client, Failure};
use crate::settings;
use crate::speech;
use clap::ArgMatches;
use rundruf_lang::{Language, msg};
use std::ffi::OsString;
use term::Term;

/// What every command knows.
pub(crate) struct Context {
    pub(crate) language: Language,
    pub(crate) term: Term,
    config: Option<String>,
}

impl Context {
    /// The settings' file.
    pub(crate) fn settings(&self) -> std::path::PathBuf {
        settings::find(self.config.as_deref())
    }

    /// The daemon that these settings belong to.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let path = self.settings();
        let socket = settings::socket(&path).map_err(|message| {
            let help = msg!("daemon-settings-places");
            Failure::new("no_settings", message, help)
        })?;
        Ok(Client { socket, language: self.language })
    }
}

/// Runs a command line; returns the exit code: 0 done, 1 refused or failed, 2 wrong usage.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> u8 {
    let mut args: Vec<OsString> = args.collect();
    let language = speech::from_arguments(&args);
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
    let matches = match table::command(language).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return usage::tell(&error, Term::new(json, false, language), language),
    };
    let context = Context {
        language,
        term: Term::new(matches.get_flag("json"), matches.get_flag("quiet"), language),
        config: matches.get_one::<String>("config").cloned(),
    };
    let Some((name, matches)) = matches.subcommand() else { return 2 };
    match dispatch(&context, name, matches) {
        Ok(code) => code,
        Err(failure) => {
            context.term.failure(&failure);
            if failure.code == "usage" { 2 } else { 1 }
        }
    }
}

fn dispatch(context: &Context, name: &str, matches: &ArgMatches) -> Result<u8, Failure> {
    let sub = matches.subcommand();
    match (name, sub) {
        ("serve", _) => crate::life::serve(&context.settings(), context.language),
        ("quickstart", _) => quickstart::run(context, matches),
        ("config", Some((verb, m))) => local::config(context, verb, m),
        ("plugin", Some((verb, m))) => plugin::run(context, verb, m),
        ("log", Some(("verify", m))) if m.contains_id("file") => local::log_verify(context, m),
        ("completions", _) => local::completions(context, matches),
        ("man", _) => local::man(context, matches),
        _ => {
            let runtime = crate::life::runtime().map_err(|e| Failure::new("runtime", e.to_string(), ""))?;
            let code = runtime.block_on(ask::run(context, name, matches));
            runtime.shutdown_background();
            code
        }
    }
}
