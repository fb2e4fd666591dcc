//! Confirmation requests and their limits (R11).

use super::codes::{DECLINED, NEVER_ASKED, UNANSWERED};
use super::{consent, contact};
use crate::error::Result;
use crate::{AddressRow, ConsentRow, NewRequest, RequestRow};
use const_format::formatcp;
use rundruf_consent::suppression::{self, Pepper};
use rundruf_consent::{Address, AddressFlags, AddressId, Channel, ContactId, ListId, Time};
use rusqlite::{Connection, Row, params};
use std::time::Duration;

/// No mailbox is asked more often than this.
const ONE_REQUEST_PER: Duration = Duration::from_secs(86_400);
const REQUESTS_PER_MONTH: i64 = 3;

/// Whether a mailbox was asked too often, over all lists, spellings and tags.
pub(super) fn too_many(c: &Connection, pepper: &Pepper, address: &Address, now: Time) -> Result<bool> {
    let mut count = c.prepare_cached("SELECT count(*) FROM request WHERE address = ?1 AND created > ?2")?;
    let since = |by: Duration| now.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    let (mut day, mut month) = (0, 0);
    for (id, _, _) in contact::mailbox(c, address)? {
        day += count.query_row([id.0, since(ONE_REQUEST_PER)], |r| r.get::<_, i64>(0))?;
        month += count.query_row([id.0, since(ONE_REQUEST_PER * 30)], |r| r.get::<_, i64>(0))?;
    }
    // And those that were forgotten because they were not answered.
    let hash = suppression::mailbox_hash(pepper, address);
    let mut forgotten =
        c.prepare_cached("SELECT count(*) FROM asked_before WHERE hash = ?1 AND declined = 0 AND at > ?2")?;
    day += forgotten.query_row(params![hash, since(ONE_REQUEST_PER)], |r| r.get::<_, i64>(0))?;
    month += forgotten.query_row(params![hash, since(ONE_REQUEST_PER * 30)], |r| r.get::<_, i64>(0))?;
    Ok(day >= 1 || month >= REQUESTS_PER_MONTH)
}

/// When an address last said no to a list, if it was forgotten since.
pub(super) fn declined(c: &Connection, pepper: &Pepper, address: &Address, list: ListId) -> Result<Option<Time>> {
    let hash = suppression::hash(pepper, address);
    let mut last =
        c.prepare_cached("SELECT max(at) FROM asked_before WHERE hash = ?1 AND list = ?2 AND declined = 1")?;
    Ok(last.query_row(params![hash, list.0], |r| r.get::<_, Option<i64>>(0))?.map(Time))
}

/// Keeps by hash how often and when an address was asked, and its no: it is about to be forgotten. The last event of its consents is that they are
/// erased.
pub(super) fn remember(c: &Connection, pepper: &Pepper, id: AddressId, address: &Address) -> Result<()> {
    c.prepare_cached("INSERT OR IGNORE INTO asked_before SELECT ?2, list, created, 0 FROM request WHERE address = ?1")?
        .execute(params![id.0, suppression::mailbox_hash(pepper, address)])?;
    c.prepare_cached(formatcp!(
        "INSERT OR IGNORE INTO asked_before SELECT ?2, c.list, said.at, 1 FROM address a CROSS JOIN list l \
           CROSS JOIN consent c ON c.list = l.id AND c.contact = a.contact AND c.address = a.id \
           CROSS JOIN event last ON last.id = c.evidence CROSS JOIN event said ON said.id = last.previous \
           WHERE a.id = ?1 AND said.state = {DECLINED}"
    ))?
    .execute(params![id.0, suppression::hash(pepper, address)])?;
    Ok(())
}

/// Addresses that were asked and have said no, or nothing, before this time; they said yes to nothing and nobody has to answer them.
pub(super) const UNANSWERED_BEFORE: &str = formatcp!(
    "SELECT DISTINCT c.address FROM consent c INDEXED BY consent_unanswered CROSS JOIN address a ON a.id = c.address \
     WHERE c.state IN ({DECLINED}, {UNANSWERED}) AND c.since <= ?1 AND a.channel <> 0 AND a.flags & {SUPPRESSED} = 0 AND NOT EXISTS ( \
       SELECT 1 FROM list l CROSS JOIN consent o ON o.list = l.id AND o.contact = c.contact AND o.address = c.address \
       WHERE o.state NOT IN ({NEVER_ASKED}, {DECLINED}, {UNANSWERED}) OR o.since > ?1) \
     AND NOT EXISTS (SELECT 1 FROM inbound i INDEXED BY inbound_open WHERE i.open = 1 AND i.channel = a.channel AND i.value = a.value) \
     AND NOT EXISTS (SELECT 1 FROM legal_hold h WHERE h.contact = a.contact) LIMIT ?2"
);
const SUPPRESSED: u8 = AddressFlags::SUPPRESSED.0;

pub(super) fn unanswered(c: &Connection, before: Time, limit: u32) -> Result<Vec<AddressRow>> {
    let ids: Vec<i64> = {
        let mut all = c.prepare_cached(UNANSWERED_BEFORE)?;
        all.query_map(params![before.0, limit], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    let rows = ids.into_iter().map(|id| contact::address_get(c, AddressId(id))).collect::<Result<Vec<_>>>()?;
    Ok(rows.into_iter().flatten().collect())
}

/// Whether a request can still be answered.
pub(super) fn is_open(c: &Connection, id: [u8; 16]) -> Result<bool> {
    Ok(c.prepare_cached("SELECT 1 FROM request WHERE id = ?1 AND open = 1")?.exists([id])?)
}

/// Closes the open request of a consent: it was answered, or a new one replaces it.
pub(super) fn close(c: &Connection, address: AddressId, list: ListId) -> Result<()> {
    c.prepare_cached("UPDATE request SET open = 0 WHERE address = ?1 AND list = ?2 AND open = 1")?
        .execute([address.0, list.0])?;
    Ok(())
}

pub(super) fn insert(c: &Connection, consent: &ConsentRow, request: NewRequest, now: Time) -> Result<()> {
    c.prepare_cached(
        "INSERT INTO request (id, list, contact, address, created, expires, open) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)",
    )?
    .execute(params![
        request.id,
        consent.list.0,
        consent.contact.0,
        consent.address.0,
        now.0,
        request.expires.0
    ])?;
    Ok(())
}

const REQUEST: &str = "SELECT r.id, r.list, r.contact, r.address, r.created, r.expires, r.open, a.channel, a.value \
     FROM request r JOIN address a ON a.id = r.address";

fn requests(c: &Connection, filter: &str, params: &[&dyn rusqlite::ToSql]) -> Result<Vec<RequestRow>> {
    type RequestColumns = ([u8; 16], ListId, ContactId, AddressId, Time, Time, bool, u8, String);
    let mut all = c.prepare_cached(&format!("{REQUEST} {filter}"))?;
    let read = |r: &Row<'_>| -> rusqlite::Result<RequestColumns> {
        Ok((
            r.get(0)?,
            ListId(r.get(1)?),
            ContactId(r.get(2)?),
            AddressId(r.get(3)?),
            Time(r.get(4)?),
            Time(r.get(5)?),
            r.get(6)?,
            r.get(7)?,
            r.get(8)?,
        ))
    };
    let rows: Vec<RequestColumns> = all.query_map(params, read)?.collect::<rusqlite::Result<_>>()?;
    let mut out = Vec::new();
    for (id, list, contact, address_id, created, expires, is_open, channel, value) in rows {
        let (Some(channel), Some(stored)) = (Channel::from_code(channel), consent::get(c, list, contact, address_id)?)
        else {
            continue;
        };
        let address = Address::from_normal(channel, &value);
        out.push(RequestRow { id, consent: stored.row, address, created, expires, is_open });
    }
    Ok(out)
}

pub(super) fn get(c: &Connection, id: [u8; 16]) -> Result<Option<RequestRow>> {
    Ok(requests(c, "WHERE r.id = ?1", &[&id])?.pop())
}

pub(super) fn open(c: &Connection, address: AddressId, now: Time) -> Result<Vec<RequestRow>> {
    requests(c, "WHERE r.address = ?1 AND r.open = 1 AND r.expires > ?2 ORDER BY r.created DESC", &[&address.0, &now.0])
}

pub(super) fn overdue(c: &Connection, now: Time, limit: u32) -> Result<Vec<RequestRow>> {
    requests(c, "WHERE r.open = 1 AND r.expires <= ?1 ORDER BY r.expires LIMIT ?2", &[&now.0, &limit])
}
