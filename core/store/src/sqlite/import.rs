//! Many at once: sorted by address, evidence sealed on two threads, one transaction for the whole array.

use super::consent::{Stored, get, put};
use super::writer::Writer;
use super::{Result, contact, event, suppress};
use crate::{ConsentRow, ImportMeta, ImportResult, ImportRow, ImportVerdict, StoreError};
use rundruf_consent::evidence::{self, Place, RecordId, Sealed, SubjectKey};
use rundruf_consent::text::Digest;
use rundruf_consent::{
    Address, AddressId, ContactId, Event, EventId, Flags, ImportClass, ListId, State, Time, transition,
};
use rusqlite::{OptionalExtension, params};
use std::collections::HashSet;

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

/// One address of one row on its way.
struct Item<'a> {
    row: usize,
    nth: usize,
    address: &'a Address,
    import: &'a ImportRow,
    stored: Stored,
    to: State,
    record: RecordId,
    previous: Option<Digest>,
}

pub(super) fn rows(w: &mut Writer, import: i64, rows: &[ImportRow], now: Time) -> Result<Vec<ImportResult>> {
    let list = w
        .connection
        .prepare_cached("SELECT list FROM import WHERE id = ?1")?
        .query_row([import], |r| r.get(0).map(ListId))
        .optional()?;
    let list = list.ok_or_else(|| StoreError::Missing(format!("import `{import}`")))?;
    let mut results = Results::new(rows);
    let mut again = Vec::new();
    let items = place(w, list, rows, &mut results, &mut again, now)?;
    let ids: Vec<AddressId> = items.iter().map(|i| i.stored.row.address).collect();
    let keys = w.keys.ensure(&ids)?;
    let sealed = seal(&items, &keys)?;
    let mut frontier = w.frontier()?;
    for (item, sealed) in items.iter().zip(&sealed) {
        let about = (item.stored.row.address, list);
        let what = (item.import.event, item.to, now);
        let evidence = event::append(w, &mut frontier, item.record, item.stored.row.evidence, about, what, sealed)?;
        let row = ConsentRow { state: item.to, since: now, evidence, ..item.stored.row };
        put(&w.connection, &Stored { row, number: item.stored.number + 1, uid: item.stored.uid })?;
        results.set(item.row, item.nth, reached(item.to));
    }
    w.set_frontier(frontier)?;
    // What stands twice in this array meets what its first row left, as if it came with the next array.
    for (row, nth, id, owner) in again {
        let Some((import, address)) = rows.get(row).and_then(|r| Some((r, r.contact.addresses.get(nth)?))) else {
            continue;
        };
        let stored = get(&w.connection, list, owner, id)?;
        let stored = stored.map_or_else(|| fresh((list, owner, id), now, crate::keys::random()), Ok)?;
        let verdict = match transition(stored.row.state, import.event, stored.row.since, now) {
            Ok(step) if step.to != stored.row.state && results.is_open(row, nth) => {
                event::record(w, &stored, address, import.event, step.to, &import.draft, now)?;
                reached(step.to)
            }
            _ if results.is_open(row, nth) => kept(stored.row.state),
            _ => continue,
        };
        results.set(row, nth, verdict);
    }
    Ok(results.0)
}

/// The verdict on a consent that was moved.
fn reached(state: State) -> ImportVerdict {
    if matches!(state, State::Confirmed | State::Customer) {
        ImportVerdict::Confirmed
    } else {
        ImportVerdict::Quarantined
    }
}

/// The verdict on a consent that stays.
const fn kept(state: State) -> ImportVerdict {
    match state {
        State::Withdrawn | State::Objected => ImportVerdict::Refused(
            "the person has taken the consent back: only a new sign-up by the person gives it again",
        ),
        other => ImportVerdict::Merged(other),
    }
}

const SUPPRESSED: ImportVerdict =
    ImportVerdict::Refused("the address is on the suppression list: only a new sign-up by the person lifts that");

/// Verdicts, in the order of the rows.
struct Results(Vec<ImportResult>);

impl Results {
    fn new(rows: &[ImportRow]) -> Self {
        let of = |r: &ImportRow| ImportResult {
            line: r.line,
            new_contact: false,
            verdicts: vec![ImportVerdict::Quarantined; r.contact.addresses.len()],
        };
        Self(rows.iter().map(of).collect())
    }

    fn set(&mut self, row: usize, nth: usize, verdict: ImportVerdict) {
        if let Some(slot) = self.0.get_mut(row).and_then(|r| r.verdicts.get_mut(nth)) {
            *slot = verdict;
        }
    }

    /// Whether nothing has been refused yet.
    fn is_open(&self, row: usize, nth: usize) -> bool {
        !matches!(self.0.get(row).and_then(|r| r.verdicts.get(nth)), Some(ImportVerdict::Refused(_)))
    }
}

fn fresh((list, contact, address): (ListId, ContactId, AddressId), now: Time, uid: Result<[u8; 16]>) -> Result<Stored> {
    let row = ConsentRow { list, contact, address, state: State::None, since: now, evidence: EventId(0) };
    Ok(Stored { row, number: 0, uid: uid? })
}

/// Row, number of the address in it, address and owner of what stands twice.
type Again = (usize, usize, AddressId, ContactId);

/// Finds or makes people and addresses, in the order of the addresses, and sorts out what the table of moves refuses.
fn place<'a>(
    w: &Writer,
    list: ListId,
    rows: &'a [ImportRow],
    results: &mut Results,
    again: &mut Vec<Again>,
    now: Time,
) -> Result<Vec<Item<'a>>> {
    let c = &w.connection;
    // The cost of an import is the random insert into the index of addresses: sorted, neighbours share pages.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let key = |n: &usize| rows.get(*n).and_then(|r| r.contact.addresses.first()).map(|a| (a.channel(), a.value()));
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut items: Vec<Item<'a>> = Vec::with_capacity(rows.len());
    let mut placed: HashSet<AddressId> = HashSet::with_capacity(rows.len());
    let mut chance = vec![0; rows.iter().map(|r| r.contact.addresses.len()).sum::<usize>() * 32];
    crate::keys::fill(&mut chance)?;
    let (chance, _) = chance.as_chunks::<16>();
    let mut chance = chance.iter().copied();
    for row in order {
        let Some(import) = rows.get(row) else { continue };
        let addresses = &import.contact.addresses;
        let known: Vec<_> = addresses.iter().map(|a| contact::find(c, a)).collect::<Result<_>>()?;
        let owner = match known.iter().flatten().map(|(_, contact, _)| *contact).next() {
            Some(owner) => {
                contact::fill_in(c, owner, &import.contact)?;
                owner
            }
            None => {
                if let Some(result) = results.0.get_mut(row) {
                    result.new_contact = true;
                }
                contact::insert_contact(c, &import.contact, now)?
            }
        };
        for (nth, (address, known)) in addresses.iter().zip(known).enumerate() {
            let suppressed = suppress::look(c, &w.secrets.pepper, address, list)?;
            // An address that stands twice in one row is found the second time.
            let known = if known.is_none() && nth > 0 { contact::find(c, address)? } else { known };
            let is_new = known.is_none();
            let (id, owner, flags) = match known {
                Some(known) => known,
                None => {
                    let (id, flags) = contact::insert_address(c, owner, address, suppressed)?;
                    (id, owner, flags)
                }
            };
            let is_suppressed = suppressed.for_list || suppressed.everywhere || flags.has(Flags::SUPPRESSED);
            if is_suppressed && matches!(import.event, Event::Import(ImportClass::A | ImportClass::B)) {
                results.set(row, nth, SUPPRESSED);
            }
            if !is_new && placed.contains(&id) {
                again.push((row, nth, id, owner));
                continue;
            }
            let (record, uid) = (chance.next().unwrap_or_default(), chance.next().unwrap_or_default());
            let stored = if is_new { None } else { get(c, list, owner, id)? };
            let stored = stored.map_or_else(|| fresh((list, owner, id), now, Ok(uid)), Ok)?;
            match transition(stored.row.state, import.event, stored.row.since, now) {
                _ if !results.is_open(row, nth) => {}
                Ok(step) if step.to != stored.row.state => {
                    let previous = if stored.number == 0 { None } else { event::commitment(c, stored.row.evidence)? };
                    placed.insert(id);
                    items.push(Item { row, nth, address, import, stored, to: step.to, record, previous });
                }
                // What exists is as strict or stricter: it stays.
                _ => results.set(row, nth, kept(stored.row.state)),
            }
        }
    }
    Ok(items)
}

fn seal(items: &[Item<'_>], keys: &std::collections::HashMap<AddressId, SubjectKey>) -> Result<Vec<Sealed>> {
    let one = |item: &Item<'_>| {
        let key = keys.get(&item.stored.row.address).ok_or(StoreError::Closed)?;
        let place = Place {
            record: item.record,
            consent: item.stored.uid,
            number: item.stored.number + 1,
            previous: item.previous,
            event: item.import.event,
            state_after: item.to,
            address: item.address,
        };
        evidence::seal(&item.import.draft, &place, key).map_err(|e| StoreError::Database(e.to_string()))
    };
    if items.len() < 64 {
        return items.iter().map(one).collect();
    }
    let part = items.len().div_ceil(SEALERS);
    std::thread::scope(|scope| {
        let workers: Vec<_> = items
            .chunks(part)
            .map(|chunk| scope.spawn(move || chunk.iter().map(one).collect::<Result<Vec<_>>>()))
            .collect();
        let mut sealed = Vec::with_capacity(items.len());
        for worker in workers {
            sealed.extend(worker.join().map_err(|_| StoreError::Database("evidence could not be sealed".to_owned()))??);
        }
        Ok(sealed)
    })
}
