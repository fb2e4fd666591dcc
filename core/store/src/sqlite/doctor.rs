//! Consistency checks: counters against rows, leases against deliveries, the log against its events, evidence against its keys.
//!
//! They run beside a broadcast. A reader that stays keeps the WAL from being used again, so each check reads a piece at a time, in a snapshot of
//! its own, and leaves the writer a moment between two of them.

mod consents; // consents, their events and keys
mod deliveries; // deliveries, their counters and leases
mod piece; // reading a piece at a time

use super::log;
use crate::Finding;
use crate::error::Result;
use crate::private_file::beside;
use piece::{Faults, PIECE, piece};
use rundruf_consent::evidence::leaf;
use rundruf_consent::log::{Frontier, Nodes, root_at};
use rundruf_consent::text::Digest;
use rundruf_lang::{Message, msg};
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The checks of the rows, piece by piece, on a connection without a transaction. Findings never contain an address.
pub(super) fn contents(c: &Connection, path: &Path) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let mut fault = |text: Message| found.push(Finding { fault: true, text });
    deliveries::states(c, &mut fault)?;
    deliveries::counters(c, &mut fault)?;
    deliveries::leases(c, &mut fault)?;
    consents::consents(c, &beside(path, "keys"), &mut fault)?;
    consents::events(c, &mut fault)?;
    tree(c, &mut fault)?;
    file(c, &mut fault)?;
    Ok(found)
}

/// Runs all checks: rows, files and their permissions.
pub(super) fn doctor(c: &Connection, path: &Path) -> Result<Vec<Finding>> {
    let mut found = contents(c, path)?;
    let mut fault = |text: Message| found.push(Finding { fault: true, text });
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

/// Lets SQLite check its pages, table by table.
fn file(c: &Connection, fault: Faults<'_>) -> Result<()> {
    let tables: Vec<String> = piece(c, || {
        let mut all = c.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
        Ok(all.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
    })?;
    for table in tables {
        let name = table.replace('"', "\"\"");
        let said: String = piece(c, || Ok(c.query_row(&format!("PRAGMA quick_check(\"{name}\")"), [], |r| r.get(0))?))?;
        if said != "ok" {
            fault(msg!("store-doctor-file-damaged", why = said));
            return Ok(());
        }
    }
    Ok(())
}

/// Rebuilds the tree from the commitments and compares root, stored hashes and the last checkpoint.
fn tree(c: &Connection, fault: Faults<'_>) -> Result<()> {
    // What comes later is not looked at.
    let (stored, last, signed) = piece(c, || {
        let last: i64 = c.query_row("SELECT coalesce(max(id), 0) FROM event", [], |r| r.get(0))?;
        Ok((log::frontier(c)?, last, log::last_checkpoint(c)?))
    })?;
    let mut built = Frontier::default();
    let mut wrong = 0_u64;
    let mut from = 0;
    while from < last {
        let gap = piece(c, || {
            let mut all =
                c.prepare_cached("SELECT id, commitment FROM event WHERE id > ?1 AND id <= ?2 ORDER BY id")?;
            let mut rows = all.query([from, last.min(from + PIECE)])?;
            while let Some(r) = rows.next()? {
                let (id, commitment): (i64, Digest) = (r.get(0)?, r.get(1)?);
                if id.cast_unsigned() != built.size() + 1 {
                    return Ok(Some(id));
                }
                built.push(leaf(&commitment), &mut |node| {
                    let kept = log::StoredNodes(c).range(node.level, node.index, 1);
                    wrong += u64::from(kept.as_deref() != Some(&[node.hash]));
                });
            }
            Ok(None)
        })?;
        if let Some(id) = gap {
            fault(msg!("store-doctor-gap", id = id));
            return Ok(());
        }
        from += PIECE;
    }
    if built != stored {
        let (said, real) = (stored.size(), built.size());
        fault(msg!("store-doctor-log-size", said = said, real = real));
    }
    if wrong > 0 {
        fault(msg!("store-doctor-hashes", count = wrong));
    }
    let is_continued = |(size, root, _): (u64, Digest, String)| root_at(&log::StoredNodes(c), size) == Some(root);
    if !piece(c, || Ok(signed.is_none_or(is_continued)))? {
        fault(msg!("store-doctor-not-continued"));
    }
    Ok(())
}
