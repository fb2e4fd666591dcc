//! Messages from outside: stored once, before they are acknowledged.

use super::fixture::{Fixture, mail};
use rundruf_consent::Time;
use rundruf_store::InboundRow;

fn message(s: &Fixture, remote_id: &str) -> InboundRow {
    InboundRow {
        id: 0,
        transport: s.transport,
        address: mail(1),
        kind: 0,
        trust: 2,
        text: "JA 👍".into(),
        remote_id: remote_id.into(),
        at: Time(5),
        extras: Default::default(),
    }
}

pub(super) async fn a_repeat_is_dropped(s: Fixture) {
    let first = s.store.inbound_put(message(&s, "m1")).await.unwrap();
    assert!(first.is_some());
    assert_eq!(s.store.inbound_put(message(&s, "m1")).await.unwrap(), None);
    let other = s.store.transport_sync(vec!["t".into(), "u".into()]).await.unwrap()[1];
    let elsewhere = InboundRow { transport: other, ..message(&s, "m1") };
    assert!(s.store.inbound_put(elsewhere).await.unwrap().is_some(), "another transport counts for itself");
    for _ in 0..2 {
        assert!(s.store.inbound_put(message(&s, "")).await.unwrap().is_some(), "without an id there is no repeat");
    }
    assert_eq!(s.store.inbound_pending(100).await.unwrap().len(), 4);
}

pub(super) async fn what_is_done_is_not_pending(mut s: Fixture) {
    let id = s.store.inbound_put(message(&s, "m1")).await.unwrap().unwrap();
    s.store.inbound_put(message(&s, "m2")).await.unwrap();
    let pending = s.store.inbound_pending(100).await.unwrap();
    assert_eq!((pending[0].id, pending[0].text.as_str(), &pending[0].address), (id, "JA 👍", &mail(1)));
    s.store.inbound_done(id, "confirmed".into(), false).await.unwrap();
    s.reopen().await;
    let left: Vec<_> = s.store.inbound_pending(100).await.unwrap().into_iter().map(|m| m.remote_id).collect();
    assert_eq!(left, ["m2"]);
    assert_eq!(s.store.inbound_put(message(&s, "m1")).await.unwrap(), None, "done is not forgotten");
}
