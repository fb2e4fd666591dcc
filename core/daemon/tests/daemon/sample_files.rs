//! The files in `config/` are what the program prints, and they pass its checks.

use crate::fixture::{built, folder, run};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config").join(name)
}

#[track_caller]
fn is_current(file: &str, args: &[&str]) {
    let printed = run(Path::new("/"), args).done().out;
    let kept = std::fs::read_to_string(shipped(file)).unwrap();
    assert!(kept == printed, "config/{file} is old: target/debug/rundruf {} > config/{file}", args.join(" "));
}

#[test]
fn the_sample_is_current() {
    is_current("rundruf.toml", &["--lang", "en", "config", "sample"]);
}

#[test]
fn the_schema_is_current() {
    is_current("rundruf.schema.json", &["config", "schema"]);
}

/// The sample in a folder that has everything that it names.
fn provided(sample: &str) -> tempfile::TempDir {
    let dir = folder("");
    let here = |name: &str| dir.path().join(name).display().to_string();
    let sample = sample
        .replace("/var/lib/rundruf-keys", &here("keys"))
        .replace("/var/lib/rundruf", &here("data"))
        .replace("/run/rundruf", &here("run"))
        .replace("/usr/lib/rundruf/plugins", &built().display().to_string());
    for name in ["keys", "data", "run"] {
        std::fs::create_dir(dir.path().join(name)).unwrap();
    }
    for name in ["smtp-password", "verp-secret"] {
        std::fs::write(dir.path().join(name), "something\n").unwrap();
    }
    // The plugin is asked, so key and certificate are real.
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-subj", "/CN=relay.krume.example"])
        .args(["-keyout", "dkim.pem", "-out", "relay-ca.pem"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let modes = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(dir.path().join("dkim.pem"), modes).unwrap();
    std::fs::write(dir.path().join("rundruf.toml"), sample).unwrap();
    dir
}

#[track_caller]
fn passes_config_check(dir: &Path) {
    let mut command = crate::fixture::command(dir, &["config", "check", "--json"]);
    let out = command.env("CREDENTIALS_DIRECTORY", dir).output().unwrap();
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&said["faults"], &said["warnings"]), (&Value::Array(vec![]), &Value::Array(vec![])), "{said:#}");
    assert!(out.status.success());
}

#[test]
fn the_sample_passes_config_check() {
    for language in ["de", "en"] {
        passes_config_check(provided(&run(Path::new("/"), &["--lang", language, "config", "sample"]).out).path());
    }
}

/// The sample passes with every commented key as well.
#[test]
fn every_example_passes_config_check() {
    let sample = run(Path::new("/"), &["config", "sample"]).out;
    let is_key = |l: &str| {
        l.split_once(" = ")
            .is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'))
    };
    let opened = |l: &str| match l.strip_prefix("# ").filter(|l| is_key(l)) {
        // No library has the example's digest.
        Some(key) if key.starts_with("sha256") => String::new(),
        Some(key) => format!("{key}\n"),
        None => format!("{l}\n"),
    };
    let all: String = sample.lines().map(opened).collect();
    assert!(all.contains("\nfrequency_cap = {") && all.contains("\ndkim = ["), "{all}");
    passes_config_check(provided(&all).path());
}

fn toml_of(value: &Value) -> String {
    value.to_string()
}

/// The e-mail section of the sample has exactly the plugin's keys, with its defaults.
#[test]
fn the_email_section_is_the_plugins_own() {
    let sample = run(Path::new("/"), &["config", "sample"]).out;
    let section = sample.split("[transports.email.config]\n").nth(1).unwrap();
    let mut written: Vec<(&str, &str)> = section
        .lines()
        .filter_map(|l| l.trim_start_matches("# ").split_once(" = "))
        .filter(|(k, _)| !k.contains(' '))
        .collect();
    written.sort_unstable();
    let info = run(&built(), &["plugin", "info", "email", "--json"]).done().json();
    let properties = info["config_schema"]["properties"].as_object().unwrap();
    let current = properties.iter().filter(|(_, rules)| rules["deprecated"] != true);
    let mut known: Vec<&str> = current.map(|(key, _)| key.as_str()).collect();
    known.sort_unstable();
    assert_eq!(written.iter().map(|(k, _)| *k).collect::<Vec<_>>(), known);
    for (key, value) in written {
        let default = &properties[key]["default"];
        assert!(
            default.is_null() || default.is_array() || toml_of(default) == value,
            "{key}: {value} is not {default}"
        );
    }
}

/// The schema is valid JSON Schema, and the quick start's settings conform to it.
#[test]
fn the_schema_accepts_the_quickstart_settings() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(shipped("rundruf.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for file in ["rundruf.toml", "quickstart.toml", "examples/threema.toml"] {
        let text = std::fs::read_to_string(shipped(file)).unwrap();
        let value = serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap();
        assert!(
            validator.is_valid(&value),
            "{file}: {:?}",
            validator.iter_errors(&value).map(|e| e.to_string()).collect::<Vec<_>>()
        );
    }
    assert!(!validator.is_valid(&serde_json::json!({"sender": 1})));
}
