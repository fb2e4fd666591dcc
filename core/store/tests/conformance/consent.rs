//! Moves of consents: state, evidence, leaf, suppression, request and messages in one.

use super::fixture::{Fixture, all, day, draft, mail, sent};
use rundruf_consent::evidence::{self, EvidenceDraft, TextRef};
use rundruf_consent::text::{Text, TextKind, hex};
use rundruf_consent::{Class, Event, ImportClass, State, Time};
use rundruf_store::*;
use std::sync::Arc;
use std::time::Duration;

fn is_changed(moved: &ConsentResult) -> Option<bool> {
    match moved {
        ConsentResult::Done { changed, .. } => Some(*changed),
        _ => None,
    }
}

pub(super) async fn asked_for_given_and_taken_back(s: Fixture) {
    let address = s.stranger(1).await;
    let target = || ConsentTarget::Ids(address, s.list);
    assert_eq!(is_changed(&s.move_to(target(), Event::SignUp, Time(2)).await), Some(true));
    let request = s.store.request_open(address, Time(4)).await.unwrap().remove(0);
    assert_eq!((request.consent.state, &request.address, request.created), (State::Requested, &mail(1), Time(2)));
    let by_id = s.store.request_get(request.id).await.unwrap().unwrap();
    assert_eq!((by_id.id, by_id.expires), (request.id, request.expires));
    assert_eq!(is_changed(&s.move_to(ConsentTarget::Request(request.id), Event::Confirm, Time(5)).await), Some(true));
    assert!(s.store.request_open(address, Time(6)).await.unwrap().is_empty());
    s.stop(1).await;
    let events = s.store.consent_events(address, s.list).await.unwrap();
    let told: Vec<_> = events.iter().map(|e| (e.event.as_str(), e.state_after, e.at)).collect();
    let want = [
        ("sign_up", State::Requested, Time(2)),
        ("confirm", State::Confirmed, Time(5)),
        ("stop", State::Withdrawn, Time(20)),
    ];
    assert_eq!(told, want);
    let mut commitment = None;
    for (n, event) in events.iter().enumerate() {
        let json: serde_json::Value = serde_json::from_str(event.json.as_deref().unwrap()).unwrap();
        assert_eq!((json["n"].as_u64(), &json["type"]), (Some(n as u64 + 1), &event.event.as_str().into()));
        assert_eq!(json["prev"].as_str(), commitment.as_deref(), "each event names the one before");
        let key = s.store.consent_proof(address, s.list).await.unwrap().unwrap().key;
        let blind = evidence::blind(&key, event.record);
        commitment = Some(hex(&evidence::commit(&blind, event.json.as_deref().unwrap().as_bytes())));
    }
    assert_eq!(s.store.log_head().await.unwrap().size, 3);
    let stats = s.store.list_stats().await.unwrap().remove(0);
    assert_eq!((stats.by_state.len(), stats.by_state["withdrawn"]), (1, 1));
    s.healthy().await;
}

pub(super) async fn a_repeat_changes_nothing(s: Fixture) {
    s.people(1..2).await;
    s.stop(1).await;
    let size = s.store.log_head().await.unwrap().size;
    let again = s.move_to(ConsentTarget::Address(mail(1), s.list), Event::Stop, Time(30)).await;
    assert_eq!(is_changed(&again), Some(false));
    assert_eq!(s.address(mail(1)).await.consents[0].since, Time(20));
    assert_eq!(s.store.log_head().await.unwrap().size, size);
    let nobody = s.move_to(ConsentTarget::Address(mail(77), s.list), Event::Stop, Time(30)).await;
    assert!(matches!(nobody, ConsentResult::NoTarget));
    assert!(matches!(
        s.move_to(ConsentTarget::Request([9; 16]), Event::Confirm, Time(30)).await,
        ConsentResult::NoTarget
    ));
}

pub(super) async fn an_illegal_change_writes_nothing(s: Fixture) {
    let address = s.stranger(1).await;
    for event in [Event::Confirm, Event::Renew, Event::Resume, Event::GoStale, Event::Import(ImportClass::E)] {
        let moved = s.move_to(ConsentTarget::Ids(address, s.list), event, Time(2)).await;
        assert!(matches!(moved, ConsentResult::Illegal(_)), "{event:?}: {moved:?}");
    }
    assert!(s.address(mail(1)).await.consents.is_empty());
    assert_eq!(s.store.log_head().await.unwrap().size, 0);
    s.moved(1, Event::SignUp, day(0)).await;
    s.moved(1, Event::Decline, day(1)).await;
    let moved = s.move_to(ConsentTarget::Ids(address, s.list), Event::SignUp, day(30)).await;
    assert!(matches!(moved, ConsentResult::Illegal(_)), "a no holds for thirty days");
    s.moved(1, Event::SignUp, day(32)).await;
}

pub(super) async fn nobody_is_asked_too_often(s: Fixture) {
    let other = s.store.list_sync(vec!["l".into(), "m".into()]).await.unwrap()[1];
    let address = s.stranger(1).await;
    let ask = async |list, now| s.move_to(ConsentTarget::Ids(address, list), Event::SignUp, now).await;
    assert_eq!(is_changed(&ask(s.list, day(0)).await), Some(true));
    let soon = Time(day(1).0 - 1);
    assert!(matches!(ask(s.list, soon).await, ConsentResult::TooMany));
    assert!(matches!(ask(other, soon).await, ConsentResult::TooMany), "over all lists");
    assert_eq!(is_changed(&ask(other, day(1)).await), Some(true));
    assert_eq!(is_changed(&ask(s.list, day(2)).await), Some(false), "asked again");
    assert!(matches!(ask(other, day(29)).await, ConsentResult::TooMany), "three in thirty days");
    assert_eq!(is_changed(&ask(other, day(31)).await), Some(false));
    s.healthy().await;
}

pub(super) async fn a_new_request_replaces_the_open_one(s: Fixture) {
    let address = s.stranger(1).await;
    s.moved(1, Event::SignUp, day(0)).await;
    let first = s.store.request_open(address, day(0)).await.unwrap().remove(0);
    let again = s.moved(1, Event::SignUp, day(3)).await;
    assert_eq!(again.since, day(3), "its time to answer begins anew");
    let open = s.store.request_open(address, day(3)).await.unwrap();
    assert!(open.len() == 1 && open[0].id != first.id);
    assert_eq!(s.store.consent_events(address, s.list).await.unwrap().len(), 2);
    s.healthy().await;
}

pub(super) async fn requests_run_out(s: Fixture) {
    let address = s.stranger(1).await;
    s.moved(1, Event::SignUp, day(0)).await;
    assert!(s.store.request_overdue(Time(day(7).0 - 1), 10).await.unwrap().is_empty());
    let over = s.store.request_overdue(day(7), 10).await.unwrap().remove(0);
    assert!(s.store.request_open(address, day(7)).await.unwrap().is_empty());
    assert_eq!(
        is_changed(&s.move_to(ConsentTarget::Request(over.id), Event::RequestExpired, day(7)).await),
        Some(true)
    );
    assert!(s.store.request_overdue(day(8), 10).await.unwrap().is_empty());
    assert_eq!(s.address(mail(1)).await.consents[0].state, State::Expired);
    assert!(s.store.request_get(over.id).await.unwrap().is_some(), "a late answer finds it");
    assert_eq!(s.store.sweep(day(30)).await.unwrap(), 0);
    assert_eq!(s.store.sweep(day(200)).await.unwrap(), 1);
    assert!(s.store.request_get(over.id).await.unwrap().is_none());
}

pub(super) async fn messages_follow_only_a_change(s: Fixture) {
    s.people(1..2).await;
    let ack = NewService { address: None, list: None, ..s.service(Class::StopAck, rundruf_consent::AddressId(0)) };
    for _ in 0..2 {
        let target = ConsentTarget::Address(mail(1), s.list);
        let m =
            ConsentChange { target, event: Event::Stop, draft: draft(), request: None, services: vec![ack.clone()] };
        s.store.consent_apply(vec![m], Time(20)).await.unwrap();
    }
    let step = s.step(Vec::new(), 10).await;
    assert_eq!(step.claimed.len(), 1, "one acknowledgement for two stops");
    let address = s.address(mail(1)).await.id;
    assert_eq!((step.claimed[0].address_id, step.claimed[0].list), (address, Some(s.list)));
}

pub(super) async fn once_is_once(s: Fixture) {
    s.people(1..2).await;
    let address = s.address(mail(1)).await.id;
    let welcome = || s.store.service_add(vec![s.service(Class::Welcome, address)], Time(21));
    let first = welcome().await.unwrap()[0];
    let step = s.step(Vec::new(), 10).await;
    assert_eq!(step.claimed.len(), 1);
    let second = welcome().await.unwrap()[0];
    assert_eq!(s.step(Vec::new(), 10).await.refused, 1, "while the first is in flight");
    s.settle(all(&step.claimed, &sent(), Time(31))).await;
    let third = welcome().await.unwrap()[0];
    assert_eq!(s.step(Vec::new(), 10).await.refused, 1, "after it was sent");
    for id in [second, third] {
        let row = s.store.service_get(id).await.unwrap().unwrap();
        assert_eq!(row.reason.as_deref(), Some("not_permitted"));
    }
    assert_eq!(s.store.service_get(first).await.unwrap().unwrap().state, DeliveryState::Sent);
    // A new yes is a new state: it may be welcomed again.
    s.moved(1, Event::Stop, day(1)).await;
    s.moved(1, Event::SignUp, day(2)).await;
    s.moved(1, Event::Confirm, day(2)).await;
    welcome().await.unwrap();
    assert_eq!(s.step_at(Vec::new(), 10, day(3)).await.claimed.len(), 1);
    // Messages that the state does not know.
    let request = s.service(Class::Request, address);
    s.store.service_add(vec![request], day(3)).await.unwrap();
    assert_eq!(s.step_at(Vec::new(), 10, day(3)).await.refused, 1, "nobody is asked who has said yes");
    // A contact without consent, then an address that is permanently undeliverable.
    let stranger = s.stranger(5).await;
    let promotion = NewService { list: None, ..s.service(Class::Promotion, stranger) };
    let answer = NewService { list: None, ..s.service(Class::Answer, stranger) };
    s.store.service_add(vec![promotion, answer.clone()], day(4)).await.unwrap();
    let step = s.step_at(Vec::new(), 10, day(4)).await;
    assert_eq!((step.claimed.len(), step.refused), (1, 1), "the answer is sent, the promotion is not");
    let gone = rundruf_consent::AddressFlags::UNDELIVERABLE;
    s.store.address_flag(stranger, gone, rundruf_consent::AddressFlags::default(), day(4)).await.unwrap();
    s.store.service_add(vec![answer], day(4)).await.unwrap();
    assert_eq!(s.step_at(Vec::new(), 10, day(4)).await.refused, 1);
}

pub(super) async fn a_proof_has_everything(s: Fixture) {
    let text = Text { kind: TextKind::Consent, language: "de".into(), body: "Ja, bitte.".into() };
    let digest = s.store.text_put(text.clone()).await.unwrap();
    let address = s.stranger(1).await;
    let with_text =
        EvidenceDraft { text: Some(TextRef { sha256: hex(&digest), lang: "de".into() }), ..(*draft()).clone() };
    let request = NewRequest { id: [4; 16], expires: Time(2).plus(Duration::from_secs(60)) };
    for (event, request) in [(Event::SignUp, Some(request)), (Event::Confirm, None)] {
        let (target, draft) = (ConsentTarget::Ids(address, s.list), Arc::new(with_text.clone()));
        let m = ConsentChange { target, event, draft, request, services: Vec::new() };
        s.store.consent_apply(vec![m], Time(2)).await.unwrap();
    }
    let proof = s.store.consent_proof(address, s.list).await.unwrap().unwrap();
    assert_eq!((proof.consent.state, proof.events.len(), proof.texts.len()), (State::Confirmed, 2, 1));
    assert_eq!(proof.texts[0].body, text.body);
    assert!(s.store.consent_proof(s.stranger(2).await, s.list).await.unwrap().is_none());
}
