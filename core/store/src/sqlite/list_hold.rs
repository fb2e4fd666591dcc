//! Lists that send nothing for now (R30): another purpose than their consents were given for, or gone from the settings. Their broadcasts wait.

use super::broadcast;
use super::codes::{PAUSED, RUNNING, SCHEDULED};
use super::counters::finish_if_done;
use super::stop_journal;
use crate::error::Result;
use crate::{ListHold, StoreError};
use const_format::formatcp;
use rundruf_consent::{BroadcastId, ListId, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, params};

const WAIT: &str =
    formatcp!("UPDATE broadcast SET state = {PAUSED}, waits = 1 WHERE list = ?1 AND state IN ({SCHEDULED}, {RUNNING})");
const WAITING: &str = formatcp!("SELECT id FROM broadcast WHERE list = ?1 AND state = {PAUSED} AND waits = 1");

/// Why a list sends nothing now; `Nothing` if it does.
pub(super) fn of(c: &Connection, list: ListId) -> Result<ListHold> {
    let code: Option<u8> =
        c.prepare_cached("SELECT hold FROM list WHERE id = ?1")?.query_row([list.0], |r| r.get(0)).optional()?;
    Ok(match code.map_or(ListHold::Nothing, ListHold::from_code) {
        ListHold::Nothing if stop_journal::missing_since(c)?.is_some() => ListHold::StopsMissing,
        hold => hold,
    })
}

/// Refuses what a closed or held list takes no more.
pub(super) fn check_open(c: &Connection, list: ListId) -> Result<()> {
    let found: Option<(String, bool, u8)> = c
        .prepare_cached("SELECT name, closed IS NOT NULL, hold FROM list WHERE id = ?1")?
        .query_row([list.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .optional()?;
    match found {
        None => Err(StoreError::Missing(msg!("store-no-such-list"))),
        Some((name, true, _)) => Err(StoreError::State(msg!("store-list-closed", name = name))),
        Some((name, false, hold)) if ListHold::from_code(hold) != ListHold::Nothing => {
            Err(StoreError::State(msg!("store-list-held", name = name)))
        }
        Some(_) if stop_journal::missing_since(c)?.is_some() => Err(StoreError::State(msg!("store-stops-missing"))),
        Some(_) => Ok(()),
    }
}

/// Holds a list or lets it go on, with its broadcasts. Returns whether that changed anything.
pub(super) fn set(c: &Connection, list: ListId, hold: ListHold, now: Time) -> Result<bool> {
    let since = (hold != ListHold::Nothing).then_some(now.0);
    let changed = c
        .prepare_cached("UPDATE list SET hold = ?2, hold_since = ?3 WHERE id = ?1 AND hold <> ?2")?
        .execute(params![list.0, hold as u8, since])?;
    if hold == ListHold::Nothing {
        if stop_journal::missing_since(c)?.is_none() {
            resume(c, list, now)?;
        }
    } else {
        c.prepare_cached(WAIT)?.execute([list.0])?;
    }
    Ok(changed > 0)
}

/// Lets the waiting broadcasts of a list go on: those whose time has come now, the others at their time.
fn resume(c: &Connection, list: ListId, now: Time) -> Result<()> {
    let waiting: Vec<i64> = {
        let mut all = c.prepare_cached(WAITING)?;
        all.query_map([list.0], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    for id in waiting.into_iter().map(BroadcastId) {
        broadcast::go_on(c, id, now)?;
        finish_if_done(c, id)?;
    }
    Ok(())
}

/// Lets the waiting broadcasts of all lists go on that are not held.
pub(super) fn resume_all(c: &Connection, now: Time) -> Result<()> {
    let lists: Vec<i64> = {
        let mut all = c.prepare(formatcp!("SELECT id FROM list WHERE hold = {}", ListHold::Nothing as u8))?;
        all.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    lists.into_iter().try_for_each(|list| resume(c, ListId(list), now))
}

/// Stores what the consents of a list were given for.
pub(super) fn set_basis(c: &Connection, list: ListId, basis: &str) -> Result<()> {
    c.prepare_cached("UPDATE list SET basis = ?2 WHERE id = ?1")?.execute(params![list.0, basis])?;
    Ok(())
}
