//! Consents: whether they can be read, are what their last event says, and have a key; events: whether they are in order.

use super::piece::{Faults, PIECE, piece};
use crate::error::Result;
use crate::sqlite::codes::{ERASED, NEVER_ASKED};
use rundruf_consent::{AddressFlags, Channel, State};
use rundruf_lang::msg;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};
use std::path::Path;

const CONSENTS: &str = "SELECT c.list, c.contact, c.address, c.state, a.channel, a.flags, \
     e.id IS NULL OR e.state IS NOT c.state OR coalesce(b.alias_of, e.address) <> c.address OR e.list <> c.list \
     FROM consent c LEFT JOIN event e ON e.id = c.evidence LEFT JOIN address a ON a.id = c.address LEFT JOIN address b ON b.id = e.address \
     WHERE (c.list, c.contact, c.address) > (?1, ?2, ?3) ORDER BY c.list, c.contact, c.address LIMIT ?4";

fn code(r: &Row<'_>, column: usize) -> rusqlite::Result<Option<u8>> {
    Ok(match r.get_ref(column)? {
        ValueRef::Integer(code) => u8::try_from(code).ok(),
        _ => None,
    })
}

#[derive(Default)]
struct Found {
    rows: i64,
    unreadable: u64,
    differ: u64,
    without_key: u64,
}

/// Checks every consent. One that cannot be read gets nothing, and its person may be left out of a broadcast without a row.
pub(super) fn consents(c: &Connection, keys: &Path, fault: Faults<'_>) -> Result<()> {
    let keys = Connection::open_with_flags(keys, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let (mut all, mut after) = (Found::default(), (i64::MIN, i64::MIN, i64::MIN));
    loop {
        let found = piece(c, || {
            let mut found = Found::default();
            let mut has_key = keys.prepare_cached("SELECT 1 FROM subject WHERE address = ?1")?;
            let mut rows = c.prepare_cached(CONSENTS)?;
            let mut rows = rows.query([after.0, after.1, after.2, PIECE])?;
            while let Some(r) = rows.next()? {
                after = (r.get(0)?, r.get(1)?, r.get(2)?);
                let state = code(r, 3)?.and_then(State::from_code);
                let channel = code(r, 4)?.and_then(Channel::from_code);
                let flags = code(r, 5)?.and_then(AddressFlags::from_bits);
                found.rows += 1;
                // An erased address has no channel any more.
                let erased = state == Some(State::Erased);
                found.unreadable += u64::from(state.is_none() || (channel.is_none() && !erased) || flags.is_none());
                found.differ += u64::from(r.get::<_, bool>(6)?);
                let needs_key = state.is_none_or(|s| s.code() != NEVER_ASKED && s.code() != ERASED);
                found.without_key += u64::from(needs_key && !has_key.exists([after.2])?);
            }
            Ok(found)
        })?;
        all.unreadable += found.unreadable;
        all.differ += found.differ;
        all.without_key += found.without_key;
        if found.rows < PIECE {
            break;
        }
    }
    if all.unreadable > 0 {
        fault(msg!("store-doctor-consents-unreadable", count = all.unreadable));
    }
    if all.differ > 0 {
        fault(msg!("store-doctor-consent-state", count = all.differ));
    }
    if all.without_key > 0 {
        fault(msg!("store-doctor-no-key", count = all.without_key));
    }
    Ok(())
}

const EVENTS: &str = "SELECT count(*) FROM event e LEFT JOIN event p ON p.id = e.previous WHERE e.id > ?1 AND e.id <= ?2 \
     AND e.previous IS NOT NULL AND (p.id IS NULL OR p.id >= e.id OR p.list <> e.list OR (p.address <> e.address AND \
     coalesce((SELECT alias_of FROM address WHERE id = p.address), p.address) <> \
     coalesce((SELECT alias_of FROM address WHERE id = e.address), e.address)))";

/// Checks that each event follows one of the same consent, and that no consent has two open requests.
pub(super) fn events(c: &Connection, fault: Faults<'_>) -> Result<()> {
    let last: i64 = piece(c, || Ok(c.query_row("SELECT coalesce(max(id), 0) FROM event", [], |r| r.get(0))?))?;
    let (mut from, mut wrong) = (0, 0_i64);
    while from < last {
        wrong += piece(c, || {
            Ok(c.prepare_cached(EVENTS)?.query_row([from, last.min(from + PIECE)], |r| r.get::<_, i64>(0))?)
        })?;
        from += PIECE;
    }
    if wrong > 0 {
        fault(msg!("store-doctor-event-order", count = wrong));
    }
    let twice: i64 = piece(c, || {
        let sql =
            "SELECT count(*) FROM (SELECT 1 FROM request WHERE open = 1 GROUP BY address, list HAVING count(*) > 1)";
        Ok(c.query_row(sql, [], |r| r.get(0))?)
    })?;
    if twice > 0 {
        fault(msg!("store-doctor-open-requests", count = twice));
    }
    Ok(())
}
