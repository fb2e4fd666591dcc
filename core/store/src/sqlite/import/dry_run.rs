//! What an array of rows would come to. Runs in a savepoint that is rolled back: the same look-ups and the same table of transitions, without
//! evidence, keys and log.

use super::address::{RANDOM_BYTES, sorted};
use super::edit_of;
use super::resolve::{ContactResolver, Duplicate, PlannedEdit, Resolved};
use super::verdict::{ImportResults, kept, reached};
use crate::error::Result;
use crate::sqlite::consent::{PUT, StoredConsent, get, put_with};
use crate::sqlite::writer::Writer;
use crate::sqlite::{list_hold, person};
use crate::{ConsentRow, ImportResult, ImportRow};
use rundruf_consent::{ListId, Time, transition};

pub(in crate::sqlite) fn check(
    w: &mut Writer,
    list: ListId,
    rows: &[ImportRow],
    now: Time,
) -> Result<Vec<ImportResult>> {
    list_hold::check_open(&w.connection, list)?;
    w.many_rows()?;
    w.connection.execute_batch("SAVEPOINT dry_run")?;
    let results = tried(w, list, rows, now);
    w.connection.execute_batch("ROLLBACK TO dry_run; RELEASE dry_run")?;
    results
}

fn tried(w: &Writer, list: ListId, rows: &[ImportRow], now: Time) -> Result<Vec<ImportResult>> {
    let jobs = sorted(rows);
    // Nothing of it is kept.
    let random = vec![0; jobs.len() * RANDOM_BYTES];
    let mut results = ImportResults::new(rows);
    let resolved = ContactResolver::new(w, list, jobs.len(), now)?.all(&jobs, &random, &mut results)?;
    let Resolved { events, duplicates, edits } = resolved;
    let mut put = w.connection.prepare_cached(PUT)?;
    for planned in &events {
        let row = ConsentRow { state: planned.to, since: now, ..planned.stored.row };
        put_with(&mut put, &StoredConsent { row, ..planned.stored })?;
        results.set(&planned.job, reached(planned.to));
    }
    for Duplicate { job, id, owner } in &duplicates {
        if !results.is_open(job) {
            continue;
        }
        let fresh = StoredConsent::fresh(list, *owner, *id, now, [0; 16]);
        let stored = get(&w.connection, list, *owner, *id)?.unwrap_or(fresh);
        let verdict = match transition(stored.row.state, job.import.event, stored.row.since, now) {
            Ok(step) if step.to != stored.row.state => {
                let row = ConsentRow { state: step.to, since: now, ..stored.row };
                put_with(&mut put, &StoredConsent { row, ..stored })?;
                reached(step.to)
            }
            _ => kept(stored.row.state),
        };
        results.set(job, verdict);
    }
    drop(put);
    for PlannedEdit { job, contact } in &edits {
        if person::write_change(w, &edit_of(job, *contact))?.is_some() {
            results.set_updated(job);
        }
    }
    Ok(results.done())
}
