//! The provider refuses the account, or an operator pauses a transport.

use crate::engine_fixture::{EngineFixture, transport};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_account_pauses_the_transport_and_fails_no_message() {
    let s = EngineFixture::with(|c| c.transports[0].window = Some(1)).await;
    s.subscriber("Konto", "email:account@mail.example", "angebote").await;
    for n in 0..10 {
        s.subscriber("Anna", &format!("email:anna{n}@mail.example"), "angebote").await;
    }
    let id = s.send("angebote", "Hallo").await;
    s.until(id, "refused", |row| row.tally.retry == 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let view = s.engine.transports().remove(0);
    assert_eq!((view.state, view.in_flight), ("paused", 0));
    assert!(view.reason.as_ref().unwrap().to_string().contains("account"), "{view:?}");
    let tally = s.row(id).await.tally;
    assert_eq!((tally.retry, tally.queued, tally.failed, s.messages().len()), (1, 10, 0, 0), "{tally:?}");
    assert_eq!(s.deliveries(id).await[0].attempts, 0, "it is nobody's attempt");
    let found = s.engine.doctor().await.unwrap();
    assert!(found.iter().any(|f| f.text.to_string().contains("paused")), "{found:?}");
    // The person has said stop meanwhile; the account works again.
    let row = s.store.address_find(s.address("email:account@mail.example")).await.unwrap().unwrap();
    s.apply_event(row.id, "angebote", rundruf_consent::Event::Stop).await;
    assert_eq!(s.engine.transport_pause("kasten", false).unwrap().state, "up");
    let tally = s.done(id).await;
    assert_eq!((tally.sent, tally.skipped), (10, 1));
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_pause_outlives_a_restart() {
    let s = EngineFixture::with(|c| {
        let mut second = transport(&c.data_dir.clone(), "zweiter", "null");
        second.window = Some(8);
        c.transports.push(second);
        c.lists[1].transports = vec!["zweiter".to_owned()];
    })
    .await;
    s.subscribers(20, "angebote").await;
    s.subscriber("Dora", "threema:DORA1234", "rezepte").await;
    assert_eq!(s.engine.transport_pause("kasten", true).unwrap().state, "paused");
    let id = s.send("angebote", "Hallo").await;
    let other = s.send("rezepte", "Hallo").await;
    assert_eq!(s.done(other).await.sent, 1);
    s.until(id, "written", |row| row.fanned_out).await;
    let s = s.restart(|_| {}).await;
    assert_eq!(s.engine.transports()[0].state, "paused");
    assert_eq!(s.row(id).await.tally.queued, 20);
    s.engine.transport_pause("kasten", false).unwrap();
    assert_eq!(s.done(id).await.sent, 20);
    let unknown = s.engine.transport_pause("kastn", true).unwrap_err().to_string();
    assert!(unknown.contains("kastn"), "{unknown}");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_limit_is_kept() {
    let s = EngineFixture::with(|c| c.transports[0].rate_per_s = Some(40.0)).await;
    s.subscribers(120, "angebote").await;
    let begin = std::time::Instant::now();
    let id = s.send("angebote", "Hallo").await;
    s.done(id).await;
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(1_900), "120 at 40 a second, of which 40 may have waited: {took:?}");
    assert!(took < Duration::from_secs(9), "not even a third of the rate: {took:?}");
    s.stop_and_check().await;
}
