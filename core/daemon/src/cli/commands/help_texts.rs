//! Arguments and headings in the reader's language.

use clap::{Arg, ArgAction, Command};
use rundruf_lang::{Language, Message, msg};

/// Makes commands and arguments with texts in the reader's language.
pub(super) struct HelpTexts(pub(super) Language);

impl HelpTexts {
    pub(super) fn t(&self, help: Message) -> String {
        help.text(self.0)
    }

    /// The name of a value in the reader's language: of its words in capitals those that the catalogue has; `.zip`, `|` and the rest stay.
    pub(super) fn value(&self, name: &str) -> String {
        let mut out = String::new();
        let mut rest = name;
        while !rest.is_empty() {
            let word = rest.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(word);
            match Message::find(&format!("daemon-value-{}", word.to_lowercase())) {
                Some(found) if !word.is_empty() => out.push_str(&self.t(found)),
                _ => out.push_str(word),
            }
            let next = tail.find(|c: char| c.is_ascii_uppercase()).unwrap_or(tail.len());
            let (between, tail) = tail.split_at(next);
            out.push_str(between);
            rest = tail;
        }
        out
    }

    pub(super) fn cmd(&self, name: &'static str, help: Message) -> Command {
        self.with_headings(Command::new(name).about(self.t(help)))
    }

    /// Sets the headings and the help flag of a command in the reader's language.
    pub(super) fn with_headings(&self, command: Command) -> Command {
        let usage = self.t(msg!("daemon-help-usage"));
        command
            .help_template(format!("{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}\n"))
            .subcommand_help_heading(self.t(msg!("daemon-help-commands")))
            .subcommand_value_name(self.value("COMMAND"))
            .disable_help_flag(true)
            .disable_help_subcommand(true)
            .disable_version_flag(true)
    }

    pub(super) fn bare(&self, name: &'static str, help: Message) -> Arg {
        Arg::new(name).help(self.t(help)).help_heading(self.t(msg!("daemon-help-options")))
    }

    pub(super) fn arg(&self, name: &'static str, help: Message) -> Arg {
        self.bare(name, help).help_heading(self.t(msg!("daemon-help-arguments"))).hide_possible_values(true)
    }

    pub(super) fn opt(&self, name: &'static str, value: &'static str, help: Message) -> Arg {
        self.bare(name, help)
            .hide_possible_values(true)
            .hide_default_value(true)
            .long(name)
            .value_name(self.value(value))
    }

    pub(super) fn flag(&self, name: &'static str, help: Message) -> Arg {
        self.bare(name, help).long(name).action(ArgAction::SetTrue)
    }

    /// The arguments that every command accepts.
    pub(super) fn global_args(&self) -> [Arg; 5] {
        let config = self.opt("config", "FILE", msg!("daemon-help-settings-else-rundruf-config-rundruf"));
        let json = self.flag("json", msg!("daemon-help-output-for-programs"));
        let quiet = self.flag("quiet", msg!("daemon-help-nothing-but-failures")).short('q');
        let lang = self.opt("lang", "de|en", msg!("daemon-help-language-else-the-systems"));
        let help = self.flag("help", msg!("daemon-help-this-help")).short('h').action(ArgAction::Help);
        let heading = self.t(msg!("daemon-help-everywhere"));
        [config, json, quiet, lang.value_parser(["de", "en"]), help]
            .map(|a| a.global(true).help_heading(heading.clone()))
    }

    pub(super) fn group(&self, name: &'static str, help: Message, subs: impl IntoIterator<Item = Command>) -> Command {
        self.cmd(name, help).subcommands(subs).subcommand_required(true).arg_required_else_help(true)
    }

    pub(super) fn address(&self) -> Arg {
        self.arg("address", msg!("daemon-help-address-such-as-email-anna"))
            .required(true)
            .value_name(self.value("ADDRESS"))
    }

    pub(super) fn list(&self) -> Arg {
        self.opt("list", "LIST", msg!("daemon-help-name-of-the-list"))
    }

    pub(super) fn id(&self) -> Arg {
        self.arg("id", msg!("daemon-help-number-of-the-broadcast"))
            .required(true)
            .value_name(self.value("ID"))
            .value_parser(clap::value_parser!(i64))
    }
}
