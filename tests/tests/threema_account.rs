//! The account at Threema Gateway: set up step by step at a gateway on loopback whose cryptography is that of the official SDK, then credits, hearing,
//! and a person who is erased.

#[path = "../../plugins/threema/tests/support/gateway.rs"]
mod gateway;

use gateway::{Gateway, PRIVATE};
use rundruf_tests::{Artifacts, Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);

fn settings(dir: &Path, gateway: &Gateway) -> String {
    let rest = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.krume.example\"\n\n\
         [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"threema\"]\n\n\
         [transports.threema]\nplugin = \"threema\"\n[transports.threema.config]\ngateway_id = \"*KRUME01\"\n\
         secret = {{ file = \"threema-secret\" }}\nprivate_key = {{ file = \"threema-key\" }}\n\
         base_url = \"http://127.0.0.1:{}\"\ntimeout = \"3s\"\n",
        gateway.port
    );
    daemon::settings(dir, &rest)
}

fn secret_file(dir: &Path, name: &str, content: &str) {
    fs::write(dir.join(name), content).unwrap();
    fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o600)).unwrap();
}

/// Runs the set-up with these answers.
fn set_up(dir: &Path, language: &str, answers: &str) -> (Output, String) {
    let mut child = Command::new(&Artifacts::get().rundruf)
        .args(["--lang", language, "transport", "setup", "threema"])
        .env("RUNDRUF_CONFIG", dir.join("rundruf.toml"))
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output, said)
}

#[test]
fn the_set_up_makes_the_key_checks_the_secret_and_sends_a_test() {
    let (gateway, dir) = (Gateway::start(), tempfile::tempdir().unwrap());
    fs::write(dir.path().join("rundruf.toml"), settings(dir.path(), &gateway)).unwrap();
    // Before the Gateway ID is there: the key is made, and its public half is shown.
    let (first, said) = set_up(dir.path(), "en", "\n");
    assert!(first.status.success(), "{said}");
    let key = fs::read_to_string(dir.path().join("threema-key")).unwrap();
    let mode = fs::metadata(dir.path().join("threema-key")).unwrap().permissions().mode();
    assert_eq!((mode & 0o777, key.starts_with("private:"), key.trim().len()), (0o600, true, 72));
    assert!(
        said.contains("*KRUME01") && said.contains("with this public key") && said.contains("Run the set-up again"),
        "{said}"
    );
    assert!(!said.contains(key.trim().trim_start_matches("private:")), "the private key is shown");
    assert!(!dir.path().join("threema-secret").exists());
    // This gateway knows another key of ours: with the new one nobody could read us.
    let (refused, said) = set_up(dir.path(), "en", "s3cret&x\n");
    assert!(!refused.status.success() && said.contains("does not belong to `gateway_id`"), "{said}");
    fs::remove_file(dir.path().join("threema-secret")).unwrap();
    secret_file(dir.path(), "threema-key", PRIVATE);
    // A secret that the gateway refuses is asked for again, and not kept. Then everything goes its way.
    let (done, said) = set_up(dir.path(), "de", "falsch\ns3cret&x\nanna\nanna2345\n");
    assert!(done.status.success(), "{said}");
    for words in [
        "Das Gateway lehnt es ab",
        "10000 Guthaben",
        "3mid:*KRUME01,3851ad59c96146a05b32e41c0ccd0fd639dc8cd66bf6e1cbd3c8d67e4e8f5531",
        "https://threema.id/*KRUME01?text=START",
        "/hook/",
        "Eine Threema-ID hat acht Buchstaben",
        "Die Testnachricht ist gesendet",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(fs::read_to_string(dir.path().join("threema-secret")).unwrap(), "s3cret&x\n");
    assert!(!said.contains("s3cret") && !said.contains(PRIVATE), "{said}");
    let messages = gateway.messages();
    assert!(
        messages.len() == 1 && messages[0].0 == "ANNA2345" && messages[0].1["text"].to_string().contains("Test"),
        "{messages:?}"
    );
    // With it the daemon starts and says how the account is.
    let daemon = Daemon::restart(dir.path());
    let health = daemon.wait_for("health", DEADLINE, || {
        let transport = daemon.json(&["transport", "list"]).remove(0);
        Some(transport["health"].clone()).filter(|health| !health.is_null())
    });
    assert!(health.to_string().contains("9999"), "{health}");
    assert!(daemon.terminate().success());
}

/// The example works without a change: its second step makes the key, and with the secret its settings are without fault.
#[test]
fn the_example_does_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/examples/threema.toml");
    let plugins = Artifacts::get().plugins.display().to_string();
    let toml = format!("plugin_dir = \"{plugins}\"\n{}", fs::read_to_string(example).unwrap());
    fs::write(dir.path().join("rundruf.toml"), toml).unwrap();
    let (made, said) = set_up(dir.path(), "de", "\n");
    assert!(made.status.success() && said.contains("Bestellen Sie auf gateway.threema.ch"), "{said}");
    assert!(fs::read_to_string(dir.path().join("threema-private-key")).unwrap().starts_with("private:"));
    secret_file(dir.path(), "threema-secret", "s3cret");
    let check = Command::new(&Artifacts::get().rundruf)
        .args(["config", "check", "rundruf.toml"])
        .current_dir(dir.path())
        .output();
    let check = check.unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned() + &String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success(), "{said}");
}

#[test]
fn an_erased_person_is_forgotten_by_the_plugin() {
    let (gateway, dir) = (Gateway::start(), tempfile::tempdir().unwrap());
    secret_file(dir.path(), "threema-secret", "s3cret&x");
    secret_file(dir.path(), "threema-key", PRIVATE);
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), &gateway));
    for person in ["ANNA2345", "BERT2345"] {
        let tested = daemon.json(&["transport", "test", "threema", "--to", &format!("threema:{person}")]);
        assert_eq!(tested[0]["ok"], Value::from(true), "{tested:?}");
    }
    let added = daemon.json(&["contact", "add", "--address", "threema:ANNA2345"]);
    let kept = || files_with(dir.path(), b"ANNA2345");
    assert!(kept().iter().any(|name| name.ends_with("keys")), "{:?}", kept());
    let erased = daemon.cli(&["contact", "erase", &added[0]["contact"].to_string(), "--yes"]);
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
    daemon.wait_for("forgotten", DEADLINE, || kept().iter().all(|name| !name.ends_with("keys")).then_some(()));
    assert!(files_with(dir.path(), b"BERT2345").iter().any(|name| name.ends_with("keys")), "others stay");
    assert!(daemon.terminate().success());
}

/// Files below a folder that hold these bytes.
fn files_with(dir: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if fs::read(&path).unwrap_or_default().windows(bytes.len()).any(|w| w == bytes) {
            found.push(path.display().to_string());
        }
    }
    found
}
