//! `plugin check`: lines for people, one object for programs, and a failure with advice.

use crate::fixture::{CommandOutput, command, run};

#[test]
fn a_plugin_is_checked() {
    let dir = tempfile::tempdir().unwrap();
    let some = ["plugin", "check", "sandbox", "--only", "drain", "--only", "descriptor-sane", "--seed", "7"];
    let said = run(dir.path(), &[&some[..], &["--json"]].concat()).done().json();
    let counts = ["passed", "warned", "failed", "skipped"].map(|k| said[k].as_u64().unwrap());
    assert_eq!(
        (said["plugin"].as_str(), counts, said["seed"].as_u64()),
        (Some("rundruf-sandbox"), [2, 0, 0, 0], Some(7))
    );
    let ids: Vec<&str> = said["checks"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["descriptor-sane", "drain"], "in the order of a plugin's life");
    assert!(said["checks"][1]["why"].as_str().unwrap().contains("500 messages answered"), "{said}");
    let german = run(dir.path(), &[&["--lang", "de"], &some[..]].concat()).done().out;
    assert!(german.contains("bestanden     drain") && german.contains("500 Nachrichten beantwortet"), "{german}");
    assert!(german.contains("2 bestanden, 0 mit Warnung, 0 durchgefallen, 0 ausgelassen"), "{german}");
}

#[test]
fn settings_and_isolation_are_passed_on() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("own.toml"), "folder = \"{folder}/mine\"\nslow_ms = true\n").unwrap();
    let with = ["plugin", "check", "sandbox", "--only", "open-close-loop", "--settings", "own.toml", "--json"];
    let said = run(dir.path(), &with);
    assert_eq!(said.refused(1, &["open-close-loop", "what helps"]), "check");
    assert!(said.json()["checks"][0]["why"].as_str().unwrap().contains("invalid type: boolean `true`"), "{said:?}");
    // A daemon's settings file is refused: samples would be sent for real.
    std::fs::write(dir.path().join("rundruf.toml"), crate::fixture::SETTINGS).unwrap();
    let daemons = ["--config", "rundruf.toml", "plugin", "check", "sandbox", "--only", "drain", "--json"];
    assert_eq!(run(dir.path(), &daemons).done().json()["passed"], 1);
    assert!(!dir.path().join("messages").exists());
}

/// Checks that cannot run, here for want of descriptors, fail the command: nothing was found out about the plugin.
#[test]
fn checks_that_cannot_run_fail_the_command() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["plugin", "check", "sandbox", "--only", "drain", "--only", "one-symbol", "--json"];
    let program = command(dir.path(), &args);
    let mut few = std::process::Command::new("sh");
    few.args(["-c", "ulimit -n 6; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
    few.current_dir(dir.path()).env("LC_ALL", "C");
    let said = CommandOutput::of(few.output().unwrap());
    assert_eq!(said.refused(1, &["0 failed, 0 skipped, 2 could not run", "DID NOT RUN"]), "check");
    assert!(said.json()["error"]["message"].as_str().unwrap().contains("2 of 2 checks could not run"), "{said:?}");
    assert_eq!((&said.json()["errors"], &said.json()["skipped"]), (&2.into(), &0.into()));
}

#[test]
fn a_file_that_cannot_be_checked_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let no_check = ["plugin", "check", "sandbox", "--only", "luck", "--json"];
    assert_eq!(run(dir.path(), &no_check).refused(1, &["there is no check `luck`", "exactly-once"]), "no_check");
    std::fs::write(dir.path().join("x.so"), "no").unwrap();
    let said = run(dir.path(), &["plugin", "check", "./x.so", "--json"]);
    assert_eq!(said.refused(1, &["is not a plugin", "1 failed, 28 skipped"]), "check");
    assert_eq!((&said.json()["failed"], &said.json()["skipped"]), (&1.into(), &28.into()));
    let missing = ["plugin", "check", "sandbox", "--settings", "none.toml", "--json"];
    assert_eq!(run(dir.path(), &missing).refused(1, &["none.toml"]), "settings");
}
