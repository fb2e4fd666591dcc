//! Confirmation requests and their limits (R11).

use super::{consent, contact};
use crate::error::Result;
use crate::{ConsentRow, NewRequest, RequestRow};
use rundruf_consent::{Address, AddressId, Channel, ContactId, ListId, Time};
use rusqlite::{Connection, Row, params};
use std::time::Duration;

/// No mailbox is asked more often than this.
const ONE_REQUEST_PER: Duration = Duration::from_secs(86_400);
const REQUESTS_PER_MONTH: i64 = 3;

/// Whether a mailbox was asked too often, over all lists, spellings and tags.
pub(super) fn too_many(c: &Connection, address: &Address, now: Time) -> Result<bool> {
    let mut count = c.prepare_cached("SELECT count(*) FROM request WHERE address = ?1 AND created > ?2")?;
    let since = |by: Duration| now.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    let (mut day, mut month) = (0, 0);
    for (id, _, _) in contact::mailbox(c, address)? {
        day += count.query_row([id.0, since(ONE_REQUEST_PER)], |r| r.get::<_, i64>(0))?;
        month += count.query_row([id.0, since(ONE_REQUEST_PER * 30)], |r| r.get::<_, i64>(0))?;
    }
    Ok(day >= 1 || month >= REQUESTS_PER_MONTH)
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
