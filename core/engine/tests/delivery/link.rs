//! The page behind the link in a mail: looking changes nothing, one button does.

use crate::engine_fixture::{DAY, EngineFixture, attachment, token};
use rundruf_consent::State;
use rundruf_engine::UnsubscribeMethod;

const ANNA: &str = "email:anna@mail.example";

#[tokio::test(flavor = "multi_thread")]
async fn the_confirm_button_can_be_pressed_again() {
    let s = EngineFixture::new().await;
    s.person("Anna", &[ANNA]).await;
    s.ask(ANNA, "angebote", "de").await.unwrap();
    let mail = s.message(&["anna@mail.example", "/c/"]).await;
    assert!(!mail.contains("JA antworten") && !mail.contains("List-Unsubscribe"), "{mail}");
    let token = token(&mail, "c");
    for _ in 0..3 {
        let view = s.engine.confirm_view(&token).await.unwrap().unwrap();
        assert_eq!((view.state, view.expired, view.language.as_str()), (State::Requested, false, "de"));
        assert!(view.text.contains("Krume") && !view.masked.contains("anna@"), "{view:?}");
    }
    let network = || Some("192.0.2.0/24".to_owned());
    for _ in 0..3 {
        assert_eq!(s.engine.confirm(&token, network()).await.unwrap().unwrap().state, State::Confirmed);
    }
    let evidence = s.evidence(ANNA, "angebote").await;
    assert_eq!(evidence.len(), 2);
    assert_eq!((&evidence[1]["act"]["kind"], &evidence[1]["ip_prefix"]), (&"post".into(), &"192.0.2.0/24".into()));
    assert_eq!(evidence[1]["act"]["token_id"].as_str().map(str::len), Some(64), "the yes names its question's link");
    let id = evidence[0]["outbound"]["message_id"].as_str().unwrap();
    assert!(mail.contains(id), "the question is recorded by the Message-Id that left: {id}\n{mail}");
    let welcome = s.message(&["Bestätigt am"]).await;
    let leave = crate::engine_fixture::token(&welcome, "u");
    s.engine.unsubscribe(&leave, UnsubscribeMethod::Page).await.unwrap().unwrap();
    assert_eq!(s.state(ANNA, "angebote").await, State::Withdrawn);
    // The old link must not bring back what was taken back.
    assert_eq!(s.engine.confirm(&token, None).await.unwrap().unwrap().state, State::Withdrawn);
    assert_eq!(s.messages_with(&["Bestätigt am"]).len(), 1);
    assert!(s.engine.confirm_view(&leave).await.unwrap().is_none(), "a leave link confirms nothing");
    assert!(s.engine.unsubscribe_view(&token).await.unwrap().is_none());
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_says_so() {
    let s = EngineFixture::new().await;
    s.person("Anna", &[ANNA]).await;
    s.ask(ANNA, "angebote", "en").await.unwrap();
    let token = token(&s.message(&["/c/"]).await, "c");
    s.clock.advance(8 * DAY);
    let view = s.engine.confirm(&token, None).await.unwrap().unwrap();
    assert!(view.expired && view.state != State::Confirmed, "{view:?}");
    assert_eq!(view.language, "en", "in the language of the request");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_link_expires() {
    let s = EngineFixture::new().await;
    s.subscriber("Anna", ANNA, "angebote").await;
    let mut form = EngineFixture::form("angebote", "Siehe Anhang");
    form.attachments.push(attachment("karte.pdf", "application/pdf", b"%PDF"));
    let id = s.engine.broadcast_send(form).await.unwrap();
    s.done(id).await;
    assert!(s.message(&["Siehe Anhang"]).await.contains("karte.pdf"));
    for forged in ["", "AAAA", &"A".repeat(51)] {
        assert!(s.engine.file(forged).await.unwrap().is_none());
    }
    s.stop_and_check().await;
}
