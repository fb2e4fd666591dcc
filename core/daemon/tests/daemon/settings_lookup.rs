//! Where settings are looked for, and what `config show` and `config explain` print.

use crate::fixture::{SETTINGS, command, folder, run};
use serde_json::json;
use std::path::Path;

/// `--config` before `RUNDRUF_CONFIG` before `./rundruf.toml`.
#[test]
fn settings_are_looked_for_in_this_order() {
    let (here, there, given) = (folder(SETTINGS), folder(SETTINGS), folder(SETTINGS));
    for (dir, region) in [(&here, "AT"), (&there, "CH"), (&given, "FR")] {
        std::fs::write(dir.path().join("rundruf.toml"), SETTINGS.replace("\"DE\"", &format!("{region:?}"))).unwrap();
    }
    let file = |dir: &tempfile::TempDir| dir.path().join("rundruf.toml").display().to_string();
    let region = |env: Option<String>, args: &[&str]| {
        let mut show = command(here.path(), &[&["config", "show", "--json"], args].concat());
        show.envs(env.map(|e| ("RUNDRUF_CONFIG", e)));
        let out = show.output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap()["default_region"].clone()
    };
    assert_eq!(region(None, &[]), "AT");
    assert_eq!(region(Some(String::new()), &[]), "AT");
    assert_eq!(region(Some(file(&there)), &[]), "CH");
    assert_eq!(region(Some(file(&there)), &["--config", &file(&given)]), "FR");
    let nowhere = tempfile::tempdir().unwrap();
    let lost = run(nowhere.path(), &["list", "show", "--json"]);
    assert_eq!(lost.refused(1, &["/etc/rundruf/rundruf.toml", "--config, RUNDRUF_CONFIG"]), "no_settings");
    run(nowhere.path(), &["--lang", "de", "list", "show"]).refused(1, &["kann nicht gelesen werden: gibt es nicht"]);
}

#[test]
fn shown_with_and_without_origin() {
    let mail = "[transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nfrom = \"news@krume.example\"\n\
        username = \"krume\"\npassword = \"hunter2\"\ndkim = [{ domain = \"krume.example\", selector = \"r1\", key = \"hunter2\" }]\n";
    let dir = folder(&format!("{SETTINGS}{mail}"));
    let values = run(dir.path(), &["config", "show", "--json"]).done().json();
    assert_eq!(values["sender.name"], "Bäckerei Krume GmbH");
    assert_eq!(values["lists.angebote.transports"], json!(["sandbox"]));
    // Defaults are shown as well.
    assert_eq!((&values["retry.give_up"], &values["optin.expires_after"]), (&json!("48h"), &json!("7d")));
    assert_eq!(values["transports.sandbox.isolation"], "process");
    let origins = run(dir.path(), &["config", "show", "--origin", "--json"]).done().json();
    assert_eq!(origins["sender.name"]["line"], 4);
    assert!(origins["sender.name"]["file"].as_str().unwrap().ends_with("/rundruf.toml"));
    assert_eq!(origins["retry.give_up"], json!({"value": "48h", "file": null, "line": null}));
    let text = run(dir.path(), &["config", "show", "--origin"]).done().out;
    assert!(text.contains("rundruf.toml:4\n") && text.contains("retry.give_up = \"48h\"   # default"), "{text}");
    for shown in [text, values.to_string(), origins.to_string()] {
        assert!(!shown.contains("hunter2"), "a secret is shown: {shown}");
        assert!(shown.contains("news@krume.example"), "what is not a secret is shown");
    }
}

#[test]
fn explained() {
    let root = Path::new("/");
    let text = run(root, &["config", "explain", "lists.*.title"]).done().out;
    assert!(text.contains("Title that people read.") && text.contains("Angebote der Woche"), "{text}");
    let text = run(root, &["--lang", "de", "config", "explain", "web.listen"]).done().out;
    assert!(text.contains("Adresse und Port der Seiten") && text.contains("Vorgabe: \"127.0.0.1:8080\""), "{text}");
    // A plugin's own keys, by the plugin's name or the transport's.
    let text = run(root, &["config", "explain", "transports.email.config.port"]).done().out;
    assert!(text.contains("587 for submission") && text.contains("default: 587"), "{text}");
    let text = run(folder(SETTINGS).path(), &["config", "explain", "transports.sandbox.config.folder"]).done().out;
    assert!(text.contains("Folder for messages"), "{text}");
    assert_eq!(run(root, &["config", "explain", "retry", "--json"]).done().json()["key"], "retry");
    assert_eq!(
        run(root, &["config", "explain", "web.colour", "--json"]).refused(1, &["there is no key `web.colour`"]),
        "no_key"
    );
}

#[test]
fn no_faults_is_printed_as_text_and_as_json() {
    let dir = folder(SETTINGS);
    assert_eq!(run(dir.path(), &["config", "check"]).done().out, "All is well.\n");
    assert_eq!(run(dir.path(), &["--lang", "de", "config", "check"]).done().out, "Alles in Ordnung.\n");
    assert_eq!(run(dir.path(), &["-q", "config", "check"]).done().out, "");
    assert_eq!(
        run(dir.path(), &["config", "check", "--json"]).done().json(),
        json!({"ok": true, "faults": [], "warnings": []})
    );
}
