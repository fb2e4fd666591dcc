//! Whatever happened before, no message contains a second recipient.

use crate::engine_fixture::EngineFixture;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rundruf_consent::{AddressId, Event, ImportClass};
use rundruf_store::{BroadcastState, DeliveryState};
use std::collections::BTreeSet;

/// Contacts; each has a name and a secret of its own.
const PEOPLE: usize = 12;
const LISTS: [&str; 2] = ["angebote", "rezepte"];

#[derive(Clone, Debug)]
enum Deed {
    /// An event of one person and list.
    Happens(usize, usize, Event),
    /// One click.
    Leaves(usize, usize),
    /// A broadcast to one list, by one of the texts.
    Broadcast(usize, usize),
    /// Time goes by.
    Waits(u32),
}

const TEXTS: [&str; 4] = [
    "Hallo {{ first_name }}, dein Wort: {{ word }}.",
    "# {{ first_name | upper }}\n\n- {{ word }}\n- [{{ word }}](https://krume.example/{{ word }})",
    "{{ \"Du bist\" if first_name is defined else \"Wer bist du\" }} **{{ first_name ~ word }}**",
    "Ohne alles.",
];

fn deed() -> impl Strategy<Value = Deed> {
    let event = prop::sample::select(vec![
        Event::Import(ImportClass::A),
        Event::Import(ImportClass::A),
        Event::Import(ImportClass::C),
        Event::SignUp,
        Event::Confirm,
        Event::Hold,
        Event::Resume,
        Event::Stop,
    ]);
    prop_oneof![
        6 => (0..PEOPLE, 0..LISTS.len(), event).prop_map(|(who, list, event)| Deed::Happens(who, list, event)),
        1 => (0..PEOPLE, 0..LISTS.len()).prop_map(|(who, list)| Deed::Leaves(who, list)),
        2 => (0..LISTS.len(), 0..TEXTS.len()).prop_map(|(list, text)| Deed::Broadcast(list, text)),
        1 => (1_u32..90).prop_map(Deed::Waits),
    ]
}

fn name(who: usize) -> String {
    format!("Vorname{who:02}x")
}

fn word(who: usize) -> String {
    format!("geheim{who:02}x")
}

/// How a person is written in files: address, name, word; and its number in leave links is checked by opening them.
fn marks(who: usize) -> [String; 5] {
    let id = format!("P{who:07}");
    [name(who), name(who).to_uppercase(), word(who), format!("threema:{id}"), format!("p{who:02}x@mail.example")]
}

async fn play(deeds: Vec<Deed>) {
    let s = EngineFixture::with(|c| c.transports[0].window = Some(5)).await;
    let mut people: Vec<AddressId> = Vec::new();
    for who in 0..PEOPLE {
        let address = match who % 2 {
            0 => format!("threema:P{who:07}"),
            _ => format!("email:p{who:02}x@mail.example"),
        };
        let vars = [("first_name".to_owned(), name(who)), ("word".to_owned(), word(who))].into();
        let new = rundruf_store::NewContact { language: None, vars, addresses: vec![s.address(&address)] };
        people.push(s.store.contact_add(new, s.clock.now()).await.unwrap().addresses[0].id);
        s.apply_event(people[who], LISTS[who % 2], Event::Import(ImportClass::A)).await;
    }
    let mut broadcasts = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Happens(who, list, event) => s.apply_event(people[who], LISTS[list], event).await,
            Deed::Leaves(who, list) => {
                let url = s.engine.unsubscribe_url(people[who], s.id(LISTS[list])).await.unwrap();
                s.engine
                    .unsubscribe(url.rsplit('/').next().unwrap(), rundruf_engine::UnsubscribeMethod::OneClick)
                    .await
                    .unwrap();
            }
            // What comes next happens while it is being sent.
            Deed::Broadcast(list, text) => broadcasts.push(s.send(LISTS[list], TEXTS[text]).await),
            Deed::Waits(days) => s.clock.advance(crate::engine_fixture::DAY * days),
        }
    }
    let mut expected = BTreeSet::new();
    for id in &broadcasts {
        s.until(*id, "done", |row| row.state == BroadcastState::Done).await;
        let rows = s.deliveries(*id).await;
        let once: BTreeSet<_> = rows.iter().map(|d| d.contact).collect();
        assert_eq!(once.len(), rows.len(), "one delivery each");
        for row in rows.into_iter().filter(|d| d.state == DeliveryState::Sent) {
            assert!(row.evidence.is_some(), "{row:?}");
            expected.insert((row.id, row.address.as_ref().unwrap().value().to_owned()));
        }
    }
    let messages = s.messages();
    assert_eq!(messages.len(), expected.len(), "as many files as the store says");
    for (file, text) in &messages {
        let to = text.lines().find_map(|l| l.strip_prefix("To: ")).unwrap();
        let who = (0..PEOPLE).find(|who| to.contains(&marks(*who)[3][8..]) || to.contains(&marks(*who)[4]));
        let who = who.unwrap_or_else(|| panic!("to nobody: {to}"));
        for other in (0..PEOPLE).filter(|other| *other != who) {
            for mark in marks(other) {
                assert!(!text.contains(&mark) && !file.contains(&mark), "{mark} in the message to {to}: {text}");
            }
        }
        if text.contains("/u/") {
            let view = s.engine.unsubscribe_view(&crate::engine_fixture::token(text, "u")).await.unwrap().unwrap();
            let row = s.store.address_get(people[who]).await.unwrap().unwrap();
            assert!(row.address.masked().ends_with(&view.masked), "the link is the recipient's own: {view:?}");
        }
        assert_eq!(text.lines().filter(|l| l.starts_with("To: ")).count(), 1);
        assert!(!text.lines().any(|l| l.starts_with("Cc:") || l.starts_with("Bcc:")));
    }
    s.stop_and_check().await;
}

#[test]
fn no_message_names_another_recipient() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&prop::collection::vec(deed(), 10..40), |deeds| {
            runtime.block_on(play(deeds));
            Ok(())
        })
        .unwrap();
}
