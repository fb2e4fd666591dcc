//! Claims rows that may leave now. SQL narrows and the gate decides, row by row, in the transaction that moves the lease's cursor, so a stop
//! that was stored a moment ago wins.

use super::candidate::{ClaimCandidate, ClaimRun, FLAGS, candidate};
use super::codes::{IN_FLIGHT, QUEUED, RETRY, RUNNING, SKIPPED};
use super::counters::CounterDeltas;
use super::outcome::settle;
use super::writer::Writer;
use super::{broadcast, service};
use crate::error::Result;
use crate::{BroadcastAction, ClaimKind, ClaimRequest, DispatchResult, LeaseId, Session, Settlement, TransportId};
use const_format::formatcp;
use rundruf_consent::{BroadcastId, ContactId, DeliveryId, EventId, ListId, Refusal, Time};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;

/// Rows that one claim may postpone because their destination rests, or refuse: the writer is not to be held for long.
const MAX_PASSED_OVER: u32 = 2_048;
/// Rows that are read together where some may have to be postponed.
const READ_AT_LEAST: u32 = 256;
/// What people read at a delivery that waits for its destination.
const RESTS: &str = "its destination postpones everything and rests";

/// The next rows of a lease. By the primary key alone: an index on the state would cost a factor of forty (`+d.state` keeps it away).
pub(crate) const NEXT: &str = formatcp!(
    "SELECT d.id, d.address, a.channel, a.value, {FLAGS}, c.state, c.evidence, t.language, t.vars, d.attempts, d.first_try, a.link, d.contact \
     FROM delivery d JOIN address a ON a.id = d.address JOIN contact t ON t.id = d.contact \
     LEFT JOIN consent c ON c.list = ?1 AND c.contact = d.contact AND c.address = d.address \
     WHERE d.id >= ?2 AND d.id <= ?3 AND +d.state = {QUEUED} ORDER BY d.id LIMIT ?4"
);

/// Retries that are due, of running broadcasts.
pub(super) const DUE: &str = formatcp!(
    "SELECT d.id, d.address, a.channel, a.value, {FLAGS}, c.state, c.evidence, t.language, t.vars, d.attempts, d.first_try, a.link, d.contact, \
     d.broadcast, b.list, b.key FROM broadcast b INDEXED BY broadcast_state \
     CROSS JOIN delivery d INDEXED BY delivery_retry ON d.broadcast = b.id AND d.transport = ?1 AND d.state = {RETRY} AND d.due <= ?2 \
     CROSS JOIN address a ON a.id = d.address CROSS JOIN contact t ON t.id = d.contact \
     LEFT JOIN consent c ON c.list = b.list AND c.contact = d.contact AND c.address = d.address WHERE b.state = {RUNNING} AND b.retry > 0 LIMIT ?3"
);

/// One delivery that is to be retried, due or not, of a running broadcast.
pub(super) const THIS: &str = formatcp!(
    "SELECT d.id, d.address, a.channel, a.value, {FLAGS}, c.state, c.evidence, t.language, t.vars, d.attempts, d.first_try, a.link, d.contact, \
     d.broadcast, b.list, b.key FROM delivery d CROSS JOIN broadcast b ON b.id = d.broadcast AND b.state = {RUNNING} \
     CROSS JOIN address a ON a.id = d.address CROSS JOIN contact t ON t.id = d.contact \
     LEFT JOIN consent c ON c.list = b.list AND c.contact = d.contact AND c.address = d.address \
     WHERE d.id = ?2 AND d.transport = ?1 AND d.state = {RETRY}"
);

/// Puts a row off.
pub(super) const POSTPONE: &str = formatcp!(
    "UPDATE delivery SET state = {RETRY}, due = ?2, evidence = ?3, detail = coalesce(detail, ?4), session = NULL WHERE id = ?1"
);

/// When the first retry of each running broadcast is due.
pub(super) const NEXT_DUE: &str = formatcp!(
    "SELECT (SELECT d.due FROM delivery d INDEXED BY delivery_retry \
       WHERE d.broadcast = b.id AND d.transport = ?1 AND d.state = {RETRY} ORDER BY d.due LIMIT 1) \
     FROM broadcast b INDEXED BY broadcast_state WHERE b.state = {RUNNING} AND b.retry > 0"
);

/// The next lease of a running broadcast.
pub(super) const LEASE: &str = formatcp!(
    "SELECT l.id, l.broadcast, l.cursor, l.last, b.list, b.key FROM broadcast b INDEXED BY broadcast_state \
     CROSS JOIN lease l INDEXED BY lease_ready ON l.transport = ?1 AND l.broadcast = b.id AND l.cursor <= l.last \
     WHERE b.state = {RUNNING} AND b.id > ?2 ORDER BY b.id, l.id LIMIT 1"
);

/// Running broadcasts that have expired.
pub(super) const OVER: &str =
    formatcp!("SELECT id FROM broadcast INDEXED BY broadcast_state WHERE state = {RUNNING} AND expires_at <= ?1");

pub(super) fn step(
    w: &mut Writer,
    transport: TransportId,
    session: Session,
    settlements: &[Settlement],
    request: Option<ClaimRequest>,
) -> Result<DispatchResult> {
    let mut deltas = CounterDeltas::default();
    let mut step =
        DispatchResult { strays: settle(&w.connection, settlements, &mut deltas)?, ..DispatchResult::default() };
    // The claim reads the counters to know which broadcasts have retries at all.
    deltas.write(&w.connection)?;
    let Some(request) = request else { return Ok(step) };
    if request.bulk {
        expire(w, request.now)?;
    }
    let c = &w.connection;
    let mut deltas = CounterDeltas::default();
    let mut claim = ClaimRun {
        c,
        pepper: &w.secrets.pepper,
        transport,
        session,
        now: request.now,
        left: request.at_most,
        resting: &request.resting,
        limits: &request.limits,
        step: &mut step,
        deltas: &mut deltas,
    };
    claim.services()?;
    if request.bulk {
        // Retries get their share, then those that were never tried; what these leave free goes to further retries.
        let more_due = claim.retries(request.retries)?;
        claim.leases(request.after)?;
        if more_due {
            claim.retries(claim.left)?;
        }
    }
    deltas.write(c)?;
    step.next_due = next_due(c, transport)?;
    Ok(step)
}

/// Claims those of these deliveries that are to be retried.
pub(super) fn these(
    w: &mut Writer,
    transport: TransportId,
    session: Session,
    these: &[DeliveryId],
    now: Time,
) -> Result<DispatchResult> {
    expire(w, now)?;
    let (mut step, mut deltas) = (DispatchResult::default(), CounterDeltas::default());
    let left = u32::try_from(these.len()).unwrap_or(u32::MAX);
    let resting = HashMap::new();
    let (c, pepper, resting) = (&w.connection, &w.secrets.pepper, &resting);
    let mut claim = ClaimRun {
        c,
        pepper,
        transport,
        session,
        now,
        left,
        resting,
        limits: &[],
        step: &mut step,
        deltas: &mut deltas,
    };
    for id in these {
        if id.0 > 0 { claim.this(*id)? } else { claim.this_service(*id)? }
    }
    deltas.write(&w.connection)?;
    Ok(step)
}

/// Ends broadcasts that have expired; the writer skips their rows after this transaction.
fn expire(w: &mut Writer, now: Time) -> Result<()> {
    let over: Vec<i64> = {
        let mut all = w.connection.prepare_cached(OVER)?;
        all.query_map([now.0], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    for id in over.into_iter().map(BroadcastId) {
        broadcast::end(&w.connection, id, BroadcastAction::Expire, now)?;
        w.ending.push(id);
    }
    Ok(())
}

fn next_due(c: &Connection, transport: TransportId) -> Result<Option<Time>> {
    let mut bulk = c.prepare_cached(NEXT_DUE)?;
    let bulk = bulk.query_map([transport.0], |r| r.get::<_, Option<i64>>(0))?;
    let mut first = service::next_due(c, transport)?;
    for due in bulk {
        first = first.into_iter().chain(due?).min();
    }
    Ok(first.map(Time))
}

/// A delivery, with its contact and the random part of its address's links.
fn delivery(row: &Row<'_>) -> rusqlite::Result<ClaimCandidate> {
    let mut found = candidate(row)?;
    (found.link, found.contact) = (row.get(11)?, ContactId(row.get(12)?));
    Ok(found)
}

/// A delivery that is to be retried: with broadcast, list and the first half of its message id.
type RetryCandidate = (ClaimCandidate, BroadcastId, ListId, [u8; 8]);

fn retried(row: &Row<'_>) -> rusqlite::Result<RetryCandidate> {
    Ok((delivery(row)?, BroadcastId(row.get(13)?), ListId(row.get(14)?), row.get(15)?))
}

impl ClaimRun<'_> {
    /// Claims this many retries that are due. Returns whether more may be due.
    fn retries(&mut self, at_most: u32) -> Result<bool> {
        let stop_at = self.left.saturating_sub(at_most);
        while self.left > stop_at {
            let wanted = self.left - stop_at;
            let limit = if self.resting.is_empty() { wanted } else { wanted.max(READ_AT_LEAST) };
            let rows: Vec<RetryCandidate> = {
                let mut all = self.c.prepare_cached(DUE)?;
                all.query_map(params![self.transport.0, self.now.0, limit], retried)?
                    .collect::<rusqlite::Result<_>>()?
            };
            let is_last = (rows.len() as u64) < u64::from(limit);
            let postponed = self.step.postponed;
            for row in rows {
                if self.left == stop_at {
                    return Ok(true);
                }
                self.again(row)?;
            }
            if is_last {
                return Ok(false);
            }
            if self.step.postponed == postponed || self.step.postponed >= MAX_PASSED_OVER {
                self.step.more = true;
                return Ok(true);
            }
        }
        Ok(true)
    }

    fn this(&mut self, id: DeliveryId) -> Result<()> {
        let row = params![self.transport.0, id.0];
        let found = self.c.prepare_cached(THIS)?.query_row(row, retried).optional()?;
        found.map_or(Ok(()), |row| self.again(row))
    }

    /// Claims one delivery that is to be retried.
    fn again(&mut self, (candidate, broadcast, list, key): RetryCandidate) -> Result<()> {
        let id = candidate.id;
        let rests_until = self.rests_until(&candidate);
        self.deltas.of(broadcast).retry -= 1;
        match self.judge_delivery(&candidate, list)? {
            Ok(permit) => {
                if let Some(due) = rests_until {
                    return self.postpone(broadcast, id, permit.evidence(), due);
                }
                self.c
                    .prepare_cached(formatcp!(
                        "UPDATE delivery SET state = {IN_FLIGHT}, session = ?2, evidence = ?3 WHERE id = ?1"
                    ))?
                    .execute(params![id, self.session, permit.evidence().0])?;
                self.deltas.of(broadcast).in_flight += 1;
                self.take(candidate, permit, ClaimKind::Broadcast { broadcast, key, lease: None }, Some(list));
                Ok(())
            }
            Err(refusal) => self.park(broadcast, id, refusal),
        }
    }

    /// Puts a row off without an attempt: its destination rests.
    fn postpone(&mut self, broadcast: BroadcastId, id: i64, evidence: EventId, due: Time) -> Result<()> {
        self.c.prepare_cached(POSTPONE)?.execute(params![id, due.0, evidence.0, RESTS])?;
        self.deltas.of(broadcast).retry += 1;
        self.step.postponed += 1;
        Ok(())
    }

    fn park(&mut self, broadcast: BroadcastId, id: i64, refusal: Refusal) -> Result<()> {
        self.c
            .prepare_cached(formatcp!("UPDATE delivery SET state = {SKIPPED}, reason = ?2, at = ?3 WHERE id = ?1"))?
            .execute(params![id, refusal.code(), self.now.0])?;
        self.deltas.skip(broadcast, refusal);
        self.step.refused += 1;
        Ok(())
    }

    fn leases(&mut self, after: Option<BroadcastId>) -> Result<()> {
        // Round robin: from the broadcast behind the last one served, then from the first.
        let mut from = after.map_or(0, |b| b.0);
        let mut wrapped = from == 0;
        loop {
            match self.lease(from)? {
                Some(lease) if self.left == 0 || self.step.postponed.max(self.step.refused) >= MAX_PASSED_OVER => {
                    self.step.more |= lease.first <= lease.last;
                    return Ok(());
                }
                Some(lease) => {
                    // Stay at this broadcast: its next lease follows.
                    from = lease.broadcast.0 - 1;
                    self.take_lease(lease)?;
                }
                None if wrapped => return Ok(()),
                None => {
                    wrapped = true;
                    from = 0;
                }
            }
        }
    }

    fn lease(&self, after: i64) -> Result<Option<Lease>> {
        Ok(self
            .c
            .prepare_cached(LEASE)?
            .query_row(params![self.transport.0, after], |r| {
                Ok(Lease {
                    id: LeaseId(r.get(0)?),
                    broadcast: BroadcastId(r.get(1)?),
                    first: r.get(2)?,
                    last: r.get(3)?,
                    list: ListId(r.get(4)?),
                    key: r.get(5)?,
                })
            })
            .optional()?)
    }

    fn take_lease(&mut self, lease: Lease) -> Result<()> {
        let (mut next, mut read, mut open) = (lease.first, 0, 0_i64);
        let wanted = if self.resting.is_empty() { self.left } else { self.left.max(READ_AT_LEAST) };
        let mut parked = Vec::new();
        let mut postponed = Vec::new();
        let mut is_cut = false;
        {
            let c = self.c;
            let mut all = c.prepare_cached(NEXT)?;
            let mut rows = all.query(params![lease.list.0, lease.first, lease.last, wanted])?;
            while let Some(row) = rows.next()? {
                // More rows were asked for than can be taken, in case that some are postponed.
                if self.left == 0 {
                    is_cut = true;
                    break;
                }
                let candidate = delivery(row)?;
                let id = candidate.id;
                (next, read) = (id + 1, read + 1);
                match self.judge_delivery(&candidate, lease.list)? {
                    Ok(permit) => {
                        if let Some(due) = self.rests_until(&candidate) {
                            postponed.push((id, permit.evidence(), due));
                            continue;
                        }
                        open += 1;
                        let work =
                            ClaimKind::Broadcast { broadcast: lease.broadcast, key: lease.key, lease: Some(lease.id) };
                        self.take(candidate, permit, work, Some(lease.list));
                    }
                    Err(refusal) => parked.push((id, refusal)),
                }
            }
        }
        if read < wanted && !is_cut {
            next = lease.last + 1;
        }
        let change = self.deltas.of(lease.broadcast);
        change.queued -= i64::from(read);
        change.in_flight += open;
        for (id, refusal) in parked {
            self.park(lease.broadcast, id, refusal)?;
        }
        for (id, evidence, due) in postponed {
            self.postpone(lease.broadcast, id, evidence, due)?;
        }
        self.c
            .prepare_cached("UPDATE lease SET cursor = ?2, open = open + ?3, session = ?4 WHERE id = ?1")?
            .execute(params![lease.id.0, next, open, self.session])?;
        if next > lease.last {
            self.c
                .prepare_cached("DELETE FROM lease WHERE id = ?1 AND open = 0 AND cursor > last")?
                .execute([lease.id.0])?;
        }
        Ok(())
    }
}

struct Lease {
    id: LeaseId,
    broadcast: BroadcastId,
    first: i64,
    last: i64,
    list: ListId,
    key: [u8; 8],
}
