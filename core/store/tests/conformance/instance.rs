//! Names, people, files, and opening again.

use super::fixture::{FROM_THE_FIRST, Fixture, mail};
use rundruf_consent::text::{Text, TextKind};
use rundruf_consent::{Address, Channel, ContactId, Time};
use rundruf_store::*;
use std::collections::BTreeMap;

pub(super) async fn a_second_daemon_is_refused(mut s: Fixture) {
    assert!(matches!(s.open_again().err(), Some(StoreError::InUse(_))));
    s.reopen().await;
    s.healthy().await;
    s.store.close().await;
    assert!(matches!(s.store.list_sync(Vec::new()).await, Err(StoreError::Closed)));
}

pub(super) async fn what_was_stored_is_there_after_opening_again(mut s: Fixture) {
    s.people(0..5).await;
    let id = s.broadcast().await;
    let secrets = format!("{:?}{:?}", s.store.secrets().log_seed, s.store.secrets().instance_key);
    let address = s.address(mail(1)).await.id;
    let events = s.store.consent_events(address, s.list).await.unwrap();
    s.reopen().await;
    assert_eq!(format!("{:?}{:?}", s.store.secrets().log_seed, s.store.secrets().instance_key), secrets);
    assert_eq!(s.row_of(id).await.tally.queued, 5);
    assert_eq!(s.store.consent_events(address, s.list).await.unwrap()[0].json, events[0].json);
}

pub(super) async fn names_keep_their_numbers(s: Fixture) {
    let lists = s.store.list_sync(vec!["b".into(), "l".into(), "a".into()]).await.unwrap();
    assert_eq!(lists[1], s.list);
    assert_eq!(s.store.list_sync(vec!["a".into(), "b".into()]).await.unwrap(), [lists[2], lists[0]]);
    s.store.list_close(lists[2], Time(5)).await.unwrap();
    assert!(matches!(s.store.list_sync(vec!["a".into()]).await, Err(StoreError::State(_))), "a closed name is used up");
    assert!(s.store.list_close(rundruf_consent::ListId(99), Time(5)).await.is_err());
    let all = s.store.list_all().await.unwrap();
    let stats = s.store.list_stats().await.unwrap();
    assert!(all.iter().map(|l| (l.id, &l.name, l.closed)).eq(stats.iter().map(|l| (l.id, &l.name, l.closed))));
    let told: Vec<_> = stats.iter().map(|l| (l.name.as_str(), l.closed)).collect();
    assert_eq!(told, [("a", true), ("b", false), ("l", false)]);
    assert_eq!(s.store.transport_sync(vec!["u".into(), "t".into()]).await.unwrap()[1], s.transport);
}

pub(super) async fn people_are_never_merged_by_accident(s: Fixture) {
    let new = |addresses: Vec<Address>| NewContact {
        language: Some("de".into()),
        vars: BTreeMap::from([("first_name".to_owned(), "Anna".to_owned()), ("empty".to_owned(), String::new())]),
        addresses,
    };
    let anna = s.store.contact_add(new(vec![mail(1)]), Time(1)).await.unwrap();
    assert_eq!(anna.vars.len(), 1, "empty values are left out");
    let more = s.store.contact_add(new(vec![mail(2), mail(1)]), Time(2)).await.unwrap();
    assert_eq!((more.id, more.addresses.len()), (anna.id, 2));
    let berta = NewContact { vars: BTreeMap::from([("first_name".into(), "Berta".into())]), ..new(vec![mail(1)]) };
    let same = s.store.contact_add(NewContact { language: Some("en".into()), ..berta }, Time(3)).await.unwrap();
    assert_eq!(
        (same.vars["first_name"].as_str(), same.language.as_deref()),
        ("Anna", Some("de")),
        "what is known stays"
    );
    s.store.contact_add(new(vec![mail(3)]), Time(4)).await.unwrap();
    let refused = s.store.contact_add(new(vec![mail(9), mail(1), mail(3)]), Time(5)).await;
    assert!(matches!(refused, Err(StoreError::State(_))));
    assert!(s.store.address_find(mail(9)).await.unwrap().is_none(), "nothing of it was stored");
}

pub(super) async fn people_are_found_by_parts_of_what_is_known(s: Fixture) {
    s.people(0..30).await;
    let found = async |text: &str, after, limit| {
        let rows = s.store.contact_find(text.to_owned(), after, limit).await.unwrap();
        rows.iter().map(|c| c.id.0).collect::<Vec<_>>()
    };
    assert_eq!(found("P7@X", FROM_THE_FIRST, 10).await.len(), 1);
    assert_eq!(found("anna", FROM_THE_FIRST, 100).await.len(), 30);
    let first = found("", FROM_THE_FIRST, 20).await;
    let second = found("", ContactId(first[19]), 20).await;
    assert_eq!((first.len(), second.len()), (20, 10));
    assert!(found("%", FROM_THE_FIRST, 10).await.is_empty(), "a percent sign is a percent sign");
    let phone = Address::parse(Channel::Sms, "+491701234567", None).unwrap();
    assert!(s.store.address_find(phone).await.unwrap().is_none());
}

pub(super) async fn files_are_found_by_digest(s: Fixture) {
    let digest = s.store.file_put("a.png".into(), "image/png".into(), vec![1, 2, 3], Time(1)).await.unwrap();
    let again = s.store.file_put("b.png".into(), "image/png".into(), vec![1, 2, 3], Time(2)).await.unwrap();
    assert_eq!(again, digest);
    let (name, media_type, bytes) = s.store.file_get(digest).await.unwrap().unwrap();
    assert_eq!((name.as_str(), media_type.as_str(), bytes.as_slice()), ("a.png", "image/png", &[1, 2, 3][..]));
    let mut prefix = [0; 16];
    prefix.copy_from_slice(&digest[..16]);
    assert!(s.store.file_by_prefix(prefix).await.unwrap().is_some());
    prefix[15] ^= 1;
    assert!(s.store.file_by_prefix(prefix).await.unwrap().is_none());
    assert!(s.store.file_get([0; 32]).await.unwrap().is_none());
}

pub(super) async fn texts_are_kept_once(s: Fixture) {
    let text = Text { kind: TextKind::Consent, language: "de".into(), body: "Ja, bitte.".into() };
    let digest = s.store.text_put(text.clone()).await.unwrap();
    assert_eq!(s.store.text_put(text.clone()).await.unwrap(), digest);
    let back = s.store.text_get(digest).await.unwrap().unwrap();
    assert_eq!((back.body, back.language, digest), (text.body.clone(), text.language.clone(), text.digest()));
    assert!(s.store.text_get([0; 32]).await.unwrap().is_none());
}
