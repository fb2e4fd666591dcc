//! Inbound messages: stored before they are acknowledged.

use crate::error::Result;
use crate::{InboundExtras, InboundRow, TransportId};
use const_format::formatcp;
use rundruf_consent::{Address, Channel, Time};
use rusqlite::{Connection, params};

/// As JSON; `None` if there is nothing to say.
fn extras_text(extras: &InboundExtras) -> Option<String> {
    (*extras != InboundExtras::default()).then(|| serde_json::to_string(extras).unwrap_or_default())
}

/// From JSON; what cannot be read is for a person.
pub(super) fn extras(text: Option<String>) -> InboundExtras {
    let unread = || InboundExtras { for_people: true, ..InboundExtras::default() };
    text.map_or_else(InboundExtras::default, |text| serde_json::from_str(&text).unwrap_or_else(|_| unread()))
}

pub(super) fn put(c: &Connection, m: &InboundRow) -> Result<Option<i64>> {
    let remote = (!m.remote_id.is_empty()).then_some(m.remote_id.as_str());
    let written = c
        .prepare_cached(
            "INSERT INTO inbound (transport, channel, value, kind, trust, text, remote_id, at, extras) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            m.transport.0,
            m.address.channel().code(),
            m.address.value(),
            m.kind,
            m.trust,
            m.text,
            remote,
            m.at.0,
            extras_text(&m.extras)
        ])?;
    Ok((written > 0).then(|| c.last_insert_rowid()))
}

pub(super) fn pending(c: &Connection, limit: u32) -> Result<Vec<InboundRow>> {
    let mut all = c.prepare_cached(
        "SELECT id, transport, channel, value, kind, trust, text, coalesce(remote_id, ''), at, extras FROM inbound WHERE done IS NULL ORDER BY id LIMIT ?1",
    )?;
    let rows = all.query_map([limit], |r| {
        let (channel, value): (u8, String) = (r.get(2)?, r.get(3)?);
        Ok(Channel::from_code(channel).map(|channel| InboundRow {
            id: r.get_unwrap(0),
            transport: TransportId(r.get_unwrap(1)),
            address: Address::from_normal(channel, &value),
            kind: r.get_unwrap(4),
            trust: r.get_unwrap(5),
            text: r.get_unwrap(6),
            remote_id: r.get_unwrap(7),
            at: Time(r.get_unwrap(8)),
            extras: extras(r.get_unwrap(9)),
        }))
    })?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

pub(super) fn done(c: &Connection, id: i64, what: &str, open: bool) -> Result<()> {
    c.prepare_cached("UPDATE inbound SET done = ?2, open = ?3 WHERE id = ?1")?.execute(params![id, what, open])?;
    Ok(())
}

/// Handled, waiting for nobody, and older than ?1; what somebody wrote whose data is kept for legal claims stays.
const OLD: &str = "FROM inbound WHERE done IS NOT NULL AND open = 0 AND at < ?1 AND NOT EXISTS ( \
     SELECT 1 FROM legal_hold h CROSS JOIN address a ON a.contact = h.contact WHERE a.channel = inbound.channel AND a.value = inbound.value)";

/// Deletes what was handled, waits for nobody and came before this time.
pub(super) fn sweep(c: &Connection, before: Time) -> Result<u64> {
    c.execute(formatcp!("DELETE FROM inbox_note WHERE inbound IN (SELECT id {OLD})"), [before.0])?;
    Ok(c.execute(formatcp!("DELETE {OLD}"), [before.0])? as u64)
}
