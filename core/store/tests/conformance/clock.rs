//! The clock that the next process compares its own with; an earlier clock turns out to be right.

use super::fixture::{Fixture, all, choose, day, mail, retry};
use rundruf_consent::{Class, DeliveryId, Event, Time};
use rundruf_store::*;
use std::time::Duration;

pub(super) async fn a_clock_is_there_after_opening_again(mut s: Fixture) {
    assert_eq!(s.store.clock_get().await.unwrap(), None);
    for suspect in [None, Some(day(3_650)), Some(Time(-5))] {
        let record = ClockRecord { at: day(3), boot: 7, boot_id: "a-b".to_owned(), suspect };
        s.store.clock_put(record.clone()).await.unwrap();
        s.reopen().await;
        assert_eq!(s.store.clock_get().await.unwrap(), Some(record));
    }
    let record = ClockRecord { at: day(4), ..ClockRecord::default() };
    s.store.clock_put(record.clone()).await.unwrap();
    assert_eq!(s.store.clock_get().await.unwrap(), Some(record), "the boot id may be unknown");
    s.damage("UPDATE meta SET value = 'nonsense' WHERE key = 'clock'").await;
    assert_eq!(s.store.clock_get().await.unwrap(), None);
}

pub(super) async fn what_lies_in_the_future_counts_from_now(s: Fixture) {
    let (future, now, longest) = (day(3_650), day(10), Duration::from_secs(3_600));
    s.people(0..2).await;
    let broadcast = s.add(s.new_broadcast()).await;
    s.fan_out(broadcast, choose(s.transport)).await;
    let claimed = s.step_at(Vec::new(), 10, future).await.claimed;
    s.step_at(all(&claimed, &retry(future.plus(longest)), future), 0, future).await;
    s.stranger(5).await;
    s.moved(5, Event::SignUp, future).await;
    let address = s.address(mail(5)).await.id;
    let answer = s.store.service_add(vec![s.service(Class::Answer, address)], future).await.unwrap()[0];
    assert!(s.step_at(Vec::new(), 10, now).await.claimed.is_empty(), "nothing is due for ten years");

    let inbound = InboundRow {
        id: 0,
        transport: s.transport,
        address: mail(0),
        kind: 0,
        trust: 2,
        text: "Hallo".into(),
        remote_id: String::new(),
        at: future,
        extras: Default::default(),
    };
    let inbound = s.store.inbound_put(inbound).await.unwrap().unwrap();

    // Two consents, their request, two retries three times (due, first try, last try), the answer, the message.
    assert_eq!(s.store.clock_set_back(now, longest).await.unwrap(), 1 + 1 + 2 + 2 + 2 + 1 + 1);
    assert_eq!(s.store.inbound_pending(10).await.unwrap().iter().find(|i| i.id == inbound).unwrap().at, now);
    assert_eq!(s.store.clock_set_back(now, longest).await.unwrap(), 0, "once is enough");
    let claimed = s.step_at(Vec::new(), 10, now).await.claimed;
    assert_eq!(claimed.len(), 3);
    assert!(claimed.iter().any(|c| c.permit.delivery() == answer));
    assert!(claimed.iter().filter(|c| c.permit.delivery() > DeliveryId(0)).all(|c| c.first_try == now), "{claimed:?}");
    let request = s.store.request_open(address, now).await.unwrap().remove(0);
    assert_eq!((request.created, request.expires), (now, now.plus(Duration::from_secs(7 * 86_400))));
    assert_eq!(s.address(mail(5)).await.consents[0].since, now);
    s.healthy().await;

    // What is in the past, and a retry within the longest pause, stay.
    s.step_at(all(&claimed, &retry(now.plus(longest)), now), 0, now).await;
    assert_eq!(s.store.clock_set_back(now, longest).await.unwrap(), 0);
}
