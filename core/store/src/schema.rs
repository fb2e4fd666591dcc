//! The tables. A released file is frozen: its digest stands here, and a test compares.

use crate::StoreError;
use rusqlite::Connection;
use std::path::Path;

/// Name and statements of each schema step, in order. The number is the position, from 1.
pub(crate) const STEPS: &[(&str, &str)] = &[("0001_first", include_str!("../schema/sqlite/0001_first.sql"))];

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

fn migrate_to(connection: &mut Connection, to: i64) -> rusqlite::Result<()> {
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

fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_consent::text::{hex, sha256};

    /// Digests of released files. The first release has not happened: until then this list is empty, and it must grow with each release.
    const RELEASED: &[(&str, &str)] = &[];

    #[test]
    fn released_files_are_frozen() {
        for (name, digest) in RELEASED {
            let (_, sql) = STEPS.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("`{name}` is gone"));
            assert_eq!(hex(&sha256(sql.as_bytes())), *digest, "`{name}` was released: add a new step");
        }
    }

    #[test]
    fn a_fresh_database_is_current_and_a_newer_one_is_refused() {
        let mut c = Connection::open_in_memory().unwrap();
        migrate(&mut c, Path::new("x")).unwrap();
        migrate(&mut c, Path::new("x")).unwrap();
        c.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(migrate(&mut c, Path::new("x")), Err(StoreError::Newer { found: 99, .. })));
        let mut other = Connection::open_in_memory().unwrap();
        other.execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(migrate(&mut other, Path::new("x")).unwrap_err().to_string().contains("another program"));
    }
}
