//! A fresh database is like a migrated one, and released steps are frozen.

use super::{RELEASED, STEPS, migrate_to};
use rundruf_consent::text::{hex, sha256};
use rusqlite::Connection;

/// Every table, index and column, in words.
fn shape(c: &Connection) -> Vec<String> {
    let mut all =
        c.prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1").unwrap();
    let rows = all.query_map([], |r| r.get::<_, String>(0)).unwrap();
    rows.map(|r| r.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap()
}

fn fresh() -> Connection {
    let mut c = Connection::open_in_memory().unwrap();
    migrate_to(&mut c, newest()).unwrap();
    c
}

#[test]
fn released_files_are_frozen() {
    for (name, digest) in RELEASED {
        let step = STEPS.iter().find(|(n, _)| n == name);
        let (_, sql) = step.unwrap_or_else(|| panic!("`{name}` was released and is gone"));
        assert_eq!(hex(&sha256(sql.as_bytes())), *digest, "`{name}` was released: add a new step instead");
    }
    for (number, (name, _)) in STEPS.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", number + 1)), "`{name}` is out of order");
    }
}

#[test]
fn fresh_equals_migrated() {
    let want = shape(&fresh());
    assert!(want.len() > 20, "{want:?}");
    for from in 0..newest() {
        let mut c = Connection::open_in_memory().unwrap();
        migrate_to(&mut c, from).unwrap();
        migrate_to(&mut c, newest()).unwrap();
        assert_eq!(shape(&c), want, "from step {from}");
        migrate_to(&mut c, newest()).unwrap();
        assert_eq!(shape(&c), want, "a second time");
    }
}

#[test]
fn nothing_that_may_have_left_is_without_evidence() {
    let c = fresh();
    let insert = |state: u8, evidence: Option<i64>| {
        c.execute(
            "INSERT INTO delivery (broadcast, contact, address, state, evidence) VALUES (1, 1, 1, ?1, ?2)",
            rusqlite::params![state, evidence],
        )
    };
    for state in 0..=9 {
        let may_lack = matches!(state, 0 | 9);
        assert_eq!(insert(state, None).is_ok(), may_lack, "state {state} without evidence");
        assert_eq!(insert(state, Some(0)).is_ok(), may_lack, "state {state} with evidence 0");
        assert!(insert(state, Some(7)).is_ok(), "state {state}");
    }
}
