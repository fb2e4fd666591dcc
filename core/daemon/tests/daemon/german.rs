//! Everything that a German admin reads is German: each help text, and what the commands of a day print, against the English of the same. What is
//! equal in both has no words, or loanwords.

use crate::fixture::{CommandOutput, Daemon, SETTINGS, command, folder, run};
use std::collections::BTreeSet;
use std::path::Path;

/// Words that are the same in both languages: names, abbreviations, what is typed.
const LOANWORDS: &[&str] = &[
    "Anna",
    "Arndt",
    "Bach",
    "Bert",
    "Brot",
    "CSV",
    "Carl",
    "Cohn",
    "Daemon",
    "FORMAT",
    "GmbH",
    "JSON",
    "Krume",
    "NAME",
    "Plugin",
    "Plugins",
    "Port",
    "Roth",
    "Rolf",
    "Rundruf",
    "SHELL",
    "Sandbox",
    "TEXT",
    "TOML",
    "Terminal",
    "Text",
    "Transport",
    "Bäckerei",
    "angebote",
    "anna",
    "audit",
    "backup",
    "bash",
    "broadcast",
    "clock",
    "config",
    "consent",
    "contact",
    "csv",
    "done",
    "email",
    "html",
    "import",
    "inbox",
    "json",
    "list",
    "log",
    "matrix",
    "none",
    "plugin",
    "process",
    "resolve",
    "root",
    "rundruf",
    "sandbox",
    "sent",
    "serve",
    "signal",
    "sms",
    "threema",
    "transport",
    "xmpp",
    "dkim",
    "helo",
    "password",
    "tls",
    "username",
    "attachments",
    "inbound",
    "lookup",
    "add",
    "pause",
    "resume",
    "test",
    "send",
    "reload",
];

/// Whether a token is a word of a language: at least two characters of an alphabet and nothing else; a path, a key, an option or a placeholder is none.
fn is_word(token: &str) -> bool {
    let token = token.trim_matches(|c| ".,:;!?()\"'„“…".contains(c));
    token.chars().count() > 1 && token.chars().all(char::is_alphabetic) && !LOANWORDS.contains(&token)
}

/// Whether a line is something to type or to write into a file, a line of a settings file that is quoted, or its place.
fn is_code(line: &str) -> bool {
    let key = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-\"*".contains(c));
    let quoted = line.split_once(" | ").is_some_and(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()));
    let begins = ["rundruf ", "[", "-->", "= 20", ".TP", ".el "].iter().any(|begin| line.starts_with(begin));
    begins || quoted || line.split_once(" = ").is_some_and(|(before, _)| key(before))
}

fn has_words(line: &str) -> bool {
    !is_code(line) && !is_code(line.trim_start_matches(['#', ' '])) && line.split_whitespace().any(is_word)
}

/// Lines of the German that are in the English as well, and have words.
fn untranslated(english: &str, german: &str) -> Vec<String> {
    let english: BTreeSet<&str> = english.lines().map(str::trim).collect();
    // What recipients read is in their language.
    let german = german.split_once("\n── ").map_or(german, |(before, _)| before);
    let same = german.lines().map(str::trim).filter(|line| english.contains(line) && has_words(line));
    same.map(str::to_owned).collect()
}

#[test]
fn a_line_that_was_not_translated_is_found() {
    let english =
        "Usage: rundruf <COMMAND>\n  list  all lists\n  -q\nrundruf list show\n  anna@kunde.example  sent\n 12 / 40";
    let german =
        "Aufruf: rundruf <BEFEHL>\n  list  all lists\n  -q\nrundruf list show\n  anna@kunde.example  sent\n 12 / 40";
    assert_eq!(untranslated(english, german), ["list  all lists"]);
    assert_eq!(
        untranslated("web.listen = \"x\"\n= lay the file there", "= lay the file there"),
        ["= lay the file there"]
    );
}

fn in_language(dir: &Path, language: &str, args: &[&str]) -> String {
    let locale = if language == "de" { "de_DE.UTF-8" } else { "en_GB.UTF-8" };
    let CommandOutput { out, err, .. } = CommandOutput::of(command(dir, args).env("LC_ALL", locale).output().unwrap());
    out + &err
}

#[track_caller]
fn compare(dir: &Path, args: &[&str], faults: &mut Vec<String>) {
    let (english, german) = (in_language(dir, "en", args), in_language(dir, "de", args));
    assert!(!german.trim().is_empty(), "{args:?} says nothing");
    faults
        .extend(untranslated(&english, &german).into_iter().map(|line| format!("rundruf {}: {line}", args.join(" "))));
}

/// The commands below one, as its help lists them.
fn below(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| line.starts_with("  "));
    listed
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_help_of_every_command_is_german() {
    let (dir, mut open, mut faults, mut seen) = (Path::new("/"), vec![Vec::<String>::new()], Vec::new(), 0);
    while let Some(path) = open.pop() {
        seen += 1;
        let args: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let english = in_language(dir, "en", &args);
        open.extend(below(&english).into_iter().map(|name| [path.clone(), vec![name]].concat()));
        compare(dir, &args, &mut faults);
    }
    assert!(seen > 60, "only {seen} commands were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn manual_pages_are_german() {
    let dir = folder(SETTINGS);
    for language in ["en", "de"] {
        in_language(dir.path(), language, &["man", language]);
    }
    let mut faults = Vec::new();
    for page in std::fs::read_dir(dir.path().join("de")).unwrap().flatten() {
        let english = std::fs::read_to_string(dir.path().join("en").join(page.file_name())).unwrap();
        let german = std::fs::read_to_string(page.path()).unwrap();
        let text = |page: &str| {
            let bare = page.replace("\\fB", "").replace("\\fI", "").replace("\\fR", "").replace("\\-", "-");
            // The first lines name the program; a page that is referred to is a name.
            bare.lines()
                .filter(|l| !l.starts_with(".TH") && !l.starts_with(".ie") && !l.ends_with("(1)"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        faults.extend(untranslated(&text(&english), &text(&german)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn slips_on_the_command_line_and_in_the_settings_are_told_in_german() {
    let dir = folder(SETTINGS);
    let mut faults = Vec::new();
    for args in [
        &["brodcast"][..],
        &["broadcast"],
        &["broadcast", "status"],
        &["broadcast", "status", "one"],
        &["broadcast", "status", "1", "2"],
        &["broadcast", "status", "1", "--wiat"],
        &["broadcast", "send", "--list", "angebote"],
        &["broadcast", "send", "--list", "angebote", "--text", "a", "--file", "b"],
        &["broadcast", "send", "--list", "angebote", "--text", "a", "--at", "soon"],
        &["broadcast", "deliveries", "1", "--state", "lost"],
        &["import", "none.csv", "--list", "angebote", "--evidence", "A"],
        &["import", "none.csv", "--list"],
        &["consent", "withdraw", "email:a@b.example", "--all", "--list", "x"],
        &["completions", "tcsh"],
        &["doctor"],
        &["log", "verify", "rundruf.toml"],
        &["plugin", "info", "nowhere"],
        &["plugin", "pin", "nowhere"],
        &["restore", "nowhere"],
        &["config", "explain", "nowhere"],
    ] {
        compare(dir.path(), args, &mut faults);
    }
    for slip in [
        "a = [1, 2",
        "a = ",
        "a b = 1",
        "[lists",
        "x = 1\nx = 2",
        "[web]\nlisten = 5",
        "[web]\nlisten = \"x\"",
        "[daemon]\nlgo = \"info\"",
        "[transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"a\"\nusername = \"u\"",
        "[transports.post]\nplugin = \"nowhere\"",
        "[retry]\nfirst = \"soon\"",
    ] {
        std::fs::write(dir.path().join("rundruf.toml"), format!("{SETTINGS}\n{slip}\n")).unwrap();
        compare(dir.path(), &["config", "check"], &mut faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What the commands of a day print: each is run in both languages, beside the same daemon.
#[test]
fn a_day_in_german() {
    let d = Daemon::start_in(folder(&format!(
        "{SETTINGS}\n[[admin.notify]]\ntransport = \"sandbox\"\naddress = \"email:chef@krume.example\"\n"
    )));
    d.people();
    std::fs::write(d.path("rows.csv"), "email,source\nx@y.example,Laden\nnobody,Laden\n").unwrap();
    let id = d.json(&["broadcast", "send", "--list", "angebote", "--text", "# Brot\n\nHeute frisch.", "--yes"])["id"]
        .to_string();
    d.json(&["broadcast", "status", &id, "--wait"]);
    d.run(&["consent", "proof", "email:anna@kunde.example", "--list", "angebote", "-o", "proof.zip"]).done();
    d.run(&["backup", "sicherung"]).done();
    let mut faults = Vec::new();
    for args in [
        &["list", "show"][..],
        &["contact", "show", "email:anna@kunde.example"],
        &["contact", "show", "email:refuse@kunde.example"],
        &["contact", "show", "email:nobody@kunde.example"],
        &["contact", "edit", "email:anna@kunde.example", "--first-name", "Anna"],
        &["contact", "merge", "1", "1"],
        &["contact", "revive", "email:anna@kunde.example"],
        &["contact", "erase", "email:anna@kunde.example"],
        &["contact", "export", "email:anna@kunde.example", "-o", "export.zip"],
        &["import", "rows.csv", "--list", "angebote", "--evidence", "C", "--dry-run"],
        &["import", "rows.csv", "--list", "angebote", "--evidence", "A", "--dry-run"],
        &["consent", "show", "email:anna@kunde.example"],
        &["consent", "request", "email:anna@kunde.example", "--list", "angebote"],
        &["consent", "request", "email:anna@kunde.example", "--list", "angebot"],
        &["broadcast", "send", "--list", "angebote", "--text", "# Neu\n\nHallo {{ first_name }}", "--dry-run"],
        &["broadcast", "send", "--list", "angebote", "--text", "{{ frist_name }}"],
        &["broadcast", "send", "--list", "angebote", "--text", "# Brot\n\nHeute frisch."],
        &["broadcast", "test", "--list", "angebote", "--text", "Probe", "--to", "email:refuse@krume.example"],
        &["broadcast", "list"],
        &["broadcast", "status", &id],
        &["broadcast", "show", &id],
        &["broadcast", "deliveries", &id],
        &["broadcast", "unknown", &id],
        &["broadcast", "resend", &id, "--failed"],
        &["broadcast", "cancel", &id],
        &["broadcast", "status", "99"],
        &["inbox", "list"],
        &["inbox", "show", "99"],
        &["inbox", "try", "Bitte keine Nachrichten mehr"],
        &["transport", "list"],
        &["transport", "test", "sandbox", "--to", "email:chef@krume.example"],
        &["transport", "test", "sandbox", "--to", "email:refuse@krume.example"],
        &["transport", "test", "sandbox", "--to", "email:refuse@krume.example", "--dry-run"],
        &["transport", "test", "sandbox", "--to", "email:chef@krume.example", "--dry-run"],
        &["transport", "pause", "sandbox"],
        &["doctor"],
        &["transport", "resume", "sandbox"],
        &["plugin", "list"],
        &["plugin", "info", "sandbox"],
        &["plugin", "info", "email"],
        &["plugin", "pin", "sandbox", "--dry-run"],
        &["plugin", "run", "sandbox", "--to", "email:refuse@krume.example", "--set", "folder=out", "--seconds", "0"],
        &["plugin", "check", "sandbox", "--only", "manifest-section"],
        &["log", "verify"],
        &["log", "verify", "proof.zip"],
        &["audit", "list"],
        &["clock", "status"],
        &["backup", "verify", "sicherung"],
        &["backup", "sicherung"],
        &["restore", "sicherung"],
        &["config", "check"],
        &["config", "explain", "web.listen"],
        &["config", "explain", "transports.sandbox.config.slow"],
        &["config", "sample"],
        &["config", "show", "--origin"],
    ] {
        compare(&d.path(""), args, &mut faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Times are shown where the sender is, in the reader's form; for programs they stay UTC.
#[test]
fn times_in_tables_are_local() {
    let d = Daemon::start_in(folder(&format!("time_zone = \"Pacific/Kiritimati\"\n{SETTINGS}")));
    d.json(&["contact", "add", "email:zoe@kunde.example"]);
    let at = d.lines(&["audit", "list"])[0]["at"].as_str().unwrap().to_owned();
    assert!(at.ends_with('Z'), "{at}");
    // Fourteen hours ahead of UTC, without summer time.
    let local = at.parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_hours(14);
    let said = |form: &str| local.to_zoned_datetime(jiff::tz::TimeZone::UTC).strftime(form).to_string();
    let (german, english) = (said("%d.%m.%Y %H:%M"), said("%Y-%m-%d %H:%M"));
    assert!(in_language(d.dir.path(), "de", &["audit", "list"]).contains(&german));
    assert!(run(d.dir.path(), &["audit", "list"]).done().out.contains(&english));
}
