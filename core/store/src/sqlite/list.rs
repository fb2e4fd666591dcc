//! Lists and transports: each name keeps its number.

use super::codes::{CONFIRMED, CUSTOMER, PAUSED_CONSENT, REQUESTED, STALE};
use super::stop_journal;
use crate::error::Result;
use crate::{ListHold, ListRow, ListStats, StoreError, TransportId};
use const_format::formatcp;
use rundruf_consent::{ListId, State, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

pub(super) fn list_sync(c: &Connection, names: &[String]) -> Result<Vec<ListId>> {
    names
        .iter()
        .map(|name| {
            let found: Option<(i64, Option<i64>)> = c
                .query_row("SELECT id, closed FROM list WHERE name = ?1", [name], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()?;
            match found {
                Some((id, None)) => Ok(ListId(id)),
                Some((_, Some(_))) => Err(StoreError::State(msg!("store-list-closed", name = name))),
                None => {
                    c.execute("INSERT INTO list (name) VALUES (?1)", [name])?;
                    Ok(ListId(c.last_insert_rowid()))
                }
            }
        })
        .collect()
}

/// The number of a list, whatever became of it; a name that was never seen gets one.
pub(super) fn number_of(c: &Connection, name: &str) -> Result<ListId> {
    c.execute("INSERT INTO list (name) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM list WHERE name = ?1)", [name])?;
    Ok(ListId(c.query_row("SELECT id FROM list WHERE name = ?1", [name], |r| r.get(0))?))
}

pub(super) fn list_close(c: &Connection, list: ListId, now: Time) -> Result<()> {
    let changed = c.execute("UPDATE list SET closed = coalesce(closed, ?2) WHERE id = ?1", params![list.0, now.0])?;
    if changed == 0 { Err(StoreError::Missing(msg!("store-no-such-list"))) } else { Ok(()) }
}

/// Whether anybody has said yes to a list, or has been asked: only then its purpose is anybody's.
pub(super) fn list_in_use(c: &Connection, list: ListId) -> Result<bool> {
    Ok(c.prepare_cached(formatcp!(
        "SELECT 1 FROM consent WHERE list = ?1 AND state IN ({REQUESTED}, {CONFIRMED}, {CUSTOMER}, {PAUSED_CONSENT}, {STALE}) LIMIT 1"
    ))?
    .exists([list.0])?)
}

pub(super) fn list_all(c: &Connection) -> Result<Vec<ListRow>> {
    let mut all = c.prepare_cached("SELECT id, name, closed IS NOT NULL, hold, basis FROM list ORDER BY name")?;
    let missing = stop_journal::missing_since(c)?.is_some();
    let rows = all.query_map([], |r| {
        let hold = match ListHold::from_code(r.get(3)?) {
            ListHold::Nothing if missing => ListHold::StopsMissing,
            hold => hold,
        };
        Ok(ListRow { id: ListId(r.get(0)?), name: r.get(1)?, closed: r.get(2)?, hold, basis: r.get(4)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn list_stats(c: &Connection) -> Result<Vec<ListStats>> {
    let mut counts = c.prepare_cached("SELECT state, count(*) FROM consent WHERE list = ?1 GROUP BY state")?;
    let count = |ListRow { id, name, closed, hold, .. }: ListRow| {
        let mut by_state = BTreeMap::new();
        for count in counts.query_map([id.0], |r| Ok((r.get::<_, u8>(0)?, r.get::<_, i64>(1)?)))? {
            let (code, n) = count?;
            if let Some(state) = State::from_code(code) {
                by_state.insert(state.word(), n.cast_unsigned());
            }
        }
        Ok(ListStats { id, name, closed, hold, by_state })
    };
    list_all(c)?.into_iter().map(count).collect()
}

pub(super) fn transport_sync(c: &Connection, names: &[String]) -> Result<Vec<TransportId>> {
    names
        .iter()
        .map(|name| {
            c.execute("INSERT INTO transport (name) VALUES (?1) ON CONFLICT DO NOTHING", [name])?;
            Ok(TransportId(c.query_row("SELECT id FROM transport WHERE name = ?1", [name], |r| r.get(0))?))
        })
        .collect()
}
