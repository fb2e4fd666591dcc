//! The commands themselves. Names are a contract: add, do not rename.

mod plugin; // `plugin …`

use crate::speech::Speech;
use clap::{Arg, ArgAction, Command};

/// States of a delivery.
const STATES: [&str; 10] =
    ["queued", "in_flight", "retry", "sent", "delivered", "read", "failed", "unknown", "held", "skipped"];

struct Words(Speech);

impl Words {
    fn t(&self, de: &str, en: &str) -> String {
        self.0.say(de, en).to_owned()
    }

    fn cmd(&self, name: &'static str, de: &str, en: &str) -> Command {
        self.dress(Command::new(name).about(self.t(de, en)))
    }

    /// Headings and the flag for help, in the right language.
    fn dress(&self, command: Command) -> Command {
        let usage = self.t("Aufruf:", "Usage:");
        command
            .help_template(format!("{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}\n"))
            .subcommand_help_heading(self.t("Befehle", "Commands"))
            .disable_help_flag(true)
            .disable_help_subcommand(true)
            .disable_version_flag(true)
    }

    fn bare(&self, name: &'static str, de: &str, en: &str) -> Arg {
        Arg::new(name).help(self.t(de, en)).help_heading(self.t("Optionen", "Options"))
    }

    fn arg(&self, name: &'static str, de: &str, en: &str) -> Arg {
        self.bare(name, de, en).help_heading(self.t("Argumente", "Arguments")).hide_possible_values(true)
    }

    fn opt(&self, name: &'static str, value: &'static str, de: &str, en: &str) -> Arg {
        self.bare(name, de, en).hide_possible_values(true).hide_default_value(true).long(name).value_name(value)
    }

    fn flag(&self, name: &'static str, de: &str, en: &str) -> Arg {
        self.bare(name, de, en).long(name).action(ArgAction::SetTrue)
    }

    /// What goes with every command.
    fn everywhere(&self) -> [Arg; 5] {
        let config = self.opt(
            "config",
            "FILE",
            "Einstellungen; sonst RUNDRUF_CONFIG, ./rundruf.toml, /etc/rundruf/rundruf.toml",
            "settings; else RUNDRUF_CONFIG, ./rundruf.toml, /etc/rundruf/rundruf.toml",
        );
        let json = self.flag("json", "Ausgabe für Programme", "output for programs");
        let quiet = self.flag("quiet", "nur Fehler", "nothing but failures").short('q');
        let lang = self.opt("lang", "de|en", "Sprache, sonst die des Systems", "language, else the system's");
        let help = self.flag("help", "diese Hilfe", "this help").short('h').action(ArgAction::Help);
        let heading = self.t("Überall", "Everywhere");
        [config, json, quiet, lang.value_parser(["de", "en"]), help]
            .map(|a| a.global(true).help_heading(heading.clone()))
    }

    fn group(&self, name: &'static str, de: &str, en: &str, subs: impl IntoIterator<Item = Command>) -> Command {
        self.cmd(name, de, en).subcommands(subs).subcommand_required(true).arg_required_else_help(true)
    }

    fn address(&self) -> Arg {
        self.arg("address", "Adresse, wie email:anna@example.org", "address, such as email:anna@example.org")
            .required(true)
            .value_name("ADDRESS")
    }

    fn list(&self) -> Arg {
        self.opt("list", "LIST", "Name der Liste", "name of the list")
    }

    fn id(&self) -> Arg {
        self.arg("id", "Nummer der Aussendung", "number of the broadcast")
            .required(true)
            .value_name("ID")
            .value_parser(clap::value_parser!(i64))
    }
}

/// The whole table.
pub(crate) fn command(speech: Speech) -> Command {
    let w = Words(speech);
    w.dress(Command::new("rundruf"))
        .version(env!("CARGO_PKG_VERSION"))
        .about(w.t(
            "Eine Nachricht an alle, die darum gebeten haben: jede für sich, niemand sieht die anderen.",
            "One message to all who asked for it: each alone, nobody sees anybody else.",
        ))
        .after_help(w.t(
            "Beispiele:\n  rundruf quickstart\n  rundruf config check\n  rundruf import kunden.csv --list angebote --evidence A\n  \
             rundruf broadcast send --list angebote --file brot.md --dry-run\n  rundruf consent proof email:anna@example.org --list angebote -o nachweis.zip",
            "Examples:\n  rundruf quickstart\n  rundruf config check\n  rundruf import customers.csv --list angebote --evidence A\n  \
             rundruf broadcast send --list angebote --file bread.md --dry-run\n  rundruf consent proof email:anna@example.org --list angebote -o proof.zip",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(w.everywhere())
        .arg(w.flag("version", "Fassung", "version").short('V').action(ArgAction::Version))
        .subcommands([serve(&w), quickstart(&w), config(&w), list(&w), contact(&w), import(&w), consent(&w), broadcast(&w), transport(&w)])
        .subcommands([plugin::plugin(&w), log(&w), doctor(&w), completions(&w), man(&w)])
}

fn serve(w: &Words) -> Command {
    w.cmd("serve", "Der Daemon: läuft bis SIGTERM", "the daemon: runs until SIGTERM")
}

fn quickstart(w: &Words) -> Command {
    w.cmd(
        "quickstart",
        "Alles in ein paar Sekunden ausprobieren, ohne Konto",
        "try everything in a few seconds, without an account",
    )
    .arg(w.arg("dir", "Ordner, sonst ./rundruf-quickstart", "folder, else ./rundruf-quickstart").value_name("DIR"))
    .arg(w.flag("once", "danach beenden", "end afterwards"))
}

fn config(w: &Words) -> Command {
    let file = || w.arg("file", "Datei der Einstellungen", "settings file").value_name("FILE");
    w.group(
        "config",
        "Einstellungen prüfen und erklären",
        "check and explain settings",
        [
            w.cmd("check", "alle Fehler auf einmal, mit Zeile und Spalte", "all faults at once, with line and column")
                .arg(file()),
            w.cmd("schema", "JSON-Schema der Einstellungen", "JSON Schema of the settings"),
            w.cmd("sample", "eine Datei mit jedem Schlüssel, erklärt", "a file with every key, explained"),
            w.cmd("explain", "was ein Schlüssel bedeutet", "what a key means").arg(
                w.arg(
                    "key",
                    "Schlüssel, wie web.listen oder lists.*.title",
                    "key, such as web.listen or lists.*.title",
                )
                .required(true)
                .value_name("KEY"),
            ),
            w.cmd("show", "die Einstellungen in Kraft, Geheimnisse verdeckt", "the settings in force, secrets hidden")
                .arg(w.flag("origin", "mit Datei und Zeile", "with file and line")),
        ],
    )
}

fn list(w: &Words) -> Command {
    let name = || w.arg("name", "Name, a-z 0-9 -", "name, a-z 0-9 -").required(true).value_name("NAME");
    w.group(
        "list",
        "Listen: wozu man Ja sagen kann",
        "lists: what people can say yes to",
        [
            w.cmd("show", "alle Listen mit Zahlen", "all lists with numbers"),
            w.cmd("create", "neue Liste in conf.d/list-NAME.toml", "new list in conf.d/list-NAME.toml")
                .arg(name())
                .arg(w.opt("title", "TITLE", "Titel, den die Leute lesen", "title that people read").required(true))
                .arg(w.opt("purpose", "PURPOSE", "der eine Zweck", "the one purpose").required(true))
                .arg(
                    w.opt(
                        "transport",
                        "NAME",
                        "Transport, mehrfach in der Reihenfolge der Vorliebe",
                        "transport, repeated in order of preference",
                    )
                    .required(true)
                    .visible_alias("transports")
                    .value_delimiter(',')
                    .action(ArgAction::Append),
                ),
            w.cmd("close", "Liste für immer schließen", "close a list for good").arg(name()),
        ],
    )
}

fn contact(w: &Words) -> Command {
    w.group(
        "contact",
        "Menschen und ihre Adressen",
        "people and their addresses",
        [
            w.cmd("add", "aufnehmen; gesendet wird nichts", "add; nothing is sent")
                .arg(
                    w.arg(
                        "addresses",
                        "Adressen, wie email:anna@example.org",
                        "addresses, such as email:anna@example.org",
                    )
                    .value_name("ADDRESS")
                    .num_args(1..)
                    .required_unless_present("address"),
                )
                .arg(
                    w.opt("address", "CHANNEL:ADDRESS", "Adresse, mehrfach möglich", "address, may be repeated")
                        .action(ArgAction::Append),
                )
                .arg(w.opt("first-name", "NAME", "Vorname", "first name"))
                .arg(w.opt("last-name", "NAME", "Nachname", "last name"))
                .arg(w.opt("language", "TAG", "Sprache, wie de oder en", "language, such as de or en"))
                .arg(
                    w.opt("var", "KEY=VALUE", "weitere Angabe, mehrfach möglich", "further variable, may be repeated")
                        .action(ArgAction::Append),
                ),
            w.cmd("show", "eine Person", "one person")
                .arg(w.arg("who", "Nummer oder Adresse", "number or address").required(true).value_name("ID|ADDRESS")),
            w.cmd("find", "suchen", "search")
                .arg(w.arg("text", "Text in Adresse oder Angaben", "text in address or variables").value_name("TEXT")),
        ],
    )
}

fn import(w: &Words) -> Command {
    w.cmd("import", "Viele aus einer Datei aufnehmen, mit Nachweis", "add many from a file, with proof")
        .arg(w.arg("file", "Datei", "file").required(true).value_name("FILE"))
        .arg(w.opt("format", "FORMAT", "csv", "csv").default_value("csv").value_parser(["csv"]))
        .arg(w.list().required(true))
        .arg(
            w.opt(
                "evidence",
                "CLASS",
                "A: voller Nachweis je Person; C: ohne, wird gesperrt",
                "A: full proof per person; C: none, quarantined",
            )
            .required(true)
            .value_parser(["A", "C"])
            .ignore_case(true),
        )
        .arg(w.opt("map", "FILE", "TOML: unsere_spalte = \"deren Überschrift\"", "TOML: our_column = \"their header\""))
        .arg(w.opt("report", "FILE", "Bericht, sonst DATEI.report.jsonl", "report, else FILE.report.jsonl"))
        .arg(w.flag("dry-run", "nur prüfen", "check only"))
}

fn consent(w: &Words) -> Command {
    w.group(
        "consent",
        "Einwilligungen",
        "consents",
        [
            w.cmd("show", "alle einer Adresse", "all of an address").arg(w.address()),
            w.cmd("request", "um Bestätigung bitten (Double-Opt-in)", "ask for confirmation (double opt-in)")
                .arg(w.address())
                .arg(w.list().required(true))
                .arg(w.opt("language", "TAG", "Sprache der Texte", "language of the texts")),
            w.cmd("withdraw", "Widerruf eintragen", "enter a withdrawal")
                .arg(w.address())
                .arg(w.list().required_unless_present("all"))
                .arg(w.flag("all", "alle Listen", "all lists").conflicts_with("list")),
            w.cmd("proof", "Nachweis als ZIP, prüfbar ohne uns", "proof as a ZIP, checked without us")
                .arg(w.address())
                .arg(w.list().required(true))
                .arg(w.opt("output", "FILE.zip", "Datei", "file").short('o').required(true)),
        ],
    )
}

fn broadcast(w: &Words) -> Command {
    w.group(
        "broadcast",
        "Aussendungen",
        "broadcasts",
        [
            w.cmd("send", "an alle einer Liste, die Ja gesagt haben", "to all of a list who said yes")
                .arg(w.list().required(true))
                .arg(
                    w.opt(
                        "text",
                        "TEXT",
                        "Text, Markdown mit {{ first_name }}",
                        "text, Markdown with {{ first_name }}",
                    )
                    .conflicts_with("file")
                    .required_unless_present("file"),
                )
                .arg(w.opt(
                    "file",
                    "F.md",
                    "Datei mit dem Text; F.en.md daneben für Englisch",
                    "file with the text; F.en.md beside it for English",
                ))
                .arg(w.opt("subject", "S", "Betreff; sonst die erste Zeile", "subject; else the first line"))
                .arg(
                    w.opt("attach", "F", "Anhang, mehrfach möglich", "attachment, may be repeated")
                        .action(ArgAction::Append),
                )
                .arg(w.opt(
                    "at",
                    "TIME",
                    "Beginn: 2026-12-01T10:00:00+01:00 oder \"2026-12-01 10:00 Europe/Berlin\"",
                    "begin: 2026-12-01T10:00:00+01:00 or \"2026-12-01 10:00 Europe/Berlin\"",
                ))
                .arg(w.opt("expires", "TIME", "danach wird nichts mehr begonnen", "nothing is begun after this"))
                .arg(w.flag(
                    "dry-run",
                    "nur zeigen, wer was bekäme, und wer nicht und warum",
                    "only show who would get what, and who would not and why",
                )),
            w.cmd("list", "die neuesten", "the newest"),
            w.cmd("status", "Zahlen einer Aussendung", "numbers of a broadcast").arg(w.id()).arg(w.flag(
                "wait",
                "warten, bis sie fertig ist",
                "wait until it is done",
            )),
            w.cmd("deliveries", "jede einzelne Zustellung", "every single delivery")
                .arg(w.id())
                .arg(
                    w.opt(
                        "state",
                        "STATE",
                        "nur in diesem Zustand: sent, failed, unknown …",
                        "only in this state: sent, failed, unknown …",
                    )
                    .value_parser(STATES),
                )
                .arg(w.flag("addresses", "Adressen im Klartext", "addresses in full")),
            w.cmd("pause", "anhalten", "pause").arg(w.id()),
            w.cmd("resume", "fortsetzen", "go on").arg(w.id()),
            w.cmd("cancel", "endgültig abbrechen", "stop for good").arg(w.id()),
            w.cmd(
                "unknown",
                "ungewisse Zustellungen zeigen; `resolve` entscheidet",
                "show deliveries in doubt; `resolve` decides",
            )
            .arg(w.id())
            .arg(w.arg("verb", "resolve", "resolve").value_parser(["resolve"]))
            .arg(
                w.opt("as", "sent|resend|failed", "was mit ihnen geschieht", "what becomes of them")
                    .value_parser(["sent", "resend", "failed"])
                    .requires("verb"),
            )
            .arg(w.opt("delivery", "ID", "nur diese eine", "only this one").value_parser(clap::value_parser!(i64))),
        ],
    )
}

fn transport(w: &Words) -> Command {
    let name = || w.arg("name", "Name des Transports", "name of the transport").required(true).value_name("NAME");
    w.group(
        "transport",
        "Transporte",
        "transports",
        [
            w.cmd("list", "alle, mit Zustand", "all, with their state"),
            w.cmd("test", "eine Testnachricht senden", "send a test message")
                .arg(name())
                .arg(w.opt("to", "ADDRESS", "deine eigene Adresse", "your own address").required(true))
                .arg(w.flag(
                    "dry-run",
                    "nur fragen, ob die Adresse erreichbar ist; nichts senden",
                    "only ask whether the address can be reached; send nothing",
                )),
            w.cmd("pause", "anhalten", "pause").arg(name()),
            w.cmd("resume", "fortsetzen", "go on").arg(name()),
        ],
    )
}

fn log(w: &Words) -> Command {
    w.group(
        "log",
        "Das Protokoll der Einwilligungen",
        "the log of consents",
        [
            w.cmd("checkpoint", "unterschriebener Stand", "signed head"),
            w.cmd(
                "verify",
                "einen Nachweis prüfen; ohne Datei das Protokoll selbst",
                "check a proof; without a file the log itself",
            )
            .arg(w.arg("file", "PROOF.zip", "PROOF.zip").value_name("PROOF.zip")),
        ],
    )
}

fn doctor(w: &Words) -> Command {
    w.cmd("doctor", "Zähler, Protokoll, Dateien und Rechte vergleichen", "compare counters, log, files and permissions")
}

fn completions(w: &Words) -> Command {
    w.cmd("completions", "Vervollständigung für eine Shell", "completions for a shell").arg(
        w.arg("shell", "bash, elvish, fish, powershell oder zsh", "bash, elvish, fish, powershell or zsh")
            .required(true)
            .value_name("SHELL")
            .value_parser(["bash", "elvish", "fish", "powershell", "zsh"]),
    )
}

fn man(w: &Words) -> Command {
    w.cmd("man", "Handbuchseiten in einen Ordner schreiben", "write manual pages into a folder")
        .arg(w.arg("dir", "Ordner", "folder").required(true).value_name("DIR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library checks the table, and everything has a sentence.
    #[test]
    fn the_table_is_sound() {
        fn told(command: &Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(told);
        }
        for speech in [Speech::De, Speech::En] {
            command(speech).debug_assert();
            told(&command(speech));
        }
    }
}
