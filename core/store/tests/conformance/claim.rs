//! The gate is in the claim.

use super::fixture::{
    FROM_THE_FIRST, Fixture, SESSION, all, choose, day, everybody, mail, retry, sent, settled, spelled,
};
use rundruf_consent::gate::claim::{GateInput, authorize};
use rundruf_consent::{AddressFlags, AddressId, Class, DeliveryId, Event, EventId, ImportClass, Refusal, State, Time};
use rundruf_store::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) async fn everybody_gets_it_once(s: Fixture) {
    s.people(0..250).await;
    let id = s.broadcast().await;
    assert_eq!(s.row_of(id).await.tally.queued, 250);
    let mut seen = BTreeSet::new();
    let mut settle = Vec::new();
    loop {
        let step = s.step(std::mem::take(&mut settle), 64).await;
        assert_eq!(step.strays, 0);
        if step.claimed.is_empty() {
            break;
        }
        for c in &step.claimed {
            assert!(seen.insert(c.permit.delivery()), "claimed twice");
            assert!(c.permit.evidence().0 > 0 && c.attempt == 1 && c.list == Some(s.list));
            assert_eq!((&*c.address, c.language.as_deref()), (c.address.trim(), Some("de")));
            assert_eq!(&*c.vars, "{\"first_name\":\"Anna\"}");
        }
        settle = all(&step.claimed, &sent(), Time(31));
        s.row_of(id).await;
    }
    let row = s.row_of(id).await;
    assert_eq!((row.tally.sent, row.state), (250, BroadcastState::Done));
    assert!(s.store.broadcast_list(true, 10).await.unwrap().is_empty());
}

pub(super) async fn a_stop_between_two_claims_wins(s: Fixture) {
    s.people(0..100).await;
    let id = s.broadcast().await;
    let first = s.step(Vec::new(), 40).await;
    assert_eq!(first.claimed.len(), 40);
    for n in 0..100 {
        s.stop(n).await;
    }
    let second = s.step(all(&first.claimed, &sent(), Time(31)), 100).await;
    assert_eq!((second.claimed.len(), second.refused), (0, 60), "no claim after the stop");
    let row = s.row_of(id).await;
    assert_eq!((row.tally.sent, row.tally.skipped, row.state), (40, 60, BroadcastState::Done));
    let skipped = s.deliveries(id, DeliveryState::Skipped).await;
    assert!(skipped.len() == 60 && skipped.iter().all(|d| d.reason.as_deref() == Some("withdrawn")));
}

pub(super) async fn two_claims_share_nothing(s: Fixture) {
    s.people(0..200).await;
    let id = s.broadcast().await;
    let mut seen = BTreeSet::new();
    for session in 0..10 {
        let claim = ClaimRequest::new(25, Time(30));
        let step = s.store.dispatch_step(s.transport, [session; 16], Vec::new(), Some(claim)).await.unwrap();
        for c in step.claimed {
            assert!(seen.insert(c.permit.delivery()), "claimed twice");
        }
    }
    assert_eq!(seen.len(), 200);
    let row = s.row_of(id).await;
    assert_eq!((row.tally.queued, row.tally.in_flight), (0, 200));
    assert_eq!(s.deliveries(id, DeliveryState::InFlight).await.len(), 200);
}

/// How a person gets into a state before fan-out.
fn way(state: State) -> Option<&'static [Event]> {
    use Event as E;
    const YES: Event = Event::Import(ImportClass::A);
    Some(match state {
        // Fan-out has no row for somebody who was never asked.
        State::None => return None,
        State::Requested => &[E::SignUp],
        State::Confirmed => &[YES],
        State::Held => &[YES, E::Hold],
        State::Stale => &[YES, E::GoStale],
        State::Declined => &[E::SignUp, E::Decline],
        State::Expired => &[E::SignUp, E::RequestExpired],
        State::Withdrawn => &[YES, E::Stop],
        State::Invalidated => &[YES, E::Invalidate],
        State::Terminated => &[YES, E::CloseList],
        State::Quarantined => &[E::Import(ImportClass::C)],
        State::Customer => &[E::Import(ImportClass::D)],
        State::Objected => &[E::Import(ImportClass::D), E::Stop],
        State::Erased => &[YES],
    })
}

pub(super) async fn sql_and_gate_say_what_the_gate_says(s: Fixture) {
    let mut people: Vec<(AddressId, State, AddressFlags)> = Vec::new();
    for state in State::ALL {
        let Some(way) = way(state) else { continue };
        for bits in 0..8 {
            let n = people.len() as u64;
            let address = s.stranger(n).await;
            for event in way {
                s.moved(n, *event, Time(7)).await;
            }
            people.push((address, state, AddressFlags(bits)));
        }
    }
    let id = s.add(s.new_broadcast()).await;
    s.fan_out(id, everybody(s.transport)).await;
    let mut evidence = BTreeMap::new();
    for (n, (address, state, flags)) in people.iter().enumerate() {
        if *state == State::Erased {
            s.moved(n as u64, Event::Erase, Time(11)).await;
        }
        s.store.address_flag(*address, *flags, AddressFlags::default(), Time(12)).await.unwrap();
        let row = s.store.address_get(*address).await.unwrap().unwrap();
        assert_eq!((row.consents[0].state, row.flags), (*state, *flags));
        evidence.insert(*address, row.consents[0].evidence);
    }
    let step = s.step(Vec::new(), 1_000).await;
    let claimed: BTreeMap<AddressId, EventId> =
        step.claimed.iter().map(|c| (c.address_id, c.permit.evidence())).collect();
    let skipped: BTreeMap<_, _> = s
        .deliveries(id, DeliveryState::Skipped)
        .await
        .into_iter()
        .map(|d| (d.address.unwrap(), d.reason.unwrap_or_default()))
        .collect();
    for (n, (address, state, flags)) in people.iter().enumerate() {
        let (flags_code, state_code) = (flags.0.into(), Some(state.code().into()));
        let input = GateInput::from_columns(flags_code, state_code, Some(evidence[address].0));
        match authorize(DeliveryId(1), &input, Class::Promotion, Time(30)) {
            Ok(permit) => assert_eq!(claimed.get(address), Some(&permit.evidence()), "{state:?} {flags:?}"),
            Err(refusal) => {
                assert_eq!(
                    skipped.get(&mail(n as u64)).map(String::as_str),
                    Some(refusal.word()),
                    "{state:?} {flags:?}"
                );
                assert!(!claimed.contains_key(address), "{state:?} {flags:?}");
            }
        }
    }
    assert_eq!(claimed.len() + skipped.len(), people.len());
    s.row_of(id).await;
}

pub(super) async fn a_retry_is_judged_again(s: Fixture) {
    s.people(0..10).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    s.settle(all(&step.claimed, &retry(Time(30)), Time(30))).await;
    for n in 0..7 {
        s.stop(n).await;
    }
    let step = s.step(Vec::new(), 10).await;
    assert_eq!((step.claimed.len(), step.refused), (3, 7));
    assert!(step.claimed.iter().all(|c| c.attempt == 2 && c.first_try == Time(30)));
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    let row = s.row_of(id).await;
    assert_eq!((row.tally.sent, row.tally.skipped, row.state), (3, 7, BroadcastState::Done));
}

pub(super) async fn service_messages_and_retries_come_first(s: Fixture) {
    s.people(0..20).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 2).await;
    s.settle(all(&step.claimed, &retry(Time(29)), Time(29))).await;
    let address = s.address(mail(15)).await.id;
    s.store.service_add(vec![s.service(Class::Welcome, address)], Time(29)).await.unwrap();
    let only = ClaimRequest { bulk: false, ..ClaimRequest::new(5, Time(28)) };
    let step = s.store.dispatch_step(s.transport, [1; 16], Vec::new(), Some(only)).await.unwrap();
    assert!(step.claimed.is_empty() && step.next_due == Some(Time(29)), "nothing is due yet: {:?}", step.next_due);
    let step = s.step(Vec::new(), 5).await;
    let words: Vec<_> = step
        .claimed
        .iter()
        .map(|c| match c.work {
            ClaimKind::Service { class: Class::Welcome, .. } => "service",
            ClaimKind::Broadcast { lease: None, .. } => "retry",
            ClaimKind::Broadcast { .. } => "lease",
            ClaimKind::Service { .. } => "other",
        })
        .collect();
    assert_eq!(words, ["service", "retry", "retry", "lease", "lease"]);
    assert!(step.more);
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    s.row_of(id).await;
}

pub(super) async fn half_of_a_claim_is_for_those_never_tried(s: Fixture) {
    s.people(0..100).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 60).await;
    s.settle(all(&step.claimed, &retry(Time(29)), Time(29))).await;
    let kinds = |step: &DispatchResult| {
        let fresh = step.claimed.iter().filter(|c| c.attempt == 1).count();
        (step.claimed.len() - fresh, fresh)
    };
    for _ in 0..4 {
        let step = s.step(Vec::new(), 10).await;
        assert_eq!(kinds(&step), (5, 5), "60 are due and 40 were never tried");
    }
    // One alone: whose turn it is, the caller says.
    let one = async |retries| {
        let claim = ClaimRequest { retries, ..ClaimRequest::new(1, Time(30)) };
        kinds(&s.store.dispatch_step(s.transport, [1; 16], Vec::new(), Some(claim)).await.unwrap())
    };
    assert_eq!((one(0).await, one(1).await), ((0, 1), (1, 0)));
    assert_eq!(kinds(&s.step(Vec::new(), 60).await), (39, 19), "what the fresh leave free goes to retries");
    for retries in [0, 5] {
        let claim = ClaimRequest { retries, ..ClaimRequest::new(5, Time(30)) };
        let step = s.store.dispatch_step(s.transport, [1; 16], Vec::new(), Some(claim)).await.unwrap();
        assert_eq!((kinds(&step), step.more), ((0, 0), false), "nothing more is there");
    }
    s.row_of(id).await;
}

pub(super) async fn a_destination_that_rests_is_passed_over(s: Fixture) {
    s.people(0..700).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 100).await;
    s.settle(all(&step.claimed, &retry(Time(29)), Time(29))).await;
    let stops = (0..700).find(|n| mail(*n).value() == &*step.claimed[0].address).unwrap();
    s.stop(stops).await;
    let domain = Destination::of(mail(0).channel(), mail(0).value()).unwrap();
    let until = Time(60_000);
    let claim = ClaimRequest {
        resting: [(domain, DestinationRest { until, spread: std::time::Duration::from_secs(60) })].into(),
        ..ClaimRequest::new(5, Time(30))
    };
    let step = s.store.dispatch_step(s.transport, [1; 16], Vec::new(), Some(claim.clone())).await.unwrap();
    assert_eq!((step.claimed.len(), step.refused, step.postponed), (0, 1, 699), "a stop wins also there");
    let row = s.row_of(id).await;
    assert_eq!((row.tally.retry, row.tally.queued, row.tally.skipped), (699, 0, 1));
    let waiting = s.deliveries(id, DeliveryState::Retry).await;
    assert!(waiting.iter().all(|d| d.attempts <= 1), "nothing of this is an attempt");
    assert!(step.next_due.is_some_and(|due| due >= until), "{:?}", step.next_due);
    // Another destination's rest changes nothing; they come back spread, not at once.
    let elsewhere = Destination::of(mail(0).channel(), "a@elsewhere.example").unwrap();
    let at = |now| ClaimRequest {
        resting: [(elsewhere, DestinationRest { until: Time(i64::MAX), spread: std::time::Duration::ZERO })].into(),
        ..ClaimRequest::new(1_000, now)
    };
    let mut back = Vec::new();
    for now in [60_000, 75_000, 90_000, 105_000, 120_001] {
        let step = s.store.dispatch_step(s.transport, [1; 16], Vec::new(), Some(at(Time(now)))).await.unwrap();
        back.push(step.claimed.len());
    }
    assert_eq!(back.iter().sum::<usize>(), 699);
    assert!(back[1..].iter().all(|n| (100..=250).contains(n)), "{back:?}");
    s.row_of(id).await;
    // A rest is over at its end, not after it.
    let fresh = s.broadcast().await;
    for (end, claimed) in [(30, 1), (31, 0)] {
        let rest = DestinationRest { until: Time(end), spread: std::time::Duration::ZERO };
        let claim = ClaimRequest { resting: [(domain, rest)].into(), ..ClaimRequest::new(1, Time(30)) };
        let step = s.store.dispatch_step(s.transport, [1; 16], Vec::new(), Some(claim)).await.unwrap();
        assert_eq!((step.claimed.len(), step.postponed > 0), (claimed, claimed == 0), "{end}");
        s.settle(all(&step.claimed, &DeliveryOutcome::Untouched, Time(30))).await;
    }
    s.row_of(fresh).await;
}

/// The end of a lease is not there: the claim goes on behind it, and what is there is taken once.
pub(super) async fn a_lease_whose_last_rows_are_gone_ends(mut s: Fixture) {
    s.people(0..5).await;
    let id = s.broadcast().await;
    s.damage("DELETE FROM delivery WHERE id = (SELECT max(id) FROM delivery)").await;
    // Of many that are read because a destination rests, no more are taken than wanted, and none of the rest is lost.
    let elsewhere = Destination::of(mail(0).channel(), "a@elsewhere.example").unwrap();
    let rest = DestinationRest { until: Time(i64::MAX), spread: std::time::Duration::ZERO };
    let mut taken = Vec::new();
    for want in [1, 1, 2, 0, 0] {
        let claim =
            ClaimRequest { resting: [(elsewhere, rest)].into(), ..ClaimRequest::new(2.min(want.max(1)), Time(30)) };
        let step = s.store.dispatch_step(s.transport, SESSION, Vec::new(), Some(claim)).await.unwrap();
        assert_eq!(step.claimed.len(), want as usize, "{taken:?}");
        taken.extend(all(&step.claimed, &sent(), Time(31)));
    }
    s.settle(taken).await;
    let sent = s.deliveries(id, DeliveryState::Sent).await;
    assert_eq!(sent.len(), 4);
}

/// More retries than are read at once wait for a destination that rests, and the others are behind them.
pub(super) async fn a_destination_that_rests_hides_no_other(s: Fixture) {
    let others: Vec<_> = (0..5).map(|n| spelled(&format!("q{n}@y.example"))).collect();
    s.import(ImportClass::A, others.into_iter().map(|a| Fixture::row(ImportClass::A, vec![a])).collect(), Time(6))
        .await;
    s.people(0..300).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 305).await;
    let due = |c: &Claimed| retry(Time(if c.address.ends_with("@y.example") { 30 } else { 29 }));
    s.settle(step.claimed.iter().map(|c| settled(c, due(c), Time(29))).collect()).await;
    let domain = Destination::of(mail(0).channel(), mail(0).value()).unwrap();
    let rest = DestinationRest { until: Time(60_000), spread: std::time::Duration::ZERO };
    let claim = ClaimRequest { resting: [(domain, rest)].into(), ..ClaimRequest::new(10, Time(30)) };
    let step = s.store.dispatch_step(s.transport, [1; 16], Vec::new(), Some(claim)).await.unwrap();
    assert_eq!((step.claimed.len(), step.postponed, step.more), (5, 300, false));
    s.row_of(id).await;
}

pub(super) async fn some_are_claimed_by_id(s: Fixture) {
    s.people(0..20).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 6).await;
    // Four are to be retried, due much later; one of them says stop. Two are out.
    s.settle(step.claimed.iter().take(4).map(|c| settled(c, retry(Time(9_000)), Time(30))).collect()).await;
    let ids: Vec<_> = step.claimed.iter().map(|c| c.permit.delivery()).collect();
    let stops = (0..20).find(|n| mail(*n).value() == &*step.claimed[3].address).unwrap();
    s.stop(stops).await;
    let address = s.address(mail(15)).await.id;
    let service = s.store.service_add(vec![s.service(Class::Answer, address)], Time(9_000)).await.unwrap()[0];
    let these = async |these: Vec<DeliveryId>, transport| {
        let step = s.store.dispatch_by_id(transport, [7; 16], these, Time(40)).await.unwrap();
        (step.claimed.iter().map(|c| c.permit.delivery()).collect::<Vec<_>>(), step.refused)
    };
    let other = s.store.transport_sync(vec!["other".into()]).await.unwrap()[0];
    assert_eq!(these(ids.clone(), other).await, (Vec::new(), 0), "another transport's");
    // The first, the one who stopped, one that is out, one that was never claimed, a message, one that never was.
    let named = vec![ids[0], ids[3], ids[4], DeliveryId(ids[5].0 + 1), service, DeliveryId(999_999), DeliveryId(-99)];
    assert_eq!(these(named, s.transport).await, (vec![ids[0], service], 1));
    let tally = s.row_of(id).await.tally;
    assert_eq!((tally.in_flight, tally.retry, tally.skipped, tally.queued), (3, 2, 1, 14), "{tally:?}");
    s.store.broadcast_change(id, BroadcastAction::Pause, Time(41)).await.unwrap();
    assert_eq!(these(vec![ids[1]], s.transport).await, (Vec::new(), 0), "not while its broadcast is paused");
    let doubts = s.store.in_doubt(s.transport).await.unwrap();
    assert_eq!(doubts.iter().filter(|d| d.session == [7; 16]).count(), 2);
    s.row_of(id).await;
}

pub(super) async fn a_claim_spans_leases_and_broadcasts(s: Fixture) {
    s.people(0..50).await;
    let first = s.add(s.new_broadcast()).await;
    while !s.store.fan_out(first, 7, choose(s.transport), Time(10)).await.unwrap().finished {}
    let second = s.broadcast().await;
    let step = s.step(Vec::new(), 80).await;
    assert_eq!((step.claimed.len(), step.more), (80, true));
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    let step = s.step(Vec::new(), 80).await;
    assert_eq!((step.claimed.len(), step.more), (20, false));
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    for id in [first, second] {
        assert_eq!((s.row_of(id).await.tally.sent, s.row_of(id).await.state), (50, BroadcastState::Done));
    }
}

pub(super) async fn broadcasts_take_turns(s: Fixture) {
    s.people(0..30).await;
    let ids = [s.broadcast().await, s.broadcast().await, s.broadcast().await];
    let (mut after, mut turns) = (None, Vec::new());
    for _ in 0..6 {
        let claim = ClaimRequest { after, ..ClaimRequest::new(10, Time(30)) };
        let step = s.store.dispatch_step(s.transport, [1; 16], Vec::new(), Some(claim)).await.unwrap();
        let served: BTreeSet<_> = step.claimed.iter().map(|c| broadcast_of(c).unwrap()).collect();
        assert_eq!(served.len(), 1);
        after = served.first().copied();
        turns.push(after.unwrap());
    }
    assert_eq!(turns, [ids[0], ids[1], ids[2], ids[0], ids[1], ids[2]]);
}

fn broadcast_of(c: &Claimed) -> Option<rundruf_consent::BroadcastId> {
    match c.work {
        ClaimKind::Broadcast { broadcast, .. } => Some(broadcast),
        ClaimKind::Service { .. } => None,
    }
}

pub(super) async fn each_transport_gets_its_own(s: Fixture) {
    s.people(0..60).await;
    let other = s.store.transport_sync(vec!["t".into(), "u".into()]).await.unwrap()[1];
    let id = s.add(s.new_broadcast()).await;
    let mine = s.transport;
    // Every third is skipped, the rest go by turns: a page has one lease for each transport all the same.
    let turns: FanOutChooser = Arc::new(move |candidates| match candidates[0].address.0 % 3 {
        0 => FanOutChoice::Skip(0, Refusal::FrequencyCap),
        1 => FanOutChoice::Send(0, mine),
        _ => FanOutChoice::Send(0, other),
    });
    s.fan_out(id, turns).await;
    for transport in [mine, other] {
        let claim = ClaimRequest::new(100, Time(30));
        let step = s.store.dispatch_step(transport, [1; 16], Vec::new(), Some(claim)).await.unwrap();
        let leases: BTreeSet<_> = step
            .claimed
            .iter()
            .map(|c| match c.work {
                ClaimKind::Broadcast { lease, .. } => lease,
                ClaimKind::Service { .. } => None,
            })
            .collect();
        assert_eq!((step.claimed.len(), leases.len()), (20, 1));
        let settle = step.claimed.iter().map(|c| settled(c, sent(), Time(31))).collect();
        s.store.dispatch_step(transport, [1; 16], settle, None).await.unwrap();
    }
    let row = s.row_of(id).await;
    assert_eq!((row.tally.sent, row.tally.skipped), (40, 20));
    assert_eq!(row.tally.skipped_by.get(&RefusalKey(Refusal::FrequencyCap)), Some(&20));
}

pub(super) async fn a_dry_run_says_what_fan_out_does(s: Fixture) {
    s.people(0..40).await;
    for n in 0..10 {
        s.stop(n).await;
    }
    s.stranger(99).await;
    let preview = s.store.fan_out_preview(s.list, choose(s.transport), None).await.unwrap();
    assert_eq!((preview.total, preview.by_channel["email"], preview.skipped_by["withdrawn"]), (40, 30, 10));
    let mut told = Vec::new();
    loop {
        let after = told.last().map_or(FROM_THE_FIRST, |r: &FanOutPreviewRow| r.contact);
        let page = s.store.fan_out_explain(s.list, choose(s.transport), None, (after, 7)).await.unwrap();
        if page.is_empty() {
            break;
        }
        told.extend(page);
    }
    let id = s.broadcast().await;
    let row = s.row_of(id).await;
    assert_eq!((row.tally.queued, row.tally.skipped, told.len()), (30, 10, 40));
    for d in s.store.delivery_list(id, None, DeliveryId(0), 1_000).await.unwrap() {
        let said = told.iter().find(|t| t.contact == d.contact).unwrap();
        assert_eq!(said.verdict.ok(), d.transport);
        assert_eq!(said.verdict.err().map(|r| r.word().to_owned()), d.reason);
    }
    // A dry run writes nothing, whatever the day is.
    assert_eq!(s.store.broadcast_list(false, 10).await.unwrap().len(), 1);
    assert!(s.step_at(Vec::new(), 100, day(1)).await.claimed.len() == 30);
}
