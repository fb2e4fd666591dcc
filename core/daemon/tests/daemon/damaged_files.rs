//! Settings files that are damaged, missing, or define the same table twice.

use crate::fixture::{SETTINGS, folder, run};
use crate::settings_faults::with;
use serde_json::{Value, json};

#[test]
fn text_that_is_not_toml() {
    let said = run(folder(&with("[store]\nurl", "[store\nurl")).path(), &["config", "check", "--json"]).json();
    let faults = said["faults"].as_array().unwrap();
    // One fault, not a list of all keys that are then missing.
    assert_eq!((faults.len(), &faults[0]["line"]), (1, &json!(7)), "{said:#}");
    assert!(faults[0]["message"].as_str().unwrap().starts_with("TOML: "), "{said:#}");
    assert!(faults[0]["key"].is_null(), "{said:#}");
}

#[test]
fn text_that_is_not_utf8() {
    let dir = folder("");
    // A name in Latin-1 after an umlaut in UTF-8.
    let bytes = with("name = \"Bäckerei Krume GmbH\"", "name = \"Bäckerei M?ller\"").into_bytes();
    let bytes: Vec<u8> = bytes.into_iter().map(|b| if b == b'?' { 0xfc } else { b }).collect();
    std::fs::write(dir.path().join("rundruf.toml"), bytes).unwrap();
    let said = run(dir.path(), &["config", "check", "--json"]).json();
    let fault = &said["faults"][0];
    assert_eq!((&fault["line"], &fault["column"]), (&json!(4), &json!(19)), "{said:#}");
    assert!(fault["message"].as_str().unwrap().contains("not UTF-8"), "{said:#}");
}

#[test]
fn missing_files() {
    let dir = tempfile::tempdir().unwrap();
    let said = run(dir.path(), &["config", "check", "none.toml", "--json"]);
    assert_eq!(said.code, 1);
    let fault = said.json()["faults"][0].clone();
    assert!(fault["file"].as_str().unwrap().ends_with("/none.toml"), "{fault}");
    assert_eq!((&fault["line"], &fault["column"], &fault["key"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(said.json()["faults"].as_array().unwrap().len(), 1);
    // A missing table has no position, only a file and a key.
    let said =
        run(folder(&with("[store]\nurl = \"sqlite:rundruf.db\"", "")).path(), &["config", "check", "--json"]).json();
    let fault = &said["faults"][0];
    assert_eq!((&fault["key"], &fault["line"]), (&json!("store"), &Value::Null), "{said:#}");
    assert!(fault["file"].as_str().unwrap().ends_with("/rundruf.toml"));
}

/// The same table in two files is a fault that names both; lists and transports may be in several files.
#[test]
fn two_files() {
    let dir = folder(SETTINGS);
    let more = dir.path().join("conf.d");
    std::fs::create_dir(&more).unwrap();
    let list = "[lists.neu]\ntitle = \"Neues\"\npurpose = \"Neues aus dem Laden\"\ntransports = [\"sandbox\"]\n";
    std::fs::write(more.join("list-neu.toml"), list).unwrap();
    std::fs::write(more.join(".hidden.toml"), "nonsense").unwrap();
    std::fs::write(more.join("note.txt"), "nonsense").unwrap();
    run(dir.path(), &["config", "check"]).done();
    std::fs::write(more.join("a.toml"), "[web]\nlisten = \"127.0.0.1:1\"\n[lists.angebote]\ntitle = \"x\"\n").unwrap();
    std::fs::write(more.join("b.toml"), list).unwrap();
    let said = run(dir.path(), &["config", "check", "--json"]).json();
    let faults = said["faults"].as_array().unwrap();
    let told: Vec<(&str, bool)> = faults
        .iter()
        .map(|f| (f["key"].as_str().unwrap(), f["message"].as_str().unwrap().contains("/rundruf.toml")))
        .collect();
    assert_eq!(told, [("web", true), ("lists.angebote", true), ("lists.neu", false)], "{said:#}");
    assert!(
        faults[2]["message"].as_str().unwrap().contains("b.toml")
            && faults[2]["message"].as_str().unwrap().contains("list-neu.toml")
    );
    assert!(faults[0]["file"].as_str().unwrap().ends_with("conf.d/a.toml"));
    assert_eq!((&faults[1]["line"], &faults[1]["column"]), (&json!(3), &json!(8)), "{said:#}");
}
