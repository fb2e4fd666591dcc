//! Storage: one trait, [`Store`], implemented for SQLite. No other crate contains SQL.
//!
//! After `kill -9` at any instruction: what a call returned as stored is stored; a claim is durable before its rows are handed
//! out; a consent event, its log leaf and everything that follows from it are one transaction.
#![forbid(unsafe_code)]

pub mod backup; // copies in a folder, checked and brought back
mod connection; // how a database file is opened
mod destination; // where the messages to an address go, and whose mailbox it is
pub mod error; // what can go wrong, and what it means for the caller
mod keys; // the key database: keys of addresses, secrets
mod private_file; // files for their owner alone
pub mod row; // plain rows, in and out
mod schema; // the tables, frozen
mod spelling; // spellings of an address that is erased
mod sqlite; // SQLite behind the trait
pub mod store; // the trait

#[cfg(feature = "bench")]
#[path = "../bench/raw_sql.rs"]
pub mod bench; // benchmarks: the same statements without trait and threads

pub use destination::{Destination, Mailbox};
pub use error::StoreError;
pub use row::*;
pub use spelling::Spellings;
pub use sqlite::OpenOptions;
pub use store::Store;

/// Opens a store by its URL: `sqlite:FILE`.
///
/// # Errors
/// If the URL names no store, another daemon uses it, it is newer than this program, or its files cannot be used.
pub fn open(url: &str, options: OpenOptions) -> Result<std::sync::Arc<dyn Store>, StoreError> {
    let path = url.strip_prefix("sqlite:").filter(|p| !p.is_empty()).ok_or_else(|| StoreError::Url(url.to_owned()))?;
    Ok(std::sync::Arc::new(sqlite::Sqlite::open(std::path::Path::new(path), options)?))
}

/// The lists of a database with their numbers, read beside a daemon that may use it; `None` if there is no database yet, or one of another
/// schema.
///
/// # Errors
/// If the file cannot be read.
pub fn read_lists(url: &str) -> Result<Option<Vec<(ListRow, ListStats)>>, StoreError> {
    let path = url.strip_prefix("sqlite:").filter(|p| !p.is_empty()).ok_or_else(|| StoreError::Url(url.to_owned()))?;
    sqlite::read_lists(std::path::Path::new(path))
}

/// Writes a whole entry into the audit log of a database that no daemon uses, about a command that worked on the files. False if there is no database.
///
/// # Errors
/// As [`open`].
pub fn audit_note(
    url: &str,
    options: OpenOptions,
    start: &AuditStart,
    end: &AuditEnd,
    now: rundruf_consent::Time,
) -> Result<bool, StoreError> {
    let path = url.strip_prefix("sqlite:").filter(|p| !p.is_empty()).ok_or_else(|| StoreError::Url(url.to_owned()))?;
    let path = std::path::Path::new(path);
    if !path.exists() {
        return Ok(false);
    }
    sqlite::Sqlite::audit_note(path, options, start, end, now)?;
    Ok(true)
}

/// Continues an older copy of a database as a fork of its log, which every later proof shows. No daemon may use it. Answers the break, and whether
/// stops since then may be missing, because the journal of stops is not there.
///
/// # Errors
/// As [`open`].
pub fn log_fork(
    url: &str,
    options: OpenOptions,
    reason: &str,
    now: rundruf_consent::Time,
) -> Result<(rundruf_consent::proof::LogBreak, bool), StoreError> {
    let path = url.strip_prefix("sqlite:").filter(|p| !p.is_empty()).ok_or_else(|| StoreError::Url(url.to_owned()))?;
    let path = std::path::Path::new(path);
    if !path.exists() {
        return Err(StoreError::Missing(rundruf_lang::msg!("store-fork-no-database", path = %path.display())));
    }
    sqlite::Sqlite::mark_break(path, options, ("fork", reason), None, now)
}
