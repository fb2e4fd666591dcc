//! The wall clock of the real daemon jumps, by the real `faketime`: nothing starts, is sent, expires, is removed or signed; stops are taken.

use rundruf_tests::sample_people::COLUMNS;
use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(30);

/// The library that shows a process another time. It is preloaded: `faketime` itself sets the time at the start alone.
fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().flatten().map(|e| e.path().join("faketime/libfaketimeMT.so.1"));
    let found = folders.chain([PathBuf::from("/usr/lib/faketime/libfaketimeMT.so.1")]).find(|p| p.exists());
    found.expect("libfaketime is missing: on Debian `apt-get install faketime` (tests/peers --install)")
}

/// A daemon whose wall clock shows what the file `offset` says; the clock that nobody can set stays as it is.
struct Setup {
    daemon: Daemon,
    dir: tempfile::TempDir,
}

impl Setup {
    fn start(offset: &str, zone: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().display();
        let toml = daemon::settings(
            dir.path(),
            &format!(
                "[web]\nlisten = \"127.0.0.1:0\"\n\n[admin]\nnotify = [{{ transport = \"kasten\", address = \"chef@krume.example\" }}]\n\n\
                 [lists.angebote]\ntitle = \"Angebote\"\npurpose = \"Angebote der Bäckerei\"\n\
                 transports = [\"kasten\"]\n\n[transports.kasten]\nplugin = \"sandbox\"\n\
                 [transports.kasten.config]\nfolder = \"{place}/messages\"\n"
            ),
        );
        fs::create_dir_all(dir.path().join("messages/in")).unwrap();
        fs::write(dir.path().join("rundruf.toml"), toml).unwrap();
        Self { daemon: Self::run(dir.path(), offset, zone), dir }
    }

    fn run(dir: &Path, offset: &str, zone: &str) -> Daemon {
        let file = dir.join("offset");
        fs::write(&file, offset).unwrap();
        let library = library();
        let environment = [
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("TZ", zone),
        ];
        Daemon::restart_with(dir, &environment)
    }

    /// Starts it again under this offset.
    fn again(self, offset: &str) -> Self {
        let Self { daemon, dir } = self;
        assert!(daemon.terminate().success());
        Self { daemon: Self::run(dir.path(), offset, "UTC"), dir }
    }

    fn jump(&self, offset: &str) {
        // In one step: a half-written file must not be read.
        let new = self.dir.path().join("offset.new");
        fs::write(&new, offset).unwrap();
        fs::rename(new, self.dir.path().join("offset")).unwrap();
    }

    fn clock(&self) -> Value {
        self.daemon.json(&["clock", "status"]).remove(0)
    }

    fn wait_held(&self, want: bool) -> Value {
        self.daemon.wait_for("the clock", DEADLINE, || Some(self.clock()).filter(|c| c["held"] == want))
    }

    fn confirmed(&self, who: &str) {
        let csv = format!(
            "{COLUMNS}\nemail,{who}@mail.example,A,B,de,2026-11-01T10:00:00Z,2026-11-01T10:05:00Z,https://krume.example/news,\
             \"Ja, die Bäckerei Krume GmbH darf mir ihre Angebote schicken. Abmelden jederzeit.\",2026-11-20T10:00:00Z\n"
        );
        fs::write(self.dir.path().join("people.csv"), csv).unwrap();
        let done =
            self.daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
        assert_eq!(done.last().unwrap()["confirmed"], 1, "{done:?}");
    }

    fn schedule(&self, at: &str) -> i64 {
        let sent =
            self.daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Frohe Weihnachten", "--at", at]);
        sent[0]["id"].as_i64().unwrap()
    }

    fn messages_with(&self, words: &str) -> usize {
        let all = fs::read_dir(self.dir.path().join("messages")).unwrap().flatten();
        all.filter(|e| fs::read_to_string(e.path()).unwrap_or_default().contains(words)).count()
    }

    fn consent(&self, address: &str) -> Value {
        self.daemon.json(&["consent", "show", address]).remove(0)["state"].clone()
    }

    /// In a second of a wrong clock every timer runs several times. Nothing may have happened.
    #[track_caller]
    fn nothing_happens(&self, broadcast: i64, signed: &str) {
        std::thread::sleep(Duration::from_millis(1_500));
        let status = self.daemon.status(broadcast);
        assert_eq!((&status["state"], &status["total"]), (&Value::from("scheduled"), &Value::from(0)), "{status}");
        assert_eq!(status["waits_for"], "clock", "the status says why");
        assert_eq!(self.messages_with("Frohe Weihnachten"), 0);
        assert_eq!(self.consent("email:otto@mail.example"), "requested", "the request does not expire");
        assert!(!self.daemon.log().contains("old rows were removed"), "{}", self.daemon.log());
        let refused = self.daemon.cli(&["log", "checkpoint"]);
        assert!(!refused.status.success(), "nothing is signed");
        let doctor = self.daemon.api("GET", "/api/doctor", "").unwrap();
        assert!(doctor.to_string().contains("rundruf clock accept"), "{doctor}");
        assert!(self.daemon.log().contains("the clock jumped and is not believed"));
        let newest = rusqlite::Connection::open(self.dir.path().join("rundruf.db"))
            .unwrap()
            .query_row("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1", [], |r| r.get::<_, String>(0))
            .unwrap();
        assert_eq!(newest, signed);
    }
}

#[test]
fn jumps_of_ten_years_and_of_an_hour() {
    let s = Setup::start("+0", "UTC");
    s.confirmed("erika");
    let _ = s.daemon.json(&["contact", "add", "email:otto@mail.example"]);
    let _ = s.daemon.json(&["consent", "request", "email:otto@mail.example", "--list", "angebote"]);
    let in_half_an_hour = Command::new("date").args(["-u", "-d", "+30 minutes", "+%FT%TZ"]).output().unwrap().stdout;
    let soon = s.schedule(String::from_utf8(in_half_an_hour).unwrap().trim());
    let signed = s.daemon.json(&["log", "checkpoint"])[0]["checkpoint"].as_str().unwrap().to_owned();
    for offset in ["+10y", "-10y", "+1h", "-1h"] {
        s.jump(offset);
        let held = s.wait_held(true);
        assert_eq!(held["synchronised"], false, "the kernel's clock is another one: {held}");
        s.nothing_happens(soon, &signed);
        s.jump("+0");
        s.wait_held(false);
    }
    // A stop during a jump is taken at once, and the admin is told.
    s.jump("+10y");
    s.wait_held(true);
    s.daemon
        .wait_for("the notice", DEADLINE, || (s.messages_with("the clock jumped, nothing is sent") >= 1).then_some(()));
    fs::write(s.dir.path().join("messages/in/email:erika@mail.example.txt"), "STOP").unwrap();
    s.daemon.wait_for("the stop", DEADLINE, || (s.consent("email:erika@mail.example") == "withdrawn").then_some(()));
    s.jump("+0");
    s.wait_held(false);
    let _ = s.daemon.json(&["log", "checkpoint"]);
    assert_eq!(s.daemon.status(soon)["state"], "scheduled");
    // A start ten years later, and ten years before.
    let signed = s.daemon.json(&["log", "checkpoint"])[0]["checkpoint"].as_str().unwrap().to_owned();
    let mut s = s;
    for offset in ["+10y", "-10y"] {
        s = s.again(offset);
        s.wait_held(true);
        s.nothing_happens(soon, &signed);
    }
    let s = s.again("+0");
    s.wait_held(false);
    assert_eq!(s.daemon.status(soon)["state"], "scheduled");
}

#[test]
fn an_accepted_clock_goes_on() {
    let s = Setup::start("@2027-03-01 00:00:00", "UTC");
    s.confirmed("erika");
    let id = s.schedule("2027-04-01T10:00:00Z");
    // Not so far that her consent goes stale, which would race with the broadcast.
    let s = s.again("@2027-06-01 00:00:00");
    let held = s.wait_held(true);
    assert!(held["ahead_s"].as_i64().unwrap() > 80 * 86_400, "{held}");
    std::thread::sleep(Duration::from_millis(1_000));
    assert_eq!(s.daemon.status(id)["state"], "scheduled");
    assert_eq!(s.daemon.json(&["clock", "accept"])[0]["accepted"], true);
    assert_eq!(s.daemon.wait_done(id, DEADLINE)["sent"], 1);
    assert_eq!(s.daemon.json(&["clock", "accept"])[0]["accepted"], false, "once");
}

#[test]
fn summer_and_winter_time_are_no_jumps() {
    for (start, at) in [
        ("@2027-03-28 01:59:56", "2027-03-28 03:00 Europe/Berlin"),
        ("@2027-10-31 01:59:56", "2027-10-31 02:00 Europe/Berlin"),
    ] {
        let s = Setup::start(start, "Europe/Berlin");
        s.confirmed("erika");
        let id = s.schedule(at);
        let done = s.daemon.wait_done(id, DEADLINE);
        assert_eq!(done["sent"], 1, "{done}");
        assert_eq!(s.clock()["held"], false, "{}", s.daemon.log());
        assert!(!s.daemon.log().contains("not believed"), "{}", s.daemon.log());
    }
}
