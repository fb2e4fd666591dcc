//! Settlements, what is in doubt, receipts.

use super::fixture::{Fixture, KEY, SESSION, all, mail, retry, sent, settled};
use rundruf_consent::{Address, BroadcastId, Channel, Class, DeliveryId, EventId, ImportClass, Refusal, Time};
use rundruf_store::*;

pub(super) async fn every_end_is_counted(s: Fixture) {
    s.people(0..6).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    let ends = [
        sent(),
        retry(Time(30)),
        DeliveryOutcome::Failed { code: 300, detail: "no".into() },
        DeliveryOutcome::Unknown { detail: "cut".into() },
        DeliveryOutcome::Untouched,
        DeliveryOutcome::Skipped(Refusal::NotRendered),
    ];
    let settle = step.claimed.iter().zip(ends).map(|(c, to)| settled(c, to, Time(31))).collect();
    let step = s.step(settle, 10).await;
    let t = s.row_of(id).await.tally;
    assert_eq!((t.sent, t.failed, t.unknown, t.in_flight, t.skipped, t.retry), (1, 1, 1, 1, 1, 1));
    // What was untouched is due at the time of its settlement, one millisecond after this claim.
    assert_eq!((step.claimed.len(), step.claimed[0].attempt, step.next_due), (1, 2, Some(Time(31))));
    let failed = s.deliveries(id, DeliveryState::Failed).await;
    assert_eq!((failed[0].reason.as_deref(), failed[0].attempts), (Some("300 no"), 1));
    let skipped = s.deliveries(id, DeliveryState::Skipped).await;
    assert_eq!(skipped[0].reason.as_deref(), Some("not_rendered"));
    let delivered = s.deliveries(id, DeliveryState::Sent).await;
    assert_eq!((delivered[0].remote_id.as_deref(), delivered[0].at), (Some("r"), Some(Time(31))));
    assert!(delivered[0].evidence.is_some());
}

pub(super) async fn a_second_outcome_is_a_stray(s: Fixture) {
    s.people(0..3).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    let failed = DeliveryOutcome::Failed { code: 1, detail: "late".into() };
    assert_eq!(s.step(all(&step.claimed, &failed, Time(32)), 0).await.strays, 3, "a second outcome changes nothing");
    let nobody = Settlement {
        delivery: DeliveryId(999),
        evidence: EventId(1),
        broadcast: Some(id),
        lease: None,
        to: sent(),
        at: Time(33),
    };
    assert_eq!(s.step(vec![nobody], 0).await.strays, 1);
    // The same outside of broadcasts, and both together are counted together.
    let address = s.address(mail(0)).await.id;
    s.store.service_add(vec![s.service(Class::Answer, address); 2], Time(40)).await.unwrap();
    let services = s.step_at(Vec::new(), 10, Time(41)).await;
    assert_eq!(services.claimed.len(), 2);
    s.settle(all(&services.claimed, &sent(), Time(42))).await;
    assert_eq!(s.step(all(&services.claimed, &sent(), Time(43)), 0).await.strays, 2);
    let both = [all(&step.claimed, &failed, Time(44)), all(&services.claimed, &failed, Time(44))].concat();
    assert_eq!(s.step(both, 0).await.strays, 5);
    let row = s.row_of(id).await;
    assert_eq!((row.tally.sent, row.tally.failed, row.state), (3, 0, BroadcastState::Done));
}

pub(super) async fn untouched_counts_no_attempt(s: Fixture) {
    s.people(0..1).await;
    let id = s.broadcast().await;
    for round in 0..3 {
        let step = s.step(Vec::new(), 10).await;
        assert_eq!(step.claimed[0].attempt, 1, "round {round}");
        s.settle(all(&step.claimed, &DeliveryOutcome::Untouched, Time(30))).await;
    }
    let step = s.step(Vec::new(), 10).await;
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    assert_eq!(s.row_of(id).await.tally.sent, 1);
    assert_eq!(s.deliveries(id, DeliveryState::Sent).await[0].attempts, 1);
}

fn back(doubts: &[InDoubt], to: &DeliveryOutcome) -> Vec<Settlement> {
    doubts
        .iter()
        .map(|d| Settlement {
            delivery: d.delivery,
            evidence: d.evidence,
            broadcast: d.broadcast,
            lease: d.lease,
            to: to.clone(),
            at: Time(25),
        })
        .collect()
}

pub(super) async fn what_was_in_flight_is_found(mut s: Fixture) {
    s.people(0..30).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 20).await;
    s.settle(step.claimed.iter().take(5).map(|c| settled(c, retry(Time(30)), Time(30))).collect()).await;
    s.settle(step.claimed.iter().skip(5).take(5).map(|c| settled(c, sent(), Time(30))).collect()).await;
    // Two of the retries are in flight again, under another session, and one service message.
    let claim = ClaimRequest { retries: 2, ..ClaimRequest::new(2, Time(30)) };
    s.store.dispatch_step(s.transport, [2; 16], Vec::new(), Some(claim)).await.unwrap();
    let address = s.address(mail(0)).await.id;
    let service = s.store.service_add(vec![s.service(Class::Answer, address)], Time(29)).await.unwrap()[0];
    s.step(Vec::new(), 1).await;
    s.reopen().await;
    let doubts = s.store.in_doubt(s.transport).await.unwrap();
    let of = |session: u8| doubts.iter().filter(|d| d.session == [session; 16]).count();
    assert_eq!((doubts.len(), of(1), of(2)), (13, 11, 2));
    for d in &doubts {
        let instance = s.store.secrets().instance_key;
        let key = if d.broadcast.is_some() { KEY } else { instance };
        assert_eq!((&d.message_id[..8], &d.message_id[8..]), (&key[..], &d.delivery.0.to_be_bytes()[..]));
        assert_eq!(d.attempts, u32::from(d.session != SESSION), "attempts before");
        assert_eq!(d.delivery == service, d.broadcast.is_none());
    }
    s.settle(back(&doubts, &DeliveryOutcome::Untouched)).await;
    assert!(s.store.in_doubt(s.transport).await.unwrap().is_empty());
    let row = s.row_of(id).await;
    assert_eq!((row.tally.retry, row.tally.queued, row.tally.in_flight), (15, 10, 0));
    let step = s.step(Vec::new(), 100).await;
    assert_eq!(step.claimed.len(), 26, "fifteen again, ten for the first time, one service message");
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    assert_eq!(s.row_of(id).await.tally.sent, 30);
}

pub(super) async fn service_messages_end_too(s: Fixture) {
    s.people(0..1).await;
    let address = s.address(mail(0)).await.id;
    let service = || s.service(Class::Answer, address);
    let ids = s.store.service_add(vec![service(), service(), service(), service()], Time(1)).await.unwrap();
    assert!(ids.iter().all(|id| id.0 < 0), "service messages have negative numbers");
    let step = s.step(Vec::new(), 10).await;
    assert_eq!(step.claimed.len(), 4);
    let ends = [
        sent(),
        retry(Time(40)),
        DeliveryOutcome::Failed { code: 5, detail: "no".into() },
        DeliveryOutcome::Unknown { detail: "cut".into() },
    ];
    let settle = step.claimed.iter().zip(ends).map(|(c, to)| settled(c, to, Time(31))).collect();
    let step = s.step(settle, 10).await;
    assert_eq!((step.claimed.len(), step.next_due), (0, Some(Time(40))));
    let mut states = Vec::new();
    for id in ids {
        states.push(s.store.service_get(id).await.unwrap().unwrap().state);
    }
    let (sent, retry) = (DeliveryState::Sent, DeliveryState::Retry);
    assert_eq!(states, [sent, retry, DeliveryState::Failed, DeliveryState::Unknown]);
    let step = s.step_at(Vec::new(), 10, Time(40)).await;
    assert_eq!((step.claimed.len(), step.claimed[0].attempt), (1, 2));
    let over = NewService { expires: Some(Time(50)), ..service() };
    let late = s.store.service_add(vec![over], Time(45)).await.unwrap()[0];
    assert_eq!(s.step_at(Vec::new(), 10, Time(50)).await.refused, 1);
    assert_eq!(s.store.service_get(late).await.unwrap().unwrap().reason.as_deref(), Some("expired"));
}

pub(super) async fn a_person_decides_about_the_unknown(s: Fixture) {
    s.people(0..6).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    s.settle(all(&step.claimed, &DeliveryOutcome::Unknown { detail: "cut".into() }, Time(31))).await;
    let row = s.row_of(id).await;
    assert_eq!((row.tally.unknown, row.state), (6, BroadcastState::Done));
    let unknown = s.deliveries(id, DeliveryState::Unknown).await;
    assert_eq!(unknown.len(), 6);
    let resolve = |d: Option<DeliveryId>, how| s.store.unknown_resolve(id, d, how, Time(60));
    assert_eq!(resolve(Some(unknown[0].id), UnknownResolution::Sent).await.unwrap(), 1);
    assert_eq!(resolve(Some(unknown[0].id), UnknownResolution::Failed).await.unwrap(), 0, "decided once");
    assert_eq!(resolve(Some(unknown[1].id), UnknownResolution::Failed).await.unwrap(), 1);
    assert_eq!(s.row_of(id).await.state, BroadcastState::Done);
    assert_eq!(resolve(None, UnknownResolution::Resend).await.unwrap(), 4);
    let row = s.row_of(id).await;
    assert_eq!((row.state, row.tally.retry, row.tally.sent, row.tally.failed), (BroadcastState::Running, 4, 1, 1));
    let step = s.step_at(Vec::new(), 10, Time(60)).await;
    assert_eq!((step.claimed.len(), step.claimed[0].attempt), (4, 2));
    s.settle(all(&step.claimed, &DeliveryOutcome::Unknown { detail: "cut".into() }, Time(61))).await;
    assert_eq!(s.row_of(id).await.state, BroadcastState::Done);
    let other = s.broadcast().await;
    let step = s.step(Vec::new(), 1).await;
    s.settle(all(&step.claimed, &DeliveryOutcome::Unknown { detail: "cut".into() }, Time(62))).await;
    s.store.broadcast_change(other, BroadcastAction::Cancel, Time(63)).await.unwrap();
    let refused = s.store.unknown_resolve(other, None, UnknownResolution::Resend, Time(64)).await;
    assert!(matches!(refused, Err(StoreError::State(_))), "nothing of a cancelled broadcast is sent again");
    assert_eq!(s.store.unknown_resolve(other, None, UnknownResolution::Failed, Time(64)).await.unwrap(), 1);
    s.row_of(other).await;
}

pub(super) async fn only_the_failed_are_sent_again(s: Fixture) {
    s.people(0..6).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    let (well, badly) = step.claimed.split_at(3);
    s.settle(all(well, &DeliveryOutcome::Sent { remote_id: "x".into() }, Time(31))).await;
    s.settle(all(badly, &DeliveryOutcome::Failed { code: 0, detail: "no".into() }, Time(32))).await;
    assert_eq!(s.row_of(id).await.state, BroadcastState::Done);
    assert_eq!(s.store.resend_failed(id, Time(60)).await.unwrap(), 3);
    assert_eq!(s.store.resend_failed(id, Time(60)).await.unwrap(), 0, "once");
    let row = s.row_of(id).await;
    assert_eq!((row.state, row.tally.retry, row.tally.sent, row.tally.failed), (BroadcastState::Running, 3, 3, 0));
    let step = s.step_at(Vec::new(), 10, Time(61)).await;
    assert_eq!(step.claimed.len(), 3);
    s.settle(all(&step.claimed, &DeliveryOutcome::Failed { code: 0, detail: "no".into() }, Time(62))).await;
    assert_eq!(s.row_of(id).await.state, BroadcastState::Done);
    let over = s.add(NewBroadcast { expires_at: Some(Time(100)), ..s.new_broadcast() }).await;
    assert!(matches!(s.store.resend_failed(over, Time(100)).await, Err(StoreError::State(_))), "its time is over");
}

pub(super) async fn a_late_outcome_corrects_an_unknown_one(s: Fixture) {
    s.people(0..3).await;
    let id: BroadcastId = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    s.settle(all(&step.claimed, &DeliveryOutcome::Unknown { detail: "no answer".into() }, Time(31))).await;
    let counts = async || {
        let row = s.row_of(id).await;
        (row.state, row.tally.sent, row.tally.retry, row.tally.unknown)
    };
    assert_eq!(counts().await, (BroadcastState::Done, 0, 0, 3));
    let ids: Vec<_> = step.claimed.iter().map(|c| c.permit.delivery()).collect();
    let correction = |n: usize, sent: Option<&str>| OutcomeCorrection {
        message_id: receipt(s.transport, KEY, ids[n], 0).message_id,
        sent: sent.map(Into::into),
        at: Time(40),
    };
    let correct = async |transport, all| s.store.outcome_correct(transport, all).await.unwrap();
    let foreign = s.store.transport_sync(vec!["t".into(), "other".into()]).await.unwrap()[1];
    assert_eq!(correct(foreign, vec![correction(0, Some("r"))]).await, 0, "another transport has no say");
    assert_eq!(correct(s.transport, vec![correction(0, Some("r")), correction(1, None)]).await, 2);
    assert_eq!(counts().await, (BroadcastState::Running, 1, 1, 1), "one was sent, one goes to the queue again");
    assert_eq!(correct(s.transport, vec![correction(0, None), correction(1, Some("r"))]).await, 0, "once");
    let again = s.step_at(Vec::new(), 10, Time(50)).await;
    assert_eq!((again.claimed.len(), again.claimed[0].attempt), (1, 1), "the attempt did not count");
    s.settle(all(&again.claimed, &sent(), Time(51))).await;
    assert_eq!(counts().await, (BroadcastState::Done, 2, 0, 1));
    s.healthy().await;
}

pub(super) async fn a_person_gets_the_message_elsewhere_once(s: Fixture) {
    let sms = Address::parse(Channel::Sms, "+491701234567", None).unwrap();
    s.import(ImportClass::A, vec![Fixture::row(ImportClass::A, vec![mail(0), sms])], Time(6)).await;
    let id: BroadcastId = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    let [first] = step.claimed.as_slice() else { panic!("{:?}", step.claimed) };
    let (delivery, channel) = (first.permit.delivery(), first.channel);
    let failed = DeliveryOutcome::Failed { code: 306, detail: "not here".into() };
    let transport = s.transport;
    let any: FanOutChooser = std::sync::Arc::new(move |all| match all {
        [] => FanOutChoice::Skip(0, Refusal::NoAddress),
        _ => FanOutChoice::Send(0, transport),
    });
    let elsewhere = async |delivery, now| s.store.send_elsewhere(delivery, any.clone(), now).await.unwrap();
    assert_eq!(elsewhere(delivery, Time(31)).await, None, "it has not failed");
    s.settle(all(&step.claimed, &failed, Time(31))).await;
    assert_eq!(s.row_of(id).await.state, BroadcastState::Done);
    assert_eq!(elsewhere(delivery, Time(40)).await, Some(transport));
    let row = s.row_of(id).await;
    assert_eq!((row.state, row.tally.total, row.tally.failed, row.tally.retry), (BroadcastState::Running, 2, 1, 1));
    let step = s.step_at(Vec::new(), 10, Time(50)).await;
    assert_eq!(step.claimed.len(), 1);
    assert_ne!(step.claimed[0].channel, channel, "the other address, through the gate");
    s.settle(all(&step.claimed, &failed, Time(51))).await;
    assert_eq!(elsewhere(step.claimed[0].permit.delivery(), Time(60)).await, None, "both were tried");
    assert_eq!(elsewhere(delivery, Time(61)).await, None);
    assert_eq!(s.row_of(id).await.state, BroadcastState::Done);
    s.healthy().await;
}

pub(super) async fn a_receipt_finds_its_message_by_the_providers_id(s: Fixture) {
    s.people(0..2).await;
    let id: BroadcastId = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    let ids: Vec<_> = step.claimed.iter().map(|c| c.permit.delivery()).collect();
    let detail = |n: usize, remote_ids: &[&str], parts| SentDetail {
        delivery: ids[n],
        broadcast: Some(id),
        remote_ids: remote_ids.iter().map(|id| (*id).into()).collect(),
        parts,
        cost_micro: 75_000,
        currency: "EUR".into(),
        at: Time(31),
    };
    s.store.sent_details(s.transport, vec![detail(0, &["a1", "a2"], 2), detail(1, &["b1"], 1)]).await.unwrap();
    for (remote_id, n) in [("a1", 0), ("a2", 0), ("b1", 1)] {
        let found = s.store.message_of(s.transport, remote_id.to_owned()).await.unwrap();
        assert_eq!(found, Some(receipt(s.transport, KEY, ids[n], 0).message_id), "{remote_id}");
    }
    assert_eq!(s.store.message_of(s.transport, "c".to_owned()).await.unwrap(), None);
    let foreign = s.store.transport_sync(vec!["t".into(), "other".into()]).await.unwrap()[1];
    assert_eq!(s.store.message_of(foreign, "a1".to_owned()).await.unwrap(), None, "ids are the transport's own");
    let cost = s.store.broadcast_cost(id).await.unwrap();
    let want = CostTotal { currency: "EUR".into(), messages: 2, parts: 3, cost_micro: 150_000 };
    assert_eq!(cost, [want]);
    s.healthy().await;
}

fn receipt(transport: TransportId, key: [u8; 8], id: DeliveryId, kind: u32) -> ReceiptRow {
    let mut message_id = [0; 16];
    message_id[..8].copy_from_slice(&key);
    message_id[8..].copy_from_slice(&id.0.to_be_bytes());
    ReceiptRow { transport, message_id, kind, at: Time(70), detail: String::new() }
}

pub(super) async fn receipts_move_forward_only(s: Fixture) {
    s.people(0..4).await;
    let id: BroadcastId = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    let ids: Vec<_> = step.claimed.iter().map(|c| c.permit.delivery()).collect();
    let receipt = |key, id, kind| receipt(s.transport, key, id, kind);
    let apply = async |receipts: Vec<ReceiptRow>| s.store.receipt_apply(receipts).await.unwrap();
    assert_eq!(apply(vec![receipt(KEY, ids[0], 0)]).await, 0, "there is no outcome yet");
    s.settle(step.claimed.iter().take(3).map(|c| settled(c, sent(), Time(31))).collect()).await;
    s.settle(vec![settled(&step.claimed[3], DeliveryOutcome::Unknown { detail: "cut".into() }, Time(31))]).await;
    let counts = async || {
        let t = s.row_of(id).await.tally;
        (t.sent, t.delivered, t.read, t.failed, t.unknown)
    };
    assert_eq!(apply(vec![receipt([9; 8], ids[0], 0), receipt(KEY, DeliveryId(99), 0)]).await, 0, "not ours");
    let foreign = s.store.transport_sync(vec!["t".into(), "other".into()]).await.unwrap()[1];
    let forged = ids.iter().map(|id| ReceiptRow { transport: foreign, ..receipt(KEY, *id, 2) });
    assert_eq!(apply(forged.collect()).await, 0, "another transport has no say");
    assert_eq!(counts().await, (3, 0, 0, 0, 1));
    assert_eq!(apply(ids.iter().map(|id| receipt(KEY, *id, 0)).collect()).await, 4);
    assert_eq!(counts().await, (4, 4, 0, 0, 0), "what has arrived is not unknown any more");
    apply(vec![receipt(KEY, ids[0], 1), receipt(KEY, ids[1], 2)]).await;
    assert_eq!(counts().await, (3, 2, 1, 1, 0));
    apply(vec![receipt(KEY, ids[0], 0), receipt(KEY, ids[0], 2), receipt(KEY, ids[1], 1), receipt(KEY, ids[2], 3)])
        .await;
    assert_eq!(counts().await, (3, 2, 1, 1, 0), "nothing goes back");
    let address = s.address(mail(0)).await.id;
    let service = s.store.service_add(vec![s.service(Class::Answer, address)], Time(1)).await.unwrap()[0];
    let step = s.step(Vec::new(), 1).await;
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    assert_eq!(apply(vec![receipt(KEY, service, 2)]).await, 0, "another's key");
    let own = receipt(s.store.secrets().instance_key, service, 2);
    assert_eq!(apply(vec![ReceiptRow { transport: foreign, ..own.clone() }]).await, 0, "another transport has no say");
    assert_eq!(apply(vec![own]).await, 1);
    assert_eq!(s.store.service_get(service).await.unwrap().unwrap().state, DeliveryState::Failed);
}
