//! Settlements: one cached UPDATE a row, counters and leases in the same transaction.

use super::Result;
use crate::{LeaseId, Settled, Settlement};
use rundruf_consent::{BroadcastId, Refusal};
use rusqlite::{CachedStatement, Connection, params};
use std::collections::HashMap;

const SENT: &str = "UPDATE delivery SET state = 3, at = ?2, evidence = ?3, remote_id = ?4, attempts = attempts + 1, session = NULL WHERE id = ?1 AND state <= 1";
const RETRY: &str = "UPDATE delivery SET state = 2, at = ?2, evidence = ?3, due = ?4, reason = ?5, detail = ?6, attempts = attempts + 1, \
     first_try = coalesce(first_try, ?2), session = NULL WHERE id = ?1 AND state <= 1";
const UNTOUCHED: &str =
    "UPDATE delivery SET state = 2, evidence = ?3, due = ?2, session = NULL WHERE id = ?1 AND state <= 1";
const FAILED: &str = "UPDATE delivery SET state = 6, at = ?2, evidence = ?3, reason = ?4, detail = ?5, attempts = attempts + 1, session = NULL WHERE id = ?1 AND state <= 1";
const UNKNOWN: &str = "UPDATE delivery SET state = 7, at = ?2, evidence = ?3, detail = ?4, attempts = attempts + 1, session = NULL WHERE id = ?1 AND state <= 1";
const SKIPPED: &str =
    "UPDATE delivery SET state = 9, at = ?2, reason = ?3, session = NULL WHERE id = ?1 AND state <= 1";

const SERVICE_SENT: &str = "UPDATE service SET state = 3, at = ?2, evidence = ?3, remote_id = ?4, attempts = attempts + 1, session = NULL WHERE id = ?1 AND state <= 1";
const SERVICE_RETRY: &str = "UPDATE service SET state = 2, at = ?2, evidence = ?3, due = ?4, reason = ?5, detail = ?6, attempts = attempts + 1, \
     first_try = coalesce(first_try, ?2), session = NULL WHERE id = ?1 AND state <= 1";
const SERVICE_UNTOUCHED: &str =
    "UPDATE service SET state = 2, evidence = ?3, due = ?2, session = NULL WHERE id = ?1 AND state <= 1";
const SERVICE_FAILED: &str = "UPDATE service SET state = 6, at = ?2, evidence = ?3, reason = ?4, detail = ?5, attempts = attempts + 1, session = NULL WHERE id = ?1 AND state <= 1";
const SERVICE_UNKNOWN: &str = "UPDATE service SET state = 7, at = ?2, evidence = ?3, detail = ?4, attempts = attempts + 1, session = NULL WHERE id = ?1 AND state <= 1";
const SERVICE_SKIPPED: &str =
    "UPDATE service SET state = 9, at = ?2, reason = ?3, session = NULL WHERE id = ?1 AND state <= 1";

/// Changes of the counters of one broadcast, gathered over a transaction.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    pub(super) total: i64,
    pub(super) queued: i64,
    pub(super) in_flight: i64,
    pub(super) retry: i64,
    pub(super) sent: i64,
    pub(super) failed: i64,
    pub(super) unknown: i64,
    pub(super) skipped: i64,
    pub(super) skipped_by: HashMap<u8, i64>,
}

/// Changes of all broadcasts that a transaction touches: hardly ever more than two.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<(BroadcastId, Change)>);

impl Changes {
    pub(super) fn of(&mut self, id: BroadcastId) -> &mut Change {
        let at = match self.0.iter().position(|(b, _)| *b == id) {
            Some(at) => at,
            None => {
                self.0.push((id, Change::default()));
                self.0.len() - 1
            }
        };
        // Just found or just pushed.
        match self.0.get_mut(at) {
            Some((_, change)) => change,
            None => unreachable!("the position was just found"),
        }
    }

    pub(super) fn skip(&mut self, id: BroadcastId, reason: Refusal) {
        let change = self.of(id);
        change.skipped += 1;
        *change.skipped_by.entry(reason.code()).or_insert(0) += 1;
    }

    /// Writes them, and ends broadcasts that have nothing left to do.
    pub(super) fn write(self, c: &Connection) -> Result<()> {
        for (id, d) in self.0 {
            c.prepare_cached(
                "UPDATE broadcast SET total = total + ?2, queued = queued + ?3, in_flight = in_flight + ?4, retry = retry + ?5, sent = sent + ?6, \
                 failed = failed + ?7, unknown = unknown + ?8, skipped = skipped + ?9 WHERE id = ?1",
            )?
            .execute(params![id.0, d.total, d.queued, d.in_flight, d.retry, d.sent, d.failed, d.unknown, d.skipped])?;
            for (reason, n) in d.skipped_by {
                c.prepare_cached(
                    "INSERT INTO skip_tally (broadcast, reason, n) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + excluded.n",
                )?
                .execute(params![id.0, reason, n])?;
            }
            finish_if_done(c, id)?;
        }
        Ok(())
    }
}

/// A broadcast is done when nothing is queued, in flight or to be retried.
pub(super) fn finish_if_done(c: &Connection, id: BroadcastId) -> Result<()> {
    c.prepare_cached("UPDATE broadcast SET state = 3 WHERE id = ?1 AND state IN (1, 2) AND fanned = 1 AND queued = 0 AND in_flight = 0 AND retry = 0")?
        .execute([id.0])?;
    Ok(())
}

/// The statements, taken from the cache once for a whole array.
struct Statements<'a> {
    sent: CachedStatement<'a>,
    connection: &'a Connection,
}

/// Settles an array. Returns how many found no open row.
pub(super) fn settle(c: &Connection, settlements: &[Settlement], changes: &mut Changes) -> Result<u32> {
    if settlements.is_empty() {
        return Ok(0);
    }
    let mut statements = Statements { sent: c.prepare_cached(SENT)?, connection: c };
    let mut strays = 0;
    let mut leases: Vec<(LeaseId, i64)> = Vec::new();
    for s in settlements {
        let Some(broadcast) = s.broadcast else {
            strays += u32::from(!settle_service(c, s)?);
            continue;
        };
        if !statements.delivery(s)? {
            strays += 1;
            continue;
        }
        let change = changes.of(broadcast);
        change.in_flight -= 1;
        match &s.to {
            Settled::Sent { .. } => change.sent += 1,
            Settled::Retry { .. } | Settled::Untouched => change.retry += 1,
            Settled::Failed { .. } => change.failed += 1,
            Settled::Unknown { .. } => change.unknown += 1,
            Settled::Skipped(reason) => changes.skip(broadcast, *reason),
        }
        if let Some(lease) = s.lease {
            match leases.iter_mut().find(|(l, _)| *l == lease) {
                Some((_, n)) => *n += 1,
                None => leases.push((lease, 1)),
            }
        }
    }
    for (lease, n) in leases {
        c.prepare_cached("UPDATE lease SET open = open - ?2 WHERE id = ?1")?.execute(params![lease.0, n])?;
        c.prepare_cached("DELETE FROM lease WHERE id = ?1 AND open = 0 AND cursor > last")?.execute([lease.0])?;
    }
    Ok(strays)
}

impl Statements<'_> {
    /// Whether an open row was found.
    fn delivery(&mut self, s: &Settlement) -> Result<bool> {
        let (id, at, evidence) = (s.delivery.0, s.at.0, s.evidence.0);
        let one = |sql| self.connection.prepare_cached(sql);
        let changed = match &s.to {
            Settled::Sent { remote_id } => {
                let remote = (!remote_id.is_empty()).then_some(&**remote_id);
                self.sent.execute(params![id, at, evidence, remote])?
            }
            Settled::Retry { due, code, detail } => {
                one(RETRY)?.execute(params![id, at, evidence, due.0, code, detail])?
            }
            Settled::Untouched => one(UNTOUCHED)?.execute(params![id, at, evidence])?,
            Settled::Failed { code, detail } => one(FAILED)?.execute(params![id, at, evidence, code, detail])?,
            Settled::Unknown { detail } => one(UNKNOWN)?.execute(params![id, at, evidence, detail])?,
            Settled::Skipped(reason) => one(SKIPPED)?.execute(params![id, at, reason.code()])?,
        };
        Ok(changed > 0)
    }
}

fn settle_service(c: &Connection, s: &Settlement) -> Result<bool> {
    let (id, at, evidence) = (-s.delivery.0, s.at.0, s.evidence.0);
    let one = |sql| c.prepare_cached(sql);
    let changed = match &s.to {
        Settled::Sent { remote_id } => one(SERVICE_SENT)?.execute(params![id, at, evidence, &**remote_id])?,
        Settled::Retry { due, code, detail } => {
            one(SERVICE_RETRY)?.execute(params![id, at, evidence, due.0, code, detail])?
        }
        Settled::Untouched => one(SERVICE_UNTOUCHED)?.execute(params![id, at, evidence])?,
        Settled::Failed { code, detail } => one(SERVICE_FAILED)?.execute(params![id, at, evidence, code, detail])?,
        Settled::Unknown { detail } => one(SERVICE_UNKNOWN)?.execute(params![id, at, evidence, detail])?,
        Settled::Skipped(reason) => one(SERVICE_SKIPPED)?.execute(params![id, at, reason.code()])?,
    };
    Ok(changed > 0)
}
