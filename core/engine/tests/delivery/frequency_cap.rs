//! Nobody gets more than the list's cap allows.

use crate::engine_fixture::{DAY, EngineFixture};
use rundruf_consent::Refusal;
use rundruf_store::{BroadcastAction, DeliveryState, RefusalKey};
use std::collections::BTreeMap;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn only_capped_contacts_are_skipped() {
    let s = EngineFixture::with(|c| c.lists[0].frequency_cap = Some((2, 7 * DAY))).await;
    s.subscribers(30, "angebote").await;
    for text in ["eins", "zwei"] {
        let id = s.send("angebote", text).await;
        assert_eq!(s.done(id).await.sent, 30, "{text}");
        s.clock.advance(DAY);
    }
    let new = s.subscriber("Neu", "email:new@mail.example", "angebote").await;
    s.apply_event(new, "rezepte", rundruf_consent::Event::Import(rundruf_consent::ImportClass::A)).await;
    let dry = s.engine.broadcast_dry_run(EngineFixture::form("angebote", "drei")).await.unwrap();
    assert_eq!(
        (dry.preview.total, dry.preview.by_channel["email"], dry.preview.skipped_by["frequency_cap"]),
        (31, 1, 30)
    );
    assert_eq!(dry.people.iter().filter(|p| p.verdict == Err(Refusal::FrequencyCap)).count(), 30);
    let third = s.send("angebote", "drei").await;
    let tally = s.done(third).await;
    assert_eq!((tally.sent, tally.skipped, tally.skipped_by[&RefusalKey(Refusal::FrequencyCap)]), (1, 30, 30));
    let skipped: Vec<_> = s.deliveries(third).await.into_iter().filter(|d| d.state == DeliveryState::Skipped).collect();
    assert!(skipped.iter().all(|d| d.reason.as_deref() == Some("frequency_cap") && d.attempts == 0), "{skipped:?}");
    // Another list has a cap of its own: none.
    let other = s.send("rezepte", "vier").await;
    assert_eq!(s.done(other).await.sent, 1);
    // Seven days after the first: there is room for one.
    s.clock.advance(5 * DAY + Duration::from_secs(1));
    let id = s.send("angebote", "fünf").await;
    assert_eq!(s.done(id).await.sent, 31);
    let id = s.send("angebote", "sechs").await;
    assert_eq!(s.done(id).await.sent, 0, "the second of the first two, the new person's first, and number five");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_messages_count_for_the_cap_and_failed_ones_do_not() {
    let s = EngineFixture::with(|c| {
        c.lists[0].frequency_cap = Some((1, 30 * DAY));
        c.transports[0].rate_per_s = Some(100.0);
    })
    .await;
    s.subscribers(150, "angebote").await;
    // Five at the same moment, all of them queued for a second or two.
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(s.send("angebote", &format!("Nummer {n}")).await);
    }
    let mut got: BTreeMap<i64, u32> = BTreeMap::new();
    for id in &ids {
        s.done(*id).await;
        for d in s.deliveries(*id).await.iter().filter(|d| d.state == DeliveryState::Sent) {
            *got.entry(d.contact.0).or_default() += 1;
        }
    }
    assert_eq!((got.len(), got.values().max()), (150, Some(&1)), "everybody got one, nobody two");
    assert_eq!(s.messages().len(), 150);
    s.clock.advance(31 * DAY);
    let cancelled = s.send("angebote", "doch nicht").await;
    s.until(cancelled, "written", |row| row.fanned_out).await;
    s.engine.broadcast_change(cancelled, BroadcastAction::Cancel).await.unwrap();
    let tally = s.until(cancelled, "over", |row| row.tally.queued + row.tally.in_flight == 0).await;
    let id = s.send("angebote", "jetzt aber").await;
    let after = s.done(id).await;
    assert_eq!(after.sent + tally.sent, 150, "{tally:?} {after:?}");
    s.stop_and_check().await;
}
