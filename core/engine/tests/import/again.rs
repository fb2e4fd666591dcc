//! The same file again, and people who are known.

use crate::import_fixture::{A, ImportFixture, PROOF, form};
use rundruf_consent::{Event, ImportClass, State};
use rundruf_engine::ImportSummary;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_only_merges() {
    let old = PROOF.replace("2026-05-01", "2020-01-01");
    let mut text = A.to_owned();
    // More than one array, and two arrays at a time.
    for n in 0..41_000 {
        let proof = if n % 100 == 7 { old.as_str() } else { PROOF };
        text.push_str(&format!("email,p{n}@krume.example,Name{n},{proof}\n"));
        if n % 1_000 == 3 {
            text.push_str(&format!("email,p{n},Bad,{PROOF}\n"));
        }
    }
    let s = ImportFixture::new().await;
    let (first, told) = s.import(&text, form(ImportClass::A)).await.unwrap();
    let want = ImportSummary {
        rows: 41_041,
        contacts: 41_000,
        addresses: 41_000,
        confirmed: 40_590,
        quarantined: 410,
        merged: 0,
        updated: 0,
        refused: 41,
    };
    assert_eq!((first, told.len()), (want, 451));
    let (size, evidence) = (s.store.log_head().await.unwrap().size, s.evidence("p7@krume.example").await);
    assert_eq!(size, 41_000);
    let (again, told) = s.import(&text, form(ImportClass::A)).await.unwrap();
    let want = ImportSummary { contacts: 0, confirmed: 0, quarantined: 0, merged: 41_000, ..want };
    assert_eq!(again, want);
    assert_eq!(s.store.log_head().await.unwrap().size, size, "no event");
    assert_eq!(s.evidence("p7@krume.example").await, evidence);
    let merged: Vec<_> = told.iter().filter(|l| l.verdict == "merged").collect();
    assert!(
        merged.iter().all(|l| l.reason.to_string().ends_with("already: nothing changes") && l.address.contains('@')),
        "{:?}",
        merged[0]
    );
    assert_eq!((merged[0].line, merged[0].address.as_str()), (2, "p0@krume.example"));
    s.check_store().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_twice_in_a_file_is_one_contact() {
    let s = ImportFixture::new().await;
    let text = format!(
        "{A}email,a@krume.example,Anna,{PROOF}\nemail,a@Krume.EXAMPLE,Andere,{PROOF}\nemail,b@krume.example,Berta,{PROOF}\n"
    );
    let (sum, lines) = s.import(text, form(ImportClass::A)).await.unwrap();
    assert_eq!((sum.rows, sum.contacts, sum.addresses, sum.confirmed, sum.merged), (3, 2, 3, 2, 1));
    assert_eq!((lines[0].line, lines[0].address.as_str(), lines[0].verdict), (3, "a@Krume.EXAMPLE", "merged"));
    assert_eq!(s.evidence("a@krume.example").await.len(), 1);
    let names: Vec<_> = s.people().await.iter().map(|p| p.vars["first_name"].clone()).collect();
    assert_eq!(names, ["Anna", "Berta"], "the first row is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_address_stays_with_the_first_contact() {
    let s = ImportFixture::new().await;
    let text = "email,threema,first_name\n\
         family@krume.example,AAAAAAAA,Anna\n\
         family@krume.example,BBBBBBBB,Berta\n";
    let (sum, lines) = s.import(text, form(ImportClass::C)).await.unwrap();
    assert_eq!((sum.rows, sum.contacts, sum.addresses, sum.quarantined, sum.merged), (2, 1, 4, 3, 1));
    assert!(
        lines.iter().any(|l| l.line == 3 && l.verdict == "merged" && l.address == "family@krume.example"),
        "{lines:?}"
    );
    let people = s.people().await;
    assert_eq!((people.len(), people[0].addresses.len(), people[0].vars["first_name"].as_str()), (1, 3, "Anna"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_does_not_resubscribe() {
    let s = ImportFixture::new().await;
    let text = format!("{A}email,a@krume.example,Anna,{PROOF}\nemail,b@krume.example,Berta,{PROOF}\n");
    s.import(&text, form(ImportClass::A)).await.unwrap();
    s.apply_event("a@krume.example", Event::Stop).await;
    let (sum, lines) = s.import(&text, form(ImportClass::A)).await.unwrap();
    assert_eq!((sum.addresses, sum.merged, sum.refused, sum.confirmed), (1, 1, 1, 0));
    let anna = lines.iter().find(|l| l.address == "a@krume.example").unwrap();
    assert_eq!((anna.line, anna.verdict), (2, "refused"));
    assert!(anna.reason.to_string().contains("only a new sign-up"), "{anna:?}");
    assert_eq!(s.found("a@krume.example").await.consents[0].state, State::Withdrawn);
    assert_eq!(s.evidence("a@krume.example").await.len(), 2);
    s.check_store().await;
}
