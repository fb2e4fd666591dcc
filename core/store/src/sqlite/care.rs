//! Care: what `doctor` compares, what has served its time, attachments.

use super::{Result, beside, log};
use crate::Finding;
use rundruf_consent::Time;
use rundruf_consent::text::{Digest, sha256};
use rusqlite::{Connection, OptionalExtension, params};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Answered requests and sent service messages are kept this long, in milliseconds: 90 days.
const KEPT: i64 = 90 * 86_400_000;

pub(super) fn file_put(c: &Connection, name: &str, media_type: &str, bytes: &[u8], now: Time) -> Result<Digest> {
    let digest = sha256(bytes);
    c.execute(
        "INSERT OR IGNORE INTO file (digest, name, media_type, bytes, created) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![digest, name, media_type, bytes, now.0],
    )?;
    Ok(digest)
}

pub(super) fn file_get(c: &Connection, digest: Digest) -> Result<Option<(String, String, Vec<u8>)>> {
    Ok(c.query_row("SELECT name, media_type, bytes FROM file WHERE digest = ?1", [digest], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?))
    })
    .optional()?)
}

pub(super) fn file_by_prefix(c: &Connection, prefix: [u8; 16]) -> Result<Option<(String, String, Vec<u8>)>> {
    let mut from = prefix.to_vec();
    from.extend([0; 16]);
    let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, [u8; 32]>(0)?, (r.get(1)?, r.get(2)?, r.get(3)?)));
    let found = c
        .query_row(
            "SELECT digest, name, media_type, bytes FROM file WHERE digest >= ?1 ORDER BY digest LIMIT 1",
            [from],
            read,
        )
        .optional()?;
    Ok(found.filter(|(digest, _)| digest.starts_with(&prefix)).map(|(_, file)| file))
}

pub(super) fn sweep(c: &Connection, now: Time) -> Result<u64> {
    let before = now.0.saturating_sub(KEPT);
    let requests = c.execute("DELETE FROM request WHERE open = 0 AND expires < ?1", [before])?;
    let services = c.execute("DELETE FROM service WHERE state IN (3, 6, 9) AND at < ?1", [before])?;
    Ok((requests + services) as u64)
}

pub(super) fn doctor(c: &Connection, path: &Path) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut fault = |text: String| found.push(Finding { fault: true, text });
    counters(c, &mut fault)?;
    leases(c, &mut fault)?;
    let size = log::frontier(c)?.size();
    let events: i64 = c.query_row("SELECT coalesce(max(id), 0) FROM event", [], |r| r.get(0))?;
    if events.max(0).cast_unsigned() != size {
        fault(format!("the consent log says {size} entries, the table of events ends at {events}"));
    }
    let orphans: i64 = c.query_row(
        "SELECT count(*) FROM consent c LEFT JOIN event e ON e.id = c.evidence WHERE e.id IS NULL OR e.state <> c.state",
        [],
        |r| r.get(0),
    )?;
    if orphans > 0 {
        fault(format!("{orphans} consents are not in the state that their last event says"));
    }
    let integrity: String = c.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
    if integrity != "ok" {
        fault(format!("the database file is damaged: {integrity}"));
    }
    for file in [path.to_owned(), beside(path, "keys"), beside(path, "kek")] {
        match std::fs::metadata(&file) {
            Err(e) => fault(format!("`{}` cannot be read: {e}", file.display())),
            Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
                fault(format!("`{}` can be read by others: chmod 600", file.display()));
            }
            Ok(_) => {}
        }
    }
    Ok(found)
}

/// Running counters against the rows they count.
fn counters(c: &Connection, fault: &mut dyn FnMut(String)) -> Result<()> {
    let mut all = c.prepare(
        "SELECT b.id, b.total, b.queued + b.in_flight, b.retry, b.sent, b.failed, b.unknown, b.held, b.skipped, \
         count(d.id), sum(d.state = 0 OR d.state = 1), sum(d.state = 2), sum(d.state IN (3, 4, 5)), sum(d.state = 6), sum(d.state = 7), sum(d.state = 8), sum(d.state = 9) \
         FROM broadcast b LEFT JOIN delivery d ON d.broadcast = b.id GROUP BY b.id",
    )?;
    let names = ["total", "queued + in_flight", "retry", "sent", "failed", "unknown", "held", "skipped"];
    let mut rows = all.query([])?;
    while let Some(r) = rows.next()? {
        let id: i64 = r.get(0)?;
        for (n, name) in names.iter().enumerate() {
            let said: i64 = r.get(n + 1)?;
            let counted: i64 = r.get::<_, Option<i64>>(n + 9)?.unwrap_or(0);
            if said != counted {
                fault(format!("broadcast {id}: `{name}` says {said}, the rows say {counted}"));
            }
        }
    }
    Ok(())
}

/// What is open in a lease against the rows behind its cursor.
fn leases(c: &Connection, fault: &mut dyn FnMut(String)) -> Result<()> {
    let mut all = c.prepare(
        "SELECT l.id, l.open, (SELECT count(*) FROM delivery d WHERE d.id >= l.first AND d.id < l.cursor AND +d.state = 0) FROM lease l",
    )?;
    let mut rows = all.query([])?;
    while let Some(r) = rows.next()? {
        let (id, open, counted): (i64, i64, i64) = (r.get(0)?, r.get(1)?, r.get(2)?);
        if open != counted {
            fault(format!("lease {id}: {open} deliveries are said to be open, {counted} are"));
        }
    }
    Ok(())
}
