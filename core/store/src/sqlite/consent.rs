//! The row of a consent: read and written.

use crate::ConsentRow;
use crate::error::Result;
use rundruf_consent::{AddressId, ContactId, EventId, ListId, State, Time};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

pub(super) const PUT: &str = "INSERT INTO consent (list, contact, address, state, since, evidence, number, uid) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (list, contact, address) DO UPDATE SET state = excluded.state, \
     since = excluded.since, evidence = excluded.evidence, number = excluded.number, uid = excluded.uid";
const GET: &str =
    "SELECT state, since, evidence, number, uid FROM consent WHERE list = ?1 AND contact = ?2 AND address = ?3";

/// A consent with what only the store needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredConsent {
    pub(super) row: ConsentRow,
    pub(super) number: u32,
    pub(super) uid: [u8; 16],
}

/// The consent of an address and list; a fresh one in state `none` if there is none yet.
pub(super) fn get(
    c: &Connection,
    list: ListId,
    contact: ContactId,
    address: AddressId,
) -> Result<Option<StoredConsent>> {
    let read = |r: &Row<'_>| {
        let state = State::from_code(r.get(0)?);
        Ok((state, Time(r.get(1)?), EventId(r.get(2)?), r.get::<_, u32>(3)?, r.get::<_, [u8; 16]>(4)?))
    };
    let found = c.prepare_cached(GET)?.query_row([list.0, contact.0, address.0], read).optional()?;
    let Some((state, since, evidence, number, uid)) = found else { return Ok(None) };
    // A number that means nothing to this program is not a yes.
    let state = state.unwrap_or(State::Invalidated);
    Ok(Some(StoredConsent { row: ConsentRow { list, contact, address, state, since, evidence }, number, uid }))
}

impl StoredConsent {
    /// Nothing was ever said.
    pub(super) const fn fresh(list: ListId, contact: ContactId, address: AddressId, now: Time, uid: [u8; 16]) -> Self {
        let row = ConsentRow { list, contact, address, state: State::None, since: now, evidence: EventId(0) };
        Self { row, number: 0, uid }
    }
}

/// The person came back to this list: a stop for everything does not hold for this consent any more.
pub(super) fn reopen(c: &Connection, row: &ConsentRow) -> Result<()> {
    c.prepare_cached("UPDATE consent SET reopened = 1 WHERE list = ?1 AND contact = ?2 AND address = ?3")?
        .execute([row.list.0, row.contact.0, row.address.0])?;
    Ok(())
}

/// The person left everything: it holds for every consent of the address.
pub(super) fn shut(c: &Connection, contact: ContactId, address: AddressId) -> Result<()> {
    c.prepare_cached(
        "UPDATE consent SET reopened = 0 WHERE list IN (SELECT id FROM list) AND contact = ?1 AND address = ?2 AND reopened <> 0",
    )?
    .execute([contact.0, address.0])?;
    Ok(())
}

/// Writes a consent with [`PUT`].
pub(super) fn put_with(put: &mut CachedStatement<'_>, s: &StoredConsent) -> Result<()> {
    let r = &s.row;
    let (state, since, evidence) = (r.state.code(), r.since.0, r.evidence.0);
    put.execute(params![r.list.0, r.contact.0, r.address.0, state, since, evidence, s.number, s.uid])?;
    Ok(())
}
