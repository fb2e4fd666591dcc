//! The store's promises, as stories. Every backend must tell them the same way.

use rundruf_consent::evidence::{Act, Controller, Draft, ListRef, Source};
use rundruf_consent::{Address, BroadcastId, Channel, Class, DeliveryId, Event, ListId, Refusal, State, Time};
use rundruf_store::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const SESSION: Session = [1; 16];

struct Stage {
    store: Arc<dyn Store>,
    list: ListId,
    transport: TransportId,
    dir: tempfile::TempDir,
}

fn draft() -> Arc<Draft> {
    Arc::new(Draft {
        time: Time(5),
        controller: Controller {
            name: "K".into(),
            imprint_url: "https://k.example/i".into(),
            privacy_url: "https://k.example/d".into(),
        },
        list: ListRef { name: "l".into(), title: "L".into(), purpose: "p".into() },
        text: None,
        source: Source { kind: "command".into(), detail: None },
        act: Act { kind: "post".into(), ..Act::default() },
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: "person".into(),
    })
}

async fn stage() -> Stage {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&format!("sqlite:{}/s.db", dir.path().display()), OpenOptions::default()).unwrap();
    let list = store.list_sync(vec!["l".into()]).await.unwrap()[0];
    let transport = store.transport_sync(vec!["t".into()]).await.unwrap()[0];
    Stage { store, list, transport, dir }
}

fn mail(n: u64) -> Address {
    Address::parse(Channel::Email, &format!("p{n}@x.example"), None).unwrap()
}

impl Stage {
    async fn people(&self, count: u64) {
        let meta = ImportMeta {
            list: self.list,
            class: rundruf_consent::ImportClass::A,
            file_sha256: [0; 32],
            mapping: String::new(),
            actor: "operator:0".into(),
        };
        let import = self.store.import_begin(meta, Time(5)).await.unwrap();
        let rows = (0..count)
            .map(|n| ImportRow {
                line: n + 2,
                contact: NewContact { language: Some("de".into()), vars: BTreeMap::new(), addresses: vec![mail(n)] },
                draft: draft(),
                event: Event::Import(rundruf_consent::ImportClass::A),
            })
            .collect();
        let results = self.store.import_rows(import, rows, Time(6)).await.unwrap();
        assert!(results.iter().all(|r| r.verdicts == [ImportVerdict::Confirmed]), "{results:?}");
    }

    async fn broadcast(&self) -> BroadcastId {
        let new = NewBroadcast { list: self.list, key: [7; 8], content: "{}".into(), start_at: None, expires_at: None };
        let id = self.store.broadcast_add(new, Time(10)).await.unwrap();
        while !self.store.fan_out(id, 100, choose(self.transport), Time(10)).await.unwrap().finished {}
        id
    }

    async fn stop(&self, n: u64) -> Moved {
        let m = Move {
            target: Target::Address(mail(n), self.list),
            event: Event::Stop,
            draft: draft(),
            request: None,
            services: Vec::new(),
        };
        self.store.consent_apply(vec![m], Time(20)).await.unwrap().remove(0)
    }

    async fn step(&self, settle: Vec<Settlement>, at_most: u32) -> Step {
        let claim = ClaimRequest { at_most, bulk: true, after: None, now: Time(30) };
        self.store.dispatch_step(self.transport, SESSION, settle, (at_most > 0).then_some(claim)).await.unwrap()
    }

    async fn tally(&self, id: BroadcastId) -> BroadcastRow {
        let row = self.store.broadcast_get(id).await.unwrap().unwrap();
        let t = &row.tally;
        assert_eq!(
            t.total,
            t.queued + t.in_flight + t.retry + t.sent + t.failed + t.unknown + t.held + t.skipped,
            "{t:?}"
        );
        let found = self.store.doctor().await.unwrap();
        assert!(found.is_empty(), "{found:?}");
        row
    }
}

fn choose(transport: TransportId) -> Choose {
    Arc::new(move |candidates| {
        match candidates.iter().position(|c| c.state == State::Confirmed && c.flags.is_clear()) {
            Some(at) => Choice::Send(at, transport),
            None => Choice::Skip(0, Refusal::Withdrawn),
        }
    })
}

fn settled(claimed: &Claimed, to: Settled) -> Settlement {
    let (broadcast, lease) = match claimed.work {
        Work::Broadcast { broadcast, lease, .. } => (Some(broadcast), lease),
        Work::Service { .. } => (None, None),
    };
    Settlement {
        delivery: claimed.permit.delivery(),
        evidence: claimed.permit.evidence(),
        broadcast,
        lease,
        to,
        at: Time(31),
    }
}

fn sent() -> Settled {
    Settled::Sent { remote_id: "r".into() }
}

#[tokio::test]
async fn everybody_gets_it_once_and_the_counters_agree() {
    let s = stage().await;
    s.people(250).await;
    let id = s.broadcast().await;
    assert_eq!(s.tally(id).await.tally.queued, 250);
    let mut seen = std::collections::BTreeSet::new();
    let mut settle = Vec::new();
    loop {
        let step = s.step(std::mem::take(&mut settle), 64).await;
        assert_eq!(step.strays, 0);
        if step.claimed.is_empty() {
            break;
        }
        for c in &step.claimed {
            assert!(seen.insert(c.permit.delivery()), "claimed twice");
            assert!(c.permit.evidence().0 > 0);
        }
        settle = step.claimed.iter().map(|c| settled(c, sent())).collect();
        s.tally(id).await;
    }
    let row = s.tally(id).await;
    assert_eq!((row.tally.sent, row.state), (250, BroadcastState::Done));
    let again = Settlement {
        delivery: DeliveryId(1),
        evidence: rundruf_consent::EventId(1),
        broadcast: Some(id),
        lease: None,
        to: sent(),
        at: Time(40),
    };
    assert_eq!(s.step(vec![again], 0).await.strays, 1, "a second outcome changes nothing");
    assert_eq!(s.tally(id).await.tally.sent, 250);
}

#[tokio::test]
async fn a_stop_between_two_claims_wins() {
    let s = stage().await;
    s.people(100).await;
    let id = s.broadcast().await;
    let first = s.step(Vec::new(), 40).await;
    assert_eq!(first.claimed.len(), 40);
    for n in 0..100 {
        assert!(matches!(s.stop(n).await, Moved::Done { changed: true, .. }));
    }
    let second = s.step(first.claimed.iter().map(|c| settled(c, sent())).collect(), 100).await;
    assert_eq!((second.claimed.len(), second.refused), (0, 60), "no claim after the stop");
    let row = s.tally(id).await;
    assert_eq!((row.tally.sent, row.tally.skipped, row.state), (40, 60, BroadcastState::Done));
    let deliveries = s.store.delivery_list(id, Some(DeliveryState::Skipped), DeliveryId(0), 1_000).await.unwrap();
    assert!(deliveries.iter().all(|d| d.reason.as_deref() == Some("withdrawn")) && deliveries.len() == 60);
}

#[tokio::test]
async fn retries_unknown_failed_and_untouched_are_counted() {
    let s = stage().await;
    s.people(5).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    let ends = [
        sent(),
        Settled::Retry { due: Time(30), code: 200, detail: "later".into() },
        Settled::Failed { code: 300, detail: "no".into() },
        Settled::Unknown { detail: "cut".into() },
        Settled::Untouched,
    ];
    let settle = step.claimed.iter().zip(ends).map(|(c, to)| settled(c, to)).collect();
    let step = s.step(settle, 10).await;
    let row = s.tally(id).await;
    assert_eq!((row.tally.sent, row.tally.failed, row.tally.unknown, row.tally.in_flight), (1, 1, 1, 1));
    // What was untouched is due at the time of its settlement, one millisecond after this claim.
    assert_eq!((step.claimed.len(), step.claimed[0].attempt, step.next_due), (1, 2, Some(Time(31))));
    let rest = s.store.dispatch_step(
        s.transport,
        SESSION,
        vec![settled(&step.claimed[0], sent())],
        Some(ClaimRequest { at_most: 9, bulk: true, after: None, now: Time(50) }),
    );
    let rest = rest.await.unwrap();
    assert_eq!((rest.claimed.len(), rest.claimed[0].attempt), (1, 1), "untouched counts no attempt");
    s.step(vec![settled(&rest.claimed[0], sent())], 0).await;
    let row = s.tally(id).await;
    assert_eq!((row.tally.sent, row.state), (3, BroadcastState::Done));
    assert_eq!(s.store.unknown_resolve(id, None, Resolve::Resend, Time(60)).await.unwrap(), 1);
    assert_eq!(s.tally(id).await.state, BroadcastState::Running);
}

#[tokio::test]
async fn pause_resume_cancel_are_exact() {
    let s = stage().await;
    s.people(50).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    s.store.broadcast_move(id, BroadcastMove::Pause, Time(31)).await.unwrap();
    let paused = s.step(step.claimed.iter().map(|c| settled(c, sent())).collect(), 10).await;
    assert!(paused.claimed.is_empty());
    s.store.broadcast_move(id, BroadcastMove::Resume, Time(32)).await.unwrap();
    let step = s.step(Vec::new(), 10).await;
    assert_eq!(step.claimed.len(), 10);
    let row = s.store.broadcast_move(id, BroadcastMove::Cancel, Time(33)).await.unwrap();
    assert_eq!((row.tally.skipped, row.tally.in_flight), (30, 10));
    let step = s.step(step.claimed.iter().map(|c| settled(c, sent())).collect(), 10).await;
    assert!(step.claimed.is_empty());
    let row = s.tally(id).await;
    assert_eq!((row.tally.sent, row.tally.skipped, row.state), (20, 30, BroadcastState::Cancelled));
    assert!(s.store.broadcast_move(id, BroadcastMove::Resume, Time(34)).await.is_err());
}

#[tokio::test]
async fn what_was_claimed_and_never_settled_is_found() {
    let s = stage().await;
    s.people(30).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 20).await;
    s.step(step.claimed.iter().take(5).map(|c| settled(c, sent())).collect(), 0).await;
    let doubt = s.store.in_doubt(s.transport).await.unwrap();
    assert_eq!(doubt.len(), 15);
    assert!(doubt.iter().all(|d| d.session == SESSION && d.message_id[..8] == [7; 8] && d.evidence.0 > 0));
    let back = doubt
        .iter()
        .map(|d| Settlement {
            delivery: d.delivery,
            evidence: d.evidence,
            broadcast: d.broadcast,
            lease: d.lease,
            to: Settled::Untouched,
            at: Time(25),
        })
        .collect();
    let step = s.step(back, 100).await;
    assert_eq!(step.claimed.len(), 25, "fifteen again and ten for the first time");
    s.step(step.claimed.iter().map(|c| settled(c, sent())).collect(), 0).await;
    assert_eq!(s.tally(id).await.tally.sent, 30);
}

#[tokio::test]
async fn a_consent_is_asked_for_given_and_taken_back() {
    let s = stage().await;
    let contact =
        s.store.contact_add(NewContact { addresses: vec![mail(1)], ..NewContact::default() }, Time(1)).await.unwrap();
    let address = contact.addresses[0].id;
    let service = NewService {
        class: Class::Request,
        transport: s.transport,
        address: None,
        list: None,
        payload: "{}".into(),
        expires: None,
    };
    let ask = || Move {
        target: Target::Ids(address, s.list),
        event: Event::SignUp,
        draft: draft(),
        request: Some(NewRequest { id: [3; 16], expires: Time(1_000) }),
        services: vec![service.clone()],
    };
    assert!(matches!(s.store.consent_apply(vec![ask()], Time(2)).await.unwrap()[0], Moved::Done { changed: true, .. }));
    assert!(matches!(s.store.consent_apply(vec![ask()], Time(3)).await.unwrap()[0], Moved::TooMany));
    let step = s.step(Vec::new(), 5).await;
    assert!(matches!(&step.claimed[0].work, Work::Service { class: Class::Request, .. }) && step.claimed.len() == 1);
    s.step(vec![settled(&step.claimed[0], sent())], 0).await;
    assert_eq!(s.store.request_open(address, Time(4)).await.unwrap().len(), 1);
    let yes = || Move {
        target: Target::Request([3; 16]),
        event: Event::Confirm,
        draft: draft(),
        request: None,
        services: Vec::new(),
    };
    assert!(matches!(s.store.consent_apply(vec![yes()], Time(5)).await.unwrap()[0], Moved::Done { changed: true, .. }));
    assert!(matches!(
        s.store.consent_apply(vec![yes()], Time(6)).await.unwrap()[0],
        Moved::Done { changed: false, .. }
    ));
    assert!(matches!(s.stop(1).await, Moved::Done { changed: true, .. }));
    let events = s.store.consent_events(address, s.list).await.unwrap();
    let words: Vec<_> = events.iter().map(|e| e.event.as_str()).collect();
    assert_eq!(words, ["sign_up", "confirm", "stop"]);
    assert!(events.iter().all(|e| e.json.as_ref().unwrap().contains("p1@x.example")));
    let raw = std::fs::read(s.dir.path().join("s.db-wal")).unwrap();
    assert!(!raw.windows(6).any(|w| w == b"\"actor"), "evidence is not readable on disk");
    let head = s.store.log_head().await.unwrap();
    assert_eq!(head.size, 3);
    let signer = rundruf_consent::log::LogKey { origin: "o".into(), seed: s.store.secrets().log_seed };
    let note = s.store.log_sign(signer.clone(), Time(9)).await.unwrap();
    assert_eq!(s.store.log_sign(signer, Time(10)).await.unwrap(), note, "nothing new, nothing signed");
    assert!(s.store.doctor().await.unwrap().is_empty());
}

#[tokio::test]
async fn strictest_wins_when_importing() {
    let s = stage().await;
    s.people(3).await;
    s.stop(1).await;
    let meta = ImportMeta {
        list: s.list,
        class: rundruf_consent::ImportClass::A,
        file_sha256: [0; 32],
        mapping: String::new(),
        actor: "operator:0".into(),
    };
    let import = s.store.import_begin(meta, Time(50)).await.unwrap();
    let row = |n: u64| ImportRow {
        line: n,
        contact: NewContact { addresses: vec![mail(n)], ..NewContact::default() },
        draft: draft(),
        event: Event::Import(rundruf_consent::ImportClass::A),
    };
    let results = s.store.import_rows(import, vec![row(0), row(1), row(9), row(9)], Time(51)).await.unwrap();
    let verdicts: Vec<_> = results.iter().map(|r| r.verdicts[0].clone()).collect();
    assert_eq!(verdicts[0], ImportVerdict::Merged(State::Confirmed));
    assert!(matches!(verdicts[1], ImportVerdict::Refused(_)), "{verdicts:?}");
    assert_eq!(verdicts[2], ImportVerdict::Confirmed);
    assert!(matches!(verdicts[3], ImportVerdict::Merged(_)), "{verdicts:?}");
    assert!(s.store.doctor().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_second_daemon_is_refused_and_an_old_copy_too() {
    let s = stage().await;
    s.people(3).await;
    let url = format!("sqlite:{}/s.db", s.dir.path().display());
    assert!(matches!(open(&url, OpenOptions::default()).err(), Some(StoreError::InUse(_))));
    let signer = rundruf_consent::log::LogKey { origin: "o".into(), seed: [1; 32] };
    let copy = s.dir.path().join("copy.db");
    s.store.log_sign(signer.clone(), Time(9)).await.unwrap();
    s.store.close().await;
    let Stage { store, dir, .. } = s;
    drop(store);
    std::fs::copy(dir.path().join("s.db"), &copy).unwrap();
    let store = open(&url, OpenOptions::default()).unwrap();
    let m = Move {
        target: Target::Address(mail(0), ListId(1)),
        event: Event::Stop,
        draft: draft(),
        request: None,
        services: Vec::new(),
    };
    store.consent_apply(vec![m], Time(60)).await.unwrap();
    store.log_sign(signer, Time(61)).await.unwrap();
    store.close().await;
    drop(store);
    std::fs::copy(&copy, dir.path().join("s.db")).unwrap();
    let _ = std::fs::remove_file(dir.path().join("s.db-wal"));
    let error = open(&url, OpenOptions::default()).err().unwrap().to_string();
    assert!(error.contains("old copy"), "{error}");
    std::fs::write(dir.path().join("junk.db"), "no database at all, but long enough to be read as one").unwrap();
    let error = open(&format!("sqlite:{}/junk.db", dir.path().display()), OpenOptions::default()).err().unwrap();
    assert!(error.to_string().contains("junk.db"), "{error}");
    assert!(matches!(open("postgres://x", OpenOptions::default()).err(), Some(StoreError::Url(_))));
}
