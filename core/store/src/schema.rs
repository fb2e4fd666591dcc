//! The tables. A released file is frozen: its digest stands here, and a test compares.

use crate::StoreError;
use rusqlite::Connection;
use std::path::Path;

/// Name and statements of each schema step, in order. The number is the position, from 1.
pub(crate) const STEPS: &[(&str, &str)] = &[("0001_first", include_str!("../schema/sqlite/0001_first.sql"))];

/// Digests of released steps (SHA-256, hex). The first release has not happened: until then a step may change, and this must grow with each.
#[cfg(test)]
const RELEASED: &[(&str, &str)] = &[];

/// The second database.
pub(crate) const KEYS: &str = include_str!("../schema/sqlite/keys.sql");

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
        let cause = "it is a database of another program".to_owned();
        return Err(StoreError::Unusable { path: path.to_owned(), cause });
    }
    Ok(found == 0)
}

/// Brings a database up to date, in one transaction; refuses a newer one.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    is_fresh(connection, path)?;
    migrate_to(connection, known()).map_err(|e| StoreError::from_open(path, &e))
}

/// Brings a database to the schema of this number, or leaves it where it is if that is newer.
pub(crate) fn migrate_to(connection: &mut Connection, to: i64) -> rusqlite::Result<()> {
    let found = version(connection)?;
    if found >= to {
        return Ok(());
    }
    let tx = connection.transaction()?;
    for ((_, sql), number) in STEPS.iter().zip(1..=to) {
        if number > found {
            tx.execute_batch(sql)?;
        }
    }
    tx.pragma_update(None, "user_version", to)?;
    tx.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |r| r.get(0))
}

/// Number of the newest schema.
pub(crate) fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "../tests/unit/upgrade.rs"]
mod upgrade; // fresh equals migrated

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
