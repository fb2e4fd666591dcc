//! State numbers: the same in the enums, in the schema and in SQL text.

use super::codes::*;
use crate::{BroadcastState, DeliveryState, schema};
use const_format::formatcp;
use rundruf_consent::text::TextKind;
use rundruf_consent::{Channel, Class, Refusal, State};
use std::path::{Path, PathBuf};

/// What is in existing databases must keep its meaning: a state may be added, never renumbered.
#[test]
fn numbers_never_change() {
    let delivery: Vec<_> = DeliveryState::ALL.iter().map(|s| s.word()).collect();
    let words = ["queued", "in_flight", "retry", "sent", "delivered", "read", "failed", "unknown", "held", "skipped"];
    assert_eq!(delivery, words);
    assert!(DeliveryState::ALL.iter().zip(0..).all(|(s, n)| *s as u8 == n && DeliveryState::from_code(n) == Some(*s)));
    let broadcast: Vec<_> = BroadcastState::ALL.iter().map(|s| s.word()).collect();
    assert_eq!(broadcast, ["scheduled", "running", "paused", "done", "cancelled", "expired"]);
    assert!(BroadcastState::ALL.iter().zip(0..).all(|(s, n)| *s as u8 == n));
    let consent: Vec<_> = State::ALL.iter().map(|s| s.word()).collect();
    let words = [
        "none",
        "requested",
        "confirmed",
        "held",
        "stale",
        "declined",
        "expired",
        "withdrawn",
        "invalidated",
        "terminated",
        "quarantined",
        "customer",
        "objected",
        "erased",
    ];
    assert_eq!(consent, words);
    assert!(State::ALL.iter().zip(0..).all(|(s, n)| s.code() == n));
    assert!(Class::ALL.iter().zip(1..).all(|(c, n)| c.code() == n));
    assert!(Channel::ALL.iter().zip(1..).all(|(c, n)| c.code() == n));
    assert!(TextKind::ALL.iter().zip(1..).all(|(k, n)| k.code() == n));
    let refusals: Vec<u8> = Refusal::ALL.iter().map(|r| r.code()).collect();
    assert_eq!(refusals, (1..=17).chain(32..=36).collect::<Vec<_>>());
}

/// The indexes and the CHECK of the schema were written for these states.
#[test]
fn the_schema_means_the_same_numbers() {
    let text: String = schema::STEPS.iter().map(|(_, sql)| *sql).collect();
    for wanted in [
        formatcp!("service_due ON service (transport, due) WHERE state IN ({QUEUED}, {RETRY});"),
        formatcp!("service_flight ON service (transport) WHERE state = {IN_FLIGHT};"),
        formatcp!("CHECK ((evidence IS NOT NULL AND evidence > 0) OR state IN ({QUEUED}, {SKIPPED}))"),
        formatcp!("delivery_retry ON delivery (broadcast, transport, due) WHERE state = {RETRY};"),
        formatcp!("delivery_flight ON delivery (transport) WHERE state = {IN_FLIGHT};"),
        formatcp!("delivery_unknown ON delivery (broadcast) WHERE state = {UNKNOWN};"),
        formatcp!("consent_held ON consent (since) WHERE state = {PAUSED_CONSENT};"),
        formatcp!("consent_unanswered ON consent (since) WHERE state IN ({DECLINED}, {UNANSWERED});"),
    ] {
        assert!(text.contains(wanted), "the schema does not say `{wanted}`");
    }
    let named = text.matches(" state IN (").count() + text.matches(" state = ").count();
    assert_eq!(named, 8, "the schema names states in a place that this test does not know");
    assert_eq!(text.matches("state INTEGER NOT NULL DEFAULT ").count(), 2);
    assert_eq!(text.matches(formatcp!("state INTEGER NOT NULL DEFAULT {QUEUED}")).count(), 2);
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { sources(&path, out) } else { out.push(path) }
    }
}

#[test]
fn no_statement_has_a_bare_number_for_a_state() {
    let mut all = Vec::new();
    for folder in ["src", "bench"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut all);
    }
    assert!(all.len() > 30, "only {} files found", all.len());
    for file in all {
        let text = std::fs::read_to_string(&file).unwrap();
        for (n, line) in text.lines().enumerate() {
            for operator in ["state = ", "state <> ", "state <= ", "state IN (", "state NOT IN ("] {
                let bare = line.split(operator).skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
                assert!(!bare, "{}:{}: a bare state number in SQL: {line}", file.display(), n + 1);
            }
        }
    }
}
