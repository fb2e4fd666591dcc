//! Problems that the admin is alerted to, once when they begin and once when they are over. The last row of a subject says whether its
//! problem is open. The table is named `alarm`.

use super::codes::{QUEUED, RETRY, SKIPPED};
use super::service;
use crate::error::Result;
use crate::{AlertAttempt, AlertRow, NewAlert};
use const_format::formatcp;
use rundruf_consent::{DeliveryId, Refusal, Time};
use rusqlite::{Connection, OptionalExtension, Row, params};

const ALL: &str = "SELECT id, subject, kind, detail, is_over, at, service, next, told FROM alarm";
const LAST: &str = "SELECT id, subject, kind, detail, is_over, at, service, next, told FROM alarm WHERE subject = ?1 ORDER BY id DESC LIMIT 1";

fn row(r: &Row<'_>) -> rusqlite::Result<AlertRow> {
    Ok(AlertRow {
        id: r.get(0)?,
        alert: NewAlert { subject: r.get(1)?, kind: r.get(2)?, detail: r.get(3)? },
        is_over: r.get(4)?,
        at: Time(r.get(5)?),
        service: r.get::<_, Option<i64>>(6)?.map(DeliveryId),
        next: r.get(7)?,
        is_told: r.get(8)?,
    })
}

fn insert(c: &Connection, alert: &NewAlert, is_over: bool, now: Time) -> Result<()> {
    c.execute(
        "INSERT INTO alarm (subject, kind, detail, is_over, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![alert.subject, alert.kind, alert.detail, is_over, now.0],
    )?;
    Ok(())
}

pub(super) fn begin(c: &Connection, alert: &NewAlert, now: Time) -> Result<bool> {
    let last = c.query_row(LAST, [&alert.subject], row).optional()?;
    if last.is_some_and(|last| !last.is_over) {
        return Ok(false);
    }
    insert(c, alert, false, now)?;
    Ok(true)
}

pub(super) fn end(c: &Connection, subject: &str, now: Time) -> Result<bool> {
    let last = c.query_row(LAST, [subject], row).optional()?;
    let Some(last) = last.filter(|last| !last.is_over) else { return Ok(false) };
    let unheard = match last.service {
        _ if last.is_told => false,
        None => true,
        Some(message) => withdraw(c, message, now)?,
    };
    if unheard {
        // No recipient was told that it began, so none is told that it is over.
        c.execute("DELETE FROM alarm WHERE id = ?1", [last.id])?;
    } else {
        insert(c, &last.alert, true, now)?;
    }
    Ok(true)
}

pub(super) fn list(c: &Connection) -> Result<Vec<AlertRow>> {
    let mut all = c.prepare(formatcp!("{ALL} ORDER BY id"))?;
    let rows = all.query_map([], row)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

pub(super) fn attempt(c: &Connection, attempt: &AlertAttempt, now: Time) -> Result<Option<DeliveryId>> {
    let message = attempt.by.as_ref().map(|by| service::insert(c, by, now)).transpose()?;
    c.execute(
        "UPDATE alarm SET service = ?2, next = ?3 WHERE id = ?1",
        params![attempt.id, message.map(|m| m.0), attempt.next],
    )?;
    Ok(message)
}

pub(super) fn told(c: &Connection, id: i64) -> Result<()> {
    c.execute("UPDATE alarm SET told = 1 WHERE id = ?1", [id])?;
    c.execute(
        "DELETE FROM alarm WHERE id <= ?1 AND subject = (SELECT subject FROM alarm WHERE id = ?1 AND is_over = 1)",
        [id],
    )?;
    Ok(())
}

pub(super) fn forget(c: &Connection, subject: &str) -> Result<()> {
    c.execute("DELETE FROM alarm WHERE subject = ?1", [subject])?;
    Ok(())
}

/// Skips a message that is queued or to be retried.
pub(super) fn withdraw(c: &Connection, message: DeliveryId, now: Time) -> Result<bool> {
    let row = params![-message.0, Refusal::Cancelled.code(), now.0];
    Ok(c.execute(
        formatcp!(
            "UPDATE service SET state = {SKIPPED}, reason = ?2, at = ?3 WHERE id = ?1 AND state IN ({QUEUED}, {RETRY})"
        ),
        row,
    )? > 0)
}
