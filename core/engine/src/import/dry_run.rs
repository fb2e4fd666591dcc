//! A dry run asks the store chunk by chunk, and the store keeps nothing. What earlier chunks would have stored is remembered here.

use rundruf_consent::{Event, State, Time, transition};
use rundruf_store::{ImportResult, ImportRow, ImportVerdict};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Addresses of earlier chunks, with the state that they would have.
#[derive(Default)]
pub(super) struct DryRunMemory {
    /// By hash: two addresses in four billion files of a million rows share one.
    seen: HashMap<u64, State>,
    hasher: RandomState,
}

/// The addresses of one row, and its event.
pub(super) struct RowKeys {
    addresses: Vec<u64>,
    event: Event,
}

impl DryRunMemory {
    /// The keys of rows that the store gets.
    pub(super) fn keys(&self, rows: &[ImportRow]) -> Vec<RowKeys> {
        let hash = |a: &rundruf_consent::Address| self.hasher.hash_one((a.channel().code(), a.key()));
        let of =
            |row: &ImportRow| RowKeys { addresses: row.contact.addresses.iter().map(hash).collect(), event: row.event };
        rows.iter().map(of).collect()
    }

    /// Corrects what the store says about addresses of earlier chunks, and remembers these.
    pub(super) fn correct(&mut self, keys: &[RowKeys], results: &mut [ImportResult], now: Time) {
        let mut fresh = Vec::new();
        for (row, result) in keys.iter().zip(results) {
            if row.addresses.iter().any(|key| self.seen.contains_key(key)) {
                result.new_contact = false;
            }
            for (key, verdict) in row.addresses.iter().zip(&mut result.verdicts) {
                let reached = match verdict {
                    ImportVerdict::Confirmed => State::Confirmed,
                    ImportVerdict::Quarantined => State::Quarantined,
                    ImportVerdict::Merged(_) | ImportVerdict::Refused(_) => continue,
                };
                let Some(before) = self.seen.get(key).copied() else {
                    fresh.push((*key, reached));
                    continue;
                };
                match transition(before, row.event, now, now) {
                    Ok(step) if step.to != before => fresh.push((*key, step.to)),
                    _ => *verdict = ImportVerdict::Merged(before),
                }
            }
        }
        self.seen.extend(fresh);
    }
}
