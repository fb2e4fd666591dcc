//! The table of commands, with help and examples in German and English.

mod ask; // commands that ask the daemon
mod local; // commands that need no daemon
mod quickstart; // two commands on a fresh machine: this is the first
mod table; // the commands themselves
mod term; // what is printed, and how

use crate::client::{Client, Failure};
use crate::settings;
use crate::speech::Speech;
use clap::ArgMatches;
use std::ffi::OsString;
use term::Term;

/// What every command knows.
pub(crate) struct Context {
    pub(crate) speech: Speech,
    pub(crate) term: Term,
    config: Option<String>,
}

impl Context {
    /// Two texts, one of which is right.
    pub(crate) fn say<'a>(&self, de: &'a str, en: &'a str) -> &'a str {
        self.speech.say(de, en)
    }

    /// The settings' file.
    pub(crate) fn settings(&self) -> std::path::PathBuf {
        settings::find(self.config.as_deref())
    }

    /// The daemon that these settings belong to.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let path = self.settings();
        let socket = settings::check::socket(&path).map_err(|message| {
            let help = self.say("nenne die Einstellungen: --config DATEI", "name the settings: --config FILE");
            Failure::new("no_settings", message, help)
        })?;
        Ok(Client { socket, german: self.speech == Speech::De })
    }
}

/// Runs a command line; returns the exit code: 0 done, 1 refused or failed, 2 wrong usage.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.collect();
    let speech = Speech::find(&args);
    let matches = match table::command(speech).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version are no mistakes.
            let code = u8::from(error.use_stderr()) * 2;
            let _ = error.print();
            return code;
        }
    };
    let context = Context {
        speech,
        term: Term::new(matches.get_flag("json"), matches.get_flag("quiet")),
        config: matches.get_one::<String>("config").cloned(),
    };
    let Some((name, matches)) = matches.subcommand() else { return 2 };
    match dispatch(&context, name, matches) {
        Ok(code) => code,
        Err(failure) => {
            context.term.failure(&failure, speech);
            1
        }
    }
}

fn dispatch(context: &Context, name: &str, matches: &ArgMatches) -> Result<u8, Failure> {
    let sub = matches.subcommand();
    match (name, sub) {
        ("serve", _) => crate::life::serve(&context.settings(), context.speech)
            .map_err(|text| Failure::new("start", text.trim_end().to_owned(), "")),
        ("quickstart", _) => quickstart::run(context, matches),
        ("config", Some((verb, m))) => local::config(context, verb, m),
        ("plugin", Some((verb, m))) => local::plugin(context, verb, m),
        ("log", Some(("verify", m))) => local::log_verify(context, m),
        ("completions", _) => local::completions(context, matches),
        ("man", _) => local::man(context, matches),
        ("list", Some(("create", m))) => local::list_create(context, m),
        _ => {
            let runtime = crate::life::runtime().map_err(|e| Failure::new("runtime", e.to_string(), ""))?;
            let code = runtime.block_on(ask::run(context, name, matches));
            runtime.shutdown_background();
            code
        }
    }
}
