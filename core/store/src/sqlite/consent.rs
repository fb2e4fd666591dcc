//! Moves of consents: state, evidence, leaf, suppression, request and messages in one transaction.

use super::writer::Writer;
use super::{Result, contact, service};
use crate::{ConsentRow, EventRow, Move, Moved, NewRequest, ProofData, RequestRow, StoreError, Target};
use rundruf_consent::evidence::{self, Draft, Place, RecordId, Sealed};
use rundruf_consent::log::Frontier;
use rundruf_consent::suppress;
use rundruf_consent::text::{Digest, Text, TextKind, unhex};
use rundruf_consent::{Address, AddressId, Channel, ContactId, Event, EventId, ListId, State, Time, transition};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::time::Duration;

const INSERT_EVENT: &str = "INSERT INTO event (id, previous, record, address, list, kind, state, at, commitment, sealed) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const PUT: &str = "INSERT OR REPLACE INTO consent (list, contact, address, state, since, evidence, number, uid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const GET: &str =
    "SELECT state, since, evidence, number, uid FROM consent WHERE list = ?1 AND contact = ?2 AND address = ?3";

/// No address is asked more often than this (R11).
const ONE_REQUEST_PER: Duration = Duration::from_secs(86_400);
const REQUESTS_PER_MONTH: i64 = 3;

/// A consent with what only the store needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    pub(super) row: ConsentRow,
    pub(super) number: u32,
    pub(super) uid: [u8; 16],
}

/// The consent of an address and list; a fresh one in state `none` if there is none yet.
pub(super) fn get(c: &Connection, list: ListId, contact: ContactId, address: AddressId) -> Result<Option<Stored>> {
    let read = |r: &Row<'_>| {
        let state = State::from_code(r.get(0)?);
        Ok((state, Time(r.get(1)?), EventId(r.get(2)?), r.get::<_, u32>(3)?, r.get::<_, [u8; 16]>(4)?))
    };
    let found = c.prepare_cached(GET)?.query_row([list.0, contact.0, address.0], read).optional()?;
    let Some((state, since, evidence, number, uid)) = found else { return Ok(None) };
    // A number that means nothing to this program is not a yes.
    let state = state.unwrap_or(State::Invalidated);
    Ok(Some(Stored { row: ConsentRow { list, contact, address, state, since, evidence }, number, uid }))
}

/// Appends a sealed event to the log and writes it down.
pub(super) fn append(
    w: &Writer,
    frontier: &mut Frontier,
    record: RecordId,
    previous: EventId,
    (address, list): (AddressId, ListId),
    (event, state, at): (Event, State, Time),
    sealed: &Sealed,
) -> Result<EventId> {
    let id = i64::try_from(frontier.size() + 1).unwrap_or(i64::MAX);
    let mut nodes = Vec::new();
    frontier.push(sealed.leaf, &mut |node| nodes.push(node));
    for node in nodes {
        w.connection.prepare_cached("INSERT INTO node (level, idx, hash) VALUES (?1, ?2, ?3)")?.execute(params![
            node.level,
            node.index.cast_signed(),
            node.hash
        ])?;
    }
    let previous = (previous.0 > 0).then_some(previous.0);
    w.connection.prepare_cached(INSERT_EVENT)?.execute(params![
        id,
        previous,
        record,
        address.0,
        list.0,
        event.word(),
        state.code(),
        at.0,
        sealed.commitment,
        sealed.ciphertext
    ])?;
    Ok(EventId(id))
}

/// Writes a consent.
pub(super) fn put(c: &Connection, s: &Stored) -> Result<()> {
    let r = &s.row;
    c.prepare_cached(PUT)?.execute(params![
        r.list.0,
        r.contact.0,
        r.address.0,
        r.state.code(),
        r.since.0,
        r.evidence.0,
        s.number,
        s.uid
    ])?;
    Ok(())
}

/// Commitment of an event: what the next one of the same consent chains to.
pub(super) fn commitment(c: &Connection, event: EventId) -> Result<Option<Digest>> {
    Ok(c.prepare_cached("SELECT commitment FROM event WHERE id = ?1")?.query_row([event.0], |r| r.get(0)).optional()?)
}

pub(super) fn apply(w: &mut Writer, moves: Vec<Move>, now: Time) -> Result<Vec<Moved>> {
    moves.into_iter().map(|m| apply_one(w, m, now)).collect()
}

fn apply_one(w: &mut Writer, m: Move, now: Time) -> Result<Moved> {
    let Some((address_row, list)) = target(&w.connection, &m.target)? else { return Ok(Moved::NoTarget) };
    let (contact, id, address) = (address_row.0, address_row.1, address_row.2);
    let stored = match get(&w.connection, list, contact, id)? {
        Some(stored) => stored,
        None => Stored {
            row: ConsentRow { list, contact, address: id, state: State::None, since: now, evidence: EventId(0) },
            number: 0,
            uid: crate::keys::random()?,
        },
    };
    let before = stored.row.state;
    let step = match transition(before, m.event, stored.row.since, now) {
        Ok(step) => step,
        Err(illegal) => return Ok(Moved::Illegal(illegal)),
    };
    if m.event == Event::SignUp && too_many(&w.connection, id, now)? {
        return Ok(Moved::TooMany);
    }
    // A sign-up is an event even where the state stays (somebody confirmed asks again); a repeated stop or yes is not.
    let changed = step.to != before;
    if !changed && !matches!(m.event, Event::SignUp | Event::Renew) {
        return Ok(Moved::Done { consent: stored.row, before, changed: false });
    }
    let stored = record(w, &stored, &address, m.event, step.to, &m.draft, now)?;
    if step.suppress {
        suppress(w, &address, list, now)?;
    }
    if step.lift {
        lift(w, &address, list)?;
    }
    close_requests(&w.connection, id, list)?;
    if let Some(request) = m.request {
        insert_request(&w.connection, &stored.row, request, now)?;
    }
    for mut new in m.services {
        new.address = new.address.or(Some(id));
        new.list = new.list.or(Some(list));
        service::insert(&w.connection, &new, now)?;
    }
    Ok(Moved::Done { consent: stored.row, before, changed })
}

/// Seals and appends one event, and moves the consent there.
fn record(
    w: &mut Writer,
    stored: &Stored,
    address: &Address,
    event: Event,
    to: State,
    draft: &Draft,
    now: Time,
) -> Result<Stored> {
    let key = w.keys.ensure(&[stored.row.address])?.remove(&stored.row.address).ok_or(StoreError::Closed)?;
    let previous = commitment(&w.connection, stored.row.evidence)?;
    let place = Place {
        record: crate::keys::random()?,
        consent: stored.uid,
        number: stored.number + 1,
        previous,
        event,
        state_after: to,
        address,
    };
    let sealed = evidence::seal(draft, &place, &key).map_err(|e| StoreError::Database(e.to_string()))?;
    let mut frontier = w.frontier()?;
    let about = (stored.row.address, stored.row.list);
    let evidence = append(w, &mut frontier, place.record, stored.row.evidence, about, (event, to, now), &sealed)?;
    w.set_frontier(frontier)?;
    let since = if to == stored.row.state { stored.row.since } else { now };
    let next = Stored {
        row: ConsentRow { state: to, since, evidence, ..stored.row },
        number: stored.number + 1,
        uid: stored.uid,
    };
    put(&w.connection, &next)?;
    Ok(next)
}

type Found = ((ContactId, AddressId, Address), ListId);

fn target(c: &Connection, target: &Target) -> Result<Option<Found>> {
    let (id, list) = match target {
        Target::Ids(address, list) => (*address, *list),
        Target::Address(address, list) => match contact::find(c, address)? {
            Some((id, _, _)) => (id, *list),
            None => return Ok(None),
        },
        Target::Request(request) => {
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

fn too_many(c: &Connection, address: AddressId, now: Time) -> Result<bool> {
    let mut count = c.prepare_cached("SELECT count(*) FROM request WHERE address = ?1 AND created > ?2")?;
    let since = |by: Duration| now.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    // One open request for each list may stand beside another list's: the limits are for the address as a whole.
    let day: i64 = count.query_row([address.0, since(ONE_REQUEST_PER)], |r| r.get(0))?;
    let month: i64 = count.query_row([address.0, since(ONE_REQUEST_PER * 30)], |r| r.get(0))?;
    Ok(day >= 1 || month >= REQUESTS_PER_MONTH)
}

fn suppress(w: &Writer, address: &Address, list: ListId, now: Time) -> Result<()> {
    let hash = suppress::hash(&w.secrets.pepper, address);
    w.connection
        .prepare_cached("INSERT OR IGNORE INTO suppression (hash, list, created) VALUES (?1, ?2, ?3)")?
        .execute(params![hash, list.0, now.0])?;
    Ok(())
}

fn lift(w: &Writer, address: &Address, list: ListId) -> Result<()> {
    for hash in suppress::hashes(&w.secrets.pepper, address) {
        w.connection
            .prepare_cached("DELETE FROM suppression WHERE hash = ?1 AND list = ?2")?
            .execute(params![hash, list.0])?;
    }
    Ok(())
}

fn close_requests(c: &Connection, address: AddressId, list: ListId) -> Result<()> {
    c.prepare_cached("UPDATE request SET open = 0 WHERE address = ?1 AND list = ?2 AND open = 1")?
        .execute([address.0, list.0])?;
    Ok(())
}

fn insert_request(c: &Connection, consent: &ConsentRow, request: NewRequest, now: Time) -> Result<()> {
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

const REQUEST: &str = "SELECT r.id, r.list, r.contact, r.address, r.created, r.expires, a.channel, a.value FROM request r JOIN address a ON a.id = r.address";

fn requests(c: &Connection, filter: &str, params: &[&dyn rusqlite::ToSql]) -> Result<Vec<RequestRow>> {
    type Raw = ([u8; 16], ListId, ContactId, AddressId, Time, Time, u8, String);
    let mut all = c.prepare_cached(&format!("{REQUEST} {filter}"))?;
    let read = |r: &Row<'_>| -> rusqlite::Result<Raw> {
        Ok((
            r.get(0)?,
            ListId(r.get(1)?),
            ContactId(r.get(2)?),
            AddressId(r.get(3)?),
            Time(r.get(4)?),
            Time(r.get(5)?),
            r.get(6)?,
            r.get(7)?,
        ))
    };
    let rows: Vec<Raw> = all.query_map(params, read)?.collect::<rusqlite::Result<_>>()?;
    let mut out = Vec::new();
    for (id, list, contact, address_id, created, expires, channel, value) in rows {
        let (Some(channel), Some(stored)) = (Channel::from_code(channel), get(c, list, contact, address_id)?) else {
            continue;
        };
        let address = Address::from_normal(channel, &value);
        out.push(RequestRow { id, consent: stored.row, address, created, expires });
    }
    Ok(out)
}

pub(super) fn request_get(c: &Connection, id: [u8; 16]) -> Result<Option<RequestRow>> {
    Ok(requests(c, "WHERE r.id = ?1", &[&id])?.pop())
}

pub(super) fn request_open(c: &Connection, address: AddressId, now: Time) -> Result<Vec<RequestRow>> {
    requests(c, "WHERE r.address = ?1 AND r.open = 1 AND r.expires > ?2 ORDER BY r.created DESC", &[&address.0, &now.0])
}

pub(super) fn request_overdue(c: &Connection, now: Time, limit: u32) -> Result<Vec<RequestRow>> {
    requests(c, "WHERE r.open = 1 AND r.expires <= ?1 ORDER BY r.expires LIMIT ?2", &[&now.0, &limit])
}

/// All events of one consent, oldest first. They need keys, so the writer reads them.
pub(super) fn events(w: &Writer, address: AddressId, list: ListId) -> Result<Vec<EventRow>> {
    let Some((found, _)) = target(&w.connection, &Target::Ids(address, list))? else { return Ok(Vec::new()) };
    let Some(stored) = get(&w.connection, list, found.0, address)? else { return Ok(Vec::new()) };
    let key = w.keys.subject(address)?;
    let mut one =
        w.connection.prepare_cached("SELECT previous, record, kind, state, at, sealed FROM event WHERE id = ?1")?;
    let mut next = Some(stored.row.evidence.0).filter(|id| *id > 0);
    let mut out = Vec::new();
    while let Some(id) = next {
        type Raw = (Option<i64>, RecordId, String, u8, i64, Option<Vec<u8>>);
        let read = |r: &Row<'_>| -> rusqlite::Result<Raw> {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?))
        };
        let Some((previous, record, event, state, at, sealed)) = one.query_row([id], read).optional()? else { break };
        let json = match (&key, sealed) {
            (Some(key), Some(sealed)) => {
                Some(evidence::open(&sealed, record, key).map_err(|e| StoreError::Database(e.to_string()))?)
            }
            _ => None,
        };
        out.push(EventRow {
            id: EventId(id),
            record,
            event,
            state_after: State::from_code(state).unwrap_or(State::Invalidated),
            at: Time(at),
            json,
        });
        next = previous;
    }
    out.reverse();
    Ok(out)
}

pub(super) fn proof(w: &Writer, address: AddressId, list: ListId) -> Result<Option<ProofData>> {
    let Some((found, _)) = target(&w.connection, &Target::Ids(address, list))? else { return Ok(None) };
    let Some(stored) = get(&w.connection, list, found.0, address)?.filter(|s| s.number > 0) else { return Ok(None) };
    let Some(key) = w.keys.subject(address)? else { return Ok(None) };
    let events = events(w, address, list)?;
    let mut texts: Vec<Text> = Vec::new();
    for json in events.iter().filter_map(|e| e.json.as_deref()) {
        let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
        let digest = value.pointer("/text/sha256").and_then(serde_json::Value::as_str).and_then(unhex::<32>);
        if let Some(digest) = digest.filter(|d| texts.iter().all(|t| t.digest() != *d))
            && let Some(text) = text_get(&w.connection, digest)?
        {
            texts.push(text);
        }
    }
    Ok(Some(ProofData { consent: stored.row, events, key, texts }))
}

pub(super) fn text_put(c: &Connection, text: &Text) -> Result<Digest> {
    let digest = text.digest();
    c.prepare_cached("INSERT OR IGNORE INTO text (digest, kind, language, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![digest, text.kind.code(), text.language, text.body])?;
    Ok(digest)
}

pub(super) fn text_get(c: &Connection, digest: Digest) -> Result<Option<Text>> {
    let read = |r: &Row<'_>| Ok((r.get::<_, u8>(0)?, r.get(1)?, r.get(2)?));
    let found = c
        .prepare_cached("SELECT kind, language, body FROM text WHERE digest = ?1")?
        .query_row([digest], read)
        .optional()?;
    Ok(found.and_then(|(kind, language, body)| Some(Text { kind: TextKind::from_code(kind)?, language, body })))
}
