//! Stores outcomes: one cached UPDATE for each row, counters and leases in the same transaction.

use super::codes::{FAILED, IN_FLIGHT, RETRY, SENT, SKIPPED, UNKNOWN};
use super::counters::{self, CounterDeltas};
use crate::error::Result;
use crate::{DeliveryOutcome, LeaseId, Settlement};
use const_format::formatcp;
use rundruf_consent::{BroadcastId, Refusal};
use rusqlite::{CachedStatement, Connection, params};

/// The statements that settle a row; they touch it only while it is open (0 or 1).
pub(super) struct SettleStatements {
    pub(super) sent: &'static str,
    pub(super) retry: &'static str,
    untouched: &'static str,
    failed: &'static str,
    unknown: &'static str,
    skipped: &'static str,
}

macro_rules! sql {
    ($table:literal) => {
        SettleStatements {
            sent: formatcp!(
                "UPDATE {} SET state = {SENT}, at = ?2, evidence = ?3, remote_id = ?4, attempts = attempts + 1, session = NULL {OPEN}",
                $table
            ),
            retry: formatcp!(
                "UPDATE {} SET state = {RETRY}, at = ?2, evidence = ?3, due = ?4, reason = ?5, detail = ?6, \
                 attempts = attempts + 1, first_try = coalesce(first_try, ?2), session = NULL {OPEN}",
                $table
            ),
            untouched: formatcp!("UPDATE {} SET state = {RETRY}, evidence = ?3, due = ?2, session = NULL {OPEN}", $table),
            failed: formatcp!(
                "UPDATE {} SET state = {FAILED}, at = ?2, evidence = ?3, reason = ?4, detail = ?5, attempts = attempts + 1, \
                 session = NULL {OPEN}",
                $table
            ),
            unknown: formatcp!(
                "UPDATE {} SET state = {UNKNOWN}, at = ?2, evidence = ?3, detail = ?4, attempts = attempts + 1, session = NULL {OPEN}",
                $table
            ),
            skipped: formatcp!("UPDATE {} SET state = {SKIPPED}, at = ?2, reason = ?3, session = NULL {OPEN}", $table),
        }
    };
}

/// Only an open row is settled: queued (in flight by its lease's cursor) or in flight.
const OPEN: &str = formatcp!("WHERE id = ?1 AND state <= {IN_FLIGHT}");

pub(super) const DELIVERY: SettleStatements = sql!("delivery");
const SERVICE: SettleStatements = sql!("service");

/// What the hot path runs once for each row.
#[cfg(feature = "bench")]
pub(crate) const SETTLE_SENT: &str = DELIVERY.sent;

/// Stores outcomes. Returns how many found no open row.
pub(super) fn settle(c: &Connection, settlements: &[Settlement], deltas: &mut CounterDeltas) -> Result<u32> {
    if settlements.is_empty() {
        return Ok(0);
    }
    // Prepared once for the whole array: nearly every outcome is `Sent`.
    let mut sent = c.prepare_cached(DELIVERY.sent)?;
    let mut strays = 0;
    let mut leases: Vec<(LeaseId, i64)> = Vec::new();
    let mut ended: Vec<(BroadcastId, Option<Refusal>)> = Vec::new();
    for s in settlements {
        let Some(broadcast) = s.broadcast else {
            strays += u32::from(!one(c, &SERVICE, None, s, -s.delivery.0, &s.to)?);
            continue;
        };
        // A retry in a broadcast that has ended meanwhile is skipped.
        let ended = match s.to {
            DeliveryOutcome::Retry { .. } | DeliveryOutcome::Untouched => reason_of_end(c, &mut ended, broadcast)?,
            _ => None,
        };
        let skipped = ended.map(DeliveryOutcome::Skipped);
        let to = skipped.as_ref().unwrap_or(&s.to);
        if !one(c, &DELIVERY, Some(&mut sent), s, s.delivery.0, to)? {
            strays += 1;
            continue;
        }
        let delta = deltas.of(broadcast);
        delta.in_flight -= 1;
        match to {
            DeliveryOutcome::Sent { .. } => delta.sent += 1,
            DeliveryOutcome::Retry { .. } | DeliveryOutcome::Untouched => delta.retry += 1,
            DeliveryOutcome::Failed { .. } => delta.failed += 1,
            DeliveryOutcome::Unknown { .. } => delta.unknown += 1,
            DeliveryOutcome::Skipped(reason) => deltas.skip(broadcast, *reason),
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

fn reason_of_end(
    c: &Connection,
    known: &mut Vec<(BroadcastId, Option<Refusal>)>,
    id: BroadcastId,
) -> Result<Option<Refusal>> {
    if let Some((_, reason)) = known.iter().find(|(b, _)| *b == id) {
        return Ok(*reason);
    }
    let reason = counters::reason_of_end(c, id)?.map(|(reason, _)| reason);
    known.push((id, reason));
    Ok(reason)
}

/// Settles one row. Returns whether it was open.
fn one(
    c: &Connection,
    sql: &SettleStatements,
    sent: Option<&mut CachedStatement<'_>>,
    s: &Settlement,
    id: i64,
    to: &DeliveryOutcome,
) -> Result<bool> {
    let (at, evidence) = (s.at.0, s.evidence.0);
    let cached = |sql| c.prepare_cached(sql);
    let changed = match to {
        DeliveryOutcome::Sent { remote_id } => {
            let row = params![id, at, evidence, (!remote_id.is_empty()).then_some(&**remote_id)];
            match sent {
                Some(statement) => statement.execute(row)?,
                None => cached(sql.sent)?.execute(row)?,
            }
        }
        DeliveryOutcome::Retry { due, code, detail } => {
            cached(sql.retry)?.execute(params![id, at, evidence, due.0, code, detail])?
        }
        DeliveryOutcome::Untouched => cached(sql.untouched)?.execute(params![id, at, evidence])?,
        DeliveryOutcome::Failed { code, detail } => {
            cached(sql.failed)?.execute(params![id, at, evidence, code, detail])?
        }
        DeliveryOutcome::Unknown { detail } => cached(sql.unknown)?.execute(params![id, at, evidence, detail])?,
        DeliveryOutcome::Skipped(reason) => cached(sql.skipped)?.execute(params![id, at, reason.code()])?,
    };
    Ok(changed > 0)
}
