//! Pause, resume and cancel are exact; the clock begins and ends broadcasts.

use crate::engine_fixture::{DAY, EngineFixture};
use rundruf_consent::{Refusal, Time};
use rundruf_engine::EngineError;
use rundruf_store::{BroadcastAction, BroadcastState, RefusalKey};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn pause_and_resume_send_each_message_once() {
    let s = EngineFixture::with(|c| c.transports[0].rate_per_s = Some(40.0)).await;
    s.subscribers(120, "angebote").await;
    let id = s.send("angebote", "Hallo {{ first_name }}").await;
    for _ in 0..3 {
        s.until(id, "going on", |row| row.tally.sent > 0).await;
        let status = s.engine.broadcast_change(id, BroadcastAction::Pause).await.unwrap();
        assert_eq!(status.row.state, BroadcastState::Paused);
        let at_rest = s.until(id, "at rest", |row| row.tally.in_flight == 0).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(s.row(id).await.tally, at_rest, "a pause is a pause");
        assert_eq!(s.messages().len() as u64, at_rest.sent);
        s.engine.broadcast_change(id, BroadcastAction::Resume).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let tally = s.done(id).await;
    assert_eq!((tally.sent, s.messages().len()), (120, 120));
    assert!(s.deliveries(id).await.iter().all(|d| d.attempts == 1));
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_broadcast_sends_nothing_more() {
    let s = EngineFixture::with(|c| c.transports[0].rate_per_s = Some(50.0)).await;
    s.subscribers(100, "angebote").await;
    let id = s.send("angebote", "Hallo {{ first_name }}").await;
    s.until(id, "going on", |row| row.tally.sent > 0).await;
    s.engine.broadcast_change(id, BroadcastAction::Cancel).await.unwrap();
    let tally = s.until(id, "at rest", |row| row.tally.in_flight == 0).await;
    assert_eq!(tally.sent + tally.skipped_by[&RefusalKey(Refusal::Cancelled)], 100, "{tally:?}");
    assert_eq!(s.messages().len() as u64, tally.sent);
    assert!(s.engine.broadcast_change(id, BroadcastAction::Resume).await.is_err());
    let second = s.send("angebote", "Noch einmal").await;
    assert!(second > id);
    s.engine.broadcast_change(second, BroadcastAction::Cancel).await.unwrap();
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_starts_and_expires_on_time() {
    let s = EngineFixture::new().await;
    s.subscribers(5, "angebote").await;
    let at = |days: u32| Some(s.clock.now().plus(DAY * days));
    let mut form = EngineFixture::form("angebote", "Morgen");
    form.at = at(1);
    form.expires_at = at(1);
    assert!(matches!(s.engine.broadcast_send(form.clone()).await, Err(EngineError::Refused { code: "expires", .. })));
    form.expires_at = at(2);
    let tomorrow = s.engine.broadcast_send(form).await.unwrap();
    let mut form = EngineFixture::form("angebote", "Zu spät");
    form.at = at(5);
    form.expires_at = at(6);
    let late = s.engine.broadcast_send(form).await.unwrap();
    for id in [tomorrow, late] {
        assert_eq!(s.row(id).await.state, BroadcastState::Scheduled);
    }
    s.clock.advance(DAY);
    assert_eq!(s.done(tomorrow).await.sent, 5);
    assert_eq!(s.row(late).await.state, BroadcastState::Scheduled);
    // The daemon was off on the fifth day.
    let s = s.restart(|_| {}).await;
    s.clock.advance(DAY * 9);
    s.until(late, "expired", |row| row.state == BroadcastState::Expired).await;
    assert_eq!(s.messages().len(), 5, "better never than at night");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_deliveries_expire_with_their_broadcast() {
    let s = EngineFixture::new().await;
    s.subscribers(5, "angebote").await;
    s.engine.transport_pause("kasten", true).unwrap();
    let mut form = EngineFixture::form("angebote", "Heute");
    form.expires_at = Some(s.clock.now().plus(DAY));
    let id = s.engine.broadcast_send(form).await.unwrap();
    s.until(id, "written", |row| row.fanned_out).await;
    s.clock.advance(DAY);
    let tally = s.until(id, "expired", |row| row.state == BroadcastState::Expired && row.tally.queued == 0).await;
    assert_eq!(tally.skipped_by[&RefusalKey(Refusal::BroadcastExpired)], 5);
    s.engine.transport_pause("kasten", false).unwrap();
    assert!(s.messages().is_empty());
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_loses_no_message() {
    let s = EngineFixture::new().await;
    s.subscribers(5, "angebote").await;
    let first = s.send("angebote", "Eins").await;
    s.done(first).await;
    s.clock.set(Time(s.clock.now().0 - 3_600_000));
    let second = s.send("angebote", "Zwei").await;
    assert_eq!(s.done(second).await.sent, 5);
    s.stop_and_check().await;
}
