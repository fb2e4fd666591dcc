//! Mistakes of authors and hosts have small consequences: a panic costs a message, a null pointer costs a call, and every message has one outcome.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

use rundruf_plugin::abi::{RawBatch, Status, TransportTable};
use rundruf_plugin::kit::{Answer, Kit, Sample, SampleRecipient};
use rundruf_plugin::{
    Batch, Content, Host, Lookup, OpenError, Outcome, Reach, Recipient, Transport, async_trait, table,
};
use serde_json::json;
use std::ptr::{null, null_mut};
use std::time::Duration;
use tokio::sync::Semaphore;

const SOON: Duration = Duration::from_secs(10);

fn mood(to: &Recipient<'_>) -> Outcome {
    match &*to.address() {
        "panic" => panic!("as asked"),
        "refuse" => Outcome::bad_recipient("as asked"),
        _ => Outcome::sent(to.message_id_hex()),
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    way: String,
}

/// Does what the address says, for each message.
struct Moody(Semaphore);

#[async_trait]
impl Transport for Moody {
    type Config = Config;

    async fn open(config: Config, _: Host) -> Result<Self, OpenError> {
        match config.way.as_str() {
            "panic" => panic!("as asked"),
            "refuse" => Err(OpenError::new("`way` says no: choose another one")),
            _ => Ok(Self(Semaphore::new(0))),
        }
    }

    async fn send(&self, content: &Content<'_>, to: &Recipient<'_>) -> Outcome {
        assert_eq!(content.text_for(to), format!("Hallo {},\nheute frisch.\n", to.var(0)), "a stride was forgotten");
        match &*to.address() {
            "hold" => self.0.acquire().await.unwrap().forget(),
            "release" => self.0.add_permits(16),
            "for ever" => std::future::pending().await,
            _ => {}
        }
        mood(to)
    }

    fn lookup(&self) -> Option<&dyn Lookup> {
        Some(self)
    }
}

#[async_trait]
impl Lookup for Moody {
    async fn reach(&self, channel: &str, address: &str) -> Reach {
        match address {
            "panic" => panic!("as asked"),
            "refuse" => Reach::No(format!("no such address in {channel}")),
            _ => Reach::Yes,
        }
    }
}

/// Takes whole batches.
struct Hasty(String);

#[async_trait]
impl Transport for Hasty {
    type Config = Config;

    async fn open(config: Config, _: Host) -> Result<Self, OpenError> {
        Ok(Self(config.way))
    }

    async fn send(&self, _: &Content<'_>, _: &Recipient<'_>) -> Outcome {
        Outcome::internal("not used")
    }

    async fn send_batch(&self, batch: Batch) {
        if self.0 == "finish_all" {
            return batch.finish_all(mood);
        }
        let mut messages = batch.into_messages();
        let mut first = messages.next().unwrap();
        first.begin();
        assert_ne!(self.0, "panic", "as asked");
    }
}

fn open<T: Transport>(way: &str, window: u32) -> Result<Kit, String> {
    Kit::open::<T>(&json!({ "way": way }), &std::env::temp_dir(), window)
}

fn people(addresses: &[&str]) -> Vec<SampleRecipient> {
    (0..).zip(addresses).map(|(n, address)| SampleRecipient::new(address, &format!("Anna{n}"))).collect()
}

fn codes(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|a| a.code.0).collect()
}

#[test]
fn a_panic_costs_one_message() {
    let to = people(&["a", "panic", "refuse", "b"]);
    let mut one_by_one = open::<Moody>("", 64).unwrap();
    assert_eq!(codes(&one_by_one.send(&Sample::default(), &to)), [100, 401, 300, 100]);
    one_by_one.close();
    let mut at_once = open::<Hasty>("finish_all", 64).unwrap();
    assert_eq!(codes(&at_once.send(&Sample::default(), &to)), [100, 401, 300, 100]);
    let many = people(&[&["a"; 599][..], &["panic"], &["a"; 100]].concat());
    let sent = codes(&at_once.send(&Sample::default(), &many));
    assert_eq!((sent.len(), sent.iter().filter(|c| **c != 100).count(), sent[599]), (700, 1, 401));
    at_once.close();
}

#[test]
fn dropped_messages_have_the_right_outcome() {
    for way in ["panic", "return"] {
        let mut kit = open::<Hasty>(way, 64).unwrap();
        assert_eq!(codes(&kit.send(&Sample::default(), &people(&["a", "b", "c"]))), [400, 201, 201], "{way}");
        kit.close();
    }
}

#[test]
fn an_instance_that_cannot_be_opened_says_why() {
    assert_eq!(open::<Moody>("refuse", 1).err().unwrap(), "`way` says no: choose another one");
    assert!(open::<Moody>("panic", 1).is_err());
    let unknown = Kit::open::<Moody>(&json!({ "wayy": "" }), &std::env::temp_dir(), 1).err().unwrap();
    assert!(unknown.contains("`wayy`") && unknown.contains("`way`"), "{unknown}");
}

#[test]
fn null_pointers_cost_a_call() {
    let TransportTable { open, submit, drain, close, extension, .. } = table::<Moody>();
    // SAFETY: null is what this test is about; every function looks before it follows a pointer.
    unsafe {
        assert_eq!(open.unwrap()(null(), null(), null_mut(), null_mut()), Status::NULL_POINTER);
        assert_eq!(submit.unwrap()(null_mut(), null()), Status::NULL_POINTER);
        assert_eq!(drain.unwrap()(null_mut(), 0), Status::NULL_POINTER);
        close.unwrap()(null_mut());
        assert!(extension.unwrap()(null_mut(), rundruf_plugin::abi::View::text("rundruf.none/1")).is_null());
    }
}

#[test]
fn lookup_works_only_where_host_and_transport_have_it() {
    let addresses = [("sms", "a"), ("sms", "refuse"), ("email", "panic"), ("sms", "b")];
    let mut kit = open::<Moody>("", 64).unwrap();
    let no = Reach::No("no such address in sms".to_owned());
    let lost = Reach::Unknown("the plugin panicked".to_owned());
    assert_eq!(kit.lookup(&addresses).unwrap(), [Reach::Yes, no, lost, Reach::Yes]);
    assert_eq!(codes(&kit.send(&Sample::default(), &people(&["a"]))), [100]);
    kit.close();
    // A transport without the extension in this host, and one with it in a host without it.
    let mut without = open::<Hasty>("finish_all", 64).unwrap();
    let mut before = Kit::open_without_extensions::<Moody>(&json!({ "way": "" }), &std::env::temp_dir(), 64).unwrap();
    for kit in [&mut without, &mut before] {
        assert_eq!(kit.lookup(&addresses), None);
        assert_eq!(codes(&kit.send(&Sample::default(), &people(&["a"]))), [100]);
    }
    without.close();
    before.close();
}

#[test]
fn a_malformed_batch_is_refused_whole() {
    let mut kit = open::<Moody>("", 64).unwrap();
    type Change = fn(&mut RawBatch<'static>);
    let changes: [(&str, Change); 6] = [
        ("a struct that is shorter than the first version's", |b| b.size = 8),
        ("a stride that is no multiple of the alignment", |b| b.stride += 4),
        ("no recipient", |b| b.count = 0),
        ("no content", |b| b.content = null()),
        ("no recipients", |b| b.recipients = null()),
        ("a stride that is too short", |b| b.stride = 8),
    ];
    for (what, change) in changes {
        let (status, _) = kit.submit_changed(&Sample::default(), &people(&["a", "b"]), change);
        assert_eq!(status, Status::BAD_ARGUMENT, "{what}");
    }
    assert_eq!(codes(&kit.send(&Sample::default(), &people(&["a"]))), [100], "it goes on");
    kit.close();
}

/// A later host has longer structs: what is behind the known fields is not read. What it says that must be understood is refused.
#[test]
fn a_later_host_is_understood_as_far_as_it_can_be() {
    let mut kit = open::<Moody>("", 64).unwrap();
    let (status, sent) = kit.submit_changed(&Sample::default(), &people(&["a"]), |b| b.size += 4096);
    assert_eq!((status, codes(&kit.wait(&sent, SOON))), (Status::OK, vec![100]));
    let (status, sent) = kit.submit_changed(&Sample::default(), &people(&["a"]), |b| b.flags = 0x8000_0000);
    assert_eq!((status, codes(&kit.wait(&sent, SOON))), (Status::OK, vec![100]), "this bit may be ignored");
    for bit in [1, 1 << 15] {
        let (status, _) = kit.submit_changed(&Sample::default(), &people(&["a"]), |b| b.flags = bit);
        assert_eq!(status, Status::UNSUPPORTED, "{bit:#x} must be understood");
    }
    kit.close();
}

/// Tells what it begins, and says what a message has cost.
struct Honest;

#[async_trait]
impl Transport for Honest {
    type Config = serde_json::Value;

    const TELLS_BEGUN: bool = true;

    async fn open(_: serde_json::Value, _: Host) -> Result<Self, OpenError> {
        Ok(Self)
    }

    async fn send(&self, _: &Content<'_>, to: &Recipient<'_>) -> Outcome {
        match &*to.address() {
            "away" => Outcome::elsewhere("not here"),
            "gone" => Outcome::opted_out("blocked"),
            "new" => Outcome::identity_changed("another key"),
            _ => Outcome::sent("p1").with_remote_ids(["p1", "p2"]).with_parts(2).with_cost(75_000, "eur"),
        }
    }
}

#[test]
fn what_begins_is_told_and_parts_and_cost_arrive() {
    let mut kit = Kit::open::<Honest>(&json!({}), &std::env::temp_dir(), 64).unwrap();
    let (_, sent) = kit.submit(&Sample::default(), &people(&["a", "away", "gone", "new"]));
    let answers = kit.wait(&sent, SOON);
    assert_eq!(codes(&answers), [100, 306, 304, 305]);
    assert_eq!(
        (answers[0].remote_ids.as_slice(), answers[0].parts),
        (["p1".to_owned(), "p2".to_owned()].as_slice(), 2)
    );
    assert_eq!(answers[0].cost, (75_000, "EUR".to_owned()));
    let mut begun = kit.begun(&sent);
    begun.sort_unstable();
    assert_eq!(begun, [0, 1, 2, 3]);
    kit.close();
}

#[test]
fn a_message_whose_deadline_has_passed_is_not_begun() {
    let mut kit = open::<Moody>("", 64).unwrap();
    let (status, sent) = kit.submit_changed(&Sample::default(), &people(&["a", "panic"]), |b| b.deadline_ms = 1);
    assert_eq!(status, Status::OK);
    assert_eq!(codes(&kit.wait(&sent, SOON)), [303, 303]);
    kit.close();
}

#[test]
fn a_host_that_is_told_busy_is_told_ready() {
    let mut kit = open::<Moody>("", 4).unwrap();
    let (status, batch) = kit.submit(&Sample::default(), &people(&["hold"; 3]));
    assert_eq!(status, Status::OK);
    assert_eq!(kit.submit(&Sample::default(), &people(&["a"; 2])).0, Status::BUSY);
    assert_eq!(kit.ready(), 0);
    assert_eq!(codes(&kit.send(&Sample::default(), &people(&["release"]))), [100]);
    kit.wait_ready(0, SOON);
    assert_eq!(codes(&kit.wait(&batch, SOON)), [100; 3]);
    assert_eq!(codes(&kit.send(&Sample::default(), &people(&["a"; 2]))), [100; 2]);
    kit.close();
}

/// Many rounds with a full window: the transport never stops.
#[test]
fn a_full_window_goes_on() {
    let mut kit = open::<Hasty>("finish_all", 1).unwrap();
    let (to, sample) = (people(&["a"]), Sample::default());
    let mut keep = Vec::new();
    for _ in 0..3_000 {
        let before = kit.ready();
        let (status, sent) = kit.submit(&sample, &to);
        match status {
            Status::OK => keep.push(sent),
            Status::BUSY => kit.wait_ready(before, SOON),
            other => panic!("{other:?}"),
        }
    }
    for sent in &keep {
        assert_eq!(codes(&kit.wait(sent, SOON)), [100]);
    }
    kit.close();
}

#[test]
fn closing_completes_every_message() {
    let mut kit = open::<Moody>("", 1_024).unwrap();
    let (status, sent) = kit.submit(&Sample::default(), &people(&[&["for ever"; 64][..], &["a"; 10]].concat()));
    assert_eq!(status, Status::OK);
    assert_eq!(kit.drain(Duration::from_millis(50)), Status::OK);
    assert_eq!(kit.submit(&Sample::default(), &people(&["a"])).0, Status::CLOSED);
    let got = codes(&kit.close_with(&sent));
    assert!(got[..64].iter().all(|c| [400, 201].contains(c)), "{got:?}");
    assert!(got[64..].iter().all(|c| *c == 201), "{got:?}");
}

#[test]
fn what_is_recalled_is_not_begun() {
    let mut kit = Kit::open::<Moody>(&json!({"way": "well"}), &std::env::temp_dir(), 1_024).unwrap();
    // As many as run at once, and ten that wait.
    let all: Vec<_> = (0..Moody::CONCURRENCY + 10).map(|_| SampleRecipient::new("hold", "Anna")).collect();
    let (status, sent) = kit.submit(&Sample::default(), &all);
    assert_eq!(status, Status::OK);
    std::thread::sleep(Duration::from_millis(50));
    let last = u32::try_from(all.len() - 1).unwrap();
    assert_eq!(kit.recall(&sent, Some(&[last])), Status::OK);
    assert_eq!(
        kit.recall(&sent, Some(&[0, last, 9_999])),
        Status::OK,
        "one that is begun, one that is back, one that never was"
    );
    assert_eq!(kit.recall(&sent, None), Status::OK);
    for _ in 0..all.len().div_ceil(16) {
        let (status, release) = kit.submit(&Sample::default(), &[SampleRecipient::new("release", "Anna")]);
        assert_eq!((status, kit.wait(&release, SOON).len()), (Status::OK, 1), "later batches are not concerned");
    }
    let codes: Vec<u16> = kit.wait(&sent, SOON).iter().map(|a| a.code.0).collect();
    let (begun, waiting) = codes.split_at(Moody::CONCURRENCY);
    assert!(begun.iter().all(|c| *c == 100) && waiting.iter().all(|c| *c == 201), "{codes:?}");
    kit.close();
}
