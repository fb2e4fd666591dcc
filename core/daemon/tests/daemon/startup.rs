//! Start, refusals to start, stop, and the quick start.

use crate::fixture::{Daemon, SETTINGS, TIMEOUT, command, folder, run, until};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

#[test]
fn a_second_daemon_is_refused() {
    let d = Daemon::start();
    assert_eq!(
        d.run(&["serve", "--json"]).refused(1, &["in use by another daemon", "stop the other one first"]),
        "in_use"
    );
    d.run(&["--lang", "de", "serve"]).refused(1, &["wird von einem anderen Daemon benutzt", "halten Sie zuerst"]);
    // A daemon with another database on the same socket is refused as well.
    std::fs::write(d.path("other.toml"), SETTINGS.replace("rundruf.db", "other.db")).unwrap();
    assert_eq!(d.run(&["serve", "--config", "other.toml", "--json"]).refused(1, &["another daemon listens"]), "in_use");
    // The first daemon is unaffected.
    assert_eq!(d.json(&["doctor"])["ok"], true);
}

#[test]
fn without_a_daemon() {
    let dir = folder(SETTINGS);
    for args in [
        &["list", "show"][..],
        &["doctor"],
        &["log", "checkpoint"],
        &["log", "verify"],
        &["broadcast", "list"],
        &["transport", "list"],
    ] {
        assert_eq!(
            run(dir.path(), &[args, &["--json"]].concat()).refused(1, &["does not answer"]),
            "no_daemon",
            "{args:?}"
        );
        run(dir.path(), &[&["--lang", "de"], args].concat()).refused(1, &["der Daemon antwortet nicht", "läuft er?"]);
    }
}

/// A database that a newer program has written is refused.
#[test]
fn a_newer_database() {
    let dir = Daemon::start().end();
    let file = dir.path().join("rundruf.db");
    // The schema version is at byte 60 of the file, by the SQLite file format.
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(
        run(dir.path(), &["serve", "--json"]).refused(1, &["has schema 9999", "use the newer program"]),
        "newer"
    );
    run(dir.path(), &["--lang", "de", "serve"]).refused(1, &["hat das Schema 9999", "nehmen Sie das neuere Programm"]);
}

#[test]
fn a_file_that_is_not_a_database() {
    let dir = folder(SETTINGS);
    std::fs::write(dir.path().join("rundruf.db"), "this is not a database, and long enough to be looked at".repeat(40))
        .unwrap();
    assert_eq!(run(dir.path(), &["serve", "--json"]).refused(1, &["rundruf.db` cannot be used"]), "unusable");
    run(dir.path(), &["--lang", "de", "serve"]).refused(1, &["kann nicht benutzt werden"]);
}

/// A folder where nobody, not even root, can write.
#[test]
fn a_read_only_folder() {
    let dir = folder(&SETTINGS.replace("sqlite:rundruf.db", "sqlite:/proc/rundruf.db"));
    assert_eq!(run(dir.path(), &["serve", "--json"]).refused(1, &["/proc/rundruf.db"]), "unusable");
}

/// A small file system for the test, unmounted on drop. `None` where mounting is not allowed.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1500k", "none"]).arg(dir.path()).stderr(std::process::Stdio::null());
        mount.status().is_ok_and(|s| s.success()).then(|| Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// A full disk: a write that does not fit is refused as a whole with a clear message, and the daemon goes on.
#[test]
fn a_full_disk() {
    let Some(disk) = SmallDisk::new() else {
        eprintln!("SKIPPED: a disk of its own cannot be mounted here");
        return;
    };
    let small = disk.0.path().join("rundruf.db").display().to_string();
    let socket = "[daemon]\nsocket = \"rundruf.sock\"\n[retry]";
    let settings = SETTINGS.replace("sqlite:rundruf.db", &format!("sqlite:{small}")).replace("[retry]", socket);
    let d = Daemon::start_in(folder(&settings));
    let head = "channel,address,first_name,requested_at,confirmed_at,source,consent_text\n";
    let person = |n: u32| {
        format!(
            "email,p{n}@kunde.example,P{n},2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,form.pdf,Bäckerei Krume GmbH darf mir schreiben bis zum Widerruf\n"
        )
    };
    // The first write fills the disk with the file itself, the second with the rows made from it.
    for (name, people) in [("20000.csv", 20_000), ("1500.csv", 1_500)] {
        std::fs::write(d.path(name), head.to_owned() + &(0..people).map(person).collect::<String>()).unwrap();
        let import = ["import", name, "--list", "angebote", "--evidence", "A"];
        assert_eq!(
            d.run(&[&import[..], &["--json"]].concat()).refused(1, &["is full", "make room"]),
            "disk_full",
            "{name}"
        );
        d.run(&[&["--lang", "de"], &import[..]].concat()).refused(1, &["ist voll", "schaffen Sie dort Platz"]);
        assert!(!d.path(&format!("{name}.report.jsonl")).exists());
    }
    assert_eq!(d.lines(&["contact", "find", ""]).len(), 0, "nothing of it was stored");
    assert_eq!(d.json(&["doctor"])["ok"], true);
    // A smaller write is still accepted.
    d.json(&["contact", "add", "email:anna@kunde.example"]);
    // The daemon must close its files before the disk is unmounted.
    drop(d);
}

#[test]
fn missing_keys() {
    let dir = Daemon::start().end();
    std::fs::remove_file(dir.path().join("rundruf.db.kek")).unwrap();
    assert_eq!(run(dir.path(), &["serve", "--json"]).refused(1, &["the machine key is missing"]), "keys");
    run(dir.path(), &["--lang", "de", "serve"]).refused(1, &["der Schlüssel der Maschine fehlt"]);
}

#[test]
fn a_port_that_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let dir = folder(&SETTINGS.replace("127.0.0.1:0", &address));
    assert_eq!(run(dir.path(), &["serve", "--json"]).refused(1, &[&format!("cannot listen on `{address}`")]), "listen");
    run(dir.path(), &["--lang", "de", "serve"]).refused(1, &[&format!("auf `{address}` kann nicht gehört werden")]);
}

/// systemd is notified of readiness, of life while the store answers, and of the stop.
#[test]
fn systemd_is_notified() {
    let dir = folder(SETTINGS);
    let socket = UnixDatagram::bind(dir.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut child = command(dir.path(), &["serve"])
        .env("NOTIFY_SOCKET", dir.path().join("notify"))
        .env("WATCHDOG_USEC", "100000")
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let hear = || {
        let mut buffer = [0; 64];
        let n = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..n]).into_owned()
    };
    assert_eq!(hear(), "READY=1");
    assert!(run(dir.path(), &["list", "show"]).code == 0, "ready means serving");
    assert_eq!(hear(), "WATCHDOG=1");
    assert_eq!(hear(), "WATCHDOG=1");
    let signal = |signal| rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
    // Frequent reloads do not keep the watchdog from being notified.
    for _ in 0..160 {
        signal(rustix::process::Signal::HUP);
        std::thread::sleep(Duration::from_millis(25));
    }
    signal(rustix::process::Signal::TERM);
    let all: Vec<_> = std::iter::repeat_with(hear).take_while(|told| told != "STOPPING=1").collect();
    let count = |what: &str| all.iter().filter(|told| *told == what).count();
    assert!(count("RELOADING=1") > 1 && count("WATCHDOG=1") > 3, "{all:?}");
    assert!(child.wait().unwrap().success());
}

/// The quick start in both languages: its output, its files, and the commands that it suggests.
#[test]
fn the_quick_start() {
    let dir = tempfile::tempdir().unwrap();
    for (language, folder) in [("de", "eins"), ("en", "two")] {
        let said = run(dir.path(), &["--lang", language, "quickstart", folder, "--once", "--json"]).done().json();
        assert!(std::path::Path::new(said["proof"].as_str().unwrap()).exists(), "{said}");
        let config = dir.path().join(folder).join("rundruf.toml").display().to_string();
        run(dir.path(), &["config", "check", &config]).done();
        let key = dir.path().join(folder).join("consent-log.vkey").display().to_string();
        run(dir.path(), &["log", "verify", said["proof"].as_str().unwrap(), "--key", &key]).done();
    }
    assert_eq!(run(dir.path(), &["quickstart", "eins", "--once", "--json"]).refused(1, &["is not empty"]), "not_empty");
    run(dir.path(), &["--lang", "de", "quickstart", "eins", "--once"])
        .refused(1, &["ist nicht leer", "führen Sie diesen fort"]);
    let german = run(dir.path(), &["--lang", "de", "quickstart", "drei", "--once"]).done().out;
    assert!(german.contains("`requested_at` ist leer") && german.contains("abgelehnt – "), "{german}");
}

/// Without `--once` it runs until it is stopped.
#[test]
fn the_quick_start_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let out = std::fs::File::create(dir.path().join("out")).unwrap();
    let mut child = command(dir.path(), &["quickstart", "here"]).stdout(out).spawn().unwrap();
    let text = || std::fs::read_to_string(dir.path().join("out")).unwrap();
    until("the end of the tour", || text().contains("Goes on until Ctrl-C.").then_some(()));
    run(&dir.path().join("here"), &["broadcast", "status", "1"]).done();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
}
