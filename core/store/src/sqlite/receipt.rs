//! Receipts: later reports about deliveries. They move a delivery forward only.

use super::writer::Writer;
use crate::error::Result;
use crate::{DeliveryState, ReceiptRow};
use rusqlite::{OptionalExtension, params};

const FIND: &str = "SELECT d.state, d.broadcast FROM delivery d JOIN broadcast b ON b.id = d.broadcast WHERE d.id = ?1 AND b.key = ?2 \
     AND d.transport = ?3";
const MOVE: &str = "UPDATE delivery SET state = ?2, at = ?3, detail = nullif(?4, '') WHERE id = ?1";
const COUNT: &str = "UPDATE broadcast SET sent = sent + ?2, delivered = delivered + ?3, \"read\" = \"read\" + ?4, failed = failed + ?5, \
     unknown = unknown + ?6 WHERE id = ?1";
const FIND_SERVICE: &str = "SELECT state FROM service WHERE id = ?1 AND transport = ?2";
const MOVE_SERVICE: &str = "UPDATE service SET state = ?2, at = ?3, detail = nullif(?4, '') WHERE id = ?1";

/// Applies receipts. Returns how many found their delivery; one that has no outcome yet is not found.
pub(super) fn apply(w: &Writer, receipts: &[ReceiptRow]) -> Result<u64> {
    let mut found = 0;
    for receipt in receipts {
        let Some((key, number)) = receipt.message_id.split_first_chunk::<8>() else { continue };
        let Ok(number) = <[u8; 8]>::try_from(number) else { continue };
        let id = i64::from_be_bytes(number);
        let is_found = if id < 0 && *key == w.secrets.instance_key {
            service(w, receipt, id.unsigned_abs())?
        } else {
            delivery(w, receipt, id, *key)?
        };
        found += u64::from(is_found);
    }
    Ok(found)
}

/// The state after a receipt; `None` if it changes nothing.
fn forward(from: DeliveryState, kind: u32) -> Option<DeliveryState> {
    use DeliveryState::{Delivered, Failed, Read, Sent, Unknown};
    match (from, kind) {
        (Sent | Unknown, 0) => Some(Delivered),
        (Sent | Unknown | Delivered, 1) => Some(Read),
        (Sent | Unknown | Delivered, 2) => Some(Failed),
        _ => None,
    }
}

/// What a delivery in this state adds to the counters sent, delivered, read, failed and unknown. Delivered and read count as sent too.
const fn counted(state: DeliveryState) -> [i64; 5] {
    match state {
        DeliveryState::Sent => [1, 0, 0, 0, 0],
        DeliveryState::Delivered => [1, 1, 0, 0, 0],
        DeliveryState::Read => [1, 0, 1, 0, 0],
        DeliveryState::Failed => [0, 0, 0, 1, 0],
        DeliveryState::Unknown => [0, 0, 0, 0, 1],
        _ => [0; 5],
    }
}

fn delivery(w: &Writer, receipt: &ReceiptRow, id: i64, key: [u8; 8]) -> Result<bool> {
    let c = &w.connection;
    let row = c
        .prepare_cached(FIND)?
        .query_row(params![id, key, receipt.transport.0], |r| Ok((r.get::<_, u8>(0)?, r.get::<_, i64>(1)?)))
        .optional()?;
    let Some((state, broadcast)) = row else { return Ok(false) };
    let Some(from) = DeliveryState::from_code(state).filter(|s| *s as u8 >= DeliveryState::Sent as u8) else {
        return Ok(false);
    };
    if let Some(to) = forward(from, receipt.kind) {
        c.prepare_cached(MOVE)?.execute(params![id, to as u8, receipt.at.0, receipt.detail])?;
        let mut change = counted(to);
        for (n, before) in change.iter_mut().zip(counted(from)) {
            *n -= before;
        }
        let [sent, delivered, read, failed, unknown] = change;
        c.prepare_cached(COUNT)?.execute(params![broadcast, sent, delivered, read, failed, unknown])?;
    }
    Ok(true)
}

fn service(w: &Writer, receipt: &ReceiptRow, id: u64) -> Result<bool> {
    let c = &w.connection;
    let id = i64::try_from(id).unwrap_or(0);
    let whose = params![id, receipt.transport.0];
    let state: Option<u8> = c.prepare_cached(FIND_SERVICE)?.query_row(whose, |r| r.get(0)).optional()?;
    let from = state.and_then(DeliveryState::from_code).filter(|s| *s as u8 >= DeliveryState::Sent as u8);
    let Some(from) = from else { return Ok(false) };
    if let Some(to) = forward(from, receipt.kind) {
        c.prepare_cached(MOVE_SERVICE)?.execute(params![id, to as u8, receipt.at.0, receipt.detail])?;
    }
    Ok(true)
}
