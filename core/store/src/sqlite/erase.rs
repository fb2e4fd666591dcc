//! Erases addresses: keys, texts and names go; numbers, counters, leaves of the log and the suppression hash stay.
//!
//! The rows of the address and the person stay as numbers without a value (channel 0), so that every delivery is still counted.

use super::codes::{IN_FLIGHT, QUEUED, RETRY, SKIPPED};
use super::writer::Writer;
use super::{erasure_journal, inbound, request, suppression};
use crate::connection::truncate_wal;
use crate::error::Result;
use crate::{ErasureCounts, Spellings};
use const_format::formatcp;
use rundruf_consent::{Address, AddressId, Channel, Refusal, Time};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Deliveries of broadcasts in flight: behind the cursor of a lease, or retried.
const BEHIND: &str = formatcp!(
    "SELECT count(*) FROM lease l CROSS JOIN delivery d ON d.id >= l.first AND d.id < l.cursor AND +d.state = {QUEUED} \
     WHERE l.open > 0 AND d.address = ?1"
);
const RETRIED: &str = formatcp!(
    "SELECT count(*) FROM delivery INDEXED BY delivery_flight WHERE state = {IN_FLIGHT} AND transport = ?2 AND address = ?1"
);
const SERVICES: &str =
    formatcp!("SELECT count(*) FROM service INDEXED BY service_address WHERE address = ?1 AND state = {IN_FLIGHT}");
const CLEAR_DELIVERY: &str = "UPDATE delivery SET detail = NULL, remote_id = NULL WHERE id = ?1";
const FORGET_IDS: &str = "DELETE FROM remote_id WHERE delivery = ?1";
const CLEAR_SERVICES: &str = formatcp!(
    "UPDATE service INDEXED BY service_address SET payload = '', detail = NULL, remote_id = NULL, \
     reason = CASE WHEN state IN ({QUEUED}, {RETRY}) THEN ?2 ELSE reason END, at = CASE WHEN state IN ({QUEUED}, {RETRY}) THEN ?3 ELSE at END, \
     state = CASE WHEN state IN ({QUEUED}, {RETRY}) THEN {SKIPPED} ELSE state END WHERE address = ?1"
);

/// Messages to these addresses that are in flight.
pub(super) fn in_flight(c: &Connection, addresses: &[AddressId]) -> Result<u64> {
    let mut n = 0_i64;
    let transports: Vec<i64> = {
        let mut all = c.prepare_cached("SELECT id FROM transport")?;
        all.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    for address in addresses {
        for sql in [BEHIND, SERVICES] {
            n += c.prepare_cached(sql)?.query_row([address.0], |r| r.get::<_, i64>(0))?;
        }
        for transport in &transports {
            n += c.prepare_cached(RETRIED)?.query_row([address.0, *transport], |r| r.get::<_, i64>(0))?;
        }
    }
    Ok(n.unsigned_abs())
}

/// These addresses and those that were merged into them, each with its value; erased ones are left out.
pub(super) fn with_aliases(c: &Connection, addresses: &[AddressId]) -> Result<Vec<(AddressId, Address)>> {
    let mut all = Vec::new();
    let mut read =
        c.prepare_cached("SELECT id, channel, value FROM address WHERE id = ?1 OR alias_of = ?1 ORDER BY id")?;
    for id in addresses {
        let row = |r: &Row<'_>| {
            let (id, value): (i64, String) = (r.get(0)?, r.get(2)?);
            Ok(Channel::from_code(r.get(1)?).map(|c| (AddressId(id), Address::from_normal(c, &value))))
        };
        let found: Vec<_> = read.query_map([id.0], row)?.collect::<rusqlite::Result<_>>()?;
        all.extend(found.into_iter().flatten());
    }
    Ok(all)
}

/// What a reader finds before the writer clears it, so that the writer never scans a table.
#[derive(Debug, Default)]
pub(super) struct FoundRows {
    deliveries: Vec<i64>,
    inbound: Vec<i64>,
    /// Sealed records: of consents, merged ones too, and of what was changed about the person.
    events: Vec<i64>,
    /// Rows of other people that name the address: table, number, text without it.
    mentions: Vec<(&'static str, i64, String)>,
}

/// Texts of other people that may name an address: the statement that reads them, and the one that writes one back.
const TEXTS: [(&str, &str); 5] = [
    ("SELECT id, text FROM inbound", "UPDATE inbound SET text = ?2 WHERE id = ?1"),
    ("SELECT id, extras FROM inbound WHERE extras IS NOT NULL", "UPDATE inbound SET extras = ?2 WHERE id = ?1"),
    ("SELECT id, body FROM inbox_note", "UPDATE inbox_note SET body = ?2 WHERE id = ?1"),
    ("SELECT id, detail FROM alarm", "UPDATE alarm SET detail = ?2 WHERE id = ?1"),
    ("SELECT id, payload FROM service", "UPDATE service SET payload = ?2 WHERE id = ?1"),
];

pub(super) fn find(c: &Connection, addresses: &[(AddressId, Address)], spellings: &Spellings) -> Result<FoundRows> {
    let mut found = FoundRows::default();
    let mut all = c.prepare("SELECT id, address FROM delivery WHERE detail IS NOT NULL OR remote_id IS NOT NULL")?;
    let mut rows = all.query([])?;
    while let Some(r) = rows.next()? {
        let address = AddressId(r.get(1)?);
        if addresses.iter().any(|(id, _)| *id == address) {
            found.deliveries.push(r.get(0)?);
        }
    }
    let mut all = c.prepare("SELECT id, address FROM event WHERE sealed IS NOT NULL")?;
    let mut rows = all.query([])?;
    while let Some(r) = rows.next()? {
        let address = AddressId(r.get(1)?);
        if addresses.iter().any(|(id, _)| *id == address) {
            found.events.push(r.get(0)?);
        }
    }
    let same = |channel: Option<Channel>, value: &str| {
        let Some(channel) = channel else { return false };
        let key = Address::from_normal(channel, value);
        addresses.iter().any(|(_, a)| channel == a.channel() && key.key() == a.key())
    };
    let mut all = c.prepare("SELECT id, channel, value, extras FROM inbound")?;
    let mut rows = all.query([])?;
    while let Some(r) = rows.next()? {
        let channel = Channel::from_code(r.get(1)?);
        let by_alias = || -> rusqlite::Result<bool> {
            Ok(inbound::extras(r.get(3)?).aliases.iter().any(|alias| same(channel, alias)))
        };
        // What came from another address of the person is the person's as well.
        if same(channel, r.get_ref(2)?.as_str().unwrap_or_default()) || by_alias()? {
            found.inbound.push(r.get(0)?);
        }
    }
    for (read, write) in TEXTS {
        let mut all = c.prepare(read)?;
        let mut rows = all.query([])?;
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            let text = r.get_ref(1)?.as_str_or_null().unwrap_or_default();
            if let Some(redacted) = text.and_then(|t| spellings.redact(t)) {
                found.mentions.push((write, id, redacted));
            }
        }
    }
    Ok(found)
}

/// Clears everything but numbers. The keys go afterwards, with [`Writer::keys`]. `keeps_stop`: the person is not written to again; else it was
/// only forgotten that the person did not answer.
pub(super) fn rows(
    w: &Writer,
    addresses: &[(AddressId, Address)],
    found: &FoundRows,
    (keeps_stop, now): (bool, Time),
) -> Result<ErasureCounts> {
    let c = &w.connection;
    let mut counts = ErasureCounts::default();
    if keeps_stop {
        erasure_journal::append(w, addresses)?;
    }
    for (write, id, text) in &found.mentions {
        counts.mentions += c.prepare_cached(write)?.execute(params![id, text])? as u64;
    }
    for id in &found.deliveries {
        c.prepare_cached(CLEAR_DELIVERY)?.execute([id])?;
        c.prepare_cached(FORGET_IDS)?.execute([id])?;
    }
    for id in &found.inbound {
        c.prepare_cached("DELETE FROM inbox_note WHERE inbound = ?1")?.execute([id])?;
        counts.inbound += c.prepare_cached("DELETE FROM inbound WHERE id = ?1")?.execute([id])? as u64;
    }
    for id in &found.events {
        // Without its key it is noise.
        counts.events += c.prepare_cached("UPDATE event SET sealed = NULL WHERE id = ?1")?.execute([id])? as u64;
    }
    for (id, address) in addresses {
        if keeps_stop {
            suppression::add(w, address, suppression::EVERYWHERE, now)?;
        } else {
            request::remember(c, &w.secrets.pepper, *id, address)?;
        }
        let row = params![id.0, Refusal::Erased.code(), now.0];
        counts.services += c.prepare_cached(CLEAR_SERVICES)?.execute(row)? as u64;
        c.prepare_cached("DELETE FROM request WHERE address = ?1")?.execute([id.0])?;
        c.prepare_cached("DELETE FROM undeliverable WHERE address = ?1")?.execute([id.0])?;
        c.prepare_cached("INSERT OR REPLACE INTO erasure (address, at, done) VALUES (?1, ?2, NULL)")?
            .execute([id.0, now.0])?;
        let contact: Option<i64> = c
            .prepare_cached(
                "UPDATE address SET channel = 0, value = 'erased:' || id, flags = 1, mailbox = NULL, \
                 key = CASE WHEN key IS NULL THEN NULL ELSE 'erased:' || id END WHERE id = ?1 RETURNING contact",
            )?
            .query_row([id.0], |r| r.get(0))
            .optional()?;
        c.prepare_cached(
            "UPDATE contact SET language = NULL, vars = '' WHERE id = ?1 \
             AND NOT EXISTS (SELECT 1 FROM address WHERE contact = ?1 AND channel <> 0)",
        )?
        .execute([contact])?;
    }
    Ok(counts)
}

/// Ends erasures of which no message is in flight any more: what became of their last messages is cleared, and keys that a crash left go.
/// Returns how many are left.
pub(super) fn finish(w: &mut Writer, now: Time) -> Result<u64> {
    let open: Vec<AddressId> = {
        let mut all = w.connection.prepare_cached("SELECT address FROM erasure WHERE done IS NULL")?;
        all.query_map([], |r| r.get(0).map(AddressId))?.collect::<rusqlite::Result<_>>()?
    };
    if open.is_empty() {
        return Ok(0);
    }
    w.keys.shred(&open)?;
    let mut left = 0;
    for address in open {
        if in_flight(&w.connection, &[address])? > 0 {
            left += 1;
            continue;
        }
        let ids: Vec<i64> = {
            let mut all = w.connection.prepare_cached(
                "SELECT id FROM delivery WHERE address = ?1 AND (detail IS NOT NULL OR remote_id IS NOT NULL)",
            )?;
            all.query_map([address.0], |r: &Row<'_>| r.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        for id in ids {
            w.connection.prepare_cached(CLEAR_DELIVERY)?.execute([id])?;
            w.connection.prepare_cached(FORGET_IDS)?.execute([id])?;
        }
        let row = params![address.0, Refusal::Erased.code(), now.0];
        w.connection.prepare_cached(CLEAR_SERVICES)?.execute(row)?;
        w.connection.prepare_cached("UPDATE erasure SET done = ?2 WHERE address = ?1")?.execute([address.0, now.0])?;
    }
    w.after_commit.push(Box::new(|c| drop(truncate_wal(c))));
    Ok(left)
}

/// Empties the log; `whole` writes the file anew before: free pages of an older version may still hold what was deleted.
pub(super) fn compact(c: &Connection, whole: bool) -> Result<()> {
    if whole {
        c.execute_batch("VACUUM")?;
    }
    truncate_wal(c)
}
