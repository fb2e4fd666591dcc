//! The table of commands and their arguments. Names are a contract: add, do not rename.

mod broadcast; // `broadcast …`
mod help_texts; // arguments and headings in the reader's language
mod plugin; // `plugin …`

use clap::{Arg, ArgAction, Command};
use help_texts::HelpTexts;
use rundruf_lang::{Language, msg};

/// The whole table of commands.
pub(crate) fn command(language: Language) -> Command {
    let w = HelpTexts(language);
    w.with_headings(Command::new("rundruf"))
        .version(env!("CARGO_PKG_VERSION"))
        .about(w.t(msg!("daemon-help-one-message-to-all-who")))
        .after_help(w.t(msg!("daemon-help-examples-rundruf-quickstart-rundruf-config")))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(w.global_args())
        .arg(w.flag("version", msg!("daemon-help-version")).short('V').action(ArgAction::Version))
        .subcommands([
            serve(&w),
            quickstart(&w),
            config(&w),
            list(&w),
            contact(&w),
            import(&w),
            consent(&w),
            inbox(&w),
            broadcast::broadcast(&w),
            transport(&w),
        ])
        .subcommands([plugin::plugin(&w), log(&w), audit(&w), clock(&w), backup(&w), restore(&w), doctor(&w)])
        .subcommands([completions(&w), man(&w)])
}

fn serve(w: &HelpTexts) -> Command {
    w.cmd("serve", msg!("daemon-help-the-daemon-runs-until-sigterm"))
}

fn quickstart(w: &HelpTexts) -> Command {
    w.cmd("quickstart", msg!("daemon-help-try-everything-in-a-few"))
        .arg(w.arg("dir", msg!("daemon-help-folder-else-rundruf-quickstart")).value_name(w.value("DIR")))
        .arg(w.flag("once", msg!("daemon-help-end-afterwards")))
}

fn config(w: &HelpTexts) -> Command {
    let file = || w.arg("file", msg!("daemon-help-settings-file")).value_name(w.value("FILE"));
    w.group(
        "config",
        msg!("daemon-help-check-and-explain-settings"),
        [
            w.cmd("check", msg!("daemon-help-all-faults-at-once-with")).arg(file()),
            w.cmd("schema", msg!("daemon-help-json-schema-of-the-settings")),
            w.cmd("sample", msg!("daemon-help-a-file-with-every-key")),
            w.cmd("explain", msg!("daemon-help-what-a-key-means")).arg(
                w.arg("key", msg!("daemon-help-key-such-as-web-listen")).required(true).value_name(w.value("KEY")),
            ),
            w.cmd("show", msg!("daemon-help-the-settings-in-force-secrets"))
                .arg(w.flag("origin", msg!("daemon-help-with-file-and-line"))),
        ],
    )
}

fn list(w: &HelpTexts) -> Command {
    let name = || w.arg("name", msg!("daemon-help-name-a-z-0-9")).required(true).value_name(w.value("NAME"));
    w.group(
        "list",
        msg!("daemon-help-lists-what-people-can-say"),
        [
            w.cmd("show", msg!("daemon-help-all-lists-with-numbers")).visible_alias("list"),
            w.cmd("create", msg!("daemon-help-new-list-in-conf-d"))
                .arg(name())
                .arg(w.opt("title", "TITLE", msg!("daemon-help-title-that-people-read")).required(true))
                .arg(w.opt("purpose", "PURPOSE", msg!("daemon-help-the-one-purpose")).required(true))
                .arg(
                    w.opt("transport", "NAME", msg!("daemon-help-transport-repeated-in-order-of"))
                        .required(true)
                        .visible_alias("transports")
                        .value_delimiter(',')
                        .action(ArgAction::Append),
                ),
            w.cmd("changed", msg!("daemon-help-a-held-list-goes-on"))
                .arg(name())
                .arg(w.flag("same-purpose", msg!("daemon-help-the-same-in-other-words")).required(true))
                .arg(w.opt("reason", "TEXT", msg!("daemon-help-why-it-is-the-same")).required(true)),
            w.cmd("close", msg!("daemon-help-close-a-list-for-good"))
                .arg(name())
                .arg(w.flag("yes", msg!("daemon-help-do-not-ask"))),
        ],
    )
}

/// What is known about a person.
fn person_args(w: &HelpTexts) -> [Arg; 4] {
    [
        w.opt("first-name", "NAME", msg!("daemon-help-first-name")),
        w.opt("last-name", "NAME", msg!("daemon-help-last-name")),
        w.opt("language", "TAG", msg!("daemon-help-language-such-as-de-or")),
        w.opt("var", "KEY=VALUE", msg!("daemon-help-further-variable-may-be-repeated")).action(ArgAction::Append),
    ]
}

fn contact(w: &HelpTexts) -> Command {
    let who =
        |name| w.arg(name, msg!("daemon-help-number-or-address")).required(true).value_name(w.value("ID|ADDRESS"));
    w.group(
        "contact",
        msg!("daemon-help-people-and-their-addresses"),
        [
            w.cmd("add", msg!("daemon-help-add-nothing-is-sent"))
                .arg(
                    w.arg("addresses", msg!("daemon-help-addresses-such-as-email-anna"))
                        .value_name(w.value("ADDRESS"))
                        .num_args(1..)
                        .required_unless_present("address"),
                )
                .arg(
                    w.opt("address", "CHANNEL:ADDRESS", msg!("daemon-help-address-may-be-repeated"))
                        .action(ArgAction::Append),
                )
                .args(person_args(w)),
            w.cmd("show", msg!("daemon-help-one-person")).arg(who("who")),
            w.cmd("edit", msg!("daemon-help-contact-edit")).arg(who("who")).args(person_args(w)),
            w.cmd("merge", msg!("daemon-help-contact-merge")).arg(who("keep")).arg(who("gone")),
            w.cmd("revive", msg!("daemon-help-contact-revive")).arg(who("who")),
            w.cmd("export", msg!("daemon-help-everything-about-one-person"))
                .arg(who("who"))
                .arg(w.opt("output", "FILE.zip|DIR", msg!("daemon-help-zip-or-folder")).short('o').required(true)),
            w.cmd("erase", msg!("daemon-help-forget-one-person"))
                .arg(who("who"))
                .arg(w.flag("only", msg!("daemon-help-only-this-address")))
                .arg(w.flag("yes", msg!("daemon-help-do-not-ask"))),
            w.cmd("hold", msg!("daemon-help-contact-hold"))
                .arg(who("who"))
                .arg(w.opt("until", "DATE", msg!("daemon-help-hold-until")).required(true))
                .arg(w.opt("reason", "TEXT", msg!("daemon-help-hold-reason")).required(true)),
            w.cmd("release", msg!("daemon-help-contact-release"))
                .arg(who("who"))
                .arg(w.opt("reason", "TEXT", msg!("daemon-help-hold-reason")).required(true)),
            w.cmd("find", msg!("daemon-help-search"))
                .visible_alias("list")
                .arg(w.arg("text", msg!("daemon-help-text-in-address-or-variables")).value_name(w.value("TEXT"))),
        ],
    )
}

fn import(w: &HelpTexts) -> Command {
    w.cmd("import", msg!("daemon-help-add-many-from-a-file"))
        .arg(w.arg("file", msg!("daemon-help-file")).required(true).value_name(w.value("FILE")))
        .arg(w.opt("format", "FORMAT", msg!("daemon-help-csv")).default_value("csv").value_parser(["csv"]))
        .arg(w.list().required(true))
        .arg(
            w.opt("evidence", "CLASS", msg!("daemon-help-a-full-proof-per-person"))
                .required(true)
                .value_parser(["A", "C"])
                .ignore_case(true),
        )
        .arg(w.opt("map", "FILE", msg!("daemon-help-toml-our-column-their-header")))
        .arg(w.opt("set", "COLUMN=VALUE", msg!("daemon-help-import-set")).action(ArgAction::Append))
        .arg(w.opt("keep", "HEADING", msg!("daemon-help-import-keep")).action(ArgAction::Append))
        .arg(w.flag("keep-all", msg!("daemon-help-import-keep-all")))
        .arg(w.opt("dates", "dmy|mdy", msg!("daemon-help-import-dates")).value_parser(["dmy", "mdy"]))
        .arg(w.opt("report", "FILE", msg!("daemon-help-report-else-file-report-jsonl")))
        .arg(w.flag("update", msg!("daemon-help-import-update")))
        .arg(w.flag("dry-run", msg!("daemon-help-check-only")))
        .after_help(w.t(msg!("daemon-help-import-more")))
}

fn consent(w: &HelpTexts) -> Command {
    w.group(
        "consent",
        msg!("daemon-help-consents"),
        [
            w.cmd("show", msg!("daemon-help-all-of-an-address")).visible_alias("list").arg(w.address()),
            w.cmd("request", msg!("daemon-help-ask-for-confirmation-double-opt"))
                .arg(w.address())
                .arg(w.list().required(true))
                .arg(w.opt("language", "TAG", msg!("daemon-help-language-of-the-texts")))
                .arg(w.flag("person-asked", msg!("daemon-help-the-person-asked-for-it")).requires("source"))
                .arg(w.opt("source", "TEXT", msg!("daemon-help-where-the-person-asked")).requires("person-asked")),
            w.cmd("withdraw", msg!("daemon-help-enter-a-withdrawal"))
                .arg(w.address().required(false).required_unless_present("file").conflicts_with("file"))
                .arg(w.opt("file", "FILE", msg!("daemon-help-withdrawals-from-a-file")))
                .arg(w.opt("channel", "CHANNEL", msg!("daemon-help-channel-if-the-address-does")).requires("file"))
                .arg(w.opt("list", "LIST", msg!("daemon-help-only-this-list")))
                .arg(w.flag("all", msg!("daemon-help-all-lists")).conflicts_with("list")),
            w.cmd("stops-complete", msg!("daemon-help-stops-complete"))
                .arg(w.opt("reason", "TEXT", msg!("daemon-help-stops-reason")).required(true)),
            w.cmd("proof", msg!("daemon-help-proof-as-a-zip-checked"))
                .arg(w.address())
                .arg(w.list().required(true))
                .arg(w.opt("output", "FILE.zip", msg!("daemon-help-file")).short('o').required(true)),
        ],
    )
}

fn inbox(w: &HelpTexts) -> Command {
    let id = || {
        w.arg("id", msg!("daemon-help-number-of-the-message"))
            .required(true)
            .value_name(w.value("ID"))
            .value_parser(clap::value_parser!(i64))
    };
    w.group(
        "inbox",
        msg!("daemon-help-what-waits-for-a-person"),
        [
            w.cmd("list", msg!("daemon-help-all-that-waits")).arg(w.flag("all", msg!("daemon-help-also-what-is-done"))),
            w.cmd("show", msg!("daemon-help-one-message-with-its-text")).arg(id()),
            w.cmd("reply", msg!("daemon-help-answer-the-sender"))
                .arg(id())
                .arg(w.arg("text", msg!("daemon-help-text-of-the-answer")).required(true).value_name(w.value("TEXT"))),
            w.cmd("assign", msg!("daemon-help-who-takes-care-of-it"))
                .arg(id())
                .arg(w.arg("text", msg!("daemon-help-a-name")).required(true).value_name(w.value("NAME"))),
            w.cmd("done", msg!("daemon-help-nothing-more-is-to-be-done"))
                .arg(id())
                .arg(w.opt("note", "TEXT", msg!("daemon-help-a-remark")).id("text")),
            w.cmd("resolve", msg!("daemon-help-end-a-hold"))
                .arg(id())
                .arg(
                    w.opt("as", "continue|stop", msg!("daemon-help-whether-messages-go-on"))
                        .required(true)
                        .value_parser(["continue", "stop"]),
                )
                .arg(w.opt("note", "TEXT", msg!("daemon-help-the-reason")).id("text")),
            inbox_try(w),
        ],
    )
}

fn inbox_try(w: &HelpTexts) -> Command {
    let pending = w.opt("pending", "optin|renew|hold", msg!("daemon-help-pending-question"));
    w.cmd("try", msg!("daemon-help-what-replies-mean"))
        .arg(w.arg("text", msg!("daemon-help-text-or-file-with-json")).value_name(w.value("TEXT|FILE|-")))
        .arg(w.opt("language", "TAG", msg!("daemon-help-language-of-the-person")))
        .arg(pending.value_parser(["none", "optin", "renew", "hold"]))
}

fn transport(w: &HelpTexts) -> Command {
    let name = || w.arg("name", msg!("daemon-help-name-of-the-transport")).required(true).value_name(w.value("NAME"));
    w.group(
        "transport",
        msg!("daemon-help-transports"),
        [
            w.cmd("list", msg!("daemon-help-all-with-their-state")),
            w.cmd("test", msg!("daemon-help-send-a-test-message"))
                .arg(name())
                .arg(w.opt("to", "ADDRESS", msg!("daemon-help-your-own-address")).required(true))
                .arg(w.flag("dry-run", msg!("daemon-help-only-ask-whether-the-address"))),
            w.cmd("pause", msg!("daemon-help-pause")).arg(name()),
            w.cmd("resume", msg!("daemon-help-go-on")).arg(name()),
            w.cmd("setup", msg!("daemon-help-set-up")).arg(name()),
        ],
    )
}

fn log(w: &HelpTexts) -> Command {
    w.group(
        "log",
        msg!("daemon-help-the-log-of-consents"),
        [
            w.cmd("checkpoint", msg!("daemon-help-signed-head")),
            w.cmd("verify", msg!("daemon-help-check-a-proof-without-a"))
                .arg(w.arg("file", msg!("daemon-help-proof-zip")).value_name(w.value("PROOF.zip")))
                .arg(w.opt("key", "KEY|FILE", msg!("daemon-help-key-of-the-log")))
                .after_help(w.t(msg!("daemon-help-verify-codes"))),
            w.cmd("fork", msg!("daemon-help-log-fork"))
                .arg(w.opt("reason", "TEXT", msg!("daemon-help-fork-reason")).required(true)),
        ],
    )
}

fn audit(w: &HelpTexts) -> Command {
    let limit = w.opt("limit", "N", msg!("daemon-help-how-many-entries"));
    w.group(
        "audit",
        msg!("daemon-help-who-changed-what-and-when"),
        [w.cmd("list", msg!("daemon-help-the-newest-entries-first"))
            .arg(limit.value_parser(clap::value_parser!(u32).range(1..)).default_value("50"))],
    )
}

fn clock(w: &HelpTexts) -> Command {
    w.group(
        "clock",
        msg!("daemon-help-the-clock-of-this-machine"),
        [
            w.cmd("status", msg!("daemon-help-whether-it-is-believed")).visible_alias("show"),
            w.cmd("accept", msg!("daemon-help-it-is-right-go-on")),
        ],
    )
}

fn backup_folder(w: &HelpTexts) -> Arg {
    w.arg("dir", msg!("daemon-help-backup-folder")).value_name(w.value("DIR"))
}

fn machine_key(w: &HelpTexts) -> Arg {
    w.opt("machine-key", "FILE", msg!("daemon-help-backup-machine-key"))
}

fn without_machine_key(w: &HelpTexts) -> Arg {
    w.flag("without-machine-key", msg!("daemon-help-without-machine-key"))
}

fn backup(w: &HelpTexts) -> Command {
    w.cmd("backup", msg!("daemon-help-backup"))
        .arg(backup_folder(w))
        .arg(without_machine_key(w))
        .arg_required_else_help(true)
        .args_conflicts_with_subcommands(true)
        .subcommands([
            w.cmd("create", msg!("daemon-help-backup-create"))
                .arg(backup_folder(w).required(true))
                .arg(without_machine_key(w)),
            w.cmd("verify", msg!("daemon-help-backup-verify")).arg(backup_folder(w).required(true)).arg(machine_key(w)),
            w.cmd("restore", msg!("daemon-help-backup-restore"))
                .arg(backup_folder(w).required(true))
                .arg(machine_key(w)),
        ])
}

fn restore(w: &HelpTexts) -> Command {
    w.cmd("restore", msg!("daemon-help-backup-restore"))
        .arg(backup_folder(w).required(true))
        .arg(w.flag("check", msg!("daemon-help-backup-verify")))
        .arg(machine_key(w))
}

fn doctor(w: &HelpTexts) -> Command {
    w.cmd("doctor", msg!("daemon-help-compare-counters-log-files-and"))
}

fn completions(w: &HelpTexts) -> Command {
    w.cmd("completions", msg!("daemon-help-completions-for-a-shell")).arg(
        w.arg("shell", msg!("daemon-help-bash-elvish-fish-powershell-or"))
            .required(true)
            .value_name(w.value("SHELL"))
            .value_parser(["bash", "elvish", "fish", "powershell", "zsh"]),
    )
}

fn man(w: &HelpTexts) -> Command {
    w.cmd("man", msg!("daemon-help-write-manual-pages-into-a"))
        .arg(w.arg("dir", msg!("daemon-help-folder")).required(true).value_name(w.value("DIR")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// clap finds no fault in the table, and every command and argument has a help text.
    #[test]
    fn every_command_and_argument_has_a_help_text() {
        fn told(command: &Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(told);
        }
        for language in Language::ALL {
            command(language).debug_assert();
            told(&command(language));
        }
    }
}
