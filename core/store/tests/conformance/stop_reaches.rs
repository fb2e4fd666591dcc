//! A stop reaches everything, and stays: every way to stop × every way back in, over random histories. The model that decides who may be written
//! to is this file's own.

use super::fixture::{Fixture, all, day, everybody, mail, sent};
use rundruf_consent::{Event, ImportClass, ListId, State, Time};
use rundruf_store::*;
use std::collections::BTreeMap;

/// Random numbers that a seed fixes (SplitMix64).
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// A person, and a list by its place.
type Pair = (u64, usize);

/// What this test expects: since when a person has left a list, and since when the person has come back to it of their own accord.
#[derive(Default)]
struct Expected {
    left: BTreeMap<Pair, u32>,
    left_all: BTreeMap<u64, u32>,
    came_back: BTreeMap<Pair, u32>,
}

impl Expected {
    /// Whether the person has left this list and not come back to it.
    fn has_left(&self, pair: Pair) -> bool {
        let left = [self.left.get(&pair), self.left_all.get(&pair.0)].into_iter().flatten().max();
        left.is_some_and(|left| self.came_back.get(&pair).is_none_or(|back| back < left))
    }
}

const PEOPLE: u64 = 6;
const HISTORIES: u64 = 12;
const STEPS: u32 = 90;

async fn apply(s: &Fixture, (person, list): (u64, ListId), event: Event, now: Time) -> ConsentResult {
    s.move_to(ConsentTarget::Address(mail(person), list), event, now).await
}

/// Imports one person into a list.
async fn import(s: &Fixture, (person, list): (u64, ListId), class: ImportClass, now: Time) -> ImportVerdict {
    let (mapping, actor) = (String::new(), "operator:0".to_owned());
    let meta = ImportMeta { list, class, file_sha256: [0; 32], mapping, actor };
    let import = s.store.import_begin(meta, now).await.unwrap();
    let rows = vec![Fixture::row(class, vec![mail(person)])];
    s.store.import_rows(import, rows, now).await.unwrap().remove(0).verdicts.remove(0)
}

/// Who gets a permit on a list now, although fan-out left the decision to the gate.
async fn permitted(s: &Fixture, list: ListId, now: Time) -> Vec<String> {
    let id = s.store.broadcast_add(NewBroadcast { list, ..s.new_broadcast() }, now).await.unwrap();
    s.fan_out(id, everybody(s.transport)).await;
    let step = s.step_at(Vec::new(), 1_000, now).await;
    let bulk = step.claimed.iter().filter(|c| matches!(c.work, ClaimKind::Broadcast { .. }));
    let got = bulk.map(|c| c.address.to_string()).collect();
    s.step_at(all(&step.claimed, &sent(), now), 0, now).await;
    got
}

pub(super) async fn no_way_back_but_the_person(s: Fixture) {
    const CLASSES: [ImportClass; 5] = [ImportClass::A, ImportClass::B, ImportClass::C, ImportClass::D, ImportClass::E];
    let (mut after_a_stop, mut returns, mut sends) = (0, 0, 0);
    for seed in 0..HISTORIES {
        let mut rng = Rng(seed);
        let mut names: Vec<String> = (0..3).map(|n| format!("h{seed}-{n}")).collect();
        let mut lists = s.store.list_sync(names.clone()).await.unwrap();
        let mut expected = Expected::default();
        for step in 1..=STEPS {
            // Days apart, so that the limits of requests are met now and then, and not always.
            let now = day(u64::from(step) * 13 + seed * 2_000);
            let person = seed * 100 + rng.below(PEOPLE);
            let at = usize::try_from(rng.below(lists.len() as u64)).unwrap();
            let pair = (person, lists[at]);
            match rng.below(12) {
                0..=3 => {
                    let class = rng.one_of(&CLASSES);
                    let left = expected.has_left((person, at));
                    let verdict = import(&s, pair, class, now).await;
                    if left {
                        after_a_stop += 1;
                        // Refused, or the person has been asked again meanwhile and the import changes nothing.
                        let harmless = matches!(verdict, ImportVerdict::Refused(_) | ImportVerdict::Merged(_));
                        assert!(harmless, "history {seed}, step {step}: {class:?} {verdict:?}");
                    }
                }
                4 => {
                    // The same, past the import.
                    let event = Event::Import(rng.one_of(&CLASSES));
                    let left = expected.has_left((person, at));
                    let done = apply(&s, pair, event, now).await;
                    assert!(!(left && matches!(done, ConsentResult::Done { changed: true, .. })), "{event:?} {done:?}");
                }
                5 => {
                    let event = rng.one_of(&[Event::Stop, Event::StopAll]);
                    let done = apply(&s, pair, event, now).await;
                    let known = !matches!(done, ConsentResult::NoTarget);
                    if event == Event::StopAll && known {
                        expected.left_all.insert(person, step);
                    } else if known {
                        expected.left.insert((person, at), step);
                    }
                }
                6 => {
                    // A stop without a consent to hang on: an operator's note.
                    if let Some(row) = s.store.address_find(mail(person)).await.unwrap() {
                        let (set, none) = (rundruf_consent::AddressFlags::SUPPRESSED, Default::default());
                        s.store.address_flag(row.id, set, none, now).await.unwrap();
                        expected.left_all.insert(person, step);
                    }
                }
                7 | 8 => {
                    // The person signs up and answers; or the request runs out.
                    apply(&s, pair, Event::SignUp, now).await;
                    let answer = rng.one_of(&[Event::Confirm, Event::Confirm, Event::RequestExpired, Event::Decline]);
                    let asked = match s.store.address_find(mail(person)).await.unwrap() {
                        Some(row) => s.store.request_open(row.id, now).await.unwrap(),
                        None => Vec::new(),
                    };
                    for request in asked.iter().filter(|r| r.consent.list == lists[at]) {
                        let done = s.move_to(ConsentTarget::Request(request.id), answer, now).await;
                        if answer == Event::Confirm && matches!(done, ConsentResult::Done { changed: true, .. }) {
                            expected.came_back.insert((person, at), step);
                            returns += 1;
                        }
                    }
                }
                9 => {
                    let events = [Event::Resume, Event::Renew, Event::Hold, Event::GoStale, Event::HoldExpired];
                    apply(&s, pair, rng.one_of(&events), now).await;
                }
                10 if lists.len() < 5 => {
                    names.push(format!("h{seed}-{}", names.len()));
                    lists = s.store.list_sync(names.clone()).await.unwrap();
                }
                _ => {
                    // Known without a consent: an operator typed the address in.
                    let new = NewContact { addresses: vec![mail(person)], ..NewContact::default() };
                    s.store.contact_add(new, now).await.unwrap();
                }
            }
            let all: Vec<_> = lists.iter().copied().enumerate().collect();
            let (at, list) = rng.one_of(&all);
            for got in permitted(&s, list, now).await {
                sends += 1;
                let who = (0..PEOPLE).map(|n| seed * 100 + n).find(|n| mail(*n).value() == got).unwrap();
                assert!(!expected.has_left((who, at)), "history {seed}, step {step}: {got} has left list {at}");
            }
        }
    }
    assert!(after_a_stop > 60 && returns > 20 && sends > 400, "{after_a_stop} {returns} {sends}");
}

pub(super) async fn a_stop_holds_for_lists_that_come_later(s: Fixture) {
    s.people(1..2).await;
    s.moved(1, Event::StopAll, Time(20)).await;
    let [old, new] = s.store.list_sync(vec!["l".into(), "later".into()]).await.unwrap()[..] else {
        panic!("two lists")
    };
    for class in [ImportClass::A, ImportClass::B, ImportClass::C, ImportClass::D, ImportClass::E] {
        for list in [old, new] {
            let verdict = import(&s, (1, list), class, day(1)).await;
            assert!(matches!(verdict, ImportVerdict::Refused(_)), "{class:?} {verdict:?}");
        }
    }
    // The person signs up for the new list: that one and no other.
    apply(&s, (1, new), Event::SignUp, day(2)).await;
    assert!(permitted(&s, new, day(2)).await.is_empty(), "not answered yet");
    let asked = s.store.request_open(s.address(mail(1)).await.id, day(2)).await.unwrap().remove(0);
    s.move_to(ConsentTarget::Request(asked.id), Event::Confirm, day(2)).await;
    assert_eq!(permitted(&s, new, day(3)).await, [mail(1).value()]);
    assert!(permitted(&s, old, day(3)).await.is_empty());
    let third = s.store.list_sync(vec!["third".into()]).await.unwrap()[0];
    for list in [old, third] {
        let verdict = import(&s, (1, list), ImportClass::A, day(3)).await;
        assert!(matches!(verdict, ImportVerdict::Refused(_)), "{verdict:?}");
    }
    // And a stop after that ends this one too.
    apply(&s, (1, new), Event::StopAll, day(4)).await;
    assert!(permitted(&s, new, day(5)).await.is_empty());
    assert!(matches!(import(&s, (1, new), ImportClass::A, day(5)).await, ImportVerdict::Refused(_)));
    s.healthy().await;
}

pub(super) async fn a_stop_for_everything_has_evidence_once(s: Fixture) {
    s.people(1..2).await;
    s.stop(1).await;
    let address = s.address(mail(1)).await;
    assert!(address.flags.is_clear(), "this list alone");
    for _ in 0..2 {
        let moved = s.moved(1, Event::StopAll, Time(30)).await;
        assert_eq!(moved.state, State::Withdrawn);
    }
    let events = s.store.consent_events(address.id, s.list).await.unwrap();
    let words: Vec<_> = events.iter().map(|e| e.event.as_str()).collect();
    assert_eq!(words, ["import_a", "stop", "stop_all"], "wider than the first stop, and once");
    s.healthy().await;
}

pub(super) async fn a_request_is_answered_by_its_own_link(s: Fixture) {
    let address = s.stranger(1).await;
    let mut asked = Vec::new();
    for n in [0, 3] {
        s.moved(1, Event::SignUp, day(n)).await;
        asked.push(s.store.request_open(address, day(n)).await.unwrap().remove(0).id);
    }
    let answer = async |id, now| s.move_to(ConsentTarget::Request(id), Event::Confirm, now).await;
    assert!(matches!(answer(asked[0], day(4)).await, ConsentResult::Done { changed: false, .. }), "replaced");
    assert!(!s.store.request_get(asked[0]).await.unwrap().unwrap().is_open);
    assert_eq!(s.address(mail(1)).await.consents[0].state, State::Requested);
    assert!(matches!(answer(asked[1], day(4)).await, ConsentResult::Done { changed: true, .. }));
    // Left, and asked again: the link that said yes once does not say it again.
    s.moved(1, Event::Stop, day(5)).await;
    s.moved(1, Event::SignUp, day(40)).await;
    for old in asked {
        assert!(matches!(answer(old, day(40)).await, ConsentResult::Done { changed: false, .. }));
    }
    assert_eq!(s.address(mail(1)).await.consents[0].state, State::Requested);
    s.healthy().await;
}

pub(super) async fn what_is_unused_is_found(s: Fixture) {
    s.people(1..5).await;
    s.broadcast().await;
    let claimed = s.step(Vec::new(), 10).await.claimed;
    let failed = DeliveryOutcome::Failed { code: 9, detail: "no".into() };
    let outcome = |n: usize| if n < 2 { sent() } else { failed.clone() };
    let settle = claimed.iter().enumerate().map(|(n, c)| super::fixture::settled(c, outcome(n), Time(30)));
    s.settle(settle.collect()).await;
    let all: Vec<_> = claimed.iter().map(|c| c.address_id).collect();
    let first = rundruf_consent::ContactId(0);
    for (before, want) in [(5, &all[..0]), (20, &all[2..]), (40, &all[..])] {
        for limit in 1..6 {
            let (mut found, mut after) = (Vec::new(), Some(first));
            while let Some(from) = after {
                let (some, next) = s.store.unused_since(s.list, Time(before), from, limit).await.unwrap();
                found.extend(some);
                after = next;
            }
            found.sort();
            assert_eq!(found, want, "before {before}, {limit} at a time");
        }
    }
}
