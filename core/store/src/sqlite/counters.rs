//! Running counters of broadcasts: gathered over a transaction, written at its end, and what follows from them.

use super::codes::{DONE, PAUSED, RUNNING};
use crate::BroadcastState;
use crate::error::Result;
use const_format::formatcp;
use rundruf_consent::{BroadcastId, Refusal, Time};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// How much each counter of one broadcast changes in this transaction.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct CounterDelta {
    pub(super) total: i64,
    pub(super) queued: i64,
    pub(super) in_flight: i64,
    pub(super) retry: i64,
    pub(super) sent: i64,
    pub(super) failed: i64,
    pub(super) unknown: i64,
    pub(super) skipped: i64,
    pub(super) skipped_by: Vec<(u8, i64)>,
}

const COUNT: &str = "UPDATE broadcast SET total = total + ?2, queued = queued + ?3, in_flight = in_flight + ?4, retry = retry + ?5, \
     sent = sent + ?6, failed = failed + ?7, unknown = unknown + ?8, skipped = skipped + ?9 WHERE id = ?1";
const COUNT_SKIPS: &str =
    "INSERT INTO skip_tally (broadcast, reason, n) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + excluded.n";

/// The changes of all broadcasts that a transaction touches: hardly ever more than two.
#[derive(Debug, Default)]
pub(super) struct CounterDeltas(Vec<(BroadcastId, CounterDelta)>);

impl CounterDeltas {
    pub(super) fn of(&mut self, id: BroadcastId) -> &mut CounterDelta {
        let at = match self.0.iter().position(|(b, _)| *b == id) {
            Some(at) => at,
            None => {
                self.0.push((id, CounterDelta::default()));
                self.0.len() - 1
            }
        };
        match self.0.get_mut(at) {
            Some((_, delta)) => delta,
            None => unreachable!("the position was just found"),
        }
    }

    pub(super) fn skip(&mut self, id: BroadcastId, reason: Refusal) {
        self.skip_many(id, reason, 1);
    }

    pub(super) fn skip_many(&mut self, id: BroadcastId, reason: Refusal, n: i64) {
        let delta = self.of(id);
        delta.skipped += n;
        match delta.skipped_by.iter_mut().find(|(code, _)| *code == reason.code()) {
            Some((_, count)) => *count += n,
            None => delta.skipped_by.push((reason.code(), n)),
        }
    }

    /// Writes them, and ends broadcasts that have nothing left to do.
    pub(super) fn write(self, c: &Connection) -> Result<()> {
        for (id, d) in self.0 {
            c.prepare_cached(COUNT)?.execute(params![
                id.0,
                d.total,
                d.queued,
                d.in_flight,
                d.retry,
                d.sent,
                d.failed,
                d.unknown,
                d.skipped
            ])?;
            for (reason, n) in d.skipped_by {
                c.prepare_cached(COUNT_SKIPS)?.execute(params![id.0, reason, n])?;
            }
            finish_if_done(c, id)?;
        }
        Ok(())
    }
}

const FINISH: &str = formatcp!(
    "UPDATE broadcast SET state = {DONE} WHERE id = ?1 AND state IN ({RUNNING}, {PAUSED}) AND fanned = 1 AND queued = 0 AND in_flight = 0 AND retry = 0"
);

/// A broadcast is done when nothing is queued, in flight or to be retried.
pub(super) fn finish_if_done(c: &Connection, id: BroadcastId) -> Result<()> {
    c.prepare_cached(FINISH)?.execute([id.0])?;
    Ok(())
}

/// Why the rows of a broadcast that ended are skipped; `None` while it has not ended.
pub(super) fn reason_of_end(c: &Connection, id: BroadcastId) -> Result<Option<(Refusal, Time)>> {
    let read = |r: &Row<'_>| Ok((r.get::<_, u8>(0)?, Time(r.get::<_, Option<i64>>(1)?.unwrap_or(0))));
    let found =
        c.prepare_cached("SELECT state, ended FROM broadcast WHERE id = ?1")?.query_row([id.0], read).optional()?;
    Ok(found.and_then(|(state, at)| match BroadcastState::from_code(state) {
        Some(BroadcastState::Cancelled) => Some((Refusal::Cancelled, at)),
        Some(BroadcastState::Expired) => Some((Refusal::BroadcastExpired, at)),
        _ => None,
    }))
}
