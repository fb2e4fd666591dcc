//! A process that writes is killed at random moments, and the next one finds what was acknowledged.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use rundruf_consent::evidence::EvidenceDraft;
use rundruf_consent::{Address, BroadcastId, Channel, DeliveryId, Event, ImportClass, ListId, Refusal, State, Time};
use rundruf_store::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Where the child works. Its presence makes the test below the child.
const DIR: &str = "RUNDRUF_CRASH_TEST_DIR";
const PEOPLE: u64 = 40;
const DRAFT: &str = r#"{"time":5,"controller":{"name":"K","imprint_url":"","privacy_url":""},
    "list":{"name":"l","title":"L","purpose":"p"},"source":{"kind":"command"},"act":{"kind":"post"},"actor":"person"}"#;

fn open_in(dir: &Path) -> Arc<dyn Store> {
    open(&format!("sqlite:{}/s.db", dir.display()), OpenOptions::default()).unwrap()
}

fn mail(n: u64) -> Address {
    Address::parse(Channel::Email, &format!("p{n}@x.example"), None).unwrap()
}

/// Says that something was acknowledged: a line of one write.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("!{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// The child: writes without end and says what was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as the child of the test below"]
async fn life() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let store = open_in(Path::new(&dir));
    let list = store.list_sync(vec!["l".into()]).await.unwrap()[0];
    let transport = store.transport_sync(vec!["t".into()]).await.unwrap()[0];
    tell("open");
    let doubts = store.in_doubt(transport).await.unwrap();
    let settle = doubts
        .iter()
        .map(|d| Settlement {
            delivery: d.delivery,
            evidence: d.evidence,
            broadcast: d.broadcast,
            lease: d.lease,
            to: DeliveryOutcome::Untouched,
            at: Time(1),
        })
        .collect();
    store.dispatch_step(transport, [0; 16], settle, None).await.unwrap();
    tokio::join!(consents(&store, list), sending(&store, list, transport));
}

async fn consents(store: &Arc<dyn Store>, list: ListId) {
    let draft: Arc<EvidenceDraft> = Arc::new(serde_json::from_str(DRAFT).unwrap());
    for round in 0.. {
        let now = Time(100 + round);
        let meta = ImportMeta {
            list,
            class: ImportClass::A,
            file_sha256: [0; 32],
            mapping: String::new(),
            actor: "operator:0".into(),
        };
        let import = store.import_begin(meta, now).await.unwrap();
        let row = |n| ImportRow {
            line: n,
            contact: NewContact { addresses: vec![mail(n)], ..NewContact::default() },
            draft: Arc::clone(&draft),
            event: Event::Import(ImportClass::A),
            update: false,
        };
        store.import_rows(import, (0..PEOPLE).map(row).collect(), now).await.unwrap();
        for n in 0..PEOPLE {
            for event in [Event::Hold, Event::Resume] {
                let target = ConsentTarget::Address(mail(n), list);
                let m = ConsentChange { target, event, draft: Arc::clone(&draft), request: None, services: Vec::new() };
                let moved = store.consent_apply(vec![m], now).await.unwrap().remove(0);
                let ConsentResult::Done { consent, .. } = moved else { panic!("{moved:?}") };
                tell(&format!("consent {n} {} {}", consent.state.word(), consent.evidence.0));
            }
        }
    }
}

async fn sending(store: &Arc<dyn Store>, list: ListId, transport: TransportId) {
    let choose: FanOutChooser = Arc::new(move |candidates| match candidates[0].state {
        State::Confirmed => FanOutChoice::Send(0, transport),
        state => FanOutChoice::Skip(0, Refusal::from_state(state)),
    });
    loop {
        let new = NewBroadcast {
            list,
            key: [7; 8],
            content: "{}".into(),
            start_at: None,
            expires_at: None,
            actor: String::new(),
        };
        let id = store.broadcast_add(new, Time(10)).await.unwrap();
        tell(&format!("broadcast {id}"));
        while !store.fan_out(id, 10, Arc::clone(&choose), Time(10)).await.unwrap().finished {}
        let mut settle: Vec<Settlement> = Vec::new();
        loop {
            let claim = ClaimRequest::new(7, Time(20));
            let sent: Vec<_> = settle.iter().map(|s| s.delivery).collect();
            let step = store.dispatch_step(transport, [1; 16], std::mem::take(&mut settle), Some(claim)).await.unwrap();
            for d in sent {
                tell(&format!("sent {d}"));
            }
            for c in &step.claimed {
                let ClaimKind::Broadcast { broadcast, lease, .. } = c.work else { continue };
                tell(&format!("claimed {}", c.permit.delivery()));
                settle.push(Settlement {
                    delivery: c.permit.delivery(),
                    evidence: c.permit.evidence(),
                    broadcast: Some(broadcast),
                    lease,
                    to: DeliveryOutcome::Sent { remote_id: "r".into() },
                    at: Time(21),
                });
            }
            if settle.is_empty() {
                break;
            }
        }
    }
}

/// What the child printed before it was killed.
#[derive(Default)]
struct ChildReport {
    is_open: bool,
    consents: BTreeMap<u64, (String, i64)>,
    deliveries: BTreeMap<i64, &'static str>,
    broadcasts: Vec<i64>,
}

fn run_and_kill(dir: &Path, after: Duration, told: &mut ChildReport) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "life", "--ignored", "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap()
    });
    told.is_open = false;
    for line in BufReader::new(out).lines() {
        let Ok(line) = line else { break };
        let Some((_, line)) = line.split_once('!') else { continue };
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["open"] => told.is_open = true,
            ["consent", n, state, evidence] => {
                told.consents.insert(n.parse().unwrap(), ((*state).to_owned(), evidence.parse().unwrap()));
            }
            ["broadcast", id] => told.broadcasts.push(id.parse().unwrap()),
            ["claimed", id] => drop(told.deliveries.insert(id.parse().unwrap(), "claimed")),
            ["sent", id] => drop(told.deliveries.insert(id.parse().unwrap(), "sent")),
            _ => {}
        }
    }
    let status = killer.join().unwrap();
    assert!(!status.success() && status.code().is_none(), "it was to be killed, not to end: {status}");
}

async fn check(dir: &Path, told: &ChildReport) {
    let store = open_in(dir);
    let list = store.list_sync(vec!["l".into()]).await.unwrap()[0];
    let transport = store.transport_sync(vec!["t".into()]).await.unwrap()[0];
    let found = store.doctor().await.unwrap();
    assert!(found.is_empty(), "{found:?}");
    for (n, (state, evidence)) in &told.consents {
        let address = store.address_find(mail(*n)).await.unwrap().unwrap();
        let consent = address.consents[0];
        let is_same = consent.evidence.0 == *evidence && consent.state.word() == state;
        assert!(is_same || consent.evidence.0 > *evidence, "person {n}: {state} {evidence}, found {consent:?}");
        let events = store.consent_events(address.id, list).await.unwrap();
        assert!(events.iter().any(|e| e.id.0 == *evidence && e.json.is_some()), "the acknowledged event is there");
    }
    let mut rows = BTreeMap::new();
    for id in &told.broadcasts {
        assert!(store.broadcast_get(BroadcastId(*id)).await.unwrap().is_some(), "broadcast {id} was acknowledged");
        for d in store.delivery_list(BroadcastId(*id), None, DeliveryId(0), 10_000).await.unwrap() {
            rows.insert(d.id.0, d.state);
        }
    }
    let doubts = store.in_doubt(transport).await.unwrap();
    for (id, what) in &told.deliveries {
        let state = rows[id];
        match *what {
            "sent" => assert_eq!(state, DeliveryState::Sent, "delivery {id} was acknowledged as sent"),
            _ => assert!(state != DeliveryState::Queued, "delivery {id} was handed out and is {state:?}"),
        }
    }
    // What is in doubt is at most one claim.
    assert!(doubts.len() <= 7, "{doubts:?}");
    store.close().await;
}

#[test]
fn what_was_acknowledged_is_there() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut told = ChildReport::default();
    let mut chance = 7_u64;
    let (mut opened, mut events) = (0, 0);
    for round in 0..25 {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let after = Duration::from_micros((chance >> 33) % 150_000);
        run_and_kill(dir.path(), after, &mut told);
        opened += u32::from(told.is_open);
        runtime.block_on(check(dir.path(), &told));
        // The next life puts back what was in doubt and may send it again.
        told.deliveries.retain(|_, what| *what == "sent");
        events = told.consents.len() + told.deliveries.len();
        assert!(round < 24 || opened > 5, "the child hardly ever got to work: {opened} of 25");
    }
    assert!(events > 100, "little happened: {events}");
}

#[test]
fn a_first_start_can_be_killed_at_any_moment() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for step in 0..30 {
        let dir = tempfile::tempdir().unwrap();
        let mut told = ChildReport::default();
        run_and_kill(dir.path(), Duration::from_millis(step), &mut told);
        runtime.block_on(check(dir.path(), &told));
    }
}
