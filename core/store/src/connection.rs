//! How a connection to a database file is opened, and how it works.

use crate::StoreError;
use crate::error::Result;
use rundruf_lang::msg;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// How the writer's connection works: small cache, few checkpoints, every commit on the disk; what is deleted is overwritten.
pub(crate) const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -2000; \
     PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000; \
     PRAGMA journal_size_limit = 16777216; PRAGMA secure_delete = ON;";

/// The same for many thousand rows in one transaction: more cache, rarer checkpoints.
pub(crate) const MANY_ROWS: &str = "PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 16000;";

/// Opens a database file for reading and writing. The plan of a statement never depends on what is bound: without that, each bound LIMIT prepares it anew.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Opens a connection that only reads.
pub(crate) fn reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -1000; PRAGMA busy_timeout = 5000;")?;
    Ok(connection)
}

/// Copies the write-ahead log into the file and empties it: nothing that was deleted stays in it.
///
/// # Errors
/// If a reader needs the log longer than the connection waits.
pub(crate) fn truncate_wal(connection: &Connection) -> Result<()> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
    if busy == 0 { Ok(()) } else { Err(StoreError::State(msg!("store-log-in-use"))) }
}

/// Opens a copy of a database for writing, without a write-ahead log beside it.
pub(crate) fn writable(path: &Path) -> Result<Connection> {
    let c = connect(path).map_err(|e| StoreError::from_open(path, &e))?;
    c.execute_batch("PRAGMA journal_mode = DELETE").map_err(|e| StoreError::from_open(path, &e))?;
    Ok(c)
}
