//! What replies mean, rule by rule (SPEC §3); the corpus is beside (`keyword_corpus.rs`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that stops early has failed"
)]

use proptest::prelude::*;
use rundruf_consent::keyword::{InboundReply, Keyword, PendingQuestion, Scope, decide};
use std::time::{Duration, Instant};

fn read(text: &str, language: &str, question: PendingQuestion) -> Keyword {
    decide(&InboundReply { text, language, question, is_reaction: false }).keyword
}

#[track_caller]
fn check(text: &str, question: PendingQuestion, want: &Keyword) {
    let got = decide(&InboundReply { text, language: "de", question, is_reaction: false });
    assert_eq!(got.keyword, *want, "{text:?}, by {}", got.rule);
}

#[test]
fn stop_is_generous() {
    for text in [
        "STOP",
        "stop",
        "Stopp!",
        " abmelden. ",
        "S T O P",
        "S.T.O.P",
        "ＳＴＯＰ",
        "bitte abmelden",
        "Abmelden bitte, danke",
        "ABBESTELLEN",
        "kündigen",
        "kuendigen",
        "unsubscribe",
        "ARRÊT",
        "İPTAL",
        "iptal",
        "Rezygnuję",
        "🛑",
        "👎",
        "⛔️",
        "keine Werbung mehr",
        "basta",
        "darse de baja",
        "стоп",
        "στοπ",
        "opt-out",
        "remove me",
        "stop\u{200b}",
        "*STOP*",
        "„Stop“",
        "Schluss",
        "nie mehr",
        "Stoooop",
        "stpo",
        "st0p",
        "$top",
        "abmleden",
        "Ab melden",
        "stop stop stop",
        "stopplease",
        "ѕtор",
        "Bitte nehmen Sie mich aus dem Verteiler",
        "Ich möchte keine Angebote mehr",
        "Bitte streichen Sie mich von der Liste",
        "Schreibt mir nicht mehr",
        "I want to opt out",
        "do not text me",
    ] {
        check(text, PendingQuestion::Nothing, &Keyword::Stop(Scope::Address));
        check(text, PendingQuestion::OptIn, &Keyword::Stop(Scope::Address));
    }
    check("STOP ALLES", PendingQuestion::Nothing, &Keyword::Stop(Scope::Everything));
    check("stop angebote", PendingQuestion::Nothing, &Keyword::Stop(Scope::List("angebote".into())));
}

#[test]
fn yes_is_strict() {
    for text in ["Ja", "ja.", " JA! ", "ja bitte", "jawohl"] {
        for question in [PendingQuestion::OptIn, PendingQuestion::Renew] {
            check(text, question, &Keyword::Yes);
        }
        for question in [PendingQuestion::Nothing, PendingQuestion::Hold] {
            assert_ne!(read(text, "de", question), Keyword::Yes, "nothing to say yes to: {text:?}");
        }
        let reaction = InboundReply { text, language: "de", question: PendingQuestion::OptIn, is_reaction: true };
        assert_ne!(decide(&reaction).keyword, Keyword::Yes, "{text:?}");
    }
    for text in ["👍", "ok", "ja, aber wer sind Sie?", "Jaaaa", "ja ja", "ja?", "Ja 😂"] {
        check(text, PendingQuestion::OptIn, &Keyword::NearlyYes);
    }
    for text in
        ["yes", "tak", "si", "да", "", "   ", "\u{200b}", "Ja, bitte löschen", "Ja, abmelden", "ja nein", "j\u{200b}a?"]
    {
        assert_ne!(read(text, "de", PendingQuestion::OptIn), Keyword::Yes, "{text:?}");
    }
    assert_eq!(read("yes", "en", PendingQuestion::OptIn), Keyword::Yes);
    assert_eq!(read("Tak", "pl", PendingQuestion::OptIn), Keyword::Yes);
    assert_ne!(read("tak", "da", PendingQuestion::OptIn), Keyword::Yes, "Danish for thanks");
}

#[test]
fn refusals_are_held() {
    for text in [
        "Woher haben Sie meine Nummer?",
        "Lasst mich in Ruhe",
        "Das ist Spam!",
        "not interested, thanks",
        "nein",
        "kein Bedarf",
        "Wer sind Sie?",
    ] {
        check(text, PendingQuestion::Nothing, &Keyword::SoftRefusal);
    }
    let thumb_down =
        InboundReply { text: "👎", language: "de", question: PendingQuestion::Nothing, is_reaction: true };
    assert_eq!(decide(&thumb_down).keyword, Keyword::SoftRefusal);
}

#[test]
fn a_stem_inside_of_a_word_stops_nobody() {
    for text in [
        "Danke für die Ankündigung!",
        "Christoph kommt auch",
        "Verkauft ihr Feuerlöscher?",
        "Fine, thanks",
        "Don't stop",
        "Nächster Halt Hauptbahnhof",
        "Wann hört der Regen auf?",
        "Kündigung Fitnessstudio",
        "I'll stop by tomorrow",
        "Bitte nicht abmelden",
        "Ich will NICHT aus der Liste",
        "Danke!\n\n> Antworten Sie STOP zum Abmelden",
        "https://korn.example/abmelden",
    ] {
        check(text, PendingQuestion::Nothing, &Keyword::None);
    }
    assert_eq!(read("fine", "it", PendingQuestion::Nothing), Keyword::Stop(Scope::Address), "Italian for end");
    assert_eq!(read("fine", "en", PendingQuestion::Nothing), Keyword::None);
}

#[test]
fn other_words() {
    check("nein", PendingQuestion::OptIn, &Keyword::No);
    check("Nein danke", PendingQuestion::OptIn, &Keyword::No);
    check("START", PendingQuestion::Nothing, &Keyword::Start(None));
    check("Start Angebote", PendingQuestion::Nothing, &Keyword::Start(Some("angebote".into())));
    check("WEITER", PendingQuestion::Hold, &Keyword::Resume);
    check("Hilfe", PendingQuestion::Nothing, &Keyword::Help);
    check("?", PendingQuestion::Nothing, &Keyword::Help);
    check("Welche Daten haben Sie über mich gespeichert?", PendingQuestion::Nothing, &Keyword::Data);
    check("Wann habt ihr geöffnet?", PendingQuestion::Nothing, &Keyword::None);
    check("!!!", PendingQuestion::Nothing, &Keyword::None);
}

/// A long text costs no more than a bounded one, whatever is in it.
#[test]
fn hostile_texts_are_bounded() {
    for unit in
        ["stop ", "nicht ", "> ", "a ", "\n", "ſ", "ﷺ", "\u{301}", "abmelde", "bitte keine ", ". ", "Am 1 schrieb:\n"]
    {
        let text = unit.repeat(1_000_000 / unit.len());
        let begin = Instant::now();
        let _ = read(&text, "de", PendingQuestion::OptIn);
        // A debug build on a busy machine; without the limits this takes minutes.
        assert!(begin.elapsed() < Duration::from_secs(5), "{unit:?}: {:?}", begin.elapsed());
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC*", language in "[a-z]{0,3}(-[A-Z]{2})?", reaction: bool) {
        for question in [PendingQuestion::Nothing, PendingQuestion::OptIn, PendingQuestion::Renew, PendingQuestion::Hold] {
            let got = decide(&InboundReply { text: &text, language: &language, question, is_reaction: reaction });
            prop_assert!(!got.rule.is_empty());
            if got.keyword == Keyword::Yes {
                prop_assert!(!reaction && matches!(question, PendingQuestion::OptIn | PendingQuestion::Renew));
            }
        }
    }

    /// Case, width, courtesy and punctuation change nothing.
    #[test]
    fn noise_hides_no_stop(before in "(bitte |Hallo, |)", word in "(stop|abmelden|unsubscribe|iptal|wypisz mnie)", after in "( bitte|!!!|\\.| danke|)") {
        for text in [format!("{before}{word}{after}"), format!("{before}{}{after}", word.to_uppercase())] {
            prop_assert!(matches!(read(&text, "de", PendingQuestion::Nothing), Keyword::Stop(_)), "{}", text);
        }
    }
}
