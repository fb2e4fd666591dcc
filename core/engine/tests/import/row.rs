//! Good rows go in, each bad one is reported with its line and its reason.

use crate::import_fixture::{A, ImportFixture, NOW, PROOF, form};
use rundruf_consent::{ImportClass, State};
use rundruf_engine::{DateOrder, ImportForm};
use std::collections::BTreeMap;

/// A row of class A with another proof.
fn proof(requested: &str, confirmed: &str, source: &str, text: &str) -> String {
    format!("email,bad@krume.example,Bad,{requested},{confirmed},{source},{text}")
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_refused_and_good_ones_stored() {
    let (t1, t2, future) = ("2026-05-01T10:00:00Z", "2026-05-01T10:05:00Z", "2026-12-01T10:00:01Z");
    let long = "x".repeat(1_025);
    let tome = "x".repeat(16 * 1_024 + 1);
    let cases: Vec<(String, &str)> = vec![
        (format!("email,,Bad,{PROOF}"), "the address is empty"),
        (format!("email,bad@krume,Bad,{PROOF}"), "the domain is not valid"),
        (format!("email,bad,Bad,{PROOF}"), "name@domain"),
        (format!(",bad@krume.example,Bad,{PROOF}"), "`channel` is empty"),
        (format!("fax,bad@krume.example,Bad,{PROOF}"), "there is no channel `fax`"),
        (format!("sms,0170 1234567,Bad,{PROOF}"), "no country code"),
        (format!("sms,+49 1,Bad,{PROOF}"), ""),
        (format!("threema,BAD,Bad,{PROOF}"), ""),
        (
            format!("email,\"bad@krume.example\r\nBcc: x@y.example\",Bad,{PROOF}"),
            "several addresses in one cell, and number 2 is none",
        ),
        (format!("email,a@krume.example;nobody,Bad,{PROOF}"), "several addresses in one cell, and number 2 is none"),
        (format!("email,bad@krume.example,{long},{PROOF}"), "longer than 1024 bytes"),
        (format!("email,\"bad@krume.example\"x,Bad,{PROOF}"), "behind its closing quotation mark"),
        (format!("email,bad@krume.example,Bad,{PROOF},more"), "8 fields, but the heading has 7"),
        ("email,bad@krume.example".to_owned(), "`requested_at` is empty"),
        (proof("", t2, "Aushang im Laden", "Ja"), "`requested_at` is empty"),
        (proof(t1, "", "Aushang im Laden", "Ja"), "`confirmed_at` is empty"),
        (proof("gestern", t2, "Aushang im Laden", "Ja"), "`requested_at` is `gestern`: not a time"),
        (proof(t1, "05/01/2026", "Aushang im Laden", "Ja"), "`confirmed_at` is `05/01/2026`: the day or the month"),
        (proof(t1, "2026-02-30T10:00:00Z", "Aushang im Laden", "Ja"), "2026-02-30T10:00:00Z`: not a time"),
        (proof(t2, t1, "Aushang im Laden", "Ja"), "`confirmed_at` is before `requested_at`"),
        (proof(t1, future, "Aushang im Laden", "Ja"), "`confirmed_at` is in the future"),
        (proof(future, future, "Aushang im Laden", "Ja"), "`requested_at` is in the future"),
        (proof(t1, t2, "", "Ja"), "`source` is empty"),
        (proof(t1, t2, "Aushang im Laden", ""), "`consent_text` is empty"),
        (proof(t1, t2, "Aushang im Laden", "\" \n \""), "`consent_text` is empty"),
        (proof(t1, t2, "Aushang im Laden", "@missing.txt"), "`missing.txt`, which was not found"),
        (proof(t1, t2, "Aushang im Laden", &tome), "longer than 16 KiB"),
        (proof(t1, t2, "web", "Ja"), "`source` is neither a URL"),
        (proof(t1, t2, "Aushang im Laden", "x"), "names neither the sender `Bäckerei Krume GmbH` nor the list"),
        (proof(t1, t2, "https://krume.example/news", "ja"), "see “What an import must prove” in README.md"),
        (proof(t1, t2, "liste.pdf", "Ja bitte die Angebote der Woche für immer"), "how to leave"),
    ];
    let mut text = A.to_owned();
    let mut lines = Vec::new();
    for (n, (row, _)) in cases.iter().enumerate() {
        lines.push(text.matches('\n').count() as u64 + 1);
        text.push_str(&format!("{row}\nemail,good{n}@krume.example,Good,{PROOF}\n\n"));
    }
    let s = ImportFixture::new().await;
    let (sum, told) = s.import(&text, form(ImportClass::A)).await.unwrap();
    let n = cases.len() as u64;
    assert_eq!((sum.rows, sum.contacts, sum.confirmed, sum.refused), (2 * n, n, n, n), "{told:#?}");
    for ((told, line), (row, want)) in told.iter().zip(lines).zip(&cases) {
        assert_eq!((told.line, told.verdict), (line, "refused"), "{row}");
        assert!(told.reason.to_string().contains(want), "{row:?}: {}", told.reason);
        assert!(!told.reason.to_string().contains(char::is_control), "one line: {told:?}");
    }
    assert!(s.people().await.iter().all(|p| p.vars["first_name"] == "Good"), "nothing of a bad row is stored");
    s.check_store().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_proof_is_quarantined() {
    let s = ImportFixture::new().await;
    let text = "email,requested_at,confirmed_at,source,consent_text,last_used_at\n\
         old@krume.example,2024-01-01T10:00:00Z,2024-01-01T10:05:00Z,Aushang im Laden,\"Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.\",\n\
         used@krume.example,2024-01-01T10:00:00Z,2024-01-01T10:05:00Z,Aushang im Laden,\"Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.\",2026-11-01T00:00:00+01:00\n\
         unused@krume.example,2024-01-01T10:00:00Z,2024-01-01T10:05:00Z,Aushang im Laden,\"Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.\",2024-06-01T00:00:00Z\n\
         ahead@krume.example,2024-01-01T10:00:00Z,2024-01-01T10:05:00Z,Aushang im Laden,\"Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.\",2027-01-01T00:00:00Z\n";
    let (sum, lines) = s.import(text, form(ImportClass::A)).await.unwrap();
    assert_eq!((sum.confirmed, sum.quarantined, sum.refused), (1, 2, 1));
    assert!(
        lines[0].reason.to_string().contains("24 months") && lines[1].reason.to_string().contains("24 months"),
        "{lines:?}"
    );
    assert!(lines[2].reason.to_string().contains("`last_used_at` is in the future"), "{lines:?}");
    let evidence = &s.evidence("old@krume.example").await[0];
    assert_eq!((evidence["type"].as_str(), evidence["state_after"].as_str()), (Some("import_c"), Some("quarantined")));
    assert_eq!(evidence["act"]["verbatim"], serde_json::Value::Null, "what we think is not the person's wording");
    assert!(evidence["earlier"].is_object(), "what the file says is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_proof_every_address_is_quarantined() {
    let s = ImportFixture::new().await;
    let text = "email,first_name\na@krume.example,Anna\nb@krume.example,Berta\n";
    let (sum, lines) = s.import(text, form(ImportClass::C)).await.unwrap();
    assert_eq!((sum.rows, sum.contacts, sum.quarantined, sum.confirmed, sum.refused), (2, 2, 2, 0, 0));
    assert!(
        lines.iter().all(|l| l.verdict == "quarantined" && l.reason.to_string().contains("nothing is sent")),
        "{lines:?}"
    );
    // The proof comes later.
    let (sum, _) = s.import(format!("{A}email,a@krume.example,,{PROOF}\n"), form(ImportClass::A)).await.unwrap();
    assert_eq!((sum.contacts, sum.confirmed, sum.merged), (0, 1, 0));
    assert_eq!(s.found("a@krume.example").await.consents[0].state, State::Confirmed);
    // And never goes.
    let (sum, _) = s.import(text, form(ImportClass::C)).await.unwrap();
    assert_eq!((sum.merged, sum.quarantined), (2, 0));
    assert_eq!(s.found("a@krume.example").await.consents[0].state, State::Confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn phone_numbers_without_a_country_code() {
    for (region, want) in
        [(None, None), (Some("DE"), Some("sms:+491701234567")), (Some("AT"), Some("sms:+431701234567"))]
    {
        let mut s = ImportFixture::new().await;
        s.config.default_region = region.map(str::to_owned);
        let (sum, _) = s.import("sms\n01701234567\n+4915112345678\n", form(ImportClass::C)).await.unwrap();
        let mut got: Vec<String> = s.states().await.into_iter().flatten().map(|(a, _)| a).collect();
        got.sort();
        let mut all: Vec<&str> = want.into_iter().chain(["sms:+4915112345678"]).collect();
        all.sort_unstable();
        assert_eq!(
            (got, sum.refused),
            (all.into_iter().map(str::to_owned).collect(), u64::from(want.is_none())),
            "{region:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_texts_are_stored_verbatim() {
    let s = ImportFixture::new().await;
    let texts = BTreeMap::from([(
        "form.txt".to_owned(),
        "Ja, die Bäckerei Krume GmbH\ndarf mir schreiben. Abmelden jederzeit.".to_owned(),
    )]);
    let text = "email,requested_at,confirmed_at,source,consent_text,language\n\
         a@krume.example,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,Aushang im Laden,@form.txt,de\n\
         b@krume.example,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,form.pdf,\"Yes,\nBäckerei Krume GmbH may write to me until I unsubscribe\",en-GB\n";
    let (sum, _) = s.import(text, ImportForm { texts, ..form(ImportClass::A) }).await.unwrap();
    assert_eq!(sum.confirmed, 2);
    for (who, words, language) in [
        ("a@krume.example", "Ja, die Bäckerei Krume GmbH\ndarf mir schreiben. Abmelden jederzeit.", "de"),
        ("b@krume.example", "Yes,\nBäckerei Krume GmbH may write to me until I unsubscribe", "en-GB"),
    ] {
        let evidence = &s.evidence(who).await[0];
        let digest = rundruf_consent::text::unhex::<32>(evidence["text"]["sha256"].as_str().unwrap()).unwrap();
        let kept = s.store.text_get(digest).await.unwrap().unwrap();
        assert_eq!((kept.body.as_str(), kept.language.as_str()), (words, language));
        assert_eq!(evidence["time"], NOW.0);
    }
}

/// What office programs write, row by row: taken, and read as it was meant.
#[tokio::test(flavor = "multi_thread")]
async fn dates_of_office_programs() {
    let s = ImportFixture::new().await;
    let words = "\"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"";
    // 1 May 2026 in Berlin, and 14:30 on that day.
    let (day, moment) = (1_777_586_400_000_u64, 1_777_638_600_000_u64);
    let cases = [
        ("01.05.2026", "01.05.2026", day, day),
        ("1.5.26", "01.05.2026 14:30", day, moment),
        ("2026-05-01", "2026-05-01T14:30:00+02:00", day, moment),
        ("46143", "46143,604166667", day, moment),
        // A day is not before a time on it.
        ("01.05.2026 14:30", "01.05.2026", moment, moment),
    ];
    let mut text = "email;requested_at;confirmed_at;source;consent_text\n".to_owned();
    for (n, (requested, confirmed, ..)) in cases.iter().enumerate() {
        text.push_str(&format!("p{n}@krume.example;{requested};{confirmed};Aushang im Laden;{words}\n"));
    }
    text.push_str(&format!("us@krume.example;05/01/2026;05/01/2026;Aushang im Laden;{words}\n"));
    let (sum, lines) = s.import(&text, form(ImportClass::A)).await.unwrap();
    assert_eq!((sum.confirmed, sum.refused), (cases.len() as u64, 1), "{lines:?}");
    assert!(lines[0].reason.to_string().contains("--dates dmy"), "{lines:?}");
    for (n, (requested, confirmed, want_requested, want_confirmed)) in cases.iter().enumerate() {
        let evidence = &s.evidence(&format!("p{n}@krume.example")).await[0];
        let earlier = &evidence["earlier"];
        assert_eq!(
            (&earlier["requested_at"], &earlier["confirmed_at"]),
            (&(*want_requested).into(), &(*want_confirmed).into())
        );
        let detail = evidence["source"]["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("requested_at: {requested}")), "as the file says it: {detail}");
        assert_eq!(detail.contains(&format!("confirmed_at: {confirmed}")), !confirmed.contains("+02:00"), "{detail}");
    }
    let us = text.replace("us@", "us2@");
    let (sum, _) = s.import(us, ImportForm { dates: DateOrder::MonthFirst, ..form(ImportClass::A) }).await.unwrap();
    assert_eq!((sum.confirmed, sum.merged, sum.refused), (1, cases.len() as u64, 0));
    assert_eq!(s.evidence("us2@krume.example").await[0]["earlier"]["confirmed_at"], day);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_spelling_of_a_language_and_none_is_refused() {
    let s = ImportFixture::new().await;
    let text = "email,Sprache\na@krume.example,de_AT@euro\nb@krume.example,Deutsch (Deutschland)\nc@krume.example,klingonisch\nd@krume.example,\n";
    let (sum, _) = s.import(text, form(ImportClass::C)).await.unwrap();
    assert_eq!((sum.quarantined, sum.refused), (4, 0));
    let got: Vec<_> = s.people().await.into_iter().map(|p| p.language).collect();
    assert_eq!(got, [Some("de-AT".to_owned()), Some("de".to_owned()), None, None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_breaks_in_a_name_are_spaces_and_elsewhere_nobody_looks() {
    let s = ImportFixture::new().await;
    let text = "email,Vorname,Notiz,,\na@krume.example,\"Anna\r\nMaria\t von  \u{85}X\",\"ruft\nan\",,,,\n";
    let (sum, lines) = s.import(text, form(ImportClass::C)).await.unwrap();
    assert_eq!((sum.quarantined, sum.refused), (1, 0), "surplus empty fields: {lines:?}");
    let vars = s.people().await[0].vars.clone();
    assert_eq!(vars, BTreeMap::from([("first_name".to_owned(), "Anna Maria von X".to_owned())]));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_addresses_in_a_cell() {
    let s = ImportFixture::new().await;
    let (sum, _) = s.import("email\na@krume.example; b@krume.example\n", form(ImportClass::C)).await.unwrap();
    assert_eq!((sum.rows, sum.contacts, sum.addresses, sum.quarantined), (1, 1, 2, 2));
    // One of them confirmed, and nobody knows which.
    let text = format!(
        "{A}email,\"c@krume.example, d@krume.example\",Anna,{PROOF}\nemail,Anna <e@krume.example>,Anna,{PROOF}\n"
    );
    let (sum, lines) = s.import(text, form(ImportClass::A)).await.unwrap();
    assert_eq!((sum.addresses, sum.quarantined, sum.confirmed), (3, 2, 1));
    assert!(lines.iter().all(|l| l.reason.to_string().contains("which of them confirmed")), "{lines:?}");
    assert_eq!(s.found("e@krume.example").await.consents[0].state, State::Confirmed);
}
