//! The report: one line for each address that was not simply confirmed, in the order of the file, and the counts.

use super::ReportSink;
use super::chunk::RowNotes;
use crate::view::{ImportLine, ImportSummary};
use rundruf_consent::State;
use rundruf_lang::{Message, msg};
use rundruf_store::{ImportResult, ImportVerdict};

/// Collects report lines and counts.
pub(super) struct ImportReport {
    lines: ReportSink,
    pub(super) summary: ImportSummary,
}

impl ImportReport {
    pub(super) fn new(lines: ReportSink) -> Self {
        Self { lines, summary: ImportSummary::default() }
    }

    /// Reports the store's results of a chunk, together with the records that were refused before.
    pub(super) fn stored(&mut self, results: &[ImportResult], notes: &RowNotes, refused: Vec<ImportLine>) {
        let mut report = self.refused(refused);
        for (row, result) in results.iter().enumerate() {
            self.summary.contacts += u64::from(result.new_contact);
            self.summary.updated += u64::from(result.updated);
            for (nth, verdict) in result.verdicts.iter().enumerate() {
                if let Some((verdict, reason)) = self.count(verdict, notes.quarantine_reason(row)) {
                    report.push(ImportLine { line: result.line, address: notes.address(row, nth), verdict, reason });
                }
            }
        }
        self.send(report);
    }

    fn refused(&mut self, refused: Vec<ImportLine>) -> Vec<ImportLine> {
        self.summary.refused += refused.len() as u64;
        refused
    }

    fn send(&mut self, mut report: Vec<ImportLine>) {
        report.sort_by_key(|line| line.line);
        report.into_iter().for_each(&mut self.lines);
    }

    /// Counts a verdict; answers verdict word and reason if it has a line.
    fn count(&mut self, verdict: &ImportVerdict, why: Option<&Message>) -> Option<(&'static str, Message)> {
        let summary = &mut self.summary;
        let line = match verdict {
            ImportVerdict::Confirmed => {
                summary.confirmed += 1;
                None
            }
            ImportVerdict::Quarantined => {
                summary.quarantined += 1;
                Some(("quarantined", why.cloned().unwrap_or(msg!("engine-row-without-proof"))))
            }
            ImportVerdict::Merged(state) => {
                summary.merged += 1;
                Some(("merged", merged(*state)))
            }
            ImportVerdict::Refused(why) => {
                summary.refused += 1;
                return Some(("refused", why.clone()));
            }
        };
        summary.addresses += 1;
        line
    }
}

fn merged(state: State) -> Message {
    match state {
        State::Confirmed | State::Customer => msg!("engine-row-known-confirmed"),
        State::Quarantined => msg!("engine-row-known-quarantined"),
        _ => msg!("engine-row-known-stricter", state = state.word()),
    }
}
