//! Deliveries for people, receipts, and what a person decides about unknown ones.

use super::service::{Rest, of};
use super::writer::Writer;
use super::{Result, outcome};
use crate::{DeliveryRow, DeliveryState, ReceiptRow, Resolve};
use rundruf_consent::{BroadcastId, ContactId, DeliveryId, Refusal, Time};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Reads a row whose columns from `first` on are channel, value, transport, state, reason, detail, attempts, evidence, remote_id, at.
pub(super) fn row(
    r: &Row<'_>,
    id: DeliveryId,
    (contact, first): (ContactId, usize),
) -> rusqlite::Result<Option<DeliveryRow>> {
    let rest = Rest {
        transport: r.get(first + 2)?,
        state: r.get(first + 3)?,
        reason: r.get(first + 4)?,
        detail: r.get(first + 5)?,
        attempts: r.get(first + 6)?,
        evidence: r.get(first + 7)?,
        remote_id: r.get(first + 8)?,
        at: r.get(first + 9)?,
    };
    let (channel, value): (u8, String) = (r.get(first)?, r.get(first + 1)?);
    Ok(of(id, contact, channel, &value, rest))
}

/// The reason in words.
pub(super) fn reason(state: u8, code: Option<u16>, detail: Option<String>) -> Option<String> {
    if state == DeliveryState::Skipped as u8 {
        return code.and_then(|c| u8::try_from(c).ok()).and_then(Refusal::from_code).map(|r| r.word().to_owned());
    }
    let detail = detail.filter(|d| !d.is_empty());
    match (code, detail) {
        (Some(code), Some(detail)) => Some(format!("{code} {detail}")),
        (Some(code), None) => Some(code.to_string()),
        (None, detail) => detail,
    }
}

pub(super) fn list(
    c: &Connection,
    id: BroadcastId,
    state: Option<DeliveryState>,
    after: DeliveryId,
    limit: u32,
) -> Result<Vec<DeliveryRow>> {
    // A row behind its lease's cursor is in flight, though it was not touched.
    let mut all = c.prepare_cached(
        "SELECT d.id, d.contact, a.channel, a.value, d.transport, CASE WHEN d.state = 0 AND EXISTS (SELECT 1 FROM lease l \
           WHERE l.broadcast = d.broadcast AND l.transport = d.transport AND d.id >= l.first AND d.id < l.cursor) THEN 1 ELSE d.state END AS s, \
           d.reason, d.detail, d.attempts, d.evidence, d.remote_id, d.at \
         FROM delivery d JOIN address a ON a.id = d.address WHERE d.broadcast = ?1 AND d.id > ?2 AND (?3 IS NULL OR s = ?3) ORDER BY d.id LIMIT ?4",
    )?;
    let rows = all.query_map(params![id.0, after.0, state.map(|s| s as u8), limit.min(10_000)], |r| {
        row(r, DeliveryId(r.get(0)?), (ContactId(r.get(1)?), 2))
    })?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

pub(super) fn unknown_resolve(
    w: &mut Writer,
    id: BroadcastId,
    delivery: Option<DeliveryId>,
    how: Resolve,
    now: Time,
) -> Result<u64> {
    let c = &w.connection;
    let (to, due, column) = match how {
        Resolve::Sent => (DeliveryState::Sent, None, "sent"),
        Resolve::Resend => (DeliveryState::Retry, Some(now.0), "retry"),
        Resolve::Failed => (DeliveryState::Failed, None, "failed"),
    };
    let changed = c
        .prepare_cached(
            "UPDATE delivery SET state = ?3, due = ?4, at = ?5, first_try = CASE WHEN ?3 = 2 THEN NULL ELSE first_try END \
             WHERE broadcast = ?1 AND state = 7 AND (?2 IS NULL OR id = ?2)",
        )?
        .execute(params![id.0, delivery.map(|d| d.0), to as u8, due, now.0])?;
    let n = i64::try_from(changed).unwrap_or(i64::MAX);
    // Whoever resends takes up a broadcast that was done.
    c.execute(
        &format!("UPDATE broadcast SET unknown = unknown - ?2, {column} = {column} + ?2, state = CASE WHEN ?3 AND state = 3 THEN 1 ELSE state END WHERE id = ?1"),
        params![id.0, n, how == Resolve::Resend && changed > 0],
    )?;
    outcome::finish_if_done(c, id)?;
    Ok(changed as u64)
}

pub(super) fn receipts(w: &mut Writer, receipts: &[ReceiptRow]) -> Result<u64> {
    let c = &w.connection;
    let mut found = 0;
    for receipt in receipts {
        let (key, number) = receipt.message_id.split_at(8);
        let Ok(number) = <[u8; 8]>::try_from(number) else { continue };
        let id = i64::from_be_bytes(number);
        let row = c
            .prepare_cached("SELECT d.state, d.broadcast FROM delivery d JOIN broadcast b ON b.id = d.broadcast WHERE d.id = ?1 AND b.key = ?2")?
            .query_row(params![id, key], |r| Ok((r.get::<_, u8>(0)?, r.get::<_, i64>(1)?)))
            .optional()?;
        let Some((state, broadcast)) = row else { continue };
        found += 1;
        let to = match receipt.kind {
            0 => DeliveryState::Delivered,
            1 => DeliveryState::Read,
            2 => DeliveryState::Failed,
            _ => continue,
        } as u8;
        let column = |state: u8| match state {
            3 => Some("sent"),
            4 => Some("delivered"),
            5 => Some("\"read\""),
            7 => Some("unknown"),
            _ => None,
        };
        // States only move forward: what was read is not delivered again. Delivered and read lie within sent.
        let forward = matches!((state, to), (3 | 7, 4..=6) | (4, 5 | 6) | (5, 6));
        let Some(from) = column(state).filter(|_| forward) else { continue };
        c.prepare_cached("UPDATE delivery SET state = ?2, at = ?3, detail = ?4 WHERE id = ?1")?.execute(params![
            id,
            to,
            receipt.at.0,
            receipt.detail
        ])?;
        let mut change = String::new();
        if state == 7 {
            change.push_str("unknown = unknown - 1, sent = sent + 1, ");
        } else if state != 3 {
            change.push_str(&format!("{from} = {from} - 1, "));
        }
        change.push_str(match to {
            4 => "delivered = delivered + 1",
            5 => "\"read\" = \"read\" + 1",
            _ => "sent = sent - 1, failed = failed + 1",
        });
        c.execute(&format!("UPDATE broadcast SET {change} WHERE id = ?1"), [broadcast])?;
    }
    Ok(found)
}
