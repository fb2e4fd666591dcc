//! Which column is what.

use crate::import_fixture::{A, ImportFixture, PROOF, form};
use rundruf_consent::{Event, ImportClass, State};
use rundruf_engine::ImportForm;
use std::collections::BTreeMap;

fn mapped(map: &[(&str, &str)], class: ImportClass) -> ImportForm {
    let map: BTreeMap<_, _> = map.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect();
    ImportForm { map, map_text: "its own text".to_owned(), ..form(class) }
}

fn set(pairs: &[(&str, &str)], class: ImportClass) -> ImportForm {
    let set = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ImportForm { set, ..form(class) }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_doubled_columns_are_refused() {
    let (a, c) = (ImportClass::A, ImportClass::C);
    let cases: &[(&str, ImportForm, &str)] = &[
        ("name\nAnna\n", form(c), "missing: channel, address"),
        ("channel,name\nemail,Anna\n", form(c), "missing: address"),
        ("channel,address\n", form(a), "missing: requested_at, confirmed_at, source, consent_text"),
        ("email,Confirmed At,requested_at,source\n", form(a), "missing: consent_text"),
        ("email,E-Mail-Adresse,E-Mail\n", form(c), ""),
        ("E-Mail-Adresse,E-Mail\n", form(c), "the column `email` is there twice: 1 and 2"),
        ("email,name,Name\n", ImportForm { keep_all: true, ..form(c) }, "the column `name` is there twice: 2 and 3"),
        ("email\n", ImportForm { keep: vec!["Nr".to_owned()], ..form(c) }, "no column `Nr` to keep"),
        ("email\n", set(&[("E-Mail", "x")], c), "is not a column"),
        ("email\n", set(&[("sms", "x")], c), "cannot be the same for all"),
        ("email,Quelle\n", set(&[("quelle", "x"), ("channel", "fax")], c), "there is no channel `fax`"),
        ("email,source\n", set(&[("source", "x")], c), "the file has a column for that: `source`"),
        ("\n\nemail,email\n", form(c), "line 3: the column `email` is there twice"),
        ("\"email\"x,name\n", form(c), "line 1: a field goes on"),
        ("Mail\n", mapped(&[("email", "E-Mail")], c), "the file has no column of that name"),
        ("Mail\n", mapped(&[("E-Mail", "Mail")], c), "no column has that name"),
        ("Mail\n", mapped(&[("email", "Mail"), ("name", "Mail")], c), "that column is `email` already"),
        ("Mail,email\n", mapped(&[("email", "Mail")], c), "the column `email` is there twice"),
    ];
    for (text, form, want) in cases {
        let s = ImportFixture::new().await;
        let refused = s.import(text, form.clone()).await;
        if want.is_empty() {
            assert!(refused.is_ok(), "our own name counts: {refused:?}");
            continue;
        }
        let refused = refused.unwrap_err();
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
    for (keep, want) in [
        (Vec::new(), vec![("first_name", "Anna")]),
        (vec!["Kunden-Nr".to_owned()], vec![("first_name", "Anna"), ("kunden_nr", "77")]),
    ] {
        let s = ImportFixture::new().await;
        let form = ImportForm { keep, ..mapped(&map, ImportClass::A) };
        let (sum, _) = s.import(text, form).await.unwrap();
        assert_eq!((sum.rows, sum.confirmed), (1, 1));
        let vars = &s.people().await[0].vars;
        let got: Vec<_> = vars.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(got, want, "what nobody has asked for is not stored");
    }
    s.import(text, ImportForm { keep_all: true, ..mapped(&map, ImportClass::A) }).await.unwrap();
    let all: Vec<_> = s.people().await[0].vars.keys().cloned().collect();
    assert_eq!(all, ["first_name", "kunden_nr", "umsatz"]);
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

/// A dry run counts like the import that follows it, whatever the database knows already.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_like_the_import() {
    let old = PROOF.replace("2026-05-01", "2020-01-01");
    let mut text = format!(
        "{A}email,a@krume.example,Anna,{PROOF}\nemail,b,Berta,{PROOF}\nemail,c@krume.example,,{old}\n\
         email,known@krume.example,Neu,{PROOF}\nemail,left@krume.example,L,{PROOF}\nemail,a@krume.example,Andere,{PROOF}\n\
         email,kept@krume.example,K,{PROOF}\n"
    );
    // More than one chunk, and people of the first chunk again in the second.
    for n in 0..10_000 {
        text.push_str(&format!("email,p{n}@krume.example,P,{PROOF}\n"));
    }
    text.push_str(&format!(
        "email,c@krume.example,,{PROOF}\nemail,a@krume.example,A,{PROOF}\nemail,p1@krume.example,A,{old}\nemail,last@krume.example,,{PROOF}\n"
    ));
    let s = ImportFixture::new().await;
    s.import("email,first_name\nknown@krume.example,Alt\n", form(ImportClass::C)).await.unwrap();
    let before = format!("{A}email,left@krume.example,L,{PROOF}\nemail,kept@krume.example,K,{PROOF}\n");
    s.import(before, form(ImportClass::A)).await.unwrap();
    s.apply_event("left@krume.example", Event::Stop).await;
    for update in [false, true] {
        let (size, people) = (s.store.log_head().await.unwrap().size, s.people().await.len());
        let dry = s.import(&text, ImportForm { dry_run: true, update, ..form(ImportClass::A) }).await.unwrap();
        assert_eq!(
            (s.store.log_head().await.unwrap().size, s.people().await.len()),
            (size, people),
            "nothing is stored"
        );
        let names: Vec<_> = s.people().await.iter().take(1).map(|p| p.vars["first_name"].clone()).collect();
        let wet = s.import(&text, ImportForm { update, ..form(ImportClass::A) }).await.unwrap();
        assert_eq!(dry.1, wet.1, "update {update}");
        // Who is written twice in one file with --update is not looked at a second time by a dry run.
        let updated = if update { wet.0.updated } else { dry.0.updated };
        assert_eq!(rundruf_engine::ImportSummary { updated, ..dry.0 }, wet.0, "update {update}: {names:?}");
        assert!(update || (wet.0.merged > 0 && wet.0.refused == 2 && wet.0.contacts == 10_003), "{:?}", wet.0);
    }
    s.check_store().await;
}

/// One value for all, titles before the heading, Excel's own first line, and words of other programs.
#[tokio::test(flavor = "multi_thread")]
async fn tables_of_other_programs() {
    let c = ImportClass::C;
    for (text, form) in [
        ("Adresse;Vorname\na@krume.example;Anna\n", set(&[("channel", "email")], c)),
        ("sep=;\nE-Mail-Adresse;Vorname\na@krume.example;Anna\n", form(c)),
        ("\u{feff}sep=;\r\nE-Mail-Adresse;Vorname\r\na@krume.example;Anna\r\n", form(c)),
        ("Kundenliste\nStand: 1.5.2026, Filiale Mitte\n\nNr;E-Mail;Vorname\n1;a@krume.example;Anna\n", form(c)),
        ("First Name,Last Name,Email Address\nAnna,Muster,a@krume.example\n", form(c)),
        ("FN\tEMAIL\tVorname\nAnna Muster\ta@krume.example\tAnna\n", form(c)),
    ] {
        let s = ImportFixture::new().await;
        let (sum, lines) = s.import(text, form).await.unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!((sum.rows, sum.quarantined, sum.refused), (1, 1, 0), "{text}: {lines:?}");
        assert_eq!(s.people().await[0].vars["first_name"], "Anna", "{text}");
        assert!(s.found("a@krume.example").await.address.value().starts_with("a@"));
    }
}

/// A proof is for one address: a phone number beside it is taken if the admin names its column.
#[tokio::test(flavor = "multi_thread")]
async fn a_phone_number_beside_a_proof() {
    let text = "E-Mail;Handy;requested_at;confirmed_at;source;consent_text\n\
         a@krume.example;+491701234567;2026-05-01;2026-05-01;Aushang im Laden;\"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"\n";
    for (form, want) in [
        (form(ImportClass::A), (1, 0)),
        (mapped(&[("sms", "Handy")], ImportClass::A), (2, 0)),
        (form(ImportClass::C), (0, 2)),
    ] {
        let s = ImportFixture::new().await;
        let (sum, _) = s.import(text, form).await.unwrap();
        assert_eq!((sum.confirmed, sum.quarantined), want);
    }
}
