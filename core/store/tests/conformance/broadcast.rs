//! Pause, resume, cancel, schedule and expiry are exact.

use super::fixture::{Fixture, all, choose, mail, retry, sent};
use rundruf_consent::{Refusal, Time};
use rundruf_store::*;

pub(super) async fn pause_and_resume_lose_nothing(s: Fixture) {
    s.people(0..50).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    let row = s.store.broadcast_change(id, BroadcastAction::Pause, Time(31)).await.unwrap();
    assert_eq!((row.state, row.tally.in_flight), (BroadcastState::Paused, 10));
    let paused = s.step(all(&step.claimed, &retry(Time(30)), Time(31)), 10).await;
    assert!(paused.claimed.is_empty() && paused.next_due.is_none(), "a paused broadcast has nothing due");
    assert_eq!(s.store.fan_out(id, 10, choose(s.transport), Time(31)).await.unwrap().written, 0);
    s.store.broadcast_change(id, BroadcastAction::Pause, Time(31)).await.unwrap();
    s.store.broadcast_change(id, BroadcastAction::Resume, Time(32)).await.unwrap();
    let step = s.step(Vec::new(), 100).await;
    assert_eq!(step.claimed.len(), 50);
    s.settle(all(&step.claimed, &sent(), Time(33))).await;
    let row = s.row_of(id).await;
    assert_eq!((row.tally.sent, row.state), (50, BroadcastState::Done));
    assert!(matches!(s.store.broadcast_change(id, BroadcastAction::Pause, Time(34)).await, Err(StoreError::State(_))));
}

pub(super) async fn cancel_is_exact(s: Fixture) {
    s.people(0..50).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 10).await;
    let row = s.store.broadcast_change(id, BroadcastAction::Cancel, Time(33)).await.unwrap();
    assert_eq!((row.tally.skipped, row.tally.in_flight, row.tally.queued), (40, 10, 0));
    assert_eq!(row.tally.skipped_by.get(&RefusalKey(Refusal::Cancelled)), Some(&40));
    s.row_of(id).await;
    let step = s.step(all(&step.claimed, &sent(), Time(34)), 10).await;
    assert!(step.claimed.is_empty());
    let row = s.row_of(id).await;
    assert_eq!((row.tally.sent, row.tally.skipped, row.state), (10, 40, BroadcastState::Cancelled));
    s.store.broadcast_change(id, BroadcastAction::Cancel, Time(35)).await.unwrap();
    for to in [BroadcastAction::Resume, BroadcastAction::Pause, BroadcastAction::Start, BroadcastAction::Expire] {
        assert!(matches!(s.store.broadcast_change(id, to, Time(36)).await, Err(StoreError::State(_))), "{to:?}");
    }
    let early = s.add(s.new_broadcast()).await;
    s.store.fan_out(early, 20, choose(s.transport), Time(10)).await.unwrap();
    let row = s.store.broadcast_change(early, BroadcastAction::Cancel, Time(37)).await.unwrap();
    assert_eq!((row.tally.total, row.tally.skipped, row.fanned_out), (20, 20, true), "the rest is never written");
    assert!(s.store.fan_out(early, 20, choose(s.transport), Time(38)).await.unwrap().finished);
    assert!(matches!(
        s.store.broadcast_change(rundruf_consent::BroadcastId(99), BroadcastAction::Cancel, Time(39)).await,
        Err(StoreError::Missing(_))
    ));
}

pub(super) async fn a_retry_does_not_outlive_its_broadcast(s: Fixture) {
    s.people(0..9).await;
    let id = s.broadcast().await;
    let step = s.step(Vec::new(), 9).await;
    let (now, later) = step.claimed.split_at(3);
    s.settle(all(now, &retry(Time(50)), Time(31))).await;
    let row = s.store.broadcast_change(id, BroadcastAction::Cancel, Time(33)).await.unwrap();
    assert_eq!((row.tally.skipped, row.tally.retry, row.tally.in_flight), (3, 0, 6));
    let (later, untouched) = later.split_at(3);
    s.settle(all(later, &retry(Time(50)), Time(34))).await;
    s.settle(all(untouched, &DeliveryOutcome::Untouched, Time(34))).await;
    let row = s.row_of(id).await;
    assert_eq!((row.tally.skipped, row.tally.retry, row.tally.in_flight), (9, 0, 0));
    let step = s.step_at(Vec::new(), 10, Time(60)).await;
    assert!(step.claimed.is_empty() && step.next_due.is_none());
}

pub(super) async fn time_runs_out(mut s: Fixture) {
    s.people(0..50).await;
    let id = s.add(NewBroadcast { expires_at: Some(Time(100)), ..s.new_broadcast() }).await;
    s.fan_out(id, choose(s.transport)).await;
    let step = s.step_at(Vec::new(), 10, Time(99)).await;
    assert_eq!(step.claimed.len(), 10);
    let step = s.step_at(all(&step.claimed, &sent(), Time(99)), 10, Time(100)).await;
    assert!(step.claimed.is_empty(), "nothing is begun at its end");
    // What is left is parked by the writer on its own, or at the next start.
    s.reopen().await;
    let row = s.store.broadcast_change(id, BroadcastAction::Expire, Time(101)).await.unwrap();
    assert_eq!((row.tally.sent, row.tally.skipped, row.state), (10, 40, BroadcastState::Expired));
    assert_eq!(row.tally.skipped_by.get(&RefusalKey(Refusal::BroadcastExpired)), Some(&40));
    s.row_of(id).await;
}

pub(super) async fn time_runs_out_for_retries(s: Fixture) {
    s.people(0..3).await;
    let id = s.add(NewBroadcast { expires_at: Some(Time(100)), ..s.new_broadcast() }).await;
    s.fan_out(id, choose(s.transport)).await;
    let step = s.step(Vec::new(), 10).await;
    s.settle(all(&step.claimed, &retry(Time(100)), Time(31))).await;
    let step = s.step_at(Vec::new(), 10, Time(100)).await;
    assert!(step.claimed.is_empty() && step.next_due.is_none());
    let row = s.store.broadcast_change(id, BroadcastAction::Expire, Time(101)).await.unwrap();
    assert_eq!((row.tally.skipped, row.state), (3, BroadcastState::Expired));
    s.row_of(id).await;
}

pub(super) async fn a_schedule_is_kept(s: Fixture) {
    s.people(0..3).await;
    let id = s.add(NewBroadcast { start_at: Some(Time(100)), ..s.new_broadcast() }).await;
    assert_eq!(s.row_of(id).await.state, BroadcastState::Scheduled);
    assert_eq!(s.store.fan_out(id, 10, choose(s.transport), Time(50)).await.unwrap().written, 0);
    s.store.broadcast_change(id, BroadcastAction::Pause, Time(50)).await.unwrap();
    let row = s.store.broadcast_change(id, BroadcastAction::Resume, Time(60)).await.unwrap();
    assert_eq!(row.state, BroadcastState::Scheduled, "it waits for its time again");
    s.store.broadcast_change(id, BroadcastAction::Start, Time(100)).await.unwrap();
    s.fan_out(id, choose(s.transport)).await;
    assert_eq!(s.row_of(id).await.tally.queued, 3);
    let other = s.store.broadcast_add(NewBroadcast { start_at: Some(Time(5)), ..s.new_broadcast() }, Time(10)).await;
    assert_eq!(s.row_of(other.unwrap()).await.state, BroadcastState::Running, "its time has come already");
}

pub(super) async fn nobody_is_a_broadcast_too(s: Fixture) {
    let id = s.broadcast().await;
    let row = s.row_of(id).await;
    assert_eq!((row.tally.total, row.state, row.fanned_out), (0, BroadcastState::Done, true));
    s.people(0..2).await;
    s.stop(0).await;
    s.stop(1).await;
    let id = s.broadcast().await;
    let row = s.row_of(id).await;
    assert_eq!((row.tally.skipped, row.state), (2, BroadcastState::Done), "nobody is left to write to");
    assert_eq!(s.address(mail(0)).await.consents.len(), 1);
}
