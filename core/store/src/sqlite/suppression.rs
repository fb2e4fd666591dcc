//! Suppression: keyed hashes of mailboxes that must not get messages, for one list or (0) for all. They outlive the address.
//!
//! A stop stores the hash of the mailbox, so that it reaches every spelling and tag. A yes that comes later reopens its own key and list alone: the
//! stop stays in force for everybody else behind that mailbox.

use super::stop_journal;
use super::writer::Writer;
use crate::error::Result;
use rundruf_consent::suppression::{self, Pepper};
use rundruf_consent::{Address, AddressFlags, Event, ListId, Time};
use rusqlite::{Connection, params};

/// Means all lists.
pub(super) const EVERYWHERE: ListId = ListId(0);

/// Suppresses the mailbox of an address for a list, or for all. Ordered by the log: a yes that was given before it counts no more.
pub(super) fn add(w: &Writer, address: &Address, list: ListId, now: Time) -> Result<()> {
    w.stopped(address);
    let event = if list == EVERYWHERE { Event::StopAll } else { Event::Stop };
    stop_journal::note(&w.connection, (&w.secrets.pepper, &w.stop_lines), (address, list), event, now)?;
    add_hash(w, suppression::mailbox_hash(&w.secrets.pepper, address), list, now)
}

/// Suppresses a mailbox by its hash.
pub(super) fn add_hash(w: &Writer, hash: [u8; 32], list: ListId, now: Time) -> Result<()> {
    w.connection
        .prepare_cached(
            "INSERT INTO suppression (hash, list, created, event) VALUES (?1, ?2, ?3, (SELECT coalesce(max(id), 0) FROM event)) \
             ON CONFLICT (hash, list) DO UPDATE SET event = excluded.event",
        )?
        .execute(params![hash, list.0, now.0])?;
    Ok(())
}

/// Suppresses the mailbox of an address as what is suppressed under one of the address's own hashes, stored by an earlier version.
pub(super) fn widen(w: &Writer, address: &Address) -> Result<()> {
    let (c, pepper) = (&w.connection, &w.secrets.pepper);
    let mailbox = suppression::mailbox_hash(pepper, address);
    for hash in suppression::hashes(pepper, address).into_iter().filter(|hash| *hash != mailbox) {
        c.prepare_cached(
            "INSERT INTO suppression (hash, list, created, event) SELECT ?2, list, created, event FROM suppression WHERE hash = ?1 \
             ON CONFLICT (hash, list) DO UPDATE SET created = max(created, excluded.created), event = max(event, excluded.event)",
        )?
        .execute(params![hash, mailbox])?;
    }
    Ok(())
}

/// The person has signed up again for this list: earlier stops do not hold for this very address and this list any more. They stay for all
/// others: other lists, and other addresses of the mailbox. Call it after the event of the yes was stored.
pub(super) fn reopen(w: &Writer, address: &Address, list: ListId) -> Result<()> {
    let hash = suppression::hash(&w.secrets.pepper, address);
    w.connection
        .prepare_cached(
            "INSERT OR REPLACE INTO reopened (hash, list, event) VALUES (?1, ?2, (SELECT coalesce(max(id), 0) FROM event))",
        )?
        .execute(params![hash, list.0])?;
    Ok(())
}

/// When the newest suppression of an address for a list was stored, or for all lists.
pub(super) fn since(w: &Writer, address: &Address, list: ListId) -> Result<Option<Time>> {
    let mut newest = None;
    for hash in suppression::hashes(&w.secrets.pepper, address) {
        let created: Option<i64> = w
            .connection
            .prepare_cached("SELECT max(created) FROM suppression WHERE hash = ?1 AND list IN (0, ?2)")?
            .query_row(params![hash, list.0], |r| r.get(0))?;
        newest = newest.max(created);
    }
    Ok(newest.map(Time))
}

/// Where an address is suppressed.
#[derive(Clone, Copy, Default)]
pub(super) struct SuppressionMatch {
    pub(super) everywhere: bool,
    pub(super) for_list: bool,
}

impl SuppressionMatch {
    pub(super) const fn any(self) -> bool {
        self.everywhere || self.for_list
    }

    /// Flags of a new address.
    pub(super) const fn flags(self) -> AddressFlags {
        if self.everywhere { AddressFlags::SUPPRESSED } else { AddressFlags(0) }
    }
}

/// Looks up whether an address is suppressed, for one list and for all.
pub(super) fn look(c: &Connection, pepper: &Pepper, address: &Address, list: ListId) -> Result<SuppressionMatch> {
    let mut found = SuppressionMatch::default();
    let mut all = c.prepare_cached(
        "SELECT list FROM suppression WHERE hash = ?1 AND list IN (0, ?2) \
         AND event >= coalesce((SELECT r.event FROM reopened r WHERE r.hash = ?3 AND r.list = ?2), 0)",
    )?;
    let own = suppression::hash(pepper, address);
    for hash in suppression::hashes(pepper, address) {
        let mut rows = all.query(params![hash, list.0, own])?;
        while let Some(row) = rows.next()? {
            let scope = ListId(row.get(0)?);
            found.everywhere |= scope == EVERYWHERE;
            found.for_list |= scope == list;
        }
    }
    Ok(found)
}
