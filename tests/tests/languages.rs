//! A plugin may be written in any language: the examples in `plugins/` carry a real broadcast through the real daemon to an HTTP endpoint, and
//! whatever that endpoint does, every message ends in the right state.

use rundruf_tests::gateway::{Gateway, Post, Reply};
use rundruf_tests::project::example;
use rundruf_tests::sample::{first_name, phone};
use rundruf_tests::{Artifacts, Daemon, daemon, sample};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const TOKEN: &str = "s3cret-t0ken";

/// A daemon with one transport into the gateway, and as many people who want to hear from it.
struct Stage {
    daemon: Daemon,
    gateway: Gateway,
    _dir: tempfile::TempDir,
}

fn stage(
    library: &Path,
    isolation: &str,
    people: usize,
    script: impl Fn(&Post) -> Reply + Send + Sync + 'static,
) -> Stage {
    let dir = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(script);
    fs::write(dir.path().join("token"), TOKEN).unwrap();
    fs::set_permissions(dir.path().join("token"), fs::Permissions::from_mode(0o600)).unwrap();
    let web = rundruf_tests::server::free_port();
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:{web}\"\npublic_url = \"http://127.0.0.1:{web}\"\n\n[retry]\nfirst = \"1s\"\n\n\
             [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"gateway\"]\n\n\
             [transports.gateway]\nplugin = \"{}\"\nisolation = \"{isolation}\"\nthreads = 4\n[transports.gateway.config]\n\
             port = {}\ntoken = {{ file = \"token\" }}\ntimeout_s = 2\n",
            library.display(),
            gateway.port
        ),
    );
    let daemon = Daemon::start(dir.path(), &toml);
    fs::write(dir.path().join("people.csv"), sample::phones_csv(people)).unwrap();
    let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
    assert_eq!(done.last().unwrap()["confirmed"].as_u64(), Some(people as u64), "{done:?}");
    Stage { daemon, gateway, _dir: dir }
}

fn broadcast(daemon: &Daemon) -> i64 {
    let text = "Grüß Gott {{ first_name }}, \"heute\" frisch:\n**Mohnbrötchen**.";
    let sent = daemon.json(&["broadcast", "send", "--list", "angebote", "--text", text]);
    sent[0]["id"].as_i64().unwrap()
}

/// Everybody gets one message, his own, with the admin's token, and with an id that the daemon keeps.
fn everybody_once(library: &Path, isolation: &str) {
    const PEOPLE: usize = 1_000;
    let s = stage(library, isolation, PEOPLE, |_| Reply::Status(202));
    let id = broadcast(&s.daemon);
    let status = s.daemon.wait_done(id, Duration::from_secs(60));
    assert_eq!(status["sent"].as_u64(), Some(PEOPLE as u64), "{status}\n{}", s.daemon.log());
    let posts = s.gateway.posts();
    let mut texts = BTreeMap::new();
    for post in &posts {
        assert_eq!((post.path.as_str(), post.body["channel"].as_str()), ("/messages", Some("sms")));
        assert_eq!(post.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!(Some(post.headers["idempotency-key"].as_str()), post.body["id"].as_str());
        let earlier = texts.insert(post.to().to_owned(), post.body["text"].as_str().unwrap().to_owned());
        assert_eq!(earlier, None, "{} got two messages", post.to());
    }
    assert_eq!(texts.len(), PEOPLE);
    for n in 0..PEOPLE {
        let text = &texts[&phone(n)];
        assert!(text.starts_with(&format!("Grüß Gott {}, \"heute\" frisch:\n", first_name(n as u64))), "{text}");
        let other = first_name((n as u64 + 1) % PEOPLE as u64);
        assert!(!text.contains(&other), "another person's name: {text}");
        assert!(text.contains("STOP"), "{text}");
    }
    let deliveries = s.daemon.json(&["broadcast", "deliveries", &id.to_string()]);
    assert_eq!(deliveries.len(), PEOPLE);
    let named = deliveries.iter().filter(|d| d["remote_id"].as_str().is_some_and(|r| r.starts_with("remote-"))).count();
    assert_eq!(named, PEOPLE, "the gateway's ids are kept: {}", deliveries[0]);
    assert!(s.daemon.terminate().success(), "SIGTERM ends with 0");
}

/// What the gateway does, how often it hears of that person, and where the message ends.
const CASES: &[(Reply, usize, &str)] = &[
    (Reply::Status(200), 1, "sent"),
    (Reply::Close(200), 1, "sent"),
    (Reply::Status(404), 1, "failed"),
    (Reply::Status(422), 1, "failed"),
    (Reply::Status(302), 1, "failed"),
    (Reply::Later(429, 1), 2, "sent"),
    (Reply::Later(503, 1), 2, "sent"),
    (Reply::Status(500), 1, "unknown"),
    (Reply::Status(504), 1, "unknown"),
    (Reply::Cut, 1, "unknown"),
    (Reply::Garbage, 1, "unknown"),
    (Reply::Stall, 1, "unknown"),
];

fn every_answer_has_its_meaning(library: &Path, isolation: &str) {
    let case = |post: &Post| (0..CASES.len()).find(|n| phone(*n) == post.to()).unwrap_or(0);
    let s = stage(library, isolation, CASES.len(), move |post| match CASES[case(post)].0 {
        Reply::Later(..) if post.before > 0 => Reply::Status(200),
        reply => reply,
    });
    let id = broadcast(&s.daemon);
    let status = s.daemon.wait_done(id, Duration::from_secs(60));
    let deliveries = s.daemon.json(&["broadcast", "deliveries", &id.to_string(), "--addresses"]);
    let posts = s.gateway.posts();
    for (n, (reply, times, state)) in CASES.iter().enumerate() {
        let row = deliveries.iter().find(|d| d["address"].as_str().is_some_and(|a| a.ends_with(&phone(n)))).unwrap();
        let heard = posts.iter().filter(|p| p.to() == phone(n)).count();
        assert_eq!(
            (row["state"].as_str(), heard),
            (Some(*state), *times),
            "{reply:?}: {row}\n{status}\n{}",
            s.daemon.log()
        );
    }
}

/// A refused token is about us: nothing is lost, nobody is blamed, and it goes on when the admin has looked.
fn a_refused_account_stops_the_transport(library: &Path, isolation: &str) {
    let right = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let now = std::sync::Arc::clone(&right);
    let s = stage(library, isolation, 3, move |_| {
        Reply::Status(if now.load(std::sync::atomic::Ordering::Acquire) { 200 } else { 401 })
    });
    let id = broadcast(&s.daemon);
    let transport = |daemon: &Daemon| -> Value { daemon.json(&["transport", "list"]).remove(0) };
    let until = Instant::now() + Duration::from_secs(30);
    while transport(&s.daemon)["state"] != "paused" {
        assert!(Instant::now() < until, "not paused: {}\n{}", transport(&s.daemon), s.daemon.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    let status = s.daemon.status(id);
    assert_eq!((&status["failed"], &status["unknown"]), (&0.into(), &0.into()), "{status}");
    right.store(true, std::sync::atomic::Ordering::Release);
    let _ = s.daemon.json(&["transport", "resume", "gateway"]);
    let status = s.daemon.wait_done(id, Duration::from_secs(60));
    assert_eq!(status["sent"], 3, "{status}\n{}", s.daemon.log());
}

/// Nobody listens: nothing has left, so it is tried again. Settings that are wrong are refused in the plugin's words.
fn what_cannot_be_reached_is_tried_again(library: &Path, isolation: &str) {
    let mut s = stage(library, isolation, 1, |_| Reply::Status(200));
    let port = s.gateway.port;
    drop(std::mem::replace(&mut s.gateway, Gateway::start(|_| Reply::Status(200))));
    let id = broadcast(&s.daemon);
    let until = Instant::now() + Duration::from_secs(30);
    while s.daemon.status(id)["retry"] != 1 {
        assert!(Instant::now() < until, "{}\n{}", s.daemon.status(id), s.daemon.log());
        std::thread::sleep(Duration::from_millis(10));
    }
    let toml = fs::read_to_string(s.daemon.dir().join("rundruf.toml")).unwrap();
    let faulty = s.daemon.dir().join("faulty.toml");
    fs::write(&faulty, toml.replace(&format!("port = {port}\n"), "port = 0\nhost = \"gateway.example\"\n")).unwrap();
    let checked = s.daemon.cli(&["config", "check", &faulty.display().to_string()]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(!checked.status.success() && said.contains("port") && said.contains("127.0.0.1"), "{said}");
}

/// A connection that the gateway closed while nothing was sent is made anew: no doubt about the next message.
fn a_connection_that_went_away_is_made_anew(library: &Path, isolation: &str) {
    let s = stage(library, isolation, 1, |_| Reply::Leave(200));
    for _ in 0..3 {
        let status = s.daemon.wait_done(broadcast(&s.daemon), Duration::from_secs(30));
        assert_eq!(status["sent"], 1, "{status}\n{}", s.daemon.log());
    }
}

/// `plugin check` finds nothing to fail, and asks the plugin everything but what it does not claim to do.
fn keeps_the_contract(library: &Path) {
    let path = library.display().to_string();
    let checked = rundruf_tests::project::rundruf(Path::new("/"), &["plugin", "check", &path]);
    assert_eq!(checked["failed"], 0, "{checked:#}");
    let skipped = checked["checks"].as_array().unwrap().iter().filter(|c| c["verdict"] == "skipped");
    let skipped: Vec<&str> = skipped.filter_map(|c| c["id"].as_str()).collect();
    assert_eq!(skipped, ["inbound-backpressure"], "{checked:#}");
}

fn carries_a_broadcast(name: &str, isolations: &[&str]) {
    let library = example(name, "examples-in-other-languages");
    keeps_the_contract(&library);
    for isolation in isolations {
        everybody_once(&library, isolation);
        every_answer_has_its_meaning(&library, isolation);
        a_connection_that_went_away_is_made_anew(&library, isolation);
        a_refused_account_stops_the_transport(&library, isolation);
        what_cannot_be_reached_is_tried_again(&library, isolation);
    }
}

#[test]
fn a_plugin_in_c() {
    carries_a_broadcast("example-c", &["process", "none"]);
}

/// `isolation = "none"` is refused in words, by the check of the settings and by the daemon: by what its manifest says, before any code of it
/// runs, and without that by what its entry says.
fn needs_a_process_of_its_own(library: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let settings = |library: &Path| {
        let section = format!("[transports.go]\nplugin = \"{}\"\nisolation = \"none\"\n", library.display());
        daemon::settings(dir.path(), &format!("{section}[transports.go.config]\nport = 1\ntoken = \"t\"\n"))
    };
    let refused = |library: &Path, command: &[&str], words: &[&str]| {
        let toml = dir.path().join("rundruf.toml");
        fs::write(&toml, settings(library)).unwrap();
        let mut rundruf = Command::new(&Artifacts::get().rundruf);
        let output = rundruf.args(["--lang", "en", "--config"]).arg(toml).args(command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && words.iter().all(|w| said.contains(w)), "{command:?}: {said}");
    };
    for command in [&["config", "check"][..], &["serve"]] {
        refused(library, command, &["needs a process of its own", "isolation = \"none\"", "isolation = \"process\""]);
    }
    let (says, bytes) = (b"\"in_process\": false", fs::read(library).unwrap());
    let at = bytes.windows(says.len()).position(|w| w == says).expect("its manifest says it");
    let silent = dir.path().join("silent.so");
    fs::write(&silent, [&bytes[..at], b"\"in_process\": true ", &bytes[at + says.len()..]].concat()).unwrap();
    let words = ["silent.so", "it contains a Go runtime: run it with isolation = \"process\""];
    refused(&silent, &["serve"], &words);
}

/// Go brings a runtime of its own, which must not meet another one: it says so, and the daemon keeps it apart.
#[test]
fn a_plugin_in_go() {
    carries_a_broadcast("example-go", &["process"]);
}

#[test]
fn a_plugin_in_go_does_not_run_in_the_daemon() {
    needs_a_process_of_its_own(&example("example-go", "examples-that-are-refused"));
}

#[test]
fn a_plugin_in_zig() {
    carries_a_broadcast("example-zig", &["process", "none"]);
}
