//! The timers of the law act at their second: not one before.

use crate::engine_fixture::{DAY, EngineFixture};
use rundruf_consent::{Event, State};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
/// One second over, exactly there, one second before.
const PEOPLE: [&str; 3] = ["threema:OVER2345", "threema:EXACT234", "threema:BEFORE23"];

/// Lets these happen to the three people, a second apart, and the rest of the time pass.
async fn pass(s: &EngineFixture, subscribed: bool, events: &[Event], time: Duration) {
    for (n, address) in PEOPLE.into_iter().enumerate() {
        if n > 0 {
            s.clock.advance(SECOND);
        }
        let id = if subscribed {
            s.subscriber("Anna", address, "angebote").await
        } else {
            s.person("Anna", &[address]).await.addresses[0].id
        };
        for event in events {
            s.apply_event(id, "angebote", *event).await;
        }
    }
    s.clock.advance(time - SECOND);
}

/// The states of the three, once that of the second has changed.
async fn changed(s: &EngineFixture, from: State) -> [State; 3] {
    let begin = Instant::now();
    loop {
        let mut states = [State::None; 3];
        for (state, address) in states.iter_mut().zip(PEOPLE) {
            *state = s.state(address, "angebote").await;
        }
        // Erased is on the way to forgotten.
        if states[..2].iter().all(|state| ![from, State::Erased].contains(state)) {
            return states;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "{states:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_after_fourteen_days() {
    let s = EngineFixture::new().await;
    pass(&s, true, &[Event::Hold], 14 * DAY).await;
    assert_eq!(changed(&s, State::Held).await, [State::Withdrawn, State::Withdrawn, State::Held]);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unused_consent_is_warned_about_and_becomes_stale() {
    let s = EngineFixture::new().await;
    pass(&s, true, &[], 365 * DAY).await;
    let begin = Instant::now();
    // Half of two years: two of the three are there.
    let warned = async || {
        let found = s.engine.doctor().await.unwrap();
        found.iter().find(|f| f.text.to_string().contains("nothing was sent to")).map(|f| f.text.to_string())
    };
    let said = loop {
        if let Some(said) = warned().await {
            break said;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "nobody is warned");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(said.contains("`angebote`") && said.contains("2 consents"), "{said}");
    s.clock.advance(365 * DAY);
    assert_eq!(changed(&s, State::Confirmed).await, [State::Stale, State::Stale, State::Confirmed]);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_answer_is_forgotten_after_a_day() {
    for last in [Event::RequestExpired, Event::Decline] {
        let s = EngineFixture::new().await;
        pass(&s, false, &[Event::SignUp, last], 23 * HOUR).await;
        let state = if last == Event::Decline { State::Declined } else { State::Expired };
        assert_eq!(changed(&s, state).await, [State::None, State::None, state]);
        for (address, is_here) in PEOPLE.into_iter().zip([false, false, true]) {
            assert_eq!(s.store.address_find(s.address(address)).await.unwrap().is_some(), is_here, "{address}");
        }
        // No copy of an address is left in the files, once the write-ahead log is emptied.
        let holds = |word: &[u8]| {
            let files = ["rundruf.db", "rundruf.db-wal"].map(|f| std::fs::read(s.dir.join(f)).unwrap_or_default());
            files.iter().any(|f| f.windows(word.len()).any(|w| w == word))
        };
        let begin = Instant::now();
        while holds(b"OVER2345") || holds(b"EXACT234") {
            assert!(begin.elapsed() < Duration::from_secs(20), "an address is left in a file");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(holds(b"BEFORE23"));
        // The third is gone within a day.
        s.clock.advance(HOUR);
        let begin = Instant::now();
        while s.state(PEOPLE[2], "angebote").await != State::None {
            assert!(begin.elapsed() < Duration::from_secs(20), "it is kept for longer than a day");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        s.stop_and_check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_another_consent_is_not_forgotten() {
    let s = EngineFixture::new().await;
    let both = s.subscriber("Anna", PEOPLE[0], "angebote").await;
    let alone = s.person("Berta", &[PEOPLE[1]]).await.addresses[0].id;
    for id in [both, alone] {
        s.apply_event(id, "rezepte", Event::SignUp).await;
        s.apply_event(id, "rezepte", Event::RequestExpired).await;
    }
    s.clock.advance(2 * DAY);
    let begin = Instant::now();
    while s.state(PEOPLE[1], "rezepte").await != State::None {
        assert!(begin.elapsed() < Duration::from_secs(20), "nobody is forgotten");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(s.state(PEOPLE[0], "angebote").await, State::Confirmed);
    s.stop_and_check().await;
}
