//! Refusals of the provider: permanent, temporary, unknown.

use crate::engine_fixture::EngineFixture;
use rundruf_consent::{AddressFlags, State};
use rundruf_engine::OnUnknown;
use rundruf_store::{BroadcastState, DeliveryState, UnknownResolution};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn permanent_refusals_fail_and_temporary_ones_are_retried() {
    let s = EngineFixture::new().await;
    for name in ["anna", "refuse", "later"] {
        s.subscriber(name, &format!("email:{name}@mail.example"), "angebote").await;
    }
    let id = s.send("angebote", "Hallo {{ first_name }}").await;
    let tally =
        s.until(id, "settled", |row| row.tally.sent == 1 && row.tally.failed == 1 && row.tally.retry == 1).await;
    assert_eq!(tally.total, 3);
    let later = |rows: Vec<rundruf_store::DeliveryRow>| {
        rows.into_iter().find(|d| d.address.as_ref().unwrap().value().starts_with("later")).unwrap()
    };
    assert_eq!(later(s.deliveries(id).await).attempts, 1, "not again before its time");
    // A minute at most between two, five minutes altogether.
    for _ in 0..8 {
        let attempts = later(s.deliveries(id).await).attempts;
        s.clock.advance(Duration::from_secs(60));
        let begin = std::time::Instant::now();
        loop {
            let row = later(s.deliveries(id).await);
            if row.attempts > attempts || row.state == DeliveryState::Failed {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(10), "{row:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let tally = s.done(id).await;
    assert_eq!((tally.sent, tally.failed), (1, 2));
    let row = later(s.deliveries(id).await);
    assert!(row.reason.as_deref().unwrap().contains("given up after"), "{row:?}");
    assert!((4..=8).contains(&row.attempts), "{row:?}");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undeliverable_address_is_skipped_until_its_person_writes() {
    let s = EngineFixture::new().await;
    for name in ["anna", "later", "cut", "refuse", "refuse2"] {
        s.subscriber(name, &format!("email:{name}@mail.example"), "angebote").await;
    }
    s.subscriber("Dora", "sms:+491700000001", "angebote").await;
    let flags = async |address: &str| s.store.address_find(s.address(address)).await.unwrap().unwrap().flags;
    let id = s.send("angebote", "Hallo").await;
    s.until(id, "settled", |row| row.tally.failed == 3 && row.tally.sent == 1 && row.tally.retry == 1).await;
    let begin = std::time::Instant::now();
    while !flags("sms:+491700000001").await.has(AddressFlags::UNDELIVERABLE) {
        assert!(begin.elapsed() < Duration::from_secs(10), "nothing is noted");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for alive in ["anna", "later", "cut"] {
        assert!(flags(&format!("email:{alive}@mail.example")).await.is_clear(), "{alive} has not refused for ever");
    }
    s.engine.broadcast_change(id, rundruf_store::BroadcastAction::Cancel).await.unwrap();
    let dry = s.engine.broadcast_dry_run(EngineFixture::form("angebote", "Hallo")).await.unwrap();
    assert_eq!((dry.preview.skipped_by["undeliverable"], dry.preview.by_channel["email"]), (3, 3));
    let second = s.send("angebote", "Hallo").await;
    s.until(second, "settled", |row| row.tally.skipped == 3).await;
    s.engine.broadcast_change(second, rundruf_store::BroadcastAction::Cancel).await.unwrap();
    // One of them writes, another is asked anew.
    s.receive("sms:+491700000001", "Hallo?").await;
    assert!(flags("sms:+491700000001").await.is_clear());
    s.ask("email:refuse2@mail.example", "rezepte", "de").await.unwrap();
    // The sandbox refuses the question too.
    let begin = std::time::Instant::now();
    while !flags("email:refuse2@mail.example").await.has(AddressFlags::UNDELIVERABLE) {
        assert!(begin.elapsed() < Duration::from_secs(10), "it was not tried once more");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while s.state("email:refuse2@mail.example", "rezepte").await != State::Expired {
        assert!(begin.elapsed() < Duration::from_secs(10), "nobody there can answer");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let state = s.state("email:refuse2@mail.example", "angebote").await;
    assert_eq!(state, State::Confirmed, "what was said before is not taken back");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_outcomes_wait_for_a_person() {
    let s = EngineFixture::new().await;
    for name in ["cut", "cut2", "cut3"] {
        s.subscriber(name, &format!("email:{name}@mail.example"), "angebote").await;
    }
    let id = s.send("angebote", "Hallo").await;
    assert_eq!(s.done(id).await.unknown, 3, "held by default, and the broadcast is done all the same");
    let rows = s.deliveries(id).await;
    let [first, second, third] = [rows[0].id, rows[1].id, rows[2].id];
    assert_eq!(s.engine.unknown_resolve(id, Some(first), UnknownResolution::Sent).await.unwrap(), 1);
    assert_eq!(s.engine.unknown_resolve(id, Some(second), UnknownResolution::Failed).await.unwrap(), 1);
    assert_eq!(s.engine.unknown_resolve(id, Some(third), UnknownResolution::Resend).await.unwrap(), 1);
    let tally = s.until(id, "tried again", |row| row.state == BroadcastState::Done && row.tally.unknown == 1).await;
    assert_eq!((tally.sent, tally.failed), (1, 1));
    assert_eq!(s.deliveries(id).await[2].attempts, 2);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_outcomes_are_resent_if_configured() {
    let s = EngineFixture::with(|c| c.transports[0].on_unknown = OnUnknown::Resend).await;
    s.subscriber("Anna", "email:cut@mail.example", "angebote").await;
    let id = s.send("angebote", "Hallo").await;
    let begin = std::time::Instant::now();
    while s.row(id).await.state != BroadcastState::Done {
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", s.deliveries(id).await);
        s.clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let row = s.deliveries(id).await.remove(0);
    assert_eq!((row.state, row.attempts), (DeliveryState::Unknown, 4), "again, but not for ever");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_temporary_refusals_pause_the_transport() {
    let s = EngineFixture::with(|c| c.transports[0].window = Some(8)).await;
    for n in 0..60 {
        s.subscriber("Anna", &format!("email:later@mail{n}.example"), "angebote").await;
    }
    let id = s.send("angebote", "Hallo").await;
    s.until(id, "refused", |row| row.tally.retry >= 10).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let tally = s.row(id).await.tally;
    assert!(tally.retry <= 30 && tally.queued >= 30, "the list is not burnt on a server that takes nothing: {tally:?}");
    s.engine.broadcast_change(id, rundruf_store::BroadcastAction::Cancel).await.unwrap();
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_postpones_rests_alone() {
    let s = EngineFixture::with(|c| c.transports[0].window = Some(8)).await;
    for n in 0..60 {
        s.subscriber("Anna", &format!("email:later{n}@voll.example"), "angebote").await;
    }
    for n in 0..20 {
        s.subscriber("Berta", &format!("email:berta{n}@gut.example"), "angebote").await;
    }
    let id = s.send("angebote", "Hallo").await;
    let tally = s.until(id, "the healthy are served", |row| row.tally.sent == 20).await;
    assert_eq!((tally.retry + tally.in_flight, tally.failed), (60, 0), "{tally:?}");
    let tried = s.deliveries(id).await.iter().filter(|d| d.state == DeliveryState::Retry && d.attempts > 0).count();
    assert!((10..=30).contains(&tried), "{tried} of 60 were tried before their domain rested");
    s.engine.broadcast_change(id, rundruf_store::BroadcastAction::Cancel).await.unwrap();
    s.stop_and_check().await;
}
