//! Faulty settings. In a test's text `¦` marks the positions of the faults: one mark per fault, in order.

use crate::fixture::{SETTINGS, built, command, folder, run, serve};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// An expected fault: key, words of the message, words of the advice.
pub(crate) type ExpectedFault<'a> = (&'a str, &'a str, &'a str);

/// Returns the text without marks, and their positions: line and column from 1, in characters.
pub(crate) fn marked(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut places = Vec::new();
    let (mut line, mut column) = (1, 1);
    for c in text.chars() {
        match c {
            '¦' => places.push((line, column)),
            '\n' => (line, column) = (line + 1, 1),
            _ => column += 1,
        }
    }
    (text.replace('¦', ""), places)
}

/// Checks that exactly these faults are reported, as JSON, as text and by `serve`.
#[track_caller]
pub(crate) fn check_in(dir: &Path, places: &[(usize, usize)], kind: &str, expected: &[ExpectedFault<'_>]) {
    let file = std::fs::canonicalize(dir.join("rundruf.toml")).unwrap().display().to_string();
    let said = run(dir, &["config", "check", &file, "--json"]);
    let value = said.json();
    let found = value[kind].as_array().unwrap();
    assert_eq!(found.len(), expected.len(), "{value:#}");
    assert_eq!(places.len(), expected.len(), "as many marks as faults");
    for ((fault, (line, column)), (key, message, help)) in found.iter().zip(places).zip(expected) {
        let fields: Vec<&str> = fault.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["column", "file", "help", "key", "line", "message"]);
        let place = (fault["file"].as_str(), fault["line"].as_u64(), fault["column"].as_u64());
        assert_eq!(place, (Some(file.as_str()), Some(*line as u64), Some(*column as u64)), "{fault:#}");
        let key = if key.is_empty() { Value::Null } else { json!(key) };
        assert_eq!(fault["key"], key, "{fault:#}");
        let says = |field: &str, words: &str| fault[field].as_str().unwrap().contains(words);
        assert!(says("message", message) && says("help", help), "{message} / {help}: {fault:#}");
        // As text: the same position, the line, a caret below it.
        let shown = run(dir, &["config", "check", &file]).err;
        assert!(shown.contains(&format!("--> {file}:{line}:{column}\n")), "{shown}");
        assert!(shown.contains(fault["message"].as_str().unwrap()), "{shown}");
    }
    let faulty = kind == "faults" && !expected.is_empty();
    assert_eq!((value["ok"].as_bool(), said.code), (Some(!faulty), i32::from(faulty)), "{value:#}");
    if faulty {
        // A library that cannot be used concerns its transport alone.
        let of_library = |key: &str| {
            key.starts_with("transports.")
                && key.matches('.').count() == 2
                && (key.ends_with(".plugin") || key.ends_with(".sha256"))
        };
        let starts = expected.iter().all(|(key, message, _)| of_library(key) && !message.contains("id `"));
        let served = serve(command(dir, &["serve", "--config", &file]));
        assert_eq!(served.code, i32::from(!starts), "{served:?}");
        for (_, message, _) in expected {
            assert!(served.err.contains(message), "serve does not tell {message}: {}", served.err);
        }
    }
}

#[track_caller]
pub(crate) fn check(text: &str, expected: &[ExpectedFault<'_>]) {
    let (text, places) = marked(text);
    check_in(folder(&text).path(), &places, "faults", expected);
}

/// The usual settings with one part replaced.
#[track_caller]
pub(crate) fn with(was: &str, is: &str) -> String {
    assert!(SETTINGS.contains(was), "{was}");
    SETTINGS.replacen(was, is, 1)
}

#[test]
fn the_usual_settings_have_no_fault() {
    check(SETTINGS, &[]);
}

#[test]
fn keys() {
    check(
        &with("[store]\nurl", "[store]\n¦ulr = 1\nurl"),
        &[("store.ulr", "unknown key `ulr` in [store]", "did you mean `url`?")],
    );
    check(&with("[lists.", "[¦list.x]\ny = 1\n[lists."), &[("list", "unknown key `list`", "did you mean `lists`?")]);
    check(
        &with("[web]\n", "[web]\n¦colour = \"red\"\n"),
        &[("web.colour", "unknown key `colour`", "known are: listen, max_body, public_url")],
    );
    check(
        &with("[sender]\nname = \"Bäckerei Krume GmbH\"", "[¦sender]"),
        &[("sender.name", "`sender.name` is missing", "Legal name")],
    );
    check(
        &with("[lists.angebote]\ntitle", "[lists.¦¦¦neu]\n[lists.angebote]\ntitle"),
        &[
            ("lists.neu.title", "`lists.neu.title` is missing", "Title"),
            ("lists.neu.purpose", "is missing", "purpose"),
            ("lists.neu.transports", "is missing", "Names of transports"),
        ],
    );
}

#[test]
fn types_and_values() {
    for (was, is, expected) in [
        ("name = \"Bäckerei Krume GmbH\"", "name = ¦7", ("sender.name", "is a number; a text", "1 to 200")),
        (
            "name = \"Bäckerei Krume GmbH\"",
            "name = ¦\" \"",
            ("sender.name", "`sender.name` = \" \" is not allowed", "1 to 200"),
        ),
        (
            "transports = [\"sandbox\"]",
            "transports = ¦\"sandbox\"",
            ("lists.angebote.transports", "is a text", "at least one name"),
        ),
        (
            "transports = [\"sandbox\"]",
            "transports = ¦[]",
            ("lists.angebote.transports", "is not allowed", "at least one name"),
        ),
        (
            "purpose = { de = \"Angebote der Bäckerei\", en",
            "purpose = { de = ¦\"\", en",
            ("lists.angebote.purpose.de", "\"\" is not allowed", "not empty"),
        ),
        (
            "first = \"100ms\"",
            "first = ¦\"soon\"",
            ("retry.first", "\"soon\" is not allowed", "a duration such as \"30s\""),
        ),
        ("first = \"100ms\"", "first = ¦\"10s\"", ("retry.first", "at most `retry.longest`", "30s and 1h")),
        (
            "[retry]",
            "[daemon]\nmax_attachment = ¦\"10 MB\"\n[retry]",
            ("daemon.max_attachment", "is not allowed", "a size such as"),
        ),
        (
            "[retry]",
            "[optin]\nexpires_after = ¦\"15d\"\n[retry]",
            ("optin.expires_after", "between `1d` and `14d`", "7d"),
        ),
        (
            "[retry]",
            "[optin]\nexpires_after = ¦\"23h\"\n[retry]",
            ("optin.expires_after", "between `1d` and `14d`", "7d"),
        ),
        (
            "default_region = \"DE\"",
            "default_region = ¦\"Germany\"",
            ("default_region", "is not allowed", "two capital letters"),
        ),
        (
            "listen = \"127.0.0.1:0\"",
            "listen = ¦\"localhost\"",
            ("web.listen", "is not an address with a port", "127.0.0.1:8080"),
        ),
        (
            "public_url = \"https://news.krume.example\"",
            "public_url = ¦\"news.krume.example\"",
            ("web.public_url", "not allowed", "https://"),
        ),
        ("url = \"sqlite:rundruf.db\"", "url = ¦\"mysql:x\"", ("store.url", "`mysql:x` is not allowed", "sqlite:FILE")),
        (
            "url = \"sqlite:rundruf.db\"",
            "url = ¦\"sqlite:none/rundruf.db\"",
            ("store.url", "there is no folder", "mkdir -p"),
        ),
        ("default_region", "plugin_dir = ¦\"none\"\ndefault_region", ("plugin_dir", "there is no folder", "mkdir -p")),
        (
            "plugin = \"sandbox\"",
            "plugin = \"sandbox\"\nisolation = ¦\"maybe\"",
            ("transports.sandbox.isolation", "\"maybe\"", "one of \"process\", \"none\""),
        ),
        (
            "plugin = \"sandbox\"",
            "plugin = \"sandbox\"\nwindow = ¦0",
            ("transports.sandbox.window", "`transports.sandbox.window` = 0", "at least 1"),
        ),
        (
            "plugin = \"sandbox\"",
            "plugin = \"sandbox\"\nrate_per_s = ¦\"50\"",
            ("transports.sandbox.rate_per_s", "is a text", "per second"),
        ),
        (
            "transports = [\"sandbox\"]",
            "transports = [\"sandbox\"]\nfrequency_cap = { messages = ¦0, per = \"30d\" }",
            ("lists.angebote.frequency_cap.messages", "= 0 is not", "at least 1"),
        ),
        (
            "transports = [\"sandbox\"]",
            "transports = [\"sandbox\"]\nfrequency_cap = { ¦message = 4, messages = 4, per = \"1d\" }",
            ("lists.angebote.frequency_cap.message", "unknown key `message`", "did you mean `messages`?"),
        ),
        (
            "transports = [\"sandbox\"]",
            "transports = [\"sandbox\"]\nfrequency_cap = ¦4",
            ("lists.angebote.frequency_cap", "is a number; a table", "Most messages of this list"),
        ),
        (
            "transports = [\"sandbox\"]",
            "transports = [\"sandbox\"]\nfrequency_cap = { messages = 4, per = ¦\"0s\" }",
            ("lists.angebote.frequency_cap.per", "above 0", "30d"),
        ),
    ] {
        check(&with(was, is), &[expected]);
    }
}

#[test]
fn names() {
    check(
        &with("[\"sandbox\"]", "[¦\"sandbx\"]"),
        &[("lists.angebote.transports.0", "no transport `sandbx`", "did you mean `sandbox`?")],
    );
    check(
        &with("[\"sandbox\"]", "[\"sandbox\", ¦\"pigeon\"]"),
        &[("lists.angebote.transports.1", "no transport `pigeon`", "add [transports.pigeon]")],
    );
    check(
        &with("[lists.angebote]", "[lists.¦\"../etc\"]"),
        &[("lists.../etc", "`../etc` is not a valid name of a list", "a-z, 0-9 and -")],
    );
    check(
        &with("[lists.angebote]", "[lists.¦Angebote]"),
        &[("lists.Angebote", "is not a valid name of a list", "a-z")],
    );
}

/// `[admin]` names an existing transport and an address that it serves.
#[test]
fn the_admin() {
    let notify = |more: &str| {
        format!(
            "{SETTINGS}[transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nfrom = \"a@krume.example\"\n\
             [admin]\nnotify = [{{ transport = \"sandbox\", address = \"me@krume.example\" }}, {more}]\n"
        )
    };
    let good = "{ transport = \"post\", address = \"email:me@krume.example\" }";
    check(&notify(good), &[]);
    check_in(folder(&notify(good)).path(), &[], "warnings", &[]);
    for (more, expected) in [
        (
            "{ transport = ¦\"pots\", address = \"me@krume.example\" }",
            ("admin.notify.1.transport", "there is no transport `pots`", "did you mean `post`?"),
        ),
        (
            "{ transport = \"post\", address = ¦\"nobody\" }",
            ("admin.notify.1.address", "several kinds of address", "email:chef@krume.example"),
        ),
        (
            "{ transport = \"post\", address = ¦\"+491701234567\" }",
            ("admin.notify.1.address", "the transport `post` does not serve sms", "it serves: email"),
        ),
        ("¦{ transport = \"post\" }", ("admin.notify.1.address", "is missing", "Your address")),
    ] {
        check(&notify(more), &[expected]);
    }
    // A warning if a second transport exists and is not named.
    let (text, places) = marked(&notify("").replace("notify = [", "notify = ¦["));
    let expected = ("admin.notify", "if `sandbox` fails you do not hear of it", "a second one");
    check_in(folder(&text).path(), &places, "warnings", &[expected]);
}

/// Links that leave the machine need https; a relay on this machine may pass them on.
#[test]
fn links_without_https() {
    let mail = |host: &str| {
        format!(
            "{}[transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"{host}\"\nfrom = \"a@krume.example\"\n\
             [admin]\nnotify = [{{ transport = \"sandbox\", address = \"me@krume.example\" }}, {{ transport = \"post\", address = \"me@krume.example\" }}]\n",
            with("public_url = \"https:", "public_url = ¦\"http:")
        )
    };
    let away =
        ("web.public_url", "`post` sends links over the network, and `public_url` has no https", "https address");
    check(&mail("mail.krume.example"), &[away]);
    let (text, places) = marked(&mail("127.0.0.1"));
    let here = ("web.public_url", "should `post` pass messages on to other machines", "https address");
    check_in(folder(&text).path(), &places, "warnings", &[here]);
    check(&with("public_url = \"https://news.krume.example\"", "public_url = \"http://127.0.0.1:8080\""), &[]);
}

/// Hosts beyond ASCII in URLs become A-labels, so a host that has none is a fault.
#[test]
fn hosts_of_urls() {
    check(&with("https://krume.example/impressum", "https://bäckerei.example/impressum"), &[]);
    check(
        &with("\"https://krume.example/impressum\"", "¦\"https://-ä.example/\""),
        &[("sender.imprint_url", "not one that the DNS can have", "xn--")],
    );
    let off = with("public_url = \"https://news.krume.example\"", "public_url = ¦\"https://ä..example\"");
    check(&off, &[("web.public_url", "not one that the DNS can have", "xn--")]);
}

/// A consent text that promises STOP where no transport of its list takes replies.
#[test]
fn a_stop_that_nobody_would_hear() {
    let text = |transports: &str| {
        let mail = "[transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nfrom = \"a@krume.example\"\n\
                    [admin]\nnotify = [{ transport = \"sandbox\", address = \"me@krume.example\" }, { transport = \"post\", address = \"me@krume.example\" }]\n";
        let text = "Ja, die Bäckerei Krume GmbH darf mir Angebote der Woche schicken. Abmelden jederzeit mit STOP.";
        with("transports = [\"sandbox\"]", &format!("transports = [{transports}]\nconsent_text = ¦\"{text}\"")) + mail
    };
    let (unheard, places) = marked(&text("\"post\""));
    let expected = ("lists.angebote.consent_text", "nobody would hear it", "name the link");
    check_in(folder(&unheard).path(), &places, "warnings", &[expected]);
    let (heard, _) = marked(&text("\"post\", \"sandbox\""));
    check_in(folder(&heard).path(), &[], "warnings", &[]);
}

/// Columns count characters, not bytes, and the caret is below the right one.
#[test]
fn columns_are_characters() {
    let text = with(
        "purpose = { de = \"Angebote der Bäckerei\", en = \"Offers of the bakery\" }",
        "purpose = { de = \"Äpfel, Öl, süße Brötchen 🥐\", en = ¦7 }",
    );
    check(&text, &[("lists.angebote.purpose.en", "is a number", "")]);
    let (text, places) = marked(&text);
    let shown = run(folder(&text).path(), &["config", "check"]).err;
    let caret = shown.lines().find(|l| l.contains('^')).unwrap();
    let gutter = caret.find('|').unwrap() + 2;
    assert_eq!(caret.chars().count() - caret.matches('^').count() - gutter, places[0].1 - 1, "{shown}");
}

#[test]
fn plugins() {
    let here = built().display().to_string();
    check(
        &with("plugin = \"sandbox\"", "plugin = ¦\"carrier-pigeon\""),
        &[("transports.sandbox.plugin", &format!("no plugin `carrier-pigeon` in `{here}`"), "plugin_dir")],
    );
    check(
        &with("plugin = \"sandbox\"", "plugin = ¦\"./rundruf.toml\""),
        &[("transports.sandbox.plugin", "is not a plugin: it is not a shared library", "plugin info")],
    );
    check(
        &with("plugin = \"sandbox\"", "plugin = ¦\"./none.so\""),
        &[("transports.sandbox.plugin", "none.so`: No such file", "is it built, and is the path right?")],
    );
    let open = tempfile::tempdir().unwrap();
    let open = open.path();
    std::fs::copy(Path::new(&here).join("librundruf_sandbox.so"), open.join("sandbox.so")).unwrap();
    std::fs::set_permissions(open, std::fs::Permissions::from_mode(0o777)).unwrap();
    check(
        &with("plugin = \"sandbox\"", &format!("plugin = ¦\"{}/sandbox.so\"", open.display())),
        &[("transports.sandbox.plugin", "is not safe: everybody can write to it (chmod go-w", "plugin info")],
    );
    check(
        &with("folder = \"messages\"", "¦fodler = \"x\"\nfolder = \"messages\""),
        &[(
            "transports.sandbox.config.fodler",
            "unknown key `fodler` in [transports.sandbox.config]",
            "did you mean `folder`?",
        )],
    );
    check(
        &with("folder = \"messages\"", "folder = ¦7"),
        &[("transports.sandbox.config.folder", "is a number", "Folder for messages")],
    );
    check(
        &with("slow_ms = 20", "slow_ms = ¦700000"),
        &[("transports.sandbox.config.slow_ms", "700000 is not allowed", "at most 600000")],
    );
    check(
        &with("[transports.sandbox.config]\nfolder = \"messages\"", "[transports.sandbox.¦config]"),
        &[("transports.sandbox.config.folder", "is missing", "Folder for messages")],
    );
    let pin = "0".repeat(64);
    check(
        &with("plugin = \"sandbox\"", &format!("plugin = \"sandbox\"\nsha256 = ¦\"{pin}\"")),
        &[("transports.sandbox.sha256", &format!("pinned is {pin}"), "where the file came from")],
    );
}

/// A library of another version of the contract is refused before any of its code runs.
#[test]
fn a_plugin_of_another_contract() {
    let (text, places) = marked(&with("plugin = \"sandbox\"", "plugin = ¦\"./old.so\""));
    let dir = folder(&text);
    let mut library = std::fs::read(built().join("librundruf_sandbox.so")).unwrap();
    let ours = b"\"abi\": [\n    0";
    let at: Vec<usize> = (0..library.len() - ours.len()).filter(|n| library[*n..].starts_with(ours)).collect();
    assert!(!at.is_empty(), "the manifest names its version");
    for n in at {
        library[n..n + ours.len()].copy_from_slice(b"\"abi\": [\n    9");
    }
    std::fs::write(dir.path().join("old.so"), library).unwrap();
    check_in(
        dir.path(),
        &places,
        "faults",
        &[("transports.sandbox.plugin", "speaks version 9.2 of the plugin contract, this program 0.2", "")],
    );
}

/// All at once, of every kind, in the order of the file: what a person can fix in one go.
#[test]
fn all_at_once() {
    let text = r#"
[sender]
name = "Krume"
imprint_url = ¦"impressum"
privacy_url = "https://krume.example/datenschutz"
[store]
url = ¦"sqlite:none/rundruf.db"
[¦webb]
listen = "x"
[optin]
expires_after = ¦"30d"
[lists.angebote]
title = ¦7
purpose = "Angebote"
transports = [¦"mial"]
[lists.¦"../etc"]
title = "x"
purpose = "y"
transports = ["mail"]
[transports.mail]
plugin = "email"
¦windw = 9
[transports.mail.config]
from = "news@krume.example"
host = ¦""
port = ¦"25"
password = ¦{ file = "none" }
[transports.other]
plugin = ¦"none"
"#;
    check(
        text,
        &[
            ("sender.imprint_url", "\"impressum\" is not allowed", "https://"),
            ("store.url", "there is no folder", ""),
            ("webb", "unknown key `webb`", "did you mean `web`?"),
            ("optin.expires_after", "between", ""),
            ("lists.angebote.title", "is a number", ""),
            ("lists.angebote.transports.0", "no transport `mial`", "did you mean `mail`?"),
            ("lists.../etc", "is not a valid name of a list", ""),
            ("transports.mail.windw", "unknown key `windw`", "did you mean `window`?"),
            ("transports.mail.config.host", "is not allowed", "not empty"),
            ("transports.mail.config.port", "is a text", "587"),
            ("transports.mail.config.password", "cannot read", ""),
            ("transports.other.plugin", "no plugin `none`", ""),
        ],
    );
}

/// Every fault is in German with `--lang de`.
#[test]
fn in_german() {
    let (text, _) = marked(
        &with("[store]\nurl", "[store]\nulr = 1\nurl")
            .replace("plugin = \"sandbox\"", "plugin = \"taube\"\nwindow = 0"),
    );
    let dir = folder(&text);
    let shown = run(dir.path(), &["--lang", "de", "config", "check"]).err;
    for words in [
        "Fehler: unbekannter Schlüssel `ulr` in [store]",
        "meinten Sie `url`?",
        "Fehler: es gibt kein Plugin `taube` in ",
        "Fehler: `transports.sandbox.window` = 0 geht nicht",
        "mindestens 1",
        "3 Fehler: so startet der Daemon nicht, oder nicht mit allen Transporten.",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let serve = run(dir.path(), &["--lang", "de", "serve", "--json"]);
    assert_eq!(serve.refused(1, &["unbekannter Schlüssel", "taube"]), "settings");
}
