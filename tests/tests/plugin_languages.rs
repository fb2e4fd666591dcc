//! A plugin may be written in any language: the examples in `plugins/` carry a real broadcast through the real daemon to an HTTP endpoint, and
//! whatever that endpoint answers, every delivery ends in the right state.

use rundruf_tests::http_provider::{HttpProvider, ProviderReply, ProviderRequest};
use rundruf_tests::plugin_project::build_example;
use rundruf_tests::sample_people::{first_name, phone};
use rundruf_tests::{Artifacts, Daemon, daemon, sample_people};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const TOKEN: &str = "s3cret-t0ken";

/// A daemon with one transport to a provider.
struct Setup {
    daemon: Daemon,
    provider: HttpProvider,
    _dir: tempfile::TempDir,
}

fn start(
    library: &Path,
    isolation: &str,
    people: usize,
    script: impl Fn(&ProviderRequest) -> ProviderReply + Send + Sync + 'static,
) -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let provider = HttpProvider::start(script);
    fs::write(dir.path().join("token"), TOKEN).unwrap();
    fs::set_permissions(dir.path().join("token"), fs::Permissions::from_mode(0o600)).unwrap();
    let web = rundruf_tests::servers::free_port();
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:{web}\"\npublic_url = \"http://127.0.0.1:{web}\"\n\n[retry]\nfirst = \"1s\"\n\n\
             [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"provider\"]\n\n\
             [transports.provider]\nplugin = \"{}\"\nisolation = \"{isolation}\"\nthreads = 4\n[transports.provider.config]\n\
             port = {}\ntoken = {{ file = \"token\" }}\ntimeout_s = 2\n",
            library.display(),
            provider.port
        ),
    );
    let daemon = Daemon::start(dir.path(), &toml);
    fs::write(dir.path().join("people.csv"), sample_people::phones_csv(people)).unwrap();
    let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
    assert_eq!(done.last().unwrap()["confirmed"].as_u64(), Some(people as u64), "{done:?}");
    Setup { daemon, provider, _dir: dir }
}

fn broadcast(daemon: &Daemon) -> i64 {
    let text = "Grüß Gott {{ first_name }}, \"heute\" frisch:\n**Mohnbrötchen**.";
    let sent = daemon.json(&["broadcast", "send", "--list", "angebote", "--text", text, "--again"]);
    sent[0]["id"].as_i64().unwrap()
}

/// Each person gets one message, with the admin's token and an id that the daemon keeps.
fn each_person_gets_one_message(library: &Path, isolation: &str) {
    const PEOPLE: usize = 1_000;
    let s = start(library, isolation, PEOPLE, |_| ProviderReply::Status(202));
    let id = broadcast(&s.daemon);
    let status = s.daemon.wait_done(id, Duration::from_secs(60));
    assert_eq!(status["sent"].as_u64(), Some(PEOPLE as u64), "{status}\n{}", s.daemon.log());
    let requests = s.provider.requests();
    let mut texts = BTreeMap::new();
    for request in &requests {
        assert_eq!((request.path.as_str(), request.body["channel"].as_str()), ("/messages", Some("sms")));
        assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!(Some(request.headers["idempotency-key"].as_str()), request.body["id"].as_str());
        let earlier = texts.insert(request.to().to_owned(), request.body["text"].as_str().unwrap().to_owned());
        assert_eq!(earlier, None, "{} got two messages", request.to());
    }
    assert_eq!(texts.len(), PEOPLE);
    for n in 0..PEOPLE {
        let text = &texts[&phone(n)];
        assert!(text.starts_with(&format!("Grüß Gott {}, \"heute\" frisch:\n", first_name(n as u64))), "{text}");
        let other = first_name((n as u64 + 1) % PEOPLE as u64);
        assert!(!text.contains(&other), "another person's name: {text}");
        assert!(text.contains("/u/") && !text.contains("STOP"), "it takes no replies, so the link is named: {text}");
    }
    let deliveries = s.daemon.json(&["broadcast", "deliveries", &id.to_string()]);
    assert_eq!(deliveries.len(), PEOPLE);
    let named = deliveries.iter().filter(|d| d["remote_id"].as_str().is_some_and(|r| r.starts_with("remote-"))).count();
    assert_eq!(named, PEOPLE, "the provider's ids are kept: {}", deliveries[0]);
    assert!(s.daemon.terminate().success(), "SIGTERM ends with 0");
}

/// What the provider answers, how many requests it gets, and the state in which the delivery ends.
const CASES: &[(ProviderReply, usize, &str)] = &[
    (ProviderReply::Status(200), 1, "sent"),
    (ProviderReply::AnnounceClose(200), 1, "sent"),
    (ProviderReply::Status(404), 1, "failed"),
    (ProviderReply::Status(422), 1, "failed"),
    (ProviderReply::Status(302), 1, "failed"),
    (ProviderReply::RetryAfter(429, 1), 2, "sent"),
    (ProviderReply::RetryAfter(503, 1), 2, "sent"),
    (ProviderReply::Status(500), 1, "unknown"),
    (ProviderReply::Status(504), 1, "unknown"),
    (ProviderReply::CloseUnanswered, 1, "unknown"),
    (ProviderReply::Garbage, 1, "unknown"),
    (ProviderReply::Stall, 1, "unknown"),
];

fn every_answer_has_its_meaning(library: &Path, isolation: &str) {
    let case = |request: &ProviderRequest| (0..CASES.len()).find(|n| phone(*n) == request.to()).unwrap_or(0);
    let s = start(library, isolation, CASES.len(), move |request| match CASES[case(request)].0 {
        ProviderReply::RetryAfter(..) if request.before > 0 => ProviderReply::Status(200),
        reply => reply,
    });
    let id = broadcast(&s.daemon);
    let status = s.daemon.wait_done(id, Duration::from_secs(60));
    let deliveries = s.daemon.json(&["broadcast", "deliveries", &id.to_string(), "--addresses"]);
    let requests = s.provider.requests();
    for (n, (reply, times, state)) in CASES.iter().enumerate() {
        let row = deliveries.iter().find(|d| d["address"].as_str().is_some_and(|a| a.ends_with(&phone(n)))).unwrap();
        let times_asked = requests.iter().filter(|p| p.to() == phone(n)).count();
        assert_eq!(
            (row["state"].as_str(), times_asked),
            (Some(*state), *times),
            "{reply:?}: {row}\n{status}\n{}",
            s.daemon.log()
        );
    }
}

/// A refused token pauses the transport: no delivery fails, and it goes on when the admin resumes it.
fn a_refused_account_stops_the_transport(library: &Path, isolation: &str) {
    let accepts = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let now = std::sync::Arc::clone(&accepts);
    let s = start(library, isolation, 3, move |_| {
        ProviderReply::Status(if now.load(std::sync::atomic::Ordering::Acquire) { 200 } else { 401 })
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
    accepts.store(true, std::sync::atomic::Ordering::Release);
    let _ = s.daemon.json(&["transport", "resume", "provider"]);
    let status = s.daemon.wait_done(id, Duration::from_secs(60));
    assert_eq!(status["sent"], 3, "{status}\n{}", s.daemon.log());
}

/// Where no provider listens, nothing has left: the delivery is tried again. Wrong settings are refused in the plugin's words.
fn what_cannot_be_reached_is_tried_again(library: &Path, isolation: &str) {
    let mut s = start(library, isolation, 1, |_| ProviderReply::Status(200));
    let port = s.provider.port;
    drop(std::mem::replace(&mut s.provider, HttpProvider::start(|_| ProviderReply::Status(200))));
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

/// A connection that the provider closed while idle is made anew; the next message is not unknown.
fn a_connection_that_went_away_is_made_anew(library: &Path, isolation: &str) {
    let s = start(library, isolation, 1, |_| ProviderReply::CloseSilently(200));
    for _ in 0..3 {
        let status = s.daemon.wait_done(broadcast(&s.daemon), Duration::from_secs(30));
        assert_eq!(status["sent"], 1, "{status}\n{}", s.daemon.log());
    }
}

/// `plugin check` finds nothing to fail, and asks the plugin everything but what it does not claim to do.
fn keeps_the_contract(library: &Path) {
    let path = library.display().to_string();
    let checked = rundruf_tests::plugin_project::rundruf_json(Path::new("/"), &["plugin", "check", &path]);
    assert_eq!(checked["failed"], 0, "{checked:#}");
    let skipped = checked["checks"].as_array().unwrap().iter().filter(|c| c["verdict"] == "skipped");
    let skipped: Vec<&str> = skipped.filter_map(|c| c["id"].as_str()).collect();
    assert_eq!(skipped, ["inbound-backpressure"], "{checked:#}");
}

fn carries_a_broadcast(name: &str, isolations: &[&str]) {
    let library = build_example(name, "examples-in-other-languages");
    keeps_the_contract(&library);
    for isolation in isolations {
        each_person_gets_one_message(&library, isolation);
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
    // One whose manifest hides it stays down, and says why; the daemon serves.
    let daemon = Daemon::start(dir.path(), &settings(&silent));
    daemon.wait_for("the reason", Duration::from_secs(20), || {
        let list = daemon.json(&["transport", "list", "--lang", "en"]);
        list[0].to_string().contains("it contains a Go runtime: run it with isolation").then_some(())
    });
}

/// Go brings a runtime of its own, of which a process may have only one: the plugin says so, and gets its own process.
#[test]
fn a_plugin_in_go() {
    carries_a_broadcast("example-go", &["process"]);
}

#[test]
fn a_plugin_in_go_does_not_run_in_the_daemon() {
    needs_a_process_of_its_own(&build_example("example-go", "examples-that-are-refused"));
}

#[test]
fn a_plugin_in_zig() {
    carries_a_broadcast("example-zig", &["process", "none"]);
}
