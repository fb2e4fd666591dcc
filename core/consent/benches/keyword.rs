//! What a decision over a reply costs: `cargo bench -p rundruf-consent --bench keyword` prints one JSON line.

#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a benchmark stops at the first thing that is missing"
)]

#[path = "../tests/support/corpus_parts.rs"]
mod corpus_parts;

use corpus_parts::PARTS;
use rundruf_consent::keyword::{InboundReply, PendingQuestion, decide};
use std::io::Write;
use std::time::Instant;

fn main() {
    let folder = format!("{}/tests/corpus", env!("CARGO_MANIFEST_DIR"));
    let texts: Vec<(String, String)> = PARTS
        .iter()
        .map(|part| std::fs::read_to_string(format!("{folder}/{part}.jsonl")).expect("a part of the corpus"))
        .flat_map(|text| {
            text.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok()).collect::<Vec<_>>()
        })
        .map(|v| (v["text"].as_str().unwrap_or_default().to_owned(), v["lang"].as_str().unwrap_or_default().to_owned()))
        .collect();
    let read = |text: &str, language: &str| {
        decide(&InboundReply { text, language, question: PendingQuestion::Nothing, is_reaction: false })
    };
    let begin = Instant::now();
    let _ = read("stop", "de");
    let compile = begin.elapsed();
    let mut nanoseconds: Vec<u128> = Vec::with_capacity(texts.len() * 5);
    for _ in 0..5 {
        for (text, language) in &texts {
            let begin = Instant::now();
            std::hint::black_box(read(std::hint::black_box(text), language));
            nanoseconds.push(begin.elapsed().as_nanos());
        }
    }
    nanoseconds.sort_unstable();
    let at = |share: usize| nanoseconds.get(nanoseconds.len() * share / 100).copied().unwrap_or_default();
    let mean = nanoseconds.iter().sum::<u128>() / nanoseconds.len().max(1) as u128;
    let hostile = "Ich möchte nicht mehr bitte keine ".repeat(30_000);
    let begin = Instant::now();
    let _ = read(&hostile, "de");
    let _ = writeln!(
        std::io::stdout(),
        "{}",
        serde_json::json!({"bench": "keyword", "decisions": nanoseconds.len(), "mean_ns": mean, "p50_ns": at(50), "p99_ns": at(99),
            "hostile_megabyte_us": begin.elapsed().as_micros(), "compile_us": compile.as_micros()})
    );
}
