//! The verdict on each address of each row.

use super::address::ImportAddress;
use crate::{ImportResult, ImportRow, ImportVerdict};
use rundruf_consent::State;
use rundruf_lang::msg;

/// The verdict on a consent that was changed.
pub(super) const fn reached(state: State) -> ImportVerdict {
    match state {
        State::Confirmed | State::Customer => ImportVerdict::Confirmed,
        _ => ImportVerdict::Quarantined,
    }
}

/// The verdict on a consent that stays.
pub(super) const fn kept(state: State) -> ImportVerdict {
    match state {
        State::Withdrawn | State::Objected => ImportVerdict::Refused(msg!("store-import-withdrawn")),
        other => ImportVerdict::Merged(other),
    }
}

/// The verdict on a suppressed address.
pub(super) const SUPPRESSED: ImportVerdict = ImportVerdict::Refused(msg!("store-import-suppressed"));

/// Verdicts, in the order of the rows.
pub(super) struct ImportResults(Vec<ImportResult>);

impl ImportResults {
    pub(super) fn new(rows: &[ImportRow]) -> Self {
        let of = |r: &ImportRow| ImportResult {
            line: r.line,
            new_contact: false,
            updated: false,
            verdicts: vec![ImportVerdict::Quarantined; r.contact.addresses.len()],
        };
        Self(rows.iter().map(of).collect())
    }

    pub(super) fn set(&mut self, job: &ImportAddress<'_>, verdict: ImportVerdict) {
        if let Some(slot) = self.0.get_mut(job.row).and_then(|r| r.verdicts.get_mut(job.nth)) {
            *slot = verdict;
        }
    }

    pub(super) fn set_new_contact(&mut self, job: &ImportAddress<'_>) {
        if let Some(result) = self.0.get_mut(job.row) {
            result.new_contact = true;
        }
    }

    pub(super) fn set_updated(&mut self, job: &ImportAddress<'_>) {
        if let Some(result) = self.0.get_mut(job.row) {
            result.updated = true;
        }
    }

    /// Whether the address was not refused.
    pub(super) fn is_open(&self, job: &ImportAddress<'_>) -> bool {
        let verdict = self.0.get(job.row).and_then(|r| r.verdicts.get(job.nth));
        !matches!(verdict, Some(ImportVerdict::Refused(_)))
    }

    pub(super) fn done(self) -> Vec<ImportResult> {
        self.0
    }
}
