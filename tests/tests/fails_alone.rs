//! A transport that does not start fails alone: the daemon serves, the others send, the admin is told, and it comes back by itself.

use rundruf_tests::daemon::{self, signal};
use rundruf_tests::plugin_project::compile_c;
use rundruf_tests::{Artifacts, Daemon, measure};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);
const CHEF: &str = "chef@krume.example";

/// `post` works; the other transport is this one.
fn settings(dir: &Path, other: &str) -> String {
    let folder = dir.join("post");
    daemon::settings(
        dir,
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\n\n[admin]\nnotify = [{{ transport = \"post\", address = \"{CHEF}\" }}]\n\n\
             [lists.angebote]\ntitle = \"L\"\npurpose = \"P\"\ntransports = [\"post\"]\n\n\
             [transports.post]\nplugin = \"sandbox\"\nconfig = {{ folder = \"{}\" }}\n\n{other}",
            folder.display()
        ),
    )
}

fn transport(daemon: &Daemon, name: &str) -> Value {
    daemon.json(&["transport", "list"]).into_iter().find(|t| t["name"] == name).unwrap()
}

#[track_caller]
fn wait_state(daemon: &Daemon, name: &str, state: &str) -> Value {
    daemon.wait_for(&format!("`{name}` is {state}"), DEADLINE, || {
        Some(transport(daemon, name)).filter(|t| t["state"] == state)
    })
}

fn sends(daemon: &Daemon) {
    let done = daemon.json(&["transport", "test", "post", "--to", "email:probe@krume.example"]);
    assert_eq!(done[0]["ok"], true, "{done:?}");
}

/// Messages to the admin with these words.
fn notices(dir: &Path, words: &str) -> usize {
    let files = fs::read_dir(dir.join("post")).into_iter().flatten().flatten();
    let texts = files.filter_map(|f| fs::read_to_string(f.path()).ok());
    texts.filter(|t| t.contains(CHEF) && t.contains(words)).count()
}

#[test]
fn a_transport_that_does_not_open_is_down_and_everything_else_serves() {
    let dir = tempfile::tempdir().unwrap();
    // A file where the plugin wants a folder: it refuses to open, as with a provider that is away.
    fs::write(dir.path().join("away"), "x").unwrap();
    let away = dir.path().join("away/mail");
    let other = format!("[transports.kaputt]\nplugin = \"sandbox\"\nconfig = {{ folder = \"{}\" }}\n", away.display());
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), &other));
    let down = wait_state(&daemon, "kaputt", "down");
    assert!(down["reason"].as_str().unwrap().contains("`folder`: cannot make"), "{down}");
    assert_eq!(transport(&daemon, "post")["state"], "up");
    sends(&daemon);
    let doctor = daemon.cli(&["doctor"]);
    let said = String::from_utf8_lossy(&[doctor.stdout, doctor.stderr].concat()).into_owned();
    assert!(!doctor.status.success() && said.contains("kaputt"), "{said}");
    // The admin is told, by the transport that works.
    daemon.wait_for("the notice", DEADLINE, || (notices(dir.path(), "kaputt") > 0).then_some(()));
    // A reload of other settings is not refused because of it.
    let before = daemon.log().matches("the new settings are in force").count();
    fs::write(dir.path().join("rundruf.toml"), settings(dir.path(), &other).replace("\"P\"", "\"Q\"")).unwrap();
    signal(daemon.pid(), rustix::process::Signal::HUP).unwrap();
    daemon.wait_for("the reload", DEADLINE, || {
        (daemon.log().matches("the new settings are in force").count() > before).then_some(())
    });
    assert_eq!(transport(&daemon, "kaputt")["state"], "down");
    // It comes back by itself.
    fs::remove_file(dir.path().join("away")).unwrap();
    fs::create_dir(dir.path().join("away")).unwrap();
    let _ = wait_state(&daemon, "kaputt", "up");
    assert!(daemon.terminate().success());
}

#[test]
fn a_plugin_that_hangs_crashes_or_cannot_be_loaded_does_not_stop_the_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let _ = Artifacts::get();
    let slow = dir.path().join("libslow.so");
    compile_c("core/host/tests/c/slow.c", &slow, &["-std=gnu11", "-O1"]);
    let other = format!(
        "[transports.haengt]\nplugin = \"{0}\"\nconfig = {{ mode = \"hang\" }}\n\n\
         [transports.drin]\nplugin = \"{0}\"\nisolation = \"none\"\nconfig = {{ mode = \"hang\" }}\n\n\
         [transports.frueh]\nplugin = \"{0}\"\nconfig = {{ mode = \"early\" }}\n",
        slow.display()
    );
    fs::write(dir.path().join("rundruf.toml"), settings(dir.path(), &other)).unwrap();
    let begin = Instant::now();
    let daemon = Daemon::restart(dir.path());
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    sends(&daemon);
    for name in ["haengt", "drin"] {
        assert_eq!(transport(&daemon, name)["state"], "down");
    }
    let _ = wait_state(&daemon, "frueh", "up");
    // The STOP that came while it opened is stored, and the plugin was told so.
    assert_eq!(fs::read_to_string(dir.path().join("transports/frueh/early")).unwrap(), "0");
    let begin = Instant::now();
    assert!(daemon.terminate().success());
    assert!(begin.elapsed() < Duration::from_secs(45), "{:?}", begin.elapsed());
    assert_eq!(fs::read_to_string(dir.path().join("transports/frueh/closed")).unwrap(), "1", "it was closed");
}

#[test]
fn an_orphan_that_does_not_end_is_killed_while_the_others_start() {
    let dir = tempfile::tempdir().unwrap();
    let other = "[transports.alt]\nplugin = \"null\"\n";
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), other));
    let _ = wait_state(&daemon, "alt", "up");
    let record = fs::read_to_string(dir.path().join("transports/alt.pid")).unwrap();
    let pid = serde_json::from_str::<Value>(&record).unwrap()["pid"].as_u64().unwrap();
    let pid = u32::try_from(pid).unwrap();
    assert!(measure::children(daemon.pid()).contains(&pid));
    signal(pid, rustix::process::Signal::STOP).unwrap();
    daemon.kill();
    let begin = Instant::now();
    let daemon = Daemon::restart(dir.path());
    sends(&daemon);
    assert!(begin.elapsed() < Duration::from_secs(14), "the others do not wait: {:?}", begin.elapsed());
    assert_eq!(transport(&daemon, "alt")["state"], "down");
    assert!(signal(pid, rustix::process::Signal::STOP).is_ok(), "the orphan has its time");
    let _ = wait_state(&daemon, "alt", "up");
    assert!(begin.elapsed() > Duration::from_secs(14), "{:?}", begin.elapsed());
    assert!(daemon.log().contains("does not end, and is killed"), "{}", daemon.log());
    assert!(daemon.terminate().success());
}
