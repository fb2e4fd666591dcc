//! Many at once. Evidence is sealed on threads of their own while people and addresses are written: the first event of a consent needs to
//! know nothing of the database. One transaction for the whole array, sorted by address.

mod place; // people and addresses
mod verdict; // what is told about each address

use super::Result;
use super::consent::{PUT, Stored, get, put_with};
use super::event::{self, Appender};
use super::writer::Writer;
use crate::keys::{NONCE, Offer};
use crate::{ConsentRow, ImportMeta, ImportResult, ImportRow, StoreError};
use place::{Item, Places, Twice};
use rundruf_consent::evidence::{self, Place, RecordId, Sealed, SubjectKey};
use rundruf_consent::{Address, Channel, Event, ListId, State, Time, transition};
use rusqlite::{OptionalExtension, params};
use verdict::{Results, kept, reached};

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

/// One address of one row.
#[derive(Clone, Copy)]
struct Job<'a> {
    row: usize,
    nth: usize,
    import: &'a ImportRow,
    address: &'a Address,
}

/// Everything random that one address may need: names of the record and the consent, a key and the nonce to wrap it.
const CHANCE: usize = 16 + 16 + 32 + NONCE;

struct Chance {
    record: RecordId,
    consent: [u8; 16],
    key: SubjectKey,
    nonce: [u8; NONCE],
}

impl Chance {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (record, rest) = bytes.split_first_chunk()?;
        let (consent, rest) = rest.split_first_chunk()?;
        let (key, rest) = rest.split_first_chunk()?;
        let (nonce, _) = rest.split_first_chunk()?;
        Some(Self { record: *record, consent: *consent, key: SubjectKey(*key), nonce: *nonce })
    }
}

fn first_of(row: &ImportRow) -> Option<(Channel, &str)> {
    row.contact.addresses.first().map(|a| (a.channel(), a.value()))
}

/// The cost of an import is the random insert into the index of addresses: sorted, neighbours share pages.
fn sorted(rows: &[ImportRow]) -> Vec<Job<'_>> {
    let mut order: Vec<_> = rows.iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| first_of(a).cmp(&first_of(b)));
    let mut jobs = Vec::with_capacity(rows.len());
    for (row, import) in order {
        let addresses = import.contact.addresses.iter().enumerate();
        jobs.extend(addresses.map(|(nth, address)| Job { row, nth, import, address }));
    }
    jobs
}

pub(super) fn rows(w: &mut Writer, import: i64, rows: &[ImportRow], now: Time) -> Result<Vec<ImportResult>> {
    let list = w
        .connection
        .prepare_cached("SELECT list FROM import WHERE id = ?1")?
        .query_row([import], |r| r.get(0).map(ListId))
        .optional()?;
    let list = list.ok_or_else(|| StoreError::Missing(format!("import `{import}`")))?;
    w.many_rows()?;
    let jobs = sorted(rows);
    let mut chance = vec![0; jobs.len() * CHANCE];
    crate::keys::fill(&mut chance)?;
    let mut results = Results::new(rows);
    let (items, twice, keys, mut sealed) = std::thread::scope(|scope| -> Result<_> {
        let part = jobs.len().div_ceil(SEALERS).max(1);
        let sealers: Vec<_> = jobs
            .chunks(part)
            .zip(chance.chunks(part * CHANCE))
            .map(|(jobs, chance)| scope.spawn(move || seal_first(jobs, chance)))
            .collect();
        let (items, twice) = Places::new(w, list, now)?.all(&jobs, &chance, &mut results)?;
        let offers: Vec<Offer> = items.iter().map(Item::offer).collect();
        let keys = w.keys.adopt(&offers)?;
        let mut sealed = Vec::with_capacity(jobs.len());
        for sealer in sealers {
            sealed.extend(sealer.join().map_err(|_| unsealed("a thread died"))?);
        }
        Ok((items, twice, keys, sealed))
    })?;
    let frontier = w.frontier()?;
    let mut log = Appender::new(&w.connection, frontier)?;
    let mut put = w.connection.prepare_cached(PUT)?;
    for (item, key) in items.iter().zip(keys) {
        let stored = &item.stored;
        let first = sealed.get_mut(item.seq).and_then(Option::take);
        let sealed = match (first, key) {
            // What was sealed ahead fits: it is the first event, under the key that was adopted.
            (Some(first), None) if stored.number == 0 => first,
            (_, key) => item.seal(key.as_ref())?,
        };
        let about = (stored.row.address, list);
        let what = (item.job.import.event, item.to, now);
        let evidence = log.append(item.chance.record, stored.row.evidence, about, what, &sealed)?;
        let row = ConsentRow { state: item.to, since: now, evidence, ..stored.row };
        put_with(&mut put, &Stored { row, number: stored.number + 1, uid: stored.uid })?;
        results.set(&item.job, reached(item.to));
    }
    drop(put);
    let frontier = log.finish();
    w.set_frontier(frontier)?;
    for again in twice {
        second(w, list, &again, &mut results, now)?;
    }
    Ok(results.done())
}

/// What stands twice in one array meets what its first row left, as if it came with the next array.
fn second(w: &mut Writer, list: ListId, again: &Twice<'_>, results: &mut Results, now: Time) -> Result<()> {
    let (job, import) = (&again.job, again.job.import);
    if !results.is_open(job) {
        return Ok(());
    }
    let stored = match get(&w.connection, list, again.owner, again.id)? {
        Some(stored) => stored,
        None => Stored::fresh(list, again.owner, again.id, now, crate::keys::random()?),
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

/// Seals what would be the first event of each consent. Where that cannot be, nothing: it is sealed later, or not at all.
fn seal_first(jobs: &[Job<'_>], chance: &[u8]) -> Vec<Option<Sealed>> {
    let one = |job: &Job<'_>, bytes: &[u8]| {
        let chance = Chance::read(bytes)?;
        let step = transition(State::None, job.import.event, Time(0), Time(0)).ok()?;
        let place = Place {
            record: chance.record,
            consent: chance.consent,
            number: 1,
            previous: None,
            event: job.import.event,
            state_after: step.to,
            address: job.address,
        };
        evidence::seal(&job.import.draft, &place, &chance.key).ok()
    };
    jobs.iter().zip(chance.chunks_exact(CHANCE)).map(|(job, bytes)| one(job, bytes)).collect()
}

impl Item<'_> {
    /// Seals an event that was not sealed ahead; `key` is the one that the address had before.
    fn seal(&self, key: Option<&SubjectKey>) -> Result<Sealed> {
        let place = Place {
            record: self.chance.record,
            consent: self.stored.uid,
            number: self.stored.number + 1,
            previous: self.previous,
            event: self.job.import.event,
            state_after: self.to,
            address: self.job.address,
        };
        let sealed = evidence::seal(&self.job.import.draft, &place, key.unwrap_or(&self.chance.key));
        sealed.map_err(|e| unsealed(&e.to_string()))
    }

    fn offer(&self) -> Offer {
        let Chance { key, nonce, .. } = &self.chance;
        Offer { address: self.stored.row.address, is_new: self.is_new, key: key.clone(), nonce: *nonce }
    }
}

fn unsealed(why: &str) -> StoreError {
    StoreError::Database(format!("evidence could not be sealed: {why}"))
}
