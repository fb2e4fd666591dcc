//! Many at once: sorted by address, evidence sealed on two threads, one transaction for the whole array.

use super::consent::{Stored, append, commitment, get, put};
use super::writer::Writer;
use super::{Result, contact};
use crate::{ConsentRow, ImportMeta, ImportResult, ImportRow, ImportVerdict, StoreError};
use rundruf_consent::evidence::{self, Place, RecordId, Sealed, SubjectKey};
use rundruf_consent::text::Digest;
use rundruf_consent::{Address, AddressId, Event, EventId, ImportClass, ListId, State, Time, transition};
use rusqlite::params;

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
    let list: i64 = w.connection.query_row("SELECT list FROM import WHERE id = ?1", [import], |r| r.get(0))?;
    let list = ListId(list);
    let mut results: Vec<ImportResult> = rows
        .iter()
        .map(|r| ImportResult {
            line: r.line,
            new_contact: false,
            verdicts: vec![ImportVerdict::Quarantined; r.contact.addresses.len()],
        })
        .collect();
    let items = place(w, list, rows, &mut results, now)?;
    let ids: Vec<AddressId> = items.iter().map(|i| i.stored.row.address).collect();
    let keys = w.keys.ensure(&ids)?;
    let sealed = seal(&items, &keys)?;
    let mut frontier = w.frontier()?;
    for (item, sealed) in items.iter().zip(&sealed) {
        let about = (item.stored.row.address, list);
        let what = (item.import.event, item.to, now);
        let evidence = append(w, &mut frontier, item.record, item.stored.row.evidence, about, what, sealed)?;
        let row = ConsentRow { state: item.to, since: now, evidence, ..item.stored.row };
        put(&w.connection, &Stored { row, number: item.stored.number + 1, uid: item.stored.uid })?;
        let verdict = if item.to == State::Confirmed { ImportVerdict::Confirmed } else { ImportVerdict::Quarantined };
        if let Some(slot) = results.get_mut(item.row).and_then(|r| r.verdicts.get_mut(item.nth)) {
            *slot = verdict;
        }
    }
    w.set_frontier(frontier)?;
    Ok(results)
}

/// Finds or makes people and addresses, in the order of the addresses, and sorts out what the table of moves refuses.
fn place<'a>(
    w: &Writer,
    list: ListId,
    rows: &'a [ImportRow],
    results: &mut [ImportResult],
    now: Time,
) -> Result<Vec<Item<'a>>> {
    let c = &w.connection;
    // The cost of an import is the random insert into the index of addresses: sorted, neighbours share pages.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let key = |n: &usize| rows.get(*n).and_then(|r| r.contact.addresses.first()).map(|a| (a.channel(), a.value()));
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut items: Vec<Item<'a>> = Vec::with_capacity(rows.len());
    let mut chance = vec![0; rows.iter().map(|r| r.contact.addresses.len()).sum::<usize>() * 32];
    crate::keys::fill(&mut chance)?;
    let mut chance = chance.chunks_exact(32);
    for n in order {
        let (Some(import), Some(result)) = (rows.get(n), results.get_mut(n)) else { continue };
        let known: Vec<_> = import.contact.addresses.iter().map(|a| contact::find(c, a)).collect::<Result<_>>()?;
        let owner = known.iter().flatten().map(|(_, contact, _)| *contact).next();
        let owner = match owner {
            Some(owner) => owner,
            None => {
                result.new_contact = true;
                contact::insert_contact(c, &import.contact, now)?
            }
        };
        for (nth, (address, known)) in import.contact.addresses.iter().zip(known).enumerate() {
            let mut verdict = None;
            // An address that stands twice in one row is placed once.
            let known = match known {
                None if nth > 0 => contact::find(c, address)?,
                known => known,
            };
            let (id, owner, flags, is_new) = match known {
                Some((id, contact, flags)) => (id, contact, flags, false),
                None => {
                    let (id, flags) = contact::insert_address(c, &w.secrets.pepper, owner, address)?;
                    (id, owner, flags, true)
                }
            };
            let bytes = chance.next().and_then(|b| b.split_first_chunk::<16>());
            let (record, uid) = bytes.map_or(([0; 16], [0; 16]), |(a, b)| (*a, b.try_into().unwrap_or([0; 16])));
            let fresh = Stored {
                row: ConsentRow {
                    list,
                    contact: owner,
                    address: id,
                    state: State::None,
                    since: now,
                    evidence: EventId(0),
                },
                number: 0,
                uid,
            };
            let stored = if is_new { fresh } else { get(c, list, owner, id)?.unwrap_or(fresh) };
            let suppressed = !flags.is_clear() || contact::is_suppressed(c, &w.secrets.pepper, address, list)?;
            let in_this_array = items.iter().rev().take(8).any(|i| i.stored.row.address == id);
            let step = transition(stored.row.state, import.event, stored.row.since, now);
            match step {
                _ if suppressed && matches!(import.event, Event::Import(ImportClass::A | ImportClass::B)) => {
                    verdict = Some(ImportVerdict::Refused(
                        "the address is on the suppression list: only a new sign-up by the person lifts that",
                    ));
                }
                _ if in_this_array => verdict = Some(ImportVerdict::Merged(stored.row.state)),
                Ok(step) if step.to != stored.row.state => items.push(Item {
                    row: n,
                    nth,
                    address,
                    import,
                    stored,
                    to: step.to,
                    record,
                    previous: if stored.number == 0 { None } else { commitment(c, stored.row.evidence)? },
                }),
                // What exists is as strict or stricter: it stays.
                _ => verdict = Some(ImportVerdict::Merged(stored.row.state)),
            }
            if let (Some(verdict), Some(slot)) = (verdict, result.verdicts.get_mut(nth)) {
                *slot = verdict;
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
