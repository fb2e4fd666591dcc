//! New settings and new plugins in the middle of a broadcast: every message exactly once, and unchanged transports are not restarted.

use rundruf_tests::daemon::{self, signal};
use rundruf_tests::plugin_project::compile_c;
use rundruf_tests::{Artifacts, Daemon, measure};
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

const PEOPLE: u64 = 100_000;
const DEADLINE: Duration = Duration::from_secs(120);

/// Builds the small plugin in C and moves it to `place` in one step.
fn install(place: &Path, defines: &[&str]) {
    let new = place.with_extension("new");
    compile_c("core/host/tests/c/minimal.c", &new, &[&["-O2"], defines].concat());
    fs::rename(new, place).unwrap();
}

#[track_caller]
fn wait<T>(daemon: &Daemon, what: &str, look: impl FnMut() -> Option<T>) -> T {
    daemon.wait_for(what, DEADLINE, look)
}

fn sent(daemon: &Daemon, broadcast: i64) -> u64 {
    daemon.status(broadcast)["sent"].as_u64().unwrap()
}

/// SIGHUP in the middle of a broadcast; waits until the log says the words once more. Answers how many had been sent by then.
fn reload(daemon: &Daemon, broadcast: i64, not_before: u64, words: &str) -> u64 {
    wait(daemon, "the middle of the broadcast", || (sent(daemon, broadcast) >= not_before).then_some(()));
    let before = daemon.log().matches(words).count();
    signal(daemon.pid(), rustix::process::Signal::HUP).unwrap();
    wait(daemon, words, || (daemon.log().matches(words).count() > before).then_some(()));
    sent(daemon, broadcast)
}

#[test]
fn a_reload_loses_nothing_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("librecorder.so");
    install(&place, &[]);
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "angebote", PEOPLE).unwrap();
    let settings = |rate: u32, more: &str| {
        daemon::settings(
            dir.path(),
            &format!(
                "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n\
                 [lists.angebote]\ntitle = \"L\"\npurpose = \"P\"\ntransports = [\"recorder\"]\n\n\
                 [transports.recorder]\nplugin = \"{}\"\nrate_per_s = {rate}\n\n\
                 [transports.still]\nplugin = \"null\"\n\n{more}",
                place.display()
            ),
        )
    };
    let _ = Artifacts::get();
    let daemon = Daemon::start(dir.path(), &settings(12_000, ""));
    let children = || {
        let mut all = measure::children(daemon.pid());
        all.sort_unstable();
        all
    };
    let first = children();
    assert_eq!(first.len(), 2, "{first:?}");
    let id = daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo {{ first_name }}"])[0]["id"]
        .as_i64()
        .unwrap();

    // A new file.
    install(&place, &["-DVERSION=\"0.2.0\""]);
    let mut at = vec![reload(&daemon, id, 10_000, "version=0.2.0")];
    let second = children();
    let stayed: Vec<_> = first.iter().filter(|c| second.contains(c)).collect();
    assert_eq!((stayed.len(), second.len()), (1, 2), "the other transport's process is the same: {first:?} {second:?}");

    // The same settings and files: nothing happens.
    at.push(reload(&daemon, id, 20_000, "the new settings are in force"));
    assert_eq!(children(), second);

    // A file that is not a plugin: the one that runs goes on from memory.
    let good = fs::read(&place).unwrap();
    fs::write(dir.path().join("broken"), &good[..good.len() / 2]).unwrap();
    fs::rename(dir.path().join("broken"), &place).unwrap();
    at.push(reload(&daemon, id, 30_000, "the plugin that runs goes on"));
    assert_eq!(children(), second, "nothing was touched");

    // A plugin that says no, after the old one has ended: that one comes back, though its file has gone.
    install(&place, &["-DVERSION=\"0.3.0\"", "-DREFUSES"]);
    at.push(reload(&daemon, id, 40_000, "the old ones stay in force"));
    assert!(daemon.log().contains("it does not want to"), "the plugin's own words\n{}", daemon.log());

    // A new list and another rate.
    install(&place, &["-DVERSION=\"0.4.0\""]);
    let more = "[lists.neu]\ntitle = \"N\"\npurpose = \"P\"\ntransports = [\"still\"]\n";
    fs::write(dir.path().join("rundruf.toml"), settings(30_000, more)).unwrap();
    at.push(reload(&daemon, id, 50_000, "version=0.4.0"));
    wait(&daemon, "the new list", || (daemon.json(&["list", "show"]).len() == 2).then_some(()));
    assert_eq!(children().iter().filter(|c| stayed.contains(c)).count(), 1, "still the same");
    assert!(at.iter().all(|n| *n < PEOPLE), "the broadcast was over too early to show anything: {at:?}");

    let done = daemon.wait_done(id, DEADLINE);
    for (field, want) in [("sent", PEOPLE), ("unknown", 0), ("failed", 0), ("skipped", 0)] {
        assert_eq!(done[field], want, "{field}: {done}\n{}", daemon.log());
    }
    let text = fs::read_to_string(dir.path().join("transports/recorder/sent.txt")).unwrap();
    // The text of a message has lines of its own: only its first begins with the message id.
    let is_id = |word: &str| word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let all: Vec<_> = text.lines().filter_map(|l| l.split_once(' ')).map(|(id, _)| id).filter(|id| is_id(id)).collect();
    let ids: HashSet<_> = all.iter().collect();
    assert_eq!((all.len() as u64, ids.len() as u64), (PEOPLE, PEOPLE), "each exactly once");
    println!("{PEOPLE} sent, each once; five reloads, at {at:?}");
    assert!(daemon.terminate().success());
}
