//! `broadcast …`: the arguments of its commands.

use super::help_texts::HelpTexts;
use clap::{Arg, ArgAction, Command};
use rundruf_lang::msg;

/// The states of a delivery that `--state` accepts.
const STATES: [&str; 10] =
    ["queued", "in_flight", "retry", "sent", "delivered", "read", "failed", "unknown", "held", "skipped"];

/// What a message consists of.
fn message_args(w: &HelpTexts) -> [Arg; 4] {
    [
        w.opt("text", "TEXT", msg!("daemon-help-text-markdown-with-first-name"))
            .conflicts_with("file")
            .required_unless_present("file"),
        w.opt("file", "FILE.md", msg!("daemon-help-file-with-the-text-f")),
        w.opt("subject", "SUBJECT", msg!("daemon-help-subject-else-the-first-line")),
        w.opt("attach", "FILE", msg!("daemon-help-attachment-may-be-repeated")).action(ArgAction::Append),
    ]
}

pub(super) fn broadcast(w: &HelpTexts) -> Command {
    w.group(
        "broadcast",
        msg!("daemon-help-broadcasts"),
        [
            w.cmd("send", msg!("daemon-help-to-all-of-a-list"))
                .args(message_args(w))
                .arg(w.list().required(true))
                .arg(w.opt("at", "TIME", msg!("daemon-help-begin-2026-12-01t10-00")))
                .arg(w.opt("expires", "TIME", msg!("daemon-help-nothing-is-begun-after-this")))
                .arg(w.flag("dry-run", msg!("daemon-help-only-show-who-would-get")))
                .arg(w.opt("preview", "FILE.html", msg!("daemon-help-broadcast-preview")))
                .arg(w.flag("again", msg!("daemon-help-broadcast-again")))
                .arg(w.flag("yes", msg!("daemon-help-do-not-ask")))
                .after_help(w.t(msg!("daemon-help-broadcast-send-more"))),
            w.cmd("test", msg!("daemon-help-broadcast-test"))
                .args(message_args(w))
                .arg(w.list())
                .arg(w.opt("to", "ADDRESS", msg!("daemon-help-your-own-address")).required(true)),
            w.cmd("list", msg!("daemon-help-the-newest")),
            w.cmd("status", msg!("daemon-help-numbers-of-a-broadcast"))
                .arg(w.id())
                .arg(w.flag("wait", msg!("daemon-help-wait-until-it-is-done"))),
            w.cmd("show", msg!("daemon-help-broadcast-show")).arg(w.id()),
            w.cmd("resend", msg!("daemon-help-broadcast-resend"))
                .arg(w.flag("failed", msg!("daemon-help-broadcast-resend-failed")).required(true))
                .arg(w.id()),
            w.cmd("deliveries", msg!("daemon-help-every-single-delivery"))
                .arg(w.id())
                .arg(w.opt("state", "STATE", msg!("daemon-help-only-in-this-state-sent")).value_parser(STATES))
                .arg(w.flag("addresses", msg!("daemon-help-addresses-in-full"))),
            w.cmd("pause", msg!("daemon-help-pause")).arg(w.id()),
            w.cmd("resume", msg!("daemon-help-go-on")).arg(w.id()),
            w.cmd("cancel", msg!("daemon-help-stop-for-good")).arg(w.id()),
            w.cmd("unknown", msg!("daemon-help-show-deliveries-in-doubt-resolve"))
                .arg(w.id())
                .arg(w.arg("verb", msg!("daemon-help-resolve")).value_name("resolve").value_parser(["resolve"]))
                .arg(
                    w.opt("as", "sent|resend|failed", msg!("daemon-help-what-becomes-of-them"))
                        .value_parser(["sent", "resend", "failed"])
                        .requires("verb"),
                )
                .arg(w.opt("delivery", "ID", msg!("daemon-help-only-this-one")).value_parser(clap::value_parser!(i64))),
        ],
    )
}
