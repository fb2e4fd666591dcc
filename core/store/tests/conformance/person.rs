//! Spellings, mailboxes, and contacts that become one.

use super::fixture::{Fixture, day, draft, mail, spelled};
use rundruf_consent::{Address, Event, ImportClass, State, Time};
use rundruf_store::{ConsentResult, ConsentTarget, ContactEdit, ImportRow, ImportVerdict, NewContact};
use std::collections::BTreeMap;

impl Fixture {
    async fn state_of(&self, address: &Address) -> State {
        let row = self.store.address_find(address.clone()).await.unwrap();
        let consent = row.and_then(|r| r.consents.into_iter().find(|c| c.list == self.list));
        consent.map_or(State::None, |c| c.state)
    }

    async fn spelling(&self, address: &Address, event: Event, now: Time) -> ConsentResult {
        self.move_to(ConsentTarget::Address(address.clone(), self.list), event, now).await
    }

    async fn log_size(&self) -> u64 {
        self.store.log_head().await.unwrap().size
    }
}

pub(super) async fn spellings_are_one_address(s: Fixture) {
    let rows = ["Hans@X.example", "hans@x.example", "HANS@x.EXAMPLE"];
    let rows: Vec<ImportRow> = rows.map(|r| Fixture::row(ImportClass::A, vec![spelled(r)])).to_vec();
    let results = s.import(ImportClass::A, rows, Time(6)).await;
    let made: Vec<_> = results.iter().map(|r| r.new_contact).collect();
    assert_eq!(made, [true, false, false]);
    let row = s.address(spelled("hAnS@x.example")).await;
    assert_eq!(
        (row.address.value(), row.address.key()),
        ("Hans@x.example", "hans@x.example"),
        "the first one is shown"
    );
    let new =
        NewContact { addresses: vec![spelled("hans@x.example"), spelled("HANS@x.example")], ..NewContact::default() };
    assert_eq!(s.store.contact_add(new, Time(7)).await.unwrap().id, row.contact);
    let id = s.broadcast().await;
    assert_eq!(s.row_of(id).await.tally.total, 1);
    s.healthy().await;
}

pub(super) async fn a_stop_reaches_the_mailbox(s: Fixture) {
    let [plain, one, two] = ["Karla@x.example", "karla+1@x.example", "KARLA+2@x.example"].map(spelled);
    let rows = [&plain, &one, &two].map(|a| Fixture::row(ImportClass::A, vec![a.clone()])).to_vec();
    s.import(ImportClass::A, rows, Time(6)).await;
    let id = s.broadcast().await;
    let ConsentResult::Done { changed, .. } = s.spelling(&two, Event::Stop, Time(20)).await else { panic!() };
    assert!(changed);
    for address in [&plain, &one, &two] {
        assert_eq!(s.state_of(address).await, State::Withdrawn, "{}", address.value());
    }
    assert!(s.step(Vec::new(), 10).await.claimed.is_empty(), "nothing that waited leaves");
    assert_eq!(s.row_of(id).await.tally.skipped, 3);
    assert_eq!(s.store.mailbox_find(spelled("karla+3@x.example")).await.unwrap().len(), 3);
    assert!(s.store.mailbox_find(mail(1)).await.unwrap().is_empty());
    s.healthy().await;
}

pub(super) async fn a_yes_counts_for_its_own_key(s: Fixture) {
    let [plain, one] = ["karla@x.example", "karla+1@x.example"].map(spelled);
    let rows = [&plain, &one].map(|a| Fixture::row(ImportClass::A, vec![a.clone()])).to_vec();
    s.import(ImportClass::A, rows, Time(6)).await;
    s.spelling(&plain, Event::Stop, Time(20)).await;
    s.spelling(&one, Event::SignUp, day(2)).await;
    s.spelling(&one, Event::Confirm, day(2)).await;
    assert_eq!((s.state_of(&plain).await, s.state_of(&one).await), (State::Withdrawn, State::Confirmed));
    let id = s.broadcast().await;
    let claimed = s.step_at(Vec::new(), 10, day(3)).await.claimed;
    assert_eq!(claimed.iter().map(|c| c.address.as_ref()).collect::<Vec<_>>(), ["karla+1@x.example"]);
    assert_eq!(s.row_of(id).await.tally.skipped, 1);
    // The stop of the mailbox is still there for everybody else behind it.
    for other in ["karla@x.example", "karla+2@x.example"] {
        let row = Fixture::row(ImportClass::A, vec![spelled(other)]);
        let results = s.import(ImportClass::A, vec![row], day(3)).await;
        assert!(matches!(results[0].verdicts[..], [ImportVerdict::Refused(_)]), "{other}: {results:?}");
    }
    // A second stop from the plain address finds the tag that said yes, although its own state stays.
    let ConsentResult::Done { changed, .. } = s.spelling(&plain, Event::Stop, day(4)).await else { panic!() };
    assert!(changed);
    assert_eq!(s.state_of(&one).await, State::Withdrawn);
    s.healthy().await;
}

pub(super) async fn a_mailbox_is_not_asked_too_often(s: Fixture) {
    for (n, local) in ["Opfer", "oPfer", "opfer+1", "opfer+2"].iter().enumerate() {
        let address = spelled(&format!("{local}@x.example"));
        s.store
            .contact_add(NewContact { addresses: vec![address.clone()], ..NewContact::default() }, day(1))
            .await
            .unwrap();
        let asked = s.spelling(&address, Event::SignUp, day(1)).await;
        assert_eq!(matches!(asked, ConsentResult::Done { .. }), n == 0, "{local}: {asked:?}");
    }
    let third = spelled("opfer+1@x.example");
    assert!(matches!(s.spelling(&third, Event::SignUp, day(3)).await, ConsentResult::Done { .. }), "a day later");
    s.healthy().await;
}

pub(super) async fn contacts_of_one_mailbox_are_a_group(s: Fixture) {
    let rows = ["karla+1@x.example", "otto@x.example", "karla+2@x.example", "eva+a@x.example", "eva+b@x.example"];
    let rows = rows.map(|text| Fixture::row(ImportClass::A, vec![spelled(text)])).to_vec();
    s.import(ImportClass::A, rows, Time(6)).await;
    let owner = async |text: &str| s.address(spelled(text)).await.contact;
    let group = async |text: &str| {
        let owner = owner(text).await;
        let groups: BTreeMap<_, _> = s.store.contact_groups().await.unwrap().into_iter().collect();
        groups.get(&owner).copied()
    };
    assert!(group("karla+1@x.example").await.is_some() && group("otto@x.example").await.is_none());
    assert_eq!(group("karla+1@x.example").await, group("karla+2@x.example").await);
    assert_eq!(group("eva+a@x.example").await, group("eva+b@x.example").await);
    assert_ne!(group("eva+a@x.example").await, group("karla+1@x.example").await);
    let (karla, otto) = (owner("karla+1@x.example").await, owner("otto@x.example").await);
    s.import(ImportClass::A, vec![Fixture::row(ImportClass::A, vec![spelled("Karla@x.example")])], Time(7)).await;
    assert_eq!(group("karla@x.example").await, group("karla+2@x.example").await);
    s.store.contact_merge(karla, otto, draft(), Time(8)).await.unwrap();
    let groups: BTreeMap<_, _> = s.store.contact_groups().await.unwrap().into_iter().collect();
    assert_eq!(groups.get(&otto), groups.get(&karla), "what was sent to the contact that went counts for the other");
}

pub(super) async fn contacts_become_one_on_purpose(s: Fixture) {
    s.people(1..3).await;
    let (a, b) = (s.address(mail(1)).await, s.address(mail(2)).await);
    let waiting = s.broadcast().await;
    let size = s.log_size().await;
    let one = s.store.contact_merge(a.contact, b.contact, draft(), Time(30)).await.unwrap();
    assert_eq!((one.id, one.addresses.len(), s.log_size().await), (a.contact, 2, size + 1));
    assert_eq!(s.store.contact_get(b.contact).await.unwrap().unwrap().id, a.contact, "its number leads there");
    assert_eq!(s.store.contact_find(String::new(), rundruf_consent::ContactId(0), 10).await.unwrap().len(), 1);
    for address in [1, 2] {
        assert_eq!(s.address(mail(address)).await.consents[0].state, State::Confirmed, "no consent changes");
    }
    assert_eq!(s.step(Vec::new(), 10).await.claimed.len(), 2, "what waited was two messages");
    assert_eq!(s.row_of(waiting).await.tally.in_flight, 2);
    let id = s.broadcast().await;
    assert_eq!(s.row_of(id).await.tally.total, 1, "one person, one message");
    assert_eq!(s.store.contact_merge(a.contact, b.contact, draft(), Time(31)).await.unwrap().id, a.contact);
    assert_eq!(s.log_size().await, size + 1, "nothing more happened");
    s.healthy().await;
}

pub(super) async fn a_change_of_a_person_is_recorded(s: Fixture) {
    s.people(1..2).await;
    let contact = s.address(mail(1)).await.contact;
    let size = s.log_size().await;
    let edit = |language: Option<&str>, vars: &[(&str, &str)]| ContactEdit {
        contact,
        language: language.map(str::to_owned),
        vars: vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>(),
        draft: draft(),
    };
    let row =
        s.store.contact_edit(edit(Some("en"), &[("first_name", "Anne"), ("city", "Ulm")]), Time(7)).await.unwrap();
    assert_eq!(
        (row.language.as_deref(), row.vars["first_name"].as_str(), row.vars["city"].as_str()),
        (Some("en"), "Anne", "Ulm")
    );
    let row = s.store.contact_edit(edit(None, &[("city", "")]), Time(8)).await.unwrap();
    assert_eq!((row.language.as_deref(), row.vars.len(), s.log_size().await), (Some("en"), 1, size + 2));
    s.store.contact_edit(edit(None, &[("first_name", "Anne")]), Time(9)).await.unwrap();
    assert_eq!(s.log_size().await, size + 2, "what changes nothing is no event");
    let plain = Fixture::row(ImportClass::A, vec![mail(1)]);
    let results = s.import(ImportClass::A, vec![plain.clone()], Time(10)).await;
    assert!(!results[0].updated && s.store.contact_get(contact).await.unwrap().unwrap().vars["first_name"] == "Anne");
    let results = s.import(ImportClass::A, vec![ImportRow { update: true, ..plain }], Time(11)).await;
    let row = s.store.contact_get(contact).await.unwrap().unwrap();
    assert!(results[0].updated && row.vars["first_name"] == "Anna" && row.language.as_deref() == Some("de"), "{row:?}");
    assert_eq!(s.log_size().await, size + 3);
    s.healthy().await;
}
