//! `plugin …`: one function for each verb; `cli/plugin/` has what they do.

use super::Words;
use clap::{Arg, ArgAction, Command, value_parser};

pub(super) fn plugin(w: &Words) -> Command {
    w.group("plugin", "Plugins", "plugins", [list(w), info(w), pin(w), check(w), new(w), run(w)])
}

/// A plugin by its name or its file.
fn path(w: &Words) -> Arg {
    w.arg("path", "Name oder Pfad", "name or path").required(true).value_name("PATH")
}

fn list(w: &Words) -> Command {
    w.cmd("list", "alle, die gefunden werden", "all that are found")
}

fn info(w: &Words) -> Command {
    let about = (
        "was eine Bibliothek ist und wer welche Daten bekäme, ohne sie auszuführen",
        "what a library is and who would receive which data, without running it",
    );
    w.cmd("info", about.0, about.1).arg(path(w))
}

fn new(w: &Words) -> Command {
    let about =
        ("ein Projekt, das sich bauen lässt und die Prüfungen besteht", "a project that builds and passes the checks");
    w.cmd("new", about.0, about.1)
        .arg(w.arg("name", "Name, a-z 0-9 -", "name, a-z 0-9 -").required(true).value_name("NAME"))
        .arg(w.flag("c", "in C statt in Rust", "in C instead of Rust"))
        .arg(w.opt(
            "sdk",
            "DIR",
            "Ordner der Quellen von Rundruf, sonst der, in dem dieses Programm liegt",
            "folder of the sources of Rundruf, else the one that this program lies in",
        ))
}

fn run(w: &Words) -> Command {
    let about = (
        "eine Nachricht mit einem Plugin senden, ohne Daemon: zum Entwickeln",
        "send one message by a plugin, without a daemon: for development",
    );
    w.cmd("run", about.0, about.1)
        .arg(path(w))
        .arg(
            w.opt(
                "to",
                "ADDRESS",
                "eine eigene Adresse, wie sms:+49170…",
                "an address of your own, such as sms:+49170…",
            )
            .required(true),
        )
        .arg(w.opt(
            "channel",
            "CHANNEL",
            "Kanal, wenn er nicht in der Adresse steht",
            "channel, if the address does not say it",
        ))
        .arg(w.opt(
            "settings",
            "FILE",
            "die Einstellungen des Plugins, TOML oder JSON",
            "the plugin's settings, TOML or JSON",
        ))
        .arg(
            w.opt("set", "KEY=VALUE", "eine Einstellung, mehrfach möglich", "one setting, may be repeated")
                .action(clap::ArgAction::Append),
        )
        .arg(w.opt("text", "TEXT", "was gesendet wird", "what is sent"))
        .arg(
            w.opt("isolation", "MODE", "process oder none", "process or none")
                .value_parser(["process", "none"])
                .default_value("process"),
        )
        .arg(w.opt(
            "state",
            "DIR",
            "Zustandsordner, sonst einer, der danach weg ist",
            "state folder, else one that is gone afterwards",
        ))
        .arg(
            w.opt("seconds", "N", "so lange auf Antworten warten", "wait so long for what comes back")
                .value_parser(clap::value_parser!(u64).range(0..=86_400))
                .default_value("2"),
        )
}

fn check(w: &Words) -> Command {
    let about = (
        "25 Prüfungen, ob ein Plugin den Vertrag einhält, jede in einem eigenen Prozess",
        "25 checks whether a plugin keeps the contract, each in a process of its own",
    );
    w.cmd("check", about.0, about.1)
        .arg(path(w))
        .arg(w.opt(
            "settings",
            "FILE",
            "Einstellungen des Plugins, TOML oder JSON; {port}, {host}, {folder} füllt der Prüfstand. Sonst aus seinem Schema",
            "the plugin's settings, TOML or JSON; the stand fills {port}, {host}, {folder}. Else made from its schema",
        ))
        .arg(
            w.opt(
                "isolation",
                "MODE",
                "wie das Plugin läuft: process (eingezäunt, wie der Daemon es startet), none (ohne Zaun) oder both",
                "how the plugin runs: process (shut in, as the daemon starts it), none (not shut in) or both",
            )
            .value_parser(["process", "none", "both"])
            .default_value("both"),
        )
        .arg(
            w.opt("only", "ID", "nur diese Prüfung (mehrmals möglich)", "this check alone (may be repeated)")
                .action(ArgAction::Append),
        )
        .arg(
            w.opt("seed", "N", "Zufall ab hier, wie gedruckt", "where chance begins, as printed")
                .value_parser(value_parser!(u64)),
        )
        .arg(
            w.opt("seconds", "N", "so lange den Zufall rufen lassen, sonst 3", "how long chance may call, else 3")
                .value_parser(value_parser!(u64).range(1..=86_400)),
        )
}

fn pin(w: &Words) -> Command {
    let about = (
        "die Bibliothek eines Transports festlegen: nur diese Datei wird noch geladen",
        "pin the library of a transport: only this very file is loaded from now on",
    );
    let name = w.arg("name", "Name des Transports", "name of the transport").value_name("NAME");
    w.cmd("pin", about.0, about.1)
        .arg(name.required_unless_present("all"))
        .arg(w.flag("all", "alle Transporte, oder keinen", "all transports, or none of them").conflicts_with("name"))
        .arg(w.flag("dry-run", "nur sagen, was sich ändern würde", "only say what would change"))
}
