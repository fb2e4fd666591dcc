//! Imports. One transaction for the whole array, sorted by address. Two threads seal evidence while contacts and addresses are written: the
//! first event of a consent needs nothing from the database.

mod address; // one address of one row, and what it may need
mod dry_run; // the same, and nothing is kept
mod resolve; // finds or creates contacts and addresses
mod verdict; // the verdict on each address

pub(super) use dry_run::check;

use super::consent::{PUT, StoredConsent, get, put_with};
use super::event::{self, EventAppender};
use super::list_hold;
use super::person;
use super::writer::Writer;
use crate::error::Result;
use crate::keys::KeyOffer;
use crate::{ConsentRow, ContactEdit, ImportMeta, ImportResult, ImportRow, NewContact, StoreError};
use address::{ImportAddress, RANDOM_BYTES, RandomBytes, sorted};
use resolve::{ContactResolver, Duplicate, PlannedEdit, PlannedEvent, Resolved};
use rundruf_consent::evidence::{self, RecordContext, SealedRecord, SubjectKey};
use rundruf_consent::{ContactId, Event, ListId, State, Time, transition};
use rundruf_lang::{Message, msg};
use rusqlite::{OptionalExtension, params};
use std::sync::Arc;
use verdict::{ImportResults, kept, reached};

/// Evidence is sealed on this many threads.
const SEALERS: usize = 2;

pub(super) fn begin(w: &mut Writer, meta: &ImportMeta, now: Time) -> Result<i64> {
    w.connection.execute(
        "INSERT INTO import (list, class, file_sha256, mapping, actor, begun) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![meta.list.0, Event::Import(meta.class).word(), meta.file_sha256, meta.mapping, meta.actor, now.0],
    )?;
    Ok(w.connection.last_insert_rowid())
}

pub(super) fn end(w: &mut Writer, import: i64, counts: &str, now: Time) -> Result<()> {
    w.connection.execute("UPDATE import SET ended = ?2, counts = ?3 WHERE id = ?1", params![import, now.0, counts])?;
    Ok(())
}

pub(super) fn rows(w: &mut Writer, import: i64, rows: &[ImportRow], now: Time) -> Result<Vec<ImportResult>> {
    let list = w
        .connection
        .prepare_cached("SELECT list FROM import WHERE id = ?1")?
        .query_row([import], |r| r.get(0).map(ListId))
        .optional()?;
    let list = list.ok_or_else(|| StoreError::Missing(msg!("store-no-import", id = import)))?;
    list_hold::check_open(&w.connection, list)?;
    w.many_rows()?;
    let jobs = sorted(rows);
    let mut random = vec![0; jobs.len() * RANDOM_BYTES];
    crate::keys::fill(&mut random)?;
    let mut results = ImportResults::new(rows);
    let (resolved, keys, mut sealed) = std::thread::scope(|scope| -> Result<_> {
        let part = jobs.len().div_ceil(SEALERS).max(1);
        let sealers: Vec<_> = jobs
            .chunks(part)
            .zip(random.chunks(part * RANDOM_BYTES))
            .map(|(jobs, random)| scope.spawn(move || seal_first(jobs, random)))
            .collect();
        let resolved = ContactResolver::new(w, list, jobs.len(), now)?.all(&jobs, &random, &mut results)?;
        let offers: Vec<KeyOffer> = resolved.events.iter().map(PlannedEvent::offer).collect();
        let keys = w.keys.adopt(&offers)?;
        let mut sealed = Vec::with_capacity(jobs.len());
        for sealer in sealers {
            sealed.extend(sealer.join().map_err(|_| unsealed(msg!("store-thread-died")))?);
        }
        Ok((resolved, keys, sealed))
    })?;
    let Resolved { events: items, duplicates, edits } = resolved;
    let frontier = w.frontier()?;
    let mut log = EventAppender::new(&w.connection, frontier)?;
    let mut put = w.connection.prepare_cached(PUT)?;
    for (item, key) in items.iter().zip(keys) {
        let stored = &item.stored;
        let first = sealed.get_mut(item.seq).and_then(Option::take);
        let sealed = match (first, key) {
            // Sealed ahead, and still right: it is the first event, under the new key.
            (Some(first), None) if stored.number == 0 => first,
            (_, key) => item.seal(key.as_ref())?,
        };
        let about = (stored.row.address, list);
        let what = (item.job.import.event.word(), item.to, now);
        let evidence = log.append(item.random.record, stored.row.evidence, about, what, &sealed)?;
        let row = ConsentRow { state: item.to, since: now, evidence, ..stored.row };
        put_with(&mut put, &StoredConsent { row, number: stored.number + 1, uid: stored.uid })?;
        results.set(&item.job, reached(item.to));
    }
    drop(put);
    let frontier = log.finish();
    w.set_frontier(frontier)?;
    for again in duplicates {
        second(w, list, &again, &mut results, now)?;
    }
    for PlannedEdit { job, contact } in edits {
        if person::change(w, &edit_of(&job, contact), now)? {
            results.set_updated(&job);
        }
    }
    Ok(results.done())
}

/// What the row says about a known contact. An empty cell says nothing about a person.
fn edit_of(job: &ImportAddress<'_>, contact: ContactId) -> ContactEdit {
    let NewContact { language, vars, .. } = &job.import.contact;
    let vars = vars.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k.clone(), v.clone())).collect();
    ContactEdit { contact, language: language.clone(), vars, draft: Arc::clone(&job.import.draft) }
}

/// Applies an address that occurs a second time in the array, as if it came with the next array.
fn second(w: &mut Writer, list: ListId, again: &Duplicate<'_>, results: &mut ImportResults, now: Time) -> Result<()> {
    let (job, import) = (&again.job, again.job.import);
    if !results.is_open(job) {
        return Ok(());
    }
    let stored = match get(&w.connection, list, again.owner, again.id)? {
        Some(stored) => stored,
        None => StoredConsent::fresh(list, again.owner, again.id, now, crate::keys::random()?),
    };
    let verdict = match transition(stored.row.state, import.event, stored.row.since, now) {
        Ok(step) if step.to != stored.row.state => {
            event::record(w, &stored, job.address, import.event, step.to, &import.draft, now)?;
            reached(step.to)
        }
        _ => kept(stored.row.state),
    };
    results.set(job, verdict);
    Ok(())
}

/// Seals what would be the first event of each consent; `None` where that is not possible.
fn seal_first(jobs: &[ImportAddress<'_>], random: &[u8]) -> Vec<Option<SealedRecord>> {
    let one = |job: &ImportAddress<'_>, bytes: &[u8]| {
        let random = RandomBytes::read(bytes)?;
        let step = transition(State::None, job.import.event, Time(0), Time(0)).ok()?;
        let resolve = RecordContext {
            record: random.record,
            consent: random.consent,
            number: 1,
            previous: None,
            event: job.import.event,
            state_after: step.to,
            address: job.address,
        };
        evidence::seal(&job.import.draft, &resolve, &random.key).ok()
    };
    jobs.iter().zip(random.chunks_exact(RANDOM_BYTES)).map(|(job, bytes)| one(job, bytes)).collect()
}

impl PlannedEvent<'_> {
    /// Seals an event that was not sealed ahead; `key` is the one that the address had before.
    fn seal(&self, key: Option<&SubjectKey>) -> Result<SealedRecord> {
        let resolve = RecordContext {
            record: self.random.record,
            consent: self.stored.uid,
            number: self.stored.number + 1,
            previous: self.previous,
            event: self.job.import.event,
            state_after: self.to,
            address: self.job.address,
        };
        let sealed = evidence::seal(&self.job.import.draft, &resolve, key.unwrap_or(&self.random.key));
        sealed.map_err(|e| unsealed(e.message()))
    }

    fn offer(&self) -> KeyOffer {
        let RandomBytes { key, nonce, .. } = &self.random;
        KeyOffer { address: self.stored.row.address, is_new: self.is_new, key: key.clone(), nonce: *nonce }
    }
}

fn unsealed(why: Message) -> StoreError {
    StoreError::Database(msg!("store-evidence-not-sealed", why = why))
}
