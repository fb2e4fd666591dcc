//! Lists deliveries, applies a person's decision about unknown ones, and queues failed ones again.

use super::codes::{DONE, FAILED, HELD, IN_FLIGHT, QUEUED, RETRY, RUNNING, SKIPPED, UNKNOWN};
use super::{counters, delivery_row, frequency};
use crate::error::Result;
use crate::{DeliveryRow, DeliveryState, StoreError, UnknownResolution};
use const_format::formatcp;
use rundruf_consent::{BroadcastId, ContactId, DeliveryId, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;

/// A queued row before its lease's cursor is in flight, though the claim did not touch it. Its lease is the last of those that begin at or
/// before the row.
const COLUMNS: &str = formatcp!(
    "SELECT d.id, d.contact, a.channel, a.value, d.transport, CASE WHEN d.state = {QUEUED} AND d.id < \
     (SELECT l.cursor FROM lease l INDEXED BY lease_range WHERE l.broadcast = d.broadcast AND l.transport = d.transport \
     AND l.first <= d.id ORDER BY l.first DESC LIMIT 1) THEN {IN_FLIGHT} ELSE d.state END AS s, \
     d.reason, d.detail, d.attempts, d.evidence, d.remote_id, d.at"
);

pub(super) const LIST: &str = formatcp!(
    "{COLUMNS} FROM broadcast b CROSS JOIN delivery d ON d.id >= max(b.first, ?2 + 1) AND d.id <= b.last AND d.broadcast = b.id \
     CROSS JOIN address a ON a.id = d.address WHERE b.id = ?1 AND (?3 IS NULL OR s = ?3) ORDER BY d.id LIMIT ?4"
);
pub(super) const LIST_UNKNOWN: &str = formatcp!(
    "{COLUMNS} FROM delivery d INDEXED BY delivery_unknown CROSS JOIN address a ON a.id = d.address \
     WHERE d.broadcast = ?1 AND d.state = {UNKNOWN} AND d.id > ?2 AND ?3 = {UNKNOWN} ORDER BY d.id LIMIT ?4"
);

pub(super) fn list(
    c: &Connection,
    id: BroadcastId,
    state: Option<DeliveryState>,
    after: DeliveryId,
    limit: u32,
) -> Result<Vec<DeliveryRow>> {
    let mut all = c.prepare_cached(if state == Some(DeliveryState::Unknown) { LIST_UNKNOWN } else { LIST })?;
    let rows = all.query_map(params![id.0, after.0, state.map(|s| s as u8), limit.min(10_000)], |r| {
        delivery_row::read(r, DeliveryId(r.get(0)?), (ContactId(r.get(1)?), 2))
    })?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

const RESOLVE: &str = formatcp!(
    "UPDATE delivery INDEXED BY delivery_unknown SET state = ?3, due = ?4, at = ?5, \
     first_try = CASE WHEN ?3 = {RETRY} THEN NULL ELSE first_try END WHERE broadcast = ?1 AND state = {UNKNOWN} AND (?2 IS NULL OR id = ?2)"
);
/// A resend sets a broadcast that was done to running again.
const RESOLVED: &str = formatcp!(
    "UPDATE broadcast SET unknown = unknown - ?2 - ?3 - ?4, sent = sent + ?2, retry = retry + ?3, failed = failed + ?4, \
     state = CASE WHEN ?3 > 0 AND state = {DONE} THEN {RUNNING} ELSE state END WHERE id = ?1"
);

pub(super) fn unknown_resolve(
    c: &Connection,
    id: BroadcastId,
    delivery: Option<DeliveryId>,
    how: UnknownResolution,
    now: Time,
) -> Result<u64> {
    let (to, due) = match how {
        UnknownResolution::Sent => (DeliveryState::Sent, None),
        UnknownResolution::Resend => (DeliveryState::Retry, Some(now.0)),
        UnknownResolution::Failed => (DeliveryState::Failed, None),
    };
    if how == UnknownResolution::Resend && counters::reason_of_end(c, id)?.is_some() {
        return Err(StoreError::State(msg!("store-broadcast-ended", id = %id)));
    }
    let changed =
        c.prepare_cached(RESOLVE)?.execute(params![id.0, delivery.map(|d| d.0), to as u8, due, now.0])? as u64;
    let of = |h: UnknownResolution| if h == how { i64::try_from(changed).unwrap_or(i64::MAX) } else { 0 };
    c.prepare_cached(RESOLVED)?.execute(params![
        id.0,
        of(UnknownResolution::Sent),
        of(UnknownResolution::Resend),
        of(UnknownResolution::Failed)
    ])?;
    counters::finish_if_done(c, id)?;
    Ok(changed)
}

/// The deliveries of one broadcast with their states.
const STATES: &str = "SELECT d.id, d.contact, d.state FROM broadcast b CROSS JOIN delivery d ON d.id >= b.first AND d.id <= b.last AND d.broadcast = b.id \
     WHERE b.id = ?1";
const AGAIN: &str = formatcp!(
    "UPDATE delivery SET state = {RETRY}, due = ?2, at = ?2, first_try = NULL WHERE id = ?1 AND state = {FAILED}"
);
const COUNT_AGAIN: &str = formatcp!(
    "UPDATE broadcast SET failed = failed - ?2, retry = retry + ?2, state = CASE WHEN ?2 > 0 AND state = {DONE} THEN {RUNNING} ELSE state END WHERE id = ?1"
);

/// Queues the failed deliveries of a broadcast again: each goes through the gate once more when it is claimed. A person who has got the broadcast
/// by another delivery, or may still get it, is left out. Returns how many were queued.
pub(super) fn resend_failed(c: &Connection, id: BroadcastId, now: Time) -> Result<u64> {
    let expires: Option<Option<i64>> =
        c.query_row("SELECT expires_at FROM broadcast WHERE id = ?1", [id.0], |r| r.get(0)).optional()?;
    let expires = expires.ok_or_else(|| StoreError::Missing(msg!("store-no-broadcast", id = %id)))?;
    if counters::reason_of_end(c, id)?.is_some() || expires.is_some_and(|at| at <= now.0) {
        return Err(StoreError::State(msg!("store-broadcast-ended", id = %id)));
    }
    let (mut failed, mut others) = (Vec::new(), HashSet::new());
    let mut all = c.prepare_cached(STATES)?;
    let mut rows = all.query([id.0])?;
    while let Some(row) = rows.next()? {
        let (delivery, contact, state): (i64, i64, u8) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match state {
            FAILED => failed.push((delivery, ContactId(contact))),
            HELD | SKIPPED => {}
            _ => {
                others.insert(ContactId(contact));
            }
        }
    }
    let mut again = c.prepare_cached(AGAIN)?;
    let mut changed = 0;
    for (delivery, contact) in failed {
        // One message is enough for a person with two failed deliveries.
        if frequency::contacts_of(c, contact)?.iter().all(|contact| !others.contains(contact)) {
            others.insert(contact);
            changed += again.execute(params![delivery, now.0])?;
        }
    }
    c.prepare_cached(COUNT_AGAIN)?.execute(params![id.0, i64::try_from(changed).unwrap_or(i64::MAX)])?;
    counters::finish_if_done(c, id)?;
    Ok(changed as u64)
}
