//! The arguments of `plugin …`, one function per verb; the verbs themselves are in `cli/plugin/`.

use super::help_texts::HelpTexts;
use clap::{Arg, ArgAction, Command, value_parser};
use rundruf_lang::msg;

pub(super) fn plugin(w: &HelpTexts) -> Command {
    w.group("plugin", msg!("daemon-help-plugins"), [list(w), info(w), pin(w), check(w), new(w), run(w)])
}

/// The argument that names a plugin: its name or the path of its library.
fn path(w: &HelpTexts) -> Arg {
    w.arg("path", msg!("daemon-help-name-or-path")).required(true).value_name(w.value("PATH"))
}

fn list(w: &HelpTexts) -> Command {
    w.cmd("list", msg!("daemon-help-all-that-are-found"))
}

fn info(w: &HelpTexts) -> Command {
    let about = msg!("daemon-help-what-a-library-is-and");
    w.cmd("info", about).arg(path(w))
}

fn new(w: &HelpTexts) -> Command {
    let about = msg!("daemon-help-a-project-that-builds-and");
    w.cmd("new", about)
        .arg(w.arg("name", msg!("daemon-help-name-a-z-0-9")).required(true).value_name(w.value("NAME")))
        .arg(w.flag("c", msg!("daemon-help-in-c-instead-of-rust")))
        .arg(w.opt("sdk", "DIR", msg!("daemon-help-folder-of-the-sources-of")))
}

fn run(w: &HelpTexts) -> Command {
    let about = msg!("daemon-help-send-one-message-by-a");
    w.cmd("run", about)
        .arg(path(w))
        .arg(w.opt("to", "ADDRESS", msg!("daemon-help-an-address-of-your-own")).required(true))
        .arg(w.opt("channel", "CHANNEL", msg!("daemon-help-channel-if-the-address-does")))
        .arg(w.opt("settings", "FILE", msg!("daemon-help-the-plugins-settings-toml-or")))
        .arg(w.opt("set", "KEY=VALUE", msg!("daemon-help-one-setting-may-be-repeated")).action(clap::ArgAction::Append))
        .arg(w.opt("text", "TEXT", msg!("daemon-help-what-is-sent")))
        .arg(
            w.opt("isolation", "MODE", msg!("daemon-help-process-or-none"))
                .value_parser(["process", "none"])
                .default_value("process"),
        )
        .arg(w.opt("state", "DIR", msg!("daemon-help-state-folder-else-one-that")))
        .arg(
            w.opt("seconds", "N", msg!("daemon-help-seconds-to-wait"))
                .value_parser(clap::value_parser!(u64).range(0..=86_400))
                .default_value("2"),
        )
}

fn check(w: &HelpTexts) -> Command {
    let about = msg!("daemon-help-29-checks-whether-a-plugin");
    w.cmd("check", about)
        .arg(path(w))
        .arg(w.opt("settings", "FILE", msg!("daemon-help-the-plugins-settings-toml-or-json")))
        .arg(
            w.opt("isolation", "MODE", msg!("daemon-help-how-the-plugin-runs-process"))
                .value_parser(["process", "none", "both"])
                .default_value("process"),
        )
        .arg(w.opt("only", "ID", msg!("daemon-help-this-check-alone-may-be")).action(ArgAction::Append))
        .arg(w.opt("seed", "N", msg!("daemon-help-random-seed")).value_parser(value_parser!(u64)))
        .arg(
            w.opt("seconds", "N", msg!("daemon-help-seconds-of-random-calls"))
                .value_parser(value_parser!(u64).range(1..=86_400)),
        )
}

fn pin(w: &HelpTexts) -> Command {
    let about = msg!("daemon-help-pin-the-library-of-a");
    let name = w.arg("name", msg!("daemon-help-name-of-the-transport")).value_name(w.value("NAME"));
    w.cmd("pin", about)
        .arg(name.required_unless_present("all"))
        .arg(w.flag("all", msg!("daemon-help-all-transports-or-none-of")).conflicts_with("name"))
        .arg(w.flag("dry-run", msg!("daemon-help-only-say-what-would-change")))
}
