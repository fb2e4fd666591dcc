//! Erased addresses: nothing readable is left, and everything is still counted.

use super::fixture::{Fixture, all, day, mail, retry, sent};
use rundruf_consent::{Event, Time};
use rundruf_store::{ConsentResult, ConsentTarget, DeliveryState, InboundRow, InboxAction, NewContact, Spellings};

impl Fixture {
    /// Erases one person as the engine does it.
    async fn forget(&self, n: u64) {
        self.moved(n, Event::Erase, Time(40)).await;
        let id = self.address(mail(n)).await.id;
        let spellings = Spellings::new([&mail(n)]).unwrap();
        self.store.erase(vec![id], spellings, true, Time(40)).await.unwrap();
    }
}

/// One is queued, one in flight, one to be retried, one sent: each is counted to the end, and nothing that a provider says later stays.
pub(super) async fn whatever_a_delivery_was_it_stays_counted(s: Fixture) {
    s.people(0..4).await;
    let id = s.broadcast().await;
    let mut first = s.step(Vec::new(), 3).await.claimed;
    let in_flight = first.pop().unwrap();
    s.settle(all(&first[..1], &sent(), Time(31))).await;
    s.settle(all(&first[1..], &retry(Time(32)), Time(31))).await;
    for n in 0..4 {
        s.forget(n).await;
        assert!(s.store.address_find(mail(n)).await.unwrap().is_none());
        s.healthy().await;
    }
    assert_eq!(s.store.erase_finish(Time(41)).await.unwrap(), 1, "one waits for its outcome");
    s.settle(all(&[in_flight], &sent(), Time(42))).await;
    assert_eq!(s.store.erase_finish(Time(43)).await.unwrap(), 0);
    let rest = s.step_at(Vec::new(), 10, Time(50)).await;
    assert_eq!((rest.claimed.len(), rest.refused), (0, 2), "the queued one and the retry");
    let row = s.row_of(id).await;
    assert_eq!((row.tally.total, row.tally.sent, row.tally.skipped), (4, 2, 2));
    assert!(s.deliveries(id, DeliveryState::Skipped).await.iter().all(|d| d.reason.as_deref() == Some("erased")));
    assert!(s.deliveries(id, DeliveryState::Sent).await.iter().all(|d| d.remote_id.is_none()));
}

pub(super) async fn keys_and_texts_are_gone_and_the_stop_stays(mut s: Fixture) {
    s.people(1..3).await;
    let consent = s.address(mail(1)).await.consents[0];
    let message = |n, text: &str| InboundRow {
        id: 0,
        transport: s.transport,
        address: mail(n),
        kind: 0,
        trust: 2,
        text: text.into(),
        remote_id: String::new(),
        at: Time(5),
        extras: Default::default(),
    };
    for (n, text) in [(1, "STOP"), (2, "auch P1@X.example bitte, nicht xp1@x.example")] {
        let id = s.store.inbound_put(message(n, text)).await.unwrap().unwrap();
        s.store.inbound_done(id, "for a person".into(), true).await.unwrap();
        s.store.inbox_act(id, InboxAction::Assign, "operator:0".into(), "p1@x.example".into(), Time(6)).await.unwrap();
    }
    s.forget(1).await;
    s.reopen().await;
    assert!(s.store.consent_events(consent.address, s.list).await.unwrap().iter().all(|e| e.json.is_none()));
    assert!(s.store.consent_proof(consent.address, s.list).await.unwrap().is_none());
    assert!(s.store.contact_get(consent.contact).await.unwrap().is_none());
    let left = s.store.inbox_list(0, 10, true).await.unwrap();
    let texts: Vec<_> = left.iter().map(|m| (m.message.text.as_str(), m.notes[0].body.as_str())).collect();
    assert_eq!(texts, [("auch […] bitte, nicht xp1@x.example", "[…]")]);
    let new = NewContact { addresses: vec![mail(1)], ..NewContact::default() };
    let back = s.store.contact_add(new, Time(60)).await.unwrap();
    assert!(back.id != consent.contact && back.addresses[0].id != consent.address, "a number is not used again");
    assert!(!back.addresses[0].flags.is_clear(), "nobody but the person brings the address back");
    s.healthy().await;
}

pub(super) async fn what_is_done_goes_and_what_waits_stays(s: Fixture) {
    let message = |at| InboundRow {
        id: 0,
        transport: s.transport,
        address: mail(1),
        kind: 0,
        trust: 2,
        text: "Hallo".into(),
        remote_id: String::new(),
        at: Time(at),
        extras: Default::default(),
    };
    let mut ids = Vec::new();
    for (at, open) in [(1, false), (2, true), (9, false)] {
        let id = s.store.inbound_put(message(at)).await.unwrap().unwrap();
        s.store.inbound_done(id, "for a person".into(), open).await.unwrap();
        ids.push(id);
    }
    let counts = s.store.inbox_counts().await.unwrap();
    assert_eq!((counts.messages, counts.newest, counts.oldest), (1, ids[1], Some(Time(2))));
    assert_eq!(s.store.inbound_sweep(Time(5)).await.unwrap(), 1);
    let left: Vec<_> = s.store.inbox_list(0, 10, true).await.unwrap().iter().map(|m| m.message.id).collect();
    assert_eq!(left, ids[1..]);
    s.store.inbox_act(ids[1], InboxAction::Done, "operator:0".into(), String::new(), Time(6)).await.unwrap();
    assert!(s.store.inbox_list(0, 10, false).await.unwrap().is_empty());
    assert!(s.store.inbox_act(4_711, InboxAction::Done, "operator:0".into(), String::new(), Time(6)).await.is_err());
}

/// Who was asked and did not say yes is forgotten; that the person was asked, and said no, is not.
pub(super) async fn what_limits_requests_outlives_the_address(s: Fixture) {
    let hours = |n: u32| std::time::Duration::from_secs(3_600) * n;
    let forget = async |n: u64, now: Time| {
        let found = s.store.request_unanswered(now, 10).await.unwrap();
        assert_eq!(found.iter().map(|row| row.address.clone()).collect::<Vec<_>>(), [mail(n)]);
        assert!(s.store.request_unanswered(Time(now.0 - 1), 10).await.unwrap().is_empty(), "a moment before");
        s.moved(n, Event::Erase, now).await;
        let spellings = Spellings::new([&mail(n)]).unwrap();
        s.store.erase(vec![found[0].id], spellings, false, now).await.unwrap();
        assert!(s.store.address_find(mail(n)).await.unwrap().is_none());
        s.healthy().await;
        s.stranger(n).await;
    };
    let asked = async |n: u64, now| {
        let target = ConsentTarget::Address(mail(n), s.list);
        s.move_to(target, Event::SignUp, now).await
    };
    s.people(0..3).await;
    s.stranger(7).await;
    s.moved(7, Event::SignUp, day(1)).await;
    assert!(s.store.request_unanswered(day(30), 10).await.unwrap().is_empty(), "it may still be answered");
    s.moved(7, Event::RequestExpired, day(1).plus(hours(1))).await;
    forget(7, day(1).plus(hours(1))).await;
    assert!(matches!(asked(7, day(1).plus(hours(2))).await, ConsentResult::TooMany), "once a day");
    assert!(matches!(asked(7, day(2).plus(hours(1))).await, ConsentResult::Done { .. }), "nobody has left");
    s.moved(7, Event::Decline, day(3)).await;
    forget(7, day(3)).await;
    assert!(matches!(asked(7, day(33)).await, ConsentResult::Illegal(_)), "a no holds for thirty days");
    assert!(matches!(asked(7, day(33).plus(hours(1))).await, ConsentResult::Done { .. }));
    s.healthy().await;
}
