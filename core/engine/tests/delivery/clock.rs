//! The wall clock jumps: nothing starts, is sent, expires, is removed or signed until it is back, synchronised or accepted. Stops are taken.

use crate::engine_fixture::{BEGIN, DAY, EngineFixture};
use rundruf_consent::{State, Time};
use rundruf_engine::{Clock, EngineError};
use rundruf_store::{BroadcastState, ClockRecord};
use std::time::Duration;

const HOUR: i64 = 3_600_000;
const YEARS: i64 = 3_653 * 24 * HOUR;
const JUMPS: [i64; 4] = [YEARS, -YEARS, HOUR, -HOUR];

/// Long enough for every task to do what it must not do: a fixed clock is read every ten milliseconds.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(250)).await;
}

/// A year from the begin, as for a Christmas broadcast.
fn next_year() -> Time {
    BEGIN.plus(365 * DAY)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_starts_sends_expires_and_signs_nothing() {
    for by in JUMPS {
        let s = EngineFixture::with(|c| c.transports[0].rate_per_s = Some(20.0)).await;
        s.subscribers(40, "angebote").await;
        s.subscriber("Erika", "threema:ERIKA123", "rezepte").await;
        s.person("Otto", &["threema:OTTO1234"]).await;
        s.ask("threema:OTTO1234", "rezepte", "de").await.unwrap();
        s.message(&["OTTO1234"]).await;
        let signed = s.engine.log_checkpoint().await.unwrap();
        let mut form = EngineFixture::form("rezepte", "Frohe Weihnachten");
        form.at = Some(if by.abs() == HOUR { BEGIN.plus(DAY / 48) } else { next_year() });
        let christmas = s.engine.broadcast_send(form).await.unwrap();
        let mut form = EngineFixture::form("angebote", "Brot");
        form.expires_at = Some(BEGIN.plus(DAY / 48));
        let bread = s.engine.broadcast_send(form).await.unwrap();
        s.until(bread, "being sent", |row| row.tally.sent > 2).await;

        s.clock.jump(by);
        // What was claimed before the jump may still arrive: at most what was in flight, which the rate keeps small.
        a_while().await;
        let before = s.row(bread).await.tally;
        a_while().await;
        let (bread_now, christmas_now) = (s.row(bread).await, s.row(christmas).await);
        assert_eq!(bread_now.state, BroadcastState::Running, "{by}: it does not expire");
        assert_eq!(bread_now.tally.sent, before.sent, "{by}: nothing is sent");
        assert!(before.sent < 30 && before.skipped == 0, "{by}: {before:?}");
        assert_eq!((christmas_now.state, christmas_now.tally.total), (BroadcastState::Scheduled, 0), "{by}");
        assert_eq!(s.state("threema:OTTO1234", "rezepte").await, State::Requested, "{by}: the request does not expire");
        let refused = s.engine.log_checkpoint().await.unwrap_err();
        assert!(matches!(&refused, EngineError::Refused { code: "clock", .. }), "{by}: {refused}");
        let address = s.address("threema:ERIKA123");
        let refused = s.engine.proof(&address, "rezepte").await.unwrap_err();
        assert!(matches!(&refused, EngineError::Refused { code: "clock", .. }), "{by}: {refused}");
        assert_eq!(s.store.log_head().await.unwrap().checkpoint.as_deref(), Some(&*signed), "{by}: nothing is signed");

        let status = s.engine.broadcast_status(christmas).await.unwrap();
        assert!(status.waits_for_clock, "{by}: the status says why it waits");
        let found = s.engine.doctor().await.unwrap();
        assert!(
            found.iter().any(|f| f.fault && f.text.to_string().contains("rundruf clock accept")),
            "{by}: {found:?}"
        );

        // A stop is taken at once, at the time that it would be, and acknowledged.
        s.receive("threema:ERIKA123", "STOP").await;
        assert_eq!(s.state("threema:ERIKA123", "rezepte").await, State::Withdrawn, "{by}");
        s.message(&["ERIKA123", "abgemeldet"]).await;
        let last = s.evidence("threema:ERIKA123", "rezepte").await.pop().unwrap();
        assert_eq!(last["time"], BEGIN.0, "{by}: {last}");
        assert_eq!(last["act"]["clock"], "held", "{by}: the record says that the clock was not believed");

        s.clock.jump(-by);
        let tally = s.until(bread, "done", |row| row.state == BroadcastState::Done).await;
        assert_eq!(tally.sent, 40, "{by}: it goes on where it waited, and nobody gets it twice");
        assert_eq!(s.messages_with(&["Brot"]).len(), 40);
        assert_eq!(s.row(christmas).await.state, BroadcastState::Scheduled, "{by}: next year is next year");
        assert!(!s.engine.broadcast_status(christmas).await.unwrap().waits_for_clock);
        s.stop_and_check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_jump_is_the_time() {
    for by_kernel in [false, true] {
        let s = EngineFixture::new().await;
        s.subscriber("Erika", "threema:ERIKA123", "rezepte").await;
        let mut form = EngineFixture::form("rezepte", "Frohe Weihnachten");
        form.at = Some(next_year());
        let id = s.engine.broadcast_send(form).await.unwrap();
        assert!(s.engine.clock_accept("operator:0").is_none(), "there is nothing to accept");
        s.clock.jump(YEARS);
        a_while().await;
        assert_eq!(s.row(id).await.state, BroadcastState::Scheduled);
        let hold = s.engine.clock_status().hold.unwrap();
        assert_eq!((hold.shown, hold.expected, hold.ahead_s()), (Time(BEGIN.0 + YEARS), BEGIN, YEARS / 1_000));
        if by_kernel {
            s.clock.set_synchronised(true);
            s.clock.advance(Duration::from_secs(1));
        } else {
            assert_eq!(s.engine.clock_accept("operator:0"), Some(hold));
        }
        assert_eq!(s.done(id).await.sent, 1, "by the kernel: {by_kernel}");
        s.engine.log_checkpoint().await.unwrap();
        s.stop_and_check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_earlier_clock_was_accepted_nothing_is_due_years_late() {
    let s = EngineFixture::new().await;
    s.clock.jump(YEARS);
    s.engine.clock_accept("operator:0").unwrap();
    s.person("Otto", &["threema:OTTO1234"]).await;
    s.ask("threema:OTTO1234", "angebote", "de").await.unwrap();
    s.message(&["OTTO1234"]).await;
    s.clock.jump(-YEARS);
    a_while().await;
    assert_eq!(s.state("threema:OTTO1234", "angebote").await, State::Requested);
    s.engine.clock_accept("operator:0").unwrap();
    a_while().await;
    assert_eq!(s.engine.now(), BEGIN);
    s.clock.advance(7 * DAY + Duration::from_secs(60));
    let begin = std::time::Instant::now();
    while s.state("threema:OTTO1234", "angebote").await != State::Expired {
        assert!(begin.elapsed() < Duration::from_secs(10), "the request expires seven days later, not in ten years");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_long_after_the_last_stored_time_waits() {
    for (days, is_held) in [(29, false), (31, true), (3_653, true)] {
        let s = EngineFixture::new().await;
        s.subscriber("Erika", "threema:ERIKA123", "rezepte").await;
        let mut form = EngineFixture::form("rezepte", "Später");
        form.at = Some(BEGIN.plus(DAY));
        let id = s.engine.broadcast_send(form).await.unwrap();
        let EngineFixture { engine, store, config, dir, .. } = &s;
        assert_eq!(store.clock_get().await.unwrap().map(|r| r.at), Some(BEGIN), "stored at the start");
        assert!(engine.stop(Duration::from_secs(10)).await);
        let clock = Clock::fixed(BEGIN.plus(days * DAY));
        let again = EngineFixture::at(dir.clone(), config.clone(), clock).await;
        if is_held {
            a_while().await;
            assert_eq!(again.row(id).await.state, BroadcastState::Scheduled, "{days}");
            assert!(again.engine.clock_status().hold.is_some());
            again.engine.clock_accept("operator:0").unwrap();
        }
        assert_eq!(again.done(id).await.sent, 1, "{days}");
        again.stop_and_check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_does_not_end_the_wait() {
    let s = EngineFixture::new().await;
    s.clock.jump(24 * HOUR);
    assert!(s.engine.clock_status().hold.is_some());
    let is_stored = |r: Option<ClockRecord>| r.is_some_and(|r| r.suspect.is_some());
    while !is_stored(s.store.clock_get().await.unwrap()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let s = s.restart(|_| {}).await;
    assert!(s.engine.clock_status().hold.is_some(), "a day ahead would be believed at a start, but it was not before");
    s.clock.jump(-24 * HOUR);
    assert!(s.engine.clock_status().hold.is_none());
    s.stop_and_check().await;
}
