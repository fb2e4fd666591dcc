//! Files that hold people's data are readable by their owner alone, whatever the umask of the caller.

use crate::fixture::{Daemon, SETTINGS, folder};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// All files below a folder that others can read.
fn open_to_others(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            open_to_others(&entry.path(), found);
        } else if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
            found.push(entry.path());
        }
    }
}

#[test]
fn files_of_people_are_their_owner_s_alone() {
    let dir = folder(SETTINGS);
    // What an earlier version left readable.
    let mut daemon = Daemon::start_in(dir);
    daemon.people();
    assert_eq!(daemon.stop(), 0);
    let dir = daemon.end();
    for name in ["rundruf.db", "rundruf.db.keys"] {
        std::fs::set_permissions(dir.path().join(name), PermissionsExt::from_mode(0o644)).unwrap();
    }
    let daemon = Daemon::start_in(dir);
    std::fs::write(daemon.path("anhang.txt"), "Preise").unwrap();
    let sent =
        ["broadcast", "send", "--list", "angebote", "--text", "Hallo", "--subject", "Brot", "--attach", "anhang.txt"];
    let id = daemon.json(&sent)["id"].to_string();
    daemon.json(&["broadcast", "status", &id, "--wait"]);
    daemon.json(&["consent", "proof", "email:anna@kunde.example", "--list", "angebote", "-o", "proof.zip"]);
    daemon.json(&["contact", "export", "email:anna@kunde.example", "-o", "export.zip"]);
    daemon.json(&["backup", "create", "backup"]);
    assert!(!daemon.messages("eml").is_empty() && daemon.path("export.zip").exists() && daemon.path("backup").is_dir());
    let mut found = Vec::new();
    open_to_others(daemon.dir.path(), &mut found);
    let expected = ["rundruf.toml", "people.csv", "anhang.txt", "log", "consent-log.vkey"];
    found.retain(|file| !expected.iter().any(|name| *file == daemon.path(name)));
    assert!(found.is_empty(), "{found:#?}");
    assert!(daemon.log().contains("others could read this file"), "{}", daemon.log());
}
