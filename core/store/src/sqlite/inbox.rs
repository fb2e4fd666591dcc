//! Inbound messages that wait for a person, and what people did about them.

use super::codes::HELD_CONSENT;
use crate::error::Result;
use crate::{HeldConsent, InboundRow, InboxAction, InboxCounts, InboxNote, InboxRow, StoreError, TransportId};
use const_format::formatcp;
use rundruf_consent::{Address, AddressId, BroadcastId, Channel, ListId, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "SELECT id, transport, channel, value, kind, trust, text, coalesce(remote_id, ''), at, done, open, extras FROM inbound";
const OPEN: &str = formatcp!("{COLUMNS} INDEXED BY inbound_open WHERE open = 1 AND id > ?1 ORDER BY id LIMIT ?2");
const ALL: &str = formatcp!("{COLUMNS} WHERE id > ?1 ORDER BY id LIMIT ?2");
const HELD: &str = formatcp!(
    "SELECT address, list, since FROM consent INDEXED BY consent_held WHERE state = {HELD_CONSENT} ORDER BY since LIMIT ?1"
);

/// A row, without its notes; `None` if its channel has a number that this program does not know.
pub(super) fn read(r: &Row<'_>) -> rusqlite::Result<Option<InboxRow>> {
    let Some(channel) = Channel::from_code(r.get(2)?) else { return Ok(None) };
    let message = InboundRow {
        id: r.get(0)?,
        transport: TransportId(r.get(1)?),
        address: Address::from_normal(channel, &r.get::<_, String>(3)?),
        kind: r.get(4)?,
        trust: r.get(5)?,
        text: r.get(6)?,
        remote_id: r.get(7)?,
        at: Time(r.get(8)?),
        extras: super::inbound::extras(r.get(11)?),
    };
    Ok(Some(InboxRow { message, what: r.get(9)?, open: r.get(10)?, notes: Vec::new() }))
}

pub(super) fn with_notes(c: &Connection, mut row: InboxRow) -> Result<InboxRow> {
    let mut all = c.prepare_cached("SELECT kind, actor, body, at FROM inbox_note WHERE inbound = ?1 ORDER BY id")?;
    let note = |r: &Row<'_>| {
        let word: String = r.get(0)?;
        let action = InboxAction::ALL.into_iter().find(|a| a.word() == word);
        Ok(InboxNote { action, actor: r.get(1)?, body: r.get(2)?, at: Time(r.get(3)?) })
    };
    row.notes = all.query_map([row.message.id], note)?.collect::<rusqlite::Result<_>>()?;
    Ok(row)
}

pub(super) fn list(c: &Connection, after: i64, limit: u32, all: bool) -> Result<Vec<InboxRow>> {
    let mut rows = c.prepare_cached(if all { ALL } else { OPEN })?;
    let rows: Vec<_> = rows.query_map(params![after, limit.min(10_000)], read)?.collect::<rusqlite::Result<_>>()?;
    rows.into_iter().flatten().map(|row| with_notes(c, row)).collect()
}

pub(super) fn get(c: &Connection, id: i64) -> Result<Option<InboxRow>> {
    let found = c.prepare_cached(formatcp!("{COLUMNS} WHERE id = ?1"))?.query_row([id], read).optional()?;
    found.flatten().map(|row| with_notes(c, row)).transpose()
}

/// Stores what a person did.
pub(super) fn act(c: &Connection, id: i64, action: InboxAction, actor: &str, body: &str, now: Time) -> Result<()> {
    let changed = c
        .prepare_cached("UPDATE inbound SET open = CASE WHEN ?2 THEN 0 ELSE open END WHERE id = ?1")?
        .execute(params![id, action.ends()])?;
    if changed == 0 {
        return Err(StoreError::Missing(msg!("store-no-message", id = id)));
    }
    c.prepare_cached("INSERT INTO inbox_note (inbound, kind, actor, body, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![id, action.word(), actor, body, now.0])?;
    Ok(())
}

pub(super) fn counts(c: &Connection) -> Result<InboxCounts> {
    let (messages, oldest, newest): (i64, Option<i64>, Option<i64>) = c
        .prepare_cached("SELECT count(*), min(at), max(id) FROM inbound INDEXED BY inbound_open WHERE open = 1")?
        .query_row([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let mut all = c.prepare_cached("SELECT id, unknown FROM broadcast WHERE unknown > 0 ORDER BY id")?;
    let unknown = all
        .query_map([], |r| Ok((BroadcastId(r.get(0)?), r.get::<_, i64>(1)?.unsigned_abs())))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(InboxCounts {
        messages: messages.unsigned_abs(),
        newest: newest.unwrap_or(0),
        oldest: oldest.map(Time),
        unknown,
    })
}

/// Held consents, the oldest first.
pub(super) fn held(c: &Connection, limit: u32) -> Result<Vec<HeldConsent>> {
    let mut all = c.prepare_cached(HELD)?;
    let row = |r: &Row<'_>| {
        Ok(HeldConsent { address: AddressId(r.get(0)?), list: ListId(r.get(1)?), since: Time(r.get(2)?) })
    };
    Ok(all.query_map([limit], row)?.collect::<rusqlite::Result<_>>()?)
}
