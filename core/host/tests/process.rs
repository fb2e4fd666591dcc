//! The same library in both ways of running it, and the outcomes of messages when processes die.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/compile.rs"]
mod compile;

use compile::example;
use rundruf_abi::OutcomeCode;
use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    EventHandler, HostError, HostEvent, InstanceSpec, InstanceState, Isolation, Manifest, MessageContent, MessageId,
    MessageOutcome, MessageTemplate, OutboundMessage, OutcomeClass, Priority, RejectionReason, StopResult,
    TransportInstance, Verdict, discover, journal,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn plugin(name: &str) -> PathBuf {
    let examples = host_program();
    let target = examples.ancestors().nth(2).unwrap();
    discover::find(name, &[target.to_owned(), target.join("deps")])
        .unwrap_or_else(|e| panic!("{e}: run `cargo build --workspace` first"))
}

fn host_program() -> PathBuf {
    example("plugin_host")
}

fn spec(name: &str, isolation: Isolation, config: &serde_json::Value, dir: &Path) -> InstanceSpec {
    InstanceSpec {
        name: name.to_owned(),
        library: plugin(name),
        sha256: None,
        isolation,
        config: config.to_string(),
        state_dir: dir.join(format!("state-{name}")),
        window: 1_024,
        threads: 1,
        child_program: host_program(),
        overdue_after: Duration::from_secs(30),
        state_limit: InstanceSpec::STATE_LIMIT,
        protected: Vec::new(),
        without_landlock: false,
        disk_reserve: None,
    }
}

fn message(n: i64, address: &str) -> OutboundMessage {
    let permit = trial::permit(DeliveryId(n));
    let mut id = [9; 16];
    id[8..].copy_from_slice(&n.to_be_bytes());
    OutboundMessage::new(
        permit,
        MessageId(id),
        address.into(),
        "https://n.example/u/T".into(),
        vec![format!("Name{n}").into()],
        1,
    )
}

fn content() -> Arc<MessageContent> {
    Arc::new(MessageContent {
        id: 77,
        channel: "email".into(),
        language: "de".into(),
        subject: MessageTemplate::fixed("Brot"),
        text: MessageTemplate { segments: vec![("Hallo ".into(), Some(0)), (", frisches Brot.".into(), None)] },
        meta: vec![("list-name".into(), "angebote".into())],
        ..MessageContent::default()
    })
}

fn listen() -> (EventHandler, Receiver<HostEvent>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    (Arc::new(move |e| drop(sender.lock().unwrap().send(e))), receiver)
}

/// Collects `count` outcomes; panics if one comes twice.
fn collect(receiver: &Receiver<HostEvent>, count: usize) -> (HashMap<i64, MessageOutcome>, u64) {
    let (mut got, mut number) = (HashMap::new(), 0);
    let until = Instant::now() + Duration::from_secs(30);
    while got.len() < count {
        let event = receiver.recv_timeout(until.saturating_duration_since(Instant::now()));
        let event = event.unwrap_or_else(|_| panic!("{} of {count} outcomes", got.len()));
        if let HostEvent::Outcomes { last, outcomes } | HostEvent::Lost { last, outcomes } = event {
            number = last;
            for o in outcomes {
                let n = i64::from_be_bytes(o.message_id.0[8..].try_into().unwrap());
                assert!(got.insert(n, o).is_none(), "{n} came twice");
            }
        }
    }
    (got, number)
}

#[test]
fn both_ways_give_the_same() {
    for isolation in [Isolation::Process, Isolation::None] {
        let dir = tempfile::tempdir().unwrap();
        let (events, receiver) = listen();
        let folder = dir.path().join("messages");
        let instance = TransportInstance::start(
            spec("sandbox", isolation, &serde_json::json!({"folder": folder}), dir.path()),
            events,
        )
        .unwrap();
        assert_eq!(instance.state(), InstanceState::Up);
        let messages = (1..=300)
            .map(|n| message(n, &format!("p{n}@x.example")))
            .chain([message(301, "refuse@x.example")])
            .collect();
        instance.send(&content(), messages, Priority::Bulk, 0).unwrap();
        let (got, last) = collect(&receiver, 301);
        assert!((1..=300).all(|n| got[&n].class() == OutcomeClass::Sent), "{isolation:?}");
        assert_eq!(got[&301].code, OutcomeCode::BAD_RECIPIENT);
        let text = std::fs::read_to_string(folder.join(&*got[&7].remote_id)).unwrap();
        assert!(text.contains("Hallo Name7, frisches Brot.") && text.contains("List: angebote"), "{text}");
        instance.acknowledge(last);
        assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean, "{isolation:?}");
        assert!(matches!(
            instance.send(&content(), vec![message(1, "a@x.example")].into(), Priority::Bulk, 0).unwrap_err().why,
            RejectionReason::Closed
        ));
    }
}

#[test]
fn the_window_is_kept_and_each_outcome_comes_once() {
    for isolation in [Isolation::Process, Isolation::None] {
        let dir = tempfile::tempdir().unwrap();
        let (events, receiver) = listen();
        let config = serde_json::json!({"one_by_one": true, "delay_us": 2_000});
        let instance = TransportInstance::start(
            InstanceSpec { window: 64, ..spec("null", isolation, &config, dir.path()) },
            events,
        )
        .unwrap();
        instance.send(&content(), (1..=60).map(|n| message(n, "a@x.example")).collect(), Priority::Bulk, 0).unwrap();
        let refused = instance
            .send(&content(), (61..=70).map(|n| message(n, "a@x.example")).collect(), Priority::Bulk, 0)
            .unwrap_err();
        assert_eq!((refused.why, refused.messages.len()), (RejectionReason::Busy, 10));
        collect(&receiver, 60);
        instance.send(&content(), refused.messages, Priority::Bulk, 0).unwrap();
        collect(&receiver, 10);
        assert_eq!(instance.in_flight(), 0);
        assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
    }
}

#[test]
fn a_killed_process_is_restarted_and_its_messages_are_in_doubt() {
    let dir = tempfile::tempdir().unwrap();
    let (events, receiver) = listen();
    let config = serde_json::json!({"folder": dir.path().join("m"), "slow_ms": 60_000});
    let instance = TransportInstance::start(spec("sandbox", Isolation::Process, &config, dir.path()), events).unwrap();
    let first = instance.session();
    instance
        .send(&content(), vec![message(1, "slow@x.example"), message(2, "fast@x.example")].into(), Priority::Bulk, 0)
        .unwrap();
    let (got, _) = collect(&receiver, 1);
    assert_eq!(got[&2].class(), OutcomeClass::Sent);
    let pid = rustix::process::Pid::from_raw(i32::try_from(instance.pid().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let (got, _) = collect(&receiver, 1);
    assert_eq!(got[&1].code, OutcomeCode::MAYBE_SENT);
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())).expect("it comes back") {
            HostEvent::Down { session, restarts_in, .. } => assert!(session == first && restarts_in.is_some()),
            HostEvent::Up { session } => break assert_ne!(session, first),
            _ => {}
        }
    }
    instance.send(&content(), vec![message(3, "fast@x.example")].into(), Priority::Bulk, 0).unwrap();
    collect(&receiver, 1);
    assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
}

#[test]
fn an_ignored_crash_does_not_count() {
    let dir = tempfile::tempdir().unwrap();
    let (events, receiver) = listen();
    let instance =
        TransportInstance::start(spec("null", Isolation::Process, &serde_json::json!({}), dir.path()), events).unwrap();
    let die = || {
        let pid = rustix::process::Pid::from_raw(i32::try_from(instance.pid().unwrap()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        let mut restarts = None;
        loop {
            match receiver.recv_timeout(Duration::from_secs(30)).expect("it comes back, or is given up") {
                HostEvent::Down { restarts_in, .. } if restarts_in.is_none() => return None,
                HostEvent::Down { restarts_in, .. } => restarts = restarts_in,
                HostEvent::Up { .. } => return restarts,
                _ => {}
            }
        }
    };
    for death in 0..12 {
        instance.ignore_next_crash(true);
        let pause = die().unwrap_or_else(|| panic!("given up at excused death {death}"));
        assert!(pause <= Duration::from_millis(100), "{pause:?}: pauses do not grow");
    }
    for death in 0..4 {
        assert!(die().is_some(), "{death}");
    }
    instance.reset_crash_count();
    for death in 0..4 {
        assert!(die().is_some(), "{death}, after they were forgotten");
    }
    assert_eq!(die(), None, "the fifth that counts");
}

#[test]
fn a_file_that_changes_under_way_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("null.so");
    std::fs::copy(plugin("null"), &copy).unwrap();
    for isolation in [Isolation::Process, Isolation::None] {
        let (events, receiver) = listen();
        let spec =
            InstanceSpec { library: copy.clone(), ..spec("null", isolation, &serde_json::json!({}), dir.path()) };
        let instance = TransportInstance::start(spec, events).unwrap();
        // Overwritten in place: a process that had mapped the file would run the new bytes.
        std::fs::write(&copy, b"not a library any more").unwrap();
        if let Some(pid) = instance.pid() {
            let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            while !matches!(receiver.recv_timeout(Duration::from_secs(10)).unwrap(), HostEvent::Up { .. }) {}
        }
        instance.send(&content(), vec![message(1, "a@x.example")].into(), Priority::Bulk, 0).unwrap();
        collect(&receiver, 1);
        assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean, "{isolation:?}");
        std::fs::copy(plugin("null"), &copy).unwrap();
    }
}

#[test]
fn inbound_messages_wait_for_the_verdict() {
    for isolation in [Isolation::Process, Isolation::None] {
        let dir = tempfile::tempdir().unwrap();
        let (events, receiver) = listen();
        let folder = dir.path().join("m");
        let instance = TransportInstance::start(
            spec("sandbox", isolation, &serde_json::json!({"folder": folder}), dir.path()),
            events,
        )
        .unwrap();
        let file = folder.join("in/threema:ANNA2345.txt");
        std::fs::write(&file, "JA").unwrap();
        let mut verdicts = vec![Verdict::Stored, Verdict::Busy];
        while let Some(verdict) = verdicts.pop() {
            let event = receiver.recv_timeout(Duration::from_secs(10)).unwrap();
            let HostEvent::Inbound { token, message } = event else { panic!("{event:?}") };
            assert_eq!((message.address.as_str(), message.text.as_str()), ("ANNA2345", "JA"));
            assert!(file.exists(), "not told to be stored yet");
            instance.answer(token, verdict);
        }
        let until = Instant::now() + Duration::from_secs(10);
        while file.exists() {
            assert!(Instant::now() < until, "it is stored now");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
    }
}

#[test]
fn sigterm_drains_and_unsent_messages_are_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let (events, receiver) = listen();
    let config = serde_json::json!({"one_by_one": true, "delay_us": 20_000});
    let instance = TransportInstance::start(spec("null", Isolation::Process, &config, dir.path()), events).unwrap();
    instance.send(&content(), (1..=100).map(|n| message(n, "a@x.example")).collect(), Priority::Bulk, 0).unwrap();
    let (mut got, _) = collect(&receiver, 1);
    let pid = rustix::process::Pid::from_raw(i32::try_from(instance.pid().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let rest = 100 - got.len();
    got.extend(collect(&receiver, rest).0);
    assert!(
        got.values().all(|o| matches!(o.class(), OutcomeClass::Sent | OutcomeClass::Untouched | OutcomeClass::Unknown))
    );
    assert_eq!(instance.stop(Duration::from_secs(15)), StopResult::Clean);
}

#[test]
fn a_file_that_is_not_a_plugin_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let good = std::fs::read(plugin("null")).unwrap();
    let mut old = good.clone();
    let at = old.windows(7).position(|w| w == b"\"abi\": ").unwrap();
    let from = old[at..].iter().position(|b| *b == b'2').unwrap() + at;
    old[from] = b'7';
    let mut unlabelled = good.clone();
    let at = unlabelled.windows(8).position(|w| w == b"\"label\":").unwrap();
    unlabelled[at + 1] = b'x';
    for (path, word) in [
        (write("text.so", b"hello"), "ELF"),
        (write("empty.so", b""), "ELF"),
        (write("cut.so", &good[..2_000]), "damaged"),
        (write("old.so", &old), "version"),
        (write("unlabelled.so", &unlabelled), "label"),
        (host_program(), "section"),
        (dir.path().join("none.so"), "cannot read"),
        (dir.path().to_owned(), "not a file"),
    ] {
        let error = Manifest::read(&path).unwrap_err();
        assert!(error.to_string().contains(word), "{}: {error}", path.display());
        assert!(error.to_string().contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
    }
    let (events, _receiver) = listen();
    let pinned =
        InstanceSpec { sha256: Some([0; 32]), ..spec("null", Isolation::Process, &serde_json::json!({}), dir.path()) };
    assert!(matches!(TransportInstance::start(pinned, Arc::clone(&events)).err(), Some(HostError::Digest { .. })));
    let refused = spec("sandbox", Isolation::Process, &serde_json::json!({"folder": "/proc/none"}), dir.path());
    let error = TransportInstance::start(refused, events).err().unwrap().to_string();
    assert!(error.contains("sandbox") && error.contains("folder"), "{error}");
}

/// Starts this test program again as the daemon that is killed.
#[test]
fn a_process_without_a_daemon_writes_its_outcomes() {
    if let Ok(dir) = std::env::var("RUNDRUF_TEST_PARENT") {
        let (events, receiver) = listen();
        let config = serde_json::json!({"folder": format!("{dir}/m"), "slow_ms": 300});
        let instance =
            TransportInstance::start(spec("sandbox", Isolation::Process, &config, Path::new(&dir)), events).unwrap();
        let messages =
            (1..=50).map(|n| message(n, if n % 2 == 0 { "slow@x.example" } else { "fast@x.example" })).collect();
        instance.send(&content(), messages, Priority::Bulk, 0).unwrap();
        collect(&receiver, 25);
        std::fs::write(format!("{dir}/session"), instance.session().0).unwrap();
        std::thread::sleep(Duration::from_secs(60));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut parent = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_process_without_a_daemon_writes_its_outcomes", "--nocapture"])
        .env("RUNDRUF_TEST_PARENT", dir.path())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !dir.path().join("session").exists() {
        assert!(Instant::now() < until, "the parent does not come up");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(20));
    parent.kill().unwrap();
    parent.wait().unwrap();
    let journal =
        journal::collect(&dir.path().join("state-sandbox"), Duration::from_secs(15)).unwrap().expect("a journal");
    assert_eq!(journal.session.0.as_slice(), std::fs::read(dir.path().join("session")).unwrap());
    assert_eq!(journal.outcomes.len(), 50, "nothing was acknowledged");
    assert!(journal.outcomes.iter().all(|o| o.class() == OutcomeClass::Sent), "{:?}", journal.outcomes);
    let files =
        std::fs::read_dir(dir.path().join("m")).unwrap().filter(|e| e.as_ref().unwrap().path().is_file()).count();
    assert_eq!(files, 50, "what it held was finished");
    journal.remove().unwrap();
}
