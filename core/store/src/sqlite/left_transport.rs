//! Transports that are not in the settings any more: their messages follow a new name, or they fail.

use super::codes::{FAILED, IN_FLIGHT, PAUSED, QUEUED, RETRY, RUNNING};
use super::counters::CounterDeltas;
use crate::error::Result;
use crate::{LeftTransport, TransportId};
use const_format::formatcp;
use rundruf_consent::{BroadcastId, Time};
use rusqlite::{Connection, OptionalExtension, params};

/// Rows that fail in one transaction.
const AT_ONCE: i64 = 10_000;
/// Outcome code of the contract: the transport cannot do it.
const UNSUPPORTED: u16 = 302;
/// What people read at a message that failed so.
const GONE: &str = "its transport is not in the settings any more";

/// Open rows of one transport: claimed and to be claimed by lease, in flight, to be retried, service messages.
const OPEN: &str = formatcp!(
    "SELECT (SELECT coalesce(sum(open), 0) FROM lease INDEXED BY lease_open WHERE transport = ?1 AND open > 0) \
     + (SELECT coalesce(sum(last - cursor + 1), 0) FROM lease INDEXED BY lease_ready WHERE transport = ?1 AND cursor <= last) \
     + (SELECT count(*) FROM delivery INDEXED BY delivery_flight WHERE transport = ?1 AND state = {IN_FLIGHT}) \
     + (SELECT count(*) FROM broadcast b INDEXED BY broadcast_state CROSS JOIN delivery d INDEXED BY delivery_retry \
          ON d.broadcast = b.id AND d.transport = ?1 AND d.state = {RETRY} WHERE b.state IN ({RUNNING}, {PAUSED})) \
     + (SELECT count(*) FROM service INDEXED BY service_due WHERE transport = ?1 AND state IN ({QUEUED}, {RETRY})) \
     + (SELECT count(*) FROM service INDEXED BY service_flight WHERE transport = ?1 AND state = {IN_FLIGHT})"
);
const READY: &str = "SELECT id, broadcast, cursor, last FROM lease INDEXED BY lease_ready WHERE transport = ?1 AND cursor <= last LIMIT 1";
const FAIL_RANGE: &str = formatcp!(
    "UPDATE delivery SET state = {FAILED}, reason = {UNSUPPORTED}, detail = ?3, at = ?4 WHERE id >= ?1 AND id <= ?2 AND +state = {QUEUED}"
);
const FAIL_RETRIES: &str = formatcp!(
    "UPDATE delivery SET state = {FAILED}, reason = {UNSUPPORTED}, detail = ?2, at = ?3 WHERE id IN \
     (SELECT d.id FROM broadcast b INDEXED BY broadcast_state CROSS JOIN delivery d INDEXED BY delivery_retry \
        ON d.broadcast = b.id AND d.transport = ?1 AND d.state = {RETRY} WHERE b.state IN ({RUNNING}, {PAUSED}) LIMIT ?4) \
     RETURNING broadcast"
);
const FAIL_SERVICES: &str = formatcp!(
    "UPDATE service SET state = {FAILED}, reason = {UNSUPPORTED}, detail = ?2, at = ?3 WHERE id IN \
     (SELECT id FROM service INDEXED BY service_due WHERE transport = ?1 AND state IN ({QUEUED}, {RETRY}) LIMIT ?4)"
);

fn id_of(c: &Connection, name: &str) -> Result<Option<i64>> {
    Ok(c.query_row("SELECT id FROM transport WHERE name = ?1", [name], |r| r.get(0)).optional()?)
}

/// Gives a transport another name; what it has open follows. If the new name exists already, what is open moves to it. Answers whether anything
/// of the old name was there.
pub(super) fn rename(c: &Connection, old: &str, new: &str) -> Result<bool> {
    let Some(from) = id_of(c, old)? else { return Ok(false) };
    let Some(to) = id_of(c, new)? else {
        c.execute("UPDATE transport SET name = ?2 WHERE id = ?1", params![from, new])?;
        return Ok(true);
    };
    if open(c, TransportId(from))? == 0 {
        return Ok(false);
    }
    // What is claimed is found by its number of the transport too, so all of a lease moves.
    let leases: Vec<(i64, i64)> = {
        let mut all = c.prepare("SELECT first, last FROM lease WHERE transport = ?1")?;
        all.query_map([from], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    for (first, last) in leases {
        c.prepare_cached("UPDATE delivery SET transport = ?3 WHERE id >= ?1 AND id <= ?2 AND +transport = ?4")?
            .execute(params![first, last, to, from])?;
    }
    c.execute("UPDATE lease SET transport = ?2 WHERE transport = ?1", [from, to])?;
    c.execute(
        formatcp!("UPDATE delivery SET transport = ?2 WHERE transport = ?1 AND state = {IN_FLIGHT}"),
        [from, to],
    )?;
    c.execute(
        formatcp!(
            "UPDATE delivery SET transport = ?2 WHERE id IN (SELECT d.id FROM broadcast b INDEXED BY broadcast_state \
             CROSS JOIN delivery d INDEXED BY delivery_retry ON d.broadcast = b.id AND d.transport = ?1 AND d.state = {RETRY} \
             WHERE b.state IN ({RUNNING}, {PAUSED}))"
        ),
        [from, to],
    )?;
    c.execute(
        formatcp!(
            "UPDATE service SET transport = ?2 WHERE transport = ?1 AND state IN ({QUEUED}, {IN_FLIGHT}, {RETRY})"
        ),
        [from, to],
    )?;
    Ok(true)
}

/// Gives a transport this name back, if no other has it.
pub(super) fn keep(c: &Connection, transport: TransportId, name: &str) -> Result<()> {
    c.execute("UPDATE OR IGNORE transport SET name = ?2 WHERE id = ?1", params![transport.0, name])?;
    Ok(())
}

fn open(c: &Connection, transport: TransportId) -> Result<u64> {
    Ok(c.prepare_cached(OPEN)?.query_row([transport.0], |r| r.get::<_, i64>(0))?.cast_unsigned())
}

/// Transports that are not among these and have something open.
pub(super) fn left(c: &Connection, known: &[TransportId]) -> Result<Vec<LeftTransport>> {
    let all: Vec<(TransportId, String)> = {
        let mut all = c.prepare_cached("SELECT id, name FROM transport ORDER BY id")?;
        all.query_map([], |r| Ok((TransportId(r.get(0)?), r.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    let mut left = Vec::new();
    for (id, name) in all.into_iter().filter(|(id, _)| !known.contains(id)) {
        let open = open(c, id)?;
        if open > 0 {
            left.push(LeftTransport { id, name, open });
        }
    }
    Ok(left)
}

/// Fails some of what a transport has to send; what was in flight must be settled before. Answers how many; 0 when none is left.
pub(super) fn abandon(c: &Connection, transport: TransportId, now: Time) -> Result<u64> {
    let mut deltas = CounterDeltas::default();
    let mut failed = 0;
    while failed < AT_ONCE {
        let read =
            |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get(1)?, r.get::<_, i64>(2)?, r.get::<_, i64>(3)?));
        let lease = c.prepare_cached(READY)?.query_row([transport.0], read).optional()?;
        let Some((lease, broadcast, cursor, last)) = lease else { break };
        let from = cursor.max(last - AT_ONCE + 1);
        let rows = c.prepare_cached(FAIL_RANGE)?.execute(params![from, last, GONE, now.0])?;
        c.prepare_cached("UPDATE lease SET last = ?2 WHERE id = ?1")?.execute([lease, from - 1])?;
        c.prepare_cached("DELETE FROM lease WHERE id = ?1 AND open = 0 AND cursor > last")?.execute([lease])?;
        let rows = i64::try_from(rows).unwrap_or(0);
        let delta = deltas.of(BroadcastId(broadcast));
        (delta.queued, delta.failed) = (delta.queued - rows, delta.failed + rows);
        failed += last - from + 1;
    }
    if failed < AT_ONCE {
        let mut retries = c.prepare_cached(FAIL_RETRIES)?;
        let mut rows = retries.query(params![transport.0, GONE, now.0, AT_ONCE - failed])?;
        while let Some(row) = rows.next()? {
            let delta = deltas.of(BroadcastId(row.get(0)?));
            (delta.retry, delta.failed, failed) = (delta.retry - 1, delta.failed + 1, failed + 1);
        }
    }
    if failed < AT_ONCE {
        let services = c.prepare_cached(FAIL_SERVICES)?.execute(params![transport.0, GONE, now.0, AT_ONCE - failed])?;
        failed += i64::try_from(services).unwrap_or(0);
    }
    deltas.write(c)?;
    Ok(failed.cast_unsigned())
}
