//! What the plugin contract 0.2 brings: opted out, another key, elsewhere; other addresses of a sender; late outcomes; receipts by the provider's id.

use crate::engine_fixture::EngineFixture;
use rundruf_consent::{AddressFlags, Channel, State, Time};
use rundruf_engine::InboxAction;
use rundruf_store::{
    DeliveryState, InboundExtras, InboundRow, NewContact, OutcomeCorrection, ReceiptRow, SentDetail, TransportId,
    UnknownResolution,
};
use std::time::{Duration, Instant};

/// Waits until this is true.
async fn soon(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !holds().await {
        assert!(begin.elapsed() < Duration::from_secs(15), "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_opted_out_at_the_provider_has_withdrawn_from_everything() {
    let s = EngineFixture::new().await;
    let person = s.subscriber("optedout", "email:optedout@mail.example", "angebote").await;
    s.apply_event(person, "rezepte", rundruf_consent::Event::Import(rundruf_consent::ImportClass::A)).await;
    s.subscriber("anna", "email:anna@mail.example", "angebote").await;
    let id = s.send("angebote", "Hallo").await;
    let tally = s.done(id).await;
    assert_eq!((tally.sent, tally.failed), (1, 1));
    for list in ["angebote", "rezepte"] {
        soon("it is a withdrawal", async || s.state("email:optedout@mail.example", list).await == State::Withdrawn)
            .await;
    }
    let last = s.evidence("email:optedout@mail.example", "rezepte").await.pop().unwrap();
    assert!(last["act"]["kind"] == "transport" && last["actor"] == "person", "{last}");
    assert!(last["source"]["detail"].as_str().unwrap().contains("wants nothing of this sender"), "{last}");
    let tally = s.done(s.send("angebote", "Noch einmal").await).await;
    assert_eq!((tally.sent, tally.total - tally.sent), (1, tally.skipped), "nothing more is tried");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_than_before_holds_that_person_alone_until_they_write() {
    let s = EngineFixture::new().await;
    s.subscriber("Otto", "email:otherkey@mail.example", "angebote").await;
    s.subscriber("anna", "email:anna@mail.example", "angebote").await;
    let tally = s.done(s.send("angebote", "Hallo").await).await;
    assert_eq!((tally.sent, tally.failed), (1, 1));
    let row = async || s.store.address_find(s.address("email:otherkey@mail.example")).await.unwrap().unwrap();
    soon("it is held", async || row().await.flags.has(AddressFlags::UNDELIVERABLE)).await;
    assert_eq!(s.state("email:otherkey@mail.example", "angebote").await, State::Confirmed, "the consent stays");
    let why = s.store.undeliverable_of(vec![row().await.id]).await.unwrap();
    assert!(why[0].reply.contains("key of this person has changed"), "{why:?}");
    let tally = s.done(s.send("angebote", "Noch einmal").await).await;
    assert_eq!((tally.sent, tally.skipped), (1, 1));
    s.engine.contact_revive("email:otherkey@mail.example", "operator:0").await.unwrap();
    assert!(row().await.flags.is_clear());
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_on_this_channel_gets_it_once_on_the_next_with_a_consent() {
    let s = EngineFixture::new().await;
    let both = s.person("Elke", &["sms:+491701110008", "email:elke@mail.example"]).await;
    let yes = rundruf_consent::Event::Import(rundruf_consent::ImportClass::A);
    for row in &both.addresses {
        s.apply_event(row.id, "angebote", yes).await;
    }
    // Nobody else is written to on a channel without a consent of its own.
    let one = s.person("Emil", &["sms:+491702220008", "email:emil@mail.example"]).await;
    let sms = one.addresses.iter().find(|a| a.address.channel() == Channel::Sms).unwrap();
    s.apply_event(sms.id, "angebote", yes).await;
    let id = s.send("angebote", "Einmal").await;
    let row = s.until(id, "settled", |row| row.tally.failed >= 1 && row.tally.sent == 1).await;
    assert!(row.failed <= 2);
    let tally = s.done(id).await;
    assert_eq!(s.messages_with(&["elke@mail.example", "Einmal"]).len(), 1);
    assert!(s.messages_with(&["emil@mail.example"]).is_empty());
    assert_eq!(tally.sent, 1);
    s.stop_and_check().await;
}

/// A message as a plugin reports it; handled when this returns.
async fn write(s: &EngineFixture, n: u64, from: &str, aliases: &[&str], text: &str) {
    let row = InboundRow {
        id: 0,
        transport: TransportId(1),
        address: s.address(from),
        kind: 0,
        trust: 1,
        text: text.to_owned(),
        remote_id: format!("m{n}"),
        at: s.clock.now(),
        extras: InboundExtras {
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
            ..InboundExtras::default()
        },
    };
    s.store.inbound_put(row).await.unwrap();
    // The next message wakes the inbox.
    s.receive("email:somebody@mail.example", &format!("Guten Tag {n}")).await;
}

const NUMBER: &str = "signal:+491701234567";
const ACI: &str = "signal:+491709999999";

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_from_another_address_of_the_person_reaches_the_person() {
    let s = EngineFixture::new().await;
    s.subscriber("Nora", NUMBER, "angebote").await;
    write(&s, 1, ACI, &["+491701234567", "not an address", ""], "STOP").await;
    assert_eq!(s.state(NUMBER, "angebote").await, State::Withdrawn);
    // The address that it came from is stopped as well: it comes in by no import.
    let aci = s.store.address_find(s.address(ACI)).await.unwrap().unwrap();
    assert!(aci.flags.has(AddressFlags::SUPPRESSED), "{aci:?}");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_holds_all_addresses_of_the_person_and_a_yes_counts_for_its_own_alone() {
    let s = EngineFixture::new().await;
    s.subscriber("Nora", NUMBER, "angebote").await;
    s.subscriber("Nora", ACI, "angebote").await;
    write(&s, 1, ACI, &["+491701234567"], "Woher haben Sie meine Nummer?").await;
    for address in [NUMBER, ACI] {
        assert_eq!(s.state(address, "angebote").await, State::Held, "{address}");
    }
    let waiting = s.engine.inbox(0, 100, false).await.unwrap();
    let item = waiting.messages.iter().find(|i| i.row.message.remote_id == "m1").unwrap();
    s.engine.inbox_act(item.row.message.id, InboxAction::Stop, "sagt sie", "operator:0").await.unwrap();
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_from_another_address_is_exported_and_erased_with_the_person() {
    let s = EngineFixture::new().await;
    s.subscriber("Nora", NUMBER, "angebote").await;
    write(&s, 1, ACI, &["+491701234567"], "Wann habt ihr auf?").await;
    let row = s.store.address_find(s.address(NUMBER)).await.unwrap().unwrap();
    let messages = s.store.person_messages(row.contact).await.unwrap();
    assert_eq!(messages.inbound.iter().map(|m| m.message.text.as_str()).collect::<Vec<_>>(), ["Wann habt ihr auf?"]);
    let erased = s.engine.contact_erase(NUMBER, false, false, "operator:0").await.unwrap();
    assert!(erased.is_complete && erased.counts.inbound == 1, "{erased:?}");
    let left = s.engine.inbox(0, 100, true).await.unwrap();
    assert!(left.messages.iter().all(|i| i.row.message.remote_id != "m1"));
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases_survive_a_merge_and_a_new_import_of_an_erased_one_stays_stopped() {
    let s = EngineFixture::new().await;
    s.subscriber("Nora", NUMBER, "angebote").await;
    s.subscriber("Nora zwei", "email:nora@mail.example", "angebote").await;
    s.engine.contact_merge("email:nora@mail.example", NUMBER, "operator:0").await.unwrap();
    write(&s, 1, ACI, &["+491701234567"], "STOP").await;
    assert_eq!(s.state(NUMBER, "angebote").await, State::Withdrawn);
    s.engine.contact_erase(NUMBER, false, false, "operator:0").await.unwrap();
    let again = NewContact { addresses: vec![s.address(NUMBER)], ..NewContact::default() };
    let again = s.store.contact_add(again, s.clock.now()).await.unwrap();
    assert!(again.addresses[0].flags.has(AddressFlags::SUPPRESSED), "the hash stays");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_outcomes_correct_an_unknown_and_receipts_find_it_by_the_providers_id() {
    let s = EngineFixture::new().await;
    for name in ["cut1", "cut2", "cut3"] {
        s.subscriber(name, &format!("email:{name}@mail.example"), "angebote").await;
    }
    let id = s.send("angebote", "Hallo").await;
    s.until(id, "unknown", |row| row.tally.unknown == 3).await;
    let transport = TransportId(1);
    let key = s.row(id).await.key;
    let rows = s.deliveries(id).await;
    let message_id = |n: usize| {
        let mut all = [0; 16];
        all[..8].copy_from_slice(&key);
        all[8..].copy_from_slice(&rows[n].id.0.to_be_bytes());
        all
    };
    let at = s.clock.now();
    let late = |n, sent: Option<&str>| OutcomeCorrection { message_id: message_id(n), sent: sent.map(Into::into), at };
    // Of another transport: nothing.
    assert_eq!(s.store.outcome_correct(TransportId(9), vec![late(0, Some("p-0"))]).await.unwrap(), 0);
    assert_eq!(s.store.outcome_correct(transport, vec![late(0, Some("p-0"))]).await.unwrap(), 1);
    assert_eq!(s.store.outcome_correct(transport, vec![late(0, None)]).await.unwrap(), 0, "it is known now");
    let detail = SentDetail {
        delivery: rows[0].id,
        broadcast: Some(id),
        remote_ids: vec!["p-0".into(), "p-0b".into()],
        parts: 2,
        cost_micro: 150_000,
        currency: "EUR".into(),
        at,
    };
    s.store.sent_details(transport, vec![detail]).await.unwrap();
    for (transport, remote, want) in
        [(transport, "p-0b", Some(message_id(0))), (transport, "p-9", None), (TransportId(9), "p-0b", None)]
    {
        assert_eq!(s.store.message_of(transport, remote.to_owned()).await.unwrap(), want, "{remote}");
    }
    let receipt =
        ReceiptRow { transport, message_id: message_id(0), kind: 0, at: Time(at.0 + 1), detail: String::new() };
    assert_eq!(s.store.receipt_apply(vec![receipt]).await.unwrap(), 1);
    // What an admin has decided meanwhile stays.
    s.engine.unknown_resolve(id, Some(rows[1].id), UnknownResolution::Sent).await.unwrap();
    assert_eq!(s.store.outcome_correct(transport, vec![late(1, Some("p-1"))]).await.unwrap(), 0);
    let states: Vec<_> = s.deliveries(id).await.iter().map(|d| d.state).collect();
    assert_eq!(states, [DeliveryState::Delivered, DeliveryState::Sent, DeliveryState::Unknown]);
    // Never begun: it goes to the queue again, and is tried again.
    assert_eq!(s.store.outcome_correct(transport, vec![late(2, None)]).await.unwrap(), 1);
    let tally = s.until(id, "tried again", |row| row.tally.unknown + row.tally.retry >= 1).await;
    assert_eq!((tally.delivered, tally.sent), (1, 2));
    s.stop_and_check().await;
}
