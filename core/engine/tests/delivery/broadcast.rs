//! From a text to files that a person can open.

use crate::engine_fixture::{EngineFixture, attachment, token};
use rundruf_consent::{Event, ImportClass, Refusal, State};
use rundruf_engine::{EngineError, UnsubscribeMethod};
use rundruf_store::{DeliveryState, NewContact, RefusalKey, UnknownResolution};
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test(flavor = "multi_thread")]
async fn each_contact_gets_one_message_by_the_preferred_channel() {
    let s = EngineFixture::new().await;
    for (n, channel) in ["email", "threema", "sms"].into_iter().cycle().take(60).enumerate() {
        let address = match channel {
            "email" => format!("email:person{n}@mail.example"),
            "threema" => format!("threema:P{n:07}"),
            _ => format!("sms:+49170123{n:03}9"),
        };
        s.subscriber(&format!("Name{n}"), &address, "angebote").await;
    }
    s.subscriber("Berta", "threema:BERTA123", "angebote").await;
    s.apply_event(
        s.store.address_find(s.address("threema:BERTA123")).await.unwrap().unwrap().id,
        "angebote",
        Event::Stop,
    )
    .await;
    let carla = s.person("Carla", &["email:carla@mail.example"]).await.addresses[0].id;
    s.apply_event(carla, "angebote", Event::Import(ImportClass::C)).await;
    s.subscriber("Dora", "threema:DORA1234", "rezepte").await;

    let mut form = EngineFixture::form("angebote", "# Hallo {{ first_name }}\n\nHeute **Mohnbrötchen**.");
    form.attachments.push(attachment("karte.txt", "text/plain", b"Brot 3,20"));
    let dry = s.engine.broadcast_dry_run(form.clone()).await.unwrap();
    assert_eq!((dry.preview.total, dry.preview.by_channel["email"], dry.preview.by_channel["sms"]), (62, 20, 20));
    assert_eq!((dry.preview.skipped_by["withdrawn"], dry.preview.skipped_by["quarantined"]), (1, 1));
    assert!(dry.samples.iter().any(|s| s.channel == "email" && s.text.contains("Hallo Name0")), "{dry:?}");
    let id = s.engine.broadcast_send(form).await.unwrap();
    let tally = s.done(id).await;
    assert_eq!((tally.total, tally.sent, tally.skipped), (62, 60, 2), "the same as the dry run said");
    assert_eq!(tally.skipped_by[&RefusalKey(Refusal::Withdrawn)], 1);
    assert_eq!(tally.skipped_by[&RefusalKey(Refusal::Quarantined)], 1);

    let messages = s.messages_with(&["Mohnbrötchen"]);
    assert_eq!(messages.len(), 60, "one each");
    let to: BTreeSet<&str> = messages.iter().filter_map(|m| m.lines().next()).collect();
    assert_eq!(to.len(), 60, "nobody twice");
    for m in &messages {
        let names =
            (0..60).filter(|n| m.contains(&format!("Hallo Name{n}\n")) || m.contains(&format!("Hallo Name{n}*")));
        assert_eq!(names.count(), 1, "one name: {m}");
        assert!(m.contains("https://krume.example/impressum") && m.contains("Bäckerei Krume GmbH"), "{m}");
        assert!(m.contains("STOP") || m.contains("/u/"), "how to stop: {m}");
        assert!(m.contains("karte.txt"), "{m}");
    }
    let deliveries = s.deliveries(id).await;
    assert!(deliveries.iter().all(|d| (d.state == DeliveryState::Sent) == d.evidence.is_some()), "each with its proof");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_stops_every_delivery_not_yet_claimed() {
    // Fifty a second: the last of two hundred wait for seconds.
    let s = EngineFixture::with(|c| c.transports[0].rate_per_s = Some(50.0)).await;
    let people = s.subscribers(200, "angebote").await;
    let id = s.send("angebote", "Hallo {{ first_name }}").await;
    s.until(id, "being sent", |row| row.tally.sent > 0).await;
    let last: BTreeSet<_> = people[180..].iter().copied().collect();
    for address in &last {
        let token = s.engine.unsubscribe_url(*address, s.id("angebote")).await.unwrap();
        s.engine.unsubscribe(token.rsplit('/').next().unwrap(), UnsubscribeMethod::OneClick).await.unwrap().unwrap();
    }
    // The stops are stored, and nothing of theirs was claimed yet: what is claimed from here on comes after them in the database.
    let contacts: BTreeSet<_> = {
        let mut all = BTreeSet::new();
        for address in &last {
            all.insert(s.store.address_get(*address).await.unwrap().unwrap().contact);
        }
        all
    };
    let theirs: Vec<_> = s.deliveries(id).await.into_iter().filter(|d| contacts.contains(&d.contact)).collect();
    assert_eq!(theirs.len(), 20);
    assert!(theirs.iter().all(|d| d.state == DeliveryState::Queued), "the test is too fast: {theirs:?}");
    let tally = s.done(id).await;
    assert_eq!((tally.sent, tally.skipped_by[&RefusalKey(Refusal::Withdrawn)]), (180, 20));
    for d in s.deliveries(id).await.iter().filter(|d| contacts.contains(&d.contact)) {
        assert_eq!((d.state, d.attempts), (DeliveryState::Skipped, 0), "{d:?}");
    }
    assert_eq!(s.messages().len(), 180);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_fails_to_render_skips_one_contact() {
    let s = EngineFixture::new().await;
    for (name, part) in [("Anna", "5"), ("Berta", "0"), ("Carla", "2")] {
        let vars = BTreeMap::from([("part".to_owned(), part.to_owned()), ("first_name".to_owned(), name.to_owned())]);
        let addresses = vec![s.address(&format!("email:{name}@mail.example"))];
        let person = s.store.contact_add(NewContact { language: None, vars, addresses }, s.clock.now()).await.unwrap();
        s.apply_event(person.addresses[0].id, "angebote", Event::Import(ImportClass::A)).await;
    }
    let id = s.send("angebote", "{{ first_name }}: {{ 10 // (part | int) }} Stück").await;
    let tally = s.done(id).await;
    assert_eq!((tally.sent, tally.skipped_by.get(&RefusalKey(Refusal::NotRendered))), (2, Some(&1)), "{tally:?}");
    assert_eq!(s.messages_with(&["Anna: 2 Stück"]).len(), 1);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_content_is_refused_before_it_is_stored() {
    let s = EngineFixture::new().await;
    let refused = |text: &str| s.engine.broadcast_send(EngineFixture::form("angebote", text));
    for (text, code) in [
        ("Hallo {{ first_name", "template"),
        ("{% for x in range(9999999) %}x{% endfor %}", "template"),
        ("  \n", "empty"),
    ] {
        match refused(text).await {
            Err(EngineError::Refused { code: got, .. }) => assert_eq!(got, code, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    let missing = s.engine.broadcast_send(EngineFixture::form("angebot", "Hallo")).await.unwrap_err();
    assert!(
        matches!(&missing, EngineError::Refused { help, .. } if help.to_string().contains("angebote")),
        "{missing:?}"
    );
    assert!(s.engine.broadcast_list(10).await.unwrap().is_empty());
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn service_messages_overtake_bulk() {
    let s = EngineFixture::with(|c| c.transports[0].rate_per_s = Some(20.0)).await;
    s.subscribers(100, "angebote").await;
    let id = s.send("angebote", "Hallo {{ first_name }}").await;
    s.until(id, "being sent", |row| row.tally.sent > 0).await;
    let test = s.engine.transport_test("kasten", "email:chefin@krume.example").await.unwrap();
    assert!(test.ok, "{test:?}");
    let tally = s.row(id).await.tally;
    assert!(tally.queued > 50, "four more seconds of bulk were waiting: {tally:?}");
    let message = s.messages_with(&["chefin@krume.example", "Testnachricht"]).pop().unwrap();
    assert!(!message.contains("/u/"), "it is not a newsletter: {message}");
    s.engine.broadcast_change(id, rundruf_store::BroadcastAction::Cancel).await.unwrap();
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unsubscribe_link_leaves_one_list() {
    let s = EngineFixture::new().await;
    let anna = s.subscriber("Anna", "email:anna@mail.example", "angebote").await;
    s.apply_event(anna, "rezepte", Event::Import(ImportClass::A)).await;
    let id = s.send("angebote", "Hallo {{ first_name }}").await;
    s.done(id).await;
    let mail = s.message(&["anna@mail.example", "List-Unsubscribe"]).await;
    let token = token(&mail, "u");
    let view = s.engine.unsubscribe_view(&token).await.unwrap().unwrap();
    assert_eq!(
        (view.state, view.list_title.as_str()),
        (State::Confirmed, "Angebote der Woche"),
        "looking changes nothing"
    );
    assert!(!view.masked.contains("anna@mail"), "{}", view.masked);
    for _ in 0..3 {
        let view = s.engine.unsubscribe(&token, UnsubscribeMethod::OneClick).await.unwrap().unwrap();
        assert_eq!(view.state, State::Withdrawn);
    }
    assert_eq!(s.state("email:anna@mail.example", "rezepte").await, State::Confirmed);
    let evidence = s.evidence("email:anna@mail.example", "angebote").await;
    assert_eq!(evidence.len(), 2, "a repeat is not an event");
    assert_eq!(evidence[1]["act"]["kind"], "one_click");
    assert_eq!(s.messages().len(), 1, "no acknowledgement for a click");
    for garbage in ["", "x", &token[1..], &format!("{token}A")] {
        assert!(s.engine.unsubscribe(garbage, UnsubscribeMethod::Page).await.unwrap().is_none(), "{garbage}");
    }
    // The list leaves the settings; its links work on.
    let s = s.restart(|c| c.lists.retain(|l| l.name == "rezepte")).await;
    let view = s.engine.unsubscribe(&token, UnsubscribeMethod::Page).await.unwrap().unwrap();
    assert_eq!((view.state, view.list_title.as_str()), (State::Withdrawn, "angebote"));
    assert_eq!(s.engine.unknown_resolve(id, None, UnknownResolution::Sent).await.unwrap(), 0);
    s.stop_and_check().await;
}
