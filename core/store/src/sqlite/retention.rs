//! Deletion after retention time, and attachments.

use super::codes::{DELIVERED, FAILED, READ, SENT, SKIPPED};
use crate::error::Result;
use const_format::formatcp;
use rundruf_consent::text::{Digest, sha256};
use rundruf_consent::{Class, Time};
use rusqlite::{Connection, OptionalExtension, params};

/// Retention of answered requests and sent service messages, in milliseconds: 90 days.
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

/// Not about somebody whose data is kept for legal claims.
const FREE: &str = "address NOT IN (SELECT a.id FROM legal_hold h CROSS JOIN address a ON a.contact = h.contact)";

/// "Still interested?" may be asked once in two years: what was asked is kept for three.
const KEPT_INTEREST: i64 = 3 * 365 * 86_400_000;

pub(super) fn sweep(c: &Connection, now: Time) -> Result<u64> {
    let before = |kept: i64| now.0.saturating_sub(kept);
    let requests =
        c.execute(formatcp!("DELETE FROM request WHERE open = 0 AND expires < ?1 AND {FREE}"), [before(KEPT)])?;
    let services = c.execute(
        formatcp!("DELETE FROM service WHERE state IN ({SENT}, {DELIVERED}, {READ}, {FAILED}, {SKIPPED}) AND at < CASE WHEN class = ?1 THEN ?2 ELSE ?3 END AND {FREE}"),
        params![Class::StillInterested.code(), before(KEPT_INTEREST), before(KEPT)],
    )?;
    c.execute("DELETE FROM asked_before WHERE at < ?1", [before(KEPT)])?;
    // No receipt comes after that time.
    c.execute("DELETE FROM remote_id WHERE at < ?1", [before(KEPT)])?;
    Ok((requests + services) as u64)
}
