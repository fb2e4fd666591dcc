//! Schema steps are frozen, and a database of any older schema becomes like a fresh one without losing a row.
//!
//! There is one real step so far, so the upgrade over several steps is tested with a made-up chain through the same `upgrade` function.
//! When a second real step comes, `every_older_schema_becomes_the_newest` covers it by itself.

use super::{KEY_FORGET, KEY_MARKS, KEYS, STEPS, upgrade};
use rundruf_consent::text::{hex, sha256};
use rusqlite::Connection;
use std::path::Path;

/// Digest of each schema file (SHA-256). A file that any database was made with must not change: write a new step and add its digest.
/// Before the first release a step may still change together with its digest here; the commit says that old databases are to be thrown away.
const FROZEN: &[(&str, &str)] = &[
    ("0001_first", "125570ad88775dad3c8b661395d9b93a026e0018a3f42c056df27727f27c61ee"),
    ("0002_stop_reaches", "5879cfd8e83252d124dcdbff3c6eaa6845c3fcb5e5d547eae3ef51857cfd091d"),
    ("0003_person", "c50b439609d0cb8e1a8ab99a99dfb7d973a8e23a5a6cf3a213cc0ec91d73377f"),
    ("0004_people", "4b97aecd3b683918e82a9d2055d363759473ee2a1160a3c74f5db2459c50d6fc"),
    ("0005_numbers", "859571fbdba5e720a96ff946604c9aec630d8954cd3ae366ab629237500d843b"),
    ("0006_frequency", "0939639d76bed2cf91105bca86f660a31f9528ef1d45a98a9f5ed5fc1502e634"),
    ("0007_broadcast_actor", "b09a980a940119da112929a06fd9512fc21062a016e9115c02e961578eb6ac6b"),
    ("0008_audit", "acd3b7bdf8829aaf7814a9d7240e8ac41e9c14e9d04d87a56f0033708e12659c"),
    ("0009_undeliverable", "ecd5e1da5c4052b26be0f19bb4511634f539e4bdd2af72be52391f5b7692769e"),
    ("0010_unanswered", "df1e419b2d05d72708af8f3e73d299ac16ab0ca5ccec482d7d8347a18071720d"),
    ("0011_contract", "b3292c881405179227e158bbb24fd8b2f247a694d410da44c369d9481d4b34fb"),
    ("0012_legal_hold", "3c1f3a0ffde81a78dfada449e6a8cf7728df3c71368f5c3af5fb3f7f5732e818"),
    ("0013_list_change_leaf", "111b5e0919dc751e080f7c68f76725b614ae63e065a12a927abe3e9dbabffd23"),
    ("keys", "b8ddd962b191e9b92670e9b3ea4d56f0a9fc3d7dc0c610d6c74b4315b54fd997"),
    ("keys_marks", "0578bfd7b226fe2bdea2b552bd6bfbd7e6bd35dcfc6b54dac0fb180ebe74fcfa"),
    ("keys_forget", "74aec63ef37855c2533f2a96a8b2ef9ae5de0fc6ce4670af12b543989eff5385"),
];

/// Every table, index and column, in words.
fn shape(c: &Connection) -> Vec<String> {
    let mut all =
        c.prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1").unwrap();
    let rows = all.query_map([], |r| r.get::<_, String>(0)).unwrap();
    rows.map(|r| r.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn fresh(steps: &[(&str, &str)]) -> Connection {
    let mut c = Connection::open_in_memory().unwrap();
    upgrade(&mut c, steps).unwrap();
    c
}

#[test]
fn schema_files_are_frozen() {
    let files = STEPS.iter().copied().chain([("keys", KEYS), ("keys_marks", KEY_MARKS), ("keys_forget", KEY_FORGET)]);
    let real: Vec<_> = files.map(|(name, sql)| (name, hex(&sha256(sql.as_bytes())))).collect();
    let frozen: Vec<_> = FROZEN.iter().map(|(name, digest)| (*name, (*digest).to_owned())).collect();
    assert_eq!(real, frozen, "a schema file changed, or a new one has no digest: write a new step instead");
    for (number, (name, _)) in (1..).zip(STEPS) {
        assert!(name.starts_with(&format!("{number:04}_")), "`{name}` is out of order");
    }
}

#[test]
fn every_older_schema_becomes_the_newest() {
    let want = shape(&fresh(STEPS));
    assert!(want.len() > 20, "{want:?}");
    for from in 0..=STEPS.len() {
        let mut c = fresh(&STEPS[..from]);
        upgrade(&mut c, STEPS).unwrap();
        assert_eq!(shape(&c), want, "from step {from}");
        upgrade(&mut c, STEPS).unwrap();
        assert_eq!(shape(&c), want, "a second time");
    }
}

const CHAIN: &[(&str, &str)] = &[
    ("0001_person", "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"),
    ("0002_email", "ALTER TABLE person ADD COLUMN email TEXT; UPDATE person SET email = lower(name) || '@x.example';"),
    ("0003_index", "CREATE UNIQUE INDEX person_email ON person (email);"),
    ("0004_city", "ALTER TABLE person ADD COLUMN city TEXT NOT NULL DEFAULT '';"),
];

fn open(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

fn people(c: &Connection) -> Vec<(String, String)> {
    let mut all = c.prepare("SELECT name, email FROM person ORDER BY id").unwrap();
    all.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_database_file_is_upgraded_over_several_steps() {
    let dir = tempfile::tempdir().unwrap();
    for from in 1..CHAIN.len() {
        let path = dir.path().join(format!("{from}.db"));
        let mut old = open(&path);
        upgrade(&mut old, &CHAIN[..from]).unwrap();
        old.execute("INSERT INTO person (name) VALUES ('Anna')", []).unwrap();
        if from > 1 {
            old.execute("UPDATE person SET email = 'anna@x.example'", []).unwrap();
        }
        drop(old);
        upgrade(&mut open(&path), CHAIN).unwrap();
        let new = open(&path);
        assert_eq!(shape(&new), shape(&fresh(CHAIN)), "from step {from}");
        assert_eq!(people(&new), [("Anna".to_owned(), "anna@x.example".to_owned())], "from step {from}");
    }
}

#[test]
fn a_step_that_fails_leaves_the_old_database() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    let mut c = open(&path);
    upgrade(&mut c, &CHAIN[..1]).unwrap();
    // Two people of the same name get the same address, which the index of step 3 refuses.
    c.execute_batch("INSERT INTO person (name) VALUES ('Anna'), ('Anna')").unwrap();
    let before = shape(&c);
    assert!(upgrade(&mut c, CHAIN).is_err());
    drop(c);
    let mut c = open(&path);
    assert_eq!((shape(&c), super::version(&c).unwrap()), (before, 1), "step 2 was undone too");
    c.execute("UPDATE person SET name = 'Berta' WHERE id = 2", []).unwrap();
    upgrade(&mut c, CHAIN).unwrap();
    assert_eq!(people(&c).len(), 2);
}

#[test]
fn nothing_that_may_have_left_is_without_evidence() {
    let c = fresh(STEPS);
    let insert = |state: u8, evidence: Option<i64>| {
        c.execute(
            "INSERT INTO delivery (broadcast, contact, address, state, evidence) VALUES (1, 1, 1, ?1, ?2)",
            rusqlite::params![state, evidence],
        )
    };
    for state in crate::DeliveryState::ALL {
        use crate::DeliveryState::{Queued, Skipped};
        let may_lack = matches!(state, Queued | Skipped);
        assert_eq!(insert(state as u8, None).is_ok(), may_lack, "{state:?} without evidence");
        assert_eq!(insert(state as u8, Some(0)).is_ok(), may_lack, "{state:?} with evidence 0");
        assert!(insert(state as u8, Some(7)).is_ok(), "{state:?}");
    }
}
