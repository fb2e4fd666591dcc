//! Deliveries that a killed daemon left: settled exactly or unknown, never lost.

use crate::engine_fixture::{self, BEGIN, EngineFixture, killable_engine, open};
use rundruf_consent::BroadcastId;
use rundruf_engine::{Clock, Config, OnUnknown};
use rundruf_host::Isolation;
use rundruf_store::{BroadcastState, ClaimRequest, DeliveryState};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Thirty people wait for a message by a transport that is paused, and nothing runs.
async fn waiting(dir: &Path, config: &Config) -> BroadcastId {
    let s = EngineFixture::at(dir.to_owned(), config.clone(), Clock::fixed(BEGIN)).await;
    s.subscribers(30, "angebote").await;
    s.engine.transport_pause("kasten", true).unwrap();
    let id = s.send("angebote", "Hallo {{ first_name }}").await;
    s.until(id, "written", |row| row.fanned_out).await;
    assert!(s.engine.stop(STOP_WITHIN).await);
    id
}

/// An engine that claims ten deliveries and is gone before any outcome is reported.
async fn claims_and_dies(dir: &Path) {
    let store = open(dir);
    let transport = store.transport_sync(vec!["kasten".to_owned()]).await.unwrap()[0];
    let request = ClaimRequest::new(10, BEGIN);
    let step = store.dispatch_step(transport, [7; 16], Vec::new(), Some(request)).await.unwrap();
    assert_eq!(step.claimed.len(), 10);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_on_unknown_decides() {
    for (on_unknown, unknown, attempts) in [(OnUnknown::Hold, 10, 1), (OnUnknown::Resend, 0, 2)] {
        let dir = tempfile::tempdir().unwrap();
        let mut config = engine_fixture::config(dir.path());
        config.transports[0].on_unknown = on_unknown;
        let id = waiting(dir.path(), &config).await;
        claims_and_dies(dir.path()).await;
        let clock = Clock::fixed(BEGIN);
        let s = EngineFixture::at(dir.path().to_owned(), config, clock.clone()).await;
        let tally = s.row(id).await.tally;
        assert_eq!((tally.in_flight, tally.unknown, tally.unknown + tally.retry), (0, unknown, 10), "{tally:?}");
        s.engine.transport_pause("kasten", false).unwrap();
        clock.advance(Duration::from_secs(2));
        let tally = s.done(id).await;
        assert_eq!((tally.unknown, tally.sent), (unknown, 30 - unknown));
        let of_the_dead = s.deliveries(id).await.iter().filter(|d| d.attempts == attempts).count();
        assert!(of_the_dead >= 10, "{of_the_dead}");
        s.stop_and_check().await;
    }
}

/// Starts a daemon with its plugin in a process of its own and kills it in the middle of a broadcast.
fn killed(dir: &Path, count: usize) {
    let mut daemon: Child = Command::new(killable_engine()).arg(dir).arg(count.to_string()).spawn().unwrap();
    let begin = Instant::now();
    while files(dir).len() < count / 8 {
        assert!(begin.elapsed() < Duration::from_secs(30), "it sends nothing");
        assert!(daemon.try_wait().unwrap().is_none(), "it died by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}

fn files(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir.join("messages")) else { return Vec::new() };
    let names = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    names.filter(|n| n.ends_with(".txt") && !n.starts_with('.')).collect()
}

fn in_own_process(dir: &Path) -> Config {
    let mut config = engine_fixture::config(dir);
    config.transports[0].isolation = Isolation::Process;
    config
}

/// Waits until the plugin's process has finished, as every start does.
fn journal(dir: &Path) -> PathBuf {
    let state = dir.join("transports/kasten");
    let journal = rundruf_host::journal::collect(&state, Duration::from_secs(15)).unwrap();
    assert!(
        journal.is_some_and(|j| j.session != rundruf_host::SessionId::default()),
        "the plugin's process outlives the daemon and says so"
    );
    state.join("orphan.journal")
}

async fn only_broadcast(s: &EngineFixture) -> BroadcastId {
    s.store.broadcast_list(false, 1).await.unwrap()[0].id
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_daemon_alone_leaves_no_unknown_outcome() {
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 400);
    let begin = Instant::now();
    let s = EngineFixture::at(dir.path().to_owned(), in_own_process(dir.path()), Clock::system()).await;
    assert!(begin.elapsed() < Duration::from_secs(2), "restart to sending: {:?}", begin.elapsed());
    let id = only_broadcast(&s).await;
    let before = s.row(id).await;
    assert_ne!(before.state, BroadcastState::Done, "the test is too slow: the broadcast is done already");
    let tally = s.done(id).await;
    assert_eq!((tally.sent, tally.unknown, tally.total), (400, 0, 400));
    let files = files(dir.path());
    let people: BTreeSet<String> = files.iter().map(|f| f.split('.').next().unwrap().to_owned()).collect();
    assert_eq!((files.len(), people.len()), (400, 400), "everybody one");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_at_most_the_window_is_unknown() {
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 400);
    std::fs::remove_file(journal(dir.path())).unwrap();
    let s = EngineFixture::at(dir.path().to_owned(), in_own_process(dir.path()), Clock::system()).await;
    let id = only_broadcast(&s).await;
    let tally = s.done(id).await;
    assert!(tally.unknown <= 64, "{tally:?}");
    assert_eq!(tally.sent + tally.unknown, 400);
    let got: BTreeSet<String> =
        files(dir.path()).into_iter().map(|f| f.split('.').next().unwrap().to_owned()).collect();
    assert_eq!(got.len(), files(dir.path()).len(), "nobody twice");
    let key = s.row(id).await.key;
    for d in s.deliveries(id).await {
        let hex: String = key.iter().copied().chain(d.id.0.to_be_bytes()).map(|b| format!("{b:02x}")).collect();
        match d.state {
            DeliveryState::Sent => assert!(got.contains(&hex), "{d:?} is said to be sent"),
            DeliveryState::Unknown => {}
            _ => panic!("{d:?}"),
        }
    }
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_journal_does_not_settle_later_claims() {
    let dir = tempfile::tempdir().unwrap();
    killed(dir.path(), 100);
    let path = journal(dir.path());
    let old = std::fs::read(&path).unwrap();
    let config = in_own_process(dir.path());
    let s = EngineFixture::at(dir.path().to_owned(), config.clone(), Clock::system()).await;
    assert!(!path.exists(), "settled");
    s.done(only_broadcast(&s).await).await;
    s.engine.transport_pause("kasten", true).unwrap();
    let id = s.send("angebote", "Noch einmal").await;
    s.until(id, "written", |row| row.fanned_out).await;
    assert!(s.engine.stop(STOP_WITHIN).await);
    drop(s);
    claims_and_dies(dir.path()).await;
    std::fs::write(&path, old).unwrap();
    let s = EngineFixture::at(dir.path().to_owned(), config, Clock::system()).await;
    let tally = s.row(id).await.tally;
    assert_eq!((tally.unknown, tally.retry, tally.in_flight), (10, 0, 0), "{tally:?}");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_messages_in_flight() {
    for isolation in [Isolation::None, Isolation::Process] {
        let s = EngineFixture::with(|c| c.transports[0].isolation = isolation).await;
        for n in 0..20 {
            s.subscriber("Anna", &format!("email:slow{n}@mail.example"), "angebote").await;
        }
        s.subscribers(300, "angebote").await;
        let id = s.send("angebote", "Hallo {{ first_name }}").await;
        s.until(id, "under way", |row| row.tally.in_flight > 0).await;
        let s = s.restart(|_| {}).await;
        let tally = s.row(id).await.tally;
        assert_eq!(tally.unknown, 0, "{tally:?}");
        let tally = s.done(id).await;
        assert_eq!((tally.sent, s.messages().len()), (320, 320));
        s.stop_and_check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_fails_to_start_is_down_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = in_own_process(dir.path());
    let mut broken = engine_fixture::transport(dir.path(), "kaputt", "sandbox");
    std::fs::write(dir.path().join("file"), "").unwrap();
    broken.config = serde_json::json!({ "folder": dir.path().join("file/in") }).to_string();
    config.transports.push(broken);
    let store = open(dir.path());
    let engine = rundruf_engine::Engine::start_at(config.clone(), store, Clock::system()).await.unwrap();
    for transport in engine.transports() {
        let (state, reason) = (transport.state, transport.reason.map(|r| r.to_string()).unwrap_or_default());
        let is_broken = transport.name == "kaputt";
        assert_eq!(state, if is_broken { "down" } else { "up" }, "{reason}");
        assert_eq!(reason.contains("`folder`: cannot make"), is_broken, "{reason}");
    }
    assert!(engine.stop(STOP_WITHIN).await);
    // Nothing of it is left that another start would wait for.
    config.transports.pop();
    let s = EngineFixture::at(dir.path().to_owned(), config, Clock::system()).await;
    s.stop_and_check().await;
}

/// One thread: no task of the engine has run yet when it is told to stop.
#[tokio::test]
async fn a_stop_right_after_the_start_works() {
    let s = EngineFixture::new().await;
    assert!(s.engine.stop(STOP_WITHIN).await);
}
