//! Commands for authors of plugins: `plugin new`, and `plugin run` without a daemon.

use crate::fixture::{SETTINGS, built, folder, run};
use std::path::Path;

#[test]
fn a_project_is_written_once_and_under_a_good_name() {
    let dir = tempfile::tempdir().unwrap();
    let made = run(dir.path(), &["plugin", "new", "my-provider", "--json"]).done().json();
    assert_eq!((made["folder"].as_str(), made["language"].as_str()), (Some("my-provider"), Some("rust")), "{made}");
    let read = |file: &str| std::fs::read_to_string(dir.path().join("my-provider").join(file)).unwrap();
    for file in made["files"].as_array().unwrap() {
        let text = std::fs::read_to_string(dir.path().join(file.as_str().unwrap())).unwrap();
        let mark =
            ["@NAME@", "@CRATE@", "@SDK@", "@DATE@", "@RUNDRUF@", "@LIBRARY@"].into_iter().find(|m| text.contains(m));
        assert_eq!(mark, None, "{file} is not filled in");
    }
    assert!(read("Cargo.toml").contains("name = \"my-provider\"") && read("README.md").contains("# my-provider"));
    assert!(read("Cargo.toml").contains("/core/sdk\""), "in a checkout its own SDK is used: {}", read("Cargo.toml"));
    let again = run(dir.path(), &["plugin", "new", "my-provider", "--c", "--json"]);
    assert_eq!(again.refused(1, &["`my-provider` is here already"]), "exists");
    let german = run(dir.path(), &["--lang", "de", "plugin", "new", "mein-anbieter", "--c"]).done().out;
    assert!(german.contains("Angelegt: mein-anbieter/Makefile") && german.contains("\n  make\n"), "{german}");
    let readme = std::fs::read_to_string(dir.path().join("mein-anbieter/README.md")).unwrap();
    assert!(readme.contains("Noch schreibt er jede Nachricht"), "{readme}");
    for name in ["", "a", "9lives", "Provider", "my_provider", "my--provider", "my-", "../up", "a/b", "tokio", "fn"] {
        let refused = run(dir.path(), &["plugin", "new", name, "--json"]);
        assert_eq!(refused.refused(1, &[name]), "bad_name", "{name:?}");
    }
    let sdk = run(dir.path(), &["plugin", "new", "other", "--sdk", ".", "--json"]);
    assert_eq!(sdk.refused(1, &["the SDK is not in `.`"]), "sdk");
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(names.len(), 2, "what is refused leaves nothing: {names:?}");
}

/// A program that was copied away from its sources cannot find the SDK: it says so instead of writing a project that does not build. C needs no SDK.
#[test]
fn without_the_sources_only_c_is_offered() {
    let (dir, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = away.path().join("rundruf");
    std::fs::copy(env!("CARGO_BIN_EXE_rundruf"), &program).unwrap();
    let new = |more: &[&str]| {
        let args = [&["plugin", "new", "my-provider"], more].concat();
        let output = std::process::Command::new(&program).args(args).current_dir(dir.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, _, err) = new(&["--lang", "en"]);
    assert!(code == Some(1) && err.contains("is not in its source folder") && err.contains("--sdk DIR"), "{err}");
    let (code, _, err) = new(&["--lang", "de"]);
    assert!(code == Some(1) && err.contains("nicht im Ordner seiner Quellen") && err.contains("--c"), "{err}");
    assert!(!dir.path().join("my-provider").exists(), "what is refused leaves nothing");
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let (code, out, err) = new(&["--sdk", sources]);
    assert!(code == Some(0) && out.contains("cargo test"), "{err}");
    let cargo = std::fs::read_to_string(dir.path().join("my-provider/Cargo.toml")).unwrap();
    assert!(cargo.contains("/core/sdk\""), "{cargo}");
    std::fs::remove_dir_all(dir.path().join("my-provider")).unwrap();
    let (code, out, err) = new(&["--c"]);
    assert!(code == Some(0) && out.contains("\n  make\n"), "{err}");
}

/// Frequent mistakes: each is named with advice, in the reader's language.
#[test]
fn a_plugin_that_is_not_found_is_looked_for_where_it_could_be() {
    let dir = folder(SETTINGS);
    std::fs::copy(built().join("librundruf_null.so"), dir.path().join("mine.so")).unwrap();
    let info = |args: &[&str], words: &[&str]| run(dir.path(), &[&["plugin", "info"], args].concat()).refused(1, words);
    info(&["mine.so"], &["no plugin `mine.so`", "a file is named by its path: `./mine.so`"]);
    info(&["--lang", "de", "mine.so"], &["kein Plugin `mine.so`", "mit ihrem Pfad genannt: `./mine.so`"]);
    info(&["./build/mine.so"], &["cannot read `./build/mine.so`: No such file", "is it built"]);
    info(&["--lang", "de", "./build/mine.so"], &["`./build/mine.so` kann nicht gelesen werden: gibt es nicht"]);
    info(&["."], &["no plugin `.`"]);
    info(&["./"], &["`./` is not a plugin: it is not a file"]);
    let check = |plugin: &str, words: &[&str]| {
        std::fs::write(dir.path().join("x.toml"), SETTINGS.replace("plugin = \"sandbox\"", plugin)).unwrap();
        run(dir.path(), &["config", "check", "x.toml"]).refused(1, words)
    };
    check("plugin = \"mine.so\"", &["x.toml:20:10", "a file is named by its path: `./mine.so`"]);
    check("plugin = \"./my.so\"", &["x.toml:20:10", "is it built, and is the path right?"]);
    check("plugin = \"nul\"", &["there is no plugin `nul` in", "`rundruf plugin list` shows all"]);
    // Settings for a plugin without any, and the plugin's keys beside the daemon's.
    check("plugin = \"./mine.so\"\nfolder = \"x\"", &["unknown key `folder`", "belong in [transports.sandbox.config]"]);
}

/// The rehearsal addresses of the sandbox plugin give every class of outcome.
#[test]
fn one_message_without_a_daemon() {
    let dir = folder("");
    let own = dir.path().join("messages");
    let set = format!("folder={}", own.display());
    let send = |to: &str, seconds: &str, more: &[&str]| {
        let args = ["plugin", "run", "sandbox", "--to", to, "--set", &set, "--seconds", seconds, "--json"];
        run(dir.path(), &[&args, more].concat())
    };
    let sent = send("email:anna@krume.example", "0", &["--text", "Grüß Gott"]).done().json();
    assert_eq!((sent["sent"].as_bool(), sent["ended"].as_str()), (Some(true), Some("clean")), "{sent}");
    let file = own.join(sent["outcome"]["remote_id"].as_str().unwrap());
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("To: anna@krume.example") && text.contains("Grüß Gott"), "{text}");
    for (to, class) in [("refuse@x.example", "permanent"), ("later@x.example", "retry"), ("cut@x.example", "unknown")] {
        for isolation in ["process", "none"] {
            let refused = send(to, "0", &["--channel", "email", "--isolation", isolation]);
            assert_eq!(refused.refused(1, &["rehearsal"]), "not_sent");
            assert_eq!(refused.json()["outcome"]["class"], class, "{to} {isolation}");
        }
    }
    // An inbound message is shown and not confirmed: it stays for the daemon.
    std::fs::write(own.join("in/sms:+491701234567.txt"), "STOP").unwrap();
    let heard = send("email:anna@krume.example", "3", &[]).done().json();
    assert_eq!(heard["inbound"].as_array().map(Vec::len), Some(1), "{heard}");
    assert_eq!(heard["inbound"][0]["text"], "STOP");
    assert!(own.join("in/sms:+491701234567.txt").exists());
}

#[test]
fn a_message_that_cannot_be_sent_is_refused() {
    let dir = folder("");
    let refused = |args: &[&str], words: &[&str]| {
        run(dir.path(), &[&["plugin", "run", "email", "--json"], args].concat()).refused(1, words)
    };
    assert_eq!(refused(&["--to", "sms:+491701234567"], &["does not serve sms", "email"]), "bad_address");
    assert_eq!(
        refused(&["--to", "nobody"], &["an e-mail address is written name@domain", "the plugin serves email"]),
        "bad_address"
    );
    let faults = ["`transports.run.config.host` is missing", "unknown key `hots`", "did you mean `host`"];
    assert_eq!(refused(&["--to", "anna@krume.example", "--set", "hots=x"], &faults), "settings");
    std::fs::write(dir.path().join("own.toml"), "host = \"127.0.0.1\"\nfrom = \"news@krume.example\"\nport = \"x\"\n")
        .unwrap();
    let in_file = ["own.toml:3:8", "port"];
    assert_eq!(refused(&["--to", "anna@krume.example", "--settings", "own.toml"], &in_file), "settings");
    let lost = run(Path::new("/"), &["plugin", "run", "nothing-of-that-name", "--to", "x@y.example", "--json"]);
    assert_eq!(lost.refused(1, &["nothing-of-that-name"]), "plugin");
}
