//! What may leave now. SQL narrows, the gate decides, row by row, in the transaction that moves the lease's cursor: a stop that was stored a
//! moment ago wins.

use super::outcome::{Changes, settle};
use super::{Result, broadcast};
use crate::{BroadcastMove, ClaimRequest, Claimed, InDoubt, LeaseId, Session, Settlement, Step, TransportId, Work};
use rundruf_consent::{
    AddressId, BroadcastId, Channel, Class, DeliveryId, EventId, Flags, ListId, Refusal, SendPermit, Standing, State,
    Time, authorize,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The next rows of a lease. By the primary key alone: an index on the state would cost a factor of forty (`+d.state` keeps it away).
pub(crate) const NEXT: &str = "SELECT d.id, d.address, a.channel, a.value, a.flags, c.state, c.evidence, t.language, t.vars, d.attempts, d.first_try \
     FROM delivery d JOIN address a ON a.id = d.address JOIN contact t ON t.id = d.contact \
     LEFT JOIN consent c ON c.list = ?1 AND c.contact = d.contact AND c.address = d.address \
     WHERE d.id >= ?2 AND d.id <= ?3 AND +d.state = 0 ORDER BY d.id LIMIT ?4";

/// Retries that are due, of running broadcasts.
pub(super) const DUE: &str = "SELECT d.id, d.address, a.channel, a.value, a.flags, c.state, c.evidence, t.language, t.vars, d.attempts, d.first_try, \
     d.broadcast, b.list, b.key FROM delivery d INDEXED BY delivery_retry CROSS JOIN broadcast b ON b.id = d.broadcast AND b.state = 1 \
     CROSS JOIN address a ON a.id = d.address CROSS JOIN contact t ON t.id = d.contact \
     LEFT JOIN consent c ON c.list = b.list AND c.contact = d.contact AND c.address = d.address \
     WHERE d.transport = ?1 AND d.state = 2 AND d.due <= ?2 ORDER BY d.due LIMIT ?3";

/// The next lease of a running broadcast.
pub(super) const LEASE: &str = "SELECT l.id, l.broadcast, l.cursor, l.last, b.list, b.key, b.expires_at FROM lease l INDEXED BY lease_ready \
     CROSS JOIN broadcast b ON b.id = l.broadcast AND b.state = 1 WHERE l.transport = ?1 AND l.cursor <= l.last AND l.broadcast > ?2 \
     ORDER BY l.broadcast, l.id LIMIT 1";

const SERVICES: &str = "SELECT s.id, s.address, a.channel, a.value, a.flags, c.state, c.evidence, t.language, t.vars, s.attempts, s.first_try, \
     s.class, s.list, s.payload, s.expires FROM service s INDEXED BY service_due CROSS JOIN address a ON a.id = s.address CROSS JOIN contact t ON t.id = a.contact \
     LEFT JOIN consent c ON c.list = s.list AND c.contact = a.contact AND c.address = a.id \
     WHERE s.transport = ?1 AND s.state IN (0, 2) AND s.due <= ?2 ORDER BY s.due LIMIT ?3";

pub(super) fn step(
    c: &Connection,
    transport: TransportId,
    session: Session,
    settlements: &[Settlement],
    request: Option<ClaimRequest>,
) -> Result<Step> {
    let mut changes = Changes::default();
    let mut step = Step { strays: settle(c, settlements, &mut changes)?, ..Step::default() };
    if let Some(request) = request {
        let mut claim = Claim {
            c,
            transport,
            session,
            now: request.now,
            left: request.at_most,
            step: &mut step,
            changes: &mut changes,
        };
        claim.services()?;
        if request.bulk {
            claim.retries()?;
            claim.leases(request.after)?;
        }
        step.next_due = next_due(c, transport)?;
    }
    changes.write(c)?;
    Ok(step)
}

fn next_due(c: &Connection, transport: TransportId) -> Result<Option<Time>> {
    let mut bulk = c.prepare_cached(
        "SELECT min(d.due) FROM delivery d INDEXED BY delivery_retry JOIN broadcast b ON b.id = d.broadcast AND b.state = 1 WHERE d.transport = ?1 AND d.state = 2",
    )?;
    let mut service = c.prepare_cached(
        "SELECT min(due) FROM service INDEXED BY service_due WHERE transport = ?1 AND state IN (0, 2)",
    )?;
    let bulk: Option<i64> = bulk.query_row([transport.0], |r| r.get(0))?;
    let service: Option<i64> = service.query_row([transport.0], |r| r.get(0))?;
    Ok(bulk.into_iter().chain(service).min().map(Time))
}

struct Claim<'a> {
    c: &'a Connection,
    transport: TransportId,
    session: Session,
    now: Time,
    left: u32,
    step: &'a mut Step,
    changes: &'a mut Changes,
}

/// The columns that all three queries begin with.
struct Candidate {
    id: i64,
    address: AddressId,
    channel: Option<Channel>,
    value: Box<str>,
    standing: Option<Standing>,
    language: Option<Box<str>>,
    vars: Box<str>,
    attempts: u32,
    first_try: Option<Time>,
}

fn boxed(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Box<str>>> {
    // Straight from the page into its box: no String in between.
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Box::from))
}

fn candidate(row: &Row<'_>) -> rusqlite::Result<Candidate> {
    let state: Option<u8> = row.get(5)?;
    let flags = Flags(row.get(4)?);
    let standing = match state.map(State::from_code) {
        Some(Some(state)) => Some(Standing { state, evidence: EventId(row.get(6)?), flags, already: 0 }),
        // No consent, or one that this program cannot read: doubt is a no.
        _ => None,
    };
    Ok(Candidate {
        id: row.get(0)?,
        address: AddressId(row.get(1)?),
        channel: Channel::from_code(row.get(2)?),
        value: boxed(row, 3)?.unwrap_or_default(),
        standing,
        language: boxed(row, 7)?,
        vars: boxed(row, 8)?.unwrap_or_default(),
        attempts: row.get(9)?,
        first_try: row.get::<_, Option<i64>>(10)?.map(Time),
    })
}

impl Claim<'_> {
    fn take(&mut self, candidate: Candidate, permit: SendPermit, work: Work, list: Option<ListId>) {
        let Some(channel) = candidate.channel else { return };
        self.step.claimed.push(Claimed {
            permit,
            work,
            list,
            address_id: candidate.address,
            channel,
            address: candidate.value,
            language: candidate.language,
            vars: candidate.vars,
            attempt: candidate.attempts + 1,
            first_try: candidate.first_try.unwrap_or(self.now),
        });
        self.left -= 1;
    }

    fn judge(&self, candidate: &Candidate, id: DeliveryId, class: Class) -> std::result::Result<SendPermit, Refusal> {
        if candidate.channel.is_none() {
            return Err(Refusal::NoAddress);
        }
        authorize(id, candidate.standing.as_ref(), class, self.now)
    }

    fn services(&mut self) -> Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        type Found = (Candidate, u8, Option<i64>, Box<str>, Option<i64>);
        let rows: Vec<Found> = {
            let mut all = self.c.prepare_cached(SERVICES)?;
            let read = |r: &Row<'_>| -> rusqlite::Result<Found> {
                Ok((candidate(r)?, r.get(11)?, r.get(12)?, boxed(r, 13)?.unwrap_or_default(), r.get(14)?))
            };
            all.query_map(params![self.transport.0, self.now.0, self.left], read)?.collect::<rusqlite::Result<_>>()?
        };
        for (mut candidate, class, list, payload, expires) in rows {
            let (id, class) = (candidate.id, Class::from_code(class).unwrap_or(Class::Promotion));
            if let Some(standing) = &mut candidate.standing {
                standing.already = self.already(candidate.address, class, list, id)?;
            }
            let over = expires.is_some_and(|e| e < self.now.0);
            let verdict =
                if over { Err(Refusal::BroadcastExpired) } else { self.judge(&candidate, DeliveryId(-id), class) };
            match verdict {
                Ok(permit) => {
                    self.c
                        .prepare_cached("UPDATE service SET state = 1, session = ?2, evidence = ?3 WHERE id = ?1")?
                        .execute(params![id, self.session, permit.evidence().0])?;
                    self.take(candidate, permit, Work::Service { class, payload }, list.map(ListId));
                }
                Err(refusal) => {
                    self.c
                        .prepare_cached("UPDATE service SET state = 9, reason = ?2, at = ?3 WHERE id = ?1")?
                        .execute(params![id, refusal.code(), self.now.0])?;
                    self.step.refused += 1;
                }
            }
        }
        Ok(())
    }

    /// How many messages of this class the present state has seen: those sent since the consent entered it.
    fn already(&self, address: AddressId, class: Class, list: Option<i64>, id: i64) -> Result<u32> {
        Ok(self
            .c
            .prepare_cached(
                "SELECT count(*) FROM service s JOIN address a ON a.id = s.address JOIN consent c ON c.list = s.list AND c.contact = a.contact AND c.address = a.id \
                 WHERE s.address = ?1 AND s.class = ?2 AND s.list IS ?3 AND s.id <> ?4 AND s.state IN (1, 3) AND coalesce(s.at, c.since) >= c.since",
            )?
            .query_row(params![address.0, class.code(), list, id], |r| r.get(0))?)
    }

    fn retries(&mut self) -> Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        type Found = (Candidate, BroadcastId, ListId, [u8; 8]);
        let rows: Vec<Found> = {
            let mut all = self.c.prepare_cached(DUE)?;
            let read = |r: &Row<'_>| -> rusqlite::Result<Found> {
                Ok((candidate(r)?, BroadcastId(r.get(11)?), ListId(r.get(12)?), r.get(13)?))
            };
            all.query_map(params![self.transport.0, self.now.0, self.left], read)?.collect::<rusqlite::Result<_>>()?
        };
        for (candidate, broadcast, list, key) in rows {
            let id = candidate.id;
            self.changes.of(broadcast).retry -= 1;
            match self.judge(&candidate, DeliveryId(id), Class::Promotion) {
                Ok(permit) => {
                    self.c
                        .prepare_cached("UPDATE delivery SET state = 1, session = ?2, evidence = ?3 WHERE id = ?1")?
                        .execute(params![id, self.session, permit.evidence().0])?;
                    self.changes.of(broadcast).in_flight += 1;
                    self.take(candidate, permit, Work::Broadcast { broadcast, key, lease: None }, Some(list));
                }
                Err(refusal) => self.park(broadcast, id, refusal)?,
            }
        }
        Ok(())
    }

    fn park(&mut self, broadcast: BroadcastId, id: i64, refusal: Refusal) -> Result<()> {
        self.c
            .prepare_cached("UPDATE delivery SET state = 9, reason = ?2, at = ?3 WHERE id = ?1")?
            .execute(params![id, refusal.code(), self.now.0])?;
        self.changes.skip(broadcast, refusal);
        self.step.refused += 1;
        Ok(())
    }

    fn leases(&mut self, after: Option<BroadcastId>) -> Result<()> {
        // Round robin: from the broadcast behind the last one served, then from the first.
        let mut from = after.map_or(0, |b| b.0);
        let mut wrapped = from == 0;
        loop {
            match self.lease(from)? {
                Some(lease) if self.left == 0 => {
                    self.step.more = lease.first <= lease.last;
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
                    expires: r.get::<_, Option<i64>>(6)?.map(Time),
                })
            })
            .optional()?)
    }

    fn take_lease(&mut self, lease: Lease) -> Result<()> {
        if lease.expires.is_some_and(|e| e <= self.now) {
            broadcast::end(self.c, lease.broadcast, BroadcastMove::Expire, self.now, self.changes)?;
            return Ok(());
        }
        let (mut next, mut read, mut open) = (lease.first, 0, 0_i64);
        let wanted = self.left;
        let mut parked = Vec::new();
        {
            let c = self.c;
            let mut all = c.prepare_cached(NEXT)?;
            let mut rows = all.query(params![lease.list.0, lease.first, lease.last, wanted])?;
            while let Some(row) = rows.next()? {
                let candidate = candidate(row)?;
                let id = candidate.id;
                (next, read) = (id + 1, read + 1);
                match self.judge(&candidate, DeliveryId(id), Class::Promotion) {
                    Ok(permit) => {
                        open += 1;
                        let work =
                            Work::Broadcast { broadcast: lease.broadcast, key: lease.key, lease: Some(lease.id) };
                        self.take(candidate, permit, work, Some(lease.list));
                    }
                    Err(refusal) => parked.push((id, refusal)),
                }
            }
        }
        if read < wanted {
            next = lease.last + 1;
        }
        let change = self.changes.of(lease.broadcast);
        change.queued -= i64::from(read);
        change.in_flight += open;
        for (id, refusal) in parked {
            self.park(lease.broadcast, id, refusal)?;
        }
        self.c
            .prepare_cached("UPDATE lease SET cursor = ?2, open = open + ?3, session = ?4 WHERE id = ?1")?
            .execute(params![lease.id.0, next, open, self.session])?;
        if next > lease.last && open == 0 {
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
    expires: Option<Time>,
}

/// First and second half of a message id.
fn message_id(key: [u8; 8], id: i64) -> [u8; 16] {
    let mut out = [0; 16];
    let (first, second) = out.split_at_mut(8);
    first.copy_from_slice(&key);
    second.copy_from_slice(&id.to_be_bytes());
    out
}

pub(super) fn in_doubt(c: &Connection, instance_key: [u8; 8], transport: TransportId) -> Result<Vec<InDoubt>> {
    let mut out = Vec::new();
    let mut behind = c.prepare_cached(
        "SELECT d.id, l.broadcast, l.id, b.key, l.session, d.attempts, coalesce(d.evidence, c.evidence, 0) FROM lease l INDEXED BY lease_open \
         CROSS JOIN broadcast b ON b.id = l.broadcast CROSS JOIN delivery d ON d.id >= l.first AND d.id < l.cursor AND +d.state = 0 \
         LEFT JOIN consent c ON c.list = b.list AND c.contact = d.contact AND c.address = d.address WHERE l.transport = ?1 AND l.open > 0",
    )?;
    let mut rows = behind.query([transport.0])?;
    while let Some(r) = rows.next()? {
        let id: i64 = r.get(0)?;
        out.push(InDoubt {
            delivery: DeliveryId(id),
            message_id: message_id(r.get(3)?, id),
            broadcast: Some(BroadcastId(r.get(1)?)),
            lease: Some(LeaseId(r.get(2)?)),
            evidence: EventId(r.get(6)?),
            session: r.get::<_, Option<Session>>(4)?.unwrap_or_default(),
            attempts: r.get(5)?,
        });
    }
    let mut retried = c.prepare_cached(
        "SELECT d.id, d.broadcast, b.key, d.session, d.attempts, d.evidence FROM delivery d INDEXED BY delivery_flight JOIN broadcast b ON b.id = d.broadcast \
         WHERE d.transport = ?1 AND d.state = 1",
    )?;
    let mut rows = retried.query([transport.0])?;
    while let Some(r) = rows.next()? {
        let id: i64 = r.get(0)?;
        out.push(InDoubt {
            delivery: DeliveryId(id),
            message_id: message_id(r.get(2)?, id),
            broadcast: Some(BroadcastId(r.get(1)?)),
            lease: None,
            evidence: EventId(r.get::<_, Option<i64>>(5)?.unwrap_or(0)),
            session: r.get::<_, Option<Session>>(3)?.unwrap_or_default(),
            attempts: r.get(4)?,
        });
    }
    let mut services = c.prepare_cached("SELECT id, session, attempts, evidence FROM service INDEXED BY service_flight WHERE transport = ?1 AND state = 1")?;
    let mut rows = services.query([transport.0])?;
    while let Some(r) = rows.next()? {
        let id: i64 = r.get(0)?;
        out.push(InDoubt {
            delivery: DeliveryId(-id),
            message_id: message_id(instance_key, -id),
            broadcast: None,
            lease: None,
            evidence: EventId(r.get::<_, Option<i64>>(3)?.unwrap_or(0)),
            session: r.get::<_, Option<Session>>(1)?.unwrap_or_default(),
            attempts: r.get(2)?,
        });
    }
    Ok(out)
}
