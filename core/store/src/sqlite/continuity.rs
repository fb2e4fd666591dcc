//! Whether the main database is the one that was used last. Marks in the key database and the high-water file say how far it was; an older
//! copy is refused, or continued as a fork that every later proof shows.

use super::codes::{IN_FLIGHT, PAUSED, QUEUED, RETRY, RUNNING, SCHEDULED, UNKNOWN};
use super::{log, number};
use crate::StoreError;
use crate::error::Result;
use crate::keys::KeyStore;
use const_format::formatcp;
use rundruf_consent::Time;
use rundruf_consent::proof::LogBreak;
use rundruf_consent::text::hex;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// Drawn anew at every start and stop, and kept in both databases: two copies that went on apart do not share it.
const GENERATION: &str = "generation";
/// The one that a start or stop was changing to when it was interrupted.
const NEXT_GENERATION: &str = "generation-next";
/// Length of the log when it was last signed.
const SIGNED: &str = "log";
/// Before the name of a counter.
const COUNTER: &str = "next-";

fn generation(c: &Connection) -> Result<Option<Vec<u8>>> {
    Ok(c.query_row("SELECT value FROM meta WHERE key = ?1", [GENERATION], |r| r.get(0)).optional()?)
}

/// What is known about the numbers that were used.
fn used(keys: &KeyStore) -> Result<Vec<(String, i64)>> {
    let marks = keys.marks()?.into_iter();
    Ok(marks
        .filter_map(|(name, value)| {
            Some((name.strip_prefix(COUNTER)?.to_owned(), i64::from_be_bytes(value.try_into().ok()?)))
        })
        .collect())
}

/// Length of the log that was signed, by the marks and by the file.
pub(super) fn signed(keys: &KeyStore, high_water: u64) -> Result<u64> {
    let mark = keys.mark(SIGNED)?.and_then(|v| <[u8; 8]>::try_from(v).ok()).map_or(0, u64::from_be_bytes);
    Ok(mark.max(high_water))
}

/// Refuses a database that is older than what was used last.
pub(super) fn check(c: &Connection, keys: &KeyStore, path: &Path, high_water: u64) -> Result<()> {
    let (size, signed) = (log::frontier(c)?.size(), signed(keys, high_water)?);
    let old = || StoreError::OldCopy { path: path.to_owned(), size, signed };
    if size < signed {
        return Err(old());
    }
    let next = number::all(c)?;
    for (name, mark) in used(keys)? {
        if next.iter().any(|(n, next)| *n == name && *next < mark) {
            return Err(old());
        }
    }
    let (current, next) = (keys.mark(GENERATION)?, keys.mark(NEXT_GENERATION)?);
    let own = generation(c)?;
    // A database from before there were generations has none, and neither have its keys; nor has one whose first start was interrupted.
    let is_first = current.is_none() && (next.is_none() || own.is_none());
    if !is_first && own != current && (own.is_none() || own != next) {
        return Err(old());
    }
    Ok(())
}

/// Stores how far the database is, and draws a new generation; nothing may be uncommitted. An interruption leaves one of the two valid.
pub(super) fn renew(c: &Connection, keys: &mut KeyStore) -> Result<()> {
    let drawn = crate::keys::random::<16>()?;
    keys.set_marks(&[(NEXT_GENERATION.to_owned(), drawn.to_vec())])?;
    c.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", params![GENERATION, drawn.as_slice()])?;
    let mut marks = counters(&number::all(c)?);
    marks.push((GENERATION.to_owned(), drawn.to_vec()));
    keys.set_marks(&marks)
}

fn counters(next: &[(String, i64)]) -> Vec<(String, Vec<u8>)> {
    next.iter().map(|(name, next)| (format!("{COUNTER}{name}"), next.to_be_bytes().to_vec())).collect()
}

/// Stores how far the database is, after a checkpoint of this size was signed and committed.
pub(super) fn raise(keys: &mut KeyStore, signed: u64, next: &[(String, i64)]) -> Result<()> {
    let mut marks = counters(next);
    marks.push((SIGNED.to_owned(), signed.to_be_bytes().to_vec()));
    keys.set_marks(&marks)
}

/// All breaks of the log, oldest first.
pub(super) fn breaks(c: &Connection) -> Result<Vec<LogBreak>> {
    let mut all = c.prepare("SELECT kind, at, reason, size, signed, origin, checkpoint FROM log_break ORDER BY id")?;
    let rows = all.query_map([], |r| {
        Ok(LogBreak {
            kind: r.get(0)?,
            at: r.get(1)?,
            reason: r.get(2)?,
            size: r.get::<_, i64>(3)?.cast_unsigned(),
            signed: r.get::<_, i64>(4)?.cast_unsigned(),
            origin: r.get(5)?,
            checkpoint: r.get(6)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What may have been sent since this copy was made is not sent again: running broadcasts pause, and so do those that should have begun
/// meanwhile; messages outside of broadcasts that wait become unknown.
const PAUSE: &str = formatcp!(
    "UPDATE broadcast SET state = {PAUSED} WHERE state = {RUNNING} OR (state = {SCHEDULED} AND coalesce(start_at, 0) <= ?1)"
);
const SERVICES: &str = formatcp!(
    "UPDATE service SET state = {UNKNOWN}, at = ?1, detail = 'restored' WHERE state IN ({QUEUED}, {RETRY}, {IN_FLIGHT})"
);

/// Marks a break of the log, in one transaction: numbers that another copy may have used are left out, and nothing goes on by itself.
pub(super) fn mark_break(
    c: &mut Connection,
    keys: &mut KeyStore,
    kind: &str,
    reason: &str,
    high_water: u64,
    now: Time,
) -> Result<LogBreak> {
    let (size, signed) = (log::frontier(c)?.size(), signed(keys, high_water)?);
    let checkpoint = log::last_checkpoint(c)?.map(|(_, _, note)| note);
    let origin = checkpoint.as_deref().and_then(|note| note.lines().next()).map(str::to_owned);
    let one = LogBreak {
        kind: kind.to_owned(),
        at: now.0,
        reason: reason.to_owned(),
        size,
        signed: signed.max(size),
        origin,
        checkpoint,
    };
    let used = used(keys)?;
    let tx = c.transaction()?;
    tx.execute(
        "INSERT INTO log_break (kind, at, reason, size, signed, origin, checkpoint) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![one.kind, one.at, one.reason, one.size.cast_signed(), one.signed.cast_signed(), one.origin, one.checkpoint],
    )?;
    number::leave_gap(&tx, &used)?;
    tx.execute(PAUSE, [now.0])?;
    tx.execute(SERVICES, [now.0])?;
    tx.commit()?;
    // The log is as long as it is now: what was signed beyond is in the break.
    raise(keys, size, &number::all(c)?)?;
    renew(c, keys)?;
    Ok(one)
}

/// A digest of the state that a backup must reproduce, for people and for its manifest.
pub(super) fn root(c: &Connection) -> Result<(u64, String)> {
    let frontier = log::frontier(c)?;
    Ok((frontier.size(), hex(&frontier.root())))
}

/// Makes the marks in a copy of the key database say what the copy of the main database is.
pub(super) fn settle_copy(main: &Connection, keys: &Connection, signed: u64) -> Result<()> {
    let mut marks = counters(&number::all(main)?);
    marks.push((SIGNED.to_owned(), signed.to_be_bytes().to_vec()));
    marks.extend(generation(main)?.map(|own| (GENERATION.to_owned(), own)));
    let tx = keys.unchecked_transaction()?;
    tx.execute("DELETE FROM mark", [])?;
    for (name, value) in marks {
        tx.execute("INSERT INTO mark (name, value) VALUES (?1, ?2)", params![name, value])?;
    }
    Ok(tx.commit()?)
}
