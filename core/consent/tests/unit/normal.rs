//! Characters, words, commas and sentences, one rule at a time.

use super::*;

/// Each word of a text with its place and the number of its sentence.
#[track_caller]
fn check(text: &str, want: &[(&str, u32, u32)]) {
    let tokens = tokens(text);
    let got: Vec<_> = tokens.list.iter().map(|t| (t.text.as_str(), t.position, t.sentence)).collect();
    assert_eq!(got, want, "{text:?}");
}

#[track_caller]
fn check_plain(text: &str, want: &str) {
    assert_eq!(plain(text), want, "{text:?}");
}

#[test]
fn characters_with_two_spellings_become_one() {
    for (character, want) in [
        ('ł', "l"),
        ('ø', "o"),
        ('œ', "o"),
        ('đ', "d"),
        ('ı', "i"),
        ('æ', "a"),
        ('ß', "ss"),
        ('ς', "σ"),
        ('ة', "ه"),
        ('ى', "ي"),
        ('ی', "ي"),
        ('ک', "ك"),
        ('ـ', ""),
        ('é', "e"),
        ('ü', "u"),
        ('Ü', "u"),
        ('Ａ', "a"),
    ] {
        assert_eq!(word(&format!("b{character}b")), format!("b{want}b"), "{character}");
        check_plain(&format!("b{character}b"), &format!("b{want}b"));
    }
    for (text, want) in [("kaese", "kase"), ("loeschen", "loschen"), ("kuendigen", "kundigen"), ("baeoeue", "baou")] {
        assert_eq!((word(text).as_str(), plain(text).as_str()), (want, want));
    }
}

#[test]
fn a_character_said_three_times_is_said_once() {
    for (text, want) in [
        ("stoooop", "stop"),
        ("stoopp", "stoopp"),
        ("stoooopp", "stopp"),
        ("sttooopp", "sttopp"),
        ("стооооп", "стоп"),
        ("стооопп", "стопп"),
        ("1000", "1000"),
        ("aaa1000", "a1000"),
        ("д1000", "д1000"),
    ] {
        assert_eq!(word(text), want, "{text}");
        check_plain(text, want);
    }
}

#[test]
fn look_alikes_count_only_among_latin_characters() {
    for (similar, latin) in [
        ("аα4", 'a'),
        ("еε3", 'e'),
        ("оο0", 'o'),
        ("рρ", 'p'),
        ("с", 'c'),
        ("ѕ5", 's'),
        ("тτ7", 't'),
        ("хχ", 'x'),
        ("іι1", 'i'),
        ("у", 'y'),
        ("кκ", 'k'),
        ("м", 'm'),
        ("н", 'h'),
        ("в", 'b'),
    ] {
        for character in similar.chars() {
            assert_eq!(unmasked(&format!("z{character}z")), Some(format!("z{latin}z")), "{character}");
        }
    }
    for no in ["", "стоп", "сое", "stop", "stop4", "40", "zжz"] {
        assert_eq!(unmasked(no), None, "{no}");
    }
}

#[test]
fn commas_and_ends_of_sentences_part_words() {
    check("bitte abmelden", &[("bitte", 1, 0), ("abmelden", 2, 0)]);
    for comma in ["bitte, abmelden", "bitte,abmelden", "bitte\nabmelden", "bitte\n  abmelden", "bitte (abmelden)"] {
        check(comma, &[("bitte", 1, 0), ("abmelden", 5, 0)]);
    }
    for end in [
        "bitte\n\nabmelden",
        "bitte\n \nabmelden",
        "bitte! abmelden",
        "bitte. abmelden",
        "bitte!abmelden",
        "bitte . abmelden",
    ] {
        check(end, &[("bitte", 1, 0), ("abmelden", 102, 1)]);
    }
    check("\n\nbitte", &[("bitte", 1, 0)]);
    check("- bitte", &[("bitte", 4, 0)]);
    check("bitte 👍 abmelden", &[("bitte", 1, 0), ("abmelden", 5, 0)]);
    check("bitte \"abmelden\" *gleich*", &[("bitte", 1, 0), ("abmelden", 2, 0), ("gleich", 3, 0)]);
    check("ab-melden", &[("ab", 1, 0), ("melden", 2, 0)]);
}

#[test]
fn a_full_stop_inside_of_a_word_or_after_an_abbreviation_ends_nothing() {
    check("z.B. heute", &[("z", 1, 0), ("b", 3, 0), ("heute", 104, 1)]);
    check("Nr. 3", &[("nr", 1, 0), ("3", 3, 0)]);
    check("am 12. Mai", &[("am", 1, 0), ("12", 2, 0), ("mai", 4, 0)]);
    for end in ["123. Mai", "ab. Mai", "3! Mai", "nr! Mai", "3? Mai"] {
        assert_eq!(tokens(end).list.last().map(|t| t.sentence), Some(1), "{end}");
    }
}

#[test]
fn a_question_is_the_sentence_before_its_mark() {
    for (text, questions) in [
        ("Stop?", &[0][..]),
        ("Stop ?", &[0]),
        ("Stop! ?", &[0]),
        ("Stop?!?", &[0]),
        ("Hallo. Stop? Danke.", &[1]),
        ("Hallo. Stop! ? Danke.", &[1]),
        ("?", &[]),
        ("Stop!", &[]),
        ("? Stop", &[]),
    ] {
        let tokens = tokens(text);
        assert_eq!(tokens.questions, questions, "{text}");
        for sentence in 0..4 {
            assert_eq!(tokens.is_question(sentence), questions.contains(&sentence), "{text} {sentence}");
        }
    }
}

#[test]
fn glued_words_part_where_a_capital_begins_one() {
    for (text, want) in [
        ("BitteAbmelden", "bitte abmelden"),
        ("abcDef", "abc def"),
        ("abDefg", "abdefg"),
        ("aBcDef", "abcdef"),
        ("aBcdDef", "abcddef"),
        ("AbcDef", "abcdef"),
        ("abcDEf", "abcdef"),
        ("abcDeF", "abcdef"),
        ("abcDe", "abcde"),
        ("abCDef", "abcdef"),
        ("abcDeFgh", "abcdefgh"),
        ("abcDefGhi", "abc defghi"),
        ("WhatsApp", "whatsapp"),
        ("iPhone", "iphone"),
        ("StOp", "stop"),
    ] {
        check_plain(text, want);
    }
}

#[test]
fn signs_that_stand_for_characters_need_one_behind_them() {
    for (text, want) in [
        ("$top", "stop"),
        ("st@rt", "start"),
        ("5$", "5"),
        ("5@", "5"),
        ("st@5", "st 5"),
        ("st$5", "st 5"),
        ("e-mail", "email"),
        ("don't", "dont"),
        ("geht’s", "gehts"),
        ("l'arrêt", "l arret"),
        ("qu’il", "qu il"),
        ("st\u{200b}op", "stop"),
        ("st\u{ad}op", "stop"),
    ] {
        check_plain(text, want);
    }
}

#[test]
fn links_and_addresses_say_nothing() {
    for link in ["https://krume.example/stop", "www.stop.example", "stop@krume.example", "WWW.x http://x"] {
        check_plain(&format!("bitte {}", link.to_lowercase()), "bitte");
    }
    check_plain("stop@home", "stopahome");
    check_plain("wwwstop", "wstop");
}

#[test]
fn three_single_characters_are_a_spelled_word() {
    for (text, want) in [
        ("S T O P", "stop"),
        ("s.t.o.p", "stop"),
        ("S M S bitte", "sms bitte"),
        ("a b bitte", "a b bitte"),
        ("S T O P a b c", "stopabc"),
        ("S T O P bitte a b", "stop bitte ab"),
        ("1 2 3", "1 2 3"),
    ] {
        check_plain(text, want);
    }
}
