//! What people write, and what follows from it.

use crate::engine_fixture::{DAY, EngineFixture, list};
use rundruf_consent::State;
use rundruf_engine::EngineError;
use std::time::Duration;

const ANNA: &str = "threema:ANNA2345";

#[tokio::test(flavor = "multi_thread")]
async fn one_ja_confirms() {
    let s = EngineFixture::new().await;
    s.person("Anna", &[ANNA]).await;
    assert_eq!(s.ask(ANNA, "angebote", "de").await.unwrap(), State::Requested);
    let request = s.message(&["ANNA2345", "JA antworten"]).await;
    assert!(request.contains("Angebote der Woche") && request.contains("01.12.2026 um 10:00 UTC"), "{request}");
    for (text, state) in
        [("👍", State::Requested), ("ja, aber wer sind Sie?", State::Requested), ("Ja!", State::Confirmed)]
    {
        s.receive(ANNA, text).await;
        assert_eq!(s.state(ANNA, "angebote").await, state, "{text}");
    }
    assert_eq!(s.messages_with(&["genau JA"]).len(), 2, "asked again for the word");
    let welcome = s.message(&["Bestätigt am"]).await;
    assert!(welcome.contains("STOP antworten"), "{welcome}");
    s.receive(ANNA, "Ja").await;
    assert_eq!(s.messages_with(&["Bestätigt am"]).len(), 1, "one welcome");
    let [signed_up, confirmed] = s.evidence(ANNA, "angebote").await.try_into().unwrap();
    assert_eq!((&signed_up["source"]["kind"], &signed_up["act"]["kind"]), (&"command".into(), &"operator".into()));
    assert!(signed_up["outbound"]["body_sha256"].is_string() && signed_up["outbound"]["transport"] == "kasten");
    assert_eq!((&confirmed["act"]["verbatim"], &confirmed["actor"]), (&"Ja!".into(), &"person".into()));
    assert!(confirmed["act"]["message_id"].is_string() && confirmed["time"].is_number(), "{confirmed}");
    assert_eq!(confirmed["text"], signed_up["text"], "the text that was shown");
    assert_eq!(confirmed["controller"]["name"], "Bäckerei Krume GmbH");
    let (zip, state, events) = s.engine.proof(&s.address(ANNA), "angebote").await.unwrap();
    assert_eq!((state, events, &zip[..2]), (State::Confirmed, 2, b"PK".as_slice()));
    assert_eq!(s.ask(ANNA, "angebote", "de").await.unwrap(), State::Confirmed, "who said yes is not asked again");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_has_the_text_that_was_shown() {
    let s = EngineFixture::new().await;
    s.person("Anna", &[ANNA]).await;
    s.ask(ANNA, "angebote", "en").await.unwrap();
    s.message(&["reply YES"]).await;
    let s = s.restart(|c| c.lists[0].consent_text = list("x", "Etwas ganz anderes").consent_text).await;
    s.receive(ANNA, "Yes").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Confirmed, "in the language of the question");
    let [signed_up, confirmed] = s.evidence(ANNA, "angebote").await.try_into().unwrap();
    assert_eq!(confirmed["text"], signed_up["text"]);
    let welcome = s.message(&["Confirmed on"]).await;
    assert!(welcome.contains("may send me “Angebote der Woche”") && !welcome.contains("anderes"), "{welcome}");
    // With another text the list is held, until the admin says that it is the same.
    s.engine.list_same_purpose("angebote", "anders gesagt", "operator:root").await.unwrap();
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_without_a_request_changes_nothing() {
    let s = EngineFixture::new().await;
    s.person("Anna", &[ANNA]).await;
    s.receive(ANNA, "Ja").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::None);
    s.ask(ANNA, "angebote", "de").await.unwrap();
    s.receive(ANNA, "Nein danke").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Declined);
    s.receive(ANNA, "Ja").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Declined, "no is no");
    // By e-mail the sender is not proven: only the link counts, but a stop is a stop.
    let berta = "email:berta@mail.example";
    s.person("Berta", &[berta]).await;
    s.ask(berta, "angebote", "de").await.unwrap();
    s.receive(berta, "Ja").await;
    assert_eq!(s.state(berta, "angebote").await, State::Requested);
    s.receive(berta, "Bitte abmelden").await;
    assert_eq!(s.state(berta, "angebote").await, State::Withdrawn);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_limited_and_expire() {
    let s = EngineFixture::new().await;
    s.person("Anna", &[ANNA]).await;
    s.ask(ANNA, "angebote", "de").await.unwrap();
    let again = s.ask(ANNA, "rezepte", "de").await;
    assert!(matches!(again, Err(EngineError::Refused { code: "too_many_requests", .. })), "{again:?}");
    s.clock.advance(8 * DAY);
    let begin = std::time::Instant::now();
    while s.state(ANNA, "angebote").await != State::Expired {
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    s.receive(ANNA, "Ja").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Expired, "too late");
    assert_eq!(s.ask(ANNA, "angebote", "de").await.unwrap(), State::Requested, "but the person may be asked again");
    s.stop_and_check().await;
}

/// Who does not answer the question after something that may be a refusal has left: the safe direction.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_without_an_answer_ends_as_withdrawn() {
    let s = EngineFixture::new().await;
    s.subscriber("Anna", ANNA, "angebote").await;
    s.receive(ANNA, "Woher haben Sie meine Daten?").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Held);
    s.clock.advance(15 * DAY);
    let begin = std::time::Instant::now();
    while s.state(ANNA, "angebote").await != State::Withdrawn {
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(s.messages_with(&["WEITER"]).len(), 1, "it asks once");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_acknowledged_once() {
    let s = EngineFixture::new().await;
    let id = s.subscriber("Anna", ANNA, "angebote").await;
    s.apply_event(id, "rezepte", rundruf_consent::Event::Import(rundruf_consent::ImportClass::A)).await;
    s.receive(ANNA, "stop rezepte").await;
    assert_eq!((s.state(ANNA, "rezepte").await, s.state(ANNA, "angebote").await), (State::Withdrawn, State::Confirmed));
    s.receive(ANNA, "STOPP!").await;
    s.receive(ANNA, "Stop").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Withdrawn);
    s.message(&["abgemeldet: Angebote der Woche"]).await;
    s.message(&["abgemeldet: Rezepte"]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(
        s.messages_with(&["abgemeldet"]).len(),
        2,
        "one for each that ended, none for a repeat: {:?}",
        s.messages()
    );
    assert_eq!(s.evidence(ANNA, "angebote").await[1]["act"]["verbatim"], "STOPP!");
    // A stop of somebody unknown is kept, should the address come with an import.
    s.receive("threema:NIEMAND1", "stop").await;
    assert_eq!(s.state("threema:NIEMAND1", "angebote").await, State::Withdrawn);
    assert!(s.messages_with(&["NIEMAND1"]).is_empty());
    s.stop_and_check().await;
}

/// The name of a list may be an everyday word: then only those who are on it mean the list.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_with_the_name_of_the_persons_list_ends_that_list() {
    let s = EngineFixture::with(|config| {
        config.lists.push(list("kuchen", "Torte und Brot"));
    })
    .await;
    let (berta, carla) = ("threema:BERTA234", "threema:CARLA234");
    for (name, address, said) in [("Anna", ANNA, "STOP Torte und Brot, bitte!"), ("Carla", carla, "stop kuchen")] {
        let id = s.subscriber(name, address, "kuchen").await;
        s.apply_event(id, "angebote", rundruf_consent::Event::Import(rundruf_consent::ImportClass::A)).await;
        s.receive(address, said).await;
        let states = (s.state(address, "kuchen").await, s.state(address, "angebote").await);
        assert_eq!(states, (State::Withdrawn, State::Confirmed), "{said}");
    }
    s.subscriber("Berta", berta, "angebote").await;
    s.receive(berta, "Stop Torte und Brot").await;
    assert_eq!(s.state(berta, "angebote").await, State::Confirmed, "a person reads it");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn start_requests_consent_and_does_not_subscribe() {
    let s = EngineFixture::new().await;
    s.receive("threema:CARLA234", "Start").await;
    s.message(&["CARLA234", "Angebote der Woche, Rezepte", "Abmelden: STOP"]).await;
    s.receive("threema:CARLA234", "Start Rezepte").await;
    assert_eq!(s.state("threema:CARLA234", "rezepte").await, State::Requested);
    s.message(&["CARLA234", "eine Nachricht an uns", "JA antworten"]).await;
    let evidence = s.evidence("threema:CARLA234", "rezepte").await.remove(0);
    assert_eq!(
        (&evidence["act"]["verbatim"], &evidence["source"]["kind"]),
        (&"Start Rezepte".into(), &"inbound".into())
    );
    assert!(evidence["source"]["detail"].is_string(), "{evidence}");
    s.receive("threema:CARLA234", "ja").await;
    assert_eq!(s.state("threema:CARLA234", "rezepte").await, State::Confirmed);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_soft_refusal_holds_until_weiter() {
    let s = EngineFixture::new().await;
    s.subscriber("Anna", ANNA, "angebote").await;
    for _ in 0..2 {
        s.receive(ANNA, "Woher haben Sie meine Nummer?").await;
        assert_eq!(s.state(ANNA, "angebote").await, State::Held);
    }
    s.message(&["Doch weiter: WEITER"]).await;
    assert_eq!(s.messages_with(&["Doch weiter: WEITER"]).len(), 1, "one question");
    let id = s.send("angebote", "Hallo").await;
    assert_eq!(s.done(id).await.skipped, 1);
    s.receive(ANNA, "Weiter").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Confirmed);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn automatic_replies_are_limited() {
    let s = EngineFixture::new().await;
    for n in 0..9 {
        s.receive("threema:ROBOTER1", &format!("{}Hilfe", " ".repeat(n))).await;
    }
    s.message(&["ROBOTER1", "Abmelden: STOP"]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(s.messages().len(), 5);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_withdraws_and_closes_a_list() {
    let s = EngineFixture::new().await;
    let id = s.subscriber("Anna", ANNA, "angebote").await;
    s.apply_event(id, "rezepte", rundruf_consent::Event::Import(rundruf_consent::ImportClass::A)).await;
    s.subscriber("Berta", "threema:BERTA234", "rezepte").await;
    assert_eq!(s.engine.withdraw(&s.address(ANNA), Some("angebote"), "operator:root").await.unwrap(), 1);
    assert_eq!(s.engine.withdraw(&s.address(ANNA), None, "operator:root").await.unwrap(), 1, "the rest");
    assert_eq!(s.engine.withdraw(&s.address(ANNA), None, "operator:root").await.unwrap(), 0);
    let stranger = "threema:FREMDE12";
    assert!(s.engine.withdraw(&s.address(stranger), Some("rezepte"), "operator:root").await.is_err());
    assert_eq!(s.engine.withdraw(&s.address(stranger), None, "operator:root").await.unwrap(), 0);
    assert_eq!(s.state(stranger, "rezepte").await, State::Withdrawn, "no import brings it in");
    assert_eq!(s.evidence(ANNA, "rezepte").await[1]["actor"], "operator:root");
    assert_eq!(s.engine.list_close("rezepte", "operator:root").await.unwrap(), 1, "the others had left");
    assert_eq!(s.state("threema:BERTA234", "rezepte").await, State::Terminated);
    let refused = s.engine.broadcast_send(EngineFixture::form("rezepte", "Hallo")).await;
    assert!(matches!(refused, Err(EngineError::Refused { code: "closed", .. })), "{refused:?}");
    assert!(s.ask("threema:BERTA234", "rezepte", "de").await.is_err());
    s.stop_and_check().await;
}
