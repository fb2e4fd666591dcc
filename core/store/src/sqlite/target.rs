//! Finds the address and list that a consent change is about.

use super::contact;
use crate::ConsentTarget;
use crate::error::Result;
use rundruf_consent::{Address, AddressId, Channel, ContactId, ListId};
use rusqlite::{Connection, OptionalExtension, Row};

type TargetAddress = ((ContactId, AddressId, Address), ListId);

/// Finds the address and list that a move is about.
pub(super) fn target(c: &Connection, target: &ConsentTarget) -> Result<Option<TargetAddress>> {
    let (id, list) = match target {
        ConsentTarget::Ids(address, list) => (*address, *list),
        ConsentTarget::Address(address, list) => match contact::find(c, address)? {
            Some((id, _, _)) => (id, *list),
            None => return Ok(None),
        },
        ConsentTarget::Request(request) => {
            let found = c
                .prepare_cached("SELECT address, list FROM request WHERE id = ?1")?
                .query_row([request], |r| Ok((AddressId(r.get(0)?), ListId(r.get(1)?))))
                .optional()?;
            match found {
                Some(found) => found,
                None => return Ok(None),
            }
        }
    };
    // A link of a former number leads to what it was merged into.
    let id = contact::kept(c, id)?;
    let read = |r: &Row<'_>| Ok((ContactId(r.get(0)?), r.get::<_, u8>(1)?, r.get::<_, String>(2)?));
    let found = c
        .prepare_cached("SELECT contact, channel, value FROM address WHERE id = ?1")?
        .query_row([id.0], read)
        .optional()?;
    Ok(found.and_then(|(contact, channel, value)| {
        Some(((contact, id, Address::from_normal(Channel::from_code(channel)?, &value)), list))
    }))
}
