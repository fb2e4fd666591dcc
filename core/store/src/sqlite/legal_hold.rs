//! Legal holds (R34): contacts whose data is kept for legal claims until a set time, although it would be erased or deleted. It changes nothing about
//! messages: a stop is a stop.

use super::writer::Writer;
use super::{contact, event};
use crate::error::Result;
use crate::{LegalHold, StoreError};
use const_format::formatcp;
use rundruf_consent::evidence::EvidenceDraft;
use rundruf_consent::{ContactId, Event, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "contact, since, until, actor, reason, erase";

fn row(r: &Row<'_>) -> rusqlite::Result<LegalHold> {
    Ok(LegalHold {
        contact: ContactId(r.get(0)?),
        since: Time(r.get(1)?),
        until: Time(r.get(2)?),
        actor: r.get(3)?,
        reason: r.get(4)?,
        erase: r.get(5)?,
    })
}

pub(super) fn get(c: &Connection, contact: ContactId) -> Result<Option<LegalHold>> {
    let mut one = c.prepare_cached(formatcp!("SELECT {COLUMNS} FROM legal_hold WHERE contact = ?1"))?;
    Ok(one.query_row([contact.0], row).optional()?)
}

/// Holds whose time is over.
pub(super) fn over(c: &Connection, now: Time, limit: u32) -> Result<Vec<LegalHold>> {
    let mut all =
        c.prepare_cached(formatcp!("SELECT {COLUMNS} FROM legal_hold WHERE until <= ?1 ORDER BY until LIMIT ?2"))?;
    Ok(all.query_map(params![now.0, limit], row)?.collect::<rusqlite::Result<_>>()?)
}

/// An event about the contact, under the key of its first address.
fn note(w: &mut Writer, contact: ContactId, draft: &EvidenceDraft, detail: String, now: Time) -> Result<()> {
    let found = contact::contact_get(&w.connection, contact)?;
    let Some(first) = found.and_then(|row| row.addresses.into_iter().next()) else { return Ok(()) };
    let mut draft = draft.clone();
    draft.source.detail = Some(detail);
    event::note(w, (first.id, &first.address), Event::Edit, &draft, now)?;
    Ok(())
}

/// Begins a hold, or changes the end and reason of one; `until` is its end in words. What the person asked for meanwhile stays.
pub(super) fn set(w: &mut Writer, hold: &LegalHold, until: &str, draft: &EvidenceDraft, now: Time) -> Result<()> {
    if contact::contact_get(&w.connection, hold.contact)?.is_none() {
        return Err(StoreError::Missing(msg!("store-no-such-contact")));
    }
    w.connection
        .prepare_cached(
            "INSERT INTO legal_hold (contact, since, until, actor, reason) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (contact) DO UPDATE SET until = excluded.until, actor = excluded.actor, reason = excluded.reason",
        )?
        .execute(params![hold.contact.0, hold.since.0, hold.until.0, hold.actor, hold.reason])?;
    note(w, hold.contact, draft, format!("legal hold until {until}: {}", hold.reason), now)
}

/// Ends a hold. Answers it, if there was one.
pub(super) fn end(
    w: &mut Writer,
    contact: ContactId,
    reason: &str,
    draft: &EvidenceDraft,
    now: Time,
) -> Result<Option<LegalHold>> {
    let Some(hold) = get(&w.connection, contact)? else { return Ok(None) };
    w.connection.prepare_cached("DELETE FROM legal_hold WHERE contact = ?1")?.execute([contact.0])?;
    note(w, contact, draft, format!("legal hold ended: {reason}"), now)?;
    Ok(Some(hold))
}

/// The person asked to be forgotten: that happens when the hold ends. False if there is none.
pub(super) fn erase_later(c: &Connection, contact: ContactId) -> Result<bool> {
    Ok(c.prepare_cached("UPDATE legal_hold SET erase = 1 WHERE contact = ?1")?.execute([contact.0])? > 0)
}

/// Two contacts become one: the longer hold stays, and who asked to be forgotten has asked.
pub(super) fn merge(c: &Connection, keep: ContactId, gone: ContactId) -> Result<()> {
    c.prepare_cached(
        "INSERT INTO legal_hold (contact, since, until, actor, reason, erase) \
         SELECT ?1, since, until, actor, reason, erase FROM legal_hold WHERE contact = ?2 \
         ON CONFLICT (contact) DO UPDATE SET since = min(since, excluded.since), erase = max(erase, excluded.erase), \
           reason = reason || '; ' || excluded.reason, until = max(until, excluded.until)",
    )?
    .execute([keep.0, gone.0])?;
    c.prepare_cached("DELETE FROM legal_hold WHERE contact = ?1")?.execute([gone.0])?;
    Ok(())
}
