//! Words with what is known about them, one rule at a time.

use super::super::normal::tokens;
use super::*;

fn of(text: &str) -> Vec<SentWord> {
    known(Vocabulary::get(), &mut tokens(text))
}

#[track_caller]
fn check(text: &str, want: &[&str]) {
    let words = of(text);
    let got: Vec<_> = words.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(got, want, "{text:?}");
}

#[test]
fn the_name_below_a_closing_is_not_read() {
    check("stop gruß Anna Müller", &["stop"]);
    check("stop gruß Anna Berta Carla Dora Emma", &["stop"]);
    check(
        "stop gruß Anna Berta Carla Dora Emma Frieda",
        &["stop", "gruss", "anna", "berta", "carla", "dora", "emma", "frieda"],
    );
    check("stop gruß Anna. Danke", &["stop", "danke"]);
    check("ja. gruß Anna", &["ja", "gruss", "anna"]);
    check("gruß Anna", &["gruss", "anna"]);
}

#[test]
fn a_stop_that_is_glued_to_a_word_is_two() {
    check("stopplease", &["stop", "please"]);
    check("stopwerbung", &["stop", "werbung"]);
    check("stopxyzzy", &["stopxyzzy"]);
    check("stopp", &["stopp"]);
    check("pleasestop", &["pleasestop"]);
}

#[test]
fn of_many_words_the_first_and_the_last_are_read() {
    let text = |count: usize| (0..count).map(|n| format!("wort{n}x")).collect::<Vec<_>>().join(" ");
    for (count, want) in [(199, 199), (200, 200), (201, 200), (1_000, 200)] {
        let words = of(&text(count));
        assert_eq!(words.len(), want, "{count}");
        assert_eq!((words[0].text.as_str(), words[159].text.as_str()), ("wort0x", "wort159x"));
        assert_eq!(words[want - 1].text, format!("wort{}x", count - 1));
        assert_eq!(words[want - 39].text, format!("wort{}x", count - 39));
    }
}

#[test]
fn a_word_said_twice_in_a_row_counts_once() {
    assert_eq!(joined(of("ja ja nein nein ja").iter()), "ja nein ja");
    assert_eq!(joined(of("").iter()), "");
}

#[test]
fn slips_and_repeats_of_stop() {
    for (text, repeated, slipped) in [
        ("stopstop", true, false),
        ("stoppstopp", true, false),
        ("stop", false, true),
        ("stopp", false, true),
        ("", false, false),
        ("stopstopx", false, false),
        ("stoip", false, true),
        ("sropt", false, true),
        ("stopxy", false, true),
        ("stopxyz", false, false),
        ("atopos", false, false),
        ("sto", false, false),
        ("sortp", false, true),
    ] {
        assert_eq!((is_repeated(text), is_slipped_stop(text)), (repeated, slipped), "{text}");
    }
}

#[test]
fn a_yes_has_letters_alone_and_none_three_times() {
    for (text, stretched) in
        [("jaaa", true), ("jjja", true), ("jaa", false), ("ja   ", false), ("111", false), ("", false)]
    {
        assert_eq!(is_stretched(text), stretched, "{text}");
    }
    assert!("jaäЯ ,'’\u{301}\n".chars().all(belongs_to_a_yes));
    assert!(!"1!?.;:-😂\u{200b}\"".chars().any(belongs_to_a_yes));
}
