//! Who must not be written to: hashes that outlive the address, for one list or (0) for all of them, and the flags of an address.

use super::consent::target;
use super::writer::Writer;
use crate::error::Result;
use crate::{ConsentTarget, StoreError};
use rundruf_consent::suppression::{self, Pepper};
use rundruf_consent::{Address, AddressFlags, AddressId, ListId, Time};
use rusqlite::{Connection, params};

/// Stands for all lists.
pub(super) const EVERYWHERE: ListId = ListId(0);

/// Puts an address on the list of hashes.
pub(super) fn add(w: &Writer, address: &Address, list: ListId, now: Time) -> Result<()> {
    let hash = suppression::hash(&w.secrets.pepper, address);
    w.connection
        .prepare_cached("INSERT OR IGNORE INTO suppression (hash, list, created) VALUES (?1, ?2, ?3)")?
        .execute(params![hash, list.0, now.0])?;
    Ok(())
}

/// Takes it off again.
pub(super) fn lift(w: &Writer, address: &Address, list: ListId) -> Result<()> {
    for hash in suppression::hashes(&w.secrets.pepper, address) {
        w.connection
            .prepare_cached("DELETE FROM suppression WHERE hash = ?1 AND list = ?2")?
            .execute(params![hash, list.0])?;
    }
    Ok(())
}

/// What the list of hashes says about an address.
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

/// Looks an address up, for one list and for all of them.
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

/// Sets and clears flags of an address; `SUPPRESSED` also moves its hash.
pub(super) fn flag(
    w: &Writer,
    address: AddressId,
    set: AddressFlags,
    clear: AddressFlags,
    now: Time,
) -> Result<AddressFlags> {
    let (found, _) = target(&w.connection, &ConsentTarget::Ids(address, EVERYWHERE))?
        .ok_or_else(|| StoreError::Missing(format!("address `{address}`")))?;
    if set.has(AddressFlags::SUPPRESSED) {
        add(w, &found.2, EVERYWHERE, now)?;
    } else if clear.has(AddressFlags::SUPPRESSED) {
        lift(w, &found.2, EVERYWHERE)?;
    }
    let flags: u8 = w
        .connection
        .prepare_cached("UPDATE address SET flags = (flags & ~?3) | ?2 WHERE id = ?1 RETURNING flags")?
        .query_row(params![address.0, set.0, clear.0], |r| r.get(0))?;
    Ok(AddressFlags(flags))
}
