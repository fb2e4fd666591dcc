//! What providers say about messages that they accepted: their ids, parts and cost.

use super::in_doubt::message_id;
use crate::error::Result;
use crate::{CostTotal, SentDetail, TransportId};
use rundruf_consent::{BroadcastId, DeliveryId};
use rusqlite::{Connection, OptionalExtension, params};

pub(super) fn put(c: &Connection, transport: TransportId, details: &[SentDetail]) -> Result<()> {
    let mut id = c.prepare_cached(
        "INSERT OR REPLACE INTO remote_id (transport, remote_id, delivery, at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut cost = c.prepare_cached(
        "INSERT INTO sent_cost (delivery, broadcast, parts, cost_micro, currency) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT DO UPDATE SET parts = parts + excluded.parts, cost_micro = cost_micro + excluded.cost_micro",
    )?;
    for detail in details {
        for remote_id in detail.remote_ids.iter().filter(|id| !id.is_empty()) {
            id.execute(params![transport.0, remote_id, detail.delivery.0, detail.at.0])?;
        }
        if let Some(broadcast) = detail.broadcast
            && (detail.parts > 0 || detail.cost_micro > 0)
        {
            let micro = i64::try_from(detail.cost_micro).unwrap_or(i64::MAX);
            cost.execute(params![detail.delivery.0, broadcast.0, detail.parts, micro, detail.currency])?;
        }
    }
    Ok(())
}

/// The message id of what this transport sent under a provider's id.
pub(super) fn message_of(
    c: &Connection,
    instance_key: [u8; 8],
    transport: TransportId,
    remote_id: &str,
) -> Result<Option<[u8; 16]>> {
    let found = c
        .prepare_cached(
            "SELECT r.delivery, b.key FROM remote_id r LEFT JOIN delivery d ON d.id = r.delivery LEFT JOIN broadcast b ON b.id = d.broadcast \
             WHERE r.transport = ?1 AND r.remote_id = ?2",
        )?
        .query_row(params![transport.0, remote_id], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, Option<[u8; 8]>>(1)?)))
        .optional()?;
    Ok(found.map(|(delivery, key)| message_id(key.unwrap_or(instance_key), delivery)))
}

/// Parts and cost of a broadcast by currency.
pub(super) fn total(c: &Connection, id: BroadcastId) -> Result<Vec<CostTotal>> {
    let mut all = c.prepare_cached(
        "SELECT currency, count(*), sum(parts), sum(cost_micro) FROM sent_cost WHERE broadcast = ?1 GROUP BY currency ORDER BY currency",
    )?;
    let row = |r: &rusqlite::Row<'_>| {
        let number = |n| r.get::<_, i64>(n).map(i64::unsigned_abs);
        Ok(CostTotal { currency: r.get(0)?, messages: number(1)?, parts: number(2)?, cost_micro: number(3)? })
    };
    Ok(all.query_map([id.0], row)?.collect::<rusqlite::Result<_>>()?)
}

/// The broadcast that a delivery belongs to.
pub(super) fn broadcast_of(c: &Connection, delivery: DeliveryId) -> Result<Option<BroadcastId>> {
    let mut find = c.prepare_cached("SELECT broadcast FROM delivery WHERE id = ?1")?;
    Ok(find.query_row([delivery.0], |r| r.get(0)).optional()?.map(BroadcastId))
}
