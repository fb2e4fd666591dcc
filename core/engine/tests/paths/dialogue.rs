//! What people write, and what follows from it.

use crate::stage::{DAY, Stage, list};
use rundruf_consent::State;
use rundruf_engine::EngineError;
use std::time::Duration;

const ANNA: &str = "threema:ANNA2345";

#[tokio::test(flavor = "multi_thread")]
async fn ja_is_the_single_step() {
    let s = Stage::new().await;
    s.person("Anna", &[ANNA]).await;
    assert_eq!(s.ask(ANNA, "angebote", "de").await.unwrap(), State::Requested);
    let request = s.message(&["ANNA2345", "JA antworten"]).await;
    assert!(request.contains("Angebote der Woche") && request.contains("01.12.2026 um 10:00 UTC"), "{request}");
    for (text, state) in
        [("👍", State::Requested), ("ja, aber wer sind Sie?", State::Requested), ("Ja!", State::Confirmed)]
    {
        s.hears(ANNA, text).await;
        assert_eq!(s.state(ANNA, "angebote").await, state, "{text}");
    }
    assert_eq!(s.messages_with(&["genau JA"]).len(), 2, "asked again for the word");
    let welcome = s.message(&["Bestätigt am"]).await;
    assert!(welcome.contains("STOP antworten"), "{welcome}");
    s.hears(ANNA, "Ja").await;
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
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_that_was_shown_is_agreed_to_not_the_one_of_today() {
    let s = Stage::new().await;
    s.person("Anna", &[ANNA]).await;
    s.ask(ANNA, "angebote", "en").await.unwrap();
    s.message(&["reply YES"]).await;
    let s = s.restart(|c| c.lists[0].consent_text = list("x", "Etwas ganz anderes").consent_text).await;
    s.hears(ANNA, "Yes").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Confirmed, "in the language of the question");
    let [signed_up, confirmed] = s.evidence(ANNA, "angebote").await.try_into().unwrap();
    assert_eq!(confirmed["text"], signed_up["text"]);
    let welcome = s.message(&["Confirmed on"]).await;
    assert!(welcome.contains("may send me “Angebote der Woche”") && !welcome.contains("anderes"), "{welcome}");
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_pending_question_can_be_answered() {
    let s = Stage::new().await;
    s.person("Anna", &[ANNA]).await;
    s.hears(ANNA, "Ja").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::None);
    s.ask(ANNA, "angebote", "de").await.unwrap();
    s.hears(ANNA, "Nein danke").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Declined);
    s.hears(ANNA, "Ja").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Declined, "no is no");
    // By e-mail the sender is not proven: only the link counts, but a stop is a stop.
    let berta = "email:berta@mail.example";
    s.person("Berta", &[berta]).await;
    s.ask(berta, "angebote", "de").await.unwrap();
    s.hears(berta, "Ja").await;
    assert_eq!(s.state(berta, "angebote").await, State::Requested);
    s.hears(berta, "Bitte abmelden").await;
    assert_eq!(s.state(berta, "angebote").await, State::Withdrawn);
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_too_often_and_a_question_ends() {
    let s = Stage::new().await;
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
    s.hears(ANNA, "Ja").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Expired, "too late");
    assert_eq!(s.ask(ANNA, "angebote", "de").await.unwrap(), State::Requested, "but the person may be asked again");
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_is_heard_once_and_answered_once() {
    let s = Stage::new().await;
    let id = s.subscriber("Anna", ANNA, "angebote").await;
    s.happens(id, "rezepte", rundruf_consent::Event::Import(rundruf_consent::ImportClass::A)).await;
    s.hears(ANNA, "stop rezepte").await;
    assert_eq!((s.state(ANNA, "rezepte").await, s.state(ANNA, "angebote").await), (State::Withdrawn, State::Confirmed));
    s.hears(ANNA, "STOPP!").await;
    s.hears(ANNA, "Stop").await;
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
    s.hears("threema:NIEMAND1", "stop").await;
    assert_eq!(s.state("threema:NIEMAND1", "angebote").await, State::Withdrawn);
    assert!(s.messages_with(&["NIEMAND1"]).is_empty());
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn start_asks_and_never_subscribes() {
    let s = Stage::new().await;
    s.hears("threema:CARLA234", "Start").await;
    s.message(&["CARLA234", "Angebote der Woche, Rezepte", "Abmelden: STOP"]).await;
    s.hears("threema:CARLA234", "Start Rezepte").await;
    assert_eq!(s.state("threema:CARLA234", "rezepte").await, State::Requested);
    s.message(&["CARLA234", "eine Nachricht an uns", "JA antworten"]).await;
    let evidence = s.evidence("threema:CARLA234", "rezepte").await.remove(0);
    assert_eq!(
        (&evidence["act"]["verbatim"], &evidence["source"]["kind"]),
        (&"Start Rezepte".into(), &"inbound".into())
    );
    assert!(evidence["source"]["detail"].is_string(), "{evidence}");
    s.hears("threema:CARLA234", "ja").await;
    assert_eq!(s.state("threema:CARLA234", "rezepte").await, State::Confirmed);
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sigh_is_held_until_weiter() {
    let s = Stage::new().await;
    s.subscriber("Anna", ANNA, "angebote").await;
    for _ in 0..2 {
        s.hears(ANNA, "Woher haben Sie meine Nummer?").await;
        assert_eq!(s.state(ANNA, "angebote").await, State::Held);
    }
    s.message(&["Doch weiter: WEITER"]).await;
    assert_eq!(s.messages_with(&["Doch weiter: WEITER"]).len(), 1, "one question");
    let id = s.send("angebote", "Hallo").await;
    assert_eq!(s.done(id).await.skipped, 1);
    s.hears(ANNA, "Weiter").await;
    assert_eq!(s.state(ANNA, "angebote").await, State::Confirmed);
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_do_not_talk_for_ever() {
    let s = Stage::new().await;
    for n in 0..9 {
        s.hears("threema:ROBOTER1", &format!("{}Hilfe", " ".repeat(n))).await;
    }
    s.message(&["ROBOTER1", "Abmelden: STOP"]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(s.messages().len(), 5);
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_enters_what_came_by_letter_and_a_list_ends() {
    let s = Stage::new().await;
    let id = s.subscriber("Anna", ANNA, "angebote").await;
    s.happens(id, "rezepte", rundruf_consent::Event::Import(rundruf_consent::ImportClass::A)).await;
    s.subscriber("Berta", "threema:BERTA234", "rezepte").await;
    assert_eq!(s.engine.withdraw(&s.address(ANNA), Some("angebote"), "operator:root").await.unwrap(), 1);
    assert_eq!(s.engine.withdraw(&s.address(ANNA), None, "operator:root").await.unwrap(), 1, "the rest");
    assert_eq!(s.engine.withdraw(&s.address(ANNA), None, "operator:root").await.unwrap(), 0);
    assert!(s.engine.withdraw(&s.address("threema:FREMDE12"), None, "operator:root").await.is_err());
    assert_eq!(s.evidence(ANNA, "rezepte").await[1]["actor"], "operator:root");
    assert_eq!(s.engine.list_close("rezepte", "operator:root").await.unwrap(), 2);
    assert_eq!(s.state("threema:BERTA234", "rezepte").await, State::Terminated);
    let refused = s.engine.broadcast_send(Stage::form("rezepte", "Hallo")).await;
    assert!(matches!(refused, Err(EngineError::Refused { code: "closed", .. })), "{refused:?}");
    assert!(s.ask("threema:BERTA234", "rezepte", "de").await.is_err());
    s.ends_well().await;
}
