//! Suppression: keyed hashes of addresses that must not get messages, for one list or (0) for all. They outlive the address.

use super::writer::Writer;
use crate::error::Result;
use rundruf_consent::suppression::{self, Pepper};
use rundruf_consent::{Address, AddressFlags, ListId, Time};
use rusqlite::{Connection, params};

/// Means all lists.
pub(super) const EVERYWHERE: ListId = ListId(0);

/// Suppresses an address for a list.
pub(super) fn add(w: &Writer, address: &Address, list: ListId, now: Time) -> Result<()> {
    let hash = suppression::hash(&w.secrets.pepper, address);
    w.connection
        .prepare_cached("INSERT OR IGNORE INTO suppression (hash, list, created) VALUES (?1, ?2, ?3)")?
        .execute(params![hash, list.0, now.0])?;
    Ok(())
}

/// Lifts the suppression of an address for a list.
pub(super) fn lift(w: &Writer, address: &Address, list: ListId) -> Result<()> {
    for hash in suppression::hashes(&w.secrets.pepper, address) {
        w.connection
            .prepare_cached("DELETE FROM suppression WHERE hash = ?1 AND list = ?2")?
            .execute(params![hash, list.0])?;
    }
    Ok(())
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
    let mut all = c.prepare_cached("SELECT list FROM suppression WHERE hash = ?1 AND list IN (0, ?2)")?;
    for hash in suppression::hashes(pepper, address) {
        let mut rows = all.query(params![hash, list.0])?;
        while let Some(row) = rows.next()? {
            let scope = ListId(row.get(0)?);
            found.everywhere |= scope == EVERYWHERE;
            found.for_list |= scope == list;
        }
    }
    Ok(found)
}
