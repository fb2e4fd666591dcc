//! Rows that cannot be read: they permit nothing, and they do not stop what can be read.

use super::fixture::{Fixture, everybody, mail};
use rundruf_consent::{Class, State, Time};
use rundruf_store::*;

pub(super) async fn an_unreadable_consent_permits_nothing(mut s: Fixture) {
    // What is wrong with the rows of person 1, 2, … Person 0 is whole.
    let damages: [(&str, &str); 7] = [
        ("an unknown state", "UPDATE consent SET state = 99 WHERE address = ID"),
        ("a state beyond a byte", "UPDATE consent SET state = 2 + 256 WHERE address = ID"),
        ("a state that is not a number", "UPDATE consent SET state = 'confirmed' WHERE address = ID"),
        ("no evidence", "UPDATE consent SET evidence = 0 WHERE address = ID"),
        ("evidence that is not a number", "UPDATE consent SET evidence = x'07' WHERE address = ID"),
        ("an unknown flag", "UPDATE address SET flags = 8 WHERE id = ID"),
        ("flags that are not a number", "UPDATE address SET flags = 'none' WHERE id = ID"),
    ];
    s.people(0..8).await;
    let broadcast = s.add(s.new_broadcast()).await;
    s.fan_out(broadcast, everybody(s.transport)).await;
    let mut addresses = Vec::new();
    for n in 0..8 {
        addresses.push(s.address(mail(n)).await.id);
    }
    let mut messages = Vec::new();
    for class in Class::ALL {
        let all = addresses.iter().map(|address| s.service(class, *address)).collect();
        messages.push((class, s.store.service_add(all, Time(20)).await.unwrap()));
    }
    for ((_, sql), address) in damages.iter().zip(&addresses[1..]) {
        s.damage(&sql.replace("ID", &address.to_string())).await;
    }
    let step = s.step(Vec::new(), 1_000).await;
    assert!(!step.claimed.is_empty(), "what can be read is sent");
    for claimed in &step.claimed {
        assert_eq!(claimed.address_id, addresses[0], "only person 0 can be read");
    }
    for (class, ids) in &messages {
        for ((what, _), id) in damages.iter().zip(&ids[1..]) {
            let row = s.store.service_get(*id).await.unwrap().unwrap();
            assert_eq!(
                (row.state, row.reason.as_deref()),
                (DeliveryState::Skipped, Some("unreadable")),
                "{what} {class:?}"
            );
        }
    }
    let skipped = s.deliveries(broadcast, DeliveryState::Skipped).await;
    assert_eq!(skipped.len(), damages.len());
    assert!(skipped.iter().all(|d| d.reason.as_deref() == Some("unreadable")), "{skipped:?}");
    let found = s.store.doctor().await.unwrap();
    assert!(found.iter().any(|f| f.fault), "doctor tells it: {found:?}");
}

pub(super) async fn an_unreadable_message_class_is_not_sent(mut s: Fixture) {
    s.people(0..1).await;
    let row = s.address(mail(0)).await;
    assert_eq!(row.consents[0].state, State::Confirmed);
    let id = s.store.service_add(vec![s.service(Class::Answer, row.id)], Time(20)).await.unwrap()[0];
    s.damage("UPDATE service SET class = 99").await;
    let step = s.step(Vec::new(), 10).await;
    assert_eq!((step.claimed.len(), step.refused), (0, 1));
    assert_eq!(s.store.service_get(id).await.unwrap().unwrap().reason.as_deref(), Some("unreadable"));
}

pub(super) async fn doctor_names_states_that_nobody_knows(mut s: Fixture) {
    s.people(0..3).await;
    let broadcast = s.add(s.new_broadcast()).await;
    s.fan_out(broadcast, everybody(s.transport)).await;
    for (sql, undo, want) in [
        ("UPDATE broadcast SET state = 99", "UPDATE broadcast SET state = 1", "broadcast 1 is in a state"),
        ("UPDATE broadcast SET state = 'running'", "UPDATE broadcast SET state = 1", "broadcast 1 is in a state"),
        (
            "UPDATE delivery SET state = 77, evidence = 1 WHERE id = 1",
            "UPDATE delivery SET state = 0 WHERE id = 1",
            "1 deliveries",
        ),
        (
            "UPDATE consent SET state = 14 WHERE address = 1",
            "UPDATE consent SET state = 2 WHERE address = 1",
            "1 consents cannot be read",
        ),
        (
            "UPDATE address SET channel = 200 WHERE id = 1",
            "UPDATE address SET channel = 1 WHERE id = 1",
            "1 consents cannot be read",
        ),
        (
            "UPDATE address SET flags = 64 WHERE id = 1",
            "UPDATE address SET flags = 0 WHERE id = 1",
            "1 consents cannot be read",
        ),
    ] {
        s.damage(sql).await;
        let found = s.store.doctor().await.unwrap();
        assert!(found.iter().any(|f| f.fault && f.text.to_string().contains(want)), "{sql}: {found:?}");
        s.damage(undo).await;
        let found = s.store.doctor().await.unwrap();
        assert!(found.is_empty(), "{undo}: {found:?}");
    }
}
