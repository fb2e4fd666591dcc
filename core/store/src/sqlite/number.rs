//! Numbers of rows: counters that only grow. A number is never taken from the largest row and never used again, not even after a restore.

use crate::error::Result;
use rusqlite::{Connection, params};

/// Whose numbers.
pub(super) const CONTACT: &str = "contact";
pub(super) const ADDRESS: &str = "address";
pub(super) const DELIVERY: &str = "delivery";

/// What is left out after a gap: more than was ever used between a backup and the loss of what it was made of.
const GAP: i64 = 1 << 32;
/// The same for tables with few rows, whose numbers people type.
const SMALL_GAP: i64 = 1_000;
/// Tables with few rows.
const SMALL: [&str; 5] = ["list", "transport", "broadcast", "import", "list_change"];

/// An expression for the random part of an address's links: 56 bits, never 0.
pub(super) const RANDOM_LINK: &str = "((random() & 72057594037927934) + 1)";

/// Takes a block of numbers and returns the first. What is not used of it stays unused.
pub(super) fn take(c: &Connection, name: &str, count: i64) -> Result<i64> {
    let mut block = c.prepare_cached("UPDATE number SET next = next + ?2 WHERE name = ?1 RETURNING next - ?2")?;
    Ok(block.query_row(params![name, count.max(0)], |r| r.get(0))?)
}

/// The next number of every counter, those that SQLite keeps included.
pub(super) fn all(c: &Connection) -> Result<Vec<(String, i64)>> {
    let mut all =
        c.prepare_cached("SELECT name, next FROM number UNION ALL SELECT name, seq + 1 FROM sqlite_sequence")?;
    Ok(all.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// Leaves out every number that an older or a lost copy may have used. `used`: the next numbers that are known from elsewhere.
pub(super) fn leave_gap(c: &Connection, used: &[(String, i64)]) -> Result<()> {
    for (name, next) in all(c)? {
        let known = used.iter().filter(|(n, _)| *n == name).map(|(_, next)| *next).max().unwrap_or(next);
        let gap = if SMALL.contains(&name.as_str()) { SMALL_GAP } else { GAP };
        let from = next.max(known).saturating_add(gap);
        c.execute("UPDATE number SET next = ?2 WHERE name = ?1", params![name, from])?;
        c.execute("UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1", params![name, from - 1])?;
    }
    Ok(())
}
