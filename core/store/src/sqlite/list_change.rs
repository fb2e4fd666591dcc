//! What admins say about a list whose settings have changed (R30): the same purpose in other words. Each word is an entry of the log.

use super::writer::Writer;
use super::{event, list_hold};
use crate::error::Result;
use crate::{ListHold, SamePurpose, StoreError};
use rundruf_consent::evidence::ListChange;
use rundruf_consent::{ListId, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, params};

/// Stores the admin's word that a list has the same purpose in other words, with an entry in the log, and lets it go on.
pub(super) fn same_purpose(w: &mut Writer, same: &SamePurpose, now: Time) -> Result<()> {
    let named =
        w.connection.prepare_cached("SELECT name FROM list WHERE id = ?1")?.query_row([same.list.0], |r| r.get(0));
    let name: String = named.optional()?.ok_or_else(|| StoreError::Missing(msg!("store-no-such-list")))?;
    let SamePurpose { actor, reason, before, after, .. } = same;
    let event = event::list_change(w, same.list, &ListChange { actor, before, after, list: &name, reason, time: now })?;
    let c = &w.connection;
    c.prepare_cached(
        "INSERT INTO list_change (list, at, actor, reason, before, after, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![same.list.0, now.0, same.actor, same.reason, same.before, same.after, event.0])?;
    list_hold::set_basis(c, same.list, &same.after)?;
    list_hold::set(c, same.list, ListHold::Nothing, now)?;
    Ok(())
}

/// What admins have said about a list, oldest first, with the time.
pub(super) fn changes(c: &Connection, list: ListId) -> Result<Vec<(Time, SamePurpose)>> {
    let mut all =
        c.prepare_cached("SELECT at, actor, reason, before, after FROM list_change WHERE list = ?1 ORDER BY id")?;
    let rows = all.query_map([list.0], |r| {
        let same = SamePurpose { list, actor: r.get(1)?, reason: r.get(2)?, before: r.get(3)?, after: r.get(4)? };
        Ok((Time(r.get(0)?), same))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
