//! Random lives: whatever happens in whatever order, everything agrees, and nobody gets anything without consent.

use super::fixture::{Fixture, KEY, all, choose, everybody, mail, retry, sent, settled};
use rundruf_consent::{BroadcastId, DeliveryId, Event, ImportClass, Refusal, State, Time};
use rundruf_store::*;
use std::collections::{BTreeMap, BTreeSet};

/// Random numbers that a seed fixes (SplitMix64): a history can be lived again.
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
}

const PEOPLE: u64 = 60;
const HISTORIES: u64 = 6;
const STEPS: u64 = 120;

#[derive(Default)]
struct History {
    now: i64,
    broadcasts: Vec<BroadcastId>,
    flight: Vec<Claimed>,
    /// Deliveries that were sent or may have been.
    gone: BTreeSet<DeliveryId>,
    resent: BTreeSet<DeliveryId>,
}

pub(super) async fn counters_always_agree(mut s: Fixture) {
    for seed in 0..HISTORIES {
        let mut rng = Rng(seed);
        let mut history = History { now: 1_000_000 * i64::try_from(seed + 1).unwrap(), ..History::default() };
        for step_number in 0..STEPS {
            history.now += 1 + i64::try_from(rng.below(50)).unwrap();
            random_step(&mut s, &mut history, &mut rng).await;
            if step_number % 20 == 19 {
                s.healthy().await;
            }
        }
        for id in &history.broadcasts {
            let row = s.row_of(*id).await;
            let open = row.tally.queued + row.tally.in_flight + row.tally.retry;
            assert!(row.state != BroadcastState::Done || open == 0, "history {seed}: {row:?}");
            if matches!(row.state, BroadcastState::Cancelled | BroadcastState::Expired) {
                assert_eq!(row.tally.queued + row.tally.retry, 0, "history {seed}: {row:?}");
            }
            let _ = s.store.broadcast_change(*id, BroadcastAction::Cancel, Time(history.now)).await;
        }
        // The next history begins with nothing in flight.
        s.step(all(&std::mem::take(&mut history.flight), &sent(), Time(history.now)), 0).await;
    }
}

async fn random_step(s: &mut Fixture, history: &mut History, rng: &mut Rng) {
    let now = Time(history.now);
    let someone = mail(rng.below(PEOPLE));
    match rng.below(16) {
        0 | 1 => {
            let rows =
                (0..rng.below(30)).map(|_| Fixture::row(ImportClass::A, vec![mail(rng.below(PEOPLE))])).collect();
            s.import(ImportClass::A, rows, now).await;
        }
        2 | 3 => {
            let events = [Event::Stop, Event::SignUp, Event::Confirm, Event::Hold, Event::Resume, Event::Decline];
            let event = events[usize::try_from(rng.below(6)).unwrap()];
            s.move_to(ConsentTarget::Address(someone, s.list), event, now).await;
        }
        4 => {
            let expires_at = (rng.below(3) == 0).then(|| Time(history.now + 300));
            let new = NewBroadcast { expires_at, ..s.new_broadcast() };
            history.broadcasts.push(s.store.broadcast_add(new, now).await.unwrap());
        }
        5 | 6 => {
            for id in &history.broadcasts {
                let page = 1 + u32::try_from(rng.below(40)).unwrap();
                s.store.fan_out(*id, page, choose(s.transport), now).await.unwrap();
            }
        }
        7..=9 => {
            let at_most = u32::try_from(1 + rng.below(25)).unwrap();
            let step = s.step_at(Vec::new(), at_most, now).await;
            for c in step.claimed {
                let again =
                    !history.resent.contains(&c.permit.delivery()) && history.gone.contains(&c.permit.delivery());
                assert!(!again, "{:?} is sent twice", c.permit.delivery());
                history.flight.push(c);
            }
        }
        10 | 11 => settle_some(s, history, rng).await,
        12 => {
            if let Some(id) = history.broadcasts.last() {
                let moves =
                    [BroadcastAction::Pause, BroadcastAction::Resume, BroadcastAction::Cancel, BroadcastAction::Expire];
                let which = usize::try_from(rng.below(10)).unwrap().min(3);
                // A move that the state does not know is refused and changes nothing.
                let _ = s.store.broadcast_change(*id, moves[which % 4], now).await;
            }
        }
        13 => {
            if let Some(id) = history.broadcasts.first() {
                for d in s.deliveries(*id, DeliveryState::Unknown).await {
                    let how = [UnknownResolution::Sent, UnknownResolution::Resend, UnknownResolution::Failed]
                        [usize::try_from(rng.below(3)).unwrap()];
                    if s.store.unknown_resolve(*id, Some(d.id), how, now).await.is_ok()
                        && how == UnknownResolution::Resend
                    {
                        history.resent.insert(d.id);
                    }
                }
            }
        }
        14 => {
            let mut receipts = Vec::new();
            for d in history.gone.iter().take(5) {
                let mut message_id = [0; 16];
                message_id[..8].copy_from_slice(&KEY);
                message_id[8..].copy_from_slice(&d.0.to_be_bytes());
                let kind = u32::try_from(rng.below(4)).unwrap();
                receipts.push(ReceiptRow { transport: s.transport, message_id, kind, at: now, detail: "x".into() });
            }
            s.store.receipt_apply(receipts).await.unwrap();
        }
        _ => crash(s, history, rng).await,
    }
}

async fn settle_some(s: &Fixture, history: &mut History, rng: &mut Rng) {
    let now = Time(history.now);
    let some = usize::try_from(rng.below(history.flight.len() as u64 + 1)).unwrap();
    let done: Vec<Claimed> = history.flight.drain(..some).collect();
    let mut settle = Vec::new();
    for c in &done {
        let to = match rng.below(8) {
            0 => retry(Time(history.now + 20)),
            1 => DeliveryOutcome::Failed { code: 9, detail: "no".into() },
            2 => DeliveryOutcome::Unknown { detail: "cut".into() },
            3 => DeliveryOutcome::Untouched,
            4 => DeliveryOutcome::Skipped(Refusal::NotRendered),
            _ => sent(),
        };
        if matches!(to, DeliveryOutcome::Sent { .. } | DeliveryOutcome::Unknown { .. }) {
            history.gone.insert(c.permit.delivery());
        }
        settle.push(settled(c, to, now));
    }
    assert_eq!(s.step(settle, 0).await.strays, 0);
}

/// The daemon dies with what it had in flight, and the next one finds exactly that.
async fn crash(s: &mut Fixture, history: &mut History, rng: &mut Rng) {
    s.reopen().await;
    let doubts = s.store.in_doubt(s.transport).await.unwrap();
    let found: BTreeSet<_> = doubts.iter().map(|d| d.delivery).collect();
    let held: BTreeSet<_> = history.flight.iter().map(|c| c.permit.delivery()).collect();
    assert_eq!(found, held, "what is in doubt is what was in flight");
    history.flight.clear();
    let mut settle = Vec::new();
    for d in doubts {
        let is_untouched = rng.below(2) == 0;
        let to =
            if is_untouched { DeliveryOutcome::Untouched } else { DeliveryOutcome::Unknown { detail: "died".into() } };
        if !is_untouched {
            history.gone.insert(d.delivery);
        }
        let (delivery, evidence, broadcast, lease) = (d.delivery, d.evidence, d.broadcast, d.lease);
        settle.push(Settlement { delivery, evidence, broadcast, lease, to, at: Time(history.now) });
    }
    assert_eq!(s.step(settle, 0).await.strays, 0);
}

pub(super) async fn nobody_gets_it_without_consent(s: Fixture) {
    let mut rng = Rng(77);
    let mut state: BTreeMap<u64, State> = BTreeMap::new();
    s.people(0..PEOPLE).await;
    for n in 0..PEOPLE {
        state.insert(n, State::Confirmed);
    }
    let mut now = 100;
    for round in 0..20 {
        let id = s.add(s.new_broadcast()).await;
        // Fan-out sends to everybody: whatever it chose, the claim decides.
        s.fan_out(id, everybody(s.transport)).await;
        loop {
            now += 1;
            for _ in 0..3 {
                let n = rng.below(PEOPLE);
                let event = [Event::Stop, Event::Hold, Event::Resume][usize::try_from(rng.below(3)).unwrap()];
                let moved = s.move_to(ConsentTarget::Address(mail(n), s.list), event, Time(now)).await;
                if let ConsentResult::Done { consent, .. } = moved {
                    state.insert(n, consent.state);
                }
            }
            let step = s.step_at(Vec::new(), 7, Time(now)).await;
            for c in &step.claimed {
                let n: u64 = c.address.trim_start_matches('p').split('@').next().unwrap().parse().unwrap();
                assert_eq!(state[&n], State::Confirmed, "round {round}: person {n} was written to");
            }
            s.settle(all(&step.claimed, &sent(), Time(now))).await;
            if step.claimed.is_empty() && !step.more {
                break;
            }
        }
        s.row_of(id).await;
    }
    assert!(state.values().any(|s| *s == State::Withdrawn));
}
