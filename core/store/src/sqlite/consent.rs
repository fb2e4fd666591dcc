//! The row of a consent: read and written.

use crate::ConsentRow;
use crate::error::Result;
use rundruf_consent::{AddressId, ContactId, EventId, ListId, State, Time};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

pub(super) const PUT: &str = "INSERT OR REPLACE INTO consent (list, contact, address, state, since, evidence, number, uid) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
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

/// Writes a consent with [`PUT`].
pub(super) fn put_with(put: &mut CachedStatement<'_>, s: &StoredConsent) -> Result<()> {
    let r = &s.row;
    let (state, since, evidence) = (r.state.code(), r.since.0, r.evidence.0);
    put.execute(params![r.list.0, r.contact.0, r.address.0, state, since, evidence, s.number, s.uid])?;
    Ok(())
}
