//! Consent events: writes sealed evidence, log leaf and row together, reads them back, and collects what a proof is made of.

use super::consent::{PUT, StoredConsent, get, put_with};
use super::target::target;
use super::writer::Writer;
use super::{service, stop_journal, text};
use crate::error::Result;
use crate::{ConsentRow, ConsentTarget, EventRow, ProofData, StoreError};
use rundruf_consent::evidence::{self, EvidenceDraft, ListChange, RecordContext, RecordId, SealedRecord, SubjectKey};
use rundruf_consent::log::Frontier;
use rundruf_consent::text::{Digest, Text, unhex};
use rundruf_consent::{Address, AddressId, Event, EventId, ListId, State, Time};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};

const INSERT_EVENT: &str = "INSERT INTO event (id, previous, record, address, list, kind, state, at, commitment, sealed) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const INSERT_NODE: &str = "INSERT INTO node (level, idx, hash) VALUES (?1, ?2, ?3)";

/// Appends sealed events to the log and inserts their rows, with prepared statements.
pub(super) struct EventAppender<'c> {
    frontier: Frontier,
    event: CachedStatement<'c>,
    node: CachedStatement<'c>,
}

impl<'c> EventAppender<'c> {
    pub(super) fn new(c: &'c Connection, frontier: Frontier) -> Result<Self> {
        Ok(Self { frontier, event: c.prepare_cached(INSERT_EVENT)?, node: c.prepare_cached(INSERT_NODE)? })
    }

    pub(super) fn append(
        &mut self,
        record: RecordId,
        previous: EventId,
        (address, list): (AddressId, ListId),
        (event, state, at): (&str, State, Time),
        sealed: &SealedRecord,
    ) -> Result<EventId> {
        let id = i64::try_from(self.frontier.size() + 1).unwrap_or(i64::MAX);
        let mut written = Ok(0);
        let node = &mut self.node;
        self.frontier.push(sealed.leaf, &mut |n| {
            let one = node.execute(params![n.level, n.index.cast_signed(), n.hash]);
            written = std::mem::replace(&mut written, Ok(0)).and(one);
        });
        written?;
        let previous = (previous.0 > 0).then_some(previous.0);
        self.event.execute(params![
            id,
            previous,
            record,
            address.0,
            list.0,
            event,
            state.code(),
            at.0,
            sealed.commitment,
            sealed.ciphertext
        ])?;
        Ok(EventId(id))
    }

    /// The log's new right edge.
    pub(super) fn finish(self) -> Frontier {
        self.frontier
    }
}

/// Commitment of an event: what the next one of the same consent chains to.
pub(super) fn commitment(c: &Connection, event: EventId) -> Result<Option<Digest>> {
    Ok(c.prepare_cached("SELECT commitment FROM event WHERE id = ?1")?.query_row([event.0], |r| r.get(0)).optional()?)
}

/// Seals and appends one event and updates the consent.
pub(super) fn record(
    w: &mut Writer,
    stored: &StoredConsent,
    address: &Address,
    event: Event,
    to: State,
    draft: &EvidenceDraft,
    now: Time,
) -> Result<StoredConsent> {
    if !matches!(to, State::Confirmed | State::Requested | State::Customer) {
        w.stopped(address);
    }
    if to == State::Held {
        let about = (address, stored.row.list);
        stop_journal::note(&w.connection, (&w.secrets.pepper, &w.stop_lines), about, event, now)?;
    }
    let key = w.keys.ensure(stored.row.address)?;
    let previous = commitment(&w.connection, stored.row.evidence)?;
    let place = RecordContext {
        record: crate::keys::random()?,
        consent: stored.uid,
        number: stored.number + 1,
        previous,
        event,
        state_after: to,
        address,
    };
    let sealed = evidence::seal(draft, &place, &key).map_err(|e| StoreError::Database(e.message()))?;
    let frontier = w.frontier()?;
    let mut log = EventAppender::new(&w.connection, frontier)?;
    let about = (stored.row.address, stored.row.list);
    let evidence = log.append(place.record, stored.row.evidence, about, (event.word(), to, now), &sealed)?;
    let frontier = log.finish();
    w.set_frontier(frontier)?;
    // A second sign-up while a request is open restarts the time to answer, and permits the one message of this state again.
    let since = if to == stored.row.state && to != State::Requested { stored.row.since } else { now };
    let next = StoredConsent {
        row: ConsentRow { state: to, since, evidence, ..stored.row },
        number: stored.number + 1,
        uid: stored.uid,
    };
    put_with(&mut w.connection.prepare_cached(PUT)?, &next)?;
    Ok(next)
}

/// Seals and appends an event about a person rather than a consent: it belongs to no list and to no chain.
pub(super) fn note(
    w: &mut Writer,
    (id, address): (AddressId, &Address),
    event: Event,
    draft: &EvidenceDraft,
    now: Time,
) -> Result<EventId> {
    let key = w.keys.ensure(id)?;
    let place = RecordContext {
        record: crate::keys::random()?,
        consent: crate::keys::random()?,
        number: 1,
        previous: None,
        event,
        state_after: State::None,
        address,
    };
    let sealed = evidence::seal(draft, &place, &key).map_err(|e| StoreError::Database(e.message()))?;
    let frontier = w.frontier()?;
    let mut log = EventAppender::new(&w.connection, frontier)?;
    let stored = log.append(place.record, EventId(0), (id, ListId(0)), (event.word(), State::None, now), &sealed)?;
    let frontier = log.finish();
    w.set_frontier(frontier)?;
    Ok(stored)
}

/// What admins say about a list belongs to no address: its key has this number, which no address ever gets.
const LISTS: AddressId = AddressId(0);

/// Seals and appends what an admin said about a list.
pub(super) fn list_change(w: &mut Writer, list: ListId, change: &ListChange<'_>) -> Result<EventId> {
    let key = w.keys.ensure(LISTS)?;
    let record = crate::keys::random()?;
    let sealed = evidence::seal_list_change(change, record, &key).map_err(|e| StoreError::Database(e.message()))?;
    let frontier = w.frontier()?;
    let mut log = EventAppender::new(&w.connection, frontier)?;
    let said = (evidence::LIST_CHANGED, State::None, change.time);
    let stored = log.append(record, EventId(0), (LISTS, list), said, &sealed)?;
    let frontier = log.finish();
    w.set_frontier(frontier)?;
    Ok(stored)
}

/// What admins have said about a list since an event of a consent.
fn list_changes(w: &Writer, list: ListId, since: EventId) -> Result<Vec<EventRow>> {
    let ids: Vec<i64> = {
        let mut all =
            w.connection.prepare_cached("SELECT event FROM list_change WHERE list = ?1 AND event > ?2 ORDER BY id")?;
        all.query_map([list.0, since.0], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    let mut out = Vec::new();
    for id in ids {
        out.append(&mut chain(w, EventId(id))?);
    }
    Ok(out)
}

/// The draft of the last event of a consent, if it can be read: sender and list as they were.
pub(super) fn last_draft(w: &Writer, stored: &StoredConsent) -> Result<Option<EvidenceDraft>> {
    let read = |r: &Row<'_>| Ok((AddressId(r.get(0)?), r.get::<_, RecordId>(1)?, r.get::<_, Option<Vec<u8>>>(2)?));
    let found = w
        .connection
        .prepare_cached("SELECT address, record, sealed FROM event WHERE id = ?1")?
        .query_row([stored.row.evidence.0], read)
        .optional()?;
    let Some((address, record, Some(sealed))) = found else { return Ok(None) };
    let Some(key) = w.keys.subject(address)? else { return Ok(None) };
    Ok(evidence::open(&sealed, record, &key).ok().and_then(|json| serde_json::from_str(&json).ok()))
}

/// All events of one consent, oldest first. They need keys, so the writer reads them.
pub(super) fn events(w: &Writer, address: AddressId, list: ListId) -> Result<Vec<EventRow>> {
    let Some(((contact, address, _), _)) = target(&w.connection, &ConsentTarget::Ids(address, list))? else {
        return Ok(Vec::new());
    };
    let Some(stored) = get(&w.connection, list, contact, address)? else { return Ok(Vec::new()) };
    chain(w, stored.row.evidence)
}

/// The events from the first one to this one.
fn chain(w: &Writer, last: EventId) -> Result<Vec<EventRow>> {
    let mut one = w
        .connection
        .prepare_cached("SELECT previous, record, kind, state, at, sealed, address FROM event WHERE id = ?1")?;
    let mut next = Some(last.0).filter(|id| *id > 0);
    let mut out = Vec::new();
    // The events of an address that was merged into this one keep their own key.
    let mut key: Option<(AddressId, Option<SubjectKey>)> = None;
    while let Some(id) = next {
        type EventColumns = (Option<i64>, RecordId, String, u8, i64, Option<Vec<u8>>, AddressId);
        let read = |r: &Row<'_>| -> rusqlite::Result<EventColumns> {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, AddressId(r.get(6)?)))
        };
        let Some((previous, record, event, state, at, sealed, owner)) = one.query_row([id], read).optional()? else {
            break;
        };
        let subject = match &key {
            Some((of, key)) if *of == owner => key.clone(),
            _ => {
                let found = w.keys.subject(owner)?;
                key = Some((owner, found.clone()));
                found
            }
        };
        let json = match (&subject, sealed) {
            (Some(key), Some(sealed)) => {
                Some(evidence::open(&sealed, record, key).map_err(|e| StoreError::Database(e.message()))?)
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
            key: subject,
        });
        next = previous;
    }
    out.reverse();
    Ok(out)
}

pub(super) fn proof(w: &Writer, address: AddressId, list: ListId) -> Result<Option<ProofData>> {
    let Some(((contact, address, _), _)) = target(&w.connection, &ConsentTarget::Ids(address, list))? else {
        return Ok(None);
    };
    let Some(stored) = get(&w.connection, list, contact, address)?.filter(|s| s.number > 0) else { return Ok(None) };
    let Some(key) = w.keys.subject(address)? else { return Ok(None) };
    let events = events(w, address, list)?;
    let mut texts: Vec<Text> = Vec::new();
    let mut sent = Vec::new();
    for (n, json) in (1..).zip(events.iter().map(|e| e.json.as_deref().unwrap_or_default())) {
        let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
        // Records of former versions name the request's link there, and not the message.
        let whole = value.pointer("/outbound/body").is_some();
        if let Some(id) = value.pointer("/outbound/message_id").and_then(serde_json::Value::as_str).filter(|_| whole) {
            sent.push(service::sent(w, n, id)?);
        }
        let digest = value.pointer("/text/sha256").and_then(serde_json::Value::as_str).and_then(unhex::<32>);
        if let Some(digest) = digest.filter(|d| texts.iter().all(|t| t.digest() != *d))
            && let Some(text) = text::get(&w.connection, digest)?
        {
            texts.push(text);
        }
    }
    let changes = events.first().map_or_else(|| Ok(Vec::new()), |first| list_changes(w, list, first.id))?;
    Ok(Some(ProofData { consent: stored.row, events, key, texts, sent, changes }))
}
