//! Reads everything that passed between us and one person. Scans deliveries and inbound messages: it is asked for rarely, with a reader.

use super::{contact, delivery_row, inbox};
use crate::error::Result;
use crate::{DeliveryState, InboundRow, PersonDelivery, PersonMessages, PersonService, TransportId};
use rundruf_consent::suppression::{Pepper, hashes};
use rundruf_consent::{Address, AddressId, BroadcastId, Class, ContactId, DeliveryId, ListId, Time};
use rusqlite::{Connection, OptionalExtension, Row};

const DELIVERIES: &str = "SELECT d.id, d.contact, a.channel, a.value, d.transport, d.state, d.reason, d.detail, d.attempts, d.evidence, \
     d.remote_id, d.at, b.id, b.list, b.content FROM delivery d JOIN address a ON a.id = d.address JOIN broadcast b ON b.id = d.broadcast \
     WHERE d.address = ?1 OR d.address IN (SELECT id FROM address WHERE alias_of = ?1) ORDER BY d.id";
const SERVICES: &str = "SELECT address, class, transport, list, payload, state, due, at, remote_id FROM service INDEXED BY service_address \
     WHERE address = ?1 ORDER BY id";
const INBOUND: &str = "SELECT id, transport, channel, value, kind, trust, text, coalesce(remote_id, ''), at, done, open, extras FROM inbound \
     WHERE channel = ?1 ORDER BY id";

pub(super) fn messages(c: &Connection, pepper: &Pepper, id: ContactId) -> Result<PersonMessages> {
    let mut all = PersonMessages {
        created: c.query_row("SELECT created FROM contact WHERE id = ?1", [id.0], |r| r.get(0).map(Time)).optional()?,
        ..PersonMessages::default()
    };
    let Some(row) = contact::contact_get(c, id)? else { return Ok(all) };
    for address in &row.addresses {
        let found: Vec<_> =
            c.prepare(DELIVERIES)?.query_map([address.id.0], delivery)?.collect::<rusqlite::Result<_>>()?;
        all.deliveries.extend(found.into_iter().flatten());
        let found: Vec<_> =
            c.prepare_cached(SERVICES)?.query_map([address.id.0], service)?.collect::<rusqlite::Result<_>>()?;
        all.services.extend(found);
        inbound(c, &address.address, &mut all)?;
        suppressed(c, pepper, address.id, &address.address, &mut all)?;
    }
    all.deliveries.sort_by_key(|d| d.delivery.id.0);
    all.services.sort_by_key(|s| s.at.unwrap_or(s.due).0);
    all.inbound.sort_by_key(|m| m.message.id);
    Ok(all)
}

fn delivery(r: &Row<'_>) -> rusqlite::Result<Option<PersonDelivery>> {
    let read = delivery_row::read(r, DeliveryId(r.get(0)?), (ContactId(r.get(1)?), 2))?;
    let (broadcast, list, content) = (BroadcastId(r.get(12)?), ListId(r.get(13)?), r.get(14)?);
    Ok(read.map(|delivery| PersonDelivery { broadcast, list, content, delivery }))
}

fn service(r: &Row<'_>) -> rusqlite::Result<PersonService> {
    Ok(PersonService {
        address: AddressId(r.get(0)?),
        class: Class::from_code(r.get(1)?),
        transport: TransportId(r.get(2)?),
        list: r.get::<_, Option<i64>>(3)?.map(ListId),
        payload: r.get(4)?,
        state: DeliveryState::from_code(r.get(5)?).map_or("unknown", DeliveryState::word),
        due: Time(r.get(6)?),
        at: r.get::<_, Option<i64>>(7)?.map(Time),
        remote_id: r.get(8)?,
    })
}

fn inbound(c: &Connection, address: &Address, all: &mut PersonMessages) -> Result<()> {
    let mut read = c.prepare_cached(INBOUND)?;
    let mut rows = read.query([address.channel().code()])?;
    while let Some(r) = rows.next()? {
        if let Some(row) = inbox::read(r)?
            && (row.message.address.key() == address.key() || is_alias(&row.message, address))
            && all.inbound.iter().all(|other| other.message.id != row.message.id)
        {
            all.inbound.push(inbox::with_notes(c, row)?);
        }
    }
    Ok(())
}

/// Whether the sender has this address as well.
fn is_alias(message: &InboundRow, address: &Address) -> bool {
    let channel = address.channel();
    message.extras.aliases.iter().any(|alias| Address::from_normal(channel, alias).key() == address.key())
}

fn suppressed(
    c: &Connection,
    pepper: &Pepper,
    id: AddressId,
    address: &Address,
    all: &mut PersonMessages,
) -> Result<()> {
    let mut read = c.prepare_cached("SELECT list, created FROM suppression WHERE hash = ?1 ORDER BY list")?;
    for hash in hashes(pepper, address) {
        let rows = read.query_map([hash], |r| Ok((r.get::<_, i64>(0)?, Time(r.get(1)?))))?;
        for row in rows {
            let (list, since) = row?;
            all.suppressed.push((id, (list > 0).then_some(ListId(list)), since));
        }
    }
    Ok(())
}
