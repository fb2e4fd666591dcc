//! Random lives: whatever happens in whatever order, everything agrees, and nobody gets anything without consent.

use super::fixture::{Fixture, KEY, all, choose, everybody, mail, retry, sent, settled};
use crate::row::*;
use rundruf_consent::{BroadcastId, DeliveryId, Event, ImportClass, Refusal, State, Time};
use std::collections::{BTreeMap, BTreeSet};

/// Random numbers that a seed fixes (SplitMix64): a life can be lived again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
}

const PEOPLE: u64 = 60;
const LIVES: u64 = 6;
const MOMENTS: u64 = 120;

#[derive(Default)]
struct Life {
    now: i64,
    broadcasts: Vec<BroadcastId>,
    flight: Vec<Claimed>,
    /// Deliveries that were sent or may have been.
    gone: BTreeSet<DeliveryId>,
    resent: BTreeSet<DeliveryId>,
}

pub(super) async fn counters_always_agree(mut s: Fixture) {
    for seed in 0..LIVES {
        let mut dice = Dice(seed);
        let mut life = Life { now: 1_000_000 * i64::try_from(seed + 1).unwrap(), ..Life::default() };
        for moment in 0..MOMENTS {
            life.now += 1 + i64::try_from(dice.below(50)).unwrap();
            happen(&mut s, &mut life, &mut dice).await;
            if moment % 20 == 19 {
                s.healthy().await;
            }
        }
        for id in &life.broadcasts {
            let row = s.row_of(*id).await;
            let open = row.tally.queued + row.tally.in_flight + row.tally.retry;
            assert!(row.state != BroadcastState::Done || open == 0, "life {seed}: {row:?}");
            if matches!(row.state, BroadcastState::Cancelled | BroadcastState::Expired) {
                assert_eq!(row.tally.queued + row.tally.retry, 0, "life {seed}: {row:?}");
            }
            let _ = s.store.broadcast_change(*id, BroadcastAction::Cancel, Time(life.now)).await;
        }
        // The next life begins with nothing in flight.
        s.step(all(&std::mem::take(&mut life.flight), &sent(), Time(life.now)), 0).await;
    }
}

async fn happen(s: &mut Fixture, life: &mut Life, dice: &mut Dice) {
    let now = Time(life.now);
    let someone = mail(dice.below(PEOPLE));
    match dice.below(16) {
        0 | 1 => {
            let rows =
                (0..dice.below(30)).map(|_| Fixture::row(ImportClass::A, vec![mail(dice.below(PEOPLE))])).collect();
            s.import(ImportClass::A, rows, now).await;
        }
        2 | 3 => {
            let events = [Event::Stop, Event::SignUp, Event::Confirm, Event::Hold, Event::Resume, Event::Decline];
            let event = events[usize::try_from(dice.below(6)).unwrap()];
            s.move_to(ConsentTarget::Address(someone, s.list), event, now).await;
        }
        4 => {
            let expires_at = (dice.below(3) == 0).then(|| Time(life.now + 300));
            let new = NewBroadcast { expires_at, ..s.new_broadcast() };
            life.broadcasts.push(s.store.broadcast_add(new, now).await.unwrap());
        }
        5 | 6 => {
            for id in &life.broadcasts {
                let page = 1 + u32::try_from(dice.below(40)).unwrap();
                s.store.fan_out(*id, page, choose(s.transport), now).await.unwrap();
            }
        }
        7..=9 => {
            let at_most = u32::try_from(1 + dice.below(25)).unwrap();
            let step = s.step_at(Vec::new(), at_most, now).await;
            for c in step.claimed {
                let again = !life.resent.contains(&c.permit.delivery()) && life.gone.contains(&c.permit.delivery());
                assert!(!again, "{:?} is sent twice", c.permit.delivery());
                life.flight.push(c);
            }
        }
        10 | 11 => settle_some(s, life, dice).await,
        12 => {
            if let Some(id) = life.broadcasts.last() {
                let moves =
                    [BroadcastAction::Pause, BroadcastAction::Resume, BroadcastAction::Cancel, BroadcastAction::Expire];
                let which = usize::try_from(dice.below(10)).unwrap().min(3);
                // A move that the state does not know is refused and changes nothing.
                let _ = s.store.broadcast_change(*id, moves[which % 4], now).await;
            }
        }
        13 => {
            if let Some(id) = life.broadcasts.first() {
                for d in s.deliveries(*id, DeliveryState::Unknown).await {
                    let how = [UnknownResolution::Sent, UnknownResolution::Resend, UnknownResolution::Failed]
                        [usize::try_from(dice.below(3)).unwrap()];
                    if s.store.unknown_resolve(*id, Some(d.id), how, now).await.is_ok()
                        && how == UnknownResolution::Resend
                    {
                        life.resent.insert(d.id);
                    }
                }
            }
        }
        14 => {
            let mut receipts = Vec::new();
            for d in life.gone.iter().take(5) {
                let mut message_id = [0; 16];
                message_id[..8].copy_from_slice(&KEY);
                message_id[8..].copy_from_slice(&d.0.to_be_bytes());
                let kind = u32::try_from(dice.below(4)).unwrap();
                receipts.push(ReceiptRow { transport: s.transport, message_id, kind, at: now, detail: "x".into() });
            }
            s.store.receipt_apply(receipts).await.unwrap();
        }
        _ => crash(s, life, dice).await,
    }
}

async fn settle_some(s: &Fixture, life: &mut Life, dice: &mut Dice) {
    let now = Time(life.now);
    let some = usize::try_from(dice.below(life.flight.len() as u64 + 1)).unwrap();
    let done: Vec<Claimed> = life.flight.drain(..some).collect();
    let mut settle = Vec::new();
    for c in &done {
        let to = match dice.below(8) {
            0 => retry(Time(life.now + 20)),
            1 => DeliveryOutcome::Failed { code: 9, detail: "no".into() },
            2 => DeliveryOutcome::Unknown { detail: "cut".into() },
            3 => DeliveryOutcome::Untouched,
            4 => DeliveryOutcome::Skipped(Refusal::NotRendered),
            _ => sent(),
        };
        if matches!(to, DeliveryOutcome::Sent { .. } | DeliveryOutcome::Unknown { .. }) {
            life.gone.insert(c.permit.delivery());
        }
        settle.push(settled(c, to, now));
    }
    assert_eq!(s.step(settle, 0).await.strays, 0);
}

/// The daemon dies with what it had in flight, and the next one finds exactly that.
async fn crash(s: &mut Fixture, life: &mut Life, dice: &mut Dice) {
    s.reopen().await;
    let doubts = s.store.in_doubt(s.transport).await.unwrap();
    let found: BTreeSet<_> = doubts.iter().map(|d| d.delivery).collect();
    let held: BTreeSet<_> = life.flight.iter().map(|c| c.permit.delivery()).collect();
    assert_eq!(found, held, "what is in doubt is what was in flight");
    life.flight.clear();
    let mut settle = Vec::new();
    for d in doubts {
        let is_untouched = dice.below(2) == 0;
        let to =
            if is_untouched { DeliveryOutcome::Untouched } else { DeliveryOutcome::Unknown { detail: "died".into() } };
        if !is_untouched {
            life.gone.insert(d.delivery);
        }
        let (delivery, evidence, broadcast, lease) = (d.delivery, d.evidence, d.broadcast, d.lease);
        settle.push(Settlement { delivery, evidence, broadcast, lease, to, at: Time(life.now) });
    }
    assert_eq!(s.step(settle, 0).await.strays, 0);
}

pub(super) async fn nobody_gets_it_without_consent(s: Fixture) {
    let mut dice = Dice(77);
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
                let n = dice.below(PEOPLE);
                let event = [Event::Stop, Event::Hold, Event::Resume][usize::try_from(dice.below(3)).unwrap()];
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
