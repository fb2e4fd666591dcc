//! Claims without an outcome, found at start.

use super::codes::{IN_FLIGHT, QUEUED};
use crate::error::Result;
use crate::{InDoubt, LeaseId, Session, TransportId};
use const_format::formatcp;
use rundruf_consent::{BroadcastId, DeliveryId, EventId};
use rusqlite::{Connection, Row};

/// Rows before the cursor of a lease that have no outcome.
pub(super) const BEHIND: &str = formatcp!(
    "SELECT d.id, l.session, d.attempts, d.evidence, l.broadcast, b.key, l.id FROM lease l INDEXED BY lease_open \
     CROSS JOIN broadcast b ON b.id = l.broadcast CROSS JOIN delivery d ON d.id >= l.first AND d.id < l.cursor AND +d.state = {QUEUED} \
     WHERE l.transport = ?1 AND l.open > 0"
);
/// Retries in flight.
const RETRIED: &str = formatcp!(
    "SELECT d.id, d.session, d.attempts, d.evidence, d.broadcast, b.key, NULL FROM delivery d INDEXED BY delivery_flight \
     CROSS JOIN broadcast b ON b.id = d.broadcast WHERE d.transport = ?1 AND d.state = {IN_FLIGHT}"
);
/// Service messages in flight; their delivery ids are negative.
const SERVICES: &str = formatcp!(
    "SELECT -id, session, attempts, evidence, NULL, NULL, NULL FROM service INDEXED BY service_flight \
     WHERE transport = ?1 AND state = {IN_FLIGHT}"
);

/// First and second half of a message id.
pub(super) fn message_id(key: [u8; 8], id: i64) -> [u8; 16] {
    let mut out = [0; 16];
    let (first, second) = out.split_at_mut(8);
    first.copy_from_slice(&key);
    second.copy_from_slice(&id.to_be_bytes());
    out
}

/// Everything that a transport had claimed and never settled.
pub(super) fn in_doubt(c: &Connection, instance_key: [u8; 8], transport: TransportId) -> Result<Vec<InDoubt>> {
    let read = |r: &Row<'_>| -> rusqlite::Result<InDoubt> {
        let id: i64 = r.get(0)?;
        let key = r.get::<_, Option<[u8; 8]>>(5)?.unwrap_or(instance_key);
        Ok(InDoubt {
            delivery: DeliveryId(id),
            message_id: message_id(key, id),
            broadcast: r.get::<_, Option<i64>>(4)?.map(BroadcastId),
            lease: r.get::<_, Option<i64>>(6)?.map(LeaseId),
            evidence: EventId(r.get::<_, Option<i64>>(3)?.unwrap_or(0)),
            session: r.get::<_, Option<Session>>(1)?.unwrap_or_default(),
            attempts: r.get(2)?,
        })
    };
    let mut out = Vec::new();
    for sql in [BEHIND, RETRIED, SERVICES] {
        for row in c.prepare_cached(sql)?.query_map([transport.0], read)? {
            out.push(row?);
        }
    }
    Ok(out)
}
