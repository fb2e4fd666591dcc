//! Imports: strictest wins, and what is refused is told.

use super::fixture::{Fixture, day, mail, spelled};
use rundruf_consent::{AddressFlags, Event, ImportClass, State, Time};
use rundruf_store::*;

fn verdicts(results: &[ImportResult]) -> Vec<&ImportVerdict> {
    results.iter().flat_map(|r| &r.verdicts).collect()
}

pub(super) async fn strictest_wins(s: Fixture) {
    s.people(0..3).await;
    s.stop(1).await;
    s.stranger(4).await;
    s.moved(4, Event::SignUp, Time(7)).await;
    let rows = [0, 1, 4, 9].map(|n| Fixture::row(ImportClass::A, vec![mail(n)])).to_vec();
    let results = s.import(ImportClass::A, rows, Time(51)).await;
    let told = verdicts(&results);
    assert_eq!(told[0], &ImportVerdict::Merged(State::Confirmed));
    assert!(matches!(told[1], ImportVerdict::Refused(_)), "{told:?}");
    assert_eq!(told[2], &ImportVerdict::Merged(State::Requested), "who was asked answers for himself");
    assert_eq!(told[3], &ImportVerdict::Confirmed);
    let made: Vec<_> = results.iter().map(|r| r.new_contact).collect();
    assert_eq!(made, [false, false, false, true]);
    assert_eq!(s.address(mail(1)).await.consents[0].state, State::Withdrawn);
    s.healthy().await;
}

pub(super) async fn an_address_twice_in_one_array(s: Fixture) {
    let row = |class, n: &[u64]| Fixture::row(class, n.iter().map(|n| mail(*n)).collect());
    let (a, c) = (ImportClass::A, ImportClass::C);
    let rows = vec![row(a, &[1]), row(c, &[2]), row(a, &[1]), row(a, &[2]), row(a, &[3, 1, 3]), row(c, &[1])];
    let results = s.import(a, rows, Time(6)).await;
    let merged = || ImportVerdict::Merged(State::Confirmed);
    let (yes, quarantined) = (|| ImportVerdict::Confirmed, ImportVerdict::Quarantined);
    assert_eq!(results[0].verdicts, [yes()]);
    assert_eq!(results[1].verdicts, [quarantined]);
    assert_eq!(results[2].verdicts, [merged()]);
    assert_eq!(results[3].verdicts, [yes()], "a later row proves what the first could not");
    assert_eq!(results[4].verdicts, [yes(), merged(), merged()]);
    assert_eq!(results[5].verdicts, [merged()]);
    assert_eq!(s.store.consent_events(s.address(mail(2)).await.id, s.list).await.unwrap().len(), 2);
    assert_eq!(s.store.log_head().await.unwrap().size, 4);
    s.healthy().await;
}

pub(super) async fn one_person_with_several_addresses(s: Fixture) {
    let rows = vec![
        Fixture::row(ImportClass::A, vec![mail(1), mail(2)]),
        Fixture::row(ImportClass::A, vec![mail(3), mail(2)]),
        Fixture::row(ImportClass::A, vec![mail(4)]),
    ];
    let results = s.import(ImportClass::A, rows, Time(6)).await;
    let made: Vec<_> = results.iter().map(|r| r.new_contact).collect();
    assert_eq!(made, [true, false, true]);
    let owner = s.address(mail(1)).await.contact;
    let person = s.store.contact_get(owner).await.unwrap().unwrap();
    assert_eq!((person.addresses.len(), person.vars["first_name"].as_str()), (3, "Anna"));
    assert!(person.addresses.iter().all(|a| a.consents[0].state == State::Confirmed));
    let id = s.broadcast().await;
    assert_eq!(s.row_of(id).await.tally.total, 2, "a person gets it once");
}

pub(super) async fn without_proof_nothing_is_sent(s: Fixture) {
    let results = s.import(ImportClass::C, vec![Fixture::row(ImportClass::C, vec![mail(1)])], Time(6)).await;
    assert_eq!(verdicts(&results), [&ImportVerdict::Quarantined]);
    let id = s.broadcast().await;
    let row = s.row_of(id).await;
    assert_eq!((row.tally.skipped, row.tally.queued), (1, 0));
    let results = s.import(ImportClass::A, vec![Fixture::row(ImportClass::A, vec![mail(1)])], Time(7)).await;
    assert_eq!(verdicts(&results), [&ImportVerdict::Confirmed], "the proof came later");
    s.healthy().await;
}

pub(super) async fn what_is_suppressed_stays(s: Fixture) {
    s.people(0..1).await;
    s.stop(0).await;
    let everywhere = s.stranger(7).await;
    s.store.address_flag(everywhere, AddressFlags::SUPPRESSED, AddressFlags::default(), Time(21)).await.unwrap();
    let (tagged, seven) = (spelled("P0+brot@x.example"), spelled("p7+x@x.example"));
    for class in [ImportClass::A, ImportClass::C] {
        let rows = [tagged.clone(), mail(7), seven.clone(), mail(8)].map(|a| Fixture::row(class, vec![a])).to_vec();
        let results = s.import(class, rows, Time(30)).await;
        let refused: Vec<_> = verdicts(&results).iter().map(|v| matches!(v, ImportVerdict::Refused(_))).collect();
        assert_eq!(refused, [true, true, true, false], "{class:?}");
    }
    for refused in [tagged.clone(), seven] {
        assert!(s.store.address_find(refused).await.unwrap().is_none(), "a refused row stores nothing");
    }
    // Another address of the same person is not refused.
    let both = Fixture::row(ImportClass::A, vec![tagged.clone(), mail(9)]);
    let results = s.import(ImportClass::A, vec![both], Time(31)).await;
    assert!(matches!(results[0].verdicts[..], [ImportVerdict::Refused(_), ImportVerdict::Confirmed]), "{results:?}");
    assert!(s.store.address_find(tagged).await.unwrap().is_none());
    let flags = s
        .store
        .address_flag(everywhere, AddressFlags::UNDELIVERABLE, AddressFlags::SUPPRESSED, Time(31))
        .await
        .unwrap();
    assert_eq!(flags, AddressFlags(AddressFlags::UNDELIVERABLE.0 | AddressFlags::SUPPRESSED.0), "no flag lifts a stop");
    let again = s.import(ImportClass::A, vec![Fixture::row(ImportClass::A, vec![mail(7)])], Time(32)).await;
    assert!(matches!(again[0].verdicts[..], [ImportVerdict::Refused(_)]), "{again:?}");
    s.healthy().await;
}

pub(super) async fn a_new_yes_lifts_a_stop(s: Fixture) {
    s.people(0..1).await;
    s.stop(0).await;
    s.moved(0, Event::SignUp, day(1)).await;
    s.moved(0, Event::Confirm, day(1)).await;
    let results = s.import(ImportClass::A, vec![Fixture::row(ImportClass::A, vec![mail(0)])], day(2)).await;
    assert_eq!(verdicts(&results), [&ImportVerdict::Merged(State::Confirmed)]);
    let words: Vec<String> = s
        .store
        .consent_events(s.address(mail(0)).await.id, s.list)
        .await
        .unwrap()
        .into_iter()
        .map(|e| e.event)
        .collect();
    assert_eq!(words, ["import_a", "stop", "sign_up", "confirm"]);
}

pub(super) async fn all_rows_or_none(s: Fixture) {
    let rows = vec![Fixture::row(ImportClass::A, vec![mail(1)])];
    let refused = s.store.import_rows(77, rows, Time(6)).await;
    assert!(matches!(refused, Err(StoreError::Missing(_))));
    assert!(s.store.address_find(mail(1)).await.unwrap().is_none());
    assert!(s.import(ImportClass::A, Vec::new(), Time(6)).await.is_empty());
    // Large enough to be sealed on several threads.
    s.people(0..500).await;
    assert_eq!(s.store.log_head().await.unwrap().size, 500);
    s.healthy().await;
}
