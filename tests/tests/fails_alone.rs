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

/// `angebote` has people, and goes out by a transport whose library is this copy.
fn with_library(dir: &Path, more: &str) -> (String, std::path::PathBuf) {
    let library = dir.join("librundruf_kopie.so");
    let folder = dir.join("kopie");
    let other = format!(
        "[lists.rezepte]\ntitle = \"R\"\npurpose = \"R\"\ntransports = [\"kopie\"]\n\n\
         [transports.kopie]\nplugin = \"{}\"\n{more}config = {{ folder = \"{}\" }}\n",
        library.display(),
        folder.display()
    );
    (settings(dir, &other), library)
}

/// What a command says, and how it ends.
fn said(daemon: &Daemon, args: &[&str]) -> (i32, String) {
    let out = daemon.cli(args);
    (out.status.code().unwrap(), String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
}

fn reload(daemon: &Daemon, says: &str) {
    let before = daemon.log().matches(says).count();
    signal(daemon.pid(), rustix::process::Signal::HUP).unwrap();
    daemon.wait_for(says, DEADLINE, || (daemon.log().matches(says).count() > before).then_some(()));
}

const SEND: [&str; 8] = ["broadcast", "send", "--list", "rezepte", "--text", "Hallo", "--subject", "Neues"];

#[test]
fn a_library_that_is_away_is_down_and_everything_else_serves() {
    let dir = tempfile::tempdir().unwrap();
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "rezepte", 5).unwrap();
    let (toml, library) = with_library(dir.path(), "");
    fs::copy(Artifacts::get().plugin("sandbox"), &library).unwrap();
    let daemon = Daemon::start(dir.path(), &toml);
    let _ = wait_state(&daemon, "kopie", "up");
    // A plugin that runs is not ended because its file goes, and other settings come into force.
    let away = dir.path().join("away");
    fs::rename(&library, &away).unwrap();
    reload(&daemon, "the new settings are in force");
    assert_eq!(transport(&daemon, "kopie")["state"], "up");
    assert!(daemon.log().contains("the plugin that runs goes on"), "{}", daemon.log());
    let (code, text) = said(&daemon, &["--lang", "en", "doctor"]);
    assert!(code != 0 && text.contains("`kopie` runs, but cannot be started again"), "{text}");
    assert!(daemon.terminate().success());

    let daemon = Daemon::restart(dir.path());
    let down = wait_state(&daemon, "kopie", "down");
    assert!(down["reason"].as_str().unwrap().contains("librundruf_kopie.so"), "{down}");
    assert!(down["channels"].as_array().unwrap().contains(&"email".into()), "as at its last start: {down}");
    sends(&daemon);
    let (code, text) = said(&daemon, &["doctor"]);
    assert!(code != 0 && text.contains("`kopie` is down") && text.contains("librundruf_kopie.so"), "{text}");
    assert!(daemon.log().contains("the transport will be down, everything else serves"), "{}", daemon.log());
    // To check the settings is to hear of it.
    let (code, text) = said(&daemon, &["--lang", "en", "--json", "config", "check"]);
    assert!(code == 1 && text.contains("the daemon would start") && text.contains("kopie"), "{text}");
    // Who is reached by it is known: the messages wait, and nobody is left out.
    let id = daemon.json(&SEND)[0]["id"].as_i64().unwrap();
    daemon.wait_for("the messages wait", DEADLINE, || (daemon.status(id)["queued"] == 5).then_some(()));
    reload(&daemon, "the new settings are in force");
    assert_eq!(transport(&daemon, "kopie")["state"], "down");
    // It comes back by itself.
    fs::rename(&away, &library).unwrap();
    let _ = wait_state(&daemon, "kopie", "up");
    assert_eq!(daemon.wait_done(id, DEADLINE)["sent"], 5);
    assert!(daemon.terminate().success());

    // Another file than the pinned one never runs.
    fs::write(
        dir.path().join("rundruf.toml"),
        with_library(dir.path(), &format!("sha256 = \"{}\"\n", "0".repeat(64))).0,
    )
    .unwrap();
    let daemon = Daemon::restart(dir.path());
    let down = wait_state(&daemon, "kopie", "down");
    assert!(down["reason"].as_str().unwrap().contains("pinned"), "{down}");
    sends(&daemon);
    assert!(daemon.terminate().success());
}

#[test]
fn a_library_that_was_never_there_keeps_its_list_waiting_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "rezepte", 5).unwrap();
    let (toml, library) = with_library(dir.path(), "");
    fs::write(&library, "no library").unwrap();
    let daemon = Daemon::start(dir.path(), &toml);
    let _ = wait_state(&daemon, "kopie", "down");
    sends(&daemon);
    // Nobody knows whom it reaches, so nobody is skipped.
    let (code, text) = said(&daemon, &[&["--lang", "en"], &SEND[..]].concat());
    assert!(code == 1 && text.contains("nobody knows which addresses it reaches"), "{text}");
    fs::copy(Artifacts::get().plugin("sandbox"), &library).unwrap();
    daemon.wait_for("the advice", DEADLINE, || {
        transport(&daemon, "kopie")["reason"].as_str().filter(|why| why.contains("reload the daemon")).map(|_| ())
    });
    reload(&daemon, "the new settings are in force");
    let _ = wait_state(&daemon, "kopie", "up");
    let id = daemon.json(&SEND)[0]["id"].as_i64().unwrap();
    assert_eq!(daemon.wait_done(id, DEADLINE)["sent"], 5);
    assert!(daemon.terminate().success());
}

#[test]
fn a_receipt_that_comes_while_the_plugin_opens_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "rezepte", 1).unwrap();
    let slow = dir.path().join("libslow.so");
    compile_c("core/host/tests/c/slow.c", &slow, &["-std=gnu11", "-O1"]);
    let other = |mode: &str| {
        let table = format!("plugin = \"{}\"\nconfig = {{ mode = \"{mode}\" }}\n", slow.display());
        let list = "[lists.rezepte]\ntitle = \"R\"\npurpose = \"R\"\ntransports = [\"slow\"]\n";
        settings(dir.path(), &format!("{list}\n[transports.slow]\n{table}"))
    };
    let daemon = Daemon::start(dir.path(), &other("plain"));
    let id = daemon.json(&SEND)[0]["id"].as_i64().unwrap();
    assert_eq!(daemon.wait_done(id, DEADLINE)["sent"], 1);
    assert!(daemon.terminate().success());
    let daemon = Daemon::start(dir.path(), &other("receipt"));
    let _ = wait_state(&daemon, "slow", "up");
    assert_eq!(fs::read_to_string(dir.path().join("transports/slow/receipt")).unwrap(), "0", "the plugin was told so");
    let status = daemon.status(id);
    assert_eq!(status["delivered"], 1, "{status}");
    assert!(daemon.terminate().success());
}

/// What a removed transport left is ended beside everything else.
#[test]
fn an_orphan_of_a_removed_transport_keeps_nobody_waiting() {
    let dir = tempfile::tempdir().unwrap();
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "rezepte", 3).unwrap();
    let list = |by: &str| format!("[lists.rezepte]\ntitle = \"R\"\npurpose = \"R\"\ntransports = [\"{by}\"]\n\n");
    let other = list("alt") + "[transports.alt]\nplugin = \"null\"\n";
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), &other));
    let _ = wait_state(&daemon, "alt", "up");
    let _ = daemon.json(&["transport", "pause", "alt"]);
    let id = daemon.json(&SEND)[0]["id"].as_i64().unwrap();
    daemon.wait_for("the messages wait", DEADLINE, || (daemon.status(id)["queued"] == 3).then_some(()));
    let record = fs::read_to_string(dir.path().join("transports/alt.pid")).unwrap();
    let pid = serde_json::from_str::<Value>(&record).unwrap()["pid"].as_u64().unwrap();
    signal(u32::try_from(pid).unwrap(), rustix::process::Signal::STOP).unwrap();
    daemon.kill();
    fs::write(dir.path().join("rundruf.toml"), settings(dir.path(), &list("post"))).unwrap();
    let begin = Instant::now();
    let daemon = Daemon::restart(dir.path());
    sends(&daemon);
    assert!(begin.elapsed() < Duration::from_secs(14), "the others do not wait: {:?}", begin.elapsed());
    assert_eq!(daemon.status(id)["queued"], 3, "the orphan has its time");
    // Nor does a reload wait for it.
    let begin = Instant::now();
    reload(&daemon, "the new settings are in force");
    assert!(begin.elapsed() < Duration::from_secs(5), "the reload waits: {:?}", begin.elapsed());
    assert!(!daemon.log().contains("does not end, and is killed"), "{}", daemon.log());
    daemon.wait_for("its messages have failed", DEADLINE, || {
        let gone = daemon.json(&["transport", "list"]).into_iter().find(|t| t["state"] == "gone")?;
        gone["reason"].as_str().filter(|why| why.contains('3')).map(|_| ())
    });
    assert!(daemon.log().contains("does not end, and is killed"), "{}", daemon.log());
    assert_eq!(daemon.status(id)["failed"], 3);
    assert!(daemon.terminate().success());
}

/// A transport that comes back while its orphan still lives: the reload answers at once, and the transport comes up when the orphan has gone.
#[test]
fn a_reload_does_not_wait_for_an_orphan() {
    let dir = tempfile::tempdir().unwrap();
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "rezepte", 3).unwrap();
    let list = |by: &str| format!("[lists.rezepte]\ntitle = \"R\"\npurpose = \"R\"\ntransports = [\"{by}\"]\n\n");
    let both = list("alt") + "[transports.alt]\nplugin = \"null\"\n";
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), &both));
    let _ = wait_state(&daemon, "alt", "up");
    let _ = daemon.json(&["transport", "pause", "alt"]);
    let id = daemon.json(&SEND)[0]["id"].as_i64().unwrap();
    daemon.wait_for("the messages wait", DEADLINE, || (daemon.status(id)["queued"] == 3).then_some(()));
    let record = fs::read_to_string(dir.path().join("transports/alt.pid")).unwrap();
    let orphan = u32::try_from(serde_json::from_str::<Value>(&record).unwrap()["pid"].as_u64().unwrap()).unwrap();
    signal(orphan, rustix::process::Signal::STOP).unwrap();
    daemon.kill();
    // Started without it, it comes back by a reload; and once more with another setting.
    let file = dir.path().join("rundruf.toml");
    fs::write(&file, settings(dir.path(), &list("post"))).unwrap();
    let daemon = Daemon::restart(dir.path());
    for more in ["", "window = 7\n"] {
        fs::write(&file, settings(dir.path(), &format!("{both}{more}"))).unwrap();
        let begin = Instant::now();
        reload(&daemon, "the new settings are in force");
        assert!(begin.elapsed() < Duration::from_secs(6), "the reload waits: {:?}", begin.elapsed());
        assert_eq!(transport(&daemon, "alt")["state"], "down");
    }
    sends(&daemon);
    assert!(signal(orphan, rustix::process::Signal::STOP).is_ok(), "the orphan has its time");
    daemon.wait_for("it comes up", DEADLINE, || (transport(&daemon, "alt")["state"] == "paused").then_some(()));
    assert!(daemon.log().contains("does not end, and is killed"), "{}", daemon.log());
    assert_eq!(transport(&daemon, "alt")["window"], 7);
    let _ = daemon.json(&["transport", "resume", "alt"]);
    assert_eq!(daemon.wait_done(id, DEADLINE)["sent"], 3, "it came back in time: nothing was ended");
    assert!(daemon.terminate().success());
}

#[test]
fn without_landlock_a_plugin_runs_only_if_the_admin_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let table = |name: &str, more: &str| format!("[transports.{name}]\nplugin = \"null\"\n{more}\n");
    let other = table("ohne", "") + &table("erlaubt", "without_landlock = true\n");
    // It sends from the daemon's own process, which no kernel confines.
    let toml =
        settings(dir.path(), &other).replace("plugin = \"sandbox\"", "plugin = \"sandbox\"\nisolation = \"none\"");
    fs::write(dir.path().join("rundruf.toml"), toml).unwrap();
    let daemon = Daemon::restart_without_landlock(dir.path());
    let down = wait_state(&daemon, "ohne", "down");
    let why = down["reason"].as_str().unwrap();
    assert!(why.contains("Landlock") && why.contains("without_landlock"), "the reason and the way out: {why}");
    let _ = wait_state(&daemon, "erlaubt", "up");
    sends(&daemon);
    let (_, text) = said(&daemon, &["--lang", "en", "doctor"]);
    assert!(text.contains("plugins can read and write every file that the daemon can"), "{text}");
    assert!(daemon.terminate().success());
    // With Landlock nothing is missing.
    let daemon = Daemon::restart(dir.path());
    let _ = wait_state(&daemon, "ohne", "up");
    let (_, text) = said(&daemon, &["--lang", "en", "doctor"]);
    assert!(!text.contains("every file that the daemon can"), "{text}");
    assert!(daemon.terminate().success());
}
