//! Spellings, mailboxes, and contacts that become one.

use super::fixture::{Fixture, SESSION, all, day, draft, everybody, mail, sent, spelled};
use rundruf_consent::{Address, Event, ImportClass, Refusal, State, Time};
use rundruf_store::{
    ClaimRequest, ConsentResult, ConsentTarget, ContactEdit, FrequencyLimit, ImportRow, ImportVerdict, NewContact,
    RefusalKey,
};
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

pub(super) async fn contacts_of_one_mailbox_are_one_for_the_cap(s: Fixture) {
    let rows = [
        "karla+1@x.example",
        "otto@x.example",
        "karla+2@x.example",
        "eva+a@x.example",
        "eva+b@x.example",
        "karla@x.example",
    ];
    let rows = rows.map(|text| Fixture::row(ImportClass::A, vec![spelled(text)])).to_vec();
    s.import(ImportClass::A, rows, Time(6)).await;
    let owner = async |text: &str| s.address(spelled(text)).await.contact;
    let (karla, otto) = (owner("karla+1@x.example").await, owner("otto@x.example").await);
    // From now on Otto is Karla.
    s.store.contact_merge(karla, otto, draft(), Time(8)).await.unwrap();
    let limit = |most, since| Some(FrequencyLimit { list: s.list, most, since: Time(since) });
    let people = async |limit| {
        let preview = s.store.fan_out_preview(s.list, everybody(s.transport), limit).await.unwrap();
        let of = |skipped: &str| preview.skipped_by.get(skipped).copied().unwrap_or(0);
        (preview.by_channel.get("email").copied().unwrap_or(0), of("frequency_cap"))
    };
    assert_eq!(people(None).await, (5, 0));
    assert_eq!(people(limit(1, 0)).await, (2, 3), "Karla and Eva");
    assert_eq!(people(limit(2, 0)).await, (4, 1), "twice each");
    // Deliveries from before the list had a cap count too.
    let old = s.add(s.new_broadcast()).await;
    s.fan_out(old, everybody(s.transport)).await;
    let settled = s.step(Vec::new(), 100).await;
    assert_eq!(settled.claimed.len(), 5);
    s.settle(all(&settled.claimed, &sent(), Time(40))).await;
    while s.store.frequency_index(s.list).await.unwrap() {}
    assert_eq!(people(limit(1, 39)).await, (0, 5));
    assert_eq!(people(limit(4, 39)).await, (3, 2), "Karla had three, Eva two: room for one and two");
    assert_eq!(people(limit(1, 40)).await, (2, 3), "that was before");
    let claim = async |most, since| {
        let new = s.add(s.new_broadcast()).await;
        s.fan_out(new, everybody(s.transport)).await;
        let claim =
            ClaimRequest { limits: limit(most, since).into_iter().collect(), ..ClaimRequest::new(100, Time(50)) };
        let step = s.store.dispatch_step(s.transport, SESSION, Vec::new(), Some(claim)).await.unwrap();
        let row = s.row_of(new).await;
        let skipped = row.tally.skipped_by.get(&RefusalKey(Refusal::FrequencyCap)).copied().unwrap_or(0);
        (step.claimed.len(), skipped)
    };
    assert_eq!(claim(1, 39).await, (0, 5));
    assert_eq!(claim(4, 39).await, (3, 2), "the claim counts as the dry run does");
    assert_eq!(claim(1, 40).await, (0, 5), "what is in flight counts");
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
