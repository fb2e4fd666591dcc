//! What replies mean, rule by rule (SPEC §3); the corpus is beside (`keyword_corpus.rs`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that stops early has failed"
)]

use proptest::prelude::*;
use rundruf_consent::keyword::{InboundReply, Keyword, PendingQuestion, Scope, behind_stop, decide, normalized_name};
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

/// Which rule decides is for admins and for this test: a word that is read by the wrong rule is read well by chance.
#[test]
fn a_short_stop_is_about_what_is_named() {
    use PendingQuestion::{Hold, Nothing, OptIn};
    let stop = || Keyword::Stop(Scope::Address);
    let list = |name: &str| Keyword::Stop(Scope::List(name.into()));
    for (text, question, want, rule) in [
        ("stop alles", Nothing, Keyword::Stop(Scope::Everything), "whole-message"),
        ("stop alle bitte", Nothing, Keyword::Stop(Scope::Everything), "core-all"),
        ("stop alles Werbung", Nothing, stop(), "core-short"),
        ("STOP alles Krume", Nothing, list("alles krume"), "core-list"),
        ("stop Kuchenpost", Nothing, list("kuchenpost"), "core-list"),
        ("abmelden Kuchenpost", Nothing, list("kuchenpost"), "core-list"),
        ("stop von Kuchenpost", Nothing, list("kuchenpost"), "core-list"),
        ("stop the Kuchenpost list", Nothing, list("kuchenpost"), "core-list"),
        ("stop Newsletter Region Nord", Nothing, list("newsletter region nord"), "core-list"),
        ("stop 4711", Nothing, list("4711"), "core-list"),
        ("stop Angebote der Woche", Nothing, stop(), "core-short"),
        ("stop und", Nothing, stop(), "core-short"),
        ("stop liste", Nothing, stop(), "core-short"),
        ("stop von", Nothing, stop(), "core-short"),
        ("Abmelden. Kuchenpost", Nothing, stop(), "core-short"),
        ("stop Kuchenpost?", Nothing, Keyword::SoftRefusal, "de.stop-word"),
        ("stop Kuchen", Nothing, Keyword::None, "nothing"),
        ("stop sign ahead", Nothing, Keyword::None, "nothing"),
        ("stopstopstop", Nothing, stop(), "repeated-stop"),
        ("stoip", Nothing, stop(), "slipped-stop"),
        ("stoipqr", Nothing, Keyword::None, "nothing"),
        ("start Kuchenpost", Nothing, Keyword::Start(Some("kuchenpost".into())), "start-list"),
        ("start Kuchen und", Nothing, Keyword::Start(Some("kuchen und".into())), "start-list"),
        ("start Kuchen und Brot", Nothing, Keyword::None, "nothing"),
        ("start bitte", Nothing, Keyword::Start(None), "whole-message"),
        ("Kuchen start", Nothing, Keyword::None, "nothing"),
        ("nein ich will das so heute wirklich gar", OptIn, Keyword::No, "begins-with-no"),
        ("nein ich will das so heute wirklich gar", Hold, Keyword::SoftRefusal, "begins-with-no"),
        ("nein ich will das so heute wirklich gar", Nothing, Keyword::None, "nothing"),
        ("ok gut", OptIn, Keyword::NearlyYes, "nearly-yes"),
        ("ok gut", Nothing, Keyword::None, "nothing"),
        ("hm ok", OptIn, Keyword::None, "nothing"),
        ("ja", Hold, Keyword::NearlyYes, "nearly-yes"),
        ("ja", Nothing, Keyword::None, "nothing"),
        ("ja wer sind Sie", OptIn, Keyword::NearlyYes, "nearly-yes"),
        ("👍", Nothing, Keyword::None, "no-words"),
        ("👍", OptIn, Keyword::NearlyYes, "thumb"),
        ("ja, danke", OptIn, Keyword::Yes, "yes"),
        ("\"ja\"", OptIn, Keyword::Yes, "yes"),
    ] {
        let got = decide(&InboundReply { text, language: "de", question, is_reaction: false });
        assert_eq!((&got.keyword, got.rule), (&want, rule), "{text:?}");
    }
}

/// An emoji or word that is put to one of our messages can end something, and begins nothing.
#[test]
fn a_reaction_says_at_most_no() {
    use PendingQuestion::{Hold, Nothing, OptIn};
    for (text, question, want) in [
        ("JA", OptIn, Keyword::None),
        ("START", Nothing, Keyword::None),
        ("Hilfe", Nothing, Keyword::None),
        ("WEITER", Hold, Keyword::None),
        ("STOP", Nothing, Keyword::Stop(Scope::Address)),
        ("nein", OptIn, Keyword::No),
        ("nein", Nothing, Keyword::SoftRefusal),
        ("🛑", OptIn, Keyword::SoftRefusal),
        ("🖕", OptIn, Keyword::SoftRefusal),
    ] {
        assert_eq!(decide(&InboundReply { text, language: "de", question, is_reaction: true }).keyword, want, "{text}");
    }
}

#[test]
fn names_are_compared_without_case_accents_and_punctuation() {
    for (title, name) in [
        ("Angebote der Woche", "angebote der woche"),
        ("  Tipps & Termine! ", "tipps termine"),
        ("Café-Post", "cafe post"),
    ] {
        assert_eq!(normalized_name(title), name);
        for stop in ["STOP", "Stopp", "abmelden", "bitte? nein"] {
            let got = behind_stop(&format!("{stop} {title} bitte\n> STOP Kuchen"));
            assert_eq!(got.as_deref(), (stop != "bitte? nein").then_some(name), "{stop} {title}");
        }
    }
    for none in ["STOP", "STOP bitte", "STOP Kuchen?", "Kuchen STOP", "", "!!!"] {
        assert_eq!(behind_stop(none), None, "{none}");
    }
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
