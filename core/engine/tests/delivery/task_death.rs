//! A task of the daemon dies by a bug: it is begun again, nothing is lost or doubled, and everything else goes on. The bug is a log that panics at a
//! line: the program itself has no way to it.

use crate::engine_fixture::{EngineFixture, transport};
use rundruf_consent::State;
use rundruf_engine::NotifyTarget;
use rundruf_host::Isolation;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The line at which the log panics next, and how often it was seen since.
static LINE: Mutex<(&str, u32, bool)> = Mutex::new(("", 0, false));

fn line() -> MutexGuard<'static, (&'static str, u32, bool)> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

struct PanickingLog;

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for PanickingLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("rundruf_engine")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut message = Message::default();
        event.record(&mut message);
        let panics = {
            let mut line = line();
            let is_it = !line.0.is_empty() && message.0.contains(line.0);
            line.1 += u32::from(is_it);
            is_it && std::mem::take(&mut line.2)
        };
        assert!(!panics, "the bug of this test");
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The next line that says this panics, once.
fn panic_at(words: &'static str) {
    // A second test of this process finds the first one's log.
    let _ = tracing::subscriber::set_global_default(PanickingLog);
    *line() = (words, 0, true);
}

fn has_panicked() -> bool {
    let line = line();
    line.1 > 0 && !line.2
}

#[track_caller]
fn until<'a>(what: &'a str, mut is: impl FnMut() -> bool + 'a) -> impl Future<Output = ()> + 'a {
    let (begin, caller) = (Instant::now(), std::panic::Location::caller());
    async move {
        while !is() {
            assert!(begin.elapsed() < Duration::from_secs(30), "{caller}: not in time: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn state(s: &EngineFixture) -> String {
    let one = s.engine.transports().remove(0);
    format!("{} {}", one.state, one.reason.map(|r| r.to_string()).unwrap_or_default())
}

/// Two transports; the admin is told by the second.
async fn two(isolation: Isolation) -> EngineFixture {
    EngineFixture::with(|c| {
        c.transports[0].isolation = isolation;
        let mut second = transport(&c.data_dir.clone(), "zweiter", "sandbox");
        second.config = format!("{{\"folder\":\"{}\"}}", c.data_dir.join("zweiter").display());
        c.transports.push(second);
        c.lists[1].transports = vec!["zweiter".to_owned()];
        let address = rundruf_engine::address("email:chef@krume.example", None).unwrap();
        c.admin.notify = vec![NotifyTarget { transport: "zweiter".to_owned(), address }];
    })
    .await
}

/// Waits for a notice to the admin with these words.
async fn notice(s: &EngineFixture, words: &str) {
    let folder = s.dir.join("zweiter");
    let is = |file: std::fs::DirEntry| {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        text.contains("chef@krume.example") && text.contains(words)
    };
    until(words, || std::fs::read_dir(&folder).unwrap().flatten().any(is)).await;
}

async fn faults(s: &EngineFixture) -> String {
    let found = s.engine.doctor().await.unwrap();
    found.into_iter().filter(|f| f.fault).map(|f| f.text.to_string() + "\n").collect()
}

fn texts(s: &EngineFixture) -> Vec<String> {
    let all = s.messages().into_iter().map(|(name, _)| name);
    all.filter(|name| name.ends_with(".txt")).collect()
}

async fn dispatcher_dies_in_the_middle(isolation: Isolation) {
    let s = two(isolation).await;
    for n in 0..40 {
        s.subscriber("Anna", &format!("threema:SLOW{n:04}"), "angebote").await;
    }
    s.subscribers(60, "angebote").await;
    s.subscriber("Dora", "threema:DORA1234", "rezepte").await;
    let id = s.send("angebote", "Hallo").await;
    until("something is in flight", || s.engine.transports()[0].in_flight > 3).await;
    panic_at("what is not begun is asked back");
    s.engine.transport_pause("kasten", true).unwrap();
    until("the dispatcher dies", has_panicked).await;
    until("it is down", || state(&s).starts_with("down")).await;
    assert!(state(&s).contains("because of a bug"), "{}", state(&s));
    assert!(faults(&s).await.contains("`kasten` is down"), "{}", faults(&s).await);
    let other = s.send("rezepte", "Hallo").await;
    assert_eq!(s.done(other).await.sent, 1, "all others go on");
    // It comes back as it was: paused by hand.
    until("it is begun again", || state(&s).starts_with("paused")).await;
    notice(&s, "because of a bug").await;
    s.engine.transport_pause("kasten", false).unwrap();
    let tally = s.done(id).await;
    let unknown = if isolation == Isolation::Process { 0 } else { tally.unknown };
    assert_eq!((tally.sent + unknown, tally.unknown, tally.total), (100, unknown, 100), "{tally:?}");
    let files = texts(&s);
    let each: BTreeSet<_> = files.iter().collect();
    assert_eq!((files.len(), each.len()), (100, 100), "each exactly once");
    notice(&s, "kasten sends again").await;
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispatcher_that_dies_loses_and_doubles_nothing() {
    dispatcher_dies_in_the_middle(Isolation::Process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispatcher_of_a_plugin_in_the_daemons_process_dies() {
    dispatcher_dies_in_the_middle(Isolation::None).await;
}

/// It had read some outcomes of an array, and had stored none of them: the plugin's process still has them.
#[tokio::test(flavor = "multi_thread")]
async fn outcomes_that_were_read_and_not_stored_are_not_lost() {
    let s = two(Isolation::Process).await;
    for n in 0..60 {
        s.subscriber("Anna", &format!("threema:LATER{n:03}"), "angebote").await;
    }
    panic_at("the provider takes nothing now");
    let id = s.send("angebote", "Hallo").await;
    until("the dispatcher dies", has_panicked).await;
    until("it is down", || state(&s).starts_with("down")).await;
    until("it is begun again", || !state(&s).starts_with("down")).await;
    s.until(id, "all were tried", |row| row.tally.retry == 60).await;
    let attempts: Vec<u32> = s.deliveries(id).await.iter().map(|d| d.attempts).collect();
    assert!(attempts.iter().all(|n| *n == 1), "each was tried once: {attempts:?}");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_dies_hears_again() {
    let s = two(Isolation::Process).await;
    s.subscriber("Dora", "threema:DORA1234", "angebote").await;
    panic_at("an inbound message has no valid sender");
    std::fs::write(s.dir.join("messages/in/email:nobody.txt"), "STOP").unwrap();
    until("the receiver dies", has_panicked).await;
    until("it is down", || state(&s).starts_with("down")).await;
    until("it is begun again", || state(&s).starts_with("up")).await;
    let _ = std::fs::remove_file(s.dir.join("messages/in/email:nobody.txt"));
    s.receive("threema:DORA1234", "STOP").await;
    assert_eq!(s.state("threema:DORA1234", "angebote").await, State::Withdrawn);
    s.stop_and_check().await;
}

/// A message that shows a bug waits for a person, and keeps nobody's STOP waiting.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_shows_a_bug_keeps_nobody_waiting() {
    let s = two(Isolation::None).await;
    for who in ["threema:DORA1234", "threema:EMIL1234"] {
        s.subscriber("Dora", who, "angebote").await;
    }
    panic_at("a message was read");
    s.receive("threema:DORA1234", "STOP").await;
    assert!(has_panicked());
    s.receive("threema:EMIL1234", "STOP").await;
    assert_eq!(s.state("threema:EMIL1234", "angebote").await, State::Withdrawn);
    assert_eq!(s.state("threema:DORA1234", "angebote").await, State::Confirmed, "nobody has understood it yet");
    let waiting: Vec<_> = s.engine.doctor().await.unwrap().iter().map(|f| f.text.to_string()).collect();
    assert!(waiting.iter().any(|f| f.contains("person")), "a person is asked: {waiting:?}");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_that_die_are_begun_again_and_told() {
    let s = two(Isolation::None).await;
    panic_at("old rows were removed");
    s.clock.advance(Duration::from_secs(601));
    until("the timers die", has_panicked).await;
    notice(&s, "schedule, expiry").await;
    assert!(faults(&s).await.contains("schedule, expiry"), "{}", faults(&s).await);
    // Begun again, they work.
    let begin = Instant::now();
    while line().1 < 2 {
        s.clock.advance(Duration::from_secs(60));
        assert!(begin.elapsed() < Duration::from_secs(30), "they do not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(s.engine.stop(Duration::from_secs(10)).await);
}
