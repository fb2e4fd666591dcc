//! Consistency checks: counters against rows, leases against deliveries, the log against its events, evidence against its keys.

use super::codes::{
    DELIVERED, ERASED, FAILED, HELD, IN_FLIGHT, NEVER_ASKED, QUEUED, READ, RETRY, SENT, SKIPPED, UNKNOWN,
};
use super::log;
use crate::Finding;
use crate::error::Result;
use crate::private_file::beside;
use const_format::formatcp;
use rundruf_consent::evidence::leaf;
use rundruf_consent::log::{Frontier, Nodes, root_at};
use rundruf_consent::text::Digest;
use rundruf_lang::{Message, msg};
use rusqlite::{Connection, OpenFlags, Row};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Runs all checks on one snapshot. Findings never contain an address.
pub(super) fn doctor(c: &Connection, path: &Path) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut fault = |text: Message| found.push(Finding { fault: true, text });
    counters(c, &mut fault)?;
    leases(c, &mut fault)?;
    events(c, &mut fault)?;
    tree(c, &mut fault)?;
    keys(c, &beside(path, "keys"), &mut fault)?;
    let integrity: String = c.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
    if integrity != "ok" {
        fault(msg!("store-doctor-file-damaged", why = integrity));
    }
    for file in [path.to_owned(), beside(path, "keys"), beside(path, "kek")] {
        match std::fs::metadata(&file) {
            Err(e) => fault(msg!("store-doctor-file-unreadable", path = %file.display(), error = &e)),
            Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
                fault(msg!("store-doctor-file-open", path = %file.display()));
            }
            Ok(_) => {}
        }
    }
    Ok(found)
}

const COUNTED: &str = formatcp!(
    "SELECT count(*), total(state = {QUEUED}), total(state = {IN_FLIGHT}), total(state = {RETRY}), total(state IN ({SENT}, {DELIVERED}, {READ})), total(state = {FAILED}), \
     total(state = {UNKNOWN}), total(state = {HELD}), total(state = {SKIPPED}), total(state = {DELIVERED}), total(state = {READ}) \
     FROM delivery WHERE id >= ?2 AND id <= ?3 AND broadcast = ?1"
);
const SAID: &str = "SELECT id, first, last, total, queued, in_flight, retry, sent, failed, unknown, held, skipped, delivered, \"read\", \
     (SELECT coalesce(sum(l.open), 0) FROM lease l WHERE l.broadcast = b.id) FROM broadcast b";
const SKIP_REASONS: &str = formatcp!(
    "SELECT reason, count(*) FROM delivery WHERE id >= ?2 AND id <= ?3 AND broadcast = ?1 AND state = {SKIPPED} GROUP BY reason"
);

/// Checks the running counters against the rows they count.
fn counters(c: &Connection, fault: &mut dyn FnMut(Message)) -> Result<()> {
    let mut all = c.prepare(SAID)?;
    let mut counted = c.prepare(COUNTED)?;
    let mut rows = all.query([])?;
    let mut rows_seen = 0;
    while let Some(r) = rows.next()? {
        let (id, first, last, open): (i64, i64, i64, i64) = (r.get(0)?, r.get(1)?, r.get(2)?, r.get(14)?);
        let number = |r: &Row<'_>, n: usize| r.get::<_, f64>(n).map(|f| f as i64);
        let real: Vec<i64> = counted.query_row([id, first, last], |r| {
            let (total, queued, flight): (i64, i64, i64) = (r.get(0)?, number(r, 1)?, number(r, 2)?);
            // What is open in a lease is in flight, though its row was not touched.
            let mut real = vec![total, queued - open, flight + open];
            for n in 3..11 {
                real.push(number(r, n)?);
            }
            Ok(real)
        })?;
        let names = [
            "total",
            "queued",
            "in_flight",
            "retry",
            "sent",
            "failed",
            "unknown",
            "held",
            "skipped",
            "delivered",
            "read",
        ];
        for ((name, real), column) in names.iter().zip(&real).zip(3..) {
            let said: i64 = r.get(column)?;
            if said != *real {
                fault(msg!("store-doctor-counter", id = id, name = *name, said = said, real = *real));
            }
        }
        rows_seen += real.first().copied().unwrap_or(0);
        skips(c, (id, first, last), fault)?;
    }
    let all: i64 = c.query_row("SELECT count(*) FROM delivery", [], |r| r.get(0))?;
    if all != rows_seen {
        fault(msg!("store-doctor-no-broadcast", count = all - rows_seen));
    }
    Ok(())
}

fn skips(c: &Connection, (id, first, last): (i64, i64, i64), fault: &mut dyn FnMut(Message)) -> Result<()> {
    let pair = |r: &Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?));
    let real: BTreeMap<i64, i64> =
        c.prepare_cached(SKIP_REASONS)?.query_map([id, first, last], pair)?.collect::<rusqlite::Result<_>>()?;
    let mut all = c.prepare_cached("SELECT reason, n FROM skip_tally WHERE broadcast = ?1 AND n <> 0")?;
    let said: BTreeMap<i64, i64> = all.query_map([id], pair)?.collect::<rusqlite::Result<_>>()?;
    if real != said {
        fault(msg!("store-doctor-skips", id = id, said = format!("{said:?}"), real = format!("{real:?}")));
    }
    Ok(())
}

const OPEN: &str = formatcp!(
    "SELECT l.id, l.open, (SELECT count(*) FROM delivery d WHERE d.id >= l.first AND d.id < l.cursor AND +d.state = {QUEUED}), \
     (SELECT count(*) FROM delivery d WHERE d.id >= l.cursor AND d.id <= l.last AND (+d.state <> {QUEUED} OR d.broadcast <> l.broadcast OR \
     d.transport IS NOT l.transport)) FROM lease l"
);

/// Checks the open count of each lease against the rows before its cursor, and whether the rows behind it can be claimed.
fn leases(c: &Connection, fault: &mut dyn FnMut(Message)) -> Result<()> {
    let mut all = c.prepare(OPEN)?;
    let mut rows = all.query([])?;
    while let Some(r) = rows.next()? {
        let (id, open, behind, foreign): (i64, i64, i64, i64) = (r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?);
        if open != behind {
            fault(msg!("store-doctor-lease-open", id = id, said = open, real = behind));
        }
        if foreign != 0 {
            fault(msg!("store-doctor-lease-foreign", id = id, count = foreign));
        }
    }
    Ok(())
}

/// Consistency checks: the finding, and what counts 0 in a healthy database.
const ZERO: [(&str, &str); 3] = [
    (
        "store-doctor-consent-state",
        "SELECT count(*) FROM consent c LEFT JOIN event e ON e.id = c.evidence \
         WHERE e.id IS NULL OR e.state <> c.state OR e.address <> c.address OR e.list <> c.list",
    ),
    (
        "store-doctor-event-order",
        "SELECT count(*) FROM event e LEFT JOIN event p ON p.id = e.previous \
         WHERE e.previous IS NOT NULL AND (p.id IS NULL OR p.id >= e.id OR p.address <> e.address OR p.list <> e.list)",
    ),
    (
        "store-doctor-open-requests",
        "SELECT count(*) FROM (SELECT 1 FROM request WHERE open = 1 GROUP BY address, list HAVING count(*) > 1)",
    ),
];

fn events(c: &Connection, fault: &mut dyn FnMut(Message)) -> Result<()> {
    for (finding, sql) in ZERO {
        let n: i64 = c.query_row(sql, [], |r| r.get(0))?;
        if n > 0 {
            fault(Message::new(finding).with("count", n));
        }
    }
    Ok(())
}

/// Rebuilds the tree from the commitments and compares root, stored hashes and the last checkpoint.
fn tree(c: &Connection, fault: &mut dyn FnMut(Message)) -> Result<()> {
    let stored = log::frontier(c)?;
    let mut built = Frontier::default();
    let mut wrong = 0_u64;
    let mut all = c.prepare("SELECT id, commitment FROM event ORDER BY id")?;
    let mut rows = all.query([])?;
    while let Some(r) = rows.next()? {
        let (id, commitment): (i64, Digest) = (r.get(0)?, r.get(1)?);
        if id.cast_unsigned() != built.size() + 1 {
            fault(msg!("store-doctor-gap", id = id));
            return Ok(());
        }
        built.push(leaf(&commitment), &mut |node| {
            let kept = log::StoredNodes(c).range(node.level, node.index, 1);
            wrong += u64::from(kept.as_deref() != Some(&[node.hash]));
        });
    }
    if built != stored {
        let (said, real) = (stored.size(), built.size());
        fault(msg!("store-doctor-log-size", said = said, real = real));
    }
    if wrong > 0 {
        fault(msg!("store-doctor-hashes", count = wrong));
    }
    if let Some((size, root, _)) = log::last_checkpoint(c)?
        && root_at(&log::StoredNodes(c), size) != Some(root)
    {
        fault(msg!("store-doctor-not-continued"));
    }
    Ok(())
}

/// Counts consents without a key: their evidence cannot be read.
fn keys(c: &Connection, path: &Path, fault: &mut dyn FnMut(Message)) -> Result<()> {
    let keys = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let mut find = keys.prepare("SELECT 1 FROM subject WHERE address = ?1")?;
    let mut all = c.prepare(formatcp!("SELECT address FROM consent WHERE state NOT IN ({NEVER_ASKED}, {ERASED})"))?;
    let mut rows = all.query([])?;
    let mut missing = 0_u64;
    while let Some(r) = rows.next()? {
        missing += u64::from(!find.exists([r.get::<_, i64>(0)?])?);
    }
    if missing > 0 {
        fault(msg!("store-doctor-no-key", count = missing));
    }
    Ok(())
}
