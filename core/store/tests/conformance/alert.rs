//! Troubles are told once, and that they are over.

use super::fixture::{Fixture, all, mail, retry, sent};
use rundruf_consent::{Class, Time};
use rundruf_store::*;

fn down(subject: &str, detail: &str) -> NewAlert {
    NewAlert { subject: subject.to_owned(), kind: 1, detail: detail.to_owned() }
}

/// Subject, whether it is over, whether it was told.
async fn known(s: &Fixture) -> Vec<(String, bool, bool)> {
    let all = s.store.alert_list().await.unwrap();
    all.into_iter().map(|a| (a.alert.subject, a.is_over, a.is_told)).collect()
}

pub(super) async fn a_trouble_is_one_until_it_is_over(mut s: Fixture) {
    assert!(s.store.alert_begin(down("a", "first"), Time(5)).await.unwrap());
    assert!(!s.store.alert_begin(down("a", "second"), Time(6)).await.unwrap(), "it is known");
    assert!(s.store.alert_begin(down("b", "other"), Time(7)).await.unwrap());
    s.reopen().await;
    let rows = s.store.alert_list().await.unwrap();
    assert_eq!((rows.len(), rows[0].alert.clone(), rows[0].at), (2, down("a", "first"), Time(5)));
    s.store.alert_delivered(rows[0].id).await.unwrap();
    assert!(!s.store.alert_begin(down("a", "third"), Time(8)).await.unwrap(), "it was told, and goes on");
    assert!(s.store.alert_end("a".into(), Time(9)).await.unwrap());
    assert!(!s.store.alert_end("a".into(), Time(9)).await.unwrap(), "it is over already");
    assert!(!s.store.alert_end("never".into(), Time(9)).await.unwrap());
    assert!(s.store.alert_end("b".into(), Time(9)).await.unwrap());
    let want = [("a".to_owned(), false, true), ("a".to_owned(), true, false)];
    assert_eq!(known(&s).await, want, "nobody had heard of b: nobody hears that it is over");
    // Again, before the end of the first was told: three things are to be told, in order.
    assert!(s.store.alert_begin(down("a", "fourth"), Time(10)).await.unwrap());
    let rows = s.store.alert_list().await.unwrap();
    assert_eq!(rows.iter().map(|r| r.is_over).collect::<Vec<_>>(), [false, true, false]);
    s.store.alert_delivered(rows[1].id).await.unwrap();
    assert_eq!(known(&s).await, [("a".to_owned(), false, false)], "what is over and told is forgotten");
    s.store.alert_delete("a".into()).await.unwrap();
    assert!(known(&s).await.is_empty());
}

pub(super) async fn a_message_tells_it_and_can_be_taken_back(s: Fixture) {
    s.people(0..2).await;
    let address = s.address(mail(0)).await.id;
    s.store.alert_begin(down("a", "x"), Time(5)).await.unwrap();
    let id = s.store.alert_list().await.unwrap()[0].id;
    let by = NewService { list: None, ..s.service(Class::Service, address) };
    let attempt = async |next| {
        let attempt = AlertAttempt { id, by: Some(by.clone()), next };
        s.store.alert_attempt(attempt, Time(20)).await.unwrap().unwrap()
    };
    let first = attempt(1).await;
    let row = s.store.alert_list().await.unwrap().remove(0);
    assert_eq!((row.service, row.next, row.is_told), (Some(first), 1, false));
    assert!(s.store.service_withdraw(first, Time(21)).await.unwrap());
    assert!(!s.store.service_withdraw(first, Time(21)).await.unwrap(), "it has an end");
    assert!(s.step(Vec::new(), 10).await.claimed.is_empty(), "nobody gets it");
    let second = attempt(2).await;
    let step = s.step(Vec::new(), 10).await;
    assert_eq!(step.claimed.iter().map(|c| c.permit.delivery()).collect::<Vec<_>>(), [second]);
    assert!(!s.store.service_withdraw(second, Time(31)).await.unwrap(), "it is on its way");
    s.settle(all(&step.claimed, &retry(Time(60)), Time(31))).await;
    // The trouble is over before anybody was told: the message that waits is taken back.
    assert!(s.store.alert_end("a".into(), Time(40)).await.unwrap());
    assert!(known(&s).await.is_empty());
    assert!(s.step_at(Vec::new(), 10, Time(99)).await.claimed.is_empty());
    // One that is on its way may arrive: its end is told.
    s.store.alert_begin(down("a", "y"), Time(100)).await.unwrap();
    let id = s.store.alert_list().await.unwrap()[0].id;
    let attempt = AlertAttempt { id, by: Some(by.clone()), next: 1 };
    let third = s.store.alert_attempt(attempt, Time(100)).await.unwrap().unwrap();
    let step = s.step_at(Vec::new(), 10, Time(101)).await;
    assert!(s.store.alert_end("a".into(), Time(102)).await.unwrap());
    assert_eq!(known(&s).await, [("a".to_owned(), false, false), ("a".to_owned(), true, false)]);
    s.settle(all(&step.claimed, &sent(), Time(103))).await;
    assert_eq!(s.store.service_get(third).await.unwrap().unwrap().state, DeliveryState::Sent);
    s.healthy().await;
}
