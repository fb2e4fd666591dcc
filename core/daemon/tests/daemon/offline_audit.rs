//! Commands that work on files are in the audit log as well, whether a daemon runs or not.

use crate::fixture::{Daemon, run};
use serde_json::Value;

/// The newest entry about this command.
fn entry(daemon: &Daemon, what: &str) -> Value {
    let all = daemon.lines(&["audit", "list"]);
    all.iter().find(|e| e["what"] == what).unwrap_or_else(|| panic!("{what}: {all:?}")).clone()
}

#[test]
fn commands_that_work_on_files_are_in_the_audit_log() {
    let who = format!("operator:{}", rustix::process::getuid().as_raw());
    let daemon = Daemon::start();
    let pinned = daemon.json(&["plugin", "pin", "sandbox"]);
    let noted = entry(&daemon, "plugin pin");
    assert_eq!((&noted["of"], &noted["new"], &noted["old"]), (&"sandbox".into(), &pinned["new"], &Value::Null));
    assert_eq!((noted["who"].as_str(), &noted["outcome"]), (Some(who.as_str()), &"done".into()), "{noted}");
    // What changes nothing is not noted.
    daemon.json(&["plugin", "pin", "sandbox"]);
    let pins = daemon.lines(&["audit", "list"]);
    assert_eq!(pins.iter().filter(|e| e["what"] == "plugin pin").count(), 1, "{pins:?}");
    daemon.run(&["backup", "copy"]).done();

    // Without a daemon the entry is written into the database.
    let dir = daemon.end();
    let settings = std::fs::read_to_string(dir.path().join("rundruf.toml")).unwrap();
    let other = settings.replace(pinned["new"].as_str().unwrap(), &"0".repeat(64));
    assert_ne!(settings, other);
    std::fs::write(dir.path().join("rundruf.toml"), other).unwrap();
    run(dir.path(), &["plugin", "pin", "sandbox"]).done();
    run(dir.path(), &["log", "fork", "--reason", "Platte getauscht"]).done();
    let daemon = Daemon::start_in(dir);
    let noted = entry(&daemon, "plugin pin");
    assert_eq!((&noted["old"], &noted["new"]), (&"0".repeat(64).into(), &pinned["new"]), "{noted}");
    let noted = entry(&daemon, "log fork");
    assert_eq!((noted["who"].as_str(), &noted["of"]), (Some(who.as_str()), &"Platte getauscht".into()), "{noted}");

    // A database that is brought back knows who did it.
    let dir = daemon.end();
    let away = dir.path().join("away");
    std::fs::create_dir(&away).unwrap();
    for name in ["rundruf.db", "rundruf.db-wal", "rundruf.db-shm", "rundruf.db.keys", "rundruf.db.highwater"] {
        let _ = std::fs::rename(dir.path().join(name), away.join(name));
    }
    run(dir.path(), &["backup", "restore", "copy"]).done();
    let daemon = Daemon::start_in(dir);
    let noted = entry(&daemon, "backup restore");
    assert_eq!(noted["who"].as_str(), Some(who.as_str()), "{noted}");
    assert!(noted["new"].as_str().unwrap().starts_with("copy ("), "{noted}");
    assert!(daemon.run(&["--lang", "de", "audit", "list"]).done().out.contains("backup restore"));
}

/// Before the first start there is no database, and nothing to note it in.
#[test]
fn without_a_database_nothing_is_noted_and_none_is_made() {
    let dir = crate::fixture::folder(crate::fixture::SETTINGS);
    run(dir.path(), &["plugin", "pin", "sandbox"]).done();
    assert!(!dir.path().join("rundruf.db").exists());
}
