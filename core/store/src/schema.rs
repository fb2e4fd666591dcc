//! The tables. A step that exists in a database is frozen: a test compares its digest. A change is a new step.

use crate::StoreError;
use rundruf_lang::msg;
use rusqlite::Connection;
use std::path::Path;

/// Name and statements of each schema step, in order. The number is the position, from 1. What a step needs code for it notes in `meta`
/// (`after_upgrade:…`); `sqlite/after_upgrade.rs` does it.
pub(crate) const STEPS: &[(&str, &str)] = &[
    ("0001_first", include_str!("../schema/sqlite/0001_first.sql")),
    ("0002_stop_reaches", include_str!("../schema/sqlite/0002_stop_reaches.sql")),
    ("0003_person", include_str!("../schema/sqlite/0003_person.sql")),
    ("0004_people", include_str!("../schema/sqlite/0004_people.sql")),
    ("0005_numbers", include_str!("../schema/sqlite/0005_numbers.sql")),
    ("0006_frequency", include_str!("../schema/sqlite/0006_frequency.sql")),
    ("0007_broadcast_actor", include_str!("../schema/sqlite/0007_broadcast_actor.sql")),
    ("0008_audit", include_str!("../schema/sqlite/0008_audit.sql")),
    ("0009_undeliverable", include_str!("../schema/sqlite/0009_undeliverable.sql")),
    ("0010_unanswered", include_str!("../schema/sqlite/0010_unanswered.sql")),
    ("0011_contract", include_str!("../schema/sqlite/0011_contract.sql")),
    ("0012_legal_hold", include_str!("../schema/sqlite/0012_legal_hold.sql")),
    ("0013_list_change_leaf", include_str!("../schema/sqlite/0013_list_change_leaf.sql")),
];

/// The second database.
pub(crate) const KEYS: &str = include_str!("../schema/sqlite/keys.sql");
/// What was added to it.
pub(crate) const KEY_MARKS: &str = include_str!("../schema/sqlite/keys_marks.sql");
pub(crate) const KEY_FORGET: &str = include_str!("../schema/sqlite/keys_forget.sql");

/// Whether nothing was ever stored in a database. Refuses one of another program, and a newer one.
pub(crate) fn is_fresh(connection: &Connection, path: &Path) -> Result<bool, StoreError> {
    let unusable = |e: rusqlite::Error| StoreError::from_open(path, &e);
    let found = version(connection).map_err(unusable)?;
    let known = known();
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).map_err(unusable)?;
    if found == 0 && tables > 0 {
        let cause = msg!("store-of-another-program");
        return Err(StoreError::Unusable { path: path.to_owned(), cause });
    }
    Ok(found == 0)
}

/// Brings a database up to date, in one transaction; refuses a newer one.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    is_fresh(connection, path)?;
    upgrade(connection, STEPS).map_err(|e| StoreError::from_open(path, &e))
}

/// Applies every step that a database lacks, in one transaction: all of them or none.
fn upgrade(connection: &mut Connection, steps: &[(&str, &str)]) -> rusqlite::Result<()> {
    let found = version(connection)?;
    let newest = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if found >= newest {
        return Ok(());
    }
    let tx = connection.transaction()?;
    for ((_, sql), _) in steps.iter().zip(1..).filter(|(_, number)| *number > found) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", newest)?;
    tx.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |r| r.get(0))
}

/// Whether a database has the newest schema.
pub(crate) fn is_newest(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(version(connection)? == known())
}

/// Number of the newest schema.
fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "../tests/unit/upgrade.rs"]
mod upgrade_tests; // frozen steps, upgrades over several steps

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_database_and_one_of_another_program_are_refused() {
        let mut c = Connection::open_in_memory().unwrap();
        assert!(is_fresh(&c, Path::new("x")).unwrap());
        migrate(&mut c, Path::new("x")).unwrap();
        assert!(!is_fresh(&c, Path::new("x")).unwrap());
        c.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(migrate(&mut c, Path::new("x")), Err(StoreError::Newer { found: 99, .. })));
        let mut other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(migrate(&mut other, Path::new("x")).unwrap_err().to_string().contains("another program"));
    }
}
