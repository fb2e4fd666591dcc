//! The clock that the next process compares its own with, and what is stored when an earlier clock turns out to be right.

use super::codes::{QUEUED, RETRY};
use crate::ClockRecord;
use crate::error::Result;
use const_format::formatcp;
use rundruf_consent::Time;
use rusqlite::{Connection, OptionalExtension};
use std::time::Duration;

pub(super) fn get(c: &Connection) -> Result<Option<ClockRecord>> {
    let stored: Option<String> = c
        .prepare_cached("SELECT CAST(value AS TEXT) FROM meta WHERE key = 'clock'")?
        .query_row([], |r| r.get(0))
        .optional()?;
    Ok(stored.as_deref().and_then(parse))
}

/// `at boot suspect boot_id`, in milliseconds; `-` for no suspect.
fn parse(stored: &str) -> Option<ClockRecord> {
    let mut words = stored.split(' ');
    let (at, boot, suspect) = (words.next()?, words.next()?, words.next()?);
    Some(ClockRecord {
        at: Time(at.parse().ok()?),
        boot: boot.parse().ok()?,
        boot_id: words.next().unwrap_or_default().to_owned(),
        suspect: suspect.parse().ok().map(Time),
    })
}

pub(super) fn put(c: &Connection, record: &ClockRecord) -> Result<()> {
    let ClockRecord { at, boot, boot_id, suspect } = record;
    let suspect = suspect.map_or_else(|| "-".to_owned(), |s| s.0.to_string());
    c.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES ('clock', ?1)")?
        .execute([format!("{} {boot} {suspect} {boot_id}", at.0)])?;
    Ok(())
}

/// What must not lie in the future.
const PAST: [&str; 9] = [
    "UPDATE request SET expires = ?1 + (expires - created), created = ?1 WHERE created > ?1",
    "UPDATE consent SET since = ?1 WHERE since > ?1",
    "UPDATE service SET at = ?1 WHERE at > ?1",
    "UPDATE service SET first_try = ?1 WHERE first_try > ?1",
    formatcp!("UPDATE delivery SET first_try = ?1 WHERE state = {RETRY} AND first_try > ?1"),
    // What is finished: frequency caps, unused consents and retention count from these.
    "UPDATE delivery SET at = ?1 WHERE at > ?1",
    "UPDATE broadcast SET created = min(created, ?1), ended = min(ended, ?1) WHERE created > ?1 OR ended > ?1",
    "UPDATE inbound SET at = ?1 WHERE at > ?1",
    "UPDATE alarm SET at = min(at, ?1), next = min(next, ?1) WHERE at > ?1",
];
/// What must not be due later than any retry is.
const DUE: [&str; 2] = [
    formatcp!("UPDATE service SET due = ?1 WHERE state IN ({QUEUED}, {RETRY}) AND due > ?2"),
    formatcp!("UPDATE delivery SET due = ?1 WHERE state = {RETRY} AND due > ?2"),
];

/// Nothing may be due years late because it was stored under a clock that was ahead: what is in the future counts from now.
pub(super) fn set_back(c: &Connection, now: Time, longest_retry: Duration) -> Result<u64> {
    let mut changed = 0;
    for sql in PAST {
        changed += c.execute(sql, [now.0])?;
    }
    for sql in DUE {
        changed += c.execute(sql, [now.0, now.plus(longest_retry).0])?;
    }
    Ok(changed as u64)
}
