//! Hot statements use the index that they were written for, also with a million rows and with statistics that tempt the planner.

use super::{broadcast, claim, connect, delivery, fanout, frequency, in_doubt, outcome, service};
use crate::{BroadcastAction, BroadcastState, ClaimRequest, FrequencyLimit, OpenOptions, TransportId, open, schema};
use rundruf_consent::{BroadcastId, ListId, Time};
use rusqlite::Connection;
use std::path::Path;
use std::time::Instant;

const ROWS: i64 = 1_000_000;

/// A million people with a delivery each, nine of ten settled; some to be retried.
fn fill(c: &Connection) {
    c.execute_batch(&format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000; BEGIN;
         INSERT INTO list (name) VALUES ('l'); INSERT INTO transport (name) VALUES ('t');
         INSERT INTO broadcast (list, key, content, state, created, fanned, total, queued, sent, retry, first, last)
           VALUES (1, zeroblob(8), '', 1, 0, 1, {ROWS}, {ROWS} / 10, {ROWS} - {ROWS} / 10 - 100, 100, 1, {ROWS});
         CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) SELECT i FROM n;
         INSERT INTO broadcast (list, key, content, state, created, fanned) SELECT 1, zeroblob(8), '', 3, 0, 1 FROM n LIMIT 200;
         INSERT INTO contact (id, vars, created) SELECT i, '', 0 FROM n;
         INSERT INTO address (id, contact, channel, value, key) SELECT i, i, 1, 'p' || i || '@x.example', 'p' || i || '@x.example' FROM n;
         INSERT INTO consent (list, contact, address, state, since, evidence, number, uid) SELECT 1, i, i, 2, 0, i, 1, zeroblob(16) FROM n;
         INSERT INTO delivery (id, broadcast, contact, address, transport, state, evidence, due)
           SELECT i, 1, i, i, 1, CASE WHEN i > {ROWS} - {ROWS} / 10 THEN 0 WHEN i <= 100 THEN 2 ELSE 3 END, i, CASE WHEN i <= 100 THEN i END FROM n;
         INSERT INTO lease (broadcast, transport, first, last, cursor) VALUES (1, 1, {ROWS} - {ROWS} / 10 + 1, {ROWS}, {ROWS} - {ROWS} / 10 + 1);
         COMMIT;"
    ))
    .unwrap();
}

fn check_plans(c: &Connection, when: &str) {
    for (name, sql, want) in STATEMENTS {
        let mut explain = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: Vec<String> = explain.raw_query().mapped(|r| r.get(3)).map(Result::unwrap).collect();
        let mut rest = plan.iter();
        for step in *want {
            assert!(rest.any(|p| p == step), "{name}, {when}: `{step}` is missing in {plan:#?}");
        }
        assert!(plan.iter().all(|p| !p.starts_with("SCAN") && !p.contains("TEMP B-TREE")), "{name}, {when}: {plan:#?}");
    }
    let mut explain = c.prepare(&format!("EXPLAIN QUERY PLAN {}", frequency::COUNT)).unwrap();
    let plan: Vec<String> = explain.raw_query().mapped(|r| r.get(3)).map(Result::unwrap).collect();
    let want = "SEARCH d USING INDEX delivery_capped (cap_list=? AND contact=?)";
    assert!(plan.iter().any(|p| p == want), "{when}: {plan:#?}");
    // Only the person's own contacts are gone through.
    let scans = ["SCAN p", "SCAN person", "SCAN CONSTANT ROW"];
    assert!(plan.iter().all(|p| !p.starts_with("SCAN") || scans.contains(&p.as_str())), "{when}: {plan:#?}");
}

#[test]
fn a_million_rows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    // Keys first, as the store makes them.
    drop(open(&format!("sqlite:{}", path.display()), OpenOptions::default()).unwrap());
    let mut c = connect(&path).unwrap();
    schema::migrate(&mut c, &path).unwrap();
    check_plans(&c, "empty");
    fill(&c);
    check_plans(&c, "filled");
    c.execute_batch("ANALYZE").unwrap();
    check_plans(&c, "with statistics");
    drop(c);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(claims_and_cancel(&path));
}

/// A claim is quick among many rows, and a large broadcast ends in many small transactions.
async fn claims_and_cancel(path: &Path) {
    let store = open(&format!("sqlite:{}", path.display()), OpenOptions::default()).unwrap();
    // As when the list has just got a frequency cap.
    let mut parts = 1;
    while store.frequency_index(ListId(1)).await.unwrap() {
        parts += 1;
    }
    assert_eq!(parts, ROWS / 10_000);
    let begin = Instant::now();
    let limits = vec![FrequencyLimit { list: ListId(1), most: 1, since: Time(0) }];
    for _ in 0..10 {
        let claim = ClaimRequest { limits: limits.clone(), ..ClaimRequest::new(64, Time(200)) };
        let step = store.dispatch_step(TransportId(1), [1; 16], Vec::new(), Some(claim)).await.unwrap();
        assert_eq!(step.claimed.len(), 64);
    }
    // With a scan each of these took a second.
    assert!(begin.elapsed().as_millis() < 1_000, "ten claims took {:?}", begin.elapsed());
    let row = store.broadcast_change(BroadcastId(1), BroadcastAction::Cancel, Time(300)).await.unwrap();
    assert_eq!((row.state, row.tally.queued, row.tally.retry), (BroadcastState::Cancelled, 0, 0));
    assert_eq!((row.tally.in_flight, row.tally.skipped), (640, 100_000 + 100 - 640));
    store.close().await;
    let count = |state: u8| {
        let c = Connection::open(path).unwrap();
        c.query_row("SELECT count(*) FROM delivery WHERE state = ?1", [state], |r| r.get::<_, i64>(0)).unwrap()
    };
    // A hundred of those in flight were retries: only they were touched by their claim.
    assert_eq!((count(0), count(1), count(2), count(9)), (540, 100, 0, 100_000 + 100 - 640));
}

/// Name, statement, and what its plan must say in this order.
const STATEMENTS: &[(&str, &str, &[&str])] = &[
    (
        "claim: next of a lease",
        claim::NEXT,
        &[
            "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH c USING PRIMARY KEY (list=? AND contact=? AND address=?) LEFT-JOIN",
        ],
    ),
    (
        "claim: retries",
        claim::DUE,
        &[
            "SEARCH b USING INDEX broadcast_state (state=?)",
            "SEARCH d USING INDEX delivery_retry (broadcast=? AND transport=? AND due<?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH c USING PRIMARY KEY (list=? AND contact=? AND address=?) LEFT-JOIN",
        ],
    ),
    (
        "claim: this one",
        claim::THIS,
        &[
            "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH c USING PRIMARY KEY (list=? AND contact=? AND address=?) LEFT-JOIN",
        ],
    ),
    ("claim: postpone", claim::POSTPONE, &["SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"]),
    (
        "claim: next due",
        claim::NEXT_DUE,
        &[
            "SEARCH b USING INDEX broadcast_state (state=?)",
            "CORRELATED SCALAR SUBQUERY 1",
            "SEARCH d USING COVERING INDEX delivery_retry (broadcast=? AND transport=?)",
        ],
    ),
    (
        "claim: lease",
        claim::LEASE,
        &[
            "SEARCH b USING INDEX broadcast_state (state=? AND rowid>?)",
            "SEARCH l USING INDEX lease_ready (transport=? AND broadcast=?)",
        ],
    ),
    ("claim: over", claim::OVER, &["SEARCH broadcast USING INDEX broadcast_state (state=?)"]),
    (
        "claim: services",
        service::DUE,
        &[
            "SEARCH s USING INDEX service_due (transport=? AND due<?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH c USING PRIMARY KEY (list=? AND contact=? AND address=?) LEFT-JOIN",
        ],
    ),
    ("settle", outcome::DELIVERY.sent, &["SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"]),
    ("settle: retry", outcome::DELIVERY.retry, &["SEARCH delivery USING INTEGER PRIMARY KEY (rowid=?)"]),
    (
        "fan-out",
        fanout::CONTACTS,
        &["SEARCH c USING PRIMARY KEY (list=? AND contact>?)", "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"],
    ),
    (
        "in doubt",
        in_doubt::BEHIND,
        &[
            "SEARCH l USING INDEX lease_open (transport=?)",
            "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        ],
    ),
    ("cancel", broadcast::PARK_RANGE, &["SEARCH delivery USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
    (
        "deliveries",
        delivery::LIST,
        &[
            "SEARCH b USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH d USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
        ],
    ),
    (
        "unknown deliveries",
        delivery::LIST_UNKNOWN,
        &[
            "SEARCH d USING INDEX delivery_unknown (broadcast=? AND rowid>?)",
            "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)",
        ],
    ),
];
