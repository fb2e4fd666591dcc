//! The admin gets one alert when something fails, by a transport that works, and one when it is over.

use rundruf_tests::plugin_project::compile_c;
use rundruf_tests::sample_people::COLUMNS;
use rundruf_tests::{Artifacts, Daemon, daemon};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);
const CHEF: &str = "chef@krume.example";

#[track_caller]
fn wait<T>(daemon: &Daemon, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "{what}: not in time\n{}", daemon.log());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whole messages to the admin in this sandbox folder.
fn alerts_in(dir: &Path, folder: &str) -> Vec<String> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir.join(folder)).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "eml") {
            let text = fs::read_to_string(path).unwrap();
            if text.lines().any(|l| l.starts_with("To:") && l.contains(CHEF)) {
                out.push(text);
            }
        }
    }
    out
}

fn alerts_with(dir: &Path, words: &str) -> usize {
    alerts_in(dir, "post").iter().filter(|m| m.contains(words)).count()
}

/// Waits until every alert queued so far has arrived: a test message is sent behind them.
fn flush_alerts(daemon: &Daemon) {
    let done = daemon.json(&["transport", "test", "post", "--to", "email:probe@krume.example"]);
    assert_eq!(done[0]["ok"], true, "{done:?}");
}

fn hup(daemon: &Daemon, words: &str) {
    let before = daemon.log().matches(words).count();
    daemon::signal(daemon.pid(), rustix::process::Signal::HUP).unwrap();
    wait(daemon, words, || (daemon.log().matches(words).count() > before).then_some(()));
}

/// Installs the small plugin in C; with `deadly` it dies on addresses that begin so.
fn install(place: &Path, deadly: bool) {
    let new = place.with_extension("new");
    let flags: &[&str] = if deadly { &["-O1", "-DDEADLY=1"] } else { &["-O1"] };
    compile_c("core/host/tests/c/minimal.c", &new, flags);
    fs::rename(new, place).unwrap();
}

fn people(daemon: &Daemon, list: &str, who: &[&str]) {
    let mut csv = format!("{COLUMNS}\n");
    for who in who {
        let _ = writeln!(
            csv,
            "email,{who}@{list}.example,A,B,de,2026-11-01T10:00:00Z,2026-11-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir ihre Angebote der Woche schicken. Abmelden jederzeit.\",2026-11-20T10:00:00Z"
        );
    }
    fs::write(daemon.dir().join("people.csv"), csv).unwrap();
    let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", list, "--evidence", "A"]);
    assert_eq!(done.last().unwrap()["confirmed"], who.len(), "{done:?}");
}

fn send(daemon: &Daemon, list: &str) -> i64 {
    daemon.json(&["broadcast", "send", "--list", list, "--text", "Brot", "--again"])[0]["id"].as_i64().unwrap()
}

fn sandbox(name: &str) -> String {
    format!(
        "[transports.{name}]\nplugin = \"sandbox\"\nwindow = 1\n[transports.{name}.config]\nfolder = \"{name}\"\n\n"
    )
}

fn head(list: &str, notify: &[(&str, &str)]) -> String {
    let notify: Vec<_> =
        notify.iter().map(|(by, to)| format!("{{ transport = \"{by}\", address = \"{to}\" }}")).collect();
    format!(
        "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n[admin]\nnotify = [{}]\n\n\
         [lists.{list}]\ntitle = \"L\"\npurpose = \"P\"\ntransports = [\"{list}\"]\n\n",
        notify.join(", ")
    )
}

fn state(daemon: &Daemon, name: &str) -> String {
    let all = daemon.json(&["transport", "list"]);
    all.iter().find(|t| t["name"] == name).unwrap()["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_transport_that_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("libdies.so");
    install(&library, true);
    let _ = Artifacts::get();
    let rest = head("kaputt", &[("kaputt", CHEF), ("post", CHEF)])
        + &sandbox("post")
        + &format!("[transports.kaputt]\nplugin = \"{}\"\nwindow = 1\n", library.display());
    let daemon = Daemon::start(dir.path(), &daemon::settings(dir.path(), &rest));
    let deadly: Vec<_> = (0..14).map(|n| format!("deadly{n}")).collect();
    people(&daemon, "kaputt", &deadly.iter().map(String::as_str).collect::<Vec<_>>());
    let broadcast = send(&daemon, "kaputt");
    wait(&daemon, "given up", || {
        (state(&daemon, "kaputt") == "down").then_some(()).filter(|()| daemon.log().contains("not started again"))
    });
    wait(&daemon, "the admin is told", || (alerts_with(dir.path(), "transport kaputt is down") == 1).then_some(()));
    let text = alerts_in(dir.path(), "post").remove(0);
    assert!(text.contains("5 deaths within 10 minutes") && text.contains("Subject: Rundruf:"), "{text}");

    // After a restart the same trouble is not told again.
    assert!(daemon.terminate().success());
    let daemon = Daemon::restart(dir.path());
    wait(&daemon, "given up again", || (daemon.log().matches("not started again").count() == 2).then_some(()));
    flush_alerts(&daemon);
    assert_eq!((alerts_in(dir.path(), "post").len(), alerts_in(dir.path(), "kaputt").len()), (1, 0));
    let status = daemon.status(broadcast);
    assert_eq!((&status["unknown"], &status["queued"]), (&10.into(), &4.into()), "what is not out waits: {status}");

    // Fixed: the admin is told when it really sends again.
    install(&library, false);
    hup(&daemon, "the new settings are in force");
    assert_eq!(daemon.wait_done(broadcast, DEADLINE)["sent"], 4);
    wait(&daemon, "its end is told", || (alerts_with(dir.path(), "transport kaputt sends again") == 1).then_some(()));
    flush_alerts(&daemon);
    assert_eq!(alerts_in(dir.path(), "post").len(), 2);
    assert!(daemon.terminate().success());
}

#[test]
fn an_account_that_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let rest = head("konto", &[("konto", CHEF), ("andere", "refuse@krume.example"), ("post", CHEF)])
        + &sandbox("konto")
        + &sandbox("andere")
        + &sandbox("post");
    let daemon = Daemon::start(dir.path(), &daemon::settings(dir.path(), &rest));
    people(&daemon, "konto", &["account", "anna", "ben"]);
    let broadcast = send(&daemon, "konto");
    wait(&daemon, "the admin is told", || (alerts_with(dir.path(), "transport konto is paused") == 1).then_some(()));
    assert_eq!(state(&daemon, "konto"), "paused");

    assert!(daemon.terminate().success());
    let daemon = Daemon::restart(dir.path());
    wait(&daemon, "refused again", || {
        (daemon.log().matches("the account is refused: the transport").count() == 2).then_some(())
    });
    // Who was never tried goes first, so it may have sent in between: then both are told, and the last word is the truth.
    let told = |what: &str| alerts_with(dir.path(), &format!("transport konto {what}"));
    flush_alerts(&daemon);
    wait(&daemon, "the second pause is told", || (told("is paused") == told("sends again") + 1).then_some(()));
    assert_eq!(alerts_in(dir.path(), "konto").len(), 0, "not by the transport that failed");

    let left = daemon.cli(&["consent", "withdraw", "email:account@konto.example", "--list", "konto"]);
    assert!(left.status.success(), "{left:?}");
    let _ = daemon.json(&["transport", "resume", "konto"]);
    assert_eq!(daemon.wait_done(broadcast, DEADLINE)["sent"], 2);
    wait(&daemon, "its end is told", || (told("sends again") == told("is paused")).then_some(()));
    assert!(daemon.terminate().success());
}

#[test]
fn settings_that_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let rest = head("post", &[("post", CHEF)]) + &sandbox("post");
    let good = daemon::settings(dir.path(), &rest);
    let daemon = Daemon::start(dir.path(), &good);
    let file = dir.path().join("rundruf.toml");
    // Another library than the pinned one.
    let pinned = format!("window = 1\nsha256 = \"{}\"", "0".repeat(64));
    fs::write(&file, good.replace("window = 1", &pinned)).unwrap();
    hup(&daemon, "the old ones stay in force");
    wait(&daemon, "the admin is told", || (alerts_with(dir.path(), "new settings refused") == 1).then_some(()));
    assert!(alerts_in(dir.path(), "post")[0].contains("transports.post.sha256"), "{:?}", alerts_in(dir.path(), "post"));
    hup(&daemon, "the old ones stay in force");
    // What only a restart can change.
    fs::write(&file, good.replace("rundruf.db", "other.db")).unwrap();
    hup(&daemon, "`store.url` has changed, and that needs a restart");
    flush_alerts(&daemon);
    assert_eq!(alerts_in(dir.path(), "post").len(), 1, "it is the same trouble");
    assert!(!dir.path().join("other.db").exists());
    fs::write(&file, &good).unwrap();
    hup(&daemon, "the new settings are in force");
    wait(&daemon, "its end is told", || (alerts_with(dir.path(), "settings in force") == 1).then_some(()));
    flush_alerts(&daemon);
    assert_eq!(alerts_in(dir.path(), "post").len(), 2);
    // The admin is a contact without a consent.
    let who = daemon.json(&["contact", "show", CHEF]);
    assert_eq!(who[0]["consents"].as_array().map(Vec::len).unwrap_or(0), 0, "{who:?}");
    assert!(daemon.terminate().success());
}
