//! Broadcasts: add, read, start, pause, resume and end.

use super::codes::{CANCELLED, EXPIRED, PAUSED, QUEUED, RETRY, RUNNING, SCHEDULED, SKIPPED};
use super::counters::{CounterDeltas, finish_if_done, reason_of_end};
use super::list_hold;
use crate::error::Result;
use crate::{BroadcastAction, BroadcastRow, BroadcastState, ListHold, NewBroadcast, RefusalKey, StoreError, Tally};
use const_format::formatcp;
use rundruf_consent::{BroadcastId, ListId, Refusal, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "id, list, key, content, state, created, start_at, expires_at, fanned, total, queued, in_flight, retry, sent, failed, unknown, \
     held, skipped, delivered, \"read\", waits, actor";

const SET_STATE: &str = "UPDATE broadcast SET state = ?2 WHERE id = ?1";
const UNCLAIMED: &str = "SELECT id, cursor, last FROM lease WHERE broadcast = ?1 AND cursor <= last LIMIT 1";
pub(super) const PARK_RANGE: &str = formatcp!(
    "UPDATE delivery SET state = {SKIPPED}, reason = ?3, at = ?4 WHERE id >= ?1 AND id <= ?2 AND +state = {QUEUED}"
);
const PARK_RETRIES: &str = formatcp!(
    "UPDATE delivery SET state = {SKIPPED}, reason = ?2, at = ?3 WHERE id IN \
     (SELECT id FROM delivery INDEXED BY delivery_retry WHERE broadcast = ?1 AND state = {RETRY} LIMIT ?4)"
);

/// Most rows of an ended broadcast that one transaction skips; takes some twenty milliseconds.
const END_AT_ONCE: i64 = 20_000;

pub(super) fn add(c: &Connection, new: &NewBroadcast, now: Time) -> Result<BroadcastId> {
    let waits = list_hold::of(c, new.list)? != ListHold::Nothing;
    let state = match new.start_at {
        _ if waits => BroadcastState::Paused,
        Some(at) if at > now => BroadcastState::Scheduled,
        _ => BroadcastState::Running,
    };
    let (starts, expires) = (new.start_at.map(|t| t.0), new.expires_at.map(|t| t.0));
    c.execute(
        "INSERT INTO broadcast (list, key, content, state, created, start_at, expires_at, waits, actor) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, ''))",
        params![new.list.0, new.key, new.content, state as u8, now.0, starts, expires, waits, new.actor],
    )?;
    Ok(BroadcastId(c.last_insert_rowid()))
}

fn row(r: &Row<'_>) -> rusqlite::Result<BroadcastRow> {
    let n = |column: usize| Ok::<u64, rusqlite::Error>(r.get::<_, i64>(column)?.max(0).cast_unsigned());
    Ok(BroadcastRow {
        id: BroadcastId(r.get(0)?),
        list: ListId(r.get(1)?),
        key: r.get(2)?,
        content: r.get(3)?,
        state: BroadcastState::from_code(r.get(4)?).unwrap_or(BroadcastState::Paused),
        created: Time(r.get(5)?),
        start_at: r.get::<_, Option<i64>>(6)?.map(Time),
        expires_at: r.get::<_, Option<i64>>(7)?.map(Time),
        fanned_out: r.get(8)?,
        waits: r.get(20)?,
        actor: r.get::<_, Option<String>>(21)?.unwrap_or_default(),
        tally: Tally {
            total: n(9)?,
            queued: n(10)?,
            in_flight: n(11)?,
            retry: n(12)?,
            sent: n(13)?,
            failed: n(14)?,
            unknown: n(15)?,
            held: n(16)?,
            skipped: n(17)?,
            delivered: n(18)?,
            read: n(19)?,
            skipped_by: std::collections::BTreeMap::new(),
        },
    })
}

fn with_skips(c: &Connection, mut row: BroadcastRow) -> Result<BroadcastRow> {
    let mut all = c.prepare_cached("SELECT reason, n FROM skip_tally WHERE broadcast = ?1")?;
    for skip in all.query_map([row.id.0], |r| Ok((r.get::<_, u8>(0)?, r.get::<_, i64>(1)?)))? {
        let (reason, n) = skip?;
        if let Some(reason) = Refusal::from_code(reason) {
            row.tally.skipped_by.insert(RefusalKey(reason), n.max(0).cast_unsigned());
        }
    }
    Ok(row)
}

pub(super) fn get(c: &Connection, id: BroadcastId) -> Result<Option<BroadcastRow>> {
    let found = c
        .prepare_cached(formatcp!("SELECT {COLUMNS} FROM broadcast WHERE id = ?1"))?
        .query_row([id.0], row)
        .optional()?;
    found.map(|r| with_skips(c, r)).transpose()
}

pub(super) fn list(c: &Connection, active_only: bool, limit: u32) -> Result<Vec<BroadcastRow>> {
    let filter = if active_only { formatcp!("WHERE state IN ({SCHEDULED}, {RUNNING}, {PAUSED})") } else { "" };
    let mut all = c.prepare_cached(&format!("SELECT {COLUMNS} FROM broadcast {filter} ORDER BY id DESC LIMIT ?1"))?;
    let rows: Vec<_> = all.query_map([limit], row)?.collect::<rusqlite::Result<_>>()?;
    rows.into_iter().map(|r| with_skips(c, r)).collect()
}

/// Lets a broadcast that waited for its list go on.
pub(super) fn go_on(c: &Connection, id: BroadcastId, now: Time) -> Result<()> {
    c.prepare_cached(formatcp!(
        "UPDATE broadcast SET waits = 0, state = CASE WHEN start_at > ?2 THEN {SCHEDULED} ELSE {RUNNING} END WHERE id = ?1"
    ))?
    .execute(params![id.0, now.0])?;
    Ok(())
}

/// Applies an action. Returns whether [`end_some`] has rows left to skip.
pub(super) fn change(c: &Connection, id: BroadcastId, to: BroadcastAction, now: Time) -> Result<bool> {
    use BroadcastState::{Cancelled, Expired, Paused, Running, Scheduled};
    let row = get(c, id)?.ok_or_else(|| StoreError::Missing(msg!("store-no-broadcast", id = %id)))?;
    let set = |state: BroadcastState| c.prepare_cached(SET_STATE)?.execute(params![id.0, state as u8]);
    if matches!(to, BroadcastAction::Start | BroadcastAction::Resume) && matches!(row.state, Paused | Scheduled) {
        list_hold::check_open(c, row.list)?;
    }
    match (to, row.state) {
        // A broadcast that was paused before its time waits for it again.
        (BroadcastAction::Resume, Paused) if row.start_at.is_some_and(|t| t > now) => {
            set(Scheduled)?;
        }
        (BroadcastAction::Start, Scheduled) | (BroadcastAction::Resume, Paused) => {
            set(Running)?;
            finish_if_done(c, id)?;
        }
        (BroadcastAction::Pause, Running | Scheduled) => {
            set(Paused)?;
        }
        (BroadcastAction::Cancel | BroadcastAction::Expire, Scheduled | Running | Paused) => {
            end(c, id, to, now)?;
            return end_some(c, id);
        }
        // The same action again continues where an earlier one was interrupted.
        (BroadcastAction::Cancel, Cancelled) | (BroadcastAction::Expire, Expired) => return end_some(c, id),
        // It waited for its list: now it waits for a person, too.
        (BroadcastAction::Pause, Paused) => {
            c.prepare_cached("UPDATE broadcast SET waits = 0 WHERE id = ?1")?.execute([id.0])?;
        }
        (BroadcastAction::Start | BroadcastAction::Resume, Running) => {}
        (_, state) => return Err(StoreError::State(msg!("store-broadcast-is", id = %id, state = state.word()))),
    }
    Ok(false)
}

/// Ends a broadcast for good. From now on nothing of it is claimed; [`end_some`] skips its rows, and what is in flight is settled as usual.
pub(super) fn end(c: &Connection, id: BroadcastId, how: BroadcastAction, now: Time) -> Result<()> {
    let state = if how == BroadcastAction::Expire { BroadcastState::Expired } else { BroadcastState::Cancelled };
    c.prepare_cached("UPDATE broadcast SET state = ?2, ended = ?3, fanned = 1 WHERE id = ?1")?.execute(params![
        id.0,
        state as u8,
        now.0
    ])?;
    Ok(())
}

/// Skips some of the queued and retried rows of a broadcast that has ended, from the back of its leases. Returns whether there are more.
pub(super) fn end_some(c: &Connection, id: BroadcastId) -> Result<bool> {
    let Some((reason, at)) = reason_of_end(c, id)? else { return Ok(false) };
    let mut deltas = CounterDeltas::default();
    let mut left = END_AT_ONCE;
    while left > 0 {
        let read = |r: &Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, i64>(2)?));
        let lease = c.prepare_cached(UNCLAIMED)?.query_row([id.0], read).optional()?;
        let Some((lease, cursor, last)) = lease else { break };
        let from = cursor.max(last - left + 1);
        let parked = c.prepare_cached(PARK_RANGE)?.execute(params![from, last, reason.code(), at.0])?;
        c.prepare_cached("UPDATE lease SET last = ?2 WHERE id = ?1")?.execute([lease, from - 1])?;
        c.prepare_cached("DELETE FROM lease WHERE id = ?1 AND open = 0 AND cursor > last")?.execute([lease])?;
        let parked = i64::try_from(parked).unwrap_or(0);
        deltas.of(id).queued -= parked;
        deltas.skip_many(id, reason, parked);
        left -= last - from + 1;
    }
    if left > 0 {
        let parked = c.prepare_cached(PARK_RETRIES)?.execute(params![id.0, reason.code(), at.0, left])?;
        let parked = i64::try_from(parked).unwrap_or(0);
        deltas.of(id).retry -= parked;
        deltas.skip_many(id, reason, parked);
        left -= parked;
    }
    deltas.write(c)?;
    Ok(left <= 0)
}

/// Broadcasts that have ended and still have rows to skip: the daemon was killed meanwhile.
pub(super) fn unfinished(c: &Connection) -> Result<Vec<BroadcastId>> {
    let mut all = c.prepare_cached(formatcp!(
        "SELECT id FROM broadcast WHERE state IN ({CANCELLED}, {EXPIRED}) AND (queued > 0 OR retry > 0)"
    ))?;
    Ok(all.query_map([], |r| Ok(BroadcastId(r.get(0)?)))?.collect::<rusqlite::Result<_>>()?)
}
