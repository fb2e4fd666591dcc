//! Moves of consents: state, evidence, leaf, suppression, request and messages in one transaction.

use super::writer::Writer;
use super::{contact, event, request, service, suppression};
use crate::error::Result;
use crate::{ConsentChange, ConsentResult, ConsentRow, ConsentTarget};
use rundruf_consent::{Address, AddressId, Channel, ContactId, Event, EventId, ListId, State, Time, transition};
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

pub(super) fn apply(w: &mut Writer, moves: Vec<ConsentChange>, now: Time) -> Result<Vec<ConsentResult>> {
    moves.into_iter().map(|m| apply_one(w, m, now)).collect()
}

fn apply_one(w: &mut Writer, m: ConsentChange, now: Time) -> Result<ConsentResult> {
    let Some((address_row, list)) = target(&w.connection, &m.target)? else { return Ok(ConsentResult::NoTarget) };
    let (contact, id, address) = (address_row.0, address_row.1, address_row.2);
    let stored = match get(&w.connection, list, contact, id)? {
        Some(stored) => stored,
        None => StoredConsent::fresh(list, contact, id, now, crate::keys::random()?),
    };
    let before = stored.row.state;
    let step = match transition(before, m.event, stored.row.since, now) {
        Ok(step) => step,
        Err(illegal) => return Ok(ConsentResult::Illegal(illegal)),
    };
    if m.event == Event::SignUp && request::too_many(&w.connection, id, now)? {
        return Ok(ConsentResult::TooMany);
    }
    // A sign-up is an event even where the state stays (somebody confirmed asks again); a repeated stop or yes is not.
    let changed = step.to != before;
    if !changed && !matches!(m.event, Event::SignUp | Event::Renew) {
        return Ok(ConsentResult::Done { consent: stored.row, before, changed: false });
    }
    let stored = event::record(w, &stored, &address, m.event, step.to, &m.draft, now)?;
    if step.suppress {
        suppression::add(w, &address, list, now)?;
    }
    if step.lift {
        suppression::lift(w, &address, list)?;
    }
    request::close(&w.connection, id, list)?;
    if let Some(request) = m.request {
        request::insert(&w.connection, &stored.row, request, now)?;
    }
    for mut new in m.services {
        new.address = new.address.or(Some(id));
        new.list = new.list.or(Some(list));
        service::insert(&w.connection, &new, now)?;
    }
    Ok(ConsentResult::Done { consent: stored.row, before, changed })
}

type TargetAddress = ((ContactId, AddressId, Address), ListId);

/// Finds the address and list that a move is about.
pub(super) fn target(c: &Connection, target: &ConsentTarget) -> Result<Option<TargetAddress>> {
    let (id, list) = match target {
        ConsentTarget::Ids(address, list) => (*address, *list),
        ConsentTarget::Address(address, list) => match contact::find(c, address)? {
            Some((id, _, _)) => (id, *list),
            None => return Ok(None),
        },
        ConsentTarget::Request(request) => {
            let found = c
                .prepare_cached("SELECT address, list FROM request WHERE id = ?1")?
                .query_row([request], |r| Ok((AddressId(r.get(0)?), ListId(r.get(1)?))))
                .optional()?;
            match found {
                Some(found) => found,
                None => return Ok(None),
            }
        }
    };
    let read = |r: &Row<'_>| Ok((ContactId(r.get(0)?), r.get::<_, u8>(1)?, r.get::<_, String>(2)?));
    let found = c
        .prepare_cached("SELECT contact, channel, value FROM address WHERE id = ?1")?
        .query_row([id.0], read)
        .optional()?;
    Ok(found.and_then(|(contact, channel, value)| {
        Some(((contact, id, Address::from_normal(Channel::from_code(channel)?, &value)), list))
    }))
}
