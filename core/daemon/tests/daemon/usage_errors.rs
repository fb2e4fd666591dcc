//! Usage errors in two languages, with and without JSON; help, completions, manual.

use crate::fixture::{SETTINGS, command, folder, run};
use std::path::Path;

/// Exit code 2 and a sentence on stderr; with `--json` also an object on stdout.
#[test]
fn wrong_usage() {
    let dir = folder(SETTINGS);
    for (args, en, de) in [
        (&["brodcast"][..], "there is no command `brodcast`", "es gibt keinen Befehl `brodcast`"),
        (&["broadcast", "sned"], "did you mean `send`?", "meinten Sie `send`?"),
        (&["broadcast"], "", ""),
        (&["broadcast", "status"], "missing: <ID>", "es fehlt: <NUMMER>"),
        (&["broadcast", "status", "one"], "`one` is not allowed for `<ID>`", "`one` geht nicht für `<NUMMER>`"),
        (&["broadcast", "status", "1", "--wiat"], "there is no `--wiat` here", "`--wiat` gibt es hier nicht"),
        (&["broadcast", "send", "--list", "angebote"], "missing: ", "es fehlt: "),
        (
            &["broadcast", "send", "--list", "angebote", "--text", "a", "--file", "b"],
            "does not go with",
            "geht nicht zusammen mit",
        ),
        (
            &["broadcast", "send", "--list", "angebote", "--text", "a", "--at", "soon"],
            "`soon` is not a time",
            "`soon` ist kein Zeitpunkt",
        ),
        (&["broadcast", "deliveries", "1", "--state", "lost"], "one of queued", "eines von queued"),
        (&["broadcast", "unknown", "1", "resolve"], "how do you decide?", "wie entscheiden Sie?"),
        (
            &["broadcast", "unknown", "1", "resolve", "--as", "perhaps"],
            "`perhaps` is not allowed",
            "`perhaps` geht nicht",
        ),
        (&["import", "x.csv", "--list", "angebote"], "missing: --evidence", "es fehlt: --evidence"),
        (&["import", "x.csv", "--list", "angebote", "--evidence", "Z"], "one of A, C", "eines von A, C"),
        (&["consent", "withdraw"], "missing: ", "es fehlt: "),
        (&["consent", "proof", "email:a@b.example", "--list", "angebote"], "missing: --output", "es fehlt: --output"),
        (&["contact", "add"], "missing: ", "es fehlt: "),
        (&["contact", "add", "email:a@b.example", "--var", "x"], "--var needs", "--var braucht"),
        (&["completions", "tcsh"], "one of bash", "eines von bash"),
        (&["transport", "test", "sandbox"], "missing: --to", "es fehlt: --to"),
        (&["--lang", "fr", "doctor"], "one of de, en", "one of de, en"),
    ] {
        run(dir.path(), args).refused(2, &[en]);
        if args[0] != "--lang" {
            run(dir.path(), &[&["--lang", "de"], args].concat()).refused(2, &[de]);
        }
        assert_eq!(run(dir.path(), &[args, &["--json"]].concat()).refused(2, &[]), "usage", "{args:?}");
    }
}

/// Commands that are planned for later are not there.
#[test]
fn planned_commands_are_not_there() {
    for args in [&["contact", "move"][..], &["log", "anchor"]] {
        run(Path::new("/"), args).refused(2, &["there is no command"]);
    }
}

#[test]
fn help_and_version_exit_with_0() {
    let root = Path::new("/");
    for args in
        [&["--help"][..], &["help"], &["broadcast", "send", "-h"], &["help", "broadcast", "send"], &["--version"]]
    {
        let said = run(root, args).done();
        assert!(said.out.ends_with('\n') && said.out.len() > 10, "{said:?}");
    }
    let german = run(root, &["--lang", "de", "help", "import"]).done().out;
    for words in ["Aufruf:", "Argumente:", "Optionen:", "Überall:", "diese Hilfe"] {
        assert!(german.contains(words), "{words}: {german}");
    }
    for words in ["Usage", "Options:", "Print", "possible values", "default:"] {
        assert!(!german.contains(words), "{words}: {german}");
    }
}

/// German by locale; `--lang` has precedence.
#[test]
fn languages() {
    let dir = folder(SETTINGS);
    for (locale, args, want) in [
        ("de_DE.UTF-8", &["config", "check"][..], "Alles in Ordnung.\n"),
        ("de_AT", &["config", "check"], "Alles in Ordnung.\n"),
        ("en_GB.UTF-8", &["config", "check"], "All is well.\n"),
        ("fr_FR.UTF-8", &["config", "check"], "All is well.\n"),
        ("de_DE.UTF-8", &["--lang", "en", "config", "check"], "All is well.\n"),
        ("C", &["config", "check", "--lang=de"], "Alles in Ordnung.\n"),
    ] {
        let out = command(dir.path(), args).env("LC_ALL", locale).output().unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), want, "{locale} {args:?}");
    }
}

/// No colours, with or without `NO_COLOR`.
#[test]
fn no_colours() {
    let dir = folder("[store]\n");
    for (name, value) in [("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"), ("TERM", "xterm-256color")] {
        for args in [&["config", "check"][..], &["brodcast"], &["--help"]] {
            let out = command(dir.path(), args).env(name, value).output().unwrap();
            assert!(![out.stdout, out.stderr].concat().contains(&0x1b), "{name} {args:?}");
        }
    }
}

#[test]
fn completions_and_manual() {
    let dir = tempfile::tempdir().unwrap();
    for (shell, words) in [("bash", "complete -F"), ("zsh", "#compdef rundruf"), ("fish", "complete -c rundruf")] {
        let script = run(dir.path(), &["completions", shell]).done().out;
        assert!(script.contains(words) && script.contains("deliveries"), "{shell}");
    }
    let said = run(dir.path(), &["man", "man", "--json"]).done().json();
    assert_eq!(said["file"], "man/rundruf.1");
    let pages: Vec<_> = std::fs::read_dir(dir.path().join("man")).unwrap().flatten().collect();
    assert!(pages.len() > 30, "{} pages", pages.len());
    let page = std::fs::read_to_string(dir.path().join("man/rundruf-broadcast-send.1")).unwrap();
    assert!(page.contains(".TH rundruf-broadcast-send 1"), "{page}");
    std::fs::write(dir.path().join("file"), "").unwrap();
    assert_eq!(run(dir.path(), &["man", "file/man", "--json"]).refused(1, &["file/man"]), "file");
}
