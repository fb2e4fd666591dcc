//! Messages outside of broadcasts: confirmation requests, acknowledgements, answers, tests.

use super::Result;
use crate::{DeliveryRow, DeliveryState, NewService, StoreError, TransportId};
use rundruf_consent::{Address, Channel, ContactId, DeliveryId, EventId, Time};
use rusqlite::{Connection, OptionalExtension, params};

pub(super) fn insert(c: &Connection, new: &NewService, now: Time) -> Result<DeliveryId> {
    let address = new.address.ok_or_else(|| StoreError::State("a message without an address".to_owned()))?;
    c.prepare_cached("INSERT INTO service (class, transport, address, list, payload, due, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            new.class.code(),
            new.transport.0,
            address.0,
            new.list.map(|l| l.0),
            new.payload,
            now.0,
            new.expires.map(|t| t.0)
        ])?;
    Ok(DeliveryId(-c.last_insert_rowid()))
}

pub(super) fn get(c: &Connection, id: DeliveryId) -> Result<Option<DeliveryRow>> {
    let mut one = c.prepare_cached(
        "SELECT a.contact, a.channel, a.value, s.transport, s.state, s.reason, s.detail, s.attempts, s.evidence, s.remote_id, s.at \
         FROM service s JOIN address a ON a.id = s.address WHERE s.id = ?1",
    )?;
    let row = one.query_row([-id.0], |r| super::delivery::row(r, id, (ContactId(r.get(0)?), 1))).optional()?;
    Ok(row.flatten())
}

/// A delivery row from columns beginning with channel.
pub(super) fn of(id: DeliveryId, contact: ContactId, channel: u8, value: &str, rest: Rest) -> Option<DeliveryRow> {
    Some(DeliveryRow {
        id,
        contact,
        address: Address::from_normal(Channel::from_code(channel)?, value),
        transport: rest.transport.map(TransportId),
        state: DeliveryState::from_code(rest.state)?,
        reason: super::delivery::reason(rest.state, rest.reason, rest.detail),
        attempts: rest.attempts,
        evidence: rest.evidence.filter(|e| *e > 0).map(EventId),
        remote_id: rest.remote_id.filter(|r| !r.is_empty()),
        at: rest.at.map(Time),
    })
}

/// The columns behind the address.
pub(super) struct Rest {
    pub(super) transport: Option<i64>,
    pub(super) state: u8,
    pub(super) reason: Option<u16>,
    pub(super) detail: Option<String>,
    pub(super) attempts: u32,
    pub(super) evidence: Option<i64>,
    pub(super) remote_id: Option<String>,
    pub(super) at: Option<i64>,
}
