//! Learns `doubt_weights.txt` from the corpus: `RUNDRUF_WRITE=1 cargo nextest run -p rundruf-consent weights`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that stops early has failed"
)]

use super::*;
use crate::keyword::{InboundReply, PendingQuestion, Reading, quote, shortened};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// Rounds over all messages.
const ROUNDS: u32 = 12;
/// Features in fewer messages say nothing.
const LEAST: usize = 3;
const STEP: f64 = 0.8;

struct WeighedReply {
    features: Vec<String>,
    is_refusal: bool,
}

fn folder() -> String {
    format!("{}/tests/corpus", env!("CARGO_MANIFEST_DIR"))
}

/// What was written without being asked, of all parts of the corpus.
fn corpus() -> (Vec<WeighedReply>, String) {
    let mut parts: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).collect();
    parts.sort();
    let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
    let mut messages = Vec::new();
    for part in parts {
        let text = std::fs::read_to_string(part).unwrap();
        digest.update(text.as_bytes());
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let want = value["want"].as_str().unwrap();
            let is_refusal = matches!(want, "stop" | "stop_list" | "stop_all" | "soft" | "no");
            if !value["pending"].is_null() || value["reaction"] == true || !(is_refusal || want == "none") {
                continue;
            }
            messages.push(WeighedReply { features: features(value["text"].as_str().unwrap()), is_refusal });
        }
    }
    let digest = digest.finish().as_ref().iter().take(8).fold(String::new(), |mut all, byte| {
        let _ = write!(all, "{byte:02x}");
        all
    });
    (messages, digest)
}

fn features(text: &str) -> Vec<String> {
    let text = shortened(&quote::own_words(text));
    let reply = InboundReply { text: &text, language: "de", question: PendingQuestion::Nothing, is_reaction: false };
    let reading = Reading::new(Vocabulary::get(), &text, &reply);
    let mut all = Vec::new();
    each_feature(reading.vocabulary, &reading.words, reading.has_question(), &mut |parts| all.push(parts.concat()));
    all.sort_unstable();
    all.dedup();
    all
}

/// Logistic regression, one message after the other in an order that is mixed anew each round.
fn learn(messages: &[WeighedReply]) -> BTreeMap<&str, f64> {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for feature in messages.iter().flat_map(|m| &m.features) {
        *count.entry(feature).or_default() += 1;
    }
    let mut weights: HashMap<&str, f64> = HashMap::new();
    let mut always = 0.0;
    let mut order: Vec<usize> = (0..messages.len()).collect();
    let mut random = 1_u64;
    for round in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, usize::try_from(random >> 33).unwrap() % (at + 1));
        }
        for at in &order {
            let message = &messages[*at];
            let length = f64::from(u32::try_from(message.features.len()).unwrap()).sqrt();
            let known = || message.features.iter().map(String::as_str).filter(|f| count[f] >= LEAST);
            let sum: f64 = known().map(|f| weights.get(f).copied().unwrap_or_default()).sum();
            let likely = 1.0 / (1.0 + (-(always + sum / length).clamp(-30.0, 30.0)).exp());
            let change = (f64::from(u8::from(message.is_refusal)) - likely) * STEP / f64::from(1 + round);
            always += change * 0.1;
            for feature in known() {
                *weights.entry(feature).or_default() += change / length;
            }
        }
    }
    weights.insert(ALWAYS, always);
    weights.into_iter().collect()
}

/// By weight, in lines of moderate length.
fn written(weights: &BTreeMap<&str, f64>, digest: &str) -> String {
    let mut by_weight: BTreeMap<i16, Vec<&str>> = BTreeMap::new();
    for (feature, weight) in weights {
        #[allow(clippy::cast_possible_truncation, reason = "weights are small")]
        let tenths = (weight * 10.0).round().clamp(-999.0, 999.0) as i16;
        if tenths != 0 {
            by_weight.entry(tenths).or_default().push(feature);
        }
    }
    let mut out = format!("# Made by tests/unit/doubt_weights.rs from the corpus {digest}: do not edit.\n");
    for (tenths, features) in by_weight {
        let mut line = format!("{tenths}:");
        for feature in features {
            if line.len() + feature.len() > 140 {
                out.push_str(&line);
                out.push('\n');
                line.clear();
            }
            line.push(' ');
            line.push_str(feature);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[test]
fn weights_are_of_this_corpus() {
    let (messages, digest) = corpus();
    if std::env::var_os("RUNDRUF_WRITE").is_some() {
        let path = format!("{}/src/keyword/doubt_weights.txt", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, written(&learn(&messages), &digest)).unwrap();
        return;
    }
    let first = WEIGHTS.lines().next().unwrap_or_default();
    assert!(first.contains(&digest), "the corpus is another ({digest}): learn the weights anew, see above");
}
