//! How often each reason, and the lines where it is first.

use super::super::field;
use crate::lang::word;
use rundruf_lang::{Language, msg};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Reasons that are told apart, those that are printed, and the lines that are named for each.
const TOLD_APART: usize = 1_000;
const PRINTED: usize = 12;
const LINES: usize = 5;

/// One verdict with its reason.
struct ReasonCount {
    verdict: String,
    reason: String,
    count: u64,
    lines: Vec<u64>,
}

/// The reasons of one import.
#[derive(Default)]
pub(super) struct ReasonCounts {
    counts: Vec<ReasonCount>,
    index: HashMap<(String, String), usize>,
    /// Lines with a reason beyond those that are told apart.
    others: u64,
}

impl ReasonCounts {
    /// Counts one line of the report.
    pub(super) fn add(&mut self, line: &Value) {
        let key = (field(line, "verdict"), field(line, "reason"));
        let number = line.get("line").and_then(Value::as_u64).unwrap_or(0);
        if let Some(one) = self.index.get(&key).and_then(|at| self.counts.get_mut(*at)) {
            one.count += 1;
            if one.lines.len() < LINES && one.lines.last() != Some(&number) {
                one.lines.push(number);
            }
        } else if self.counts.len() < TOLD_APART {
            self.index.insert(key.clone(), self.counts.len());
            self.counts.push(ReasonCount { verdict: key.0, reason: key.1, count: 1, lines: vec![number] });
        } else {
            self.others += 1;
        }
    }

    /// The most frequent first, refused ones before the others.
    fn sorted(&self) -> Vec<&ReasonCount> {
        let mut all: Vec<&ReasonCount> = self.counts.iter().collect();
        let rank = |one: &ReasonCount| ["refused", "quarantined"].iter().position(|v| *v == one.verdict).unwrap_or(2);
        all.sort_by_key(|one| (rank(one), std::cmp::Reverse(one.count)));
        all
    }

    pub(super) fn json(&self) -> Value {
        let of = |one: &&ReasonCount| json!({"verdict": one.verdict, "reason": one.reason, "count": one.count, "lines": one.lines});
        self.sorted().iter().map(of).collect()
    }

    /// For people: `3 × refused: … (lines 4, 7, 9)`.
    pub(super) fn lines(&self, language: Language) -> Vec<String> {
        let all = self.sorted();
        let of = |one: &&ReasonCount| {
            let mut lines = one.lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            if one.count > one.lines.len() as u64 {
                lines.push_str(", …");
            }
            let verdict = word(language, &one.verdict);
            msg!("daemon-import-reason", count = one.count, verdict = verdict, reason = &one.reason, lines = lines)
                .text(language)
        };
        let mut told: Vec<String> = all.iter().take(PRINTED).map(of).collect();
        let rest = all.iter().skip(PRINTED).map(|one| one.count).sum::<u64>() + self.others;
        if rest > 0 {
            told.push(msg!("daemon-import-reasons-more", count = rest).text(language));
        }
        told
    }
}
