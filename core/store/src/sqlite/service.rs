//! Messages outside of broadcasts: confirmation requests, acknowledgements, answers, tests.

use super::candidate::{ClaimCandidate, ClaimRun, FLAGS, boxed, candidate};
use super::codes::{DELIVERED, IN_FLIGHT, QUEUED, READ, RETRY, SENT, SKIPPED, UNKNOWN};
use super::writer::Writer;
use crate::error::Result;
use crate::{ClaimKind, DeliveryRow, DeliveryState, NewService, StoreError, TransportId};
use const_format::formatcp;
use rundruf_consent::proof::SentMessage;
use rundruf_consent::text::unhex;
use rundruf_consent::{AddressId, Class, ContactId, DeliveryId, ListId, Refusal, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Messages that are due, with the columns of every claim and some of their own.
pub(super) const DUE: &str = formatcp!(
    "SELECT s.id, s.address, a.channel, a.value, {FLAGS}, c.state, c.evidence, t.language, t.vars, s.attempts, s.first_try, \
     s.class, s.list, s.payload, s.expires FROM service s INDEXED BY service_due CROSS JOIN address a ON a.id = s.address \
     CROSS JOIN contact t ON t.id = a.contact LEFT JOIN consent c ON c.list = s.list AND c.contact = a.contact AND c.address = a.id \
     WHERE s.transport = ?1 AND s.state IN ({QUEUED}, {RETRY}) AND s.due <= ?2 ORDER BY s.due LIMIT ?3"
);
/// One of them, due or not.
pub(super) const THIS: &str = formatcp!(
    "SELECT s.id, s.address, a.channel, a.value, {FLAGS}, c.state, c.evidence, t.language, t.vars, s.attempts, s.first_try, \
     s.class, s.list, s.payload, s.expires FROM service s CROSS JOIN address a ON a.id = s.address \
     CROSS JOIN contact t ON t.id = a.contact LEFT JOIN consent c ON c.list = s.list AND c.contact = a.contact AND c.address = a.id \
     WHERE s.id = ?2 AND s.transport = ?1 AND s.state IN ({QUEUED}, {RETRY})"
);
const NEXT_DUE: &str = formatcp!(
    "SELECT min(due) FROM service INDEXED BY service_due WHERE transport = ?1 AND state IN ({QUEUED}, {RETRY})"
);
/// Messages of a class that were sent, or may have been, since the consent entered its state.
const ALREADY: &str = formatcp!(
    "SELECT count(*) FROM service s JOIN address a ON a.id = s.address \
     JOIN consent c ON c.list = s.list AND c.contact = a.contact AND c.address = a.id \
     WHERE s.address = ?1 AND s.class = ?2 AND s.list IS ?3 AND s.id <> ?4 AND s.state IN ({IN_FLIGHT}, {SENT}, {DELIVERED}, {READ}, {UNKNOWN}) AND coalesce(s.at, c.since) >= c.since"
);
const CLAIM: &str = formatcp!("UPDATE service SET state = {IN_FLIGHT}, session = ?2, evidence = ?3 WHERE id = ?1");
const PARK: &str = formatcp!("UPDATE service SET state = {SKIPPED}, reason = ?2, at = ?3 WHERE id = ?1");

pub(super) fn insert(c: &Connection, new: &NewService, now: Time) -> Result<DeliveryId> {
    let address = new.address.ok_or_else(|| StoreError::State(msg!("store-no-address-given")))?;
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

/// The id that a service message leaves with.
pub(super) fn message_id(instance_key: [u8; 8], id: DeliveryId) -> [u8; 16] {
    super::in_doubt::message_id(instance_key, id.0)
}

/// What became of a service message, by the id that it left with: transport, state, time, remote id.
pub(super) fn sent(w: &Writer, event: u64, message_id: &str) -> Result<SentMessage> {
    let number = unhex::<16>(message_id).and_then(|id| {
        id.split_first_chunk::<8>().map(|(key, rest)| (*key, rest.try_into().ok().map(i64::from_be_bytes)))
    });
    let id = number.filter(|(key, _)| *key == w.secrets.instance_key).and_then(|(_, id)| id).unwrap_or(0);
    let mut one = w.connection.prepare_cached(
        "SELECT t.name, s.state, s.at, s.remote_id FROM service s LEFT JOIN transport t ON t.id = s.transport WHERE s.id = ?1",
    )?;
    let read = |r: &Row<'_>| {
        let state = DeliveryState::from_code(r.get(1)?).map_or("other", DeliveryState::word);
        Ok(SentMessage {
            event,
            message_id: message_id.to_owned(),
            transport: r.get::<_, Option<String>>(0)?.unwrap_or_default(),
            state: state.to_owned(),
            at: r.get(2)?,
            remote_id: r.get(3)?,
        })
    };
    let found = one.query_row([id.saturating_neg()], read).optional()?;
    Ok(found.unwrap_or_else(|| SentMessage {
        event,
        message_id: message_id.to_owned(),
        transport: String::new(),
        state: "removed".to_owned(),
        at: None,
        remote_id: None,
    }))
}

pub(super) fn get(c: &Connection, id: DeliveryId) -> Result<Option<DeliveryRow>> {
    let mut one = c.prepare_cached(
        "SELECT a.contact, a.channel, a.value, s.transport, s.state, s.reason, s.detail, s.attempts, s.evidence, s.remote_id, s.at \
         FROM service s JOIN address a ON a.id = s.address WHERE s.id = ?1",
    )?;
    let row = one.query_row([-id.0], |r| super::delivery_row::read(r, id, (ContactId(r.get(0)?), 1))).optional()?;
    Ok(row.flatten())
}

/// When the next message is due.
pub(super) fn next_due(c: &Connection, transport: TransportId) -> Result<Option<i64>> {
    Ok(c.prepare_cached(NEXT_DUE)?.query_row([transport.0], |r| r.get(0))?)
}

/// A message with class, list, payload and expiry.
type ServiceCandidate = (ClaimCandidate, u8, Option<i64>, Box<str>, Option<i64>);

fn service_candidate(row: &Row<'_>) -> rusqlite::Result<ServiceCandidate> {
    Ok((candidate(row)?, row.get(11)?, row.get(12)?, boxed(row, 13)?.unwrap_or_default(), row.get(14)?))
}

impl ClaimRun<'_> {
    /// Claims service messages that are due; they come before deliveries of broadcasts.
    pub(super) fn services(&mut self) -> Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        let rows: Vec<ServiceCandidate> = {
            let mut all = self.c.prepare_cached(DUE)?;
            all.query_map(params![self.transport.0, self.now.0, self.left], service_candidate)?
                .collect::<rusqlite::Result<_>>()?
        };
        rows.into_iter().try_for_each(|row| self.service(row))
    }

    /// One service message, due or not.
    pub(super) fn this_service(&mut self, id: DeliveryId) -> Result<()> {
        let row = params![self.transport.0, -id.0];
        let service_candidate = self.c.prepare_cached(THIS)?.query_row(row, service_candidate).optional()?;
        service_candidate.map_or(Ok(()), |row| self.service(row))
    }

    fn service(&mut self, (mut candidate, class, list, payload, expires): ServiceCandidate) -> Result<()> {
        let (id, class) = (candidate.id, Class::from_code(class));
        let over = expires.is_some_and(|e| e <= self.now.0);
        let verdict = match class {
            _ if over => Err(Refusal::BroadcastExpired),
            None => Err(Refusal::Unreadable),
            Some(class) => {
                candidate.gate = candidate.gate.with_already(self.already(candidate.address, class, list, id)?);
                self.judge(&candidate, DeliveryId(-id), class, list.map(ListId)).map(|permit| (class, permit))
            }
        };
        match verdict {
            Ok((class, permit)) => {
                self.c.prepare_cached(CLAIM)?.execute(params![id, self.session, permit.evidence().0])?;
                self.take(candidate, permit, ClaimKind::Service { class, payload }, list.map(ListId));
            }
            Err(refusal) => {
                self.c.prepare_cached(PARK)?.execute(params![id, refusal.code(), self.now.0])?;
                self.step.refused += 1;
            }
        }
        Ok(())
    }

    /// How many messages of this class the present state has seen: those sent since the consent entered it.
    fn already(&self, address: AddressId, class: Class, list: Option<i64>, id: i64) -> Result<u32> {
        let row = params![address.0, class.code(), list, id];
        Ok(self.c.prepare_cached(ALREADY)?.query_row(row, |r| r.get(0))?)
    }
}
