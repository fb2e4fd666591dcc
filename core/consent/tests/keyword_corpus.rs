//! The decision over replies against a corpus of messages as people write them. `first.jsonl` was tuned on; `second.jsonl` was written in another
//! manner before any tuning; `fourth.jsonl` holds kinds that turned up in between. The others were written afterwards, each read once before
//! anything was changed for it; what was missed then, of all refusals, and what stopped somebody, of all harmless messages:
//! third 15 of 114 and 2 of 60; fifth 33 of 164 and 2 of 77; sixth 27 of 512 and 13 of 313; seventh (dialects, teenagers, capitals, slips)
//! 73 of 367 and 12 of 227, with what the sixth had taught 31 and 9; eighth 54 of 443 and 20 of 288;
//! ninth 14 of 155 and 2 of 91; tenth 7 of 155 and 3 of 85; eleventh (half of it about kinds that were known to be missed) 62 of 279 and
//! 21 of 559. From here on with weights (`keyword/weighing.rs`): twelfth 15 of 110 and 3 of 125; thirteenth 13 of 109 and 4 of 62; fourteenth
//! 9 of 97 and 1 of 61; fifteenth 17 of 96 and 5 of 57; sixteenth (hardly any German) 8 of 100 and 2 of 26; seventeenth 9 of 58 and 6 of 42;
//! eighteenth (harmless messages of words of refusals) 7 of 44 and 18 of 70; nineteenth (everyday messages, not made to trick) 2 of 226 and
//! 5 of 121. About one unusual refusal in ten that nobody foresaw is still missed: what is not understood is read by a person. `RUNDRUF_SHOW=1` prints each that is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that stops early has failed, and its report is its output"
)]

#[path = "support/corpus_parts.rs"]
mod corpus_parts;

use corpus_parts::PARTS;
use rundruf_consent::keyword::{InboundReply, PendingQuestion, ReplyDecision, decide};
use serde_json::Value;
use std::collections::BTreeMap;

struct Sample {
    text: String,
    language: String,
    question: PendingQuestion,
    is_reaction: bool,
    want: String,
}

fn samples(part: &str) -> Vec<Sample> {
    let path = format!("{}/tests/corpus/{part}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let sample = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        Sample {
            text: text("text"),
            language: text("lang"),
            question: match value["pending"].as_str() {
                Some("optin") => PendingQuestion::OptIn,
                Some("renew") => PendingQuestion::Renew,
                Some("hold") => PendingQuestion::Hold,
                _ => PendingQuestion::Nothing,
            },
            is_reaction: value["reaction"].as_bool().unwrap_or_default(),
            want: text("want"),
        }
    };
    text.lines().map(sample).collect()
}

fn read(s: &Sample) -> ReplyDecision {
    decide(&InboundReply { text: &s.text, language: &s.language, question: s.question, is_reaction: s.is_reaction })
}

/// Whether nothing more is sent after this answer.
fn stops(word: &str, question: PendingQuestion) -> bool {
    matches!(word, "stop" | "stop_list" | "stop_all" | "soft") || (word == "no" && question != PendingQuestion::Nothing)
}

/// Refusals that were missed, harmless messages that stop somebody, yeses that were none.
fn report(part: &str) -> (usize, usize, usize, usize) {
    let (mut missed, mut harmless, mut stopped, mut false_yes) = (0, 0, 0, 0);
    let mut table: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let all = samples(part);
    for sample in &all {
        let ReplyDecision { keyword, rule } = read(sample);
        let (got, want) = (keyword.name(), sample.want.as_str());
        let refusal = stops(want, sample.question) || want == "no";
        let is_wrong = match (refusal, stops(got, sample.question)) {
            (true, false) => {
                missed += 1;
                true
            }
            (false, true) => {
                stopped += 1;
                true
            }
            _ => false,
        };
        harmless += usize::from(!refusal);
        false_yes += usize::from(got == "yes" && want != "yes");
        *table.entry((want.to_owned(), got)).or_default() += 1;
        if is_wrong && std::env::var_os("RUNDRUF_SHOW").is_some() {
            println!("{part}: wanted {want}, got {got} ({rule}): {:?}", sample.text);
        }
    }
    println!(
        "{part}: {} messages, {missed} stops missed, {stopped} of {harmless} harmless stopped, {false_yes} false yes",
        all.len()
    );
    for ((want, got), count) in table {
        println!("  {want:>10} → {got:<10} {count}");
    }
    (missed, stopped, harmless, false_yes)
}

#[test]
fn no_stop_is_missed_and_no_yes_is_invented() {
    for part in PARTS {
        let (missed, stopped, harmless, false_yes) = report(part);
        assert!(harmless > 20, "{part}: only {harmless} harmless messages");
        assert_eq!((missed, false_yes), (0, 0), "{part}: stops missed, false yeses");
        assert!(stopped * 50 <= harmless, "{part}: {stopped} of {harmless} harmless messages stopped somebody");
    }
}

#[test]
fn the_corpus_is_wide() {
    let all: Vec<Sample> = PARTS.iter().flat_map(|p| samples(p)).collect();
    let mut languages: Vec<&str> = all.iter().map(|s| s.language.as_str()).collect();
    languages.sort_unstable();
    languages.dedup();
    assert!(all.len() >= 1_000 && languages.len() >= 12, "{} messages in {} languages", all.len(), languages.len());
}

#[test]
fn most_say_exactly_what_was_meant() {
    let all: Vec<Sample> = PARTS.iter().flat_map(|p| samples(p)).collect();
    let others = all.iter().filter(|s| !matches!(s.want.as_str(), "stop" | "soft" | "no" | "none"));
    let wrong: Vec<String> = others
        .filter(|s| read(s).keyword.name() != s.want)
        .map(|s| format!("{:?}: wanted {}, got {}", s.text, s.want, read(s).keyword.name()))
        .collect();
    println!("{}", wrong.join("\n"));
    assert!(wrong.len() <= 3, "yes, start, help, data, continue, stop_list, stop_all: {wrong:#?}");
}
