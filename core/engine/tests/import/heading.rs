//! Which column is what.

use crate::import_fixture::{A, ImportFixture, PROOF, form};
use rundruf_consent::{ImportClass, State};
use rundruf_engine::ImportForm;
use std::collections::BTreeMap;

fn mapped(map: &[(&str, &str)], class: ImportClass) -> ImportForm {
    let map: BTreeMap<_, _> = map.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect();
    ImportForm { map, map_text: "its own text".to_owned(), ..form(class) }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_doubled_columns_are_refused() {
    let (a, c) = (ImportClass::A, ImportClass::C);
    let cases: &[(&str, ImportForm, &str)] = &[
        ("name\nAnna\n", form(c), "missing: channel, address"),
        ("channel,name\nemail,Anna\n", form(c), "missing: address"),
        ("channel,address\n", form(a), "missing: requested_at, confirmed_at, source, consent_text"),
        ("email,Confirmed At,requested_at,source\n", form(a), "missing: consent_text"),
        ("email,name,Name\n", form(c), "the column `name` is there twice: 2 and 3"),
        ("\n\nemail,email\n", form(c), "line 3: the column `email` is there twice"),
        ("\"email\"x,name\n", form(c), "line 1: a field goes on"),
        ("Mail\n", mapped(&[("email", "E-Mail")], c), "the file has no column of that name"),
        ("Mail\n", mapped(&[("E-Mail", "Mail")], c), "no column has that name"),
        ("Mail\n", mapped(&[("email", "Mail"), ("name", "Mail")], c), "that column is `email` already"),
        ("Mail,email\n", mapped(&[("email", "Mail")], c), "the column `email` is there twice"),
    ];
    for (text, form, want) in cases {
        let s = ImportFixture::new().await;
        let refused = s.import(text, form.clone()).await.unwrap_err();
        assert!(refused.contains(want), "{text:?}: {refused}");
    }
    let many: String = (0..201).map(|n| format!("c{n},")).collect();
    let refused = ImportFixture::new().await.import(format!("email,{many}\n"), form(c)).await.unwrap_err();
    assert!(refused.contains("at most 200"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_renames_headings() {
    let s = ImportFixture::new().await;
    let text = "E-Mail;Vorname;Angemeldet;Bestätigt;Herkunft;Text;Umsatz €;;Kunden-Nr\n\
         a@krume.example;Anna;2026-05-01T10:00:00Z;2026-05-01T10:05:00Z;Aushang im Laden;Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.;1200;x;77\n";
    let map = [
        ("email", "E-Mail"),
        ("first_name", "Vorname"),
        ("requested_at", "Angemeldet"),
        ("confirmed_at", "Bestätigt"),
        ("source", "Herkunft"),
        ("consent_text", "Text"),
    ];
    let (sum, _) = s.import(text, mapped(&map, ImportClass::A)).await.unwrap();
    assert_eq!((sum.rows, sum.confirmed), (1, 1));
    let vars = &s.people().await[0].vars;
    let got: Vec<_> = vars.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(got, [("first_name", "Anna"), ("kunden_nr", "77")], "what no template could name is left out");
    let evidence = &s.evidence("a@krume.example").await[0];
    assert_eq!(evidence["earlier"]["confirmed_at"], 1_777_629_900_000_u64, "{evidence}");
    assert!(evidence["source"]["detail"].as_str().unwrap().ends_with("#2 Aushang im Laden"), "{evidence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_column_for_each_channel() {
    let mut s = ImportFixture::new().await;
    s.config.default_region = Some("DE".to_owned());
    let text = "email,sms,threema,name\n\
         a@krume.example,0170 1234567,,Anna\n\
         ,,ECHOECHO,Berta\n\
         b@krume.example,12,,Carla\n\
         ,,,Dora\n";
    let (sum, lines) = s.import(text, form(ImportClass::C)).await.unwrap();
    assert_eq!((sum.rows, sum.contacts, sum.addresses, sum.quarantined, sum.refused), (4, 2, 3, 3, 2));
    let got: Vec<_> = lines.iter().map(|l| (l.line, l.address.as_str(), l.verdict)).collect();
    let (q, r) = ("quarantined", "refused");
    let want =
        [(2, "a@krume.example", q), (2, "0170 1234567", q), (3, "ECHOECHO", q), (4, "b@krume.example", r), (5, "", r)];
    assert_eq!(got, want, "in the order of the file");
    assert!(lines[3].reason.to_string().starts_with("`sms`: "), "{lines:?}");
    let anna = [("email:a@krume.example", State::Quarantined), ("sms:+491701234567", State::Quarantined)];
    assert_eq!(s.states().await[0], anna.map(|(a, state)| (a.to_owned(), state)));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_column_layouts_in_one_file() {
    let s = ImportFixture::new().await;
    let text = "channel,address,email\nthreema,ECHOECHO,a@krume.example\n,,b@krume.example\nsms,,c@krume.example\n";
    let (sum, lines) = s.import(text, form(ImportClass::C)).await.unwrap();
    assert_eq!((sum.contacts, sum.addresses, sum.refused), (2, 3, 1));
    assert_eq!(lines.last().map(|l| (l.line, l.address.as_str())), Some((4, "c@krume.example")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_reports_the_same_and_stores_nothing() {
    let old = PROOF.replace("2026-05-01", "2020-01-01");
    let text = format!("{A}email,a@krume.example,Anna,{PROOF}\nemail,b,Berta,{PROOF}\nemail,c@krume.example,,{old}\n");
    let s = ImportFixture::new().await;
    let dry = s.import(&text, ImportForm { dry_run: true, ..form(ImportClass::A) }).await.unwrap();
    assert!(s.people().await.is_empty());
    let (wet, lines) = s.import(&text, form(ImportClass::A)).await.unwrap();
    assert_eq!(dry.1, lines);
    assert_eq!(rundruf_engine::ImportSummary { contacts: 2, ..dry.0 }, wet, "only the store knows who is new");
}
