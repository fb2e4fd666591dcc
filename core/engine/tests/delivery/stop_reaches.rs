//! A stop, a changed purpose and a closed list reach everything, also what comes later.

use crate::engine_fixture::{BEGIN, DAY, EngineFixture, list, token};
use rundruf_consent::{Event, ImportClass, State};
use rundruf_engine::{BroadcastAction, EngineError, ImportForm, SignUp, UnsubscribeMethod};
use rundruf_store::BroadcastState;

const ANNA: &str = "threema:ANNA2345";
const PROOF: &str = "2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\
    \"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"";

/// Imports one address of class A; its verdict, or why the whole file was refused.
async fn import(s: &EngineFixture, address: &str, list: &str) -> Result<&'static str, String> {
    let (channel, value) = address.split_once(':').unwrap();
    let csv = format!("channel,address,requested_at,confirmed_at,source,consent_text\n{channel},{value},{PROOF}\n");
    let path = s.dir.join("people.csv");
    std::fs::write(&path, csv).unwrap();
    let form = ImportForm::new(list, ImportClass::A, "operator:test");
    let done = s.engine.import_csv(&path, form, Box::new(|_| {}), Box::new(|_| {})).await;
    let (sum, _) = done.map_err(|e| e.to_string())?;
    Ok(match (sum.confirmed, sum.refused) {
        (1, 0) => "confirmed",
        (0, 1) => "refused",
        _ => "something else",
    })
}

/// As an operator asks, who says where the person asked, or not.
async fn ask(s: &EngineFixture, address: &str, list: &str, source: Option<&str>) -> Result<State, EngineError> {
    let row = s.store.address_find(s.address(address)).await.unwrap().unwrap();
    let sign_up = SignUp {
        address: row.id,
        list: list.to_owned(),
        source: "command".to_owned(),
        language: "de".to_owned(),
        actor: "operator:root".to_owned(),
        person_asked: source.map(str::to_owned),
    };
    s.engine.consent_request(sign_up).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_by_reply_holds_for_lists_that_the_person_never_was_on() {
    let s = EngineFixture::new().await;
    s.subscriber("Anna", ANNA, "angebote").await;
    s.receive(ANNA, "STOP").await;
    let s = s.restart(|c| c.lists.push(list("neu", "Neues"))).await;
    for name in ["angebote", "rezepte", "neu"] {
        assert_eq!(import(&s, ANNA, name).await.as_deref(), Ok("refused"), "{name}");
        let refused = ask(&s, ANNA, name, None).await;
        assert!(matches!(refused, Err(EngineError::Refused { code: "not_begun_by_the_person", .. })), "{refused:?}");
    }
    // The person begins again, for one list: that one, and no other.
    s.receive(ANNA, "Start Neues").await;
    s.message(&["ANNA2345", "Neues", "JA antworten"]).await;
    s.receive(ANNA, "Ja").await;
    assert_eq!(s.state(ANNA, "neu").await, State::Confirmed);
    let id = s.send("neu", "Willkommen zurück").await;
    assert_eq!(s.done(id).await.sent, 1);
    assert_eq!(import(&s, ANNA, "rezepte").await.as_deref(), Ok("refused"));
    assert_eq!(import(&s, ANNA, "angebote").await.as_deref(), Ok("refused"));
    s.receive(ANNA, "Stop").await;
    assert_eq!(s.done(s.send("neu", "Noch etwas").await).await.sent, 0);
    assert_eq!(s.evidence(ANNA, "neu").await.last().unwrap()["type"], "stop_all");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_who_must_not_be() {
    let s = EngineFixture::new().await;
    let events = [
        (vec![Event::Import(ImportClass::C)], State::Quarantined),
        (vec![Event::Import(ImportClass::A), Event::Stop], State::Withdrawn),
        (vec![Event::Import(ImportClass::D), Event::Stop], State::Objected),
        (vec![Event::Import(ImportClass::A), Event::GoStale], State::Stale),
        (vec![Event::Import(ImportClass::A), Event::Invalidate], State::Invalidated),
    ];
    for (n, (events, state)) in events.into_iter().enumerate() {
        let address = format!("email:p{n}@mail.example");
        let id = s.person("P", &[&address]).await.addresses[0].id;
        for event in events {
            s.apply_event(id, "angebote", event).await;
        }
        assert_eq!(s.state(&address, "angebote").await, state);
        let refused = ask(&s, &address, "angebote", None).await;
        assert!(matches!(refused, Err(EngineError::Refused { code: "not_begun_by_the_person", .. })), "{state:?}");
        assert!(s.messages_with(&[&format!("p{n}@mail.example")]).is_empty(), "{state:?}: nothing is sent");
        assert_eq!(ask(&s, &address, "angebote", Some("Brief vom 30. November")).await.unwrap(), State::Requested);
        let evidence = s.evidence(&address, "angebote").await;
        let last = evidence.last().unwrap();
        assert_eq!((&last["act"]["kind"], &last["source"]["kind"]), (&"person_asked".into(), &"command".into()));
        assert_eq!(last["source"]["detail"], "Brief vom 30. November");
        // An unanswered request opens nothing: the same holds again.
        s.apply_event(id, "angebote", Event::RequestExpired).await;
        let again = ask(&s, &address, "angebote", None).await;
        assert!(
            matches!(again, Err(EngineError::Refused { code: "not_begun_by_the_person", .. })),
            "{state:?} {again:?}"
        );
    }
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_confirms_its_own_request_alone() {
    let s = EngineFixture::new().await;
    let mail = "email:anna@mail.example";
    s.person("Anna", &[mail]).await;
    s.ask(mail, "angebote", "de").await.unwrap();
    let first = token(&s.message(&["/c/", "am 01.12."]).await, "c");
    s.clock.advance(2 * DAY);
    s.ask(mail, "angebote", "en").await.unwrap();
    let second = token(&s.message(&["/c/", "2026-12-03"]).await, "c");
    let view = s.engine.confirm(&first, None).await.unwrap().unwrap();
    assert!(view.expired && view.state == State::Requested, "{view:?}");
    assert_eq!(s.state(mail, "angebote").await, State::Requested, "the older link is void");
    assert_eq!(s.engine.confirm(&second, None).await.unwrap().unwrap().state, State::Confirmed);
    s.engine.withdraw(&s.address(mail), None, "operator:root").await.unwrap();
    s.clock.advance(DAY * 40);
    ask(&s, mail, "angebote", Some("am Telefon")).await.unwrap();
    for old in [&first, &second] {
        s.engine.confirm(old, None).await.unwrap();
        assert_eq!(s.state(mail, "angebote").await, State::Requested);
    }
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_purpose_holds_the_list_until_the_admin_says_which_it_is() {
    let s = EngineFixture::new().await;
    s.subscriber("Anna", ANNA, "angebote").await;
    let later =
        rundruf_engine::BroadcastForm { at: Some(BEGIN.plus(DAY)), ..EngineFixture::form("angebote", "Morgen") };
    let scheduled = s.engine.broadcast_send(later).await.unwrap();
    // Typography is not another purpose.
    let mut config = s.config.clone();
    config.lists[0].purpose.0.insert("de".to_owned(), "ANGEBOTE der Bäckerei!".to_owned());
    s.engine.reload(config.clone()).await.unwrap();
    assert_eq!(s.row(scheduled).await.state, BroadcastState::Scheduled);
    config.sender.name = "Casino Royal Ltd.".to_owned();
    config.lists[0].purpose.0.insert("de".to_owned(), "Die Angebote unseres Casinos".to_owned());
    s.engine.reload(config.clone()).await.unwrap();
    let row = s.row(scheduled).await;
    assert_eq!((row.state, row.waits), (BroadcastState::Paused, true), "what was scheduled waits");
    let refused = s.engine.broadcast_send(EngineFixture::form("angebote", "Jackpot")).await;
    assert!(matches!(refused, Err(EngineError::Refused { code: "held", .. })), "{refused:?}");
    assert!(s.engine.broadcast_change(scheduled, BroadcastAction::Resume).await.is_err());
    assert!(import(&s, "threema:BERTA234", "angebote").await.unwrap_err().contains("held"));
    assert!(matches!(ask(&s, ANNA, "angebote", None).await, Err(EngineError::Refused { code: "held", .. })));
    s.clock.advance(2 * DAY);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(s.messages_with(&["Morgen"]).is_empty());
    let said: Vec<String> = s.engine.list_differences(s.id("angebote")).iter().map(ToString::to_string).collect();
    assert!(said.len() == 2 && said[0].contains("Casino Royal") && said[1].contains("Bäckerei"), "{said:?}");
    let found: Vec<String> = s.engine.doctor().await.unwrap().iter().map(|f| f.text.to_string()).collect();
    assert!(found.iter().any(|f| f.contains("`angebote` is held, with 1 consents")), "{found:?}");
    assert!(!found.iter().any(|f| f.contains("`rezepte`")), "nobody said yes to it: {found:?}");
    // A restart under the same settings changes nothing about it.
    let s = s.restart(|c| *c = config).await;
    assert!(s.row(scheduled).await.waits);
    for no in ["", "  ", "x"] {
        assert!(s.engine.list_same_purpose("angebote", no, "operator:root").await.is_err(), "a reason is needed");
    }
    s.engine.list_same_purpose("angebote", "umfirmiert, gleicher Inhaber", "operator:root").await.unwrap();
    assert!(s.engine.list_same_purpose("angebote", "noch einmal", "operator:root").await.is_err(), "not held");
    assert_eq!(s.done(scheduled).await.sent, 1, "it goes on");
    let (_, same) = s.engine.list_changes(s.id("angebote")).await.unwrap().remove(0);
    assert_eq!((same.reason.as_str(), same.actor.as_str()), ("umfirmiert, gleicher Inhaber", "operator:root"));
    assert!(same.before.contains("Krume") && same.after.contains("Casino"), "{same:?}");
    // It is in the log, and in the proof of the consent that was given before.
    let (zip, ..) = s.engine.proof(&s.address(ANNA), "angebote").await.unwrap();
    let report = rundruf_consent::proof::verify(&zip, &[]).unwrap();
    assert_eq!(report.verdict, rundruf_consent::proof::ProofVerdict::Consistent, "{:?}", report.lines);
    let told: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|t| t.contains("gleicher Inhaber") && t.contains("Casino")), "{told:?}");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_words_let_a_list_go_on_by_themselves() {
    let s = EngineFixture::new().await;
    s.subscriber("Anna", ANNA, "angebote").await;
    let (old, mut other) = (s.config.clone(), s.config.clone());
    other.lists[0]
        .consent_text
        .0
        .insert("de".to_owned(), "Ja, das Casino darf schreiben, bis ich STOP sage.".to_owned());
    s.engine.reload(other).await.unwrap();
    assert!(s.engine.broadcast_send(EngineFixture::form("angebote", "Jackpot")).await.is_err());
    s.engine.reload(old).await.unwrap();
    assert_eq!(s.done(s.send("angebote", "Brot").await).await.sent, 1);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_gone_or_closed_takes_and_sends_nothing() {
    let s = EngineFixture::new().await;
    s.subscriber("Anna", ANNA, "angebote").await;
    s.subscriber("Berta", "threema:BERTA234", "rezepte").await;
    let at = Some(BEGIN.plus(DAY));
    let later = |list| rundruf_engine::BroadcastForm { at, ..EngineFixture::form(list, "Später") };
    let gone = s.engine.broadcast_send(later("rezepte")).await.unwrap();
    let closed = s.engine.broadcast_send(later("angebote")).await.unwrap();
    let mut config = s.config.clone();
    let rezepte = config.lists.pop().unwrap();
    s.engine.reload(config.clone()).await.unwrap();
    assert!(s.row(gone).await.waits);
    assert!(import(&s, "threema:CARLA234", "rezepte").await.is_err());
    assert_eq!(s.engine.list_close("angebote", "operator:root").await.unwrap(), 1);
    assert_eq!(s.row(closed).await.state, BroadcastState::Cancelled);
    assert!(import(&s, "threema:CARLA234", "angebote").await.unwrap_err().contains("closed"));
    s.clock.advance(2 * DAY);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(s.messages_with(&["Später"]).is_empty());
    // Its links work all the same, and it goes on when it is back.
    config.lists = vec![rezepte];
    s.engine.reload(config).await.unwrap();
    assert_eq!(s.done(gone).await.sent, 1);
    let row = s.store.address_find(s.address(ANNA)).await.unwrap().unwrap();
    let url = s.engine.unsubscribe_url(row.id, row.consents[0].list).await.unwrap();
    let token = url.rsplit('/').next().unwrap();
    assert!(s.engine.unsubscribe(token, UnsubscribeMethod::AllLists).await.unwrap().is_some());
    assert_eq!(import(&s, ANNA, "rezepte").await.as_deref(), Ok("refused"), "although its list was closed");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_of_a_text_is_used_with_its_frame() {
    let french = "Oui, Bäckerei Krume GmbH peut m’écrire. Désinscription possible avec STOP.";
    let s = EngineFixture::with(|c| {
        c.lists[0].consent_text.0.insert("fr".to_owned(), french.to_owned());
        c.lists[1].consent_text.0.remove("en");
    })
    .await;
    let tables = [
        ("CHLOE234", "fr-CH", "angebote", "fr"),
        ("EMMA2345", "en", "rezepte", "de"),
        ("YUKI2345", "ja", "angebote", "de"),
    ];
    for (id, spoken, list, read) in tables {
        let address = format!("threema:{id}");
        s.person("P", &[&address]).await;
        assert_eq!(s.ask(&address, list, spoken).await.unwrap(), State::Requested, "{id}");
        let word = if read == "fr" { "répondez OUI" } else { "JA antworten" };
        s.message(&[id, word]).await;
        assert_eq!(s.evidence(&address, list).await[0]["text"]["lang"], read, "{id}");
    }
    assert!(s.message(&["CHLOE234"]).await.contains(french));
    s.receive("threema:CHLOE234", "Oui").await;
    assert_eq!(s.state("threema:CHLOE234", "angebote").await, State::Confirmed);
    s.message(&["CHLOE234", "confirmé le", "répondez STOP"]).await;
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_makes_unused_consents_stale() {
    let s = EngineFixture::new().await;
    let unused = "threema:UNUSED23";
    s.subscriber("Unused", unused, "angebote").await;
    s.clock.advance(715 * DAY);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(s.state(unused, "angebote").await, State::Confirmed, "715 days");
    s.clock.advance(20 * DAY);
    let begin = std::time::Instant::now();
    while s.state(unused, "angebote").await != State::Stale {
        assert!(begin.elapsed() < std::time::Duration::from_secs(15), "it is not stale");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(s.evidence(unused, "angebote").await.last().unwrap()["act"]["kind"], "timer");
    s.stop_and_check().await;
}
