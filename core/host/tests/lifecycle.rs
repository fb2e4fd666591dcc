//! Start and end of a plugin that takes its time, in both ways of running it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/compile.rs"]
mod compile;

use compile::{compile, example};
use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    HostError, HostEvent, InstanceSpec, InstanceState, Isolation, MessageContent, MessageId, MessageTemplate,
    OutboundMessage, PreparedPlugin, Priority, StopResult, TransportInstance, Verdict,
};
use rundruf_lang::Message;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const BOTH: [Isolation; 2] = [Isolation::Process, Isolation::None];

struct Slow {
    dir: tempfile::TempDir,
    library: PathBuf,
}

impl Slow {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().join("libslow.so");
        compile("gcc", "tests/c/slow.c", &library, &["-std=gnu11", "-O2"]);
        Self { library, dir }
    }

    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// What the plugin wrote into this file.
    fn wrote(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.state().join(name)).ok()
    }

    fn launch(&self, isolation: Isolation, mode: &str) -> (TransportInstance, Receiver<HostEvent>) {
        launch(PreparedPlugin::read(self.spec(isolation, mode)).unwrap())
    }

    fn spec(&self, isolation: Isolation, mode: &str) -> InstanceSpec {
        InstanceSpec {
            name: "slow".to_owned(),
            library: self.library.clone(),
            sha256: None,
            isolation,
            config: serde_json::json!({ "mode": mode }).to_string(),
            state_dir: self.state(),
            window: 16,
            threads: 1,
            child_program: example("plugin_host"),
            overdue_after: Duration::from_secs(30),
            state_limit: InstanceSpec::STATE_LIMIT,
            protected: Vec::new(),
            without_landlock: false,
            disk_reserve: None,
        }
    }
}

fn launch(prepared: PreparedPlugin) -> (TransportInstance, Receiver<HostEvent>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let events = Arc::new(move |e| drop(sender.lock().unwrap().send(e)));
    (prepared.launch(events, Box::new(|| Ok(()))).unwrap(), receiver)
}

fn send(instance: &TransportInstance) {
    let permit = trial::permit(DeliveryId(1));
    let message = OutboundMessage::new(permit, MessageId([1; 16]), "a@x.example".into(), "".into(), Vec::new(), 1);
    let text = MessageTemplate::fixed("x");
    let content = MessageContent { id: 1, channel: "email".into(), text, ..MessageContent::default() };
    instance.send(&Arc::new(content), vec![message].into(), Priority::Bulk, 0).unwrap();
}

fn opened(instance: &TransportInstance) {
    instance.first_attempt(Duration::from_secs(30)).unwrap().unwrap();
}

#[track_caller]
fn await_file(slow: &Slow, name: &str) -> String {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(text) = slow.wrote(name).filter(|text| !text.is_empty()) {
            return text;
        }
        assert!(Instant::now() < until, "`{name}` is not written");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_message_that_comes_while_the_plugin_opens_is_answered() {
    for isolation in BOTH {
        let slow = Slow::new();
        let (instance, events) = slow.launch(isolation, "early");
        let token = loop {
            if let HostEvent::Inbound { token, message } = events.recv_timeout(Duration::from_secs(20)).unwrap() {
                assert_eq!(message.text, "STOP");
                break token;
            }
        };
        assert!(matches!(instance.state(), InstanceState::Down { .. }), "it is still opening");
        instance.answer(token, Verdict::Stored);
        opened(&instance);
        assert_eq!(slow.wrote("early").unwrap(), "0", "OK: stored");
        assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
    }
}

#[test]
fn a_plugin_is_closed_before_its_process_ends() {
    for isolation in BOTH {
        let slow = Slow::new();
        let (instance, _events) = slow.launch(isolation, "plain");
        opened(&instance);
        send(&instance);
        assert_eq!(await_file(&slow, "submitted"), "1");
        instance.acknowledge(1);
        assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
        assert_eq!(slow.wrote("closed").as_deref(), Some("1"), "{isolation:?}");
    }
}

#[test]
fn a_close_that_hangs_has_a_deadline() {
    for isolation in BOTH {
        let slow = Slow::new();
        let (instance, _events) = slow.launch(isolation, "late");
        opened(&instance);
        let begin = Instant::now();
        let _ = instance.stop(Duration::from_secs(3));
        assert!(begin.elapsed() < Duration::from_secs(8), "{isolation:?}: {:?}", begin.elapsed());
        assert_eq!(slow.wrote("closed"), None);
    }
}

/// A call that outlasts the stop uses the host afterwards: what was lent to the plugin is still there.
#[test]
fn what_was_lent_outlives_a_call_that_outlasts_the_stop() {
    let slow = Slow::new();
    let (instance, _events) = slow.launch(Isolation::None, "stuck");
    opened(&instance);
    let sending = instance.clone();
    let call = std::thread::spawn(move || send(&sending));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(instance.stop(Duration::from_millis(200)), StopResult::Killed);
    drop(instance);
    call.join().unwrap();
    assert_eq!(await_file(&slow, "submitted"), "1", "the call went on to its end");
    assert_eq!(slow.wrote("closed"), None, "`close` never ran beside a call");
}

#[test]
fn a_plugin_that_hangs_while_it_opens_can_be_stopped() {
    for isolation in BOTH {
        let slow = Slow::new();
        let (instance, _events) = slow.launch(isolation, "hang");
        assert!(instance.first_attempt(Duration::from_millis(300)).is_none());
        assert!(matches!(instance.state(), InstanceState::Down { .. }));
        let begin = Instant::now();
        let _ = instance.stop(Duration::from_secs(1));
        assert!(begin.elapsed() < Duration::from_secs(4), "{isolation:?}: {:?}", begin.elapsed());
    }
}

/// It is told, and tried again: a provider that is slow today must not be given up.
#[test]
fn a_plugin_that_does_not_open_in_time_is_down() {
    let slow = Slow::new();
    let (instance, events) = slow.launch(Isolation::Process, "hang");
    let error = instance.first_attempt(Duration::from_secs(60)).unwrap().unwrap_err();
    assert!(matches!(&error, HostError::Open { .. }) && error.to_string().contains("within 30 seconds"), "{error}");
    let again = events.iter().find_map(|e| match e {
        HostEvent::Down { restarts_in, .. } => Some(restarts_in.is_some()),
        _ => None,
    });
    assert_eq!(again, Some(true));
    let _ = instance.stop(Duration::from_secs(1));
}

/// As a killed daemon leaves it: stopped, so that it ends by nothing but SIGKILL.
#[test]
fn a_process_that_does_not_end_is_killed_by_the_next_daemon() {
    if let Ok(dir) = std::env::var("RUNDRUF_TEST_PARENT") {
        let slow = Slow { library: Path::new(&dir).join("libslow.so"), dir: tempfile::tempdir_in(&dir).unwrap() };
        let (instance, _events) = slow.launch(Isolation::Process, "plain");
        opened(&instance);
        std::fs::write(Path::new(&dir).join("state-of"), slow.state().display().to_string()).unwrap();
        std::fs::write(Path::new(&dir).join("pid"), instance.pid().unwrap().to_string()).unwrap();
        std::thread::sleep(Duration::from_secs(60));
    }
    let slow = Slow::new();
    let name = "a_process_that_does_not_end_is_killed_by_the_next_daemon";
    let mut parent = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env("RUNDRUF_TEST_PARENT", slow.dir.path())
        .spawn()
        .unwrap();
    let read = |name: &str| std::fs::read_to_string(slow.dir.path().join(name)).unwrap_or_default();
    let until = Instant::now() + Duration::from_secs(30);
    while read("pid").is_empty() {
        assert!(Instant::now() < until && parent.try_wait().unwrap().is_none(), "the parent does not come up");
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_raw(read("pid").parse().unwrap()).unwrap();
    let state = PathBuf::from(read("state-of"));
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    // A hostile plugin may remove what is in its own folder.
    let _ = std::fs::remove_file(state.join("lock"));
    parent.kill().unwrap();
    let _ = parent.wait();
    let begin = Instant::now();
    assert!(rundruf_host::journal::collect(&state, Duration::from_secs(1)).unwrap().is_none());
    assert!(begin.elapsed() >= Duration::from_secs(1), "it had its time");
    assert!(rustix::process::test_kill_process(pid).is_err() || is_zombie(pid), "it has gone");
}

fn is_zombie(pid: rustix::process::Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
}

#[test]
fn a_library_that_is_away_is_a_reason_to_be_down() {
    for isolation in BOTH {
        let slow = Slow::new();
        let spec = || slow.spec(isolation, "plain");
        let (away, why) = (slow.dir.path().join("away.so"), || Message::verbatim("it is away"));
        std::fs::rename(&slow.library, &away).unwrap();
        assert!(PreparedPlugin::read(spec()).is_err());
        // Nobody knows its manifest: there are no channels, and it does not come up by itself.
        let prepared = PreparedPlugin::unusable(spec(), why());
        assert!(prepared.manifest().is_unknown() && prepared.digest().is_none());
        let (instance, _events) = launch(prepared);
        let error = instance.first_attempt(Duration::from_secs(20)).unwrap().unwrap_err();
        assert!(error.to_string().contains("it is away"), "{error}");
        std::fs::rename(&away, &slow.library).unwrap();
        await_down(&instance, "reload");
        let _ = instance.stop(Duration::from_secs(5));
        // It was started once.
        PreparedPlugin::read(spec()).unwrap().remember().unwrap();
        std::fs::rename(&slow.library, &away).unwrap();
        let prepared = PreparedPlugin::unusable(spec(), why());
        assert!(prepared.manifest().channels == ["email"] && prepared.fault().is_some());
        let (instance, _events) = launch(prepared);
        assert!(instance.first_attempt(Duration::from_secs(20)).unwrap().is_err());
        await_down(&instance, "it is away");
        std::fs::rename(&away, &slow.library).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while instance.state() != InstanceState::Up {
            assert!(Instant::now() < until, "{:?}", instance.state());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(instance.prepared().digest().is_some());
        let _ = instance.stop(Duration::from_secs(5));
        // Another one than the pinned one never runs.
        let (instance, _events) =
            launch(PreparedPlugin::unusable(InstanceSpec { sha256: Some([7; 32]), ..spec() }, why()));
        assert!(instance.first_attempt(Duration::from_secs(20)).unwrap().is_err());
        await_down(&instance, "0707");
        let _ = instance.stop(Duration::from_secs(5));
    }
}

#[track_caller]
fn await_down(instance: &TransportInstance, why: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let state = instance.state();
        if matches!(&state, InstanceState::Down { reason } if reason.to_string().contains(why)) {
            return;
        }
        assert!(Instant::now() < until, "{state:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
