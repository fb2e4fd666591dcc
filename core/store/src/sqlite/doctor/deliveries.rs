//! Deliveries, the counters of their broadcasts, and the leases that they are claimed by.

use super::piece::{Faults, PIECE, piece};
use crate::DeliveryState;
use crate::error::Result;
use crate::row::BroadcastState;
use crate::sqlite::codes::{DELIVERED, FAILED, HELD, IN_FLIGHT, QUEUED, READ, RETRY, SENT, SKIPPED, UNKNOWN};
use const_format::formatcp;
use rundruf_lang::msg;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::BTreeMap;

/// Rows that this program cannot read: what they say counts for nothing, and nothing is done with them.
pub(super) fn states(c: &Connection, fault: Faults<'_>) -> Result<()> {
    let mut from = i64::MIN;
    loop {
        let read = |r: &Row<'_>| {
            let known = match r.get_ref(1)? {
                ValueRef::Integer(code) => u8::try_from(code).ok().and_then(BroadcastState::from_code).is_some(),
                _ => false,
            };
            Ok((r.get::<_, i64>(0)?, known))
        };
        let page: Vec<(i64, bool)> = piece(c, || {
            let mut all = c.prepare_cached("SELECT id, state FROM broadcast WHERE id > ?1 ORDER BY id LIMIT ?2")?;
            Ok(all.query_map([from, PIECE], read)?.collect::<rusqlite::Result<_>>()?)
        })?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        from = *last;
        for (id, _) in page.iter().filter(|(_, known)| !known) {
            fault(msg!("store-doctor-broadcast-unreadable", id = *id));
        }
    }
}

/// What the row of a broadcast says.
#[derive(PartialEq, Eq)]
struct StoredCounts {
    /// Its deliveries lie between these two.
    range: (i64, i64),
    /// In the order of [`NAMES`].
    counts: Vec<i64>,
    /// Open in leases: in flight, though their rows were not touched.
    open: i64,
    skips: BTreeMap<i64, i64>,
}

const STORED: &str = "SELECT first, last, total, queued, in_flight, retry, sent, failed, unknown, held, skipped, delivered, \"read\", \
     (SELECT coalesce(sum(l.open), 0) FROM lease l WHERE l.broadcast = b.id) FROM broadcast b WHERE id = ?1";
const NAMES: [&str; 11] =
    ["total", "queued", "in_flight", "retry", "sent", "failed", "unknown", "held", "skipped", "delivered", "read"];

fn said(c: &Connection, id: i64) -> Result<Option<StoredCounts>> {
    let read = |r: &Row<'_>| {
        let counts = (2..13).map(|n| r.get(n)).collect::<rusqlite::Result<_>>()?;
        Ok(StoredCounts { range: (r.get(0)?, r.get(1)?), counts, open: r.get(13)?, skips: BTreeMap::new() })
    };
    let found = c.prepare_cached(STORED)?.query_row([id], read).optional()?;
    let Some(mut said) = found else { return Ok(None) };
    let mut all = c.prepare_cached("SELECT reason, n FROM skip_tally WHERE broadcast = ?1 AND n <> 0")?;
    said.skips = all.query_map([id], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    Ok(Some(said))
}

/// Rows by state and, if they were skipped, reason.
type Rows = BTreeMap<(i64, i64), i64>;

const ROWS: &str = formatcp!(
    "SELECT state, CASE WHEN state = {SKIPPED} THEN reason END, count(*) FROM delivery \
     WHERE id >= ?2 AND id <= ?3 AND broadcast = ?1 GROUP BY 1, 2"
);

fn count(c: &Connection, id: i64, (first, last): (i64, i64), into: &mut Rows) -> Result<()> {
    let number = |r: &Row<'_>, n: usize| {
        Ok::<_, rusqlite::Error>(match r.get_ref(n)? {
            ValueRef::Integer(n) => n,
            ValueRef::Null => 0,
            _ => i64::MIN,
        })
    };
    let mut all = c.prepare_cached(ROWS)?;
    let mut rows = all.query([id, first, last])?;
    while let Some(r) = rows.next()? {
        *into.entry((number(r, 0)?, number(r, 1)?)).or_default() += r.get::<_, i64>(2)?;
    }
    Ok(())
}

/// The counters that the rows say, in the order of [`NAMES`].
fn counts(rows: &Rows, open: i64) -> Vec<i64> {
    let of = |states: &[u8]| {
        rows.iter()
            .filter(|((state, _), _)| states.iter().any(|s| i64::from(*s) == *state))
            .map(|(_, n)| n)
            .sum::<i64>()
    };
    let sent = of(&[SENT, DELIVERED, READ]);
    let (queued, in_flight) = (of(&[QUEUED]) - open, of(&[IN_FLIGHT]) + open);
    let rest = [of(&[FAILED]), of(&[UNKNOWN]), of(&[HELD]), of(&[SKIPPED]), of(&[DELIVERED]), of(&[READ])];
    let mut counts = vec![rows.values().sum(), queued, in_flight, of(&[RETRY]), sent];
    counts.extend(rest);
    counts
}

fn skips(rows: &Rows) -> BTreeMap<i64, i64> {
    rows.iter().filter(|((state, _), _)| *state == i64::from(SKIPPED)).map(|((_, reason), n)| (*reason, *n)).collect()
}

/// Checks the running counters against the rows they count.
pub(super) fn counters(c: &Connection, fault: Faults<'_>) -> Result<()> {
    let ids: Vec<i64> = piece(c, || {
        let mut all = c.prepare("SELECT id FROM broadcast ORDER BY id")?;
        Ok(all.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
    })?;
    for id in ids {
        let Some(before) = piece(c, || said(c, id))? else { continue };
        let (mut rows, (first, last)) = (Rows::new(), before.range);
        let mut from = first;
        while from <= last {
            piece(c, || count(c, id, (from, last.min(from + PIECE - 1)), &mut rows))?;
            from += PIECE;
        }
        if counts(&rows, before.open) == before.counts && skips(&rows) == before.skips {
            continue;
        }
        // It goes on meanwhile, or something is wrong: what one moment says counts.
        let now = piece(c, || {
            rows.clear();
            let now = said(c, id)?;
            now.as_ref().map_or(Ok(()), |now| count(c, id, now.range, &mut rows))?;
            Ok(now)
        })?;
        if let Some(now) = now {
            compare(id, &now, &rows, fault);
        }
    }
    without_broadcast(c, fault)
}

fn compare(id: i64, said: &StoredCounts, rows: &Rows, fault: Faults<'_>) {
    for ((name, real), said) in NAMES.iter().zip(counts(rows, said.open)).zip(&said.counts) {
        if *said != real {
            fault(msg!("store-doctor-counter", id = id, name = *name, said = *said, real = real));
        }
    }
    let real = skips(rows);
    if real != said.skips {
        let said = format!("{:?}", said.skips);
        fault(msg!("store-doctor-skips", id = id, said = said, real = format!("{real:?}")));
    }
    let is_known = |state: i64| u8::try_from(state).ok().and_then(DeliveryState::from_code).is_some();
    let unknown: i64 = rows.iter().filter(|((state, _), _)| !is_known(*state)).map(|(_, n)| n).sum();
    if unknown > 0 {
        fault(msg!("store-doctor-deliveries-unreadable", id = id, count = unknown));
    }
}

/// Counts deliveries that belong to no broadcast.
fn without_broadcast(c: &Connection, fault: Faults<'_>) -> Result<()> {
    let read = |r: &Row<'_>| Ok((r.get(0)?, r.get(1)?));
    let (mut from, last): (i64, i64) =
        piece(c, || Ok(c.query_row("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM delivery", [], read)?))?;
    let mut strays = 0;
    while from <= last {
        strays += piece(c, || {
            let mut all = c.prepare_cached(
                "SELECT count(*) FROM delivery d WHERE d.id >= ?1 AND d.id <= ?2 AND NOT EXISTS \
                 (SELECT 1 FROM broadcast b WHERE b.id = d.broadcast AND d.id >= b.first AND d.id <= b.last)",
            )?;
            Ok(all.query_row([from, last.min(from + PIECE - 1)], |r| r.get::<_, i64>(0))?)
        })?;
        from += PIECE;
    }
    if strays != 0 {
        fault(msg!("store-doctor-no-broadcast", count = strays));
    }
    Ok(())
}

const OPEN: &str = formatcp!(
    "SELECT l.open, (SELECT count(*) FROM delivery d WHERE d.id >= l.first AND d.id < l.cursor AND +d.state = {QUEUED}), \
     (SELECT count(*) FROM delivery d WHERE d.id >= l.cursor AND d.id <= l.last AND (+d.state <> {QUEUED} OR d.broadcast <> l.broadcast OR \
     d.transport IS NOT l.transport)) FROM lease l WHERE l.id = ?1"
);

/// Checks the open count of each lease against the rows before its cursor, and whether the rows behind it can be claimed.
pub(super) fn leases(c: &Connection, fault: Faults<'_>) -> Result<()> {
    let ids: Vec<i64> = piece(c, || {
        let mut all = c.prepare("SELECT id FROM lease ORDER BY id")?;
        Ok(all.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
    })?;
    for id in ids {
        let read = |r: &Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, i64>(2)?));
        // It may have been used up meanwhile.
        let found = piece(c, || Ok(c.prepare_cached(OPEN)?.query_row([id], read).optional()?))?;
        let Some((open, behind, foreign)) = found else { continue };
        if open != behind {
            fault(msg!("store-doctor-lease-open", id = id, said = open, real = behind));
        }
        if foreign != 0 {
            fault(msg!("store-doctor-lease-foreign", id = id, count = foreign));
        }
    }
    Ok(())
}
